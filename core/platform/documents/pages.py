"""Single pages of scans: their words, whether they are blank, their picture, and papers cut out of a stack.

All of it happens in a child process whose memory and time are watched. Pictures go through Pillow, which knows how a
phone turned them.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.base.text.thai import clean
from core.platform import sandbox
from core.platform.documents import pdf_pages
from core.platform.sandbox.refusals import NO_SUCH_PAGE, Refused

if TYPE_CHECKING:
    from PIL.Image import Image
    from pypdfium2 import PdfDocument

#: what a stack may consist of
READABLE = ("application/pdf", "image/png", "image/jpeg")
#: of one file; what has more is refused whole, never cut
MOST_PAGES = 400
LONGEST = 20_000
LAYER, OCR, UNREAD = "layer", "ocr", ""
#: share of dark points above which a page is not blank: a scanner's dust is less, one line of text is more
_INK = 0.0012
#: characters of a text layer above which it is believed
_ENOUGH = 20
_SIDE = 6000
#: points across a page at which Tesseract's Thai model reads best: marks above and below the letters get lost in
#: larger ones (bench/ocr.py)
OCR_WIDE = 1000


@dataclass(frozen=True)
class Page:
    """What a page says, how that was read (layer, ocr or nothing), and whether it is blank."""

    text: str
    how: str
    blank: bool


def read(path: Path, content_type: str, first: int = 0, most: int = 5) -> list[Page]:
    """Pages `first` to `first + most` (from 0) of a PDF or a picture; an empty list behind the last.

    Raises sandbox.Refused, also for more than MOST_PAGES.
    """
    said = sandbox.call(sandbox.JOB, child_read, path, content_type, first, most)
    return [Page(clean(text)[:LONGEST], how, blank) for text, how, blank in said]


def picture(path: Path, page: int, wide: int) -> bytes:
    """Page `page` (from 0) as JPEG, `wide` points wide, as the reader holds it. Raises sandbox.Refused."""
    return sandbox.call(sandbox.PAGE, child_picture, path, page, wide)


def cut(wanted: Sequence[Sequence[tuple[Path, int]]]) -> list[bytes]:
    """A PDF for each list of pages (file, number from 0), in this order; a text layer stays, a picture becomes a page.

    Raises sandbox.Refused.
    """
    return sandbox.call(sandbox.FORM, child_cut, wanted)


def child_picture(path: Path, page: int, wide: int) -> bytes:
    """In the child."""
    if pdf_pages.is_pdf(path):
        document = pdf_pages.pdf(path)
        if not 0 <= page < len(document):
            raise Refused(NO_SUCH_PAGE)
        one = pdf_pages.page(document, page)
        image = pdf_pages.drawn(one, wide / max(one.get_width(), 1.0), grey=True)
    else:
        image = pdf_pages.picture(path, wide * 2).convert("L")
        image.thumbnail((wide, wide * 2))
    made = io.BytesIO()
    image.save(made, "JPEG", quality=70)
    return made.getvalue()


def child_cut(wanted: Sequence[Sequence[tuple[Path, int]]]) -> list[bytes]:
    """In the child. Each file is opened once."""
    import pypdfium2

    opened: dict[Path, PdfDocument] = {}
    made = []
    for pages in wanted:
        whole = pypdfium2.PdfDocument.new()
        for path, number in pages:
            if path not in opened:
                opened[path] = pdf_pages.pdf(path) if pdf_pages.is_pdf(path) else _sheet(path)
            if not 0 <= number < len(opened[path]):
                raise Refused(NO_SUCH_PAGE)
            try:
                whole.import_pages(opened[path], pages=[number])
            except pypdfium2.PdfiumError as error:
                raise Refused("unreadable") from error
        file = io.BytesIO()
        whole.save(file)
        made.append(file.getvalue())
    return made


def _sheet(path: Path) -> PdfDocument:
    """A photograph as a PDF of one page."""
    import pypdfium2

    sheet = io.BytesIO()
    pdf_pages.picture(path, _SIDE).convert("L").save(sheet, "PDF", resolution=150.0)
    return pypdfium2.PdfDocument(sheet.getvalue())


def _ink(image: Image) -> float:
    """Share of dark points, the outermost strip left out: edges of scans are dirty."""
    wide, high = image.size
    inner = image.crop((wide // 20, high // 20, wide - wide // 20, high - high // 20))
    counted = inner.histogram()
    return float(sum(counted[:128]) / max(1, sum(counted)))


def _page(image: Image, text: str) -> tuple[str, str, bool]:
    from core.platform.documents import text_extraction

    if len("".join(text.split())) >= _ENOUGH:
        return text, LAYER, False
    if _ink(image) < _INK:
        return "", UNREAD, True
    if text_extraction.ocr_missing():
        return text, LAYER if text.strip() else UNREAD, False
    made = io.BytesIO()
    image.thumbnail((OCR_WIDE, OCR_WIDE * 3))
    image.save(made, "PNG")
    return text_extraction.ocr(made.getvalue()), OCR, False


def child_read(path: Path, content_type: str, first: int, most: int) -> list[tuple[str, str, bool]]:
    """In the child: (text, how, blank) of some pages."""
    if content_type != "application/pdf":
        return [_page(pdf_pages.picture(path).convert("L"), "")] if first == 0 else []
    document = pdf_pages.pdf(path)
    if len(document) > MOST_PAGES:
        raise Refused("too_many_pages")
    found = []
    for number in range(first, min(first + most, len(document))):
        page = pdf_pages.page(document, number)
        image = pdf_pages.drawn(page, 200 / 72, grey=True)
        found.append(_page(image, pdf_pages.text(page)[:LONGEST]))
    return found

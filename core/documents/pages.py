"""Single pages of scans: their words, whether they are blank, their picture, and papers cut out of a stack.

The words are read in a child process whose memory and time are watched, as `reading` does. Pictures go through
Pillow, which knows how a phone turned them.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.imports.reader import watched
from core.text.thai import clean

#: what a stack may consist of
READABLE = ("application/pdf", "image/png", "image/jpeg")
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


class Unreadable(Exception):
    """The file is damaged, locked, too large, or took too long."""


def read(path: Path, content_type: str, first: int = 0, most: int = 5) -> list[Page]:
    """Pages `first` to `first + most` (from 0) of a PDF or a picture; an empty list behind the last.

    Raises Unreadable.
    """
    said = watched("core.documents.pages", str(path.resolve()), content_type, str(first), str(most))
    if said is None:
        raise Unreadable
    return [Page(clean(text)[:LONGEST], how, blank) for text, how, blank in json.loads(said)]


def _open(data: bytes | Path) -> Any:
    """A picture as its photographer saw it, in grey. Raises Unreadable."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        image = Image.open(io.BytesIO(data) if isinstance(data, bytes) else data)
        if max(image.size) > _SIDE:
            raise Unreadable
        return ImageOps.exif_transpose(image).convert("L")
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError) as error:
        raise Unreadable from error


def _pdf(data: bytes | Path) -> Any:
    import pypdfium2  # a fifth of a second that a start need not wait for

    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise Unreadable from error


def picture(data: bytes, page: int, wide: int) -> bytes:
    """Page `page` (from 0) as JPEG, `wide` points wide, as the reader holds it. Raises Unreadable."""
    if data.startswith(b"%PDF-"):
        document = _pdf(data)
        if not 0 <= page < len(document):
            raise Unreadable
        image = document[page].render(scale=wide / document[page].get_width(), grayscale=True).to_pil()
    else:
        image = _open(data)
        image.thumbnail((wide, wide * 2))
    made = io.BytesIO()
    image.save(made, "JPEG", quality=70)
    return made.getvalue()


def cut(parts: Sequence[tuple[bytes, Sequence[int]]]) -> bytes:
    """One PDF of pages (from 0) of several files, in this order; a text layer stays, a picture becomes a page.

    Raises Unreadable.
    """
    import pypdfium2

    whole = pypdfium2.PdfDocument.new()
    for data, numbers in parts:
        if data.startswith(b"%PDF-"):
            whole.import_pages(_pdf(data), pages=list(numbers))
        else:
            sheet = io.BytesIO()
            _open(data).save(sheet, "PDF", resolution=150.0)
            whole.import_pages(_pdf(sheet.getvalue()))
    made = io.BytesIO()
    whole.save(made)
    return made.getvalue()


def _ink(image: Any) -> float:
    """Share of dark points, the outermost strip left out: edges of scans are dirty."""
    wide, high = image.size
    inner = image.crop((wide // 20, high // 20, wide - wide // 20, high - high // 20))
    counted = inner.histogram()
    return float(sum(counted[:128]) / max(1, sum(counted)))


def _page(image: Any, text: str) -> tuple[str, str, bool]:
    from core.documents import reading

    if len("".join(text.split())) >= _ENOUGH:
        return text, LAYER, False
    if _ink(image) < _INK:
        return "", UNREAD, True
    if reading.ocr_missing():
        return text, LAYER if text.strip() else UNREAD, False
    made = io.BytesIO()
    image.thumbnail((OCR_WIDE, OCR_WIDE * 3))
    image.save(made, "PNG")
    return reading.ocr(made.getvalue()), OCR, False


def main(path: Path, content_type: str, first: int, most: int) -> list[tuple[str, str, bool]]:
    """In the child: (text, how, blank) of some pages."""
    if content_type != "application/pdf":
        return [_page(_open(path), "")] if first == 0 else []
    document = _pdf(path)
    found = []
    for number in range(first, min(first + most, len(document), MOST_PAGES)):
        page = document[number]
        scale = min(200 / 72, _SIDE / max(page.get_size()))
        found.append(_page(page.render(scale=scale, grayscale=True).to_pil(), page.get_textpage().get_text_range()))
    return found


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))))

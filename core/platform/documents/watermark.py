"""Copies of papers with the reader's name and the time across every page. The papers are read in a child process."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from core.platform import sandbox
from core.platform.documents import pdf_pages, typeset
from core.platform.sandbox.refusals import NO_SUCH_PAGE, Refused

if TYPE_CHECKING:
    from PIL.Image import Image as Picture
    from pypdfium2 import PdfPage

#: pages of one that is handed out
MOST_HANDED = 1000
#: points of a made picture to an inch, and the longest side of a page that is handed out
PPI, LARGEST = 130, 5000.0
_ACROSS = """
#let d = json(bytes(sys.inputs.d))
#set text(font: "Khet Sarabun", fallback: false, lang: "th")
#let across = for row in range(4) { place(center + horizon, dy: (row - 1.5) * 24%,
  rotate(-30deg, text(size: 26pt, fill: rgb(190, 0, 0, 70), d.text))) }
"""
_COPY = (
    _ACROSS
    + """
#for p in d.pages { page(width: p.width * 1pt, height: p.height * 1pt, margin: 0pt, {
  place(top + left, image("/paper", format: d.kind, width: 100%, height: 100%, fit: "contain",
    ..if d.kind == "pdf" { (page: p.number) } else { (:) }))
  across }) }
"""
)
_OVER = _ACROSS + "#page(width: d.width * 1pt, height: d.height * 1pt, margin: 0pt, fill: none, across)"


def count(path: Path) -> int:
    """Pages of a PDF; 1 of a picture.

    Raises sandbox.Refused: no_pages for anything else, else what is wrong with the file.
    """
    return sandbox.call(sandbox.PAGE, child_count, path)


def markable(path: Path) -> int:
    """The same for a file that a form brings."""
    return sandbox.call(sandbox.FORM, child_count, path)


def pdf(path: Path, text: str) -> bytes:
    """The whole paper as a PDF with `text` across every page. Raises sandbox.Refused."""
    return sandbox.call(sandbox.PAGE, child_pdf, path, text)


def picture(path: Path, text: str, page: int) -> bytes:
    """One page (from 1) as a PNG with `text`, where there is any, across it: what can be read and not taken as a file.

    Raises sandbox.Refused.
    """
    return sandbox.call(sandbox.PAGE, child_picture, path, text, page)


def child_count(path: Path) -> int:
    """In the child."""
    if pdf_pages.is_pdf(path):
        return len(pdf_pages.pdf(path))
    _whole(path)
    return 1


def _whole(path: Path) -> Picture:
    """A picture. What is none has no pages."""
    try:
        return pdf_pages.picture(path)
    except Refused as error:
        raise Refused("no_pages" if error.reason == "not_a_picture" else error.reason) from error


def child_pdf(path: Path, text: str) -> bytes:
    """In the child: the typesetter reads the paper as a file of its folder."""
    import typst

    kind, pages = "pdf", [{"number": 1, "width": 595.28, "height": 841.89}]
    if pdf_pages.is_pdf(path):
        document = pdf_pages.pdf(path)
        if len(document) > MOST_HANDED:
            raise Refused("too_many_pages")
        pages = [{"number": n + 1, **_size(pdf_pages.page(document, n))} for n in range(len(document))]
        shutil.copyfile(path, "paper")
    else:
        kind = "png"
        _whole(path).save("paper", "PNG")
    asked = json.dumps({"text": text, "pages": pages, "kind": kind}, ensure_ascii=False)
    try:
        return typeset.compile(_COPY.encode(), asked, "pdf", root=Path.cwd())
    except typst.TypstError as error:
        raise Refused("unreadable") from error


def _size(page: PdfPage) -> dict[str, float]:
    wide, high = (max(one, 1.0) for one in page.get_size())
    scale = min(1.0, LARGEST / max(wide, high))
    return {"width": wide * scale, "height": high * scale}


def child_picture(path: Path, text: str, page: int) -> bytes:
    """In the child: the page as pdfium draws it, and the mark over that picture, whatever the page does."""
    from PIL import Image

    if pdf_pages.is_pdf(path):
        document = pdf_pages.pdf(path)
        if not 1 <= page <= len(document):
            raise Refused(NO_SUCH_PAGE)
        shown = pdf_pages.drawn(pdf_pages.page(document, page - 1), PPI / 72, grey=False).convert("RGB")
    else:
        if page != 1:
            raise Refused(NO_SUCH_PAGE)
        shown = _whole(path)
        shown.thumbnail((1200, 1700))
        ground = Image.new("RGB", shown.size, "white")
        ground.paste(shown, mask=shown.convert("RGBA").getchannel("A"))
        shown = ground
    if text:
        asked = {"text": text, "width": shown.width * 72 / PPI, "height": shown.height * 72 / PPI}
        over = typeset.compile(_OVER.encode(), json.dumps(asked, ensure_ascii=False), "png", ppi=PPI)
        mark = Image.open(io.BytesIO(over)).convert("RGBA")
        shown.paste(mark, (0, 0), mark)
    made = io.BytesIO()
    shown.save(made, "PNG", compress_level=3)
    return made.getvalue()

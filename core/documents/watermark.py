"""Copies of papers with the reader's name and the time across every page."""

from __future__ import annotations

import json
from typing import Literal

from core.documents import typeset

#: pages of a paper that is shown; a longer one is read in parts elsewhere
MOST_PAGES = 200
_MARK = """
#let d = json(bytes(sys.inputs.d))
#set text(font: "Khet Sarabun", fallback: false, lang: "th")
#let across = for row in range(4) { place(center + horizon, dy: (row - 1.5) * 24%,
  rotate(-30deg, text(size: 26pt, fill: rgb(190, 0, 0, 70), d.text))) }
#for n in d.pages { page(width: d.width * 1pt, height: d.height * 1pt, margin: 0pt, {
  place(top + left, image(bytes(d.data), format: d.kind, width: 100%, height: 100%, fit: "contain",
    ..if d.kind == "pdf" { (page: n) } else { (:) }))
  across }) }
"""


class NotMarked(Exception):
    """The file is no PDF and no picture that can be marked."""


def count(data: bytes) -> int:
    """Pages of a PDF; 1 of a picture. Raises NotMarked for anything else."""
    if not data.startswith(b"%PDF-"):
        if typeset.is_picture(data):
            return 1
        raise NotMarked
    import pypdfium2  # a fifth of a second that a start need not wait for

    try:
        return min(len(pypdfium2.PdfDocument(data)), MOST_PAGES)
    except pypdfium2.PdfiumError as error:
        raise NotMarked from error


def pdf(data: bytes, text: str) -> bytes:
    """The whole paper as a PDF with `text` across every page. Raises NotMarked."""
    return _set(data, text, list(range(1, count(data) + 1)), "pdf")


def picture(data: bytes, text: str, page: int) -> bytes:
    """One page (from 1) as a PNG with `text` across it: what can be read and not taken as a file. Raises NotMarked."""
    if not 1 <= page <= count(data):
        raise NotMarked
    return _set(data, text, [page], "png")


def _set(data: bytes, text: str, pages: list[int], kind: Literal["pdf", "png"]) -> bytes:
    import typst

    width, height = 595.28, 841.89
    source = "pdf" if data.startswith(b"%PDF-") else "png" if data.startswith(b"\x89PNG") else "jpg"
    if source == "pdf":
        import pypdfium2

        width, height = pypdfium2.PdfDocument(data)[pages[0] - 1].get_size()
    asked = {"data": list(data), "text": text, "pages": pages, "kind": source, "width": width, "height": height}
    try:
        return typeset.compile(_MARK.encode(), json.dumps(asked, ensure_ascii=False), kind)
    except typst.TypstError as error:
        raise NotMarked from error

"""Stamps on the first page of a paper, as an office sets them by hand. The paper itself stays as it is.

A paper is opened in a child process.
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from core.platform import sandbox
from core.platform.documents import pdf_pages, typeset
from core.platform.sandbox.refusals import Refused

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfMatrix, PdfPage

#: from the edge of the page, and how wide a stamp is, in points
EDGE, WIDTH = 22.0, 150.0
_BOX = """
#let d = json(bytes(sys.inputs.d))
#set text(font: "Khet Sarabun", fallback: false, lang: "th", size: 13pt, fill: rgb("#1b2f8a"))
#page(width: d.width * 1pt, height: d.height * 1pt, margin: 0pt, {
  for s in d.stamps { place(if s.at == "top" { top + right } else { bottom + right }, dx: -d.edge * 1pt,
    dy: if s.at == "top" { d.edge * 1pt } else { -d.edge * 1pt },
    box(width: d.wide * 1pt, inset: 4pt, stroke: 1pt + rgb("#1b2f8a"), fill: rgb(255, 255, 255, 215),
      align(if s.centred { center } else { left }, s.lines.join(linebreak())))) }
})
"""
_SHEET = """
#page(paper: "a4", margin: 0pt, image("/paper", format: "png", width: 100%, height: 100%, fit: "contain"))
"""


@dataclass(frozen=True)
class Stamp:
    """Lines in a box, in the upper or the lower right corner."""

    lines: Sequence[str]
    at: Literal["top", "bottom"] = "top"
    centred: bool = False


def pdf(path: Path | None, stamps: Sequence[Stamp], sheets: Sequence[bytes] = ()) -> bytes:
    """A paper (PDF, PNG, JPEG, or None for an empty page) with stamps on its first page, and sheets (PDF) behind it.

    Raises sandbox.Refused: no_pages for what is neither, else what is wrong with the file.
    """
    asked = [{"lines": list(one.lines), "at": one.at, "centred": one.centred} for one in stamps]
    if path is None:  # nothing foreign
        return child(None, asked, list(sheets))
    return sandbox.call(sandbox.PAGE, child, path, asked, list(sheets))


def _opened(path: Path | None) -> PdfDocument:
    """What is stamped: a PDF as it is, a picture on an A4 page, nothing as an empty one."""
    import pypdfium2  # a fifth of a second that a start need not wait for

    if path is None:
        return pypdfium2.PdfDocument(typeset.compile(b'#page(paper: "a4")[]', "{}", "pdf"))
    if pdf_pages.is_pdf(path):
        return pdf_pages.pdf(path)
    try:
        pdf_pages.picture(path).save("paper", "PNG")
    except Refused as error:
        raise Refused("no_pages" if error.reason == "not_a_picture" else error.reason) from error
    return pypdfium2.PdfDocument(typeset.compile(_SHEET.encode(), "{}", "pdf", root=Path.cwd()))


def child(path: Path | None, stamps: list[dict[str, Any]], sheets: list[bytes]) -> bytes:
    """In the child, where there is a paper."""
    import pypdfium2

    document = _opened(path)
    first = pdf_pages.page(document, 0)
    wide, high = first.get_size()
    asked = {
        "width": wide, "height": high, "edge": EDGE, "wide": WIDTH,
        "stamps": stamps,
    }  # fmt: skip
    over = pypdfium2.PdfDocument(typeset.compile(_BOX.encode(), json.dumps(asked, ensure_ascii=False), "pdf"))
    placed = over.page_as_xobject(0, document).as_pageobject()
    placed.set_matrix(_as_seen(first))
    first.insert_obj(placed)
    first.gen_content()
    for sheet in sheets:
        document.import_pages(pypdfium2.PdfDocument(sheet))
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def _as_seen(page: PdfPage) -> PdfMatrix:
    """From where somebody sees a point to where it lies on the page: scanners turn pages by a note."""
    import pypdfium2

    left, low, right, top = page.get_mediabox()
    wide, high = right - left, top - low
    turned = {
        0: (1, 0, 0, 1, 0, 0),
        90: (0, 1, -1, 0, wide, 0),
        180: (-1, 0, 0, -1, wide, high),
        270: (0, -1, 1, 0, 0, high),
    }
    a, b, c, d, e, f = turned[page.get_rotation()]
    return pypdfium2.PdfMatrix(a, b, c, d, e + left, f + low)

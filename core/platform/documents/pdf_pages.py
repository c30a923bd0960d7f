"""Opens foreign PDFs and pictures within bounds. For functions that run in a child process (core/sandbox)."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import TYPE_CHECKING

from core.platform.sandbox.refusals import Refused

if TYPE_CHECKING:
    from PIL.Image import Image
    from pypdfium2 import PdfDocument, PdfPage

#: points of a picture as it is held in memory, and of one that is made
MOST_PIXELS, MOST_MADE = 36_000_000, 12_000_000
#: points (1/72 inch) along a page's side; what is larger is shown smaller
LONGEST_SIDE = 14_400.0
_PASSWORD = 4
#: a consonant with ั, ิ or ึ and a mark above, again: the layer of papers that typst set says some clusters twice, and
#: no Thai word does
_TWICE = re.compile("([ก-ฮ][\u0e31\u0e34\u0e36][\u0e48-\u0e4c])\\1+")


def is_pdf(path: Path) -> bool:
    """Whether a file begins as a PDF does."""
    with path.open("rb") as file:
        return file.read(5) == b"%PDF-"


def pdf(path: Path) -> PdfDocument:
    """A PDF as pdfium's document. Raises Refused: encrypted, unreadable."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path)
        if len(document) == 0:
            raise Refused("unreadable")
    except pypdfium2.PdfiumError as error:
        raise Refused("encrypted" if error.err_code == _PASSWORD else "unreadable") from error
    return document


def page(document: PdfDocument, number: int) -> PdfPage:
    """A page (from 0). Raises Refused (unreadable) for one that is damaged."""
    import pypdfium2

    try:
        return document[number]
    except pypdfium2.PdfiumError as error:
        raise Refused("unreadable") from error


def text(of: PdfPage) -> str:
    """The words of a page's text layer, each once: คำสั่ง, where the layer says คำสั่สั่ง."""
    return _TWICE.sub("\\1", of.get_textpage().get_text_range())


def drawn(of: PdfPage, scale: float, *, grey: bool) -> Image:
    """A page of a PDF as a picture, smaller than `scale` says where it would become too large."""
    wide, high = (max(one, 1.0) for one in of.get_size())
    scale = min(scale, math.sqrt(MOST_MADE / (wide * high)), 20_000 / max(wide, high))
    return of.render(scale=scale, grayscale=grey).to_pil()


def picture(path: Path, side: int = 6000) -> Image:
    """A PNG or JPEG as its photographer saw it; a photograph may come smaller, but not below `side` points.

    Raises Refused: not_a_picture, too_many_pixels.
    """
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = None  # counted here, after a JPEG was asked for less
    try:
        with Image.open(path, formats=("PNG", "JPEG")) as whole:
            whole.verify()
        image = Image.open(path, formats=("PNG", "JPEG"))
        image.draft(None, (side, side))
        if image.width * image.height > MOST_PIXELS:
            raise Refused("too_many_pixels")
        image.load()
        return ImageOps.exif_transpose(image)
    except (OSError, SyntaxError, ValueError, EOFError, KeyError, TypeError, IndexError) as error:
        raise Refused("not_a_picture") from error

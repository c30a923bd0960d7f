"""How a picture that will stand on papers is written anew: what is set in type later was made here."""

from __future__ import annotations

import io
from pathlib import Path

from core.platform.documents import pdf_pages, typeset

#: points along the longer side: more than a printer shows of a signature
SIDE = typeset.LARGEST_SIDE


def child(path: Path) -> bytes:
    """In the child: the picture upright, of a size for paper, without what its camera noted."""
    image = pdf_pages.picture(path, SIDE)
    image.thumbnail((SIDE, SIDE))
    made = io.BytesIO()
    image.convert("RGBA" if "A" in image.mode or "transparency" in image.info else "RGB").save(made, "PNG")
    return made.getvalue()

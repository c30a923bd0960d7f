"""Sets a document in type: a template of ours and data as JSON, out comes a PDF. What people typed is never markup."""

from __future__ import annotations

import json
import struct
import time
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal

from core.documents.lines import FONTS

if TYPE_CHECKING:
    import typst

TEMPLATES = Path(__file__).resolve().parent / "templates"
#: PDF/A-2b, as e-saraban keeps its papers (ระเบียบงานสารบรรณ ฉบับที่ 4 พ.ศ. 2564)
ARCHIVE: Literal["a-2b"] = "a-2b"
_turn = Lock()


#: pixels along the longer side; a small file can claim a picture that fills the memory
LARGEST_SIDE = 6000


def is_picture(data: bytes) -> bool:
    """Whether a PNG or JPEG is whole and of a size that can be set on paper."""
    sides = _png_sides(data) if data.startswith(b"\x89PNG") else _jpeg_sides(data)
    if sides is None or not all(0 < side <= LARGEST_SIDE for side in sides):
        return False
    import typst

    try:
        with _turn:
            source = b"#image(bytes(json(bytes(sys.inputs.d))), width: 1cm)"
            _compiler().compile(source, format="pdf", sys_inputs={"d": json.dumps(list(data))})
    except typst.TypstError:
        return False
    return True


def _png_sides(data: bytes) -> tuple[int, int] | None:
    return struct.unpack(">II", data[16:24]) if data[12:16] == b"IHDR" else None


def _jpeg_sides(data: bytes) -> tuple[int, int] | None:
    place = 2
    while place + 9 < len(data) and data[place] == 0xFF:
        marker, length = data[place + 1], struct.unpack(">H", data[place + 2 : place + 4])[0]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            high, wide = struct.unpack(">HH", data[place + 5 : place + 9])
            return wide, high
        place += 2 + length
    return None


@lru_cache(maxsize=1)
def _compiler() -> typst.Compiler:
    import typst  # the typesetter is loaded when first needed

    return typst.Compiler(font_paths=[str(FONTS)], ignore_system_fonts=True)


def compile(source: bytes, data: str, kind: Literal["pdf", "png"]) -> bytes:
    """What a source of ours makes of `data`, which it reads from sys.inputs.d; a picture is of its only page.

    One document at a time in a process: the compiler is kept, and is not shared. Raises TypstError.
    """
    with _turn:
        made = _compiler().compile(source, format=kind, sys_inputs={"d": data}, ppi=130, timestamp=int(time.time()))
    assert isinstance(made, bytes)
    return made


def pdf(template: str, data: Any, *, templates: Path = TEMPLATES, archive: bool = False) -> bytes:
    """The PDF of `template` (a file in `templates`) with `data`, which it reads as JSON from sys.inputs.d.

    `archive`: as PDF/A-2b. One document at a time in a process: the compiler is kept, and is not shared.
    """
    source = (TEMPLATES / "khet.typ").read_bytes() + b"\n" + (templates / template).read_bytes()
    with _turn:
        made = _compiler().compile(
            source, format="pdf", sys_inputs={"d": json.dumps(data, ensure_ascii=False)},
            pdf_standards=[ARCHIVE] if archive else [], timestamp=int(time.time()),
        )  # fmt: skip
    assert isinstance(made, bytes)
    return made

"""Sets a document in type: a template of ours and data as JSON, out comes a PDF. What people typed is never markup."""

from __future__ import annotations

import json
import struct
import time
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal

from core.platform.documents.lines import FONTS

if TYPE_CHECKING:
    import typst

TEMPLATES = Path(__file__).resolve().parent / "templates"
#: PDF/A-2b, as e-saraban keeps its papers (ระเบียบงานสารบรรณ ฉบับที่ 4 พ.ศ. 2564)
ARCHIVE: Literal["a-2b"] = "a-2b"
_turn = Lock()


def _new_compiler(**more: Any) -> typst.Compiler:
    import typst  # the typesetter is loaded when first needed

    return typst.Compiler(font_paths=[str(FONTS)], ignore_system_fonts=True, **more)


@lru_cache(maxsize=1)
def _compiler() -> typst.Compiler:
    return _new_compiler()


def compile(
    source: bytes, data: str, kind: Literal["pdf", "png"], *, ppi: float = 130, root: Path | None = None
) -> bytes:
    """What a source of ours makes of `data`, which it reads from sys.inputs.d; a picture is of its only page.

    `root`: the folder whose files it may show; only in a child process, since foreign files stop a typesetter.
    One document at a time in a process: the compiler is kept, and is not shared. Raises TypstError.
    """
    with _turn:
        compiler = _compiler() if root is None else _new_compiler(root=str(root))
        made = compiler.compile(source, format=kind, sys_inputs={"d": data}, ppi=ppi, timestamp=int(time.time()))
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


#: points along a side of a picture that is set here, as core/records/files/pictures.py makes them
LARGEST_SIDE = 1600


def picture(data: bytes | None) -> list[int] | None:
    """A PNG for a template's image(bytes(…)); None for what core/records/files/pictures.py would not have made.

    For pictures that forms took in: what comes from outside is set in a child process (`root` of `compile`).
    """
    if data is None or not data.startswith(b"\x89PNG") or data[12:16] != b"IHDR" or len(data) < 25:
        return None
    *sides, depth = struct.unpack(">IIB", data[16:25])
    return list(data) if depth <= 8 and all(0 < side <= LARGEST_SIDE for side in sides) else None

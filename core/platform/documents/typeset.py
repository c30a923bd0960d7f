"""Sets a document in type: a template of ours and data as JSON, out comes a PDF. What people typed is never markup."""

from __future__ import annotations

import json
import struct
import time
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal

from flask_babel import gettext as _

from core.base.errors import RuleError
from core.platform.documents.lines import FONTS, unprintable

if TYPE_CHECKING:
    import typst

TEMPLATES = Path(__file__).resolve().parent / "templates"
#: PDF/A-2b, as e-saraban keeps its papers (ระเบียบงานสารบรรณ ฉบับที่ 4 พ.ศ. 2564)
ARCHIVE: Literal["a-2b"] = "a-2b"
_turn = Lock()


class Unprintable(RuleError):
    """A paper is not made, since its typeface lacks letters of it; `message` names them and where they stand."""


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

    Where the typeface lacks letters of `data`, such as 😀, every page says which of them stand as empty boxes.
    `archive`: as PDF/A-2b, which has no such boxes: raises Unprintable. One document at a time in a process: the
    compiler is kept, and is not shared.
    """
    if missing := _missing(data):
        if archive:
            letters, text = missing
            raise Unprintable(
                _("These letters cannot be printed on a paper: %(letters)s (in “%(text)s”)",
                  letters=letters[:40], text=text[:100])
            )  # fmt: skip
        data = {**data, "boxes": " ".join(f"U+{ord(letter):04X}" for letter in missing[0][:10])}
    source = (TEMPLATES / "khet.typ").read_bytes() + b"\n" + (templates / template).read_bytes()
    with _turn:
        made = _compiler().compile(
            source, format="pdf", sys_inputs={"d": json.dumps(data, ensure_ascii=False)},
            pdf_standards=[ARCHIVE] if archive else [], timestamp=int(time.time()),
        )  # fmt: skip
    assert isinstance(made, bytes)
    return made


def require_printable(texts: dict[str, Any]) -> None:
    """Raises Unprintable at the field whose text has letters that the papers' typeface does not have: 😀, 中."""
    for name, text in texts.items():
        if letters := unprintable(text if isinstance(text, str) else ""):
            raise Unprintable(
                _("These letters cannot be printed on a paper: %(letters)s", letters=letters[:40]), field=name
            )


def _missing(data: Any) -> tuple[str, str] | None:
    """The letters of a paper that its typeface lacks, and the first of its texts in which one of them stands."""
    texts = list(_texts(data))
    if not (letters := unprintable("".join(dict.fromkeys("".join(texts))))):
        return None
    return letters, next(text for text in texts if not set(letters).isdisjoint(text))


def _texts(data: Any) -> Iterator[str]:
    """Every text of a paper's data; the bytes of pictures are none."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for value in data.values():
            yield from _texts(value)
    elif isinstance(data, list | tuple) and not (data and isinstance(data[0], int | float)):
        for value in data:
            yield from _texts(value)


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

"""What an Office file holds, seen without opening it as a document. For a child process (core/sandbox)."""

from __future__ import annotations

import io
import mmap
import re
import zipfile
import zlib
from pathlib import Path
from typing import IO

from core.platform.sandbox.refusals import Refused

#: files in a document, and the bytes that they may unpack to
MOST_MEMBERS, LARGEST = 20_000, 1024 * 1024 * 1024
#: endings of files that run, embedded in a document
RUNS = (
    ".exe", ".dll", ".com", ".scr", ".bat", ".cmd", ".ps1", ".vbs", ".vbe", ".js", ".jse", ".wsf", ".hta", ".msi",
    ".jar", ".lnk",
)  # fmt: skip
#: what the kinds and the relations of a document's parts say of macros, Excel's of 1992 too
MACROS = (b"vbaproject", b"macroenabled", b"macrosheet")
_ZIP, _OLE, _PROGRAM = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"MZ"
#: a part, or a document in a document, that is looked into, and how deep
LARGEST_PART, DEEPEST = 100 * 1024 * 1024, 3
#: the folder of macros in the older formats, as its directory spells it
_OLD_MACROS = ("_VBA_PROJECT".encode("utf-16-le"), "VBA_PROJECT_CUR".encode("utf-16-le"))
#: a file that was put into a document as it is; its name stands near. (.com ends addresses, too)
_PACKAGE = "\x01Ole10Native".encode("utf-16-le")
_PACKED_PROGRAM = re.compile(
    rb"(?i:"
    + b"|".join(re.escape(ending.encode()) for ending in RUNS if ending != ".com")
    + rb")\x00|This program (?:cannot|must) be run"
)
#: a sheet of an old workbook: its record, length, place, whether it is hidden, its kind (1: macros), its name's length
_MACRO_SHEET = re.compile(rb"\x85\x00([\x08-\x47])\x00.{4}[\x00-\x02]\x01(.)[\x00\x01]", re.DOTALL)


def check(path: Path, member: str) -> None:
    """`member`: the entry that the document must hold; empty for the older formats.

    What can run in a document is found by its content and by what the document says of its parts, not by names alone.
    Raises Refused: not_its_name, too_large, encrypted, macros.
    """
    if member:
        with path.open("rb") as file:
            _check_zip(file, member)
    else:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            runs = _runs(content)
        if runs:
            raise Refused("macros")


def _runs(content: bytes | mmap.mmap) -> bool:
    """Whether something can run in a document of the older formats, or in a part in their form."""
    if any(content.find(name) >= 0 for name in _OLD_MACROS):
        return True
    if content.find(_PACKAGE) >= 0 and _PACKED_PROGRAM.search(content) is not None:
        return True
    sheets = [found.groups() for found in _MACRO_SHEET.finditer(content)]
    return any(length[0] in (8 + name[0], 8 + 2 * name[0]) for length, name in sheets)


def _check_zip(file: IO[bytes], member: str = "", depth: int = 1) -> None:
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            if member and member not in {one.filename for one in members}:
                raise Refused("not_its_name")
            if len(members) > MOST_MEMBERS or sum(one.file_size for one in members) > LARGEST:
                raise Refused("too_large")
            if any(one.flag_bits & 1 for one in members):
                raise Refused("encrypted")
            if any(one.filename.lower().endswith(("vbaproject.bin", *RUNS)) for one in members):
                raise Refused("macros")
            for one in members:
                _check_part(archive, one, depth)
    # zipfile says NotImplementedError of a compression that it does not know: no office program writes one
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError, zlib.error) as error:
        raise Refused("not_its_name") from error


def _check_part(archive: zipfile.ZipFile, one: zipfile.ZipInfo, depth: int) -> None:
    """What a part holds, whatever its name says."""
    says = one.filename.lower().endswith((".rels", "[content_types].xml"))
    with archive.open(one) as part:
        head = part.read(8)
        if head.startswith(_PROGRAM):
            raise Refused("macros")
        if not says and not head.startswith((_ZIP, _OLE)):
            return
        content = head + part.read(LARGEST_PART)
    if len(content) > LARGEST_PART or depth >= DEEPEST:
        raise Refused("too_large")
    if says and any(word in content.replace(b"\0", b"").lower() for word in MACROS):
        raise Refused("macros")
    if head.startswith(_OLE) and _runs(content):
        raise Refused("macros")
    if head.startswith(_ZIP):
        _check_zip(io.BytesIO(content), depth=depth + 1)

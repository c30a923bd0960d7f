"""What an Office file holds, seen without opening it as a document. For a child process (core/sandbox)."""

from __future__ import annotations

import mmap
import zipfile
from pathlib import Path

from core.platform.sandbox.refusals import Refused

#: files in a document, and the bytes that they may unpack to
MOST_MEMBERS, LARGEST = 20_000, 1024 * 1024 * 1024
#: endings of files that run, embedded in a document
RUNS = (
    ".exe", ".dll", ".com", ".scr", ".bat", ".cmd", ".ps1", ".vbs", ".vbe", ".js", ".jse", ".wsf", ".hta", ".msi",
    ".jar", ".lnk",
)  # fmt: skip
#: the folder of macros in the older formats, as its directory spells it
_OLD_MACROS = ("_VBA_PROJECT".encode("utf-16-le"), "VBA_PROJECT_CUR".encode("utf-16-le"))


def check(path: Path, member: str) -> None:
    """`member`: the entry that the document must hold; empty for the older formats.

    Raises Refused: not_its_name, too_large, encrypted, macros.
    """
    if member:
        _check_zip(path, member)
    else:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            if any(content.find(name) >= 0 for name in _OLD_MACROS):
                raise Refused("macros")


def _check_zip(path: Path, member: str) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise Refused("not_its_name") from error
    names = {one.filename.lower() for one in members}
    if member not in {one.filename for one in members}:
        raise Refused("not_its_name")
    if len(members) > MOST_MEMBERS or sum(one.file_size for one in members) > LARGEST:
        raise Refused("too_large")
    if any(one.flag_bits & 1 for one in members):
        raise Refused("encrypted")
    if any(name.endswith(("vbaproject.bin", *RUNS)) for name in names):
        raise Refused("macros")

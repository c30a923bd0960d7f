"""Looks at an untrusted workbook or text file before anything parses it. Costs bounded time and memory.

A 1 KB workbook can claim a million columns and abort the parser's process; zip and entity bombs eat memory. So
every member is read in pieces, counting real bytes, and the coordinates are read as text.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

MOST_BYTES = 400 * 1024 * 1024
MOST_MEMBERS = 200
MOST_COLUMNS = 256
MOST_LINES = 200_000
LONGEST_TEXT_FILE = 100 * 1024 * 1024
_PIECE = 1024 * 1024
#: the longest piece of XML that one cell's opening tag, or a formula without a value, may take
_OVERLAP = 2_000
_REFERENCE = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,4})(\d{1,9})"')
_ROW = re.compile(rb'<(?:\w+:)?row\b[^>]*?\br="(\d{1,12})"')
_EMPTY_FORMULA = re.compile(
    rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,4}\d{1,9})"[^>]*>\s*<(?:\w+:)?f\b[^>]{0,300}(?:/>|>[^<]{0,1500}</(?:\w+:)?f>)'
    rb"\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)


class Refused(Exception):
    """The file is not read at all; `reason` is a key of core/imports/reasons.py."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass
class Seen:
    """What the guard noticed on its way: cells whose formula was saved without its value, by sheet file."""

    empty_formulas: dict[str, list[str]] = field(default_factory=dict)


def column_number(letters: bytes) -> int:
    """A → 1, Z → 26, AA → 27."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def look(path: Path) -> Seen:
    """Refuse a hostile or unreadable workbook. Raises Refused."""
    seen = Seen()
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if len(members) > MOST_MEMBERS:
                raise Refused("too_large")
            if not any(member.filename == "xl/workbook.xml" for member in members):
                raise Refused("not_a_workbook")
            total = 0
            for member in members:
                if member.flag_bits & 1:
                    raise Refused("encrypted")
                sheet = member.filename.startswith("xl/worksheets/") and member.filename.endswith(".xml")
                xml = member.filename.endswith((".xml", ".rels"))
                found: list[str] = []
                for piece in _pieces(archive, member):
                    total += len(piece.fresh)
                    if total > MOST_BYTES:
                        raise Refused("too_large")
                    if xml and (b"<!DOCTYPE" in piece.window or b"<!ENTITY" in piece.window):
                        raise Refused("not_a_workbook")
                    if sheet:
                        _check_size(piece.window)
                        found += [m[1].decode() for m in _EMPTY_FORMULA.finditer(piece.window)]
                if found:
                    seen.empty_formulas[member.filename] = sorted(set(found))[:1000]
    except (zipfile.BadZipFile, zipfile.LargeZipFile, OSError, EOFError, NotImplementedError, ValueError) as error:
        raise Refused("not_a_workbook") from error
    except RuntimeError as error:  # zipfile's way of saying that a password is wanted
        raise Refused("encrypted") from error
    return seen


@dataclass
class _Piece:
    fresh: bytes
    window: bytes


def _pieces(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[_Piece]:
    tail = b""
    with archive.open(member) as file:
        while fresh := file.read(_PIECE):
            yield _Piece(fresh, tail + fresh)
            tail = fresh[-_OVERLAP:]


def _check_size(window: bytes) -> None:
    for match in _REFERENCE.finditer(window):
        if column_number(match[1]) > MOST_COLUMNS:
            raise Refused("too_many_columns")
        if int(match[2]) > MOST_LINES:
            raise Refused("too_many_lines")
    if any(int(match[1]) > MOST_LINES for match in _ROW.finditer(window)):
        raise Refused("too_many_lines")

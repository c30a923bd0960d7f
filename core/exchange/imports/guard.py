"""Looks at an untrusted workbook before its parser does. Runs in the child process; costs time in line with its size.

A 1 KB workbook can claim a million columns and abort the parser's process; zip and entity bombs eat memory. So
every member is read in pieces, counting real bytes, and the coordinates of cells are read by a parser that keeps
nothing.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from core.platform.sandbox.refusals import Refused

MOST_BYTES = 400 * 1024 * 1024
MOST_MEMBERS = 200
MOST_COLUMNS = 256
MOST_LINES = 200_000
#: characters of one line: what a register says of a letter is a hundredth of it, and the server looks at each
LONGEST_LINE = 100_000
LONGEST_TEXT_FILE = 100 * 1024 * 1024
_PIECE = 1024 * 1024
_DECLARATIONS = (b"<!DOCTYPE", b"<!ENTITY")
#: texts of cells: many bytes and no coordinates
_TEXTS = "xl/sharedStrings.xml"


@dataclass
class Seen:
    """What the guard noticed on its way: cells whose formula was saved without its value, by sheet file."""

    empty_formulas: dict[str, list[str]] = field(default_factory=dict)


def column_number(letters: str) -> int:
    """A → 1, Z → 26, AA → 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def inspect(path: Path) -> Seen:
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
                xml = member.filename.endswith((".xml", ".rels"))
                sheet = _Sheet() if xml and member.filename != _TEXTS else None
                for fresh, window in _pieces(archive, member):
                    total += len(fresh)
                    if total > MOST_BYTES:
                        raise Refused("too_large")
                    if xml and any(word in window for word in _DECLARATIONS):
                        raise Refused("not_a_workbook")
                    if sheet is not None:
                        sheet.feed(fresh)
                if sheet is not None and sheet.empty:
                    seen.empty_formulas[member.filename] = sorted(set(sheet.empty))[:1000]
    except (zipfile.BadZipFile, zipfile.LargeZipFile, OSError, EOFError, NotImplementedError, ValueError) as error:
        raise Refused("not_a_workbook") from error
    except expat.ExpatError as error:
        raise Refused("not_a_workbook") from error
    except RuntimeError as error:  # zipfile's way of saying that a password is wanted
        raise Refused("encrypted") from error
    return seen


def _pieces(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[tuple[bytes, bytes]]:
    """Each piece of a member, alone and with the end of the one before."""
    tail = b""
    with archive.open(member) as file:
        while fresh := file.read(_PIECE):
            yield fresh, tail + fresh
            tail = fresh[-20:]


class _Sheet:
    """Coordinates and formulas of a sheet, read once from front to back."""

    def __init__(self) -> None:
        self.empty: list[str] = []
        self._cell, self._formula, self._value = "", False, False
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._open
        self._parser.EndElementHandler = self._close
        self._parser.StartDoctypeDeclHandler = self._declared

    def feed(self, piece: bytes) -> None:
        """The next bytes."""
        self._parser.Parse(piece)

    def _declared(self, *_: object) -> None:
        raise Refused("not_a_workbook")

    def _open(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(":")[2]
        if tag == "c":
            self._cell = place = attributes.get("r", "")
            letters = place.rstrip("0123456789")
            if letters and column_number(letters[:8]) > MOST_COLUMNS:
                raise Refused("too_many_columns")
            _check_line(place[len(letters) :])
            self._formula = self._value = False
        elif tag == "row":
            _check_line(attributes.get("r", ""))
        elif tag == "f":
            self._formula = True
        elif tag == "v":
            self._parser.CharacterDataHandler = self._text

    def _text(self, text: str) -> None:
        self._value = self._value or not text.isspace()

    def _close(self, name: str) -> None:
        tag = name.rpartition(":")[2]
        if tag == "v":
            self._parser.CharacterDataHandler = None
        elif tag == "c":
            if self._formula and not self._value and self._cell:
                self.empty.append(self._cell)
            self._formula = False


def _check_line(digits: str) -> None:
    if digits.isdecimal() and (len(digits) > 12 or int(digits) > MOST_LINES):
        raise Refused("too_many_lines")

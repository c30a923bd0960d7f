"""One table out of a MySQL dump, as mysqldump and phpMyAdmin write it: how AMSS++ offices hand over their registers.

Reads the two kinds of statement that matter (CREATE TABLE for the names of columns, INSERT for the rows) and skips
all others; nothing is ever executed. A parser of whole SQL would read more and understand no more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

# Every pattern has bounds, and what was read once is not read again: a dump may be made to keep its reader busy.
_NAME = r"`?(\w{1,64})`?"
_CREATE = re.compile(
    rf"CREATE\s{{1,9}}TABLE\s{{1,9}}(?:IF\s{{1,9}}NOT\s{{1,9}}EXISTS\s{{1,9}})?{_NAME}\s{{0,9}}\(", re.I
)
_COLUMN = re.compile(r"^[ \t]{0,20}`(\w{1,64})`\s", re.M)
_INSERT = re.compile(rf"INSERT\s{{1,9}}(?:IGNORE\s{{1,9}})?INTO\s{{1,9}}{_NAME}\s{{0,9}}(?=\(|VALUES)", re.I)
_VALUES = re.compile(r"\s{0,9}VALUES", re.I)
#: a quoted text, a word (NULL, a number, 0x…), or a sign between them
_TOKEN = re.compile(r"\s*+(?:'((?:[^'\\]|\\.|'')*+)'|([^\s,()';]+)|([,();]))", re.S)
_ESCAPED = re.compile(r"\\(.)|''", re.S)
_SIGNS = {"n": "\n", "r": "\r", "t": "\t", "0": "", "Z": ""}
_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?: \d\d:\d\d:\d\d)?$")


def rows(text: str, tables: Sequence[str]) -> Iterator[tuple[int, list[Any]]]:
    """(number, cells) of the rows of the first of `tables` that has any; number 1 are its column names."""
    inserts = [match for match in _INSERT.finditer(text) if match[1] in tables]
    wanted = next((name for name in tables if any(match[1] == name for match in inserts)), "")
    created = _created(text, wanted) if wanted else []
    number = place = 0
    for match in inserts:
        if match[1] != wanted or match.start() < place:  # what looks like a statement in the midst of a text is none
            continue
        names, place, begins = _names(text, match.end())
        if not begins:
            continue
        names = names or created
        if names and not number:
            yield 1, names
        for cells, behind in _values(text, place):
            place = behind
            if cells is not None:
                number = max(number, 1) + 1
                yield number, cells


def _created(text: str, table: str) -> list[str]:
    """The columns of a table as CREATE TABLE names them: one a line, until the bracket closes at a line's start."""
    starts = list(_CREATE.finditer(text))
    ends = [match.start() for match in starts[1:]] + [len(text)]
    for match, limit in zip(starts, ends, strict=True) if starts else ():
        if match[1] == table:
            end = text.find("\n)", match.end(), limit)
            if end >= 0:
                return _COLUMN.findall(text, match.end(), end)
    return []


def _names(text: str, start: int) -> tuple[list[str], int, bool]:
    """The names in a bracket before VALUES, the place behind, and whether rows begin there."""
    names: list[str] = []
    place = start
    if text.startswith("(", start):
        while (token := _TOKEN.match(text, place)) is not None:
            place = token.end()
            if token[2]:
                names.append(token[2].strip("`"))
            elif token[3] == ")":
                break
    values = _VALUES.match(text, place)
    return names, values.end() if values is not None else place, values is not None


def _values(text: str, start: int) -> Iterator[tuple[list[Any] | None, int]]:
    """The cells of each bracket behind VALUES with the place behind it; (None, place) at the statement's end."""
    place, depth = start, 0
    cells: list[Any] = []
    while (token := _TOKEN.match(text, place)) is not None:
        quoted, word, sign = token.groups()
        place = token.end()
        if sign == "(":
            depth += 1
            cells = [] if depth == 1 else cells
        elif sign == ")":
            depth -= 1
            if depth == 0:
                yield cells, place
        elif sign == ";":
            break
        elif depth == 1 and quoted is not None:
            cells.append(_plain(_ESCAPED.sub(lambda m: "'" if m[1] is None else _SIGNS.get(m[1], m[1]), quoted)))
        elif depth == 1 and word is not None:
            cells.append("" if word.upper() == "NULL" else _plain(word))
        elif depth == 0 and word is not None:
            break  # ON DUPLICATE KEY …
    else:
        place = len(text)  # a text that never ends: nothing behind it can be told apart
    yield None, place


def _plain(text: str) -> Any:
    """A day as a day; 0000-00-00 is none."""
    match = _DAY.fullmatch(text)
    if match is None:
        return text
    return {"date": text[:10]} if int(match[1]) and int(match[2]) and int(match[3]) else ""

"""One table out of a MySQL dump, as mysqldump and phpMyAdmin write it: how AMSS++ offices hand over their registers.

Reads the two kinds of statement that matter (CREATE TABLE for the names of columns, INSERT for the rows) and skips
all others; nothing is ever executed. A parser of whole SQL would read more and understand no more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

_CREATE = re.compile(r"CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?`?(?P<table>\w+)`?\s*\((?P<body>.*?)\n\)", re.I | re.S)
_COLUMN = re.compile(r"^\s*`(\w+)`\s", re.M)
_INSERT = re.compile(r"INSERT\s+(?:IGNORE\s+)?INTO\s+`?(?P<table>\w+)`?\s*(?:\((?P<names>[^)]*)\))?\s*VALUES\s*", re.I)
#: a quoted text, a word (NULL, a number, 0x…), or a sign between them
_TOKEN = re.compile(r"\s*(?:'((?:[^'\\]|\\.|'')*)'|([^\s,()';]+)|([,();]))", re.S)
_ESCAPED = re.compile(r"\\(.)|''", re.S)
_SIGNS = {"n": "\n", "r": "\r", "t": "\t", "0": "", "Z": ""}
_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?: \d\d:\d\d:\d\d)?$")


def rows(text: str, tables: Sequence[str]) -> Iterator[tuple[int, list[Any]]]:
    """(number, cells) of the rows of the first of `tables` that has any; number 1 are its column names."""
    created = {match["table"]: _COLUMN.findall(match["body"]) for match in _CREATE.finditer(text)}
    inserts = [match for match in _INSERT.finditer(text) if match["table"] in tables]
    wanted = next((name for name in tables if any(match["table"] == name for match in inserts)), "")
    number = 0
    for match in inserts:
        if match["table"] != wanted:
            continue
        names = re.findall(r"\w+", match["names"] or "") or created.get(wanted, [])
        if names and not number:
            yield 1, names
        for cells in _values(text, match.end()):
            number = max(number, 1) + 1
            yield number, cells


def _values(text: str, start: int) -> Iterator[list[Any]]:
    """The cells of each bracket behind VALUES, until the statement ends."""
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
                yield cells
        elif sign == ";":
            return
        elif depth == 1 and quoted is not None:
            cells.append(_plain(_ESCAPED.sub(lambda m: "'" if m[1] is None else _SIGNS.get(m[1], m[1]), quoted)))
        elif depth == 1 and word is not None:
            cells.append("" if word.upper() == "NULL" else _plain(word))
        elif depth == 0 and word is not None:
            return  # ON DUPLICATE KEY …


def _plain(text: str) -> Any:
    """A day as a day; 0000-00-00 is none."""
    match = _DAY.fullmatch(text)
    if match is None:
        return text
    return {"date": text[:10]} if int(match[1]) and int(match[2]) and int(match[3]) else ""

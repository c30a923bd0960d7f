"""Reads a file to import, in the child process: a workbook, a text file, a dump.

For each sheet comes {"sheet": name, "merged": [[line, first, last] …]}, then {"line": n, "cells": […]} for every line
that is not empty, at last {"formulas": [cells without their value]} and {"end": lines}. A cell is text, a number, true
or false, or {"date": "2026-11-21"}. {"open_quote": n} says that from line n on a text file cannot be understood.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

from core.exchange.imports import guard
from core.platform.sandbox.refusals import Refused

#: encodings of a text file, tried in this order; the last reads everything that Thai Windows writes
ENCODINGS = ("utf-8-sig", "cp874")
#: stands in no text file, since one with it is refused
_LAST = "\x00"
#: stands for a byte that means nothing
LOST = "\ufffd"


def items(path: Path, kind: str, tables: Sequence[str]) -> Iterator[dict[str, Any]]:
    """What stands in a file, within the limits of lines, of columns and of what one line says. Raises Refused."""
    formulas: list[str] = []
    if kind == "csv":
        found = text_file(path)
    elif kind == "sql":
        found = dump_file(path, tables)
    else:
        if kind == "xlsx":
            formulas = [cell for cells in guard.inspect(path).empty_formulas.values() for cell in cells]
        found = workbook(path)
    if kind != "xlsx" and path.stat().st_size > guard.LONGEST_TEXT_FILE:
        raise Refused("too_large")
    lines = 0
    for item in found:
        if "line" in item:
            lines += 1
            if len(item["cells"]) > guard.MOST_COLUMNS:
                raise Refused("too_many_columns")
            if lines > guard.MOST_LINES:
                raise Refused("too_many_lines")
            if sum(len(cell) for cell in item["cells"] if isinstance(cell, str)) > guard.LONGEST_LINE:
                raise Refused("too_long")
        yield item
    yield {"formulas": formulas}
    yield {"end": lines}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"date": value.date().isoformat()}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    if isinstance(value, time | timedelta):
        return str(value)
    if isinstance(value, float) and value != value:
        return ""
    return value


def workbook(path: Path) -> Iterator[dict[str, Any]]:
    """Every sheet that people see and that holds anything; the hidden ones where nobody sees any."""
    import python_calamine

    try:
        book = python_calamine.CalamineWorkbook.from_path(str(path))
    except python_calamine.PasswordError as error:
        raise Refused("encrypted") from error
    visible = python_calamine.SheetVisibleEnum.Visible
    filled = [(about, book.get_sheet_by_name(about.name)) for about in book.sheets_metadata]
    filled = [(about, sheet) for about, sheet in filled if sheet.height]
    seen = [pair for pair in filled if pair[0].visible == visible] or filled
    for about, sheet in seen:
        name = about.name
        merged = [[a[0] + 1, a[1], b[1]] for a, b in sheet.merged_cell_ranges or []]
        yield {"sheet": name, "merged": merged[:200]}
        start = (sheet.start or (0, 0))[0]
        left = (sheet.start or (0, 0))[1]
        for number, row in enumerate(sheet.iter_rows(), start=1 + start):
            cells = [""] * left + [_plain(value) for value in row]
            if any(cell != "" for cell in cells):
                yield {"line": number, "cells": cells}
    if not seen:
        yield {"sheet": "", "merged": []}


def text_file(path: Path) -> Iterator[dict[str, Any]]:
    """A CSV or tab-separated file in UTF-8, UTF-16 or Windows-874."""
    raw = path.read_bytes()
    marked = raw[:2] in (b"\xff\xfe", b"\xfe\xff")
    text = raw.decode("utf-16") if marked else _decoded(raw)
    if "\x00" in text:
        raise ValueError("a binary file")
    head = text[:20_000]
    first = next((line for line in head.splitlines() if line.strip()), "")
    delimiter = max(",;\t|", key=first.count)
    yield {"sheet": "", "merged": []}
    csv.field_size_limit(1_000_000)
    # the last line shows whether a quotation mark is open still: then it is no line of its own
    reader = csv.reader(chain(io.StringIO(text, newline=""), [_LAST]), delimiter=delimiter)
    begins, columns = 1, first.count(delimiter)
    for cells in reader:
        if cells == [_LAST]:
            return
        if cells[-1:] and cells[-1].endswith(_LAST) or any(_swallowed(cell, columns, delimiter) for cell in cells):
            yield {"open_quote": begins}
            return
        if any(cell.strip() for cell in cells):
            yield {"line": reader.line_num, "cells": cells}
        begins = reader.line_num + 1


def _swallowed(cell: str, columns: int, delimiter: str) -> bool:
    """Whether further lines of the table stand in a cell, behind a quotation mark that was left open."""
    # of two columns nobody can tell: a text of several lines may well hold a comma
    return columns > 1 and any(line.count(delimiter) >= columns for line in cell.splitlines()[1:])


def dump_file(path: Path, tables: Sequence[str]) -> Iterator[dict[str, Any]]:
    """One of these tables of a MySQL dump; its column names are the first line."""
    from core.exchange.imports import dump

    text = _decoded(path.read_bytes())
    yield {"sheet": "", "merged": []}
    for line, cells in dump.rows(text, tables):
        yield {"line": line, "cells": cells}


def _decoded(raw: bytes) -> str:
    """The text in the first encoding that fits; where none does, in that with the fewest bytes that mean nothing."""
    for encoding in ENCODINGS:
        with suppress(UnicodeDecodeError):
            return raw.decode(encoding)
    return min((raw.decode(encoding, errors="replace") for encoding in ENCODINGS), key=lambda text: text.count(LOST))

"""The child process that parses a file: `python -m core.imports.child PATH KIND [TABLE …]`, one JSON value a line on
stdout.

First {"sheet": name, "merged": [[line, first, last] …]}, then {"line": n, "cells": […]} for every line that is not
empty, at last {"end": lines}. A cell is text, a number, true or false, or {"date": "2026-11-21"}. Parsing happens
here because a hostile workbook can abort the parser's whole process.
"""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any

#: encodings of a text file, tried in this order; the last reads everything that Thai Windows writes
ENCODINGS = ("utf-8-sig", "cp874")


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
    """The first sheet that holds anything."""
    import python_calamine

    book = python_calamine.CalamineWorkbook.from_path(str(path))
    for name in book.sheet_names:
        sheet = book.get_sheet_by_name(name)
        if sheet.height == 0:
            continue
        merged = [[a[0] + 1, a[1], b[1]] for a, b in sheet.merged_cell_ranges or []]
        yield {"sheet": name, "merged": merged[:200]}
        start = (sheet.start or (0, 0))[0]
        left = (sheet.start or (0, 0))[1]
        for number, row in enumerate(sheet.iter_rows(), start=1 + start):
            cells = [""] * left + [_plain(value) for value in row]
            if any(cell != "" for cell in cells):
                yield {"line": number, "cells": cells}
        return
    yield {"sheet": "", "merged": []}


def text_file(path: Path) -> Iterator[dict[str, Any]]:
    """A CSV or tab-separated file in UTF-8, UTF-16 or Windows-874."""
    raw = path.read_bytes()
    marked = raw[:2] in (b"\xff\xfe", b"\xfe\xff")
    text = raw.decode("utf-16") if marked else next(_decoded(raw))
    if "\x00" in text:
        raise ValueError("a binary file")
    head = text[:20_000]
    first = next((line for line in head.splitlines() if line.strip()), "")
    delimiter = max(",;\t|", key=first.count)
    yield {"sheet": "", "merged": []}
    csv.field_size_limit(1_000_000)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield {"line": reader.line_num, "cells": cells}


def dump_file(path: Path, tables: list[str]) -> Iterator[dict[str, Any]]:
    """One of these tables of a MySQL dump; its column names are the first line."""
    from core.imports import dump

    text = next(_decoded(path.read_bytes()))
    yield {"sheet": "", "merged": []}
    for line, cells in dump.rows(text, tables):
        yield {"line": line, "cells": cells}


def _decoded(raw: bytes) -> Iterator[str]:
    for encoding in ENCODINGS:
        try:
            yield raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    yield raw.decode("utf-8", errors="replace")


def main() -> None:
    """Parse and print."""
    path, kind = Path(sys.argv[1]), sys.argv[2]
    out = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", newline="\n")
    lines = 0
    readers: dict[str, Callable[[Path], Iterator[dict[str, Any]]]] = {
        "csv": text_file, "sql": partial(dump_file, tables=sys.argv[3:])
    }  # fmt: skip
    read = readers.get(kind, workbook)
    for item in read(path):
        lines += "line" in item
        out.write(json.dumps(item, ensure_ascii=False) + "\n")
    out.write(json.dumps({"end": lines}) + "\n")
    out.flush()


if __name__ == "__main__":
    main()

"""Reads an untrusted file to import: in a child process, with limits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from core.exchange.imports import parse
from core.platform import sandbox


def read(path: Path, kind: str, tables: Sequence[str] = ()) -> Iterator[dict[str, Any]]:
    """The items of `parse.py` in this folder. `kind`: xlsx, xls, csv or sql (a dump, of which one of `tables` is read).

    Raises sandbox.Refused; what is special to tables stands in `reasons.py`: too_large, too_many_columns,
    too_many_lines, too_long, encrypted, not_a_workbook, unreadable, too_much_memory, too_slow.
    """
    return sandbox.lines(sandbox.JOB, parse.items, path, kind, list(tables))

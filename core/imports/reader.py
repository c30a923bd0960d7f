"""Reads an untrusted file to import: in a child process, with limits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from core import sandbox
from core.imports import parse


def read(path: Path, kind: str, tables: Sequence[str] = ()) -> Iterator[dict[str, Any]]:
    """The items of core/imports/parse.py. `kind`: xlsx, xls, csv or sql (a dump, of which one of `tables` is read).

    Raises sandbox.Refused; what is special to tables stands in core/imports/reasons.py: too_large, too_many_columns,
    too_many_lines, too_long, encrypted, not_a_workbook, unreadable, too_much_memory, too_slow.
    """
    return sandbox.lines(sandbox.JOB, parse.items, path, kind, list(tables))

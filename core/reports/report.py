"""What a report is: columns, a scope, rows. How it becomes a workbook stands in xlsx.py."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Column:
    """One column: its heading, what stands in it (text, number or date) and its width in characters."""

    title: Any
    kind: str = "text"
    width: float = 20


@dataclass(frozen=True)
class Report:
    """A report declared once.

    `rows(session, **parameters)` yields tuples in the order of `columns`; dates as `date`.
    `heading(session, **parameters)` gives the lines above the table. `resource` is the right to export it.
    `parameters` names what the command line asks for.
    """

    key: str
    title: Any
    resource: str
    columns: tuple[Column, ...]
    rows: Callable[..., Iterable[tuple[Any, ...]]]
    heading: Callable[..., list[str]]
    parameters: tuple[str, ...] = field(default=())

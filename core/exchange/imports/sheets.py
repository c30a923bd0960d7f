"""Sheets around an import: the empty one to be filled, and the lines that were refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from typing import IO, Any

from flask_babel import gettext as _

from core.exchange.imports.declare import ImportColumn, headed
from core.exchange.reports import xlsx
from core.exchange.reports.report import Column

#: lines of a template that offer lists
TEMPLATE_LINES = 2000


def template(title: str, columns: Sequence[ImportColumn]) -> IO[bytes]:
    """An empty table to be filled and taken in: needed headings carry a star (`headed`), choices are lists."""
    choices = {n: [str(t) for _v, t in column.choices if str(t)] for n, column in enumerate(columns) if column.choices}

    def lists(book: Any, made: Any, rows: int) -> None:
        for place, titles in choices.items():
            if sum(len(text) + 1 for text in titles) < 250:  # Excel's limit of a list in a cell
                rule = {"validate": "list", "source": titles, "error_type": "warning"}
                made.data_validation(2, place, 1 + TEMPLATE_LINES, place, rule)
        for place, column in enumerate(columns):
            if column.kind == "code":  # which a sheet would take for a number, and drop its zeros
                made.set_column(place, place, 22, book.add_format({"num_format": "@"}))
            if column.example:
                made.write_comment(1, place, f"{_('Example')}: {column.example}")

    said = [Column(headed(column, columns), width=22) for column in columns]
    return xlsx.table(title, [title], said, [], lists)


def refused(
    name: str, headings: Sequence[str], lines: Iterable[Any], titles: dict[str, str], place: Callable[[int], str] = str
) -> IO[bytes]:
    """Staged lines as they came, each with its number in the file and what is wrong, under the file's own headings."""
    width = len(headings)
    columns = [Column(heading or " ", width=18) for heading in headings]
    columns += [Column(_("Line"), width=12), Column(_("What is wrong"), width=48)]

    def values() -> Iterator[tuple[Any, ...]]:
        for line in lines:
            cells = [date.fromisoformat(c["date"]) if isinstance(c, dict) else c for c in line.cells[:width]]
            cells += [""] * (width - len(cells))
            wrong = "; ".join(f"{titles[key]}: {text}" if key in titles else text for key, text in line.errors.items())
            yield (*cells, place(line.line), wrong)

    return xlsx.table(name, [name], columns, values())

"""What a list shows, as a file: its rows, its pivot, its chart (a native Excel chart)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from typing import IO, Any

from flask_babel import gettext as _

from core.imports.declare import ImportColumn
from core.listing.declare import Column as ListColumn
from core.listing.shapes import Group, Pivot
from core.reports import kinds, xlsx
from core.reports.figure import figure
from core.reports.report import Column

WIDTHS = {"date": 13.0, "number": 10.0, "subject": 48.0, "name": 26.0, "label": 16.0}
#: lines of a template that offer lists
TEMPLATE_LINES = 2000


def write(
    title: str,
    heading: list[str],
    columns: Sequence[ListColumn],
    rows: Iterable[Any],
    *,
    kind: str = "xlsx",
    total: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> IO[bytes]:
    """The list's columns in their order, every row, in this kind of file; `progress(done, total)` hears of it."""
    plain = [Column(column.title, column.kind, WIDTHS.get(column.kind, 20.0)) for column in columns]
    values = (tuple(column.plain(row) for column in columns) for row in rows)
    return kinds.write(kind, title, heading, plain, values, total=total, progress=progress)


def pivot(title: str, heading: str, found: Pivot) -> IO[bytes]:
    """Rows × columns with totals."""
    columns = [Column("", width=30), *(Column(group.title, "number", 14) for group in found.columns)]
    columns.append(Column(_("Total"), "number", 12))
    lines = [
        (row.title, *(found.cells.get((row.value, column.value), 0) for column in found.columns), row.count)
        for row in found.rows
    ]
    lines.append((_("Total"), *(column.count for column in found.columns), sum(row.count for row in found.rows)))
    return xlsx.table(title, [title, heading], columns, lines)


def chart(title: str, heading: str, found: Sequence[Group]) -> IO[bytes]:
    """Groups and their counts, with a bar chart of them beside the table."""
    return xlsx.tables([kinds.chart_sheet("bar", title, figure((g.title, g.count) for g in found), [heading])])


def template(title: str, columns: Sequence[ImportColumn]) -> IO[bytes]:
    """An empty table to be filled and taken in: needed headings carry a star, choices are lists."""
    choices = {n: [str(t) for _v, t in column.choices if str(t)] for n, column in enumerate(columns) if column.choices}

    def lists(book: Any, made: Any, rows: int) -> None:
        for place, titles in choices.items():
            if sum(len(text) + 1 for text in titles) < 250:  # Excel's limit of a list in a cell
                rule = {"validate": "list", "source": titles, "error_type": "warning"}
                made.data_validation(2, place, 1 + TEMPLATE_LINES, place, rule)
        for place, column in enumerate(columns):
            if column.example:
                made.write_comment(1, place, f"{_('Example')}: {column.example}")

    said = [Column(f"{column.title} *" if column.need else column.title, width=22) for column in columns]
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

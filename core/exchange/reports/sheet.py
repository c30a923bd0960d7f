"""What a list shows, as a file: its rows, its pivot, its chart (a native Excel chart)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import IO, Any

from flask_babel import gettext as _

from core.exchange.reports import formats, xlsx
from core.exchange.reports.figure import figure
from core.exchange.reports.report import Column, ReportChart
from core.records.lists.declare import Column as ListColumn
from core.records.lists.shapes import Group, Pivot

WIDTHS = {"date": 13.0, "moment": 21.0, "number": 10.0, "subject": 48.0, "name": 26.0, "label": 16.0}


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
    plain = [Column(column.title, column.kind, column.width or WIDTHS.get(column.kind, 20.0)) for column in columns]
    values = (tuple(column.plain(row) for column in columns) for row in rows)
    return formats.write(kind, title, heading, plain, values, total=total, progress=progress)


def pivot(title: str, heading: list[str], names: Any, found: Pivot) -> IO[bytes]:
    """Rows × columns with totals; `names` is what the rows are."""
    columns = [Column(names, width=30), *(Column(group.title, "number", 14) for group in found.columns)]
    columns.append(Column(_("Total"), "number", 12))
    lines = [
        (row.title, *(found.cells.get((row.value, column.value), 0) for column in found.columns), row.count)
        for row in found.rows
    ]
    lines.append((_("Total"), *(column.count for column in found.columns), sum(row.count for row in found.rows)))
    return xlsx.table(title, [title, *heading], columns, lines)


def chart(title: str, heading: list[str], names: Any, found: Sequence[Group]) -> IO[bytes]:
    """Groups and their counts, with a bar chart of them beside the table; `names` is what they are grouped by."""
    pairs = [(group.title, group.count) for group in found]
    drawn = ReportChart(title, lambda: pairs, names=names)
    return xlsx.tables([formats.chart_sheet(drawn, figure(pairs), heading)])

"""One table in every kind of file: Excel, CSV, PDF."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import IO, Any

from core.base.text import thai
from core.exchange.reports import xlsx
from core.exchange.reports.figure import Figure
from core.exchange.reports.report import Column, Report, ReportChart
from core.storage.scope import KhetSession

CONTENT_TYPES = {"xlsx": xlsx.CONTENT_TYPE, "csv": "text/csv", "pdf": "application/pdf"}
EVERY = 500
#: up to here a file is made at once; above, a job makes it
AT_ONCE = 500

Progress = Callable[[int, int], None] | None


def kind_of(asked: str | None) -> str:
    """A kind that there is; Excel where something else is asked."""
    return asked if asked in CONTENT_TYPES else "xlsx"


def content_type(name: str) -> str:
    """The type of a file by its name's end."""
    return CONTENT_TYPES.get(name.rpartition(".")[2], "application/octet-stream")


def _watched(rows: Iterable[Any], total: int, progress: Progress) -> Iterator[Any]:
    for number, row in enumerate(rows):
        if progress is not None and number % EVERY == 0:
            progress(number, total)
        yield row


def write(
    kind: str,
    title: str,
    heading: list[str],
    columns: Sequence[Column],
    rows: Iterable[Sequence[Any]],
    *,
    drawings: Sequence[tuple[ReportChart, Figure]] = (),
    signatures: Sequence[str] = (),
    total: int = 0,
    progress: Progress = None,
) -> IO[bytes]:
    """The table as an open temporary file at its start; the caller closes it.

    `drawings` are charts with their figures: in Excel a sheet each, under the same heading, with a native chart.
    `progress(done, total)` hears every 500 rows. A PDF bears places to sign.
    """
    told = _watched(rows, total, progress)
    if kind == "csv":
        return _csv(columns, told)
    if kind == "pdf":
        from core.exchange.reports import table_pdf  # the typesetter and its dictionary are loaded when first needed

        return table_pdf.write(title, heading, columns, told, signatures=signatures)
    drawn = [chart_sheet(chart, found, heading[1:]) for chart, found in drawings]
    return xlsx.tables([xlsx.Sheet(title, heading, columns, told), *drawn])


def of_report(
    kind: str, report: Report, session: KhetSession, parameters: dict[str, Any], progress: Progress = None
) -> IO[bytes]:
    """A report in this kind; `parameters` have been checked."""
    total = report.size(session, **parameters) if progress is not None and report.size is not None else 0
    charts_of = report.charts if kind == "xlsx" else ()
    return write(
        kind, str(report.title), report.heading(session, **parameters), report.columns,
        report.rows(session, **parameters),
        drawings=[(one, one.figure(session, parameters)) for one in charts_of],
        signatures=[str(one) for one in report.signatures], total=total, progress=progress,
    )  # fmt: skip


def chart_sheet(chart: ReportChart, found: Figure, heading: Sequence[str]) -> xlsx.Sheet:
    """A sheet with the figure's numbers and its native chart beside them; `heading` stands below the chart's title."""
    from core.exchange.reports import charts  # with the writer of workbooks, loaded when first needed

    kind, title = chart.kind, str(chart.title)
    made, above = charts.columns(kind, found, str(chart.numbers)), [title, *heading]

    def draw(book: Any, sheet: Any, rows: int) -> None:
        if rows:
            at = (1, len(made) + 2)
            charts.native(book, sheet, kind, title, top=len(above) + 1, rows=rows, series=len(made), at=at)

    rows = [(name, *(numbers[place] for numbers in made)) for place, name in enumerate(found.names, start=1)]
    columns = [Column(chart.names, width=30), *(Column(numbers[0], "number", 14) for numbers in made)]
    return xlsx.Sheet(title, above, columns, rows, draw)


def _csv(columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> IO[bytes]:
    """UTF-8 with a mark, as Excel wants it; days and moments in พ.ศ.; no text can become a formula."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 – handed to the response, which closes it
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow([str(column.title) for column in columns])
    for row in rows:
        writer.writerow([_harmless(value) for value in row])
    text.flush()
    text.detach()
    file.seek(0)
    return file


def _harmless(value: Any) -> Any:
    if isinstance(value, datetime):
        here = thai.local(value)
        return f"{thai.format_date(here.date(), 'typed')} {here:%H:%M}"
    if isinstance(value, date):
        return thai.format_date(value, "typed")
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{value}"
    return value

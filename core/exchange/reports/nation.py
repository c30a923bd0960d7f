"""One report over every district: one workbook, one layout, a sheet of totals with its chart."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import IO, Any

from flask_babel import gettext as _
from sqlalchemy import select

from core.base import permissions
from core.base.text.thai import export_name, today
from core.exchange.reports import xlsx
from core.exchange.reports.report import Column
from core.platform.jobs.kind import JobKind
from core.platform.jobs.runner import Running
from core.platform.masterdata.models import District
from core.platform.timeline import recorder
from core.storage.scope import KhetSession


@dataclass(frozen=True)
class NationReport:
    """A table that every district fills the same way. Raises TypeError for a private column.

    `rows(session, year)` gives a district's lines for a year (พ.ศ.), in the order of `columns`; columns of the kind
    number are added up per district, and the first of them is drawn. Where adding up says nothing (means, answers to
    several questions), `totals` are the numbers of the sheet of districts and `total(session, year)` gives them.
    `by_school_year`: the year is a school year. `note` stands beside it: what is left out.
    """

    key: str
    title: Any
    columns: tuple[Column, ...]
    rows: Callable[[KhetSession, int], Iterable[tuple[Any, ...]]]
    note: Any = ""
    by_school_year: bool = False
    totals: tuple[Column, ...] = ()
    total: Callable[[KhetSession, int], tuple[Any, ...]] | None = None

    def year_of(self, year: int) -> str:
        """A year as the report counts it, in words."""
        return _("School year %(year)s", year=year) if self.by_school_year else _("Year %(year)s (B.E.)", year=year)

    @property
    def counted_by(self) -> str:
        """What its years are, in words."""
        return _("School year") if self.by_school_year else _("Year (B.E.)")

    def filled(self, session: KhetSession, year: int) -> tuple[list[tuple[Any, ...]], tuple[Any, ...]]:
        """A district's lines, and its line of the sheet of districts."""
        rows = list(self.rows(session, year))
        if self.total is not None:
            return rows, self.total(session, year)
        places = [place for place, column in enumerate(self.columns) if column.kind == "number"]
        return rows, tuple(sum(row[place] or 0 for row in rows) for place in places)

    @property
    def summed(self) -> tuple[Column, ...]:
        """Columns of the sheet of districts, behind those that every report has."""
        return self.totals or tuple(column for column in self.columns if column.kind == "number")

    def __post_init__(self) -> None:
        for column in self.columns:
            if column.private:
                raise TypeError(f"{self.key}: “{column.title}” is private and stays in its district")


@dataclass(frozen=True)
class Filled:
    """What one district answered, and what it comes to; None where it has the module off."""

    code: str
    name: str
    rows: list[tuple[Any, ...]] | None
    total: tuple[Any, ...] = ()


def workbook(report: NationReport, year: int, districts: list[Filled]) -> IO[bytes]:
    """Totals of every district with a native chart, then every line of every district."""
    numbers = report.summed
    year_of = report.year_of(year)
    heading = [str(report.title), f"{year_of} · {report.note}" if report.note else year_of]
    totals = [
        (
            one.code, one.name, _("On") if one.rows is not None else _("Module off"),
            *(one.total if one.rows is not None else [None] * len(numbers)),
        )
        for one in districts
    ]  # fmt: skip
    first = [Column(_("Code"), width=10), Column(_("District"), width=30), Column(_("Module"), width=14)]
    summed = [*first, *numbers]
    whole = [
        (one.code, one.name, *row) for one in districts for row in (one.rows if one.rows is not None else [])
    ]  # fmt: skip

    def draw(book: Any, sheet: Any, rows: int) -> None:
        if not numbers or not rows:
            return
        from core.exchange.reports import charts

        title, top = str(numbers[0].title), len(heading) + 1
        at = (1, len(summed) + 1)
        charts.native(book, sheet, "bar", title, top=top, rows=rows, series=1, at=at, names=1, first=3)
        # the table in full width; the chart is for the screen
        sheet.print_area(0, 0, len(heading) + rows, len(summed) - 1)

    return xlsx.tables(
        [
            xlsx.Sheet(_("All districts"), heading, summed, totals, draw),
            xlsx.Sheet(_("Line by line"), heading, [*first[:2], *report.columns], whole),
        ]
    )


def run(running: Running) -> None:
    """Ask every district in turn, as head office. Changes nothing, so it may run again."""
    khet = running.app.extensions["khet"]
    running.need("core", permissions.DISTRICTS, "export")
    report: NationReport = khet.registry.nation_reports[running.params["report"]]
    owner, year = khet.registry.nation_owner[report.key], int(running.params["year"])
    with running.database.system("head office report") as session:
        wanted = select(District).where(District.level != "head_office").order_by(District.code)
        places = [(one.id, one.code, one.short_name) for one in session.scalars(wanted)]
    filled = []
    with running.page():
        for number, (district_id, code, name) in enumerate(places):
            running.progress(number, len(places))
            with running.database.district(district_id, "head office report", write=False) as session:
                on = owner in khet.switchboard.effective(session, district_id)
                filled.append(Filled(code, name, *(report.filled(session, year) if on else (None, ()))))
        with workbook(report, year, filled) as file:
            running.keep(file, export_name(str(report.title), str(year), day=today(), ending="xlsx"))
    with running.page(write=True) as session:
        place = session.get(District, running.district_id)
        recorder.note(session, place, "core.report.exported", f"{report.title} {year}")
        running.beat(session)


KINDS = [JobKind("core.nation_report", run, repeatable=True, failed=None)]

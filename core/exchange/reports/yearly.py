"""Records of a school year as a table: for the office, and over every district."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from core.base.text.calendars import school_year_of
from core.exchange.reports.nation import NationReport
from core.exchange.reports.parameters import YEAR, unit_of
from core.exchange.reports.report import Column, Report, ReportChart, line, size_of
from core.platform.masterdata.models import Unit
from core.storage import fields
from core.storage.scope import KhetSession

#: records that are read at once
AT_ONCE = 500


def within(day: fields.Attribute, year: int) -> Any:
    """SQL: that day lies in the school year (พ.ศ.)."""
    return day.between(*school_year_of(year))


def yearly(
    key: str, title: Any, resource: str, columns: tuple[Column, ...], day: fields.Attribute, *,
    unit: fields.Attribute | None = None, by: Mapping[Any, fields.Attribute] | None = None,
    charts: tuple[ReportChart, ...] = (),
    given: Callable[[KhetSession, Sequence[Any]], Mapping[int, tuple[Any, ...]]] = lambda session, records: {},
) -> tuple[Report, NationReport]:  # fmt: skip
    """The report of a model's records whose `day` lies in a school year, and the nation's, which counts them.

    `unit`: the column of the unit they belong to, which the report then asks; without it the report is over the whole
    district. `by`: what is drawn, {question: a choice of the model}, beside `charts`. `given(session, records)` says
    what columns without a value hold, by the record's id. What is private stays in the district.
    """
    model = day.class_

    def these(year: int, unit_id: int | None) -> list[Any]:
        return [within(day, year), *([unit == unit_id] if unit is not None and unit_id is not None else [])]

    def lines(session: KhetSession, shown: tuple[Column, ...], *where: Any) -> Iterable[tuple[Any, ...]]:
        found = select(model).where(*where).order_by(model.id)
        empty = ("",) * sum(column.value is None for column in columns)
        for records in session.scalars(found, execution_options={"yield_per": AT_ONCE}).partitions():
            more = given(session, records)
            for record in records:
                yield line(shown, record, *more.get(record.id, empty))

    def counted(choice: fields.Attribute) -> Callable[..., list[tuple[str, int]]]:
        def points(session: KhetSession, year: int, unit_id: int | None = None) -> list[tuple[str, int]]:
            numbers = select(choice, func.count()).where(*these(year, unit_id)).group_by(choice)
            known = {row[0]: row[1] for row in session.execute(numbers)}
            titles = fields.spec_of(choice).choices
            return [(str(said), known[value]) for value, said in titles.items() if value in known]

        return points

    def heading(session: KhetSession, year: int, unit_id: int | None = None) -> list[str]:
        whose = session.get(Unit, unit_id) if unit_id is not None else None
        names = [whose.name] if whose is not None else []
        return [str(title), *names, _("School year %(year)s", year=year)]

    public = tuple(column for column in columns if not column.private)
    office = Report(
        key=key, title=title, resource=resource, columns=columns, heading=heading,
        rows=lambda session, year, unit_id=None: lines(session, columns, *these(year, unit_id)),
        size=lambda session, year, unit_id=None: size_of(session, select(model.id).where(*these(year, unit_id))),
        parameters=(*([unit_of(resource)] if unit is not None else []), YEAR),
        charts=(*charts, *(
            ReportChart(question, counted(choice), names=fields.label(choice))
            for question, choice in (by or {}).items()
        )),
    )  # fmt: skip
    nation = NationReport(
        key, title, (Column(_l("How many"), "number", 8), *public),
        lambda session, year: ((1, *row) for row in lines(session, public, within(day, year))),
        by_school_year=True,
    )  # fmt: skip
    return office, nation

"""Report 9 of the page: work with other agencies, for the office and for head office."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, select

from core.base.text.calendars import span
from core.base.text.thai import BUDDHIST_OFFSET, SHORT_MONTHS
from core.domain.standards.reports import YEAR
from core.exchange.reports.figure import Figure, counted
from core.exchange.reports.nation import NationReport
from core.exchange.reports.report import Column, Report, ReportChart, column, line, size_of
from core.records.letter_links.models import CitedLetter
from core.storage.scope import KhetSession
from plugins.cooperation import permissions
from plugins.cooperation.models import SCOPES, Case
from plugins.cooperation.services import ORDERED


def _cases(year: int) -> Select[Any]:
    days = span("school_year", date(year - BUDDHIST_OFFSET, 6, 1))
    assert days is not None
    return select(Case).where(Case.opened_on.between(*days)).order_by(Case.id)


def _rows(session: KhetSession, year: int) -> Iterable[tuple[Any, ...]]:
    cases = list(session.scalars(_cases(year)))
    found = select(CitedLetter).where(
        CitedLetter.kind == Case.__tablename__, CitedLetter.role == ORDERED, CitedLetter.ended == "",
        CitedLetter.record_id.in_(_cases(year).with_only_columns(Case.id).order_by(None)),
    )  # fmt: skip
    orders = {one.record_id: one.number for one in session.scalars(found)}
    for one in cases:
        yield line(_COLUMNS, one, orders.get(one.id, ""))


def months(session: KhetSession, year: int) -> Figure:
    """Works by month, inside and outside."""
    cells = [
        (f"{SHORT_MONTHS[one.opened_on.month - 1]} {one.opened_on.year + BUDDHIST_OFFSET}", str(SCOPES[one.scope]), 1)
        for one in session.scalars(_cases(year).order_by(None).order_by(Case.opened_on))
    ]
    return counted(cells, list(dict.fromkeys(cell[0] for cell in cells)), [str(title) for title in SCOPES.values()])


_COLUMNS = (
    Column(_l("No."), width=10, value=lambda case: case.number_text),
    *map(column, (Case.title, Case.agencies, Case.scope)),
    Column(_l("Order"), width=16),
    *map(column, (Case.assignees, Case.status, Case.result, Case.reported_on)),
)

REPORTS = [
    Report(
        key="cooperation.cases", title=_l("Work with other agencies"), resource=permissions.CASE, columns=_COLUMNS,
        rows=_rows, heading=lambda session,
        year: [str(_l("Work with other agencies")), _("School year %(year)s", year=year)],
        size=lambda session, year: size_of(session, _cases(year)),
        parameters=(YEAR,), charts=(ReportChart(_l("Inside and outside, by month"), months, "stacked_bar"),),
    )
]  # fmt: skip


def _nation(session: KhetSession, year: int) -> Iterable[tuple[Any, ...]]:
    """One line a case; the first column counts it."""
    for row in _rows(session, year):
        yield 1, *row


NATION_REPORTS = [
    NationReport("cooperation.cases", REPORTS[0].title, (Column(_l("Works"), "number", 8), *_COLUMNS), _nation)
]

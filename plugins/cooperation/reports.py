"""Report 9 of the page: work with other agencies, for the office and for head office."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, select

from core.citing.models import CitedLetter
from core.db.scope import KhetSession
from core.reports.figure import Figure, counted
from core.reports.nation import NationReport
from core.reports.report import Column, Report, ReportChart, size_of
from core.text.calendars import span
from core.text.thai import BUDDHIST_OFFSET, SHORT_MONTHS
from core.work.reports import YEAR
from plugins.cooperation import permissions
from plugins.cooperation.models import Case
from plugins.cooperation.services import LIFE, ORDERED, SCOPES


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
        yield (
            one.number_text, one.title, one.agencies, str(SCOPES[one.scope]), orders.get(one.id, ""), one.assignees,
            str(LIFE.states[one.status]), one.result, one.reported_on,
        )  # fmt: skip


def months(session: KhetSession, year: int) -> Figure:
    """Works by month, inside and outside."""
    cells = [
        (f"{SHORT_MONTHS[one.opened_on.month - 1]} {one.opened_on.year + BUDDHIST_OFFSET}", str(SCOPES[one.scope]), 1)
        for one in session.scalars(_cases(year).order_by(None).order_by(Case.opened_on))
    ]
    return counted(cells, list(dict.fromkeys(cell[0] for cell in cells)), [str(title) for title in SCOPES.values()])


_COLUMNS = (
    Column(_l("No."), width=10), Column(_l("Work"), width=36), Column(_l("Agencies"), width=30),
    Column(_l("Where"), width=16), Column(_l("Order"), width=16), Column(_l("Who works on it"), width=32),
    Column(_l("State"), width=16), Column(_l("Result against the objective"), width=40),
    Column(_l("Reported on"), "date", 13),
)  # fmt: skip

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

"""Reports 1–8 of academic services declared (domain notes §9), and head office's tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

from core.exchange.reports.nation import NationReport
from core.exchange.reports.parameters import YEAR
from core.exchange.reports.report import Column, Report, ReportChart, size_of
from core.storage.scope import KhetSession
from plugins.service_request import figures, permissions, tables


def _heading(title: Any) -> Callable[..., list[str]]:
    return lambda session, year: [str(title), _("School year %(year)s", year=year)]


def _report(
    key: str, title: Any, columns: tuple[Column, ...], rows: Any, size: Any, charts: tuple[ReportChart, ...] = ()
) -> Report:
    return Report(
        key=f"service_request.{key}", title=title, resource=permissions.REPORT, columns=columns, rows=rows,
        heading=_heading(title), size=size, parameters=(YEAR,), charts=charts,
    )  # fmt: skip


_AREA, _NETWORK = Column(_l("Area"), width=28), Column(_l("School group"), width=24)
REPORTS = [
    _report(
        "register", _l("Register of requests"),
        (
            Column(lazy_pgettext("record", "No."), width=13),
            Column(_l("Received on"), "date", 13), Column(_l("Letter no."), width=16),
            Column(_l("Who asks"), width=26), _NETWORK, Column(_l("Service"), width=22), Column(_l("Form"), width=17),
            Column(_l("Subject"), width=36), Column(_l("Day held"), "date", 13), Column(_l("Days ahead"), "number", 10),
            Column(_l("Decision"), width=12), Column(_l("Answer no."), width=16), Column(_l("Speakers"), width=28),
            Column(_l("State"), width=16),
        ),
        tables.register, lambda session, year: size_of(session, tables.asked_in(year)),
        (
            ReportChart(_l("How far do requests come?"), figures.funnel, "funnel", names=_l("State")),
            ReportChart(
                _l("How many days ahead are we asked?"), figures.lead_bins, "histogram", names=_l("Days ahead")
            ),  # fmt: skip
        ),
    ),
    _report(
        "by_area", _l("Service by area, month and school group"),
        (
            _AREA, Column(_l("Month"), width=14), _NETWORK, Column(_l("Times"), "number", 10),
            Column(_l("Persons"), "number", 10), Column(_l("Hours"), "number", 10),
        ),
        tables.by_area, lambda session, year: size_of(session, tables.delivered_in(year)),
        (
            ReportChart(_l("Which area is asked for, and when?"), figures.demand, "stacked", names=_l("Month")),
            ReportChart(_l("Which school group never asks?"), figures.silence, "heat", names=_l("School group")),
        ),
    ),
    _report(
        "speakers", _l("Load of speakers"),
        (Column(_l("Name"), width=30), Column(_l("Times"), "number", 10), Column(_l("Hours"), "number", 10), _AREA),
        tables.speaker_load, None,
        (ReportChart(_l("Who carries most?"), figures.times, names=_l("Speaker")),),
    ),
    _report(
        "satisfaction", _l("Satisfaction"),
        (
            Column(_l("Section"), width=18), Column(_l("Question"), width=46), Column("n", "number", 8),
            Column("x̄", "number", 8), Column("S.D.", "number", 8), Column(_l("Level"), width=12),
        ),
        tables.satisfaction, None,
        (
            ReportChart(
                _l("What lies how far from the middle?"), figures.from_the_middle, "diverging", names=_l("Question"),
                numbers=_l("Above or below the middle (3)"),
            ),
        ),  # fmt: skip
    ),
    _report(
        "expenses", _l("Costs and their papers"),
        (
            Column(_l("Activity"), width=36), Column(_l("Day"), "date", 13), Column(_l("Kind"), width=16),
            Column(_l("Who pays"), width=12), Column(_l("Amount (baht)"), "number", 14),
            Column(_l("Papers due on"), "date", 13), Column(_l("Handed in on"), "date", 13),
            Column(_l("State"), width=16),
        ),
        tables.expenses, lambda session, year: size_of(session, tables.costs_in(year)),
    ),
    _report(
        "declined", _l("Declined and moved requests"),
        (
            Column(lazy_pgettext("record", "No."), width=10),
            Column(_l("Who asks"), width=26), Column(_l("Subject"), width=36),
            Column(_l("Decision"), width=16), Column(_l("Reason"), width=16), Column(_l("In words"), width=30),
            Column(_l("Told by word on"), "date", 13), Column(_l("Decided on"), "date", 13),
        ),
        tables.declined, lambda session, year: size_of(session, tables.refused_in(year)),
        (ReportChart(_l("Why do we decline?"), figures.pareto, "pareto", names=_l("Reason")),),
    ),
    _report(
        "feedback", _l("Complaints and suggestions"),
        (
            Column(_l("Received on"), "date", 13), Column(_l("Kind"), width=14), Column(_l("What is said"), width=46),
            Column(_l("By"), width=20), Column(_l("Who answers"), width=20), Column(_l("Answer"), width=36),
            Column(_l("Answered on"), "date", 13), Column(_l("State"), width=14),
        ),
        tables.feedback, lambda session, year: size_of(session, tables.said_in(year)),
    ),
    _report(
        "kpi", _l("Indicators of services"),
        (
            Column(_l("Indicator"), width=46), Column(_l("Unit of measure"), width=12),
            Column(_l("Target"), "number", 10),
            Column(_l("Actual"), "number", 12), Column(_l("Result"), width=14),
        ),
        tables.indicators, None,
        (ReportChart(_l("How near to its target is each?"), figures.bullets, "bullet", names=_l("Indicator")),),
    ),
]  # fmt: skip

_OF = {report.key.rpartition(".")[2]: report for report in REPORTS}


def _nation_area(session: KhetSession, year: int) -> Iterable[tuple[Any, ...]]:
    """Head office adds up times, people and hours."""
    for area, month, network, times, people, hours in tables.by_area(session, year):
        yield times, people, hours, area, month, network


def _nation_satisfaction(session: KhetSession, year: int) -> Iterable[tuple[Any, ...]]:
    for section, text, n, mean, deviation, level in tables.satisfaction(session, year):
        if text:
            yield n, section, text, mean, deviation, level


#: reports 2, 4 and 8 of the page go to head office
NATION_REPORTS = [
    NationReport(
        "service_request.by_area", _OF["by_area"].title,
        (
            Column(_l("Times"), "number", 10), Column(_l("Persons"), "number", 10), Column(_l("Hours"), "number", 10),
            _AREA,
            Column(_l("Month"), width=14), _NETWORK,
        ),
        _nation_area, by_school_year=True,
    ),
    NationReport(
        "service_request.satisfaction", _OF["satisfaction"].title,
        (
            Column("n", "number", 8), Column(_l("Section"), width=18), Column(_l("Question"), width=46),
            Column("x̄", width=8), Column("S.D.", width=8), Column(_l("Level"), width=12),
        ),
        _nation_satisfaction, by_school_year=True,
        totals=(
            Column(_l("People who answered"), "number", 14), Column("x̄", "number", 8), Column("S.D.", "number", 8),
            Column(_l("Level"), width=12),
        ),
        total=tables.satisfied,
    ),
    NationReport(
        "service_request.kpi", _OF["kpi"].title,
        (
            Column(_l("Indicator"), width=46), Column(_l("Unit of measure"), width=12),
            Column(_l("Target"), width=10), Column(_l("Actual"), width=12), Column(_l("Result"), width=14),
        ),
        tables.indicators, by_school_year=True,
        totals=(Column(_l("Reached"), "number", 10), Column(_l("Of so many that are known"), "number", 14)),
        total=tables.reached,
    ),
]  # fmt: skip

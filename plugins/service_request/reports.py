"""Reports 1–8 of academic services in the order of their columns (domain notes §9), and head office's tables."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, extract, func, select

from core.citing.models import CitedLetter
from core.db.scope import KhetSession
from core.masterdata.models import SchoolGroup
from core.reports.nation import NationReport
from core.reports.report import Column, Report, ReportChart, size_of
from core.text.calendars import span
from core.text.thai import BUDDHIST_OFFSET, SHORT_MONTHS
from core.work.models import Kpi, KpiTarget
from core.work.reports import YEAR
from core.work.services import RESULTS, result
from plugins.service_request import kpis, permissions
from plugins.service_request.activities.services import COSTS, EXPENSES, PAYERS
from plugins.service_request.catalogue import AREAS, setting
from plugins.service_request.feedback.services import CATEGORIES
from plugins.service_request.feedback.services import LIFE as FEEDBACK_LIFE
from plugins.service_request.models import (
    Activity,
    Expense,
    Feedback,
    Nominee,
    Request,
    Survey,
    SurveyAnswer,
)
from plugins.service_request.requests.life import DECISIONS, LIFE, REASONS, SORTS
from plugins.service_request.requests.services import INCOMING, REPLY
from plugins.service_request.surveys.services import FEWEST, figures


def days(year: int) -> tuple[date, date]:
    """First and last day of a school year (พ.ศ.)."""
    found = span("school_year", date(year - BUDDHIST_OFFSET, 6, 1))
    assert found is not None
    return found


def _heading(title: Any) -> Callable[..., list[str]]:
    return lambda session, year: [str(title), _("School year %(year)s", year=year)]


def _counted(rows: Callable[..., Iterable[Any]]) -> Callable[[KhetSession, int], int]:
    """The size of a report whose few rows are made in one piece."""
    return lambda session, year: sum(1 for _row in rows(session, year))


def _requests(year: int) -> Select[Any]:
    return select(Request).where(Request.asked_on.between(*days(year))).order_by(Request.id)


def _letters(session: KhetSession, ids: list[int]) -> dict[tuple[int, str], str]:
    found = select(CitedLetter).where(CitedLetter.kind == Request.__tablename__, CitedLetter.record_id.in_(ids))
    return {(one.record_id, one.role): one.number for one in session.scalars(found)}


def _speakers(session: KhetSession, ids: list[int]) -> dict[int, list[str]]:
    names: dict[int, list[str]] = defaultdict(list)
    found = select(Nominee.request_id, Nominee.name).where(Nominee.request_id.in_(ids), Nominee.answer == "accepted")
    for request_id, name in session.execute(found.order_by(Nominee.id)):
        names[request_id].append(name)
    return names


def _register(session: KhetSession, year: int) -> Iterable[tuple[Any, ...]]:
    """Rows of report 1; letters and speakers are read for 500 requests at a time."""
    statement = _requests(year)
    last = 0
    while chunk := list(session.scalars(statement.where(Request.id > last).limit(500))):
        ids = [one.id for one in chunk]
        last = ids[-1]
        letters, speakers = _letters(session, ids), _speakers(session, ids)
        for one in chunk:
            yield (
                one.number_text, one.received_on, letters.get((one.id, INCOMING), ""), one.requester, one.network,
                str(AREAS[one.area]), str(SORTS[one.sort]), one.topic, one.day, one.lead_days,
                str(DECISIONS.get(one.decision, "")), letters.get((one.id, REPLY), ""),
                ", ".join(speakers.get(one.id, [])),
                str(LIFE.states[one.status]),
            )  # fmt: skip
        session.expunge_all()


def _by_state(session: KhetSession, year: int) -> list[tuple[str, int]]:
    """The funnel: how many requests came at least this far."""
    order = list(LIFE.states)
    counted = session.execute(
        select(Request.status, func.count()).where(Request.asked_on.between(*days(year))).group_by(Request.status)
    )
    found: Counter[str] = Counter()
    for state, count in counted:
        found[state] = count
    return [(str(LIFE.states[state]), found[state]) for state in order if found[state]]


def lead_bins(session: KhetSession, year: int) -> list[tuple[str, int]]:
    """Days ahead in weeks; the manual's line stands between the second and the third."""
    found: Counter[int] = Counter()
    for lead in session.scalars(
        select(Request.lead_days).where(Request.asked_on.between(*days(year)), Request.lead_days.is_not(None))
    ):
        found[min(max(lead or 0, 0) // 7, 8)] += 1
    wanted = setting(session).lead_days

    def name(week: int) -> str:
        mark = "◂" if (week + 1) * 7 <= wanted else ""
        return f"{week * 7}–{week * 7 + 6} {mark}".strip() if week < 8 else "56+"

    return [(name(week), found[week]) for week in range(max(found, default=-1) + 1)]


def _delivered(year: int) -> Any:
    of, month = extract("year", Activity.held_on), extract("month", Activity.held_on)
    return (
        select(
            Activity.area, of, month, Activity.network,
            func.count(), func.sum(Activity.attendance), func.sum(Activity.minutes_delivered),
        )
        .where(Activity.status == "held", Activity.held_on.between(*days(year)))
        .group_by(Activity.area, of, month, Activity.network)
        .order_by(Activity.area, of, month, Activity.network)
    )  # fmt: skip


def month_name(year: int, month: int) -> str:
    """A month in พ.ศ., short."""
    return f"{SHORT_MONTHS[month - 1]} {year + BUDDHIST_OFFSET}"


def _by_area(session: KhetSession, year: int) -> Iterable[tuple[Any, ...]]:
    for area, of, month, network, times, people, minutes in session.execute(_delivered(year)):
        yield (
            str(AREAS[area]), month_name(int(of), int(month)), network or "–", times, int(people or 0),
            round((minutes or 0) / 60, 1),
        )  # fmt: skip


def _demand(session: KhetSession, year: int) -> list[tuple[str, int]]:
    """Requests by area and month, area by area."""
    found = session.execute(
        select(Request.area, func.count())
        .where(Request.asked_on.between(*days(year)))
        .group_by(Request.area)
        .order_by(Request.area)
    )
    return [(str(AREAS[area]), count) for area, count in found]


def _silent(session: KhetSession, year: int) -> list[tuple[str, int]]:
    """School groups by how often they asked, the silent ones first."""
    asked: dict[str, int] = {
        row[0]: row[1]
        for row in session.execute(
            select(Request.network, func.count()).where(Request.asked_on.between(*days(year))).group_by(Request.network)
        )
    }
    names = session.scalars(select(SchoolGroup.name).order_by(SchoolGroup.name))
    return sorted(((name, asked.get(name, 0)) for name in names), key=lambda one: (one[1], one[0]))


def _load(year: int) -> Any:
    return (
        select(Nominee, Request.area)
        .join(Request, Request.id == Nominee.request_id)
        .where(
            Nominee.answer == "accepted", Nominee.day.between(*days(year)),
            Request.status.not_in(("cancelled", "declined")),
        )
    )  # fmt: skip


def _speaker_load(session: KhetSession, year: int) -> Iterable[tuple[Any, ...]]:
    times: Counter[str] = Counter()
    hours: dict[str, float] = defaultdict(float)
    areas: dict[str, set[int]] = defaultdict(set)
    for one, area in session.execute(_load(year)):
        times[one.name] += 1
        hours[one.name] += (one.ends_at - one.starts_at).total_seconds() / 3600
        areas[one.name].add(area)
    for name, count in sorted(times.items(), key=lambda item: (-item[1], item[0])):
        yield name, count, round(hours[name], 1), ", ".join(str(AREAS[area]) for area in sorted(areas[name]))


def _times(session: KhetSession, year: int) -> list[tuple[str, int]]:
    return [(row[0], row[1]) for row in _speaker_load(session, year)]


def _satisfaction(session: KhetSession, year: int) -> Iterable[tuple[Any, ...]]:
    """Report 4 over every survey of the year that five or more have answered; the whole stands last."""
    held = select(Survey).join(Activity, Activity.id == Survey.activity_id).where(Activity.day.between(*days(year)))
    values: dict[tuple[str, str], list[int]] = defaultdict(list)
    for survey in session.scalars(held.order_by(Survey.id)):
        answers = list(session.scalars(select(SurveyAnswer.values).filter_by(survey_id=survey.id)))
        if len(answers) < FEWEST:
            continue
        for place, item in enumerate(survey.items):
            values[item["section"], item["text"]] += [one[place] for one in answers if one[place] is not None]
    every: list[int] = []
    for (section, text), given in values.items():
        one = figures(section, text, given)
        every += given
        yield section, text, one.n, one.mean, one.deviation, str(one.band)
    if every:
        whole = figures("", "", every)
        yield _("All"), "", whole.n, whole.mean, whole.deviation, str(whole.band)


def _satisfaction_points(session: KhetSession, year: int) -> list[tuple[str, int]]:
    """Items by how far their mean lies from the middle (3), in hundredths: above right, below left."""
    return [
        (row[1], round((row[3] - 3) * 100)) for row in _satisfaction(session, year) if row[1] and row[3] is not None
    ]


def _costs(year: int) -> Any:
    return (
        select(Expense, Activity)
        .join(Activity, Activity.id == Expense.activity_id)
        .where(Activity.day.between(*days(year)))
        .order_by(Expense.id)
    )


def _expenses(session: KhetSession, year: int) -> Iterable[tuple[Any, ...]]:
    for one, activity in session.execute(_costs(year)):
        yield (
            activity.title, activity.day, str(COSTS[one.sort]), str(PAYERS[one.payer]), float(one.amount),
            one.evidence_due, one.submitted_on, str(EXPENSES.states[one.status]),
        )  # fmt: skip


def _refused(year: int) -> Select[Any]:
    return _requests(year).where(Request.reason != "")


def _declined(session: KhetSession, year: int) -> Iterable[tuple[Any, ...]]:
    for one in session.scalars(_refused(year)):
        what = DECISIONS.get(one.decision) if one.decision == "declined" else _("Another time offered")
        yield (
            one.number_text, one.requester, one.topic, str(what), str(REASONS.get(one.reason, "")), one.reason_text,
            one.told_on, one.decided_on,
        )  # fmt: skip


def pareto(session: KhetSession, year: int) -> list[tuple[str, int]]:
    """Reasons for declining, the most frequent first, each with the share that it and those before it make."""
    found = Counter(session.scalars(_refused(year).with_only_columns(Request.reason).order_by(None)))
    whole, so_far, points = sum(found.values()), 0, []
    for reason, count in found.most_common():
        so_far += count
        points.append((f"{REASONS.get(reason, reason)} (Σ {100 * so_far // whole} %)", count))
    return points


def _said(year: int) -> Select[Any]:
    return select(Feedback).where(Feedback.received_on.between(*days(year))).order_by(Feedback.id)


def _feedback(session: KhetSession, year: int) -> Iterable[tuple[Any, ...]]:
    for one in session.scalars(_said(year)):
        who = _("Anonymous") if one.anonymous else one.name
        yield (
            one.received_on, str(CATEGORIES[one.category]), one.text, who, one.owner, one.answer, one.answered_on,
            str(FEEDBACK_LIFE.states[one.status]),
        )  # fmt: skip


def _indicators(session: KhetSession, year: int) -> Iterable[tuple[Any, ...]]:
    specs = {spec.code: spec for spec in kpis.KPIS}
    found = (
        select(KpiTarget, Kpi)
        .join(Kpi, Kpi.id == KpiTarget.kpi_id)
        .where(KpiTarget.year == year, Kpi.module == "service_request")
        .order_by(Kpi.code)
    )
    for target, kpi in session.execute(found):
        spec = specs.get(kpi.code)
        actual = spec.actual(session, year) if spec is not None and spec.actual is not None else target.typed
        shown = _("No data") if actual is None else f"{actual:g}"
        yield (
            kpi.title,
            kpi.unit_title,
            target.target,
            shown,
            str(RESULTS[result(kpi.direction, target.target, actual)]),
        )


def _bullets(session: KhetSession, year: int) -> list[tuple[str, int]]:
    """Per cent of its target that each indicator has reached; one without data has no bar."""
    specs = {spec.code: spec for spec in kpis.KPIS}
    points = []
    for target, kpi in session.execute(
        select(KpiTarget, Kpi)
        .join(Kpi, Kpi.id == KpiTarget.kpi_id)
        .where(KpiTarget.year == year, Kpi.module == "service_request")
    ):
        spec = specs.get(kpi.code)
        actual = spec.actual(session, year) if spec is not None and spec.actual is not None else None
        if actual is not None and target.target:
            points.append((kpi.title, round(100 * actual / target.target)))
    return points


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
            Column(_l("No."), width=13), Column(_l("Received on"), "date", 13), Column(_l("Letter no."), width=16),
            Column(_l("Who asks"), width=26), _NETWORK, Column(_l("Service"), width=22), Column(_l("Form"), width=17),
            Column(_l("Subject"), width=36), Column(_l("Day held"), "date", 13), Column(_l("Days ahead"), "number", 10),
            Column(_l("Decision"), width=12), Column(_l("Answer no."), width=16), Column(_l("Speakers"), width=28),
            Column(_l("State"), width=16),
        ),
        _register, lambda session, year: size_of(session, _requests(year)),
        (
            ReportChart(_l("Where do requests stand?"), _by_state),
            ReportChart(_l("How many days ahead are we asked? (◂ less than asked for)"), lead_bins),
        ),
    ),
    _report(
        "by_area", _l("Service by area, month and school group"),
        (
            _AREA, Column(_l("Month"), width=14), _NETWORK, Column(_l("Times"), "number", 10),
            Column(_l("Persons"), "number", 10), Column(_l("Hours"), "number", 10),
        ),
        _by_area, lambda session, year: size_of(session, _delivered(year)),
        (
            ReportChart(_l("Which area is asked for?"), _demand),
            ReportChart(_l("Which school group never asks?"), _silent),
        ),
    ),
    _report(
        "speakers", _l("Load of speakers"),
        (Column(_l("Name"), width=30), Column(_l("Times"), "number", 10), Column(_l("Hours"), "number", 10), _AREA),
        _speaker_load, _counted(_speaker_load),
        (ReportChart(_l("Who carries most?"), _times),),
    ),
    _report(
        "satisfaction", _l("Satisfaction"),
        (
            Column(_l("Section"), width=18), Column(_l("Question"), width=46), Column("n", "number", 8),
            Column("x̄", "number", 8), Column("S.D.", "number", 8), Column(_l("Level"), width=12),
        ),
        _satisfaction, _counted(_satisfaction),
        (ReportChart(_l("What lies how far above the middle (hundredths)?"), _satisfaction_points),),
    ),
    _report(
        "expenses", _l("Costs and their papers"),
        (
            Column(_l("Activity"), width=36), Column(_l("Day"), "date", 13), Column(_l("Kind"), width=16),
            Column(_l("Who pays"), width=12), Column(_l("Amount (baht)"), "number", 14),
            Column(_l("Papers due on"), "date", 13), Column(_l("Handed in on"), "date", 13),
            Column(_l("State"), width=16),
        ),
        _expenses, lambda session, year: size_of(session, _costs(year)),
    ),
    _report(
        "declined", _l("Declined and moved requests"),
        (
            Column(_l("No."), width=10), Column(_l("Who asks"), width=26), Column(_l("Subject"), width=36),
            Column(_l("Decision"), width=16), Column(_l("Reason"), width=16), Column(_l("In words"), width=30),
            Column(_l("Told by word on"), "date", 13), Column(_l("Decided on"), "date", 13),
        ),
        _declined, lambda session, year: size_of(session, _refused(year)),
        (ReportChart(_l("Why do we decline?"), pareto),),
    ),
    _report(
        "feedback", _l("Complaints and suggestions"),
        (
            Column(_l("Received on"), "date", 13), Column(_l("Kind"), width=14), Column(_l("What is said"), width=46),
            Column(_l("By"), width=20), Column(_l("Who answers"), width=20), Column(_l("Answer"), width=36),
            Column(_l("Answered on"), "date", 13), Column(_l("State"), width=14),
        ),
        _feedback, lambda session, year: size_of(session, _said(year)),
    ),
    _report(
        "kpi", _l("Indicators of services"),
        (
            Column(_l("Indicator"), width=46), Column(_l("Unit of measure"), width=12),
            Column(_l("Target"), "number", 10),
            Column(_l("Actual"), width=12), Column(_l("Result"), width=14),
        ),
        _indicators, _counted(_indicators),
        (ReportChart(_l("How near to its target is each (per cent)?"), _bullets),),
    ),
]  # fmt: skip

_OF = {report.key.rpartition(".")[2]: report for report in REPORTS}


def _nation_area(session: KhetSession, year: int) -> Iterable[tuple[Any, ...]]:
    """Head office adds up times, people and hours."""
    for area, month, network, times, people, hours in _by_area(session, year):
        yield times, people, hours, area, month, network


def _nation_satisfaction(session: KhetSession, year: int) -> Iterable[tuple[Any, ...]]:
    for section, text, n, mean, deviation, level in _satisfaction(session, year):
        if text:
            yield n, section, text, _shown(mean), _shown(deviation), level


def _shown(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _nation_kpi(session: KhetSession, year: int) -> Iterable[tuple[Any, ...]]:
    for title, unit, target, actual, said in _indicators(session, year):
        yield int(said == str(RESULTS["met"])), title, unit, f"{target:g}", actual, said


#: reports 2, 4 and 8 of the page go to head office
NATION_REPORTS = [
    NationReport(
        "service_request.by_area", _OF["by_area"].title,
        (
            Column(_l("Times"), "number", 10), Column(_l("Persons"), "number", 10), Column(_l("Hours"), "number", 10),
            _AREA,
            Column(_l("Month"), width=14), _NETWORK,
        ),
        _nation_area,
    ),
    NationReport(
        "service_request.satisfaction", _OF["satisfaction"].title,
        (
            Column("n", "number", 8), Column(_l("Section"), width=18), Column(_l("Question"), width=46),
            Column("x̄", width=8), Column("S.D.", width=8), Column(_l("Level"), width=12),
        ),
        _nation_satisfaction,
    ),
    NationReport(
        "service_request.kpi", _OF["kpi"].title,
        (
            Column(_l("Reached"), "number", 10), Column(_l("Indicator"), width=46),
            Column(_l("Unit of measure"), width=12),
            Column(_l("Target"), width=10), Column(_l("Actual"), width=12), Column(_l("Result"), width=14),
        ),
        _nation_kpi,
    ),
]  # fmt: skip

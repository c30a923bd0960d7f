"""Rows of reports 1–8, in the order of their columns (domain notes §9)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, cast

from flask_babel import gettext as _
from sqlalchemy import Select, extract, func, or_, select
from sqlalchemy.orm import contains_eager

from core.base.text import figures
from core.base.text.calendars import school_year_of
from core.base.text.dates import shown_month
from core.domain.standards import indicators as standards
from core.domain.standards.indicators import MET, NO_DATA, RESULTS, result
from core.domain.standards.models import Kpi, KpiTarget
from core.records.letter_links import services as citing
from core.storage.scope import KhetSession
from plugins.service_request import kpis
from plugins.service_request.activities.services import COSTS, EXPENSES, PAYERS
from plugins.service_request.catalogue import AREAS
from plugins.service_request.feedback.services import CATEGORIES
from plugins.service_request.feedback.services import WORKFLOW as FEEDBACK_WORKFLOW
from plugins.service_request.models import (
    CALLED_OFF,
    COUNTED,
    Activity,
    Expense,
    Feedback,
    Nominee,
    Request,
    Survey,
    minutes,
)
from plugins.service_request.requests.life import DECISIONS, GIVEN_UP, REASONS, SORTS, WORKFLOW
from plugins.service_request.requests.services import INCOMING, REPLY
from plugins.service_request.surveys.services import result_of, told_in


def asked_in(year: int) -> Select[Any]:
    """Requests asked for in a school year (พ.ศ.), the oldest first."""
    return select(Request).where(Request.asked_on.between(*school_year_of(year))).order_by(Request.id)


def _speakers(session: KhetSession, ids: list[int]) -> dict[int | None, list[str]]:
    names: dict[int | None, list[str]] = defaultdict(list)
    found = select(Nominee.request_id, Nominee.name).where(Nominee.request_id.in_(ids), Nominee.answer == "accepted")
    for request_id, name in session.execute(found.order_by(Nominee.id)):
        names[request_id].append(name)
    return names


def register(session: KhetSession, year: int) -> Iterable[tuple[Any, ...]]:
    """Rows of report 1 in the order of the book, what has no number yet at its end; letters and speakers are read for
    500 requests at a time."""
    in_the_book = (Request.number.is_(None), Request.year, Request.number, Request.id)
    every = asked_in(year).with_only_columns(Request.id).order_by(None).order_by(*in_the_book)
    wanted = list(session.scalars(every))
    for first in range(0, len(wanted), 500):
        ids = wanted[first : first + 500]
        chunk = session.scalars(select(Request).where(Request.id.in_(ids)).order_by(*in_the_book))
        letters, speakers = citing.numbers(session, Request, ids), _speakers(session, ids)
        for one in chunk:
            yield (
                one.number_text, one.received_on, letters.get((one.id, INCOMING), ""), one.requester, one.network,
                str(AREAS[one.area]), str(SORTS[one.sort]), one.topic, one.day, one.lead_days,
                str(DECISIONS.get(one.decision, "")), letters.get((one.id, REPLY), ""),
                ", ".join(speakers.get(one.id, [])),
                str(WORKFLOW.states[one.status]),
            )  # fmt: skip
        session.expunge_all()


def delivered_in(year: int) -> Any:
    """What was held in a school year: area, year, month, school group, times, persons, minutes."""
    of, month = extract("year", Activity.held_on), extract("month", Activity.held_on)
    return (
        select(
            Activity.area, of, month, Activity.network,
            func.count(), func.sum(Activity.attendance), func.sum(Activity.minutes_delivered),
        )
        .where(Activity.status == "held", Activity.held_on.between(*school_year_of(year)))
        .group_by(Activity.area, of, month, Activity.network)
        .order_by(Activity.area, of, month, Activity.network)
    )  # fmt: skip


def by_area(session: KhetSession, year: int) -> Iterable[tuple[Any, ...]]:
    """Rows of report 2."""
    for area, of, month, network, times, people, given in session.execute(delivered_in(year)):
        yield (
            str(AREAS[area]), shown_month(int(month), int(of)), network or "–", times, int(people or 0),
            figures.ratio(given or 0, 60),
        )  # fmt: skip


def load_of(year: int) -> Any:
    """Speakers who accepted in a school year, each with the area of the request or the plan's activity."""
    return (
        select(Nominee, func.coalesce(Request.area, Activity.area))
        .outerjoin(Request, Request.id == Nominee.request_id)
        .outerjoin(Activity, Activity.id == Nominee.activity_id)
        .where(
            Nominee.answer == "accepted", Nominee.day.between(*school_year_of(year)),
            or_(Request.status.not_in((*GIVEN_UP, "declined")), Activity.status != CALLED_OFF),
        )
    )  # fmt: skip


def speaker_load(session: KhetSession, year: int) -> Iterable[tuple[Any, ...]]:
    """Rows of report 3, who speaks most first."""
    times: Counter[str] = Counter()
    spent: Counter[str] = Counter()
    areas: dict[str, set[int]] = defaultdict(set)
    for one, area in session.execute(load_of(year)):
        times[one.name] += 1
        spent[one.name] += minutes(one.starts_at, one.ends_at)
        areas[one.name].add(area)
    for name, count in sorted(times.items(), key=lambda item: (-item[1], item[0])):
        yield name, count, figures.ratio(spent[name], 60), ", ".join(str(AREAS[area]) for area in sorted(areas[name]))


def satisfaction(session: KhetSession, year: int) -> Iterable[tuple[Any, ...]]:
    """Report 4 over every survey of the year that five or more have answered; the whole stands last."""
    told = told_in(session, *school_year_of(year))
    values: dict[tuple[str, str], list[int]] = defaultdict(list)
    for survey in session.scalars(select(Survey).where(Survey.id.in_(told)).order_by(Survey.id)):
        for place, item in enumerate(survey.items):
            given = [value for one in told[survey.id] if (value := one[place]) is not None]
            values[item["section"], item["text"]] += given
    every: list[int] = []
    for (section, text), given in values.items():
        one = result_of(section, text, given)
        every += given
        yield section, text, one.n, one.mean, one.deviation, str(one.band)
    if every:
        whole = result_of("", "", every)
        yield _("All"), "", whole.n, whole.mean, whole.deviation, str(whole.band)


def satisfied(session: KhetSession, year: int) -> tuple[Any, ...]:
    """(people who answered, mean, standard deviation, level) over all that report 4 counts; empty where none did."""
    people = sum(len(answers) for answers in told_in(session, *school_year_of(year)).values())
    whole = [row[3:] for row in satisfaction(session, year) if not row[1]]
    return (people, *(whole[-1] if whole else (None, None, "")))


def costs_in(year: int) -> Any:
    """Costs of a school year, each with its activity; not what was not spent, or noted by mistake."""
    return (
        select(Expense, Activity)
        .join(Activity, Activity.id == Expense.activity_id)
        .where(Activity.day.between(*school_year_of(year)), Expense.status.in_(COUNTED))
        .order_by(Expense.id)
    )


def expenses(session: KhetSession, year: int) -> Iterable[tuple[Any, ...]]:
    """Rows of report 5; what they come to stands last."""
    whole = Decimal(0)
    for one, activity in session.execute(costs_in(year)):
        whole += one.amount
        yield (
            activity.title, activity.day, str(COSTS[one.sort]), str(PAYERS[one.payer]), one.amount,
            one.evidence_due, one.submitted_on, str(EXPENSES.states[one.status]),
        )  # fmt: skip
    if whole:
        yield _("Total"), None, "", "", whole, None, None, ""


def refused_in(year: int) -> Select[Any]:
    """Requests of a school year that were declined, or for which another time is on offer."""
    return asked_in(year).where(Request.reason != "")


def declined(session: KhetSession, year: int) -> Iterable[tuple[Any, ...]]:
    """Rows of report 6."""
    for one in session.scalars(refused_in(year)):
        what = DECISIONS.get(one.decision) if one.decision == "declined" else _("Another time offered")
        yield (
            one.number_text, one.requester, one.topic, str(what), str(REASONS.get(one.reason, "")), one.reason_text,
            one.told_on, one.decided_on,
        )  # fmt: skip


def said_in(year: int) -> Select[Any]:
    """Complaints and suggestions of a school year."""
    return select(Feedback).where(Feedback.received_on.between(*school_year_of(year))).order_by(Feedback.id)


def feedback(session: KhetSession, year: int) -> Iterable[tuple[Any, ...]]:
    """Rows of report 7."""
    for one in session.scalars(said_in(year)):
        who = _("Anonymous") if one.anonymous else one.name
        yield (
            one.received_on, str(CATEGORIES[one.category]), one.text, who, one.owner, one.answer, one.answered_on,
            str(FEEDBACK_WORKFLOW.states[one.status]),
        )  # fmt: skip


def actuals(session: KhetSession, year: int) -> list[tuple[KpiTarget, Kpi, float | None]]:
    """The indicators with a target for the year, and what was reached; None where there is no data.

    Counted once a session, for a report's rows and its chart both ask.
    """
    place = ("service_request.actuals", year)
    if place not in session.info:
        found = (
            select(KpiTarget)
            .join(Kpi, Kpi.id == KpiTarget.kpi_id)
            .options(contains_eager(KpiTarget.kpi))
            .where(KpiTarget.year == year, Kpi.module == "service_request")
            .order_by(Kpi.code)
        )
        targets = list(session.scalars(found))
        known = standards.actuals(session, targets, {spec.code: spec for spec in kpis.KPIS})
        session.info[place] = [(target, target.kpi, known[target.id]) for target in targets]
    return cast(list[tuple[KpiTarget, Kpi, float | None]], session.info[place])


def indicators(session: KhetSession, year: int) -> Iterable[tuple[Any, ...]]:
    """Rows of report 8."""
    for target, kpi, actual in actuals(session, year):
        said = str(RESULTS[result(kpi.direction, target.target, actual)])
        yield kpi.title, kpi.unit_title, target.target, actual, said


def reached(session: KhetSession, year: int) -> tuple[int, int]:
    """(how many indicators reached their target, of how many one knows)."""
    said = [result(kpi.direction, target.target, actual) for target, kpi, actual in actuals(session, year)]
    return said.count(MET), len(said) - said.count(NO_DATA)

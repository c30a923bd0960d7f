"""What the reports' charts draw (domain notes §9): each answers a question that a group director asks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import extract, func, select

from core.base.text import figures as exact
from core.base.text.calendars import school_year_of
from core.base.text.dates import shown_month
from core.exchange.reports.figure import Figure, counted
from core.platform.masterdata.models import SchoolGroup
from core.storage.scope import KhetSession
from plugins.service_request import tables
from plugins.service_request.catalogue import AREAS, setting
from plugins.service_request.models import DECLINED, Request
from plugins.service_request.requests.life import GIVEN_UP, REASONS, WORKFLOW

#: the stages that every request goes through which is held and closed
STAGES = ("asked", "received", "proposed", "considered", "approved", "replied", "delivered", "summarised", "closed")


def funnel(session: KhetSession, year: int) -> list[tuple[str, int]]:
    """How many requests came at least this far; withdrawn and declined ones count up to where that is known."""
    order = list(WORKFLOW.states)
    came: Counter[str] = Counter()
    facts = Request.status, Request.decision, Request.received_on.is_not(None)
    asked = select(*facts, func.count()).where(Request.asked_on.between(*school_year_of(year)))
    for state, decision, received, count in session.execute(asked.group_by(*facts)):
        if decision == DECLINED:  # also when its letter is sent and it is closed
            state = "considered"
        elif state in GIVEN_UP:
            state = "approved" if decision else "received" if received else "asked"
        if state != "draft":
            came[state] += count
    titles = {**WORKFLOW.states, "considered": _l("Considered, or put before who approves")}
    return [
        (str(titles[stage]), sum(n for state, n in came.items() if order.index(state) >= order.index(stage)))
        for stage in STAGES
    ]


def lead_bins(session: KhetSession, year: int) -> Figure:
    """Days ahead in weeks, those under the district's line (the manual's 14 days) apart from the others."""
    found: Counter[int] = Counter()
    short: Counter[int] = Counter()
    wanted = setting(session).lead_days
    asked = select(Request.lead_days).where(
        Request.asked_on.between(*school_year_of(year)), Request.lead_days.is_not(None)
    )
    for lead in session.scalars(asked):
        assert lead is not None
        (short if lead < wanted else found)[min(max(lead, 0) // 7, 8)] += 1
    weeks = range(max([*found, *short], default=-1) + 1)
    return Figure(
        [f"{week * 7}–{week * 7 + 6}" if week < 8 else "56+" for week in weeks],
        [
            (_("Less than %(days)s days", days=wanted), [short[week] for week in weeks]),
            (_("%(days)s days or more", days=wanted), [found[week] for week in weeks]),
        ],
        line=-(-wanted // 7),
    )


def months_of(year: int) -> list[str]:
    """The twelve months of a school year, in order."""
    first = school_year_of(year)[0]
    ahead = [first.month - 1 + step for step in range(12)]
    return [shown_month(at % 12 + 1, first.year + at // 12) for at in ahead]


def _asked_by_month(session: KhetSession, year: int, what: Any) -> Iterable[tuple[str, Any, int]]:
    of, month = extract("year", Request.asked_on), extract("month", Request.asked_on)
    asked = select(of, month, what, func.count()).where(Request.asked_on.between(*school_year_of(year)))
    for year_of, month_of, value, count in session.execute(asked.group_by(of, month, what)):
        yield shown_month(int(month_of), int(year_of)), value, count


def demand(session: KhetSession, year: int) -> Figure:
    """Requests by month, stacked by area."""
    cells = [(month, str(AREAS[area]), count) for month, area, count in _asked_by_month(session, year, Request.area)]
    return counted(cells, months_of(year), [str(title) for title in AREAS.values()]) if cells else Figure([], [])


def silence(session: KhetSession, year: int) -> Figure:
    """School groups by month: an empty line is a group that never asks."""
    names = list(session.scalars(select(SchoolGroup.name).order_by(SchoolGroup.name)))
    asked = _asked_by_month(session, year, Request.network)
    return counted(((network, month, count) for month, network, count in asked), names, months_of(year))


def times(session: KhetSession, year: int) -> list[tuple[str, int]]:
    """Speakers by how often they speak."""
    return [(row[0], row[1]) for row in tables.speaker_load(session, year)]


def from_the_middle(session: KhetSession, year: int) -> list[tuple[str, float]]:
    """Questions by how far their mean lies above or below the middle of the scale (3)."""
    return [(row[1], float(row[3] - 3)) for row in tables.satisfaction(session, year) if row[1] and row[3] is not None]


def pareto(session: KhetSession, year: int) -> list[tuple[str, int]]:
    """Reasons for declining, the most frequent first."""
    declined = tables.asked_in(year).where(Request.decision == DECLINED)
    found = Counter(session.scalars(declined.with_only_columns(Request.reason).order_by(None)))
    return [(str(REASONS.get(reason, reason)), count) for reason, count in found.most_common()]


def bullets(session: KhetSession, year: int) -> Figure:
    """Per cent of its target that each indicator has reached; one without data has no bar."""
    reached = [
        (kpi.title, int(exact.percent(actual, target.target, 0) or 0))
        for target, kpi, actual in tables.actuals(session, year)
        if actual is not None and target.target
    ]
    return Figure(
        [title for title, _share in reached],
        [
            (_("Reached (per cent of the target)"), [share for _title, share in reached]),
            (_("Target"), [100] * len(reached)),
        ],
    )

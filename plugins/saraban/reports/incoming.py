"""What waits where and for how long; minutes against the manual's standard."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from sqlalchemy import Select, case, extract, func, select

from core.base.text import figures
from core.base.text.dates import shown_month
from core.base.text.thai import today
from core.exchange.reports.report import Column, Report, ReportChart, size_of
from core.platform.masterdata import holidays
from core.platform.users.models import Account
from core.storage.scope import KhetSession
from plugins.saraban import permissions
from plugins.saraban.forms.letters import SPEEDS
from plugins.saraban.models.endorsements import WorkTime
from plugins.saraban.models.letters import OPEN, IncomingLetter
from plugins.saraban.reports import asking
from plugins.saraban.reports.asking import WHICH_UNIT, WHICH_YEAR
from plugins.saraban.work import life
from plugins.saraban.work.standard import BY_KEY, STEPS


def _open(unit_id: int) -> Select[Any]:
    here = IncomingLetter.unit_id == unit_id, IncomingLetter.secrecy == 0
    return select(IncomingLetter).where(*here, IncomingLetter.status.in_(OPEN))


def _pending(session: KhetSession, unit_id: int) -> Iterable[tuple[Any, ...]]:
    """RN, J, ความเร็ว, วันรับ, อยู่ที่, วันทำการ, เกินกำหนด (domain notes on saraban §8); the oldest first."""
    speeds, day = dict(SPEEDS), today()
    person = Account.first_name + " " + Account.last_name
    who = func.coalesce(IncomingLetter.holder_id, IncomingLetter.assignee_id)
    rows = session.execute(
        _open(unit_id).add_columns(person).outerjoin(Account, Account.id == who).order_by(IncomingLetter.id)
    )
    closed = holidays.of(session, day - timedelta(days=3 * 366), day)
    for letter, name in rows:
        due = letter.due_at if letter.proposed_at else letter.propose_by
        late = holidays.count(due.date(), day, closed) if due is not None and due.date() < day else None
        place = name or str(life.WORKFLOW.states[letter.status])
        yield (
            f"{letter.number_text}/{letter.year % 100:02d}", letter.subject,
            str(speeds[letter.speed]), letter.received_on, place, holidays.count(letter.received_on, day, closed), late,
        )  # fmt: skip


def _where(session: KhetSession, unit_id: int) -> list[tuple[str, int]]:
    """(state, open letters) of a unit."""
    counted = _open(unit_id).with_only_columns(IncomingLetter.status, func.count()).group_by(IncomingLetter.status)
    found = {row[0]: row[1] for row in session.execute(counted)}
    return [(str(life.WORKFLOW.states[state]), found[state]) for state in OPEN if state in found]


PENDING: Report = Report(
    key="saraban.pending",
    title=_l("Letters that wait"),
    resource=permissions.INCOMING,
    columns=(
        Column(_l("Receipt no."), width=12),
        Column(_l("Subject"), width=48),
        Column(_l("Speed"), width=12),
        Column(_l("Received"), "date", 13),
        Column(_l("Where it is"), width=24),
        Column(_l("Working days"), "number", 10),
        Column(_l("Days late"), "number", 10),
    ),
    rows=_pending,
    heading=lambda session, unit_id: asking.open_heading(PENDING.title, session, unit_id),
    size=lambda session, unit_id: size_of(session, _open(unit_id).with_only_columns(IncomingLetter.id)),
    parameters=(WHICH_UNIT,),
    charts=(ReportChart(_l("Where letters wait"), _where, names=_l("State")),),
)  # fmt: skip


def _year(unit_id: int, year: int) -> Select[Any]:
    return select(WorkTime).where(WorkTime.unit_id == unit_id, extract("year", WorkTime.on) == year - 543)


def _minutes(session: KhetSession, unit_id: int, year: int) -> Iterable[tuple[Any, ...]]:
    """Per month, clerk and step: letters, minutes for one on average, the standard's minutes.

    A step that nobody timed is not in it: no data is not zero.
    """
    month = extract("month", WorkTime.on)
    counted = _year(unit_id, year).with_only_columns(
        month, WorkTime.who, WorkTime.step, func.sum(WorkTime.letters), func.sum(WorkTime.seconds)
    )
    order = case({step.key: place for place, step in enumerate(STEPS)}, value=WorkTime.step, else_=99)
    rows = session.execute(
        counted.group_by(month, WorkTime.who, WorkTime.step).order_by(month, WorkTime.who, func.min(order))
    )
    for number, who, key, letters, seconds in rows:
        step = BY_KEY[key]
        actual = figures.ratio(seconds, 60 * int(letters))
        kind = _("Incoming letters") if step.kind == "incoming" else _("Outgoing letters")
        yield shown_month(int(number)), who, kind, str(step.title), int(letters), actual, step.minutes


def _by_step(session: KhetSession, unit_id: int, year: int) -> list[tuple[str, int]]:
    """(step with its standard, minutes on average, rounded) of the year."""
    counted = _year(unit_id, year).with_only_columns(
        WorkTime.step, func.sum(WorkTime.seconds), func.sum(WorkTime.letters)
    )
    spent = session.execute(counted.group_by(WorkTime.step))
    found = {step: figures.ratio(seconds, 60 * int(letters), 0) for step, seconds, letters in spent}
    return [
        (f"{step.title} ({_('standard')} {step.minutes})", int(found[step.key] or 0))
        for step in STEPS
        if step.key in found
    ]


MINUTES: Report = Report(
    key="saraban.minutes",
    title=_l("Minutes against the work standard"),
    resource=permissions.INCOMING,
    columns=(
        Column(_l("Month"), width=10),
        Column(_l("Clerk"), width=26),
        Column(_l("Kind"), width=18),
        Column(_l("Step"), width=44),
        Column(lazy_pgettext("how many", "Letters"), "number", 10),
        Column(_l("Minutes for one"), "number", 12),
        Column(_l("Standard minutes"), "number", 12),
    ),
    rows=_minutes,
    heading=lambda session, unit_id, year: asking.heading(MINUTES.title, session, unit_id, year),
    size=lambda session, unit_id, year: len(list(_minutes(session, unit_id, year))),
    parameters=(WHICH_UNIT, WHICH_YEAR),
    charts=(ReportChart(_l("Minutes for one letter, by step"), _by_step, names=_l("Step"), numbers=_l("Minutes")),),
)  # fmt: skip

REPORTS = [PENDING, MINUTES]

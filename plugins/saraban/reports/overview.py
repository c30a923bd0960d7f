"""How many letters there are by day and kind, and with whom they wait: what a head of office asks first."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import case, func, literal, select

from core.base.identity import Actor
from core.base.text.dates import shown_month
from core.base.text.thai import BANGKOK, BUDDHIST_OFFSET, today
from core.exchange.reports.report import Column, Parameter, Report, ReportChart, size_of
from core.platform.masterdata import holidays
from core.platform.masterdata import services as masterdata
from core.platform.masterdata.models import Unit
from core.platform.users.models import Account
from core.platform.worklist.models import WorklistRow
from core.storage.base import utc_now
from core.storage.scope import KhetSession
from plugins.saraban import kinds, permissions
from plugins.saraban.models.letters import IncomingLetter, OutgoingLetter
from plugins.saraban.reports import asking
from plugins.saraban.work import queries

LATEST_DAYS = 14
MOST_PEOPLE = 12


# -- by day and kind ------------------------------------------------------------------------------------------------


def _span(year: int) -> tuple[date, date]:
    return date(year - BUDDHIST_OFFSET, 1, 1), date(year - BUDDHIST_OFFSET, 12, 31)


def _counted(session: KhetSession, unit_id: int, first: date, last: date) -> dict[date, list[int]]:
    """{day: [incoming, letters out, circulars, orders and the like]}; cancelled and secret ones are not counted."""
    found: dict[date, list[int]] = {}
    books = [kind.book for kind in kinds.ISSUED]
    sent = case((OutgoingLetter.book.in_(books), 4), (OutgoingLetter.circular.is_(True), 3), else_=2)
    models: tuple[tuple[queries.Model, Any], ...] = ((IncomingLetter, literal(1)), (OutgoingLetter, sent))
    for model, place in models:
        day, number = model.registered_on, func.count(model.id)
        rows = session.execute(
            select(day, place.label("place"), number)
            .where(
                model.unit_id == unit_id, model.secrecy == 0, model.status != "cancelled", day.between(first, last)
            )  # fmt: skip
            .group_by(day, "place")
        )
        for when, at, count in rows:
            found.setdefault(when, [0, 0, 0, 0])[at - 1] += count
    return dict(sorted(found.items()))


def _days(session: KhetSession, unit_id: int, year: int) -> Iterable[tuple[Any, ...]]:
    for day, counts in _counted(session, unit_id, *_span(year)).items():
        yield day, *counts, sum(counts)


def _latest(session: KhetSession, unit_id: int, year: int) -> list[tuple[str, int]]:
    """(day, letters) of the last days of the year, or up to today, days without one too."""
    last = min(_span(year)[1], today())
    first = last - timedelta(days=LATEST_DAYS - 1)
    counted = _counted(session, unit_id, first, last)
    span = [first + timedelta(days=n) for n in range(LATEST_DAYS)]
    return [(f"{day.day} {shown_month(day.month)}", sum(counted.get(day, []))) for day in span]


def _by_kind(session: KhetSession, unit_id: int, year: int) -> list[tuple[str, int]]:
    totals = [sum(column) for column in zip(*_counted(session, unit_id, *_span(year)).values(), strict=True)]
    return [(str(title), number) for title, number in zip(_KINDS, totals, strict=False)]


_KINDS = (_l("Incoming letters"), _l("Letters out"), _l("Circulars"), _l("Orders and the like"))
DAYS: Report = Report(
    key="saraban.days",
    title=_l("Letters by day and kind"),
    resource=permissions.INCOMING,
    columns=(
        Column(_l("Day"), "date", 13), *(Column(title, "number", 15) for title in _KINDS),
        Column(_l("Together"), "number", 12),
    ),
    rows=_days,
    heading=lambda session, unit_id, year: asking.open_heading(DAYS.title, session, unit_id, year),
    size=lambda session, unit_id, year: len(_counted(session, unit_id, *_span(year))),
    parameters=(asking.WHICH_UNIT, asking.WHICH_YEAR),
    charts=(
        ReportChart(_l("Letters of the last days"), _latest, names=_l("Day")),
        ReportChart(_l("Letters by kind"), _by_kind, names=_l("Kind")),
    ),
)  # fmt: skip


# -- with whom, and how long ----------------------------------------------------------------------------------------


def _waiting(unit_id: int) -> Any:
    """(name or None, waiting, overdue, since when the oldest waits) by person; letters that lie before nobody too."""
    name = Account.first_name + " " + Account.last_name
    late = func.sum(case((WorklistRow.due_at < utc_now(), 1), else_=0))
    return (
        select(name.label("name"), func.count(WorklistRow.id).label("waiting"), late.label("late"),
               func.min(WorklistRow.since).label("since"))
        .select_from(WorklistRow)
        .outerjoin(Account, Account.id == WorklistRow.user_id)
        .where(WorklistRow.view.in_(["IncomingView", "AssignmentView"]), WorklistRow.unit_id == unit_id,
               WorklistRow.secrecy == 0)
        .group_by(name)
        .order_by(late.desc(), func.count(WorklistRow.id).desc())
    )  # fmt: skip


def _people(session: KhetSession, unit_id: int) -> Iterable[tuple[Any, ...]]:
    day = today()
    closed = holidays.of(session, day - timedelta(days=3 * 366), day)
    for name, waiting, late, since in session.execute(_waiting(unit_id)):
        days = holidays.count(since.astimezone(BANGKOK).date(), day, closed) if since is not None else None
        yield name or _("Nobody"), waiting, int(late or 0), days


def _overdue(session: KhetSession, unit_id: int) -> list[tuple[str, int]]:
    rows = session.execute(_waiting(unit_id).limit(MOST_PEOPLE))
    return [(row.name or _("Nobody"), int(row.late)) for row in rows if row.late]


PEOPLE: Report = Report(
    key="saraban.people",
    title=_l("With whom letters wait"),
    resource=permissions.INCOMING,
    columns=(
        Column(_l("Officer"), width=30), Column(_l("Waiting"), "number", 12), Column(_l("Overdue"), "number", 12),
        Column(_l("The oldest waits, working days"), "number", 16),
    ),
    rows=_people,
    heading=lambda session, unit_id: asking.open_heading(PEOPLE.title, session, unit_id),
    size=lambda session, unit_id: size_of(session, _waiting(unit_id)),
    parameters=(asking.WHICH_UNIT,),
    charts=(ReportChart(_l("Overdue, by officer"), _overdue, names=_l("Officer"), numbers=_l("Overdue")),),
)  # fmt: skip

# -- by group -------------------------------------------------------------------------------------------------------

EVERY_UNIT = ""


def _reach(session: KhetSession, actor: Actor) -> list[tuple[str, Any]]:
    """All the units whose letters one may export beside each other, then each alone. A value is their ids, EVERY_UNIT
    the whole district's."""
    held = actor.units(permissions.INCOMING, "export")
    mine: list[tuple[str, Any]] = [(str(unit.id), unit.name) for unit in masterdata.units_of(session, held)]
    if held.everywhere:
        return [(EVERY_UNIT, _("Every unit")), *mine]
    return [("-".join(map(str, sorted(held.ids))), _("Every unit of one's own")), *mine] if len(mine) > 1 else mine


def _by_unit(units: str) -> Any:
    """(unit, waiting, overdue), the most overdue first."""
    late = func.sum(case((WorklistRow.due_at < utc_now(), 1), else_=0))
    found = (
        select(Unit.name.label("name"), func.count(WorklistRow.id).label("waiting"), late.label("late"))
        .join(WorklistRow, WorklistRow.unit_id == Unit.id)
        .where(WorklistRow.view.in_(["IncomingView", "AssignmentView"]), WorklistRow.secrecy == 0)
        .group_by(Unit.name)
        .order_by(late.desc(), func.count(WorklistRow.id).desc())
    )
    return found.where(Unit.id.in_([int(one) for one in units.split("-")])) if units else found


def _groups_heading(session: KhetSession, unit_id: str) -> list[str]:
    if unit_id.isdecimal():
        return asking.open_heading(GROUPS.title, session, int(unit_id))
    whose = _("Every unit of one's own") if unit_id else _("Every unit")
    return [str(GROUPS.title), whose, _("Without secret papers.")]


GROUPS: Report = Report(
    key="saraban.groups",
    title=_l("Where letters wait, by group"),
    resource=permissions.INCOMING,
    columns=(
        Column(_l("Unit"), width=40), Column(_l("Waiting"), "number", 12), Column(_l("Overdue"), "number", 12),
    ),
    rows=lambda session, unit_id: ((r.name, r.waiting, int(r.late or 0)) for r in session.execute(_by_unit(unit_id))),
    heading=_groups_heading,
    size=lambda session, unit_id: size_of(session, _by_unit(unit_id)),
    parameters=(Parameter("unit_id", _l("Register of"), _reach),),
    charts=(
        ReportChart(
            _l("Overdue, by group"),
            lambda session, unit_id: [
                (row.name, int(row.late)) for row in session.execute(_by_unit(unit_id).limit(MOST_PEOPLE)) if row.late
            ],
            names=_l("Unit"),
            numbers=_l("Overdue"),
        ),
    ),
)  # fmt: skip
REPORTS = [DAYS, PEOPLE, GROUPS]

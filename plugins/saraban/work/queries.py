"""Named questions to the registers, shared by lists, reports and tests."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, cast, extract, func, or_, select

from core.base.identity import UnitSet
from core.base.text.dates import shown_month
from core.base.text.thai import BUDDHIST_OFFSET
from core.platform.users.models import Account
from core.platform.worklist.models import WorklistRow
from core.storage.scope import KhetSession
from plugins.saraban.models.letters import IncomingLetter, OutgoingLetter

Model = type[IncomingLetter] | type[OutgoingLetter]


def register(model: Model, unit_id: int, book: str, year: int) -> Select[Any]:
    """One book in the order of its numbers, as the printed register has it; `year` 0 means every year."""
    found = select(model).where(model.unit_id == unit_id, model.book == book)
    if year:
        found = found.where(model.year == year)
    return found.order_by(model.year, model.number, model.suffix)


def size(session: KhetSession, model: Model, unit_id: int, book: str, year: int) -> int:
    """Lines of that register."""
    lines = register(model, unit_id, book, year).order_by(None).with_only_columns(model.id)
    return session.scalar(select(func.count()).select_from(lines.subquery())) or 0


def by_month_of(session: KhetSession, model: Model, unit_id: int, book: str, year: int) -> list[tuple[str, int]]:
    """(month, letters) of one register's year, every month there; of every year (0): (year, letters)."""
    lines = register(model, unit_id, book, year).order_by(None)
    part = cast(extract("month", model.registered_on), Integer) if year else model.year
    counted = {row[0]: row[1] for row in session.execute(lines.with_only_columns(part, func.count()).group_by(part))}
    if not year:
        return [(str(one), counted[one]) for one in sorted(counted)]
    return [(shown_month(number), counted.get(number, 0)) for number in range(1, 13)] if counted else []


def overdue(model: Model, now: datetime) -> ColumnElement[bool]:
    """SQL: should have arrived, or been put before somebody, by now; and is not done."""
    late = model.due_at < now
    if model is IncomingLetter:
        late = or_(late, and_(IncomingLetter.propose_by < now, IncomingLetter.proposed_at.is_(None)))
    return and_(late, model.status.not_in(["sent", "answered", "done", "stored", "cancelled", "recalled"]))


LATEST = 500
OFFICERS = 8


def known(session: KhetSession, model: Model, unit_id: int) -> dict[str, list[str]]:
    """What the unit's latest letters said, most frequent first, for completion while typing.

    Of the letters' numbers only what stands before the last stroke, e.g. ศธ 04001/. No secret paper's words.
    """
    latest = session.execute(
        select(model.sender, model.recipient, model.subject, model.doc_no)
        .where(model.unit_id == unit_id, model.secrecy == 0, model.status != "cancelled")
        .order_by(model.id.desc())
        .limit(LATEST)
    ).all()
    found = {
        "sender": [row.sender for row in latest],
        "recipient": [row.recipient for row in latest],
        "doc_no": [row.doc_no.rpartition("/")[0] + "/" for row in latest if "/" in row.doc_no],
        "subject": [row.subject for row in latest],
    }
    return {name: [text for text, _n in Counter(texts).most_common(200)] for name, texts in found.items()}


WEEKS = 8


def by_week(session: KhetSession, units: UnitSet, today: date) -> tuple[tuple[str, int], ...]:
    """Letters received in each of the last WEEKS weeks, oldest first, named by the week's Monday."""
    monday = today - timedelta(days=today.weekday())
    first = monday - timedelta(weeks=WEEKS - 1)
    counted = (
        select(IncomingLetter.registered_on, func.count(IncomingLetter.id))
        .where(units.criterion(IncomingLetter.unit_id), IncomingLetter.registered_on >= first)
        .group_by(IncomingLetter.registered_on)
    )
    weeks = dict.fromkeys((first + timedelta(weeks=n) for n in range(WEEKS)), 0)
    for day, number in session.execute(counted):
        start = day - timedelta(days=day.weekday())
        if start in weeks:
            weeks[start] += number
    return tuple((f"{week.day} {shown_month(week.month)}", number) for week, number in weeks.items())


def by_officer(session: KhetSession, units: UnitSet) -> tuple[tuple[str | None, int], ...]:
    """(officer's name or None, incoming letters that wait for them), most first; OFFICERS of them."""
    name, number = Account.first_name + " " + Account.last_name, func.count(WorklistRow.id)
    rows = session.execute(
        select(name, number)
        .select_from(WorklistRow)
        .outerjoin(Account, Account.id == WorklistRow.user_id)
        .where(WorklistRow.view.in_(["IncomingView", "AssignmentView"]), units.criterion(WorklistRow.unit_id))
        .group_by(name)
        .order_by(number.desc(), name)
        .limit(OFFICERS)
    )
    return tuple((row[0], row[1]) for row in rows)


def by_month(session: KhetSession, model: Model, year: int, *, waiting: bool = False) -> dict[int, int]:
    """{month: letters registered in that month of the year (พ.ศ.)}; `waiting`: those without an action alone."""
    month = cast(extract("month", model.registered_on), Integer)
    first, last = date(year - BUDDHIST_OFFSET, 1, 1), date(year - BUDDHIST_OFFSET, 12, 31)
    found = select(month, func.count(model.id)).where(
        model.registered_on.between(first, last), model.secrecy == 0, model.status != "cancelled"
    )
    if waiting:
        found = found.where(model.action == "")
    return {row[0]: row[1] for row in session.execute(found.group_by(month))}

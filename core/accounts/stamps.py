"""Counters in the database by which every worker learns that something it keeps has changed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import event, inspect, select, update
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction

from core.accounts.models import Account, Grant, RoleProfile, Stamp
from core.db.scope import KhetSession
from core.masterdata.models import District, Unit

#: moves whenever somebody's rights, name, clearance, epoch or unit may have changed
PEOPLE = "people"

_SAY_WHO_ONE_IS = (Account, Grant, RoleProfile, Unit, District)
#: a login by itself changes nothing of what one may
_COUNTED = "people_counted"
_NOT_RIGHTS = {"last_login", "login_count", "fail_login_count", "changed_on"}


def stamp(session: Session, name: str) -> int:
    """One counter; 0 before its first bump."""
    return session.scalar(select(Stamp.version).where(Stamp.name == name)) or 0


def bump(session: Session, name: str) -> None:
    """Count up, in the transaction of the change itself."""
    session.flush()
    _count_up(session, name)


def _count_up(session: Session, name: str) -> None:
    changed = session.execute(update(Stamp).where(Stamp.name == name).values(version=Stamp.version + 1))
    if changed.rowcount == 0:  # type: ignore[attr-defined]
        session.add(Stamp(name=name, version=1))


def _matters(row: Any) -> bool:
    state = inspect(row)
    changed = {a.key for a in state.mapper.column_attrs if state.attrs[a.key].history.has_changes()}
    return bool(changed - _NOT_RIGHTS)


def notice_changes(session: Session, context: UOWTransaction, instances: Any) -> None:
    """Before a flush: a row that says who somebody is or what they may moves PEOPLE with it."""
    touched = [*session.new, *session.deleted, *(row for row in session.dirty if _matters(row))]
    if any(isinstance(row, _SAY_WHO_ONE_IS) for row in touched):
        _once_a_transaction(session)


def _once_a_transaction(session: Session) -> None:
    """Count PEOPLE up, unless this transaction has: what a savepoint counted may have been rolled back with it."""
    here = (session.get_transaction(), session.get_nested_transaction())
    if session.info.get(_COUNTED) not in [one for one in here if one is not None]:
        session.info[_COUNTED] = here[1] or here[0]
        _count_up(session, PEOPLE)


def notice_statements(state: ORMExecuteState) -> None:
    """The same for an update or delete written as a statement."""
    if (state.is_update or state.is_delete) and state.bind_mapper and state.bind_mapper.class_ in _SAY_WHO_ONE_IS:
        _once_a_transaction(state.session)


def start() -> None:
    """Attach the listeners to the session class, once per process."""
    event.listen(KhetSession, "before_flush", notice_changes)
    event.listen(KhetSession, "do_orm_execute", notice_statements)

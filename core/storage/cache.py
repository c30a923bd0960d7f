"""Counters in the database by which every worker learns that something it keeps has changed.

A request reads them all with its session. What a module says stands behind a stamp (`invalidates`) moves it when it is
written; what was read behind one (`cached`) is not read again by this process until the stamp has moved.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar, cast

from sqlalchemy import String, event, inspect, select, update
from sqlalchemy.orm import Mapped, ORMExecuteState, Session, UOWTransaction, mapped_column

from core.storage.base import Model
from core.storage.scope import KhetSession

#: moves whenever somebody's rights, name, clearance, epoch or unit may have changed
PEOPLE = "people"

T = TypeVar("T")
#: the stamp that a written row of a class moves
_STAMP_OF: dict[type[Any], str] = {}
#: the attributes of a class whose change moves nothing
_IGNORED: dict[type[Any], frozenset[str]] = {}
#: what a session has counted up, and the stamps that came with its request
_BUMPED, STAMPS = "counted", "stamps"
#: what a process keeps behind one moment of a stamp at most
MOST_CACHED = 5_000


class Stamp(Model):
    """A counter that tells every worker that something cached has changed."""

    __tablename__ = "core_stamp"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    version: Mapped[int] = mapped_column(default=1)


def stamp(session: Session, name: str) -> int:
    """One counter; 0 before its first bump."""
    return session.scalar(select(Stamp.version).where(Stamp.name == name)) or 0


def invalidates(name: str, *classes: type[Any], ignored: frozenset[str] = frozenset()) -> None:
    """A row of these classes moves the stamp `name` whenever it is written through a session, unless nothing but
    the attributes in `ignored` has changed."""
    _STAMP_OF.update(dict.fromkeys(classes, name))
    _IGNORED.update(dict.fromkeys(classes, ignored))


def cached(session: KhetSession, name: str, key: Hashable, read: Callable[[], T]) -> T:
    """What `read()` found in the session's district, until a row behind the stamp `name` is written.

    For plain data that nobody changes: every thread gets the same object. Read anew wherever no stamps came with
    the session (a job, a command), where it has itself moved the stamp, and in an import, which sees more than others.
    """
    stamps = session.info.get(STAMPS)
    if stamps is None or name in session.info.get(_BUMPED, ()) or session.scope.import_id is not None:
        return read()
    memory: dict[Hashable, tuple[int, dict[Hashable, Any]]] = session.info["memory"]
    at = stamps.get(name, 0)
    moment = memory.get(name)
    if moment is None or moment[0] != at or len(moment[1]) > MOST_CACHED:
        moment = memory[name] = at, {}
    place = (session.scope.district_id, key)
    if place not in moment[1]:
        found = read()
        if name in session.info.get(_BUMPED, ()):
            return found  # reading has written what this transaction held back: nobody else's yet
        moment[1][place] = found
    return cast(T, moment[1][place])


def bump(session: Session, name: str) -> None:
    """Count up, in the transaction of the change itself."""
    session.flush()
    _increase(session, name)


def _increase(session: Session, name: str) -> None:
    changed = session.execute(update(Stamp).where(Stamp.name == name).values(version=Stamp.version + 1))
    if changed.rowcount == 0:  # type: ignore[attr-defined]
        session.add(Stamp(name=name, version=1))


def _matters(row: Any) -> bool:
    state = inspect(row)
    changed = {a.key for a in state.mapper.column_attrs if state.attrs[a.key].history.has_changes()}
    return bool(changed - _IGNORED[type(row)])


def notice_changes(session: Session, context: UOWTransaction, instances: Any) -> None:
    """Before a flush: a row behind a stamp moves it."""
    touched = [
        *session.new,
        *session.deleted,
        *(row for row in session.dirty if type(row) in _STAMP_OF and _matters(row)),
    ]
    for name in {_STAMP_OF[type(row)] for row in touched if type(row) in _STAMP_OF and not _hidden(session, row)}:
        _once_a_transaction(session, name)


def _hidden(session: Session, row: Any) -> bool:
    """What an import makes or takes away is seen by nobody else; its end and its undo move the stamp."""
    scope = cast(KhetSession, session).scope
    return scope.import_id is not None and getattr(row, "import_id", None) == scope.import_id


def _once_a_transaction(session: Session, name: str) -> None:
    """Count up, unless this transaction has: what a savepoint counted may have been rolled back with it."""
    here = (session.get_transaction(), session.get_nested_transaction())
    counted = session.info.setdefault(_BUMPED, {})
    if counted.get(name) not in [one for one in here if one is not None]:
        counted[name] = here[1] or here[0]
        _increase(session, name)


def notice_statements(state: ORMExecuteState) -> None:
    """The same for an update or delete written as a statement."""
    if (state.is_update or state.is_delete) and state.bind_mapper and state.bind_mapper.class_ in _STAMP_OF:
        _once_a_transaction(state.session, _STAMP_OF[state.bind_mapper.class_])


def start() -> None:
    """Attach the listeners to the session class, once per process."""
    event.listen(KhetSession, "before_flush", notice_changes)
    event.listen(KhetSession, "do_orm_execute", notice_statements)

"""Writing in lock: within a process, whoever asked first is served first. Between processes the database decides.

SQLite has one writer, and lets the waiting poll with growing pauses, so that a late comer passes an early one again and
again. PostgreSQL lets a late comer take the row that was just let go before who was woken for it. Eight clerks at one
book then wait for a second now and then.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.orm import ORMExecuteState, Session, SessionTransaction

from core.storage.outage import QueueFull

LONGEST = 30.0
#: requests that may wait for SQLite at once, and the seconds that one more waits before it is told to come again: the
#: server's other threads belong to those who read
PATIENT, BRIEFLY = 4, 2.0
#: set where a person waits, as a request is; a job has time
hurried: ContextVar[bool] = ContextVar("hurried", default=False)
#: the most that a write waits for SQLite's writer, where it is not as long as any; set by `at_most`
patience: ContextVar[float] = ContextVar("patience", default=LONGEST)
#: for what goes on as well without having written
AT_ONCE = 0.2
_MINE = "khet_turn"
_WRITER, _WROTE = "khet_writer", "khet_wrote"
_thread = threading.local()


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """What is written within waits no longer for SQLite's writer, in this process or another: QueueFull, or the
    driver's OperationalError ("busy" to outage.kind_of), for who can do without."""
    before = patience.set(seconds)
    try:
        yield
    finally:
        patience.reset(before)


class FairLock:
    """A lock that is handed on in the order in which it was asked for."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._held = False
        self._waiting: deque[threading.Event] = deque()

    @property
    def full(self) -> bool:
        """Whether as many wait as there is room for."""
        return len(self._waiting) >= PATIENT

    def acquire(self, timeout: float = LONGEST) -> bool:
        """Wait for one's turn; False when it did not come in time."""
        with self._guard:
            if not self._held:
                self._held = True
                return True
            mine = threading.Event()
            self._waiting.append(mine)
        if mine.wait(timeout):
            return True
        with self._guard:
            if mine.is_set():  # it came in the last moment
                return True
            self._waiting.remove(mine)
            return False

    def release(self) -> None:
        """Hand the turn to whoever waits longest."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._held = False


def attach(engine: Engine, begin: Callable[[Any], None], writes: Callable[[Any], bool]) -> None:
    """Let every writing transaction of `engine` wait for its turn before `begin(connection)`.

    `writes(connection)` says whether the transaction that begins will write. The turn ends when the connection goes
    back to its pool, which is after the commit or rollback is done. Raises QueueFull for a request too many, and for
    who does not wait so long (`at_most`).
    """
    lock = FairLock()

    def start(connection: Any) -> None:
        if writes(connection) and not connection.info.get(_MINE):
            full, most = hurried.get() and lock.full, patience.get()
            connection.info[_MINE] = lock.acquire(min(most, BRIEFLY) if full else most)
            if not connection.info[_MINE] and (full or most < LONGEST):
                raise QueueFull
        begin(connection)
        if writes(connection) and not connection.info.get(_WRITER):
            connection.info[_WRITER] = True
            _thread.writes = getattr(_thread, "writes", 0) + 1

    def end(_dbapi: Any, record: Any) -> None:
        if record.info.pop(_WRITER, False):
            _thread.writes = getattr(_thread, "writes", 1) - 1
        if record.info.pop(_MINE, False):
            lock.release()

    event.listen(engine, "begin", start)
    event.listen(engine, "checkin", end)


def writing() -> bool:
    """Whether this thread holds SQLite's only writer."""
    return getattr(_thread, "writes", 0) > 0


def written(session: Session) -> bool:
    """Whether the session's transaction has changed, or is about to change, anything."""
    waits = session.new or session.deleted or any(map(session.is_modified, session.dirty))
    return bool(waits or session.info.get(_WROTE))


def end_reading(session: Session) -> None:
    """End a transaction that has only read, so that nobody waits for the writer while a file is looked at.

    Raises RuntimeError where something was written already: that would be lost.
    """
    if written(session):
        raise RuntimeError("a file is looked at before anything is written")
    session.rollback()


def wait_for_turn(session: Session, key: Hashable) -> None:
    """Wait for one's turn at something that PostgreSQL locks, before asking for the lock.

    The turn ends with the transaction. Who has one goes on without a second: two who wait for one another's would
    wait for long, and the database tells them at once.
    """
    if session.get_bind().dialect.name == "postgresql" and _MINE not in session.info:
        lock: FairLock = session.info["memory"].setdefault((_MINE, key), FairLock())
        if lock.acquire():
            session.info[_MINE] = lock


def _note_flush(session: Session, _context: Any) -> None:
    session.info[_WROTE] = True


def _note_statement(state: ORMExecuteState) -> None:
    if state.is_insert or state.is_update or state.is_delete:
        state.session.info[_WROTE] = True


def _hand_on(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(_WROTE, None)
    if transaction.parent is None and (lock := session.info.pop(_MINE, None)) is not None:
        lock.release()


def start() -> None:
    """Attach the end of a turn, and what has been written, to the session class, once per process."""
    event.listen(Session, "after_transaction_end", _hand_on)
    event.listen(Session, "after_flush", _note_flush)
    event.listen(Session, "do_orm_execute", _note_statement)

"""Writing in turns: within a process, whoever asked first is served first. Between processes the database decides.

SQLite has one writer, and lets the waiting poll with growing pauses, so that a late comer passes an early one again and
again. PostgreSQL lets a late comer take the row that was just let go before who was woken for it. Eight clerks at one
book then wait for a second now and then.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Hashable
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.orm import Session, SessionTransaction

LONGEST = 30.0
_MINE = "khet_turn"


class Turns:
    """A lock that is handed on in the order in which it was asked for."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._held = False
        self._waiting: deque[threading.Event] = deque()

    def take(self, timeout: float = LONGEST) -> bool:
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

    def give(self) -> None:
        """Hand the turn to whoever waits longest."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._held = False


def attach(engine: Engine, begin: Callable[[Any], None], writes: Callable[[Any], bool]) -> None:
    """Let every writing transaction of `engine` wait for its turn before `begin(connection)`.

    `writes(connection)` says whether the transaction that begins will write. The turn ends when the connection goes
    back to its pool, which is after the commit or rollback is done.
    """
    turns = Turns()

    def start(connection: Any) -> None:
        if writes(connection) and not connection.info.get(_MINE):
            connection.info[_MINE] = turns.take()
        begin(connection)

    def end(_dbapi: Any, record: Any) -> None:
        if record.info.pop(_MINE, False):
            turns.give()

    event.listen(engine, "begin", start)
    event.listen(engine, "checkin", end)


def queue_up(session: Session, key: Hashable) -> None:
    """Wait for one's turn at something that PostgreSQL locks, before asking for the lock.

    The turn ends with the transaction. Who has one goes on without a second: two who wait for one another's would
    wait for long, and the database tells them at once.
    """
    if session.get_bind().dialect.name == "postgresql" and _MINE not in session.info:
        turns: Turns = session.info["memory"].setdefault((_MINE, key), Turns())
        if turns.take():
            session.info[_MINE] = turns


def _hand_on(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None and (turns := session.info.pop(_MINE, None)) is not None:
        turns.give()


def start() -> None:
    """Attach the end of a turn to the session class, once per process."""
    event.listen(Session, "after_transaction_end", _hand_on)

"""SQLite's one writer, in turns: within a process, whoever asked first writes first.

SQLite itself lets the waiting poll with growing pauses, so that a late comer passes an early one again and again:
eight clerks at one book then wait for seconds now and then. Between processes its own waiting stays.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, event

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

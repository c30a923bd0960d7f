"""Asks PostgreSQL every second whether it still answers, so that a request need not find out by waiting.

A server that is gone refuses at once; one that hangs holds every thread that asks it, and with them the pages that
need no database. Where the heartbeat stops, the statements under way are cut off, nobody asks any more, and the log
says it once; when it comes back everybody goes on by itself.
"""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import psycopg
from sqlalchemy import Engine, event, make_url

from core.storage.outage import DatabaseDown

log = logging.getLogger(__name__)

SECONDS = 1.0
#: an answer to `select 1` that takes longer is none
PATIENCE = 4.0


class _Impatient(psycopg.Connection[Any]):
    """A connection on which no answer takes longer than PATIENCE."""

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        return super().wait(gen, interval, PATIENCE if timeout is None else timeout)


class Heartbeat:
    """The heartbeat of one PostgreSQL, and the engines that heed it."""

    def __init__(self, url: str, engines: list[Engine], locks: Sequence[tuple[int, int]] = ()) -> None:
        self._address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._engines = engines
        #: advisory locks that are kept as long as the line stands (core/storage/cluster.py)
        self._locks = locks
        self._lines: set[Any] = set()
        self._guard = threading.Lock()
        self._stop = threading.Event()
        self._down_since: float | None = None
        self.refused = 0
        for engine in engines:
            event.listen(engine, "checkout", self._taken, insert=True)  # before a line that rested is asked
            for end in ("checkin", "close", "invalidate"):
                event.listen(engine, end, self._given_back)
            event.listen(engine, "do_connect", self._before_connecting)

    @property
    def alive(self) -> bool:
        """Whether the database answered when it was last asked."""
        return self._down_since is None

    def start(self) -> None:
        """Begin to ask."""
        threading.Thread(target=self._run, daemon=True, name="heartbeat").start()

    def stop(self) -> None:
        """Ask no more."""
        self._stop.set()

    # -- what requests meet -------------------------------------------------------------------------------------

    def _refuse(self) -> None:
        if not self.alive:
            self.refused += 1
            raise DatabaseDown

    def _before_connecting(self, *_connecting: Any) -> None:
        self._refuse()

    def _taken(self, line: Any, _record: Any, _proxy: Any) -> None:
        self._refuse()
        with self._guard:
            self._lines.add(line)

    def _given_back(self, line: Any, *_more: Any) -> None:
        with self._guard:
            self._lines.discard(line)

    # -- asking -------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        asked: _Impatient | None = None
        while not self._stop.wait(SECONDS):
            try:
                if asked is None:
                    asked = _Impatient.connect(self._address, autocommit=True, connect_timeout=int(PATIENCE))
                    for lock in self._locks:
                        asked.execute("select pg_try_advisory_lock_shared(%s, %s)", lock)
                asked.execute("select 1")
            except Exception as error:
                if asked is not None:
                    with suppress(Exception):
                        asked.close()
                asked = None
                self._lost(error)
            else:
                self._found()
        if asked is not None:
            with suppress(Exception):
                asked.close()

    def _lost(self, error: Exception) -> None:
        if not self.alive:
            return
        self._down_since = time.monotonic()
        log.error("the database does not answer: %s", str(error).strip().partition("\n")[0] or type(error).__name__)
        with self._guard:
            lines = list(self._lines)
        for line in lines:  # whoever waits on one is let go with an error; psycopg itself waits for ever
            with suppress(Exception), socket.fromfd(line.pgconn.socket, socket.AF_INET, socket.SOCK_STREAM) as held:
                held.shutdown(socket.SHUT_RDWR)

    def _found(self) -> None:
        if self.alive:
            return
        seconds = time.monotonic() - (self._down_since or 0.0)
        for engine in self._engines:
            engine.dispose()
        refused, self.refused, self._down_since = self.refused, 0, None
        log.warning("the database answers again after %.0f s; %s times it was not asked", seconds, refused)

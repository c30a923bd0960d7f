"""The HTTP server: waitress, with an end that cuts nobody off and a refusal that people can read."""

from __future__ import annotations

import logging
import queue
import secrets
import select
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import waitress
from flask import Flask
from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer
from waitress.task import ErrorTask
from waitress.utilities import RequestEntityTooLarge

from core.base.config import MEBIBYTE
from core.web.unit_of_work import AFTERWARDS

log = logging.getLogger(__name__)

SERVER: dict[str, Any] = {"threads": 8, "ident": None, "asyncore_use_poll": hasattr(select, "poll")}
#: an office's browsers keep their lines open; with waitress's own limit the hundred-and-first would wait for ever
MOST_LINES = 2000
#: files that the process opens besides its lines: the database, uploads, children that read
OTHER_FILES = 300
#: share of the lines from which on the silent ones make room
CROWDED = 0.9
#: how long a stop waits for requests that are being answered
DRAIN_SECONDS = 30.0
#: what waits to be done after answers; each is a row or two
MOST_AFTERWARDS = 200
#: milliseconds within which it is begun
LATEST_AFTERWARDS = 250
#: the page for a form that is larger than the application would ever read; nginx shows it too (README, Deploy)
TOO_LARGE = Path(__file__).parent.parent / "web" / "static" / "khet" / "too-large.html"
#: where it says the limit: nginx (SSI) and we put it in; without either it is a comment
LIMIT = b'<!--# echo var="limit" encoding="none" default="" -->'

#: bytes of a form beside its file
FORM_ROOM = 2 * MEBIBYTE


class _Refusal(ErrorTask):
    def execute(self) -> None:
        if not isinstance(self.request.error, RequestEntityTooLarge):
            super().execute()
            return
        limit = (self.channel.adj.max_request_body_size - FORM_ROOM) // MEBIBYTE
        words = f'<p>แต่ละไฟล์มีขนาดได้ไม่เกิน {limit} MB</p>\n<p lang="en">A file has at most {limit} MB.</p>'
        body = TOO_LARGE.read_bytes().replace(LIMIT, words.encode())
        self.status = "413 Request Entity Too Large"
        self.response_headers += [("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store")]
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class _Channel(HTTPChannel):
    error_task_class = _Refusal

    @property
    def at_work(self) -> bool:
        """A request is arriving, being answered, or its answer still going out."""
        return bool(self.requests or self.total_outbufs_len or self.request is not None)


class _Afterwards:
    """Does what is left to do once answers are out, in a thread of its own, so that no line waits for it."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._waiting: queue.Queue[Callable[[], None] | None] = queue.Queue(MOST_AFTERWARDS)
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run, name="afterwards", daemon=True)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        environ[AFTERWARDS] = self.take
        return self._app(environ, start_response)

    def take(self, work: Callable[[], None]) -> None:
        """Do it soon; at once where so much waits that whoever asks for more has to wait too."""
        try:
            self._waiting.put_nowait(work)
        except queue.Full:
            work()

    def start(self) -> None:
        self._thread.start()

    def end(self, seconds: float) -> None:
        """Come back when all of it is done, or after so long."""
        self._ends.set()
        self._waiting.put(None)
        self._thread.join(seconds)

    def _run(self) -> None:
        """At no time that somebody could aim at: what is at work makes the pages of that moment a little slower."""
        while (work := self._waiting.get()) is not None:
            self._ends.wait(secrets.randbelow(LATEST_AFTERWARDS) / 1000)
            work()


def most_lines() -> int:
    """How many lines may be open at once: no more than the system lets this process open files, which is raised here as
    far as it may be. A service begins with 1,024, and an office has more."""
    if not hasattr(psutil, "RLIMIT_NOFILE"):  # not Linux
        return MOST_LINES
    process, wanted = psutil.Process(), MOST_LINES + OTHER_FILES
    soft, hard = (sys.maxsize if one == psutil.RLIM_INFINITY else one for one in process.rlimit(psutil.RLIMIT_NOFILE))
    if soft < wanted:
        soft = min(wanted, hard)
        process.rlimit(psutil.RLIMIT_NOFILE, (soft, hard if hard < sys.maxsize else psutil.RLIM_INFINITY))
    if soft >= wanted:
        return MOST_LINES
    log.warning("this process may open %s files: so many browsers are not answered at once as it could be", soft)
    return max(soft - OTHER_FILES, soft // 2)


class HttpServer:
    """A server that listens on an address, until it is told to stop.

    Raises OSError where the address cannot be opened.
    """

    def __init__(self, app: Flask, host: str, port: int, **more: Any) -> None:
        self._sockets: dict[int, Any] = {}
        self._afterwards = _Afterwards(app)
        self._most_lines = most_lines()
        self._server = waitress.create_server(
            self._afterwards, map=self._sockets, host=host, port=port, connection_limit=self._most_lines,
            **SERVER, **more,
        )  # fmt: skip
        self._doors = self._servers()
        for one in self._doors:
            one.channel_class = _Channel
        #: where it listens, also where the port that was asked for is 0
        self.port: int = self._doors[0].effective_port
        self._stop = threading.Event()

    def _servers(self) -> list[Any]:
        return [one for one in self._sockets.values() if isinstance(one, BaseWSGIServer)]

    def _lines(self) -> list[_Channel]:
        return [one for one in self._sockets.values() if isinstance(one, _Channel)]

    def stop(self, *_signal: Any) -> None:
        """Take no new request, answer those that are there, and let `run` come back; the second call does not wait."""
        if self._stop.is_set():
            raise SystemExit(1)
        self._stop.set()
        for one in self._doors:
            with suppress(OSError):  # the loop has seen the stop by itself, and is gone
                one.trigger.pull_trigger()  # wakes it

    def run(self, ready: Callable[[], None] = lambda: None) -> None:
        """Serve until stopped, by `stop`, SIGTERM or Ctrl+C."""
        if threading.current_thread() is threading.main_thread():
            for name in ("SIGTERM", "SIGINT", "SIGBREAK"):
                if hasattr(signal, name):
                    signal.signal(getattr(signal, name), self.stop)
        self._afterwards.start()
        ready()
        while not self._stop.is_set():
            self._turn()
        self._drain()

    def _turn(self, seconds: float = 1.0) -> None:
        wasyncore.loop(timeout=seconds, use_poll=SERVER["asyncore_use_poll"], map=self._sockets, count=1)
        self._make_room()

    def _make_room(self) -> None:
        """Where nearly all lines are taken, those go on which nothing is answered, who was silent longest first.

        A browser opens another by itself; whoever opens thousands and sends half a request on each keeps nobody out.
        """
        room = int(self._most_lines * CROWDED)
        if len(self._sockets) <= room:
            return
        silent = sorted((line for line in self._lines() if not line.requests), key=lambda line: line.last_activity)
        for line in silent[: len(self._sockets) - room]:
            line.handle_close()

    def _drain(self) -> None:
        dispatchers = {one.task_dispatcher for one in self._servers()}
        for one in self._servers():
            wasyncore.dispatcher.close(one)  # only its door: its trigger still wakes the loop for an answer
        until = time.monotonic() + DRAIN_SECONDS
        while any(line.at_work for line in self._lines()) and time.monotonic() < until:
            for line in self._lines():
                line.will_close = line.will_close or not line.at_work
            self._turn(0.05)
        if left := sum(line.at_work for line in self._lines()):
            log.warning("%s requests were not answered within %.0f s of the stop", left, DRAIN_SECONDS)
        for dispatcher in dispatchers:
            dispatcher.shutdown(timeout=1)
        self._afterwards.end(DRAIN_SECONDS)
        wasyncore.close_all(self._sockets)

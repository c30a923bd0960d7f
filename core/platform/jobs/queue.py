"""Wakes workers: threads of this process, or over Redis or PostgreSQL (KHET_JOBS_URL, by huey) those of others.

A wake-up only says that there is work; which job goes first says the database. A lost one costs seconds, never a job.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from queue import SimpleQueue
from typing import TYPE_CHECKING

from flask import Flask

from core.base.config import Settings
from core.platform.jobs import runner
from core.platform.jobs.kind import LAST, USUAL

if TYPE_CHECKING:
    from core.platform.jobs.broker import Broker

log = logging.getLogger(__name__)

#: how long a stop waits for jobs that are about to end by themselves
GRACE_SECONDS = 2.0


class Queue:
    """Wakes workers. `start` runs them in this process."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        self.app = app
        self._waker: _Threads | Broker = _Threads(self._work)
        self._workers, self._last, self._stopped = 0, 0, False
        self._lock = threading.Lock()
        if settings.jobs_url:
            # huey and every driver it knows: an office without a broker has no use for them
            from core.platform.jobs.broker import Broker

            self._waker = Broker(settings, self._work)

    def _work(self, _job_id: int) -> None:
        """Take what goes first, until nothing is left."""
        while not self._stopped and self._one():
            pass

    def _one(self) -> bool:
        """Run the job that goes first; False where there is none for this worker.

        What goes LAST never takes the last worker of a process that has several: it may be slow, and others wait.
        """
        database = self.app.extensions["khet"].database
        for job_id in runner.waiting(database, USUAL):
            if runner.run(self.app, job_id):
                return True
        with self._lock:
            if self._last >= max(1, self._workers - 1):
                return False
            self._last += 1
        try:
            return any(runner.run(self.app, job_id) for job_id in runner.waiting(database, LAST)[:5])
        finally:
            with self._lock:
                self._last -= 1

    def wake(self, job_ids: list[int]) -> None:
        """Tell a worker. A broken broker is logged and survived: the sweep finds the rows."""
        for job_id in job_ids:
            try:
                self._waker.put(job_id)
            except Exception:
                log.exception("job %s: no worker could be woken", job_id)

    def start(self, workers: int = 2) -> None:
        """Run workers as threads of this process. They begin with what was left at the last stop."""
        self._workers, self._stopped = workers, False
        self._waker.start(workers)

    def stop(self) -> None:
        """Take nothing more, wait a moment for what is about to end, and give the rest back for the next start."""
        self._stopped = True
        self._waker.stop()
        until = time.monotonic() + GRACE_SECONDS
        while runner.busy() and time.monotonic() < until:
            time.sleep(0.05)
        try:
            runner.give_back(self.app.extensions["khet"])
        except Exception:
            log.exception("jobs were not given back; they go on when their lease ends")


class _Threads:
    """Workers beside a web server. They end with the process, in the midst of a job if need be."""

    def __init__(self, work: Callable[[int], None]) -> None:
        self._work = work
        self._ids: SimpleQueue[int | None] = SimpleQueue()
        self._number = 0

    def put(self, job_id: int) -> None:
        """Wake one, unless enough wake-ups lie there already: who wakes takes all there is."""
        if self._ids.qsize() < self._number:
            self._ids.put(job_id)

    def start(self, number: int) -> None:
        """Begin to work."""
        self._number = number
        for _n in range(number):
            threading.Thread(target=self._loop, daemon=True, name="jobs").start()
            self._ids.put(0)

    def stop(self) -> None:
        """Take no more jobs."""
        for _n in range(self._number):
            self._ids.put(None)
        self._number = 0

    def _loop(self) -> None:
        while (job_id := self._ids.get()) is not None:
            try:
                self._work(job_id)
            except Exception:
                log.exception("jobs")

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
from core.platform.jobs.kind import FIRST, LAST, USUAL

if TYPE_CHECKING:
    from core.platform.jobs.broker import Broker

log = logging.getLogger(__name__)

#: how long a stop waits for jobs that are about to end by themselves
GRACE_SECONDS = 2.0
#: one is kept for errands, one for what people wait for
WORKERS = 3


class Queue:
    """Wakes workers. `start` runs them in this process."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        self.app = app
        self._threads = _Threads(self._work)
        self._broker: Broker | None = None
        self._workers, self._stopped = 0, False
        self._free = threading.BoundedSemaphore(1)
        #: places that are held, by rank; whether somebody found none since one was given back
        self._held, self._refused = dict.fromkeys((FIRST, USUAL, LAST), 0), False
        self._lock = threading.Lock()
        if settings.jobs_url:
            # huey and every driver it knows: an office without a broker has no use for them
            from core.platform.jobs.broker import Broker

            self._broker = Broker(settings, self._work)

    def _work(self, _job_id: int) -> None:
        """Take what goes first, until nothing is left; no more of us at once than there are workers."""
        free = self._free
        if not free.acquire(blocking=False):
            return
        try:
            while not self._stopped and self._one():
                pass
        finally:
            free.release()

    def _one(self) -> bool:
        """Run the job that goes first; False where there is none for this worker.

        What may be slow never takes the last worker of a process that has several: an import and a stack of scans leave
        one for a letter that is to be delivered, and what goes LAST leaves one more.
        """
        database = self.app.extensions["khet"].database
        for rank in self._held:
            if not self._take(rank):
                return False
            try:
                if any(runner.run(self.app, job_id) for job_id in runner.waiting(database, rank)[:5]):
                    return True
            finally:
                again = self._give_back(rank)
            if again:
                return True
        return False

    def _take(self, rank: int) -> bool:
        """Take a place for a job of this rank, where those before it keep theirs."""
        with self._lock:
            free = sum(held for of, held in self._held.items() if of >= rank) < max(1, self._workers - rank)
            self._held[rank] += free
            self._refused = self._refused or not free
            return free

    def _give_back(self, rank: int) -> bool:
        """Whether somebody found no place meanwhile, and what they came for may lie there still."""
        with self._lock:
            self._held[rank] -= 1
            again, self._refused = self._refused, False
            return again

    def wake(self, job_ids: list[int]) -> None:
        """Tell a worker: one of this process where it works, so that its own look finds the rows without a broker."""
        waker = self._broker if self._broker is not None and not self._workers else self._threads
        for job_id in job_ids:
            waker.put(job_id)

    def start(self, workers: int = WORKERS) -> None:
        """Run workers as threads of this process. They begin with what was left at the last stop."""
        self._workers, self._stopped, self._free = workers, False, threading.BoundedSemaphore(workers)
        self._threads.start(workers)
        if self._broker is not None:
            self._broker.start(workers)

    def stop(self) -> None:
        """Take nothing more, wait a moment for what is about to end, and give the rest back for the next start."""
        self._stopped = True
        self._threads.stop()
        if self._broker is not None:
            self._broker.stop()
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

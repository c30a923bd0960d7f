"""Runs jobs: claims the row by a lease, keeps it with a heartbeat, does the work as the user who asked.

The row in the database is the job; a worker only has to be woken: a thread of this process by default, or over Redis
or PostgreSQL (KHET_JOBS_URL, by huey) one in a process of its own. A wake-up that is lost costs seconds, never a job:
`waiting` finds rows that nobody works on.
"""

from __future__ import annotations

import logging
import secrets
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from queue import SimpleQueue
from typing import IO, TYPE_CHECKING, Any, cast

from flask import Flask, g
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import or_, select, update

from core import disk
from core.config import Settings
from core.db.base import utc_now
from core.db.database import Database
from core.db.scope import KhetSession, Scope
from core.errors import NotFound, RuleError
from core.identity import Actor
from core.jobs.kind import JobKind
from core.jobs.models import DONE, FAILED, QUEUED, RUNNING, Job
from core.notices import services as notices

if TYPE_CHECKING:
    from core.jobs.broker import Broker

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
HEARTBEAT_SECONDS = 15.0
MOST_ATTEMPTS = 3
#: results are kept this long
KEPT = timedelta(days=7)


class LeaseLost(Exception):
    """Another worker has taken the job over: this one stops at once and writes nothing more."""


class Running:
    """A job at work: who asked, with what, and how it reports."""

    def __init__(self, app: Flask, job: Job, actor: Actor | None, worker: str) -> None:
        self.app, self.worker = app, worker
        self.actor = cast(Actor, actor)  # None for an errand whose cause is gone; errands do not ask
        self.id, self.district_id, self.params, self.locale = job.id, job.district_id, dict(job.params), job.locale
        self.cursor, self.done, self.total = job.cursor, job.done, job.total
        self.result = self.result_name = self.message = ""

    @property
    def database(self) -> Database:
        return cast(Database, self.app.extensions["khet"].database)

    def beat(self, session: KhetSession | None = None, **values: Any) -> None:
        """Write progress and renew the lease, in `session`'s transaction or at once. Raises LeaseLost."""
        if session is None:
            with self.database.system("job progress", write=True) as own:
                self.beat(own, **values)
            return
        found = session.execute(
            update(Job)
            .where(Job.id == self.id, Job.worker == self.worker, Job.state == RUNNING)
            .values(lease_until=utc_now() + LEASE, **values)
        )
        if found.rowcount == 0:  # type: ignore[attr-defined]
            raise LeaseLost

    def progress(self, done: int, total: int) -> None:
        """Say how far it is."""
        self.done, self.total = done, total
        self.beat(done=done, total=total)

    def need(self, plugin: str, resource: str, verb: str) -> None:
        """The walls of a page: plugin on, right held. Raises RuleError otherwise."""
        khet = self.app.extensions["khet"]
        with self.database.district(self.district_id, "switches", write=False) as session:
            on = khet.switchboard.effective(session, self.district_id)
        if plugin not in on or not self.actor.may(resource, verb):
            raise RuleError(_("You may not do this any more."))

    def view(self, name: str, verb: str) -> Any:
        """A view behind the same walls as its pages. Raises RuleError where one is closed."""
        view = self.app.extensions["khet"].views.get(name)
        if view is None:
            raise RuleError(_("You may not do this any more."))
        self.need(view.plugin, view.resource, verb)
        return view

    @contextmanager
    def page(
        self, query: str = "", form: Any = None, *, write: bool = False, system_scope: str | None = None
    ) -> Iterator[KhetSession]:  # fmt: skip
        """Stand where the user stood: their actor, language, address and a session of their scope.

        Yields the session; what it wrote is committed at the end. A writing one is kept short: on SQLite it
        holds the lock, and even this job's own progress waits for it.
        """
        method = "POST" if form is not None else "GET"
        actor = self.actor
        scope = Scope(
            system_scope or "job", None if system_scope else self.district_id, actor.user_id, actor.name,
            actor.clearance, write=write,
        )  # fmt: skip
        with self.app.test_request_context(query_string=query, method=method, data=form):
            g.actor, g.csrf_valid = actor, True
            with force_locale(self.locale), self.database.open(scope) as session:
                g.db = session
                try:
                    yield session
                finally:
                    g.pop("db", None)

    def keep(self, file: IO[bytes], name: str) -> None:
        """Keep a file as the job's result; only who asked can fetch it."""
        self.result, self.result_name = secrets.token_hex(20), name[:200]
        path = result_path(self.app.extensions["khet"].settings, self.district_id, self.result)
        with disk.new_file(path) as target:
            shutil.copyfileobj(file, target)


def result_path(settings: Settings, district_id: int, result: str) -> Path:
    """Where a job's result lies."""
    return settings.data_dir / "jobs" / str(district_id) / result


def _claim(database: Database, job_id: int, worker: str, kinds: dict[str, JobKind]) -> bool:
    """Take the lease of a job that waits, or whose worker is gone; fail one that must not be repeated."""
    now = utc_now()
    with database.system("claim job", write=True) as session:
        job = session.get(Job, job_id)
        if job is None or job.state not in (QUEUED, RUNNING):
            return False
        lost = job.state == RUNNING
        if lost and job.lease_until is not None and job.lease_until > now:
            return False
        kind = kinds.get(job.kind)
        values: dict[str, Any] = {
            "state": RUNNING, "worker": worker, "lease_until": now + LEASE, "attempts": job.attempts + 1,
        }  # fmt: skip
        if kind is None or (lost and not kind.repeatable) or job.attempts >= MOST_ATTEMPTS:
            with force_locale(job.locale):
                message = _("The worker stopped before the end. Look at what is there before you ask again.")
            values = {"state": FAILED, "ended_at": now, "lease_until": None, "message": message}
        taken = session.execute(
            update(Job)
            .where(Job.id == job_id, Job.state == job.state, Job.attempts == job.attempts)
            .values(**values)
            .execution_options(synchronize_session=False)
        )
        return taken.rowcount == 1 and values["state"] == RUNNING  # type: ignore[attr-defined]


def run(app: Flask, job_id: int) -> bool:
    """Run one job if it is to be had; returns whether it was run. Never raises: a failure is on the job."""
    khet = app.extensions["khet"]
    kinds: dict[str, JobKind] = khet.registry.job_kinds
    worker = secrets.token_hex(8)
    with app.app_context():
        if not _claim(khet.database, job_id, worker, kinds):
            return False
        with khet.database.system("job") as session:
            job = session.get(Job, job_id)
            assert job is not None
        with app.test_request_context():
            actor = khet.actor(job.user_id)
        if actor is None and not kinds[job.kind].quiet:
            _end(khet.database, job_id, worker, FAILED, "The user is locked.")
            return True
        running = Running(app, job, actor, worker)
        stop = threading.Event()
        threading.Thread(target=_keep_alive, args=(running, stop), daemon=True).start()
        try:
            kinds[job.kind].run(running)
            _end(khet.database, job_id, worker, DONE, running.message, running)
        except LeaseLost:
            log.warning("job %s was taken over", job_id)
        except (RuleError, NotFound) as error:
            message = str(getattr(error, "message", "")) or "404"
            _end(khet.database, job_id, worker, FAILED, message, running)
        except Exception:
            reference = secrets.token_hex(4)
            log.exception("job %s, error %s", job_id, reference)
            with app.test_request_context(), force_locale(job.locale):
                message = _("Something went wrong. If it happens again, tell this number: %(number)s", number=reference)
            _end(khet.database, job_id, worker, FAILED, message, running)
        finally:
            stop.set()
    return True


def _keep_alive(running: Running, stop: threading.Event) -> None:
    while not stop.wait(HEARTBEAT_SECONDS):
        try:
            running.beat()
        except LeaseLost:
            return
        except Exception:
            log.exception("heartbeat of job %s", running.id)


def _end(
    database: Database, job_id: int, worker: str, state: str, message: str, running: Running | None = None
) -> None:
    """Write the end and tell who asked, in one transaction."""
    with database.system("job ends", write=True) as session:
        job = session.get(Job, job_id)
        if job is None or job.worker != worker or job.state != RUNNING:
            return
        job.state, job.message, job.ended_at, job.lease_until = state, message[:300], utc_now(), None
        if running is not None:
            job.result, job.result_name = running.result, running.result_name
            if state == DONE and job.total:
                job.done = job.total
        account = None if job.quiet else notices.account(session, job.user_id)
        if account is not None:
            with force_locale(job.locale):
                said = (
                    _("Done: %(title)s", title=job.title) if state == DONE else _("Failed: %(title)s", title=job.title)
                )
            notices.notify(session, account, "core.job_ended", said, job, "JobView")


def waiting(database: Database) -> list[int]:
    """Jobs that nobody works on: queued, or left by a worker that is gone."""
    with database.system("jobs") as session:
        free = or_(Job.state == QUEUED, (Job.state == RUNNING) & (Job.lease_until < utc_now()))
        return list(session.scalars(select(Job.id).where(free).order_by(Job.id).limit(100)))


def run_all(app: Flask) -> int:
    """Run what waits, in this thread; for tests and `app.py work --once`."""
    return sum(run(app, job_id) for job_id in waiting(app.extensions["khet"].database))


def sweep_results(database: Database, settings: Settings, district_id: int) -> None:
    """Delete jobs and their files a week after their end."""
    with database.district(district_id, "housekeeping") as session:
        old = select(Job).where(Job.ended_at < utc_now() - KEPT).limit(200)
        for job in session.scalars(old).all():
            if job.result:
                result_path(settings, district_id, job.result).unlink(missing_ok=True)
            session.delete(job)


class Queue:
    """Wakes workers. `start` runs them in this process."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        self.app = app
        self._waker: _Threads | Broker = _Threads(self._run)
        if settings.jobs_url:
            from core.jobs.broker import Broker  # huey and every driver it knows: an office without a broker has no use

            self._waker = Broker(settings, self._run)

    def _run(self, job_id: int) -> None:
        run(self.app, job_id)

    def wake(self, job_ids: list[int]) -> None:
        """Tell a worker. A broken broker is logged and survived: the sweep finds the rows."""
        for job_id in job_ids:
            try:
                self._waker.put(job_id)
            except Exception:
                log.exception("job %s: no worker could be woken", job_id)

    def start(self, workers: int = 2) -> None:
        """Run workers as threads of this process."""
        self._waker.start(workers)

    def stop(self) -> None:
        """Let the workers end after what they are at; a job that is cut off is taken over later."""
        self._waker.stop()


class _Threads:
    """Workers beside a web server. They end with the process, in the midst of a job if need be."""

    def __init__(self, work: Callable[[int], None]) -> None:
        self._work = work
        self._ids: SimpleQueue[int | None] = SimpleQueue()
        self._number = 0

    def put(self, job_id: int) -> None:
        """Wake one for a job."""
        self._ids.put(job_id)

    def start(self, number: int) -> None:
        """Begin to work."""
        self._number = number
        for _n in range(number):
            threading.Thread(target=self._loop, daemon=True, name="jobs").start()

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
                log.exception("job %s", job_id)

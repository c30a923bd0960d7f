"""Runs jobs: claims the row by a lease, keeps it with a heartbeat, does the work as the user who asked.

Who wakes workers stands in queue.py. A job whose process died while it ran is taken up by another; the second death
ends it, so that what kills a process does not kill one for ever. No death is: a planned stop (the lease is given back
and the job goes on at the next start), a start of the machine since the last heartbeat, a lease that this very process
lost because the database was away.
"""

from __future__ import annotations

import logging
import secrets
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import IO, Any, cast

import psutil
from flask import Flask, g
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from core.base import disk
from core.base.config import Settings
from core.base.errors import NotFound, RuleError
from core.base.identity import Actor
from core.platform.jobs import services
from core.platform.jobs.kind import LAST, JobKind
from core.platform.jobs.models import DONE, FAILED, QUEUED, RUNNING, Job
from core.platform.notices import services as notices
from core.storage.base import utc_now
from core.storage.database import Database
from core.storage.scope import KhetSession, Scope

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
HEARTBEAT_SECONDS = 15.0
MOST_DEATHS = 2
#: with the machine restarted or the database away each time
MOST_ATTEMPTS = 10
#: begins the name of every worker of this process
PROCESS = secrets.token_hex(4)
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
        self.user_id = job.user_id
        self.cursor, self.done, self.total = job.cursor, job.done, job.total
        self.result = self.result_name = self.message = ""
        #: the right under which the result is made: whoever fetches it must hold it still
        self.under: dict[str, Any] = {}

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
        """The checks of a page: plugin on, right held. Raises RuleError otherwise."""
        khet = self.app.extensions["khet"]
        with self.database.district(self.district_id, "switches", write=False) as session:
            on = khet.switchboard.effective(session, self.district_id)
        if plugin not in on or not self.actor.may(resource, verb):
            raise RuleError(_("You may not do this any more."))
        self.under = services.right_of(self.actor, plugin, resource, verb)

    def view(self, name: str, verb: str) -> Any:
        """A view behind the same checks as its pages. Raises RuleError where one is closed."""
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
        """Keep a file as the job's result; only who asked can fetch it, and under the right that `need` asked."""
        assert self.under, "a result belongs to a right: ask it with need() first"
        self.result, self.result_name = secrets.token_hex(20), name[:200]
        path = result_path(self.app.extensions["khet"].settings, self.district_id, self.result)
        with disk.new_file(path) as target:
            shutil.copyfileobj(file, target)


def result_path(settings: Settings, district_id: int, result: str) -> Path:
    """Where a job's result lies."""
    return settings.data_dir / "jobs" / str(district_id) / result


#: jobs that this process works on, with the name of their worker, so that a stop gives them back
_at_work: dict[int, str] = {}


def _claim(database: Database, job_id: int, worker: str, kinds: dict[str, JobKind]) -> str | None:
    """Take the lease of a job that waits, or whose worker is gone. Returns "" where it is to be run, why it is to be
    ended otherwise, and None where it is not to be had."""
    now = utc_now()
    with database.system("claim job", write=True) as session:
        job = session.get(Job, job_id)
        if job is None or job.state not in (QUEUED, RUNNING):
            return None
        lost = job.state == RUNNING
        if lost and job.lease_until is not None and job.lease_until > now:
            return None
        kind, deaths = kinds.get(job.kind), job.deaths + (lost and _died(job))
        with force_locale(job.locale):
            if job.params.get(services.STOPPED):
                end = _("Stopped by you.")
            elif kind is None or (lost and not kind.repeatable):
                end = _("The worker stopped before the end. Look at what is there before you ask again.")
            elif deaths >= MOST_DEATHS:
                end = _("Ended, because Khet stopped twice while it was at this.")
            elif job.attempts >= MOST_ATTEMPTS:
                end = _("Ended, because it was cut off %(count)s times.", count=job.attempts)
            else:
                end = ""
        taken = session.execute(
            update(Job)
            .where(Job.id == job_id, Job.state == job.state, Job.attempts == job.attempts, Job.worker == job.worker)
            .values(state=RUNNING, worker=worker, lease_until=now + LEASE, attempts=job.attempts + 1, deaths=deaths)
            .execution_options(synchronize_session=False)
        )
        return end if taken.rowcount == 1 else None


def _died(job: Job) -> bool:
    """Whether the process of a job whose lease ran out died by itself."""
    if job.worker.startswith(PROCESS) or job.lease_until is None:
        return False
    return psutil.boot_time() <= (job.lease_until - LEASE).timestamp()


def run(app: Flask, job_id: int) -> bool:
    """Run one job if it is to be had; returns whether it was run. Never raises: a failure is on the job."""
    khet = app.extensions["khet"]
    worker = PROCESS + secrets.token_hex(8)
    with app.app_context():
        end = _claim(khet.database, job_id, worker, khet.registry.job_kinds)
        if end is None:
            return False
        with khet.database.system("job") as session:
            job = session.get(Job, job_id)
            assert job is not None
        with app.test_request_context():
            actor = khet.actor(job.user_id)
        with force_locale(job.locale):  # whatever is written on the job is read by who asked for it
            return _do(Running(app, job, actor, worker), khet.registry.job_kinds.get(job.kind), end)


def _do(running: Running, kind: JobKind | None, end: str) -> bool:
    """Do the work of a job that is ours, or end it where `end` says why; returns whether it was run."""
    database, job_id, worker = running.database, running.id, running.worker
    if end or kind is None:
        _fail(running, kind, end)
        return False
    if running.actor is None and not kind.quiet:
        _fail(running, kind, _("Your account was locked when this was to be done."))
        return True
    stop = threading.Event()
    threading.Thread(target=_keep_alive, args=(running, stop), daemon=True).start()
    _at_work[job_id] = worker
    try:
        kind.run(running)
        _end(database, job_id, worker, DONE, running.message, running)
    except LeaseLost:
        log.warning("job %s was taken over", job_id)
    except OperationalError:
        log.exception("job %s: the database did not answer; it is taken up again", job_id)
    except RuleError as error:
        _fail(running, kind, str(error.message))
    except NotFound:
        _fail(running, kind, _("What this work was about is not there any more, or not open to you."))
    except Exception:
        reference = secrets.token_hex(4)
        log.exception("job %s, error %s", job_id, reference)
        _fail(
            running,
            kind,
            _("Something went wrong. If it happens again, tell this number: %(number)s", number=reference),
        )
    finally:
        _at_work.pop(job_id, None)
        stop.set()
    return True


def _fail(running: Running, kind: JobKind | None, why: str) -> None:
    """End badly. What its kind does about it comes before the end is written: where that fails too, the job is taken
    up once more."""
    own = kind is not None and kind.failed is not None
    try:
        if kind is not None and kind.failed is not None:
            kind.failed(running, why)
        _end(running.database, running.id, running.worker, FAILED, why, running, told=own)
    except Exception:
        log.exception("the end of job %s", running.id)


def busy() -> bool:
    """Whether this process works on a job."""
    return bool(_at_work)


def give_back(khet: Any) -> None:
    """A planned stop: what this process works on is free at once, and counts as not tried. What must not be repeated
    is left to its lease, and fails visibly where it does not end in time."""
    repeatable = [key for key, kind in khet.registry.job_kinds.items() if kind.repeatable]
    for job_id, worker in list(_at_work.items()):
        with khet.database.system("job given back", write=True) as session:
            session.execute(
                update(Job)
                .where(Job.id == job_id, Job.worker == worker, Job.state == RUNNING, Job.kind.in_(repeatable))
                .values(state=QUEUED, worker="", lease_until=None, attempts=Job.attempts - 1)
                .execution_options(synchronize_session=False)
            )


def _keep_alive(running: Running, stop: threading.Event) -> None:
    while not stop.wait(HEARTBEAT_SECONDS):
        try:
            running.beat()
        except LeaseLost:
            return
        except Exception:
            log.exception("heartbeat of job %s", running.id)


def _said(job: Job) -> str:
    """How it ended; what ended with a remark, such as that there was nothing to read, not without it."""
    if job.state != DONE:
        return _("Failed: %(title)s", title=job.title)
    if job.message:
        return _("Ended: %(title)s – %(message)s", title=job.title, message=job.message)
    return _("Done: %(title)s", title=job.title)


def _end(
    database: Database, job_id: int, worker: str, state: str, message: str, running: Running | None = None, *,
    told: bool = False,
) -> None:  # fmt: skip
    """Write the end and tell who asked, in one transaction; of an errand only where it failed and nobody was `told`."""
    with database.system("job ends", write=True) as session:
        job = session.get(Job, job_id)
        if job is None or job.worker != worker or job.state != RUNNING:
            return
        job.state, job.message, job.ended_at, job.lease_until = state, message[:300], utc_now(), None
        if running is not None:
            job.result, job.result_name = running.result, running.result_name
            job.params = {**job.params, services.UNDER: running.under} if running.result else job.params
            if state == DONE and job.total:
                job.done = job.total
        account = None if told or (job.quiet and state == DONE) else notices.account(session, job.user_id)
        if account is not None:
            with force_locale(job.locale):
                said = _said(job)
            notices.notify(session, account, "core.job_ended", said, job, "JobView")


def waiting(database: Database, rank: int = LAST) -> list[int]:
    """Jobs that nobody works on, queued or left by a worker that is gone, of this rank or before it; who goes first
    stands first. Two statements, each in the order of an index."""
    with database.system("jobs") as session:
        queued = select(Job.id, Job.rank).where(Job.state == QUEUED, Job.rank <= rank)
        left = select(Job.id, Job.rank).where(Job.state == RUNNING, Job.lease_until < utc_now(), Job.rank <= rank)
        found = [
            *session.execute(queued.order_by(Job.rank, Job.id).limit(100)),
            *session.execute(left.order_by(Job.lease_until).limit(100)),
        ]
    return [job_id for job_id, _rank in sorted(found, key=lambda row: (row[1], row[0]))]


def run_all(app: Flask) -> int:
    """Run what waits, in this thread; for tests and `app.py work --once`."""
    return sum(run(app, job_id) for job_id in waiting(app.extensions["khet"].database))


def sweep_results(session: KhetSession, settings: Settings) -> None:
    """Delete jobs of the session's district and their files a week after their end."""
    old = select(Job).where(Job.ended_at < utc_now() - KEPT).limit(200)
    for job in session.scalars(old).all():
        if job.result:
            result_path(settings, job.district_id, job.result).unlink(missing_ok=True)
        session.delete(job)

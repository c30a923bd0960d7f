"""Asking for long work, and finding it again. Who runs it stands in runner.py."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select

from core.base.errors import NotFound, RuleError
from core.base.identity import Actor
from core.platform.jobs.kind import FIRST, USUAL
from core.platform.jobs.models import DONE, FAILED, QUEUED, RUNNING, Job
from core.storage.base import utc_now
from core.storage.scope import KhetSession

MOST_OPEN = 5
#: key under which a session remembers the jobs to wake workers for after its commit
TO_WAKE = "jobs_to_wake"
#: key in a job's params of the right under which its result was made
UNDER = "under"
#: key in a job's params: whoever asked for it wants it no longer
STOPPED = "stopped"


def enqueue(
    session: KhetSession, kind: str, title: str, params: dict[str, Any], *, locale: str = "th", total: int = 0,
    district_id: int | None = None, quiet: bool = False, rank: int | None = None,
) -> Job:  # fmt: skip
    """Write a job into this transaction: it exists if and only if what asks for it does.

    It runs as the session's user. Raises RuleError when that user has MOST_OPEN unfinished ones. `quiet`: its kind is.
    Errands go first, what people ask for after them; `rank` says otherwise.
    """
    user_id = session.scope.user_id
    assert user_id is not None, "a job has somebody who asked for it"
    waiting = select(func.count(Job.id)).where(
        Job.user_id == user_id, Job.state.in_([QUEUED, RUNNING]), Job.quiet.is_(False)
    )
    if not quiet and (session.scalar(waiting) or 0) >= MOST_OPEN:
        raise RuleError(_("You have %(most)s jobs running. Wait until one of them is done.", most=MOST_OPEN))
    rank = (FIRST if quiet else USUAL) if rank is None else rank
    facts = {"kind": kind, "title": title[:200], "params": params, "locale": locale, "total": total}
    job = Job(user_id=user_id, quiet=quiet, rank=rank, **facts)
    job.district_id = session.scope.district_id or district_id or 0
    session.add(job)
    session.flush()
    session.info.setdefault(TO_WAKE, []).append(job.id)
    return job


def mine(session: KhetSession, user_id: int, job_id: int) -> Job:
    """A job of that user. Raises NotFound: nobody sees another's."""
    job = session.get(Job, job_id)
    if job is None or job.user_id != user_id:
        raise NotFound
    return job


def latest(session: KhetSession, user_id: int) -> list[Job]:
    """The user's jobs, newest first."""
    return list(
        session.scalars(
            select(Job).where(Job.user_id == user_id, Job.quiet.is_(False)).order_by(Job.id.desc()).limit(50)
        )
    )


def right_of(actor: Actor, plugin: str, resource: str, verb: str) -> dict[str, Any]:
    """A right as the actor holds it now, to be kept with what was made under it."""
    units = actor.units(resource, verb)
    return {
        "plugin": plugin, "resource": resource, "verb": verb, "clearance": actor.clearance,
        "units": None if units.everywhere else sorted(units.ids),
    }  # fmt: skip


def may_have(job: Job, actor: Actor, plugins: Collection[str]) -> bool:
    """Whether the actor may fetch the job's result today: the right under which it was made is held at every unit at
    which it was held then, the clearance is no lower, and the module is on (`plugins`)."""
    under = job.params.get(UNDER)
    if not under or under["plugin"] not in plugins or under["clearance"] > actor.clearance:
        return False
    units = actor.units(under["resource"], under["verb"])
    return units.everywhere or (bool(units) and under["units"] is not None and units.ids.issuperset(under["units"]))


def stop(session: KhetSession, job: Job, *, mends: bool = False) -> None:
    """End a job that waits or runs: its worker notices at its next report and leaves no result.

    `mends`: its kind has something to do at a bad end; a worker ends it, before any other work.
    """
    if job.state not in (QUEUED, RUNNING):
        raise RuleError(_("The work is over already."))
    if mends:
        job.params, job.state, job.worker, job.lease_until = {**job.params, STOPPED: True}, QUEUED, "", None
        job.rank = FIRST
        session.info.setdefault(TO_WAKE, []).append(job.id)
        session.flush()
        return
    job.state, job.ended_at, job.lease_until, job.message = FAILED, utc_now(), None, _("Stopped by you.")
    session.flush()


def repeat(session: KhetSession, job: Job) -> None:
    """Run a failed job again, from where it stopped. The caller has asked whether its kind allows it."""
    if job.state != FAILED:
        raise RuleError(_("Only a job that failed can be tried again."))
    job.params = {name: value for name, value in job.params.items() if name != STOPPED}
    job.state, job.attempts, job.deaths, job.message, job.lease_until, job.ended_at = QUEUED, 0, 0, "", None, None
    session.info.setdefault(TO_WAKE, []).append(job.id)
    session.flush()


__all__ = ["DONE", "FAILED", "QUEUED", "RUNNING", "enqueue", "latest", "mine", "repeat", "stop"]

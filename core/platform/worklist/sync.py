"""Keeps the waiting table in step: a record says what it waits for, and every flush of it is followed up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import event, select
from sqlalchemy.orm import Session, UOWTransaction

from core.platform.worklist import telling
from core.platform.worklist.models import WorklistRow
from core.storage.base import utc_now
from core.storage.scope import KhetSession

_CHANGED = "waiting_changed"


@dataclass(frozen=True)
class WorkItem:
    """For whom a record waits: `user_id`, whoever holds the position `post` (HeldPost.key) and may read it, or
    everybody who holds `verb` on `resource` at `unit_id`.

    `view` opens it; `urgency` is 0–3, more first; `due_at` is aware.
    """

    view: str
    resource: str
    verb: str
    unit_id: int
    user_id: int | None = None
    post: str = ""
    urgency: int = 0
    due_at: datetime | None = None
    #: since when; where nothing is said, from the moment on that it waits for whom it waits now
    since: datetime | None = None


class InWorklist:
    """A record that can be unfinished. `work_item()` says for whom, or None when nothing is left to do."""

    def work_item(self) -> WorkItem | None:
        raise NotImplementedError


def collect(session: Session, context: UOWTransaction, instances: Any) -> None:
    """Before the flush: which such records it touches."""
    touched = [record for record in (*session.new, *session.dirty, *session.deleted) if isinstance(record, InWorklist)]
    if touched:
        fresh = set(map(id, session.new))
        gone = set(map(id, session.deleted))
        session.info.setdefault(_CHANGED, []).extend((r, id(r) in fresh, id(r) in gone) for r in touched)


def write(session: Session, context: UOWTransaction) -> None:
    """After the flush: their waiting items, in the same transaction."""
    changed, session.info[_CHANGED] = session.info.get(_CHANGED, []), []
    if not isinstance(session, KhetSession):
        return
    for record, fresh, gone in changed:
        wait = None if gone else record.work_item()
        item = None if fresh else _known(session, record)
        if item is not None and (wait is None or wait.user_id != item.user_id):
            telling.leaves(session, item, deleted=gone)
        if wait is None:
            if item is not None:
                session.delete(item)
            continue
        if item is None:
            item = WorklistRow(district_id=record.district_id, started_by_id=session.scope.user_id)
            session.add(item)
        elif wait.user_id != item.user_id:
            item.since = utc_now()
        item.point_at(record, wait.view)
        item.resource, item.verb, item.unit_id, item.user_id = wait.resource, wait.verb, wait.unit_id, wait.user_id
        item.post, item.urgency, item.due_at = wait.post, wait.urgency, wait.due_at
        if wait.since is not None:
            item.since = wait.since


def _known(session: KhetSession, record: Any) -> WorklistRow | None:
    with session.no_autoflush:
        return session.scalars(
            select(WorklistRow).where(
                WorklistRow.kind == record.__tablename__,
                WorklistRow.record_id == record.id,
                WorklistRow.district_id == record.district_id,
            )
        ).first()


def discard_pending(session: Session, previous: Any = None) -> None:
    """After a rollback nothing is to be followed up."""
    session.info.pop(_CHANGED, None)


def start() -> None:
    """Attach the listeners to the session class, once per process."""
    event.listen(KhetSession, "before_flush", collect)
    event.listen(KhetSession, "after_flush_postexec", write)
    event.listen(KhetSession, "after_soft_rollback", discard_pending)
    event.listen(KhetSession, "before_commit", telling.tell)
    event.listen(KhetSession, "after_soft_rollback", telling.forget)

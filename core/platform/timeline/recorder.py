"""Writes the timeline: every flush of a Tracked record leaves an entry, in the same transaction."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, event, inspect, select
from sqlalchemy.orm import Session, UOWTransaction

from core.platform.timeline import labels
from core.platform.timeline.models import TimelineEntry
from core.storage.base import Tracked
from core.storage.fields import said_by
from core.storage.scope import KhetSession

_PENDING = "timeline_pending"
_ACTIONS = "timeline_actions"
_ACTING = "timeline_acting"


def describe(
    session: Session, record: Any, action: str, note: str = "", changes: dict[str, Any] | None = None
) -> None:  # fmt: skip
    """Name what the next flush does to `record` (a dotted past fact) and why; `changes` besides those of its columns.

    Without it the entry says created, deleted, which step of its workflow was taken (labels.steps), or changed.
    """
    session.info.setdefault(_ACTIONS, {})[id(record)] = (record, action, note, changes or {})


def act_for(session: Session, words: str) -> None:
    """Name with whoever writes from now on in whose place they do (รักษาราชการแทน …); empty: in nobody's."""
    session.info[_ACTING] = words


def acts_for(session: Session) -> str:
    """What `act_for` said last."""
    words: str = session.info.get(_ACTING, "")
    return words


def note(
    session: KhetSession, record: Any, action: str, note: str = "", changes: dict[str, Any] | None = None, *,
    inside: bool = False,
) -> None:  # fmt: skip
    """Record a fact that changes no row of its own: an export, a look at a secret paper.

    `inside`: for who works inside the office alone.
    """
    entry = _entry(session, record, action, changes or {}, note)
    entry.inside = inside
    session.add(entry)


def noted(record: Any, action: str) -> tuple[ColumnElement[bool], ColumnElement[bool], ColumnElement[bool]]:
    """SQL: the entries of one action in the history of a record."""
    return (
        TimelineEntry.kind == record.__tablename__,
        TimelineEntry.record_id == record.id,
        TimelineEntry.action == action,
    )


def was_noted(session: KhetSession, record: Any, action: str) -> bool:
    """Whether the history of a record holds an action."""
    return session.scalar(select(TimelineEntry.id).where(*noted(record, action)).limit(1)) is not None


def _plain(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, time):
        return f"{value:%H.%M}"
    return f"{value:f}" if isinstance(value, Decimal) else value


def _changes(record: Any) -> dict[str, list[Any]]:
    state = inspect(record)
    found = {}
    for attribute in state.mapper.column_attrs:
        spec = said_by(attribute.columns[0])
        if attribute.key in type(record).untracked or (spec is not None and not spec.tracked):
            continue
        history = state.attrs[attribute.key].history
        if history.has_changes():
            old = history.deleted[0] if history.deleted else None
            new = history.added[0] if history.added else None
            if old != new:
                found[attribute.key] = [_plain(old), _plain(new)]
    return found


def _entry(session: KhetSession, record: Any, action: str, changes: dict[str, Any], note: str) -> TimelineEntry:
    scope = session.scope
    return TimelineEntry(
        district_id=getattr(record, "timeline_district_id", None) or record.district_id,
        actor_id=scope.user_id,
        actor_name=" ".join(filter(None, (scope.user_name or scope.name, acts_for(session))))[:150],
        kind=record.__tablename__,
        record_id=record.id,
        record_label=str(record.timeline_label)[:300],
        action=action,
        changes=changes,
        note=note[:500],
        secrecy=record.timeline_secrecy,
    )


def _step_of(record: Any) -> str:
    """The action of the step that Workflow.apply has just taken with a record; it is told once."""
    return labels.step_of(record.__tablename__, vars(record).pop("step_taken", ""))


def collect(session: Session, context: UOWTransaction, instances: Any) -> None:
    """Before the flush: what changed, while old and new are both known."""
    pending = session.info.setdefault(_PENDING, [])
    actions = session.info.get(_ACTIONS, {})
    for default, records in (
        ("created", session.new),
        ("changed", session.dirty),
        ("deleted", session.deleted),
    ):
        for record in records:
            if not isinstance(record, Tracked) or not record.timeline_begun:
                continue
            changes = {} if default == "created" else _changes(record)
            named = actions.pop(id(record), None)
            step = _step_of(record)
            if named is None and default == "changed" and step in labels.ACTIONS:
                named = record, step, "", {}
            if named is None and default == "changed" and not changes:
                continue
            action, why = (named[1], named[2]) if named else (default, "")
            pending.append((record, action, changes | (named[3] if named else {}), why))


def write(session: Session, context: UOWTransaction) -> None:
    """After the flush: new records have their ids; the entries go with the next flush of this transaction."""
    pending, session.info[_PENDING] = session.info.get(_PENDING, []), []
    if pending and isinstance(session, KhetSession):
        session.add_all(_entry(session, *item) for item in pending)


def discard_pending(session: Session, previous: Any = None) -> None:
    """After a rollback nothing is pending any more."""
    session.info.pop(_PENDING, None)
    session.info.pop(_ACTIONS, None)


def start() -> None:
    """Attach the recorder to the session class, once per process."""
    event.listen(KhetSession, "before_flush", collect)
    event.listen(KhetSession, "after_flush_postexec", write)
    event.listen(KhetSession, "after_soft_rollback", discard_pending)

"""Keeps what records say of a letter in step with the letter: numbered, corrected, dropped or cancelled.

The last two are published (core/platform/events.py): whoever works on such a record has to know.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import event, inspect, select
from sqlalchemy.orm import Session, UOWTransaction

from core.platform.events import LetterEnded, publish
from core.records.integrations import LetterFacts
from core.records.letter_links.models import CitedLetter
from core.storage.scope import KhetSession

_CHANGED = "cited_changed"
_WATCHED: dict[type, tuple[tuple[str, ...], Callable[[KhetSession, Any], LetterFacts | None]]] = {}


def watch(model: type, names: tuple[str, ...], facts: Callable[[KhetSession, Any], LetterFacts | None]) -> None:
    """Have every change of these attributes of a kind of letter told to who cites it, as `facts` words it."""
    _WATCHED[model] = names, facts


def collect(session: Session, context: UOWTransaction, instances: Any) -> None:
    """Before the flush: which letters change in what is cited of them."""
    for record in session.dirty:
        names, _facts = _WATCHED.get(type(record), ((), None))
        state = inspect(record)
        if any(state.attrs[name].history.has_changes() for name in names):
            session.info.setdefault(_CHANGED, []).append(record)


def write(session: Session, context: UOWTransaction) -> None:
    """After the flush: those who cite them, in the same transaction."""
    changed, session.info[_CHANGED] = session.info.get(_CHANGED, []), []
    if not isinstance(session, KhetSession):
        return
    for record in changed:
        with session.no_autoflush:
            citing = select(CitedLetter).where(
                CitedLetter.letter_kind == record.__tablename__, CitedLetter.letter_id == record.id
            )
            found = list(session.scalars(citing))
            facts = _WATCHED[type(record)][1](session, record) if found else None
        for one in found:
            if facts is None:
                continue
            ends = facts.ended if not one.ended else ""
            one.point_at(facts)
            if ends:
                event_ = LetterEnded(one.kind, one.record_id, one.role, ends, one.number, one.subject)
                publish(session, event_)


def discard_pending(session: Session, previous: Any = None) -> None:
    """After a rollback nothing is to be followed up."""
    session.info.pop(_CHANGED, None)


def start() -> None:
    """Attach the listeners to the session class, once per process."""
    event.listen(KhetSession, "before_flush", collect)
    event.listen(KhetSession, "after_flush_postexec", write)
    event.listen(KhetSession, "after_soft_rollback", discard_pending)

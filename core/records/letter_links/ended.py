"""Telling that a letter counts for nothing any more: in the history of what cites it, and to who works on that."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flask_babel import lazy_gettext as _l

from core.platform.events import LetterEnded
from core.platform.notices import services as notices
from core.platform.timeline import recorder
from core.platform.users.models import Account
from core.storage.scope import KhetSession

TOPIC = "core.letter"
#: %(who)s did it, %(letter)s is its number and subject, %(record)s what cites it
SAID: dict[str, Any] = {
    "dropped": _l(
        "%(who)s has dropped the draft “%(letter)s”, another is to be written where it is needed: %(record)s"
    ),
    "cancelled": _l("%(who)s has cancelled the letter “%(letter)s” that is cited here: %(record)s"),
}


def follow(
    model: Any, view: str, people: Callable[[KhetSession, Any, Any], Iterable[Account]]
) -> Callable[[KhetSession, Any, LetterEnded], None]:  # fmt: skip
    """What a module does at LetterEnded for its records of one kind, opened by `view`: whatever cites it says so.

    `people(session, registry, record)` hear of it: nobody where the record is over.
    """

    def letter_ended(session: KhetSession, registry: Any, event: LetterEnded) -> None:
        record = session.get(model, event.record_id) if event.kind == model.__tablename__ else None
        if record is not None:
            tell(session, event, record, view, people(session, registry, record))

    return letter_ended


def tell(session: KhetSession, event: LetterEnded, record: Any, view: str, people: Iterable[Account]) -> None:
    """`people` hear of it, but for who did it. Of a draft only the inside of the office reads in the history."""
    letter = " ".join(filter(None, (event.number, event.subject)))
    recorder.note(session, record, f"core.letter.{event.ended}", letter)
    notices.notify_each(session, people, TOPIC, SAID[event.ended], record, view, letter=letter[:150])

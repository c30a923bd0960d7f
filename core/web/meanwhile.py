"""What was saved of a record since somebody opened it, by whom and when: said wherever a save meets another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from flask_babel import gettext as _

from core.base.text.dates import shown_moment
from core.platform.timeline import labels
from core.platform.timeline.models import COMMENTS, TimelineEntry
from core.storage.base import utc_now

#: what a clock in a form's key leaves out
A_MOMENT = timedelta(seconds=2)


def missed(
    timeline: Iterable[TimelineEntry], record: Any, seen: str, open_for: int | None = None
) -> list[TimelineEntry]:  # fmt: skip
    """The entries of what was saved since version `seen`, newest first; none where no history says it.

    `timeline`: the record's, newest first. A version may come without an entry: none is older than the form, which has
    been open for so many seconds.
    """
    if not seen.isdecimal():
        return []
    opened = None if open_for is None else utc_now() - timedelta(seconds=open_for) - A_MOMENT
    kind, since = type(record).__tablename__, max(record.version - int(seen), 0)
    saved = [
        one
        for one in timeline
        if one.kind == kind and one.record_id == record.id and one.changes and one.action not in COMMENTS
    ]
    return [one for one in saved[:since] if opened is None or one.at >= opened]


def by_whom(entries: Sequence[TimelineEntry], user_id: int) -> str:
    """Who saved, for a line that goes on: the last other, else oneself."""
    last = _last(entries, user_id)
    if last.actor_id == user_id:
        return _("yourself, in another window or on another device")
    return str(labels.who(last))


def said(entries: Sequence[TimelineEntry], user_id: int) -> str:
    """The sentence of who changed it and when: the last other, else oneself; that it was changed where nobody knows."""
    if not entries:
        return _("This was changed while you had it open.")
    last = _last(entries, user_id)
    when = shown_moment(last.at)
    if last.actor_id == user_id:
        return _("You changed this yourself in another window or on another device, at %(when)s.", when=when)
    return _("%(who)s changed this while you had it open, at %(when)s.", who=labels.who(last), when=when)


def _last(entries: Sequence[TimelineEntry], user_id: int) -> TimelineEntry:
    return next((one for one in entries if one.actor_id != user_id), entries[0])

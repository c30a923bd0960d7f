"""Looks at secret letters that were refused: counted for each person, letter and day.

Rules: domain notes on saraban §7 (every view and refusal is logged).
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from core.platform.dual_control import log
from core.storage.scope import RAW, KhetSession
from plugins.saraban.models.letters import RefusedLook

#: on a letter's page, the newest
MOST_SHOWN = 30


def count(session: KhetSession, letter: Any, today: date) -> None:
    """Count one refused look of the session's user; the director is told of the person's first on a day.

    The session must not be the user's own: they do not see what is counted.
    """
    scope, kind = session.scope, type(letter).__tablename__
    mine = (
        RefusedLook.district_id == scope.district_id,
        RefusedLook.user_id == scope.user_id,
        RefusedLook.day == today,
    )
    seen = session.execute(select(RefusedLook.id).where(*mine).limit(1), execution_options=RAW).first()
    if _again(session, *mine, RefusedLook.kind == kind, RefusedLook.record_id == letter.id):
        return
    row = RefusedLook(
        kind=kind, record_id=letter.id, secrecy=letter.secrecy, user_id=scope.user_id, user_name=scope.user_name,
        day=today, looks=1,
    )  # fmt: skip
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:  # the same person, at the same moment
        _again(session, *mine, RefusedLook.kind == kind, RefusedLook.record_id == letter.id)
    if seen is None:
        log.write(session, "saraban.refused", None)


def _again(session: KhetSession, *which: Any) -> bool:
    options = {**RAW, "synchronize_session": False}
    one_more = update(RefusedLook).where(*which).values(looks=RefusedLook.looks + 1)
    return bool(session.execute(one_more, execution_options=options).rowcount)  # type: ignore[attr-defined]


def of_letter(session: KhetSession, letter: Any) -> list[RefusedLook]:
    """Who was refused this letter, newest first; through the tenant filter, so for its readers alone."""
    found = select(RefusedLook).where(
        RefusedLook.kind == type(letter).__tablename__, RefusedLook.record_id == letter.id
    )
    return list(session.scalars(found.order_by(RefusedLook.day.desc(), RefusedLook.id.desc()).limit(MOST_SHOWN)))

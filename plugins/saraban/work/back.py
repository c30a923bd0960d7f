"""Telling the sender. Apart from the other services, so that a letter's life can call it wherever it goes on."""

from __future__ import annotations

from datetime import date

from flask_babel import gettext as _
from sqlalchemy import select

from core.platform.jobs import services as jobs
from core.platform.timeline import recorder
from core.storage.base import utc_now
from core.storage.scope import KhetSession
from plugins.saraban.models.dispatches import ACKNOWLEDGED, ANSWERED, Arrival
from plugins.saraban.models.drafts import Draft
from plugins.saraban.models.letters import IncomingLetter, OutgoingLetter

TELL_BACK = "saraban.tell_back"
#: what the history of a registered letter says when its sender has taken it back
TAKEN_BACK = "saraban.incoming.recalled"


def tell_back(session: KhetSession, one: Arrival, state: str, number: str = "", reason: str = "") -> None:
    """Let the sender's row know, by the job that alone may write there."""
    params = {"arrival": one.id, "state": state, "at": utc_now().isoformat(), "number": number, "reason": reason}
    params["by"] = session.scope.user_name if session.scope.user_id else ""
    jobs.enqueue(session, TELL_BACK, _("Telling the sender"), params, quiet=True)


def acknowledged(session: KhetSession, letter: IncomingLetter) -> None:
    """Somebody of the recipient has taken note; a letter that came on paper tells nobody."""
    one = session.scalars(select(Arrival).where(Arrival.letter_id == letter.id)).first()
    if one is not None:
        tell_back(session, one, ACKNOWLEDGED)


def answer_by(session: KhetSession, letter_id: int) -> date | None:
    """The day by which the sender wants an answer to a letter that came through Khet; None where none is named."""
    return session.scalar(select(Arrival.reply_by).where(Arrival.letter_id == letter_id).limit(1))


def taken_back(session: KhetSession, letter: IncomingLetter) -> bool:
    """Whether its sender took a letter back after it was registered here."""
    return recorder.was_noted(session, letter, TAKEN_BACK)


def answered(session: KhetSession, letter: OutgoingLetter) -> None:
    """A letter that was drafted as an answer has been sent: who wrote first learns of it."""
    asked = (
        select(Arrival)
        .join(Draft, Draft.answers_id == Arrival.letter_id)
        .where(Draft.letter_id == letter.id, Draft.district_id == letter.district_id)
    )
    for one in session.scalars(asked):
        tell_back(session, one, ANSWERED, "")

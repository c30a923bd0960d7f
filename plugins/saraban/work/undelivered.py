"""What did not reach its recipient: its line says why, and whoever sent it is told and can send it again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from core.base.text.thai import today
from core.platform.accounts import services as accounts
from core.platform.jobs.runner import Running
from core.platform.masterdata.models import Unit
from core.platform.notices import services as notices
from core.platform.notices.models import Delivery
from core.platform.timeline import recorder
from core.plugins.registry import Registry
from core.storage.base import utc_now
from core.storage.scope import KhetSession
from plugins.saraban import permissions
from plugins.saraban.models.dispatches import FAILED, KHET, QUEUED, SENT, Dispatch
from plugins.saraban.models.letters import OutgoingLetter
from plugins.saraban.work import exchange

TOPIC = "saraban.undelivered"
NOT_RECALLED = "saraban.not_recalled"


def failed(
    session: KhetSession, registry: Registry, letter: OutgoingLetter, ones: Sequence[Dispatch], why: str,
    sender_id: int | None,
) -> None:  # fmt: skip
    """These recipients of a letter were not reached. The sender is told, or the unit's clerks where the sender is gone;
    nobody is told again who has not read it yet."""
    if not ones:
        return
    for one in ones:
        one.state, one.problem = FAILED, why[:300]
        recorder.describe(session, one, "saraban.dispatch.failed", why)
    tell(
        session,
        registry,
        letter,
        sender_id,
        _l("Not delivered to everybody: %(record)s. Open the letter to send it again."),
    )


def tell(
    session: KhetSession, registry: Registry, letter: OutgoingLetter, sender_id: int | None, said: Any,
    topic: str = TOPIC, *, also: int | None = None, who: Any = "", why: str = "",
) -> None:  # fmt: skip
    """A notice about a letter's way to who sent it, or to the unit's clerks, and `also` to one more; not again before
    it is read, but of each recipient `who` did something with it, and `why`."""
    sender = notices.account(session, sender_id) if sender_id else None
    if sender is not None:
        told = [sender]
    else:
        unit = session.get(Unit, letter.unit_id)
        right = ("edit", permissions.OUTGOING)
        told = accounts.who_may(session, registry.roles(), right, unit, today()) if unit is not None else []
    more = notices.account(session, also) if also else None
    for account in {one.id: one for one in (*told, *([more] if more is not None else []))}.values():
        if who or not notices.still_unread(session, account.id, topic, letter):
            with force_locale(account.locale):
                text = str(said) % {"record": letter.label[: 80 if why else 150], "who": str(who)[:240]}
                text = notices.because(text, why, letter)
            notices.notify(session, account, topic, text, letter, "OutgoingView", words=why)


def job_failed(running: Running, why: str) -> None:
    """The delivery job ended before its end: whoever still waits for the letter was not reached."""
    registry = running.app.extensions["khet"].registry
    with (
        running.app.test_request_context(),
        running.database.district(running.district_id, "letter delivery") as session,
    ):
        letter = session.get(OutgoingLetter, running.params["letter"])
        queued = select(Dispatch).where(
            Dispatch.letter_id == running.params["letter"], Dispatch.state == QUEUED, Dispatch.channel == KHET
        )
        if letter is not None:
            failed(session, registry, letter, session.scalars(queued).all(), why, running.user_id)


def mailed(session: KhetSession, registry: Registry, row: Delivery, why: str | None) -> None:
    """The mail that a letter goes out by was handed over, or was not."""
    one = session.get(Dispatch, row.record_id)
    letter = session.get(OutgoingLetter, one.letter_id) if one is not None else None
    if one is None or letter is None or one.state != QUEUED:
        return
    if why is None:
        exchange.advance(session, one, SENT, utc_now())
    else:
        failed(session, registry, letter, [one], why, row.user_id)


def nobody_there() -> str:
    """Why a unit of the installation takes no letter."""
    return _("Nobody takes letters there: the office is closed or does not use correspondence.")

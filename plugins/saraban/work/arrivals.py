"""What came from another office through Khet: looked at, registered, or sent back. The sender learns of each.

Rules: domain notes on saraban §4 (ระเบียบงานสารบรรณ ฉบับที่ 4: the receiver confirms, no paper follows).
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from flask_babel import gettext as _
from sqlalchemy import delete, select

from core.base.errors import RuleError
from core.base.text.thai import clean
from core.platform.notices.models import Notice
from core.platform.personal.models import RecentPage
from core.platform.timeline import recorder
from core.records.files import store
from core.records.files.models import Attachment
from core.storage.base import utc_now
from core.storage.scope import KhetSession
from plugins.saraban.models.dispatches import OPENED, PASSED_ON, RECALLED, REGISTERED, RETURNED, SENT, Arrival
from plugins.saraban.models.letters import IncomingLetter
from plugins.saraban.work import reading, registers
from plugins.saraban.work.back import tell_back


def open_arrival(session: KhetSession, one: Arrival) -> None:
    """The first look: the sender sees it."""
    if one.state != SENT:
        return
    one.state, one.opened_at = OPENED, utc_now()
    recorder.describe(session, one, "saraban.arrival.opened")
    session.flush()
    tell_back(session, one, OPENED)


def check_send_back(one: Arrival) -> None:
    """Raises RuleError for one that is registered, which stands in the register, or that has gone back already."""
    if one.state not in (SENT, OPENED):
        raise RuleError(_("Only a letter that is not registered yet is sent back."))


def send_back(session: KhetSession, root: Path, one: Arrival, reason: str) -> None:
    """ส่งคืน: it is not this unit's. The sender learns why; subject and files are gone here.

    Raises RuleError without a reason, and as `check_send_back` does.
    """
    check_send_back(one)
    if not clean(reason):
        raise RuleError(_("Say why it goes back."), field="text")
    one.state = RETURNED
    recorder.describe(session, one, "saraban.arrival.returned", clean(reason))
    forget_words(session, root, one)
    tell_back(session, one, RETURNED, reason=clean(reason))


def forget_words(session: KhetSession, root: Path, one: Arrival) -> None:
    """Nothing of a letter that was never theirs stays with its recipient but that it came, from whom and its number."""
    one.subject = ""
    for file in store.enclosures(session, one):  # what the recipient's own comments brought stays with them
        store.discard(session, root, file)
    here = (one.__tablename__, one.id)
    for spoke in (RecentPage, Notice):
        session.execute(delete(spoke).where(spoke.kind == here[0], spoke.record_id == here[1]))
    session.flush()


def is_double(session: KhetSession, one: Arrival) -> bool:
    """Whether a letter to a school that has ended lies, or stands, at the one that goes on by a line of its own."""
    same = select(Arrival.id).where(
        Arrival.unit_id == one.unit_id, Arrival.id != one.id, Arrival.state.in_((SENT, OPENED, REGISTERED)),
        Arrival.from_district_id == one.from_district_id, Arrival.sender == one.sender, Arrival.doc_no == one.doc_no,
        Arrival.doc_date == one.doc_date, Arrival.subject == one.subject,
    )  # fmt: skip
    return session.scalar(same.limit(1)) is not None


def pass_on(session: KhetSession, one: Arrival, way: str) -> None:
    """It is not registered: the school that goes on has the same letter. `way`: where that is."""
    one.state = PASSED_ON
    recorder.describe(session, one, "saraban.arrival.passed_on", way)
    session.flush()


def check_register(one: Arrival) -> None:
    """Raises RuleError for one that is registered already, or lies there no more."""
    if one.state == REGISTERED:
        raise RuleError(_("This letter is registered already."))
    if one.state == RECALLED:
        raise RuleError(_("The sender has taken this letter back."))
    if one.state == RETURNED:
        raise RuleError(_("This letter was sent back to its sender."))
    if one.state == PASSED_ON:
        raise RuleError(_("The same letter came to this school too: register that one."))


def register(session: KhetSession, one: Arrival, *, clerk: registers.Clerk, today: date) -> IncomingLetter:
    """ลงทะเบียนรับ: the next number of the unit's own book; facts and files come along. Raises RuleError as
    `check_register` does."""
    check_register(one)
    values = {
        "received_on": today, "doc_no": one.doc_no, "doc_date": one.doc_date, "sender": one.sender,
        "recipient": one.recipient, "subject": one.subject, "speed": one.speed, "due_at": one.due_at,
    }  # fmt: skip
    letter = registers.register_incoming(session, one.unit_id, values, clerk=clerk, today=today)
    for file in session.scalars(
        select(Attachment).where(Attachment.kind == Arrival.__tablename__, Attachment.record_id == one.id)
    ):
        file.kind, file.record_id = IncomingLetter.__tablename__, letter.id
    reading.ask(session, letter)
    one.state, one.letter_id, one.opened_at = REGISTERED, letter.id, one.opened_at or utc_now()
    recorder.describe(session, one, "saraban.arrival.registered", letter.number_text)
    session.flush()
    tell_back(session, one, REGISTERED, letter.number_text)
    return letter

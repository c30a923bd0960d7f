"""Sending, and what the sender learns of each recipient. Knows no Flask beyond translated messages.

Rules: domain notes on saraban §3 (per recipient), §4 (ระเบียบงานสารบรรณ ฉบับที่ 4: the sender checks delivery, the
receiver confirms, no paper follows).
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from core.base.errors import RuleError
from core.base.text.thai import clean, format_date, search_text
from core.platform.jobs import services as jobs
from core.platform.masterdata import services as masterdata
from core.platform.masterdata.models import School, SchoolGroupMember, Unit
from core.platform.notices import services as notices
from core.platform.notices.services import deliverable
from core.platform.timeline import recorder
from core.storage.base import utc_now
from core.storage.scope import KhetSession
from plugins.saraban.models.dispatches import (
    ACKNOWLEDGED,
    ANSWERED,
    FAILED,
    HAND,
    KHET,
    MAIL,
    OPENED,
    PASSED_ON,
    POST,
    PROGRESS,
    QUEUED,
    RECALLED,
    REGISTERED,
    RETURNED,
    SENT,
    Dispatch,
    state_title,
)
from plugins.saraban.models.letters import OutgoingLetter
from plugins.saraban.work import back, outgoing

#: delivered, and no answer yet
UNANSWERED = (SENT, OPENED, REGISTERED, ACKNOWLEDGED)
#: it lies with the recipient no longer, and may go there once more, as a line of its own
GONE_BACK = (RETURNED, RECALLED)
MOST_RECIPIENTS = 2000
#: topic of the mail that a letter goes out by; undelivered.mailed hears how it ends
MAILED = "saraban.dispatch"
DELIVER, REMIND, RECALL = "saraban.deliver", "saraban.remind", "saraban.recall"


@dataclass(frozen=True)
class Recipient:
    """To whom: a unit of the installation (district and unit), an e-mail address, or a name on an envelope."""

    name: str
    channel: str
    district_id: int | None = None
    unit_id: int | None = None
    address: str = ""


def schools_of(session: KhetSession, *, everywhere: bool, group_ids: Iterable[int] = (), on: date) -> list[Recipient]:
    """Open schools of the own district: all, or those that are in one of these school groups on that day."""
    found = select(Unit.id, School.name).join(School, School.unit_id == Unit.id).where(School.status == "open")
    if not everywhere:
        members = select(SchoolGroupMember.school_id).where(
            SchoolGroupMember.group_id.in_(list(group_ids)), SchoolGroupMember.starts_on <= on,
            (SchoolGroupMember.ends_on.is_(None)) | (SchoolGroupMember.ends_on >= on),
        )  # fmt: skip
        found = found.where(School.id.in_(members))
    return _units(session, session.execute(found.where(Unit.active.is_(True)).order_by(School.sort_key)).all())


def groups_of(session: KhetSession) -> list[Recipient]:
    """The office's groups."""
    found = select(Unit.id, Unit.name).where(Unit.kind == "group", Unit.active.is_(True)).order_by(Unit.name)
    return _units(session, session.execute(found).all())


def _units(session: KhetSession, rows: Iterable[Any]) -> list[Recipient]:
    return [Recipient(name, KHET, session.scope.district_id, unit_id) for unit_id, name in rows]


def send(
    session: KhetSession, letter: OutgoingLetter, recipients: Sequence[Recipient], *, reply_by: date | None,
    today: date, public_url: str = "",
) -> list[Dispatch]:  # fmt: skip
    """Put a letter on its way to recipients it has not been sent to yet; what goes through Khet is carried by a job.

    Raises RuleError for a secret letter (it goes by hand, sealed), a cancelled one, nobody, or an address that is none.
    """
    if reply_by is not None and reply_by < today:
        raise RuleError(_("The date lies in the past."), field="reply_by")
    made = [_dispatch(letter, one, reply_by) for one in unsent(session, letter, recipients)]
    session.add_all(made)
    session.flush()
    for one in made:
        if one.channel == MAIL:
            _mail(session, letter, one, public_url)
    if any(one.channel == KHET for one in made):
        _carry(session, letter)
    recorder.note(session, letter, "saraban.outgoing.sent", _("%(count)s recipients", count=len(made)))
    if letter.status in outgoing.UNSENT:
        outgoing.WORKFLOW.apply(letter, "send")
    back.answered(session, letter)
    session.flush()
    return made


def unsent(session: KhetSession, letter: OutgoingLetter, recipients: Sequence[Recipient]) -> list[Recipient]:
    """Those of the recipients to whom the letter has not gone yet, each once. Raises RuleError as `send` does."""
    if letter.status == "cancelled":
        raise RuleError(_("This letter is cancelled."))
    if letter.secrecy and any(one.channel in (KHET, MAIL) for one in recipients):
        raise RuleError(_("A secret letter goes sealed and by hand."), field="channel")
    there = _there(session, letter)
    fresh: dict[Any, Recipient] = {}
    for one in recipients:
        if one.unit_id == letter.unit_id and one.district_id == letter.district_id:
            continue  # nobody writes to themselves
        if one.channel not in (KHET, MAIL, POST, HAND):
            raise RuleError(_("Say how it goes to %(name)s.", name=one.name), field="others")
        if one.channel == MAIL and not deliverable(one.address):
            raise RuleError(_("%(name)s has no e-mail address.", name=one.name), field="others")
        key = _key(one)
        if key not in there:
            fresh.setdefault(key, one)
    if not fresh:
        raise RuleError(_("Choose somebody to whom it has not been sent yet."))
    if len(fresh) > MOST_RECIPIENTS:
        raise RuleError(_("At most %(most)s recipients at once.", most=MOST_RECIPIENTS))
    return list(fresh.values())


def _key(to: Recipient) -> tuple[Any, ...]:
    """What makes two recipients the same: a corrected address is another one."""
    return to.district_id, to.unit_id, clean(to.name)[:200], to.channel, to.address


def _recipient(one: Dispatch) -> Recipient:
    return Recipient(one.recipient, one.channel, one.to_district_id, one.to_unit_id, one.address)


def _there(session: KhetSession, letter: OutgoingLetter) -> set[tuple[Any, ...]]:
    """Recipients with whom the letter is, or to whom it is on its way."""
    return {_key(_recipient(one)) for one in of_letter(session, letter) if one.state not in GONE_BACK}


def _dispatch(letter: OutgoingLetter, to: Recipient, reply_by: date | None) -> Dispatch:
    name = clean(to.name)[:200]
    at_once = to.channel in (POST, HAND)
    return Dispatch(
        letter_id=letter.id, unit_id=letter.unit_id, doc_no=letter.doc_no,
        subject=letter.subject, secrecy=letter.secrecy, recipient=name, channel=to.channel,
        to_district_id=to.district_id, to_unit_id=to.unit_id, address=to.address, reply_by=reply_by,
        state=SENT if at_once else QUEUED, sent_at=utc_now() if at_once else None,
        search_text=search_text(letter.doc_no, letter.subject, name),
    )  # fmt: skip


def _carry(session: KhetSession, letter: OutgoingLetter) -> None:
    carried = session.info.setdefault("carried", set())
    if letter.id in carried:  # many at once are one journey
        return
    carried.add(letter.id)
    title = _("Sending %(number)s", number=letter.doc_no)
    jobs.enqueue(session, DELIVER, title, {"letter": letter.id}, quiet=True)


def token_hash(token: str) -> str:
    """What is kept of a link's secret."""
    return hashlib.sha256(token.encode()).hexdigest()


def _mail(session: KhetSession, letter: OutgoingLetter, one: Dispatch, public_url: str) -> None:
    """A mail with a link: opening it proves that it came; the file is no attachment that gets lost."""
    token = secrets.token_urlsafe(24)
    one.token = token_hash(token)
    lines = [
        f"{letter.doc_no}  {format_date(letter.doc_date, 'letter')}", letter.subject, letter.sender, "",
        _("Read the letter and confirm that you have it:"), f"{public_url}/letters/{token}",
    ]  # fmt: skip
    notices.send_mail(
        session, MAILED, one.address, letter.subject, "\n".join(lines), record=one, district_id=letter.district_id
    )


def of_letter(session: KhetSession, letter: OutgoingLetter) -> list[Dispatch]:
    """To whom a letter was sent, in that order."""
    return list(session.scalars(select(Dispatch).where(Dispatch.letter_id == letter.id).order_by(Dispatch.id)))


def on_paper(session: KhetSession, letter: OutgoingLetter) -> list[str]:
    """The names of those who get it on paper, by post or by hand."""
    return [one.recipient for one in of_letter(session, letter) if one.channel in (POST, HAND)]


def by_token(session: KhetSession, token: str) -> Dispatch | None:
    """What a link outside opens. `session` opens every district."""
    if not 20 <= len(token) <= 64:
        return None
    found = session.scalars(select(Dispatch).where(Dispatch.token == token_hash(token))).first()
    return found if found is not None and found.state not in (FAILED, RECALLED) else None


def advance(session: KhetSession, one: Dispatch, state: str, at: datetime, their_number: str = "") -> None:
    """Note that a recipient is as far as `state`, and tell webhooks.

    News that come late or twice leave what is further. Of what lies between nothing is noted: a letter can be answered
    that was never registered.
    """
    if one.state not in PROGRESS:
        return
    if PROGRESS.index(state) > PROGRESS.index(one.state):
        notices.publish(session, one.district_id, "saraban.dispatch", one, state=state, letter_id=one.letter_id)
        one.state = state
    for reached in (SENT, state):  # whatever comes from there: it is there
        if getattr(one, f"{reached}_at") is None:
            setattr(one, f"{reached}_at", at)
    one.their_number = their_number or one.their_number


def _not_while(one: Dispatch, step: str) -> RuleError:
    state = str(state_title(one.channel, one.state))
    return RuleError(_("“%(step)s” is not possible while it is “%(state)s”.", step=step, state=state))


def check_handed(one: Dispatch) -> None:
    """Raises RuleError where nobody is written down to have taken it: it went by no paper, or lies there no more."""
    if one.channel not in (POST, HAND):
        raise RuleError(_("What goes through Khet or by e-mail confirms itself."))
    if one.state != SENT:
        raise _not_while(one, _("Somebody took it"))


def handed(session: KhetSession, one: Dispatch, proof: str, *, signed: bool = False) -> None:
    """Who took it (form 16, 17), or what the post office gave. Raises RuleError as `check_handed` does.

    `signed`: the taker's signature lies with it. The post office's number alone proves that it was posted, no more.
    """
    check_handed(one)
    if not clean(proof):
        raise RuleError(_("Write who took it, or the number of the post office."), field="proof")
    one.proof = clean(proof)
    if one.channel == HAND or signed:
        advance(session, one, OPENED, utc_now())
    recorder.describe(session, one, "saraban.dispatch.handed")
    session.flush()


def check_correct(one: Dispatch) -> None:
    """Raises RuleError where there is nothing to correct."""
    if not one.proof:
        raise RuleError(_("Nobody is written down yet who took it."))


def correct_proof(session: KhetSession, one: Dispatch, proof: str) -> None:
    """Who took it, or the number, was written down wrong; the history keeps both. Raises RuleError."""
    check_correct(one)
    if not clean(proof):
        raise RuleError(_("Write who took it, or the number of the post office."), field="proof")
    one.proof = clean(proof)
    session.flush()


def check_answered(one: Dispatch) -> None:
    """Raises RuleError where it does not lie with its recipient, or is answered."""
    if one.state not in UNANSWERED:
        raise _not_while(one, _("Answered"))


def answered(session: KhetSession, one: Dispatch) -> None:
    """The recipient has answered."""
    check_answered(one)
    advance(session, one, ANSWERED, utc_now())
    outgoing.answered(session, one.letter_id)
    recorder.describe(session, one, "saraban.dispatch.answered")
    session.flush()


def check_recall(one: Dispatch) -> None:
    """Raises RuleError for paper on its way, and for what is over."""
    if one.channel not in (KHET, MAIL):
        raise RuleError(_("Paper that is on its way cannot be taken back here."))
    if one.state not in (QUEUED, *UNANSWERED):
        raise RuleError(_("There is nothing to take back."))


def recall(session: KhetSession, one: Dispatch, reason: str) -> None:
    """ดึงคืน: what went through Khet or by mail is taken back, with the reason, which the recipient reads.

    One that is registered there stays in their register, which nobody else can change; its clerks are told. Raises
    RuleError as `check_recall` does.
    """
    check_recall(one)
    if not clean(reason):
        raise RuleError(_("Say why it is taken back."), field="reason")
    reached, one.state = one.state, RECALLED
    recorder.describe(session, one, "saraban.dispatch.recalled", clean(reason))
    if one.channel == KHET and reached != QUEUED:
        params = {"dispatch": one.id, "reason": clean(reason)}
        jobs.enqueue(session, RECALL, _("Taking a letter back"), params, quiet=True)
    if one.channel == MAIL:
        notices.withdraw(session, MAILED, one)
    session.flush()


def still_there(session: KhetSession, one: Dispatch, state: str, at: datetime, number: str, why: str) -> None:
    """What was to be taken back is with its recipient still: the line stands where it stood, and where they are now."""
    one.state = next((known for known in reversed(PROGRESS[1:]) if getattr(one, f"{known}_at") is not None), SENT)
    advance(session, one, state, at, number)
    recorder.describe(session, one, "saraban.dispatch.not_recalled", why)
    session.flush()


def recall_all(session: KhetSession, letter: OutgoingLetter, reason: str) -> None:
    """A cancelled letter goes no further, and whoever has it already is told."""
    for one in of_letter(session, letter):
        if one.channel in (KHET, MAIL) and one.state in (QUEUED, *UNANSWERED):
            recall(session, one, reason)


def nobody_there(session: KhetSession, one: Dispatch) -> bool:
    """Whether the recipient has ended, and no school goes on with its matters: a letter finds nobody there."""
    own = one.channel == KHET and one.to_district_id == session.scope.district_id
    return own and masterdata.successor(session, one.to_unit_id) is None


def check_again(session: KhetSession, one: Dispatch) -> OutgoingLetter:
    """The letter of a line that can be sent once more: it failed, or it came or was taken back and has not gone there
    since. Raises RuleError for any other."""
    letter = session.get(OutgoingLetter, one.letter_id)
    if letter is None or letter.status == "cancelled":
        raise RuleError(_("This letter is cancelled."))
    if nobody_there(session, one):
        raise RuleError(_("%(recipient)s is closed: nobody takes letters there.", recipient=one.recipient))
    if one.state not in (FAILED, *GONE_BACK):
        raise RuleError(_("Only what failed, came back or was taken back is sent again."))
    if one.state in GONE_BACK and _key(_recipient(one)) in _there(session, letter):
        raise RuleError(_("It has been sent to %(recipient)s again already.", recipient=one.recipient))
    return letter


def again(session: KhetSession, one: Dispatch, public_url: str = "", *, today: date) -> None:
    """Send once more what did not go out, or lies with its recipient no longer.

    Who has a failed one already does not get it twice: delivery looks before it brings. One that came back or was taken
    back goes as a line of its own, and what became of the first stays legible. Raises RuleError as `check_again` does.
    """
    letter = check_again(session, one)
    if one.state in GONE_BACK:
        reply_by = one.reply_by if one.reply_by and one.reply_by >= today else None
        send(session, letter, [_recipient(one)], reply_by=reply_by, today=today, public_url=public_url)
        return
    one.state, one.problem, one.queued_at = QUEUED, "", utc_now()
    recorder.describe(session, one, "saraban.dispatch.again")
    if one.channel == MAIL:
        _mail(session, letter, one, public_url)
    else:
        _carry(session, letter)
    session.flush()


def unreached(session: KhetSession, letter: OutgoingLetter) -> list[Dispatch]:
    """Lines on the way to whom a letter failed, and by which it can be sent again."""
    failed = [one for one in of_letter(session, letter) if one.state == FAILED]
    if not failed:
        return []
    asked_at_once = session.scalars(select(Unit).where(Unit.id.in_([one.to_unit_id for one in failed]))).all()
    return [one for one in failed if not nobody_there(session, one)] if asked_at_once else failed


def all_reached(session: KhetSession, letter: OutgoingLetter) -> str:
    """Why a letter is not sent once more to everybody whom it did not reach; empty where it is."""
    if unreached(session, letter):
        return ""
    return _("Nothing failed on its way. What came back or was taken back is sent again from its own line.")


def again_all(session: KhetSession, letter: OutgoingLetter, public_url: str = "", *, today: date) -> None:
    """Send a letter once more to everybody on the way to whom it failed. Raises RuleError where there is nobody.

    Who sent it back, or from whom it was taken, gets it again only when somebody asks for just that one.
    """
    if why := all_reached(session, letter):
        raise RuleError(why)
    for one in unreached(session, letter):
        again(session, one, public_url, today=today)


def check_remind(one: Dispatch) -> None:
    """Raises RuleError where it waits with no clerks of Khet."""
    if one.channel != KHET or one.state not in UNANSWERED:
        raise RuleError(_("There is nobody to remind about this one."))


def remind(session: KhetSession, one: Dispatch) -> None:
    """เตือน: tell the recipient's clerks that it waits."""
    check_remind(one)
    one.reminded_at = utc_now()
    recorder.describe(session, one, "saraban.dispatch.reminded")
    jobs.enqueue(session, REMIND, _("Reminding"), {"dispatch": one.id}, quiet=True)
    session.flush()


def passed_on(session: KhetSession, one: Dispatch, way: str) -> None:
    """The recipient has ended, and who goes on with its matters has the letter by a line of its own."""
    if one.state in (QUEUED, SENT, OPENED):
        one.state, one.sent_at = PASSED_ON, one.sent_at or utc_now()
        recorder.describe(session, one, "saraban.dispatch.passed_on", way)


def returned(session: KhetSession, one: Dispatch, reason: str) -> bool:
    """The recipient has sent it back, whatever this side noted meanwhile; False where that is known."""
    if one.state == RETURNED:
        return False
    one.state, one.problem = RETURNED, reason[:300]
    recorder.describe(session, one, "saraban.dispatch.returned", reason)
    return True

"""Registering, correcting and cancelling letters. Knows no Flask beyond translated messages.

Rules: manual 000, งานธุรการ (steps รับ and ส่ง); domain notes on saraban §1–3, 5.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from flask_babel import gettext as _
from sqlalchemy import or_, select

from core.base.errors import NotFound, RuleError
from core.base.text.thai import clean, plain_text, thai_digits
from core.base.text.thai import today as bangkok_today
from core.platform.follow_ups.models import WITH_DOER
from core.platform.masterdata import services as masterdata
from core.platform.masterdata.models import Unit
from core.platform.numbering import engine
from core.platform.numbering.models import LedgerNumber
from core.platform.timeline import recorder
from core.platform.users.models import Account
from core.records.files import store
from core.records.files.models import SecretReader
from core.storage.base import utc_now
from core.storage.scope import KhetSession
from plugins.saraban import kinds, settings
from plugins.saraban.models.letters import (
    CIRCULAR,
    INCOMING,
    OUTGOING,
    SECRET_INCOMING,
    SECRET_OUTGOING,
    IncomingLetter,
    Letter,
    OutgoingLetter,
)
from plugins.saraban.work import exchange, life, people, reading
from plugins.saraban.work import outgoing as sending

L = TypeVar("L", IncomingLetter, OutgoingLetter)

#: what a correction may change after the number is issued, each change logged with both values
CORRECTABLE = ("doc_no", "doc_date", "sender", "recipient", "subject", "received_on", "received_time")
#: what stays open to work on the letter
EDITABLE = ("action", "remark", "speed", "due_at")


@dataclass(frozen=True)
class Clerk:
    """Who registers, and what they may do with secrets."""

    user_id: int
    name: str
    clearance: int = 0


def book_of(model: type[Letter], secrecy: int, circular: bool = False, kind: str = "external") -> str:
    """The book a letter stands in; secret ones, circulars, orders and the like have books of their own."""
    if model is IncomingLetter:
        return SECRET_INCOMING if secrecy else INCOMING
    if secrecy:
        return SECRET_OUTGOING
    if kinds.BY_KEY[kind].number == kinds.BY_YEAR:
        return kinds.BY_KEY[kind].book
    return CIRCULAR if circular else OUTGOING


def _circular_book(session: KhetSession, unit_id: int) -> bool:
    """Whether the unit's circulars are numbered in a run of their own."""
    return not settings.of_unit(session, unit_id).circular_shared


def _check_dates(values: dict[str, Any], today: date) -> None:
    if (received := values.get("received_on")) is not None and received > today:
        raise RuleError(_("The received date is in the future."), field="received_on")
    doc_date = values.get("doc_date")
    if doc_date is not None and doc_date > today:
        raise RuleError(_("The letter's date is in the future."), field="doc_date")
    if received is not None and doc_date is not None and doc_date > received:
        raise RuleError(_("The letter is dated after it was received."), field="doc_date")


def _check_secrecy(clerk: Clerk, secrecy: int) -> None:
    if secrecy > clerk.clearance:
        raise RuleError(_("You are not cleared for this secrecy."), field="secrecy")


def cleared_accounts(session: KhetSession, among: Iterable[int], secrecy: int = 1) -> list[Account]:
    """Those of these users who may be named as readers of such a secret."""
    cleared = select(Account).where(Account.clearance >= secrecy, Account.active.is_(True))
    return list(session.scalars(cleared.where(Account.id.in_(list(among))).order_by(Account.first_name, Account.id)))


def readers(session: KhetSession, letter: Letter) -> list[SecretReader]:
    """Who is named to read a secret letter, those whose time is over too."""
    named = select(SecretReader).where(SecretReader.kind == _table(letter), SecretReader.record_id == letter.id)
    return list(session.scalars(named.order_by(SecretReader.id)))


def present_readers(session: KhetSession, letter: Letter, clerk: Clerk, today: date) -> list[SecretReader]:
    """Who else than the clerk is named for a secret letter on that day: what naming anew begins with."""
    named = readers(session, letter)
    return [one for one in named if one.user_id != clerk.user_id and (one.ends_on is None or one.ends_on >= today)]


def end_of(present: Iterable[SecretReader]) -> date | None:
    """The day until which readers are named; the first where it is not the same for all, None without an end."""
    return min((one.ends_on for one in present if one.ends_on is not None), default=None)


def check_secret(letter: Letter) -> None:
    """Raises RuleError for a letter that everybody of the register reads."""
    if not letter.secrecy:
        raise RuleError(_("This letter is not secret."))


def rename_readers(
    session: KhetSession, letter: Letter, clerk: Clerk, reader_ids: Iterable[int], until: date | None, today: date
) -> None:
    """Name anew who may read a secret letter, until a day where one is said; the one who does it always may.

    Who is named already stays as they are: a day is theirs only where another than the present one is said.

    Raises RuleError for a letter that is not secret, a day in the past, a new reader who is not cleared, or one who is
    left out while the letter lies before them or they work on it.
    """
    check_secret(letter)
    if until is not None and until < today:
        raise RuleError(_("The date lies in the past."), field="until")
    wanted, present = set(reader_ids) - {clerk.user_id}, present_readers(session, letter, clerk, today)
    there = {one.user_id for one in present}
    if busy := (there - wanted) & _at_work(session, letter):
        named = ", ".join(_names(session, busy))
        raise RuleError(
            _(
                "It lies before %(names)s. Put it before somebody else or give it to others first, or wait until "
                "they have sent it back.",
                names=named,
            ),
            field="readers",
        )
    before, shown = _names(session, there), end_of(present)
    kept = [one for one in present if one.user_id in wanted]
    for one in readers(session, letter):
        if one.user_id != clerk.user_id and one not in kept:
            session.delete(one)
    session.flush()
    for one in _name_readers(session, letter, clerk, wanted - there):
        one.ends_on = until
    for one in kept if until != shown else ():
        one.ends_on = until
    said = f"{', '.join(before) or '–'} → {', '.join(_names(session, wanted)) or '–'}"
    days = [day.isoformat() if day is not None else None for day in (shown, until)]
    recorder.note(session, letter, "saraban.secret.readers", said, {"ends_on": days} if until != shown else None)
    session.flush()


def _names(session: KhetSession, user_ids: Iterable[int]) -> list[str]:
    """What these users are called, by name."""
    return sorted(map(people.name, session.scalars(select(Account).where(Account.id.in_(list(user_ids))))))


def _at_work(session: KhetSession, letter: Letter) -> set[int]:
    """The users who have to do something about a letter: none of them can be without it."""
    if not isinstance(letter, IncomingLetter):
        return {letter.assignee_id} if letter.assignee_id and letter.status in sending.OPEN else set()
    found = {one.user_id for one in life.assignments(session, letter) if one.state in WITH_DOER}
    return found | ({letter.holder_id} if letter.holder_id else set())


def _name_readers(
    session: KhetSession, letter: Letter, clerk: Clerk, reader_ids: Iterable[int]
) -> list[SecretReader]:  # fmt: skip
    """Name who else than the clerk may read a secret letter from now on."""
    wanted = set(reader_ids) - {clerk.user_id}
    chosen = {one.id: one for one in session.scalars(select(Account).where(Account.id.in_(wanted)))}
    low = [people.name(one) for one in chosen.values() if one.clearance < letter.secrecy or not one.active]
    if low or chosen.keys() != wanted:
        raise RuleError(_("Not cleared for this secrecy: %(names)s", names=", ".join(low)), field="readers")
    named = [SecretReader(kind=_table(letter), record_id=letter.id, user_id=user_id) for user_id in sorted(wanted)]
    session.add_all(named)
    return named


def _refresh_search(letter: Letter) -> None:
    letter.file_text = letter.file_text or ""
    letter.search_text = reading.words_of(letter)


def _number(session: KhetSession, unit: Unit, book: str, values: dict[str, Any], clerk: Clerk, today: date) -> Any:
    if reserved_id := values.get("reserved"):
        return engine.use_reserved(session, int(reserved_id), unit.id, book, today)
    return engine.allocate(session, unit.id, book, today=today, actor_name=clerk.name)[0]


def _fill(letter: Letter, values: dict[str, Any], names: Iterable[str]) -> None:
    for name in names:
        if name in values:
            value = values[name]
            setattr(letter, name, clean(value) if isinstance(value, str) else value)


def _find_unit(session: KhetSession, unit_id: int) -> Unit:
    unit = session.get(Unit, unit_id)
    if unit is None or not unit.active:
        raise NotFound
    return unit


def _save_new(
    session: KhetSession,
    letter: L,
    unit_id: int,
    values: dict[str, Any],
    *,
    clerk: Clerk,
    today: date,
    action: str,
) -> L:
    """What both registers share: check everything, take the number last, write the line."""
    _check_dates(values, today)
    secrecy = int(values.get("secrecy") or 0)
    _check_secrecy(clerk, secrecy)
    unit = _find_unit(session, unit_id)
    letter.secrecy = secrecy
    circular = bool(getattr(letter, "circular", False)) and _circular_book(session, unit.id)
    letter.book = book_of(type(letter), secrecy, circular, getattr(letter, "kind", None) or "external")
    _fill(letter, values, (*CORRECTABLE, *EDITABLE))
    letter.recipient = letter.recipient or ""
    letter.unit_id, letter.registered_on, letter.registered_by = unit.id, today, clerk.name
    if isinstance(letter, IncomingLetter):
        letter.propose_by = life.limits(session, letter)
    number = _number(session, unit, letter.book, values, clerk, today)
    letter.number_id, letter.year = number.id, number.year
    letter.number, letter.suffix = number.number, number.suffix
    if isinstance(letter, OutgoingLetter) and not letter.doc_no:
        letter.doc_no = outgoing_doc_no(unit, letter)
    _refresh_search(letter)
    if letter.action:
        letter.status = "done"
        if isinstance(letter, IncomingLetter):
            letter.done_at = utc_now()
    session.add(letter)
    recorder.describe(session, letter, action)
    session.flush()
    if secrecy:  # who registers it always may
        session.add(SecretReader(kind=_table(letter), record_id=letter.id, user_id=clerk.user_id))
        _name_readers(session, letter, clerk, values.get("readers") or ())
    if store.attach(session, letter, values.get("files") or []):
        reading.ask(session, letter)
        session.flush()
    return letter


def register_incoming(
    session: KhetSession, unit_id: int, values: dict[str, Any], *, clerk: Clerk, today: date
) -> IncomingLetter:
    """ลงทะเบียนรับ: one line of form 13 with the next number of the unit's book.

    `values`: received_on, doc_no, doc_date, sender, recipient, subject, action, remark, speed, due_at,
    secrecy, readers, files, reserved; dates Gregorian. Raises RuleError at the field of a broken rule and
    NotFound for a unit of elsewhere.
    """
    if values.get("received_on") is None:
        raise RuleError(_("Fill this in."), field="received_on")
    return _save_new(
        session,
        IncomingLetter(),
        unit_id,
        values,
        clerk=clerk,
        today=today,
        action="saraban.incoming.registered",
    )


def register_outgoing(
    session: KhetSession, unit_id: int, values: dict[str, Any], *, clerk: Clerk, today: date
) -> OutgoingLetter:
    """ลงทะเบียนส่ง: one line of form 14; ที่ is the unit's prefix and the register number.

    `values` as for incoming letters, with circular in place of received_on. An empty ลงวันที่ is today.
    """
    kind = kinds.BY_KEY.get(values.get("kind") or "external")
    if kind is None:
        raise RuleError(_("Choose one from the list."), field="kind")
    letter = OutgoingLetter(circular=bool(values.get("circular")), kind=kind.key)
    if kind.number == kinds.BY_YEAR and letter.circular:
        raise RuleError(_("Only letters are circulars."), field="circular")
    if kind.number == kinds.BY_YEAR and int(values.get("secrecy") or 0):
        raise RuleError(_("Secret papers are letters; they have a book of their own."), field="secrecy")
    if letter.circular and int(values.get("secrecy") or 0):
        raise RuleError(_("A secret letter is no circular."), field="circular")
    dated = {**values, "doc_date": values.get("doc_date") or today}
    return _save_new(session, letter, unit_id, dated, clerk=clerk, today=today, action="saraban.outgoing.registered")


def enter_old(session: KhetSession, model: type[L], number: LedgerNumber, values: dict[str, Any]) -> L:
    """A line of a register that was kept elsewhere, under the number that it had there, used on the day of its entry.

    `values`: the correctable and editable fields.
    """
    letter = model()
    _fill(letter, values, (*CORRECTABLE, *EDITABLE))
    if isinstance(letter, IncomingLetter):
        letter.received_on = values.get("received_on") or number.taken_on
    letter.unit_id, letter.book, letter.secrecy, letter.number_id = number.unit_id, number.book, 0, number.id
    letter.year, letter.number, letter.suffix = number.year, number.number, 0
    letter.recipient = letter.recipient or ""
    letter.registered_on, letter.registered_by, letter.status = number.taken_on, number.taken_by, "done"
    _refresh_search(letter)
    session.add(letter)
    session.flush()
    return letter


def outgoing_doc_no(unit: Unit, letter: OutgoingLetter) -> str:
    """ที่ of an outgoing letter: prefix/number, circulars with ว (ระเบียบงานสารบรรณ; manual 000 §1.3); of an order
    and the like: number/พ.ศ."""
    if kinds.BY_KEY[letter.kind].number == kinds.BY_YEAR:
        return f"{letter.number_text}/{letter.year}"
    circular = "ว " if letter.circular else ""
    prefix = f"{unit.letter_prefix}/" if unit.letter_prefix else ""
    return f"{prefix}{circular}{letter.number_text}"


def work_on(session: KhetSession, letter: L, values: dict[str, Any], *, by: life.Signer) -> L:
    """Write หมายเหตุ and urgency, and การปฏิบัติ, with which the letter is done; taken out, it waits again.

    Raises RuleError for a letter that is cancelled or lies in its folder, or where its state does not allow the action.
    """
    require_live(letter)
    action = clean(values["action"] or "") if "action" in values else letter.action
    _fill(letter, values, [name for name in EDITABLE if name != "action"])
    if action and action != letter.action:
        if isinstance(letter, IncomingLetter):
            life.act(session, letter, action, by=by)
        else:
            sending.act(letter, action)
    elif not action and letter.action:
        if isinstance(letter, IncomingLetter):
            life.reopen(session, letter)
        else:
            sending.reopen(session, letter)
    session.flush()
    return letter


def officers(session: KhetSession) -> list[Account]:
    """Accounts of the district that a letter can be given to (ผู้ปฏิบัติ); at most 500."""
    return list(session.scalars(select(Account).where(Account.active.is_(True)).order_by(Account.id).limit(500)))


def names(session: KhetSession, user_ids: Collection[int]) -> dict[int | None, str]:
    """{account: name} of these accounts of the district."""
    if not user_ids:
        return {}
    name = Account.first_name + " " + Account.last_name
    rows = session.execute(select(Account.id, name).where(Account.id.in_(user_ids)))
    return {row[0]: row[1] for row in rows}


def _named(session: KhetSession, letter: Letter) -> set[int]:
    return people.named(session, _model(letter), [letter.id], bangkok_today())


def assign(session: KhetSession, letter: OutgoingLetter, user_id: int | None) -> Account | None:
    """Say whose matter an outgoing letter is (เจ้าของเรื่อง), or nobody's. Returns the account.

    Raises RuleError where the letter's state does not allow it, for a user who is not of the district, or one not named
    for a secret.
    """
    sending.WORKFLOW.check(letter, "assign")
    account = session.get(Account, user_id) if user_id else None
    if user_id and (account is None or not account.active):
        raise RuleError(_("Choose one from the list."), field="assignee_id")
    if account is not None and letter.secrecy and account.id not in _named(session, letter):
        raise RuleError(_("Only a reader named for this secret letter can work on it."), field="assignee_id")
    if letter.assignee_id != (account.id if account else None):
        sending.assign(letter, account.id if account else None)
        recorder.describe(session, letter, f"{_kind(letter)}.assigned")
    session.flush()
    return account


def correct(session: KhetSession, letter: Letter, values: dict[str, Any], *, reason: str, today: date) -> Letter:
    """A logged correction of what a number was issued for; the timeline shows both values.

    Number and book never change. Raises RuleError without a reason or for a broken date rule.
    """
    _require_open_book(session, letter)
    if not reason.strip():
        raise RuleError(_("Say why it is corrected."), field="reason")
    _check_dates({**values, "received_on": values.get("received_on")}, today)
    _fill(letter, values, CORRECTABLE)
    _refresh_search(letter)
    recorder.describe(session, letter, f"{_kind(letter)}.corrected", clean(reason))
    session.flush()
    return letter


def cancel(session: KhetSession, letter: Letter, *, reason: str) -> Letter:
    """ยกเลิก: the line stays legible with its number and reason, nothing is deleted; what was sent is taken back."""
    _require_open_book(session, letter)
    if not reason.strip():
        raise RuleError(_("Say why it is cancelled."), field="reason")
    engine.cancel(session, letter.number_id, clean(reason))
    (life if isinstance(letter, IncomingLetter) else sending).WORKFLOW.apply(letter, "cancel")
    recorder.describe(session, letter, f"{_kind(letter)}.cancelled", clean(reason))
    session.flush()
    if isinstance(letter, IncomingLetter):
        life.take_back(session, letter, reason)
    elif isinstance(letter, OutgoingLetter):
        if letter.assignee_id:
            life.tell_taken_off(session, letter.assignee_id, letter, "OutgoingView", reason)
        exchange.recall_all(session, letter, clean(reason))
    return letter


def add_files(session: KhetSession, letter: Letter, ids: list[int]) -> None:
    """Attach uploaded files to a registered letter."""
    require_live(letter)
    if not store.attach(session, letter, ids):
        raise RuleError(_("Choose a file."), field="files")
    recorder.describe(session, letter, f"{_kind(letter)}.file_added")
    reading.ask(session, letter)
    session.flush()


def _model(letter: Letter) -> type[IncomingLetter] | type[OutgoingLetter]:
    return IncomingLetter if isinstance(letter, IncomingLetter) else OutgoingLetter


def _table(letter: Letter) -> str:
    return _model(letter).__tablename__


def _kind(letter: Letter) -> str:
    return "saraban.incoming" if isinstance(letter, IncomingLetter) else "saraban.outgoing"


def closed_because(letter: Letter) -> str:
    """Why nothing can be changed about a letter any more; empty while something can."""
    if letter.status == "cancelled":
        return _("This letter is cancelled.")
    return _("This letter lies in its folder.") if letter.status == "stored" else ""


def require_live(letter: Letter) -> None:
    """Raises RuleError for a letter that is cancelled or lies in its folder."""
    if why := closed_because(letter):
        raise RuleError(why)


def fixed_because(session: KhetSession, letter: Letter) -> str:
    """Why what stands in the book is neither corrected nor cancelled any more; empty while it can be."""
    if masterdata.unit_of(session, letter.unit_id).active:
        return closed_because(letter)
    return closed_because(letter) or _("The book of a unit that has ended changes no more.")


def _require_open_book(session: KhetSession, letter: Letter) -> None:
    if why := fixed_because(session, letter):
        raise RuleError(why)


def _run_together(text: str) -> str:
    """How one ที่ or จาก is told from another: neither the kind of digits nor blanks make a difference."""
    return re.sub(r"\s+", "", plain_text(text))


def _number_key(doc_no: str) -> str:
    return _run_together(doc_no).removeprefix("ที่")


def _sender_key(sender: str) -> str:
    return _run_together(sender).replace(".", "")


def same_paper(
    session: KhetSession, model: type[L], unit_id: int, doc_no: str, sender: str, doc_date: date | None = None
) -> L | None:
    """A letter of the unit with the same ที่ that is from the same sender or of the same day, if this reader may know
    of it. One sender is written in many ways."""
    asked, from_whom = _number_key(doc_no), _sender_key(sender)
    if not asked:
        return None
    end = re.search(r"(?<!\d)\d+$", asked)
    spellings = (end.group(), thai_digits(end.group())) if end else (clean(doc_no),)
    written = select(model.id, model.doc_no, model.sender, model.doc_date).where(
        model.unit_id == unit_id,
        model.status != "cancelled",
        or_(*(model.doc_no.endswith(spelling, autoescape=True) for spelling in spellings)),
    )
    for row in session.execute(written.order_by(model.id.desc())):
        if _number_key(row.doc_no) == asked and (
            _sender_key(row.sender) == from_whom or (doc_date is not None and row.doc_date == doc_date)
        ):
            return session.get(model, row.id)
    return None


def registered_already(known: IncomingLetter | OutgoingLetter) -> str:
    """What is said of a paper that `same_paper` found."""
    return _(
        "A letter with this number is registered already: %(number)s from %(sender)s, %(subject)s. "
        "Save again to register it all the same.",
        number=known.number_text, sender=known.sender[:80], subject=known.subject[:80],
    )  # fmt: skip


def due_moment(day: date | None, clock: Any, zone: Any) -> datetime | None:
    """ด่วนภายใน as a moment: the day and time in Bangkok; end of the working day when no time is given."""
    if day is None:
        return None
    hour, minute = (clock.hour, clock.minute) if clock is not None else (16, 30)
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)

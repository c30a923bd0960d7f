"""Storing, lending and destroying letters. Knows no Flask beyond translated messages.

Rules: ระเบียบงานสารบรรณ ข้อ 52–70 (domain notes on saraban §4). Who appoints the committee in an area office is the
office's own affair: the number of its order is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, func, select

from core.base.errors import NotFound, RuleError
from core.base.text.thai import BUDDHIST_OFFSET, clean
from core.base.workflow import Transition, Workflow
from core.platform.masterdata import holidays
from core.platform.masterdata import services as masterdata
from core.platform.masterdata.models import Unit
from core.platform.timeline import recorder
from core.records.files import store
from core.records.files.models import Attachment
from core.storage.base import utc_now
from core.storage.scope import KhetSession
from plugins.saraban.models.letters import IncomingLetter, OutgoingLetter
from plugins.saraban.models.storage import (
    ARCHIVED,
    DEPOSITED,
    DESTROYED,
    LENT,
    STORED,
    CommitteeMember,
    Destruction,
    DestructionLine,
    Folder,
    Loan,
    Retention,
    Stored,
)
from plugins.saraban.work import outgoing
from plugins.saraban.work.life import Signer

#: ข้อ 57: years are the least that is kept; an office may keep longer
CLASSES = (
    ("general", "หนังสือทั่วไป", 10),
    ("law", "หนังสือเกี่ยวกับคดี กฎหมาย หรือความลับ", None),
    ("history", "หนังสือที่มีคุณค่าทางประวัติศาสตร์ สถิติ หลักฐาน หรือการวิจัย", None),
    ("copy", "สำเนาที่มีต้นเรื่องค้นได้จากที่อื่น", 5),
    ("routine", "เรื่องธรรมดาที่เกิดขึ้นเป็นประจำ และหนังสือเวียนเพื่อทราบ", 1),
    ("finance", "หนังสือเกี่ยวกับการเงินที่ สตง. ตรวจสอบแล้ว", 5),
)
#: at 20 years a letter goes to the National Archives (form 21), unless the office keeps it itself (form 22)
TO_ARCHIVES = 20
#: silence of the National Archives counts as consent after so many days
SILENCE = timedelta(days=60)
LEAST_MEMBERS = 3

WORKFLOW = Workflow(
    states={
        "surveyed": _l("Surveyed"),
        "appointed": _l("Before the committee"),
        "decided": _l("Waits for approval"),
        "approved": _l("Approved"),
        "archives": _l("With the National Archives"),
        "destroyed": _l("Destroyed"),
        "dropped": _l("Dropped"),
    },
    transitions=(
        Transition("appoint", _l("Enter the committee"), ("surveyed",), "appointed", "edit", "people"),
        Transition("decide", _l("Close the committee's list"), ("appointed",), "decided", "edit", "list-check"),
        Transition("approve", _l("Approve"), ("decided",), "approved", "approve", "patch-check"),
        Transition("archives", _l("Sent to the National Archives"), ("approved",), "archives", "edit", "send"),
        Transition("destroy", _l("Destroyed"), ("archives",), "destroyed", "edit", "fire"),
        Transition(
            "drop", _l("Drop the list"), ("surveyed", "appointed", "decided"), "dropped", "edit", "slash-circle"
        ),
    ),
)


def fill_classes(session: KhetSession) -> int:
    """Add the regulation's classes that the district has not; returns how many."""
    there = set(session.scalars(select(Retention.code)))
    source = "ระเบียบสำนักนายกรัฐมนตรีว่าด้วยงานสารบรรณ ข้อ 57"
    missing = [Retention(code=c, title=t, years=y, source=source) for c, t, y in CLASSES if c not in there]
    session.add_all(missing)
    session.flush()
    return len(missing)


def save_retention(session: KhetSession, one: Retention | None, values: dict[str, Any]) -> Retention:
    """Add or change a class; what is stored already keeps its date."""
    if one is None:
        one = Retention()
        session.add(one)
    one.code, one.title, one.source = clean(values["code"]), clean(values["title"]), clean(values["source"] or "")
    one.years = values["years"]
    session.flush()
    return one


def save_folder(session: KhetSession, folder: Folder | None, values: dict[str, Any]) -> Folder:
    """Add or change a folder of a unit. Raises RuleError for a code that the unit has already."""
    unit_id = folder.unit_id if folder is not None else values["unit_id"]
    same = select(Folder.id).where(Folder.unit_id == unit_id, Folder.code == clean(values["code"]))
    if folder is not None:
        same = same.where(Folder.id != folder.id)
    if session.scalar(same):
        raise RuleError(_("This code is taken."), field="code")
    if session.get(Retention, values["retention_id"]) is None:
        raise RuleError(_("Choose one from the list."), field="retention_id")
    if folder is None:
        folder = Folder(unit_id=unit_id)
        session.add(folder)
    folder.code, folder.title = clean(values["code"]), clean(values["title"])
    folder.location, folder.retention_id = clean(values["location"] or ""), values["retention_id"]
    session.flush()
    return folder


def keep_until(stored_on: date, years: int | None) -> date | None:
    """31 December of the last year that a letter is kept; None for ever."""
    return None if years is None else date(stored_on.year + years, 12, 31)


def keeps(session: KhetSession, unit_id: int) -> set[int]:
    """Units in whose folders a unit's letters are put: its own, and where it has ended those of who goes on with it."""
    return {unit_id, masterdata.goes_on_at(session, session.get_one(Unit, unit_id)).id}


def put_away(session: KhetSession, letter: IncomingLetter | OutgoingLetter, folder_id: int, *, on: date) -> Stored:
    """เก็บ: a letter whose work is done goes into a folder and gets a line of form 20.

    Raises RuleError as `check_put_away` does, and for another unit's folder.
    """
    check_put_away(letter)
    folder = session.get(Folder, folder_id)
    if folder is None or folder.unit_id not in keeps(session, letter.unit_id):
        raise RuleError(_("Choose a folder of the letter's own unit."), field="folder_id")
    retention = session.get(Retention, folder.retention_id)
    assert retention is not None
    highest = select(func.max(Stored.number)).where(Stored.unit_id == folder.unit_id)
    stored = Stored(
        unit_id=folder.unit_id, number=(session.scalar(highest) or 0) + 1, kind=letter.__tablename__,
        letter_id=letter.id, folder_id=folder.id, stored_on=on, register_no=f"{letter.number_text}/{letter.year}",
        doc_no=letter.doc_no, doc_date=letter.doc_date, subject=letter.subject, secrecy=letter.secrecy,
        keep_until=keep_until(on, retention.years),
    )  # fmt: skip
    session.add(stored)
    letter.status = "stored"
    recorder.describe(session, letter, f"{_register(letter)}.stored", folder.label)
    session.flush()
    return stored


def _register(letter: Any) -> str:
    return "saraban.incoming" if isinstance(letter, IncomingLetter) else "saraban.outgoing"


def check_in_place(stored: Stored) -> None:
    """Raises RuleError for a letter that is lent, deposited, or gone from storage."""
    if stored.state != STORED:
        raise RuleError(_("This letter is not in storage now."))


def check_deposited(stored: Stored) -> None:
    """Raises RuleError for a letter that the National Archives do not keep for the office."""
    if stored.state != DEPOSITED:
        raise RuleError(_("This letter is not deposited."))


def check_lent(loan: Loan) -> None:
    """Raises RuleError for a loan that was given back."""
    if loan.returned_on is not None:
        raise RuleError(_("This letter is back already."))


def check_put_away(letter: IncomingLetter | OutgoingLetter) -> None:
    """Raises RuleError for a secret letter (its registrar keeps it apart), one that is not done, or is stored."""
    if letter.secrecy:
        raise RuleError(_("Secret papers are kept apart, by their registrar."))
    if letter.status == "stored":
        raise RuleError(_("This letter is in storage already."))
    if letter.status not in (("done",) if isinstance(letter, IncomingLetter) else outgoing.STORABLE):
        raise RuleError(_("Only a letter whose work is done goes into storage."))


def lend(session: KhetSession, stored: Stored, values: dict[str, Any], *, by: Signer, on: date) -> Loan:
    """ยืม: purpose, approver and due date are needed; what is lent is not lent again."""
    check_in_place(stored)
    for name in ("borrower", "purpose", "approved_by"):
        if not clean(values.get(name) or ""):
            raise RuleError(_("Fill this in."), field=name)
    if values["due_on"] is None or values["due_on"] < on:
        raise RuleError(_("The date lies in the past."), field="due_on")
    stored.state = LENT
    loan = Loan(
        unit_id=stored.unit_id, stored_id=stored.id, title=stored.register_no if stored.secrecy else stored.label,
        borrower=clean(values["borrower"]), purpose=clean(values["purpose"]), approved_by=clean(values["approved_by"]),
        lent_on=on, lent_by=by.name, due_on=values["due_on"], due_at=holidays.closing(values["due_on"]),
    )  # fmt: skip
    session.add(loan)
    recorder.describe(session, stored, "saraban.stored.lent", loan.borrower)
    session.flush()
    return loan


def deposit(session: KhetSession, stored: Stored, remark: str) -> None:
    """ฝาก: the National Archives keep it for the office (แบบที่ 23); it is neither lent nor destroyed meanwhile."""
    check_in_place(stored)
    stored.state, stored.remark = DEPOSITED, clean(remark)[:300] or stored.remark
    recorder.describe(session, stored, "saraban.stored.deposited", clean(remark))
    session.flush()


def fetch(session: KhetSession, stored: Stored) -> None:
    """รับคืน: what was deposited is back in its place."""
    check_deposited(stored)
    stored.state = STORED
    recorder.describe(session, stored, "saraban.stored.fetched")
    session.flush()


def give_back(session: KhetSession, loan: Loan, who: str, *, on: date) -> None:
    """ส่งคืน: who brought it, and when."""
    check_lent(loan)
    if not clean(who):
        raise RuleError(_("Fill this in."), field="returned_by")
    stored = session.get(Stored, loan.stored_id)
    if stored is None:
        raise NotFound
    loan.returned_on, loan.returned_by = on, clean(who)
    stored.state = STORED
    recorder.describe(session, loan, "saraban.loan.returned")
    session.flush()


def due(session: KhetSession, unit_id: int, year: int) -> list[Stored]:
    """Stored letters whose time is over with the end of `year` (พ.ศ.) and which are in their place."""
    last = date(year - BUDDHIST_OFFSET, 12, 31)
    found = select(Stored).where(Stored.unit_id == unit_id, Stored.state == STORED, Stored.keep_until <= last)
    return list(session.scalars(found.order_by(Stored.number)))


def survey(session: KhetSession, unit_id: int, year: int, *, by: Signer, today: date) -> Destruction:
    """สำรวจ: the list of a year that is over. One that was dropped is begun anew.

    Raises RuleError before the year's end, twice, or where nothing is due.
    """
    if year >= today.year + BUDDHIST_OFFSET:
        raise RuleError(_("The year is not over yet."), field="year")
    same = select(Destruction).where(Destruction.unit_id == unit_id, Destruction.year == year)
    made = session.scalars(same).first()
    if made is not None and made.status != "dropped":
        raise RuleError(_("This year has its list already."), field="year")
    letters = due(session, unit_id, year)
    if not letters:
        raise RuleError(_("No letter of this unit has come to its end."), field="year")
    if made is None:
        made = Destruction(unit_id=unit_id, year=year)
        session.add(made)
    else:
        for former in (DestructionLine, CommitteeMember):
            session.execute(delete(former).where(former.destruction_id == made.id))
    made.surveyed_by_id, made.surveyed_by, made.status, made.order_no = by.user_id, by.name, "surveyed", ""
    session.flush()
    session.add_all(DestructionLine(destruction_id=made.id, stored_id=one.id, secrecy=one.secrecy) for one in letters)
    recorder.describe(session, made, "saraban.destruction.surveyed")
    session.flush()
    return made


def appoint(session: KhetSession, made: Destruction, order_no: str, members: Sequence[dict[str, Any]]) -> None:
    """The committee of an order: a chair and at least two members (ข้อ 66)."""
    if not clean(order_no):
        raise RuleError(_("Name the order that appoints the committee."), field="order_no")
    if len(members) < LEAST_MEMBERS or sum(bool(one["chair"]) for one in members) != 1:
        raise RuleError(_("A committee has one chair and at least two members."), field="members")
    WORKFLOW.apply(made, "appoint")
    made.order_no = clean(order_no)
    session.add_all(
        CommitteeMember(
            destruction_id=made.id,
            name=clean(one["name"]),
            position=clean(one["position"] or ""),
            chair=bool(one["chair"]),
        )
        for one in members
    )
    session.flush()


def lines(session: KhetSession, made: Destruction) -> list[tuple[DestructionLine, Stored]]:
    """The list in the order of the storage register."""
    found = (
        select(DestructionLine, Stored)
        .join(Stored, Stored.id == DestructionLine.stored_id)
        .where(DestructionLine.destruction_id == made.id)
        .order_by(Stored.number)
    )
    return [(row[0], row[1]) for row in session.execute(found)]


def members(session: KhetSession, made: Destruction) -> list[CommitteeMember]:
    """The committee, its chair first."""
    found = select(CommitteeMember).where(CommitteeMember.destruction_id == made.id)
    return list(session.scalars(found.order_by(CommitteeMember.chair.desc(), CommitteeMember.id)))


def vote(
    session: KhetSession, made: Destruction, line_ids: Sequence[int], *, in_favour: int, against: int, dissent: str,
    extend_until: date | None, today: date,
) -> None:  # fmt: skip
    """What the committee says of some lines: the majority destroys; else they are kept until a later day (ข้อ 67).

    Who disagreed is noted with the reason. Raises RuleError for votes that are not the committee's number.
    """
    check_vote(made)
    if in_favour + against != len(members(session, made)):
        raise RuleError(_("Every member of the committee has one vote."), field="in_favour")
    if min(in_favour, against) > 0 and not clean(dissent):
        raise RuleError(_("Write who disagreed, and why."), field="dissent")
    destroys = in_favour > against
    if not destroys and (extend_until is None or extend_until <= today):
        raise RuleError(_("Say until when they are kept."), field="extend_until")
    chosen = {one.id: one for one, _stored in lines(session, made)}
    for line_id in line_ids:
        line = chosen.get(line_id)
        if line is None:
            raise NotFound
        line.decision = "destroy" if destroys else "extend"
        line.extend_until = None if destroys else extend_until
        line.in_favour, line.against, line.dissent = in_favour, against, clean(dissent)
    session.flush()


def check(session: KhetSession, made: Destruction, key: str, *, by: int = 0) -> None:
    """Raises RuleError where a step of the list's way is not possible for user `by`, whatever its form says: for its
    state, where a letter is undecided, or who approves has proposed the list."""
    WORKFLOW.check(made, key)
    if key == "decide" and any(not line.decision for line, _stored in lines(session, made)):
        raise RuleError(_("The committee has not decided about every letter."))
    if key == "approve" and by == made.surveyed_by_id:
        raise RuleError(_("Who proposed the list does not approve it."))


def check_vote(made: Destruction) -> None:
    """Raises RuleError where the list is not before its committee."""
    if made.status != "appointed":
        raise RuleError(_("The list is not before the committee now."))


def decide(session: KhetSession, made: Destruction) -> None:
    """The committee has said something of every line. Raises RuleError as `check` does."""
    check(session, made, "decide")
    WORKFLOW.apply(made, "decide")
    session.flush()


def approve(session: KhetSession, made: Destruction, *, by: Signer, today: date) -> int:
    """อนุมัติ by somebody else than who proposed; what must not be destroyed any more leaves the list.

    Checked again: still in its place, its time over, not lent. Returns how many lines were left out.
    """
    check(session, made, "approve", by=by.user_id)
    WORKFLOW.apply(made, "approve")
    left = 0
    for line, stored in lines(session, made):
        eligible = stored.state == STORED and stored.keep_until is not None and stored.keep_until < today
        if line.decision == "destroy" and not eligible:
            line.decision = "left"
            recorder.describe(session, line, "saraban.destruction.left", _("lent, kept longer, or gone from its place"))
            left += 1
        elif line.decision == "extend":
            stored.keep_until = line.extend_until
            recorder.describe(session, stored, "saraban.stored.extended")
    made.approved_at, made.approved_by = (
        utc_now(),
        " ".join(part for part in (by.name, by.position, by.acting_for) if part),
    )
    recorder.describe(session, made, "saraban.destruction.approved")
    session.flush()
    return left


def to_archives(session: KhetSession, made: Destruction, on: date) -> None:
    """The list goes to the National Archives."""
    WORKFLOW.apply(made, "archives")
    made.archives_on = on
    session.flush()


def destroy(session: KhetSession, made: Destruction, values: dict[str, Any], *, root: Path, today: date) -> None:
    """Destroyed: after the Archives' answer, or after 60 days of silence. Rows, file names and hashes stay.

    `values`: destroyed_on, method, archives_answer, wanted (numbers of form 20 that the Archives take).
    """
    answer = clean(values.get("archives_answer") or "")
    if made.archives_on is not None and not answer and today < made.archives_on + SILENCE:
        raise RuleError(
            _("Wait for the National Archives: their silence counts after 60 days."), field="archives_answer"
        )
    if not clean(values.get("method") or ""):
        raise RuleError(_("Say how they were destroyed."), field="method")
    if values["destroyed_on"] is None or values["destroyed_on"] > today:
        raise RuleError(_("The date lies in the future."), field="destroyed_on")
    WORKFLOW.apply(made, "destroy")
    wanted = set(values.get("wanted") or ())
    for line, stored in lines(session, made):
        if line.decision != "destroy":
            continue
        if stored.state != STORED:
            line.decision = "left"
            continue
        if stored.number in wanted:
            stored.state = ARCHIVED
            recorder.describe(session, stored, "saraban.stored.archived")
            continue
        stored.state = DESTROYED
        recorder.describe(session, stored, "saraban.stored.destroyed")
        _files(session, root, stored, line)
    made.destroyed_on, made.method, made.archives_answer = values["destroyed_on"], clean(values["method"]), answer
    recorder.describe(session, made, "saraban.destruction.destroyed")
    session.flush()


def _files(session: KhetSession, root: Path, stored: Stored, line: DestructionLine) -> None:
    """Take the letter's files out; their names and hashes stay on the line."""
    found = select(Attachment).where(Attachment.kind == stored.kind, Attachment.record_id == stored.letter_id)
    said = []
    for file in session.scalars(found).all():
        said.append(f"{file.name} {file.sha256}")
        store.discard(session, root, file)
    line.kept = "\n".join(said)[:2000]


def drop(session: KhetSession, made: Destruction) -> None:
    """Give the list up before it is approved."""
    WORKFLOW.apply(made, "drop")
    session.flush()

"""The steps of an incoming letter's life. Knows no Flask beyond translated messages.

Rules: domain notes on saraban §3 (registered → proposed → directed → assigned → acknowledged → done → stored;
returned, cancelled); working-day limits are a district's setting.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from core.base.errors import NotFound, RuleError
from core.base.identity import Actor
from core.base.text.thai import clean, today
from core.base.workflow import Transition, Workflow
from core.platform.follow_ups import services as follow_ups
from core.platform.follow_ups.models import DONE, KNOWN, RELEASED, WITH_DOER, WITHDRAWN
from core.platform.masterdata import holidays
from core.platform.masterdata.models import Person
from core.platform.notices import services as notices
from core.platform.timeline import recorder
from core.platform.timeline.models import TimelineEntry
from core.platform.users.models import Account
from core.records.approvals import services as approvals
from core.storage.base import utc_now
from core.storage.scope import KhetSession
from plugins.saraban.models.endorsements import Assignment, Endorsement
from plugins.saraban.models.letters import GONE_ON, IN_HAND, OPEN, IncomingLetter, Letter
from plugins.saraban.papers import signatures
from plugins.saraban.settings import of_unit
from plugins.saraban.work import back, people

#: while nobody has to do anything about it any more
ENDED = ("done", "stored", "cancelled", "recalled")
#: what is written on a letter by who put it before somebody or gave it out
PUT_UP = ("proposed", "passed", "assigned")
#: what an assignment's history says when it is taken from its officer
TAKEN_OFF = "saraban.assignment.withdrawn"

WORKFLOW = Workflow(
    states={
        "registered": _l("Not proposed yet"),
        "proposed": _l("Proposed"),
        "directed": _l("Directed"),
        "assigned": _l("With officers"),
        "returned": _l("Sent back"),
        "done": _l("Done"),
        "stored": _l("In storage"),
        "cancelled": _l("Cancelled"),
        "recalled": _l("Taken back by the sender"),
    },
    transitions=(
        Transition("propose", _l("Propose"), (*IN_HAND, "proposed", "directed"), "proposed", "edit", "send-check"),
        Transition("direct", _l("Direct"), ("proposed",), "directed", "direct", "pen"),
        Transition("pass", _l("Put before another"), ("proposed",), "proposed", "direct", "send-check"),
        Transition("assign", _l("Give to officers"), OPEN, "assigned", "edit", "person-check"),
        Transition("return", _l("Send back"), GONE_ON, "returned", "direct", "arrow-return-left"),
        Transition("store", _l("Put into a folder"), ("done",), "stored", "edit", "archive"),
        Transition("act", _l("Write the action taken"), (*OPEN, "done"), "done", "edit", "pencil"),
        Transition(
            "cancel", _l("Cancel the letter"), (*OPEN, "done", "recalled"), "cancelled", "cancel", "slash-circle"
        ),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Signer:
    """Who writes on a letter, as they are today."""

    user_id: int
    name: str
    position: str = ""
    acting_for: str = ""
    signature: str = ""  #: sha256 of the picture of their signature
    #: users under whose name they may sign: themselves, and whose place they take
    names: frozenset[int] = frozenset()
    title: str = ""  #: นาย, นาง, นางสาว … where their person is known
    #: all that they hold on that day; `position` is the newest of them
    positions: tuple[str, ...] = ()


def signer(
    session: KhetSession, actor: Actor, on: date, holder_id: int | None = None, *,
    right: tuple[str, str] | None = None, unit_id: int = 0,
) -> Signer:  # fmt: skip
    """The acting user as a signer, in the capacity in which they do it.

    They act for another where the record waits for one whose place they take, and where they hold the `right` (verb,
    resource) to what they do at its unit only in another's place, whoever's name was picked.
    """
    account = session.get(Account, actor.user_id)
    if account is None:
        raise NotFound
    place = holder_id if holder_id in actor.stands_in_for else actor.stead
    if place is None and right is not None:
        place = actor.in_stead_of(right[1], right[0], unit_id)
    picture = signatures.of_user(session, actor.user_id)
    drawn = picture.sha256 if picture is not None else ""
    person = session.get(Person, account.person_id) if account.person_id else None
    positions = people.positions_of(session, account, on)
    return Signer(
        actor.user_id, actor.name, next(iter(positions), ""), approvals.acting_for(session, place, on),
        drawn, actor.names, person.title if person is not None else "", positions,
    )  # fmt: skip


def limits(session: KhetSession, letter: IncomingLetter) -> datetime | None:
    """Until when a letter must have been proposed: working days from วันที่รับ by its speed, or ด่วนภายใน if earlier.

    ด่วนที่สุด has the day it came; what comes after closing counts from the next day.
    """
    settings = of_unit(session, letter.unit_id)
    days = (settings.days_normal, settings.days_urgent, settings.days_urgent, 0)[letter.speed or 0]
    by_rule = holidays.closing(holidays.after(session, letter.received_on, days))
    if by_rule <= utc_now() and letter.received_on >= today():
        by_rule = holidays.closing(holidays.after(session, letter.received_on + timedelta(days=1), days))
    return min(by_rule, letter.due_at) if letter.due_at else by_rule


def _write(session: KhetSession, letter: IncomingLetter, step: str, by: Signer, text: str, addressed: str = "") -> None:
    session.add(
        Endorsement(
            letter_id=letter.id, secrecy=letter.secrecy, step=step, text=clean(text)[:1000], addressed=addressed[:500],
            user_id=by.user_id, name=by.name, position=by.position, acting_for=by.acting_for, signature=by.signature,
        )
    )  # fmt: skip
    recorder.describe(session, letter, f"saraban.incoming.{step}", clean(text)[:500])
    if step in ("acknowledged", "done"):
        back.acknowledged(session, letter)


def _named(session: KhetSession, letter: IncomingLetter, account: Account, field: str) -> None:
    """A secret letter goes to nobody who is not named for it."""
    if not letter.secrecy:
        return
    if account.id not in people.named(session, IncomingLetter, [letter.id], today()):
        raise RuleError(_("Only a reader named for this secret letter can work on it."), field=field)


def _account(session: KhetSession, user_id: int | None, field: str) -> Account:
    account = session.get(Account, user_id) if user_id else None
    if account is None or not account.active:
        raise RuleError(_("Choose one from the list."), field=field)
    return account


def _holds(letter: IncomingLetter, by: Signer) -> None:
    if letter.holder_id is not None and letter.holder_id not in by.names:
        raise RuleError(_("This letter waits for somebody else."))


def propose(
    session: KhetSession, letter: IncomingLetter, to_id: int, *, by: Signer, text: str = "",
    place_id: int | None = None, step: str = "propose",
) -> Account:  # fmt: skip
    """เสนอ: put a letter before somebody who may direct it. The caller has asked whether they may.

    `place_id`: whose place they take in it. It waits for that place, and so for whoever takes it next; a secret letter
    waits for none but who is named for it. `step`: "pass" where the one before whom it lies puts it before another,
    with their opinion. Raises RuleError where it lies before somebody else, or before the same one already.
    """
    account = _account(session, to_id, "holder_id")
    _named(session, letter, account, "holder_id")
    waits_for = place_id if place_id and not letter.secrecy else account.id
    if step == "pass":
        _holds(letter, by)
        if waits_for in (letter.holder_id, by.user_id):
            raise RuleError(_("It lies before them already: choose somebody else."), field="holder_id")
    WORKFLOW.apply(letter, step)
    letter.holder_id, letter.proposed_at = waits_for, utc_now()
    capacity = approvals.acting_for(session, place_id, today())
    done = "passed" if step == "pass" else "proposed"
    _write(session, letter, done, by, text, f"{people.name(account)} {capacity}".strip())
    session.flush()
    return account


def direct(session: KhetSession, letter: IncomingLetter, *, by: Signer, text: str) -> None:
    """สั่งการ: the one it was proposed to, or who takes their place, writes the order on it."""
    if not clean(text):
        raise RuleError(_("Write what is to be done."), field="text")
    _holds(letter, by)
    WORKFLOW.apply(letter, "direct")
    letter.holder_id = None
    _write(session, letter, "directed", by, text)
    session.flush()


def assign(
    session: KhetSession,
    letter: IncomingLetter,
    user_ids: Sequence[int],
    *,
    lead_id: int | None,
    by: Signer,
    task: str = "",
) -> list[Account]:
    """มอบหมาย: give a letter to officers, one of whom leads; who had it and is not among them has it no more.

    `lead_id` None: the first of them. Returns the officers for whom it is new. Raises RuleError where nobody is named,
    a secret's reader is not, or who leads is not among them.
    """
    wanted = list(dict.fromkeys(user_ids))
    if not wanted:
        raise RuleError(_("Choose at least one officer."), field="officers")
    if lead_id is not None and lead_id not in wanted:
        raise RuleError(_("Choose who leads among the officers above."), field="lead_id")
    lead_id = lead_id or wanted[0]
    if letter.status == "proposed":
        _holds(letter, by)
    accounts = {user_id: _account(session, user_id, "officers") for user_id in wanted}
    for account in accounts.values():
        _named(session, letter, account, "officers")
    there = {one.user_id: one for one in assignments(session, letter)}
    answer_by = back.answer_by(session, letter.id)
    wanted_by = holidays.closing(answer_by) if answer_by is not None else None
    WORKFLOW.apply(letter, "assign")
    letter.holder_id, letter.assignee_id = None, lead_id
    _write(session, letter, "assigned", by, task, ", ".join(map(people.name, accounts.values())))
    fresh = []
    for user_id, account in accounts.items():
        one = there.pop(user_id, None)
        if one is None:
            one = Assignment(letter_id=letter.id, unit_id=letter.unit_id, secrecy=letter.secrecy)
            session.add(one)
        if one.state not in WITH_DOER:
            follow_ups.give(one, account, by.user_id, by.name)
            fresh.append(account)
        one.lead, one.what, one.task = user_id == lead_id, letter.label, clean(task)
        one.urgency, one.due_at = letter.speed, letter.due_at or wanted_by
    for gone in there.values():
        if gone.state in WITH_DOER:
            _close(session, gone, clean(task))
    session.flush()
    return fresh


def send_back(session: KhetSession, letter: IncomingLetter, *, by: Signer, reason: str) -> list[Account]:
    """ส่งคืน: back to the unit's clerks, with the reason. Returns who had put it up or given it out, and has to hear."""
    if not clean(reason):
        raise RuleError(_("Say why it goes back."), field="text")
    if letter.status == "proposed":
        _holds(letter, by)
    sent_up = _who_sent_it_up(session, letter)  # asked first: the step is one line of the history
    WORKFLOW.apply(letter, "return")
    letter.holder_id = None
    _write(session, letter, "returned", by, reason)
    _withdraw(session, letter, reason)
    session.flush()
    return sent_up


def _who_sent_it_up(session: KhetSession, letter: IncomingLetter) -> list[Account]:
    signed = [one.user_id for one in endorsements(session, letter) if one.step in PUT_UP]
    wanted = {user_id for user_id in signed if user_id is not None}
    if letter.secrecy:
        wanted &= set(people.named(session, IncomingLetter, [letter.id], today()))
    found = [notices.account(session, user_id) for user_id in sorted(wanted)]
    return [account for account in found if account is not None]


def act(session: KhetSession, letter: IncomingLetter, action: str, *, by: Signer) -> None:
    """Write การปฏิบัติ: with that the letter is done, whoever had it.

    Nobody is said to have reported by it: who has taken note is asked no more, who has not still has to.
    """
    if not clean(action):
        raise RuleError(_("Write what was done."), field="action")
    WORKFLOW.apply(letter, "act")
    letter.holder_id, letter.action = None, clean(action)
    letter.done_at = letter.done_at or utc_now()
    _write(session, letter, "done", by, action)
    for one in _with_officers(session, letter):
        if one.state == KNOWN:
            one.state = RELEASED
    session.flush()


def reopen(session: KhetSession, letter: IncomingLetter) -> None:
    """The action was taken out again: the letter waits as before, unless its sender has taken it back; for the unit's
    clerks where who leads has reported, and nobody would do it.

    Raises RuleError where its state does not allow to write one.
    """
    WORKFLOW.check(letter, "act")
    letter.done_at, letter.action = None, ""
    if back.taken_back(session, letter):
        letter.status = "recalled"
        session.flush()
        return
    given = assignments(session, letter)
    for one in given:
        if one.state == RELEASED:
            one.state = KNOWN
    if any(one.lead and one.state in WITH_DOER for one in given):
        letter.status = "assigned"
    else:
        letter.status, letter.assignee_id = "registered", None
    session.flush()


def _with_officers(session: KhetSession, letter: IncomingLetter) -> list[Assignment]:
    return with_officers(session, [letter]).get(letter.id, [])


def _close(session: KhetSession, one: Assignment, reason: str, *, tell: bool = True) -> None:
    """It waits for its officer no longer, who is told; the reason stands in its history."""
    one.state = WITHDRAWN
    recorder.describe(session, one, TAKEN_OFF, clean(reason)[:500])
    if tell:
        tell_taken_off(session, one.user_id, one, "AssignmentView", reason)


def tell_taken_off(session: KhetSession, user_id: int, record: Assignment | Letter, view: str, reason: str) -> None:
    """A notice that a letter is with somebody no longer, unless they did it themselves."""
    officer = notices.account(session, user_id)
    if officer is not None and officer.id != session.scope.user_id:
        with force_locale(officer.locale):
            said = _("A letter is with you no longer: %(record)s", record=record.label[: 100 if reason else 200])
            said = notices.because(said, reason, record)
        notices.notify(session, officer, "saraban.withdrawn", said, record, view, words=clean(reason))


def _withdraw(session: KhetSession, letter: IncomingLetter, reason: str) -> None:
    for one in _with_officers(session, letter):
        _close(session, one, reason)
    if letter.status not in ("done", "stored"):  # whose work it was stays legible
        letter.assignee_id = None


def left_behind(
    session: KhetSession, letter: IncomingLetter, given: Sequence[Assignment], can: Collection[int], reason: str
) -> None:
    """Its unit has ended: what lies before, or with, somebody who does no work where it goes on is the clerks' again.

    `given`: what officers have of it; `can`: users who may have it in its state. What leaves whom is told once for all
    letters (worklist/telling.py).
    """
    if letter.status == "proposed" and letter.holder_id not in can:
        letter.status, letter.holder_id = "registered", None
    for one in given:
        if one.user_id not in can:
            _close(session, one, reason, tell=False)
            if one.lead:
                letter.assignee_id = None
    if letter.status == "assigned" and not any(one.lead and one.state in WITH_DOER for one in given):
        letter.status = "registered"
    session.flush()


def with_officers(session: KhetSession, letters: Sequence[IncomingLetter]) -> dict[int, list[Assignment]]:
    """What officers have of each letter, by its id."""
    live = select(Assignment).where(
        Assignment.letter_id.in_([one.id for one in letters]), Assignment.state.in_(WITH_DOER)
    )
    found: dict[int, list[Assignment]] = {}
    for one in session.scalars(live.order_by(Assignment.id)):
        found.setdefault(one.letter_id, []).append(one)
    return found


def take_back(session: KhetSession, letter: IncomingLetter, reason: str) -> None:
    """Back to the unit's clerks from whoever has it, who is told; where it is done, nobody is asked to take note of it
    any more."""
    if letter.status in GONE_ON:
        letter.status = "registered"
    if letter.holder_id is not None:
        tell_taken_off(session, letter.holder_id, letter, "IncomingView", reason)
    letter.holder_id = None
    _withdraw(session, letter, reason)
    session.flush()


def recall(session: KhetSession, letter: IncomingLetter, reason: str) -> None:
    """Its sender took it back: it waits for nobody and is given out no more; whoever had it is told, also who has
    reported, whose report stands."""
    take_back(session, letter, reason)
    for one in assignments(session, letter):
        if one.state == RELEASED:
            _close(session, one, reason)
        elif one.state == DONE:
            recorder.note(session, one, back.TAKEN_BACK, clean(reason)[:500])
            tell_taken_off(session, one.user_id, one, "AssignmentView", reason)
    if letter.status in OPEN:
        letter.status = "recalled"
    session.flush()


def written_for(session: KhetSession, one: Assignment) -> list[Endorsement]:
    """What an officer reads of what is written on a letter: all of it while it is theirs; of one that was taken from
    them what stood there then."""
    written = endorsements(session, one.letter)
    if one.state != WITHDRAWN:
        return written
    taken = select(func.max(TimelineEntry.at)).where(*recorder.noted(one, TAKEN_OFF))
    until = session.scalar(taken) or one.given_at  # it was taken before the history said so
    return [line for line in written if line.at <= until]


def acknowledge(session: KhetSession, one: Assignment, *, by: Signer) -> None:
    """ทราบ: the officer has seen it."""
    letter = _letter(session, one)
    follow_ups.take(session, one, "acknowledge", by_id=by.user_id, by=by.name)
    if letter.status in ENDED:
        one.state = RELEASED
    _write(session, letter, "acknowledged", by, "")
    session.flush()


def report(session: KhetSession, one: Assignment, text: str, *, by: Signer) -> None:
    """The officer's การปฏิบัติ. When the lead has reported, the letter itself is done; the others report for themselves,
    before or after it."""
    letter = _letter(session, one)
    follow_ups.take(session, one, "report", by_id=by.user_id, by=by.name, values={"report": text})
    session.flush()
    if one.lead and letter.status not in ENDED:
        act(session, letter, text, by=by)
    else:
        _write(session, letter, "reported", by, text)
    session.flush()


def _letter(session: KhetSession, one: Assignment) -> IncomingLetter:
    letter = session.get(IncomingLetter, one.letter_id)
    if letter is None or letter.status == "cancelled":
        raise RuleError(_("This letter is cancelled."))
    return letter


def endorsements(session: KhetSession, letter: IncomingLetter) -> list[Endorsement]:
    """What is written on a letter, oldest first."""
    found = select(Endorsement).where(Endorsement.letter_id == letter.id).order_by(Endorsement.id)
    return list(session.scalars(found))


def assignments(session: KhetSession, letter: IncomingLetter) -> list[Assignment]:
    """Who has or had it, the lead first."""
    found = select(Assignment).where(Assignment.letter_id == letter.id)
    return list(session.scalars(found.order_by(Assignment.lead.desc(), Assignment.id)))

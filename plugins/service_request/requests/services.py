"""What decides and changes in a request. Knows session, actor's facts and today; no Flask.

Each rule names its line: table 5.1 of manual 004, or the domain notes' rules (R), refusals (§12) and open points (§13).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import or_, select

from core.base.errors import RuleError, needs
from core.base.identity import Actor
from core.base.text.thai import BANGKOK, clean, search_text
from core.platform.masterdata import holidays
from core.platform.masterdata import services as masterdata
from core.platform.masterdata.models import Person, School, SchoolGroup, SchoolGroupMember, Unit
from core.platform.numbering import engine
from core.platform.timeline import recorder
from core.platform.users.models import Account
from core.records.approvals import services as approvals
from core.records.bookings import services as bookings
from core.records.integrations import Integrations
from core.records.letter_links import services as citing
from core.storage.scope import KhetSession
from plugins.service_request import calling_off, permissions
from plugins.service_request.catalogue import serving_unit, setting
from plugins.service_request.models import (
    APPROVED,
    DECLINED,
    VERBAL,
    Activity,
    Expense,
    Nominee,
    Plan,
    Request,
    Review,
    Service,
    Setting,
    Summary,
    Survey,
    minutes,
)
from plugins.service_request.requests.life import SPEAKING, WORKFLOW

#: for what speakers are asked: a request, or an activity of a plan
Asked = Request | Activity
#: roles in which a request cites letters
INCOMING, REPLY, TRAVEL, INVITATION, OFFER = "incoming", "reply", "travel", "invitation", "offer"
CALLED_OFF = "called_off"


@dataclass(frozen=True)
class Desk:
    """Who acts, when, and which modules stand beside."""

    actor: Actor
    person_id: int | None
    today: date
    integrations: Integrations
    #: whether an account can open and answer what a speaker is asked
    answers: Callable[[int], bool] = bool


def token_hash(token: str) -> str:
    """What is kept of a link's secret."""
    return hashlib.sha256(token.encode()).hexdigest()


def _network(session: KhetSession, school_id: int | None, on: date) -> str:
    """The school group (เครือข่าย) of a school on a day; empty where it has none."""
    if not school_id:
        return ""
    found = (
        select(SchoolGroup.name)
        .join(SchoolGroupMember, SchoolGroupMember.group_id == SchoolGroup.id)
        .where(
            SchoolGroupMember.school_id == school_id, SchoolGroupMember.starts_on <= on,
            or_(SchoolGroupMember.ends_on.is_(None), SchoolGroupMember.ends_on >= on),
        )
        .order_by(SchoolGroup.id)
    )  # fmt: skip
    return session.scalars(found.limit(1)).first() or ""


def check_times(starts_at: datetime, ends_at: datetime, today: date) -> None:
    """§12: end before start, and a start in the past, are refused."""
    if ends_at <= starts_at:
        raise RuleError(_("The end must lie after the beginning."), field="end_time")
    if starts_at.astimezone(BANGKOK).date() < today:
        raise RuleError(_("The beginning lies in the past."), field="start_on")


def save(session: KhetSession, request: Request | None, unit: Unit, values: dict[str, Any], *, today: date) -> Request:
    """Write a request (None: a new one) from what its form asked. Only a draft or a sent one still changes.

    Raises RuleError at the field for each refusal of §12: no venue or contact, n ≤ 0, times, negative money.
    """
    if request is not None and request.status not in ("draft", "asked", "waiting_letter", "received"):
        raise RuleError(_("A request whose conditions were checked does not change any more."))
    check_times(values["starts_at"], values["ends_at"], today)
    if (values.get("expected") or 0) <= 0:
        raise RuleError(_("At least one person takes part."), field="expected")
    if values.get("budget") is not None and values["budget"] < 0:
        raise RuleError(_("Money cannot be negative."), field="budget")
    if values.get("urgent") and not clean(values.get("urgent_reason") or ""):
        raise RuleError(_("Say why it is urgent."), field="urgent_reason")
    service: Service = masterdata.require(session, Service, values["service_id"])
    if not service.active:
        raise RuleError(_("This service is not offered any more."), field="service_id")
    school = session.get(School, values["school_id"]) if values.get("school_id") else None
    name = clean(values.get("requester") or "") or (school.name if school is not None else "")
    if not name:
        raise RuleError(_("Say who asks."), field="requester")
    if request is None:
        request = Request(served_by_id=serving_unit(session).id, asked_on=today)
        session.add(request)
    request.unit_id = unit.id
    kept = (
        "requester_type", "channel", "sort", "expected", "starts_at", "ends_at", "budget", "urgent",
    )  # fmt: skip
    for key in kept:
        setattr(request, key, values.get(key))
    for key in (
        "contact", "phone", "topic", "objective", "audience", "alternatives", "venue", "speakers_wanted",
        "urgent_reason",
    ):  # fmt: skip
        setattr(request, key, clean(values.get(key) or ""))
    request.urgent, request.day = bool(request.urgent), request.starts_at.astimezone(BANGKOK).date()
    request.service_id, request.area = service.id, service.area
    request.school_id, request.requester = (school.id if school is not None else None), name
    request.network = _network(session, request.school_id, today)
    _index(request)
    _count_days(session, request)
    session.flush()
    return request


def asked_by(session: KhetSession, request: Request, school: School, former: str, on: date) -> None:
    """A school takes the place of the one that asked; letters name it from now on, where they named that one, and what
    is still to be held counts for its school group."""
    request.school_id = school.id
    if request.requester == former:
        request.requester = school.name
    request.network = _network(session, school.id, on)
    planned = select(Activity).where(Activity.request_id == request.id, Activity.status == "planned")
    for activity in session.scalars(planned):
        activity.network = request.network
    _index(request)


def _index(request: Request) -> None:
    """By what it is found."""
    request.search_text = search_text(request.requester, request.topic, request.venue, request.contact)[:900]


def _count_days(session: KhetSession, request: Request) -> None:
    """R1: calendar days from the letter's arrival to the beginning, and the day by which it is decided: within the
    office's working days, and never after the eve of the beginning."""
    if request.received_on is None:
        return
    request.lead_days = (request.day - request.received_on).days
    by_rule = holidays.after(session, request.received_on, setting(session).decision_days)
    request.due_on = min(by_rule, max(request.received_on, request.day - timedelta(days=1)))


def submit(session: KhetSession, request: Request) -> None:
    """Send it to the clerk; what was asked by word waits for its letter at once (table 5.1 ข้อ 1.1)."""
    WORKFLOW.apply(request, "submit")
    if request.channel in VERBAL:
        WORKFLOW.apply(request, "want_letter")
    recorder.describe(session, request, f"service_request.{request.status}")
    session.flush()


def want_letter(session: KhetSession, request: Request) -> None:
    """The clerk asks for the letter first: a request without one is not received."""
    WORKFLOW.apply(request, "want_letter")
    session.flush()


def receive(
    session: KhetSession, request: Request, desk: Desk, *, letter_no: str, letter_on: date | None, received_on: date,
    agreed: str = "",
) -> None:  # fmt: skip
    """ลงรับ: only with its letter (R2), numbered in the book; the lead time counts from the letter's arrival."""
    WORKFLOW.check(request, "receive")
    if received_on > desk.today:
        raise RuleError(_("The date lies in the future."), field="received_on")
    known = citing.cited(session, request).get(INCOMING)
    if known is None or not known.number:  # a draft of the school's is no letter yet
        known = citing.type_in(
            session, request, INCOMING, letter_no, letter_on, request.topic, agreed=agreed, today=desk.today
        )
    if known.dated is not None and known.dated > request.day:
        raise RuleError(_("The letter is dated after the beginning."), field="letter_on")
    WORKFLOW.apply(request, "receive")
    if request.number is None:  # by a group that ended meanwhile: in the book of who goes on with its matters
        request.served_by_id = masterdata.goes_on_at(session, session.get_one(Unit, request.served_by_id)).id
        engine.give(session, request, request.served_by_id, today=desk.today, by=desk.actor.name)
    request.received_on = received_on
    _count_days(session, request)
    recorder.describe(session, request, "service_request.received", known.number)
    session.flush()


@dataclass(frozen=True)
class Conditions:
    """What a clerk sees before checking a request."""

    late: bool  #: fewer days than the manual wants
    closes_budget: bool  #: begins within some days before the budget year ends


def conditions(request: Request, limits: Setting) -> Conditions:
    """Table 5.1 ข้อ 1.2 and 2.1, as facts of this request."""
    day = request.day
    ends = date(day.year + (day.month >= 10), 9, 30)
    return Conditions(
        late=request.lead_days is not None and request.lead_days < limits.lead_days,
        closes_budget=0 <= (ends - day).days < limits.closing_days,
    )


def screen(session: KhetSession, request: Request, *, urgent: bool, urgent_reason: str, note: str) -> None:
    """ตรวจเงื่อนไข. Late is not refused, but wants urgency and its reason (2.1); an event that closes a budget
    wants a note of what was explained (1.2)."""
    WORKFLOW.check(request, "screen")
    found = conditions(request, setting(session))
    needs(
        (
            not found.late or (urgent and clean(urgent_reason)),
            _("Only %(days)s days are left: mark it urgent and say why.", days=request.lead_days), "urgent_reason",
        ),
        (
            not found.closes_budget or clean(note),
            _("It begins just before the budget year ends: note what you explained to the requester."), "note",
        ),
    )  # fmt: skip
    WORKFLOW.apply(request, "screen")
    request.urgent, request.urgent_reason = urgent or request.urgent, clean(urgent_reason) or request.urgent_reason
    request.note = clean(note)
    session.flush()


def propose(session: KhetSession, request: Request, desk: Desk) -> None:
    """เสนอหนังสือ: the clerk does it, never the speaker who is invited (table 5.1 ข้อ 3.1)."""
    wanted = request.speakers_wanted
    if desk.person_id is not None and wanted:
        person = session.get(Person, desk.person_id)
        if person is not None and person.first_name in wanted and person.last_name in wanted:
            raise RuleError(_("Who is invited to speak does not put the letter up: a clerk does."))
    WORKFLOW.apply(request, "propose")
    session.flush()


def hurry(session: KhetSession, request: Request, reason: str) -> None:
    """เร่งด่วน: from the clerk straight to who approves (table 5.1 ข้อ 3.2)."""
    if not clean(reason) and not request.urgent_reason:
        raise RuleError(_("Say why it is urgent."), field="reason_text")
    WORKFLOW.apply(request, "hurry")
    request.urgent, request.urgent_reason = True, clean(reason) or request.urgent_reason
    session.flush()


def _ask(one: Nominee, asked: Asked) -> None:
    """Ask somebody for the time at which it is now: what they said to another time falls away."""
    one.answer, one.reason, one.delegate_id = "waiting", "", None
    one.topic, one.day = asked.topic, asked.day
    one.starts_at, one.ends_at = asked.starts_at, asked.ends_at


def _stands(one: Nominee, there: dict[int, Nominee]) -> bool:
    """Whether somebody is asked or bound by this line: the person, or whoever was named in their place."""
    last: Nominee | None = one
    while last is not None and last.answer == "delegated":
        last = there.get(last.delegate_id or 0)
    return last is not None and last.answer in ("waiting", "accepted")


def nominees(session: KhetSession, asked: Asked) -> list[Nominee]:
    """Everybody who was ever asked to speak for it, in the order of asking."""
    return list(session.scalars(select(Nominee).filter_by(**_of(asked)).order_by(Nominee.id)))


def _of(asked: Asked) -> dict[str, int]:
    return {"request_id" if isinstance(asked, Request) else "activity_id": asked.id}


def nominate(
    session: KhetSession, asked: Asked, desk: Desk, people: Sequence[tuple[int, str]], *, but: Collection[int] = ()
) -> list[Nominee]:
    """ทาบทาม: ask these people ((person id, role)). Who is busy can be asked, and is warned; nobody twice, but who
    refused, in person or by a delegate, may be asked once more. Who cannot open the page of speakers is asked by word,
    and the group's director notes the answer. Raises RuleError where the request's state asks nobody.

    `but`: persons among these who need not be asked.
    """
    if not people:
        raise RuleError(_("Name at least one person."), field="people")
    if isinstance(asked, Request):
        WORKFLOW.check(asked, "circulate" if asked.status == "proposed" else "ask")
    there = {one.person_id: one for one in nominees(session, asked)}
    made = []
    for number, (person_id, role) in enumerate(people):
        if person_id in but:
            continue
        person: Person = masterdata.require(session, Person, person_id)
        one = there.get(person.id)
        if one is not None and _stands(one, there):
            raise RuleError(_("This person has been asked already."), field=f"people-{number}-person_id")
        own = select(Account.id).where(Account.person_id == person.id, Account.active.is_(True)).order_by(Account.id)
        if one is None:
            one = Nominee(**_of(asked), unit_id=asked.unit_id, person_id=person.id, name=person.full_name)
        one.user_id, one.role = next(filter(desk.answers, session.scalars(own).all()), None), role
        _ask(one, asked)
        session.add(one)
        there[person.id] = one
        made.append(one)
    _book(session, asked, desk, made, firm=False)
    if asked.status == "proposed":
        WORKFLOW.apply(asked, "circulate")
    session.flush()
    return made


def _book(
    session: KhetSession, asked: Asked, desk: Desk, speakers: Sequence[Nominee], *, firm: bool, field: str = ""
) -> None:
    """Who has agreed is taken at its time, who is asked might be. Raises RuleError for who is taken (R4)."""
    people = [one.person_id for one in speakers]
    bookings.book(session, desk.actor, asked, people, asked.starts_at, asked.ends_at, firm=firm, field=field)


def answer(
    session: KhetSession, one: Nominee, desk: Desk, said: str, *, delegate_id: int | None = None, reason: str = "",
    field: str = "answer",
) -> Nominee | None:  # fmt: skip
    """A speaker's answer. Twice at one hour is refused (R4); a delegate is asked in their place (4.1, 4.2).

    Raises RuleError at `delegate_id` for a delegate who cannot be asked, and for one beside another answer; at `field`
    for who is taken.
    """
    asked = asked_of(session, one)
    if not waits_for_answers(asked):
        raise RuleError(_("The request is not at the point at which speakers answer."))
    if said != "delegated" and delegate_id:
        raise RuleError(_("A delegate is named only where the answer is that one is sent."), field="delegate_id")
    if said == "accepted":
        _book(session, asked, desk, [one], firm=True, field=field)
    else:
        needs(
            (said != "delegated" or delegate_id, _("Name the delegate."), "delegate_id"),
            (clean(reason), _("Say why."), "reason"),
        )
    made = None
    if said == "delegated" and delegate_id:
        if delegate_id == one.person_id:
            raise RuleError(_("A delegate is somebody else."), field="delegate_id")
        try:
            made = nominate(session, asked, desk, [(delegate_id, one.role)])[0]
        except RuleError as error:
            raise RuleError(error.message, field="delegate_id") from None
    if said != "accepted":
        bookings.release(session, asked, [one.person_id])
    one.answer, one.reason, one.delegate_id = said, clean(reason), delegate_id
    recorder.describe(session, one, f"service_request.{said}", one.reason)
    session.flush()
    return made


def asked_of(session: KhetSession, one: Nominee) -> Asked:
    """The request, or the activity of a plan, for which somebody was asked."""
    if one.request_id is not None:
        return session.get_one(Request, one.request_id)
    return session.get_one(Activity, one.activity_id)


def responsible(session: KhetSession, asked: Asked) -> int | None:
    """The account that is responsible for the plan of an activity, and so picks its speakers."""
    plan = session.get(Plan, asked.plan_id) if isinstance(asked, Activity) and asked.plan_id else None
    return plan.owner_id if plan is not None else None


def waits_for_answers(asked: Asked) -> bool:
    """Whether those who are asked to speak can answer: one may fall ill when all is approved."""
    return asked.status in SPEAKING if isinstance(asked, Request) else asked.status == "planned"


def accepted(session: KhetSession, asked: Asked) -> list[Nominee]:
    """Speakers who have accepted."""
    found = select(Nominee).filter_by(**_of(asked), answer="accepted")
    return list(session.scalars(found.order_by(Nominee.id)))


def consider(session: KhetSession, request: Request, desk: Desk, values: dict[str, Any]) -> Review:
    """ประชุมพิจารณา: what the meeting decided on activity and budget."""
    if values["met_on"] > desk.today:
        raise RuleError(_("The date lies in the future."), field="met_on")
    WORKFLOW.apply(request, "consider")
    _end_offer(request)
    review = Review(
        request_id=request.id, met_on=values["met_on"], told_on=values.get("told_on"),
        attendees=clean(values.get("attendees") or ""), delegates=clean(values.get("delegates") or ""),
        activity_decision=clean(values["activity_decision"]),
        budget_decision=clean(values.get("budget_decision") or ""),
        by=desk.actor.name,
    )  # fmt: skip
    session.add(review)
    session.flush()
    return review


def send_back(session: KhetSession, request: Request, desk: Desk, reason: str) -> None:
    """Who approves wants it considered once more, and says why."""
    if not clean(reason):
        raise RuleError(_("Say why."), field="reason")
    WORKFLOW.apply(request, "back")
    recorder.describe(session, request, "service_request.sent_back", clean(reason))
    session.flush()


def _capacity(session: KhetSession, request: Request, desk: Desk, step: str) -> str:
    """รักษาราชการแทน and whom, where the step is the actor's only in another's place."""
    place = desk.actor.in_stead_of(permissions.REQUEST, WORKFLOW.transition(step).verb, request.unit_id)
    with session.no_autoflush:  # the step and what is said of it are one line of the history
        return approvals.acting_for(session, place, desk.today)


def _decide(session: KhetSession, request: Request, desk: Desk, decision: str, step: str) -> None:
    request.decision, request.decided_by_id = decision, desk.actor.user_id
    request.decided_by, request.decided_on = taken_by(session, request, desk, step)[:150], desk.today


def taken_by(session: KhetSession, request: Request, desk: Desk, step: str) -> str:
    """Who takes a step, and in whose place."""
    return approvals.in_capacity(desk.actor.name, _capacity(session, request, desk, step))


def approve(session: KhetSession, request: Request, desk: Desk) -> None:
    """อนุมัติ (ผอ.เขต). Not without a review and a speaker who accepted, unless urgent; never one who is taken (§12)."""
    WORKFLOW.check(request, "approve")
    reviewed = session.scalar(select(Review.id).filter_by(request_id=request.id).limit(1)) is not None
    speakers = accepted(session, request)
    needs(
        (reviewed or request.urgent, _("No meeting has considered it."), None),
        (speakers or request.sort == "advice" or request.urgent, _("No speaker has accepted yet."), None),
    )
    _book(session, request, desk, speakers, firm=True)
    WORKFLOW.apply(request, "approve")
    _decide(session, request, desk, APPROVED, "approve")
    session.flush()


def offer(
    session: KhetSession, request: Request, desk: Desk, starts_at: datetime, ends_at: datetime, reason: str, text: str
) -> None:
    """ขอเปลี่ยนช่วงเวลา: another time, with the reason (table 5.1 ข้อ 5.1)."""
    check_times(starts_at, ends_at, desk.today)
    WORKFLOW.apply(request, "offer")
    request.offered_start, request.offered_end = starts_at, ends_at
    request.offer_answer = request.offer_answered_by = ""
    citing.uncite(session, request, OFFER)
    request.reason, request.reason_text = reason, clean(text)
    recorder.describe(session, request, "service_request.offered", clean(text))
    session.flush()


def accept_offer(session: KhetSession, request: Request, desk: Desk) -> None:
    """The requester takes the new time; speakers are asked again for it."""
    WORKFLOW.apply(request, "accept")
    assert request.offered_start is not None
    assert request.offered_end is not None
    new_time(session, request, desk, request.offered_start, request.offered_end)
    _end_offer(request)
    _count_days(session, request)
    session.flush()


def _end_offer(request: Request) -> None:
    """No other time is on offer any more: what was offered, why, and what was said to it stand in the history alone."""
    request.offered_start = request.offered_end = None
    request.offer_answer = request.offer_answered_by = request.reason = request.reason_text = ""


def new_time(
    session: KhetSession, asked: Asked, desk: Desk, starts_at: datetime, ends_at: datetime,
    mover_id: int | None = None,
) -> None:  # fmt: skip
    """Put a request, or an activity of a plan, to another time, for which its speakers are asked again.

    Whoever sent a delegate is not: the delegate is. Where nobody is left, who refused the former time may be free at
    this one. `mover_id`: the person who moves it, and has said by this that the time fits.
    """
    asked.starts_at, asked.ends_at = starts_at, ends_at
    asked.day = starts_at.astimezone(BANGKOK).date()
    everybody = nominees(session, asked)
    standing = [one for one in everybody if one.answer in ("waiting", "accepted")]
    again = standing or [one for one in everybody if one.answer == "refused"]
    agreed = [one for one in again if one.answer == "accepted" and one.person_id == mover_id]
    for one in again:
        _ask(one, asked)
        if one not in agreed:
            recorder.describe(session, one, "service_request.asked_again")
    for one in agreed:
        one.answer = "accepted"
    _book(session, asked, desk, [one for one in again if one not in agreed], firm=False)
    _book(session, asked, desk, agreed, firm=True, field="start_on")


def new_venue(request: Request, venue: str) -> None:
    """Put a request to another place, which its letters then name."""
    request.venue = venue
    _index(request)


def refuse_offer(session: KhetSession, request: Request, desk: Desk, text: str) -> None:
    """The requester says that the new time does not fit, and why: the office offers another, keeps the first or
    declines by itself."""
    if not clean(text):
        raise RuleError(_("Say why."), field="reason_text")
    WORKFLOW.apply(request, "refuse")
    request.offer_answer, request.offer_answered_by = clean(text), desk.actor.name
    recorder.describe(session, request, "service_request.unfit", request.offer_answer)
    session.flush()


def decline(
    session: KhetSession, request: Request, desk: Desk, step: str, reason: str, text: str, told_on: date | None
) -> None:
    """ปฏิเสธ: told by word at once, then by letter, with the reason (table 5.1 ข้อ 5.1; R3)."""
    needs(
        (clean(text), _("A declined request has a reason: the letter says it."), "reason_text"),
        (told_on or step != "decline", _("Tell the requester by word first, and note the day."), "told_on"),
    )
    WORKFLOW.apply(request, step)
    _decide(session, request, desk, DECLINED, step)
    _end_offer(request)
    request.reason, request.reason_text, request.told_on = reason, clean(text), told_on
    release(session, request, request.reason_text)
    session.flush()


def release(
    session: KhetSession, asked: Asked, reason: str, answers: Sequence[str] = ("waiting", "accepted"), *,
    but: Collection[int] = (),
) -> None:  # fmt: skip
    """Those who stand at one of these answers are neither asked nor bound any more; nobody is said to have refused.
    `but`: persons who are."""
    free = [one for one in nominees(session, asked) if one.answer in answers and one.person_id not in but]
    for one in free:
        one.answer, one.reason = "released", reason
        recorder.describe(session, one, "service_request.released", reason)
    bookings.release(session, asked, [one.person_id for one in free])


def reply(
    session: KhetSession, request: Request, desk: Desk, *, letter_no: str = "", letter_on: date | None = None
) -> None:
    """แจ้งผล: one outgoing letter for the decision, numbered, not before it (R3, §12)."""
    if not request.decision:
        raise RuleError(_("It is not decided yet: an answer comes after the decision."))
    known = citing.settle(
        session, request, REPLY, _("The letter of answer"), letter_no, letter_on, subject=request.topic,
        today=desk.today,
    )  # fmt: skip
    if known.dated is not None and request.decided_on is not None and known.dated < request.decided_on:
        raise RuleError(_("The answer is dated before the decision."), field="letter_on")
    WORKFLOW.apply(request, "reply")
    recorder.describe(session, request, "service_request.replied", known.number)
    session.flush()


def prepare(
    session: KhetSession, request: Request, desk: Desk, *, letter_no: str = "", letter_on: date | None = None
) -> Activity:
    """An approved request begins with its answer and the order to travel (domain notes §3), and gets its activity."""
    if request.decision != APPROVED:
        raise RuleError(_("Only an approved request is prepared."))
    WORKFLOW.check(request, "prepare")
    citing.settle(
        session, request, TRAVEL, _("The order to travel"), letter_no, letter_on, subject=request.topic,
        today=desk.today,
    )  # fmt: skip
    WORKFLOW.apply(request, "prepare")
    activity = Activity(
        unit_id=request.unit_id, request_id=request.id, area=request.area, network=request.network, title=request.topic,
        starts_at=request.starts_at, ends_at=request.ends_at, venue=request.venue, day=request.day,
        minutes_planned=minutes(request.starts_at, request.ends_at),
    )  # fmt: skip
    session.add(activity)
    session.flush()
    return activity


def end_declined(session: KhetSession, request: Request) -> None:
    """A declined request ends after its letter."""
    if request.decision != DECLINED:
        raise RuleError(_("An approved request is prepared and held before it is closed."))
    WORKFLOW.apply(request, "end")
    session.flush()


def missing_papers(session: KhetSession, request: Request, today: date) -> list[str]:
    """What stands between a summarised request and its end (R5): survey, money papers, a summary that was sent."""
    activity = activity_of(session, request)
    if activity is None:
        return [_("The activity")]
    survey = session.scalars(select(Survey).filter_by(activity_id=activity.id)).first()
    summary = session.scalars(select(Summary).filter_by(activity_id=activity.id)).first()
    money = session.scalar(select(Expense.id).filter_by(activity_id=activity.id, status="open").limit(1))
    return [
        *([_("No survey was made")] if survey is None else []),
        *([_("The survey is still open")] if survey is not None and survey.takes_answers(today) else []),
        *([_("Money papers are missing")] if money is not None else []),
        *([_("The summary is not sent")] if summary is None or summary.status != "sent" else []),
    ]


def stays_open(session: KhetSession, request: Request, today: date) -> str:
    """Why a summarised request is not closed yet, naming what is missing; empty where nothing is."""
    missing = missing_papers(session, request, today)
    return _("Not yet: %(what)s.", what=", ".join(missing)) if missing else ""


def close(session: KhetSession, request: Request, today: date) -> None:
    """Raises RuleError that names what is missing."""
    WORKFLOW.check(request, "close")
    if why := stays_open(session, request, today):
        raise RuleError(why)
    WORKFLOW.apply(request, "close")
    session.flush()


def activity_of(session: KhetSession, request: Request) -> Activity | None:
    """The activity of a request."""
    return session.scalars(select(Activity).filter_by(request_id=request.id).order_by(Activity.id.desc())).first()


def give_up(session: KhetSession, request: Request, step: str, reason: str, *, told_by: str = "") -> None:
    """`cancel`: the requester withdraws before it is held; `call_off`: the office does not hold what it approved.

    What was asked of speakers falls away, and so does the activity. `told_by`: where the office notes a withdrawal, who
    asked for it and how. Raises RuleError without a reason, and for what was declined: its answer has ended it.
    """
    if not clean(reason):
        raise RuleError(_("Say why."), field="reason")
    if request.decision == DECLINED:
        raise RuleError(_("What was declined is neither withdrawn nor called off."))
    WORKFLOW.apply(request, step)
    _end_offer(request)
    request.cancel_reason = " · ".join(filter(None, (clean(reason), clean(told_by))))
    said = f"service_request.{request.status}"
    recorder.describe(session, request, said, request.cancel_reason)  # before the queries below, which flush
    release(session, request, request.cancel_reason)
    for activity in session.scalars(select(Activity).filter_by(request_id=request.id, status="planned")):
        calling_off.call_off(session, activity, said, request.cancel_reason)
    session.flush()

"""Activities, what they cost, and their summaries. No Flask.

Rules: table 5.1 ข้อ 6.1 (start at the actual time, make up minutes), 6.2 (change activity or place), 7.1 (papers by a
day); domain notes R5 and §12.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import or_, select
from sqlalchemy.orm.attributes import flag_modified

from core.base.errors import RuleError, needs
from core.base.text.thai import BANGKOK, clean, format_moment
from core.base.workflow import Transition, Workflow
from core.platform.follow_ups import services as follow_ups
from core.platform.follow_ups.models import WITH_DOER
from core.platform.masterdata.models import Person
from core.platform.timeline import recorder
from core.platform.users.models import Account
from core.records.bookings import services as bookings
from core.storage.base import utc_now
from core.storage.scope import KhetSession
from plugins.service_request import calling_off
from plugins.service_request.catalogue import fee_hour, setting
from plugins.service_request.models import (
    CALLED_OFF,
    SENT,
    TAKEN_OUT,
    VOID,
    Activity,
    Change,
    Expense,
    Nominee,
    Plan,
    Preparation,
    Request,
    Summary,
    Survey,
    minutes,
)
from plugins.service_request.requests.life import HELD, SUMMED
from plugins.service_request.requests.services import (
    Asked,
    Desk,
    accepted,
    answer,
    check_times,
    new_time,
    new_venue,
    nominate,
    nominees,
    release,
)

STATES = {"planned": _l("Planned"), "held": _l("Held"), CALLED_OFF: _l("Called off")}
CHANGES = {
    "moved": _l("Moved"), "venue": _l("Another place"), "form": _l("Another form"), "late": _l("Began late"),
}  # fmt: skip
#: all that becomes of an activity: what changes on its way, and that it is not held, or held after all
BECAME = {**CHANGES, CALLED_OFF: _l("Called off"), "resumed": _l("Taken up again")}
COSTS = {
    "fee": _l("Speaker's fee"), "travel": _l("Travel"), "allowance": _l("Allowance"), "room": _l("Lodging"),
    "material": _l("Material"), "food": _l("Food"), "other": _l("Other"),
}  # fmt: skip
PAYERS = {"asker": _l("Who asks"), "office": _l("The office")}
EXPENSES = Workflow(
    states={
        "open": _l("Papers missing"),
        "submitted": _l("Papers handed in"),
        VOID: _l("Not spent"),
        TAKEN_OUT: _l("Taken out"),
    },
    transitions=(
        Transition("spend", _l("It was spent all the same"), (VOID, TAKEN_OUT), "open", "edit", "cash"),
        Transition("submit", _l("Papers are handed in"), ("open",), "submitted", "edit", "check"),
        Transition("remind", _l("Remind of the papers"), ("open",), "open", "edit", "bell"),
        Transition("back", _l("Send the papers back"), ("submitted",), "open", "edit", "arrow-return-left"),
        Transition("take_out", _l("Take the cost out"), ("open",), TAKEN_OUT, "edit", "slash-circle"),
    ),
)
SUMMARIES = Workflow(
    states={"written": _l("Written"), "sent": _l("Sent")},
    transitions=(Transition("send", _l("Send the summary"), ("written",), "sent", "edit", "send"),),
)


def shut(activity: Activity) -> str:
    """Why an activity does not change any more; empty while it is planned."""
    return _("An activity that was held or called off does not change.") if activity.status != "planned" else ""


def open_(activity: Activity) -> None:
    """Raises RuleError for an activity that was held or called off."""
    if why := shut(activity):
        raise RuleError(why)


def plan(session: KhetSession, made: Plan, values: dict[str, Any], *, today: date) -> Activity:
    """An activity of a plan."""
    check_times(values["starts_at"], values["ends_at"], today)
    _in_force(made)
    activity = Activity(
        unit_id=made.unit_id, plan_id=made.id, area=values["area"], title=clean(values["title"]),
        day=values["starts_at"].astimezone(BANGKOK).date(), starts_at=values["starts_at"], ends_at=values["ends_at"],
        venue=clean(values["venue"]), agenda=clean(values.get("agenda") or ""),
        minutes_planned=minutes(values["starts_at"], values["ends_at"]),
    )  # fmt: skip
    session.add(activity)
    session.flush()
    return activity


def not_in_force(made: Plan) -> str:
    """Why a plan takes no activities; empty where it does."""
    return _("Activities are planned when the plan is approved.") if made.status != "approved" else ""


def _in_force(made: Plan) -> None:
    if why := not_in_force(made):
        raise RuleError(why)


def check_call_off(activity: Activity) -> None:
    """Raises RuleError for an activity that was held or called off, and for one that a request asked for."""
    open_(activity)
    if activity.request_id is not None:
        raise RuleError(_("What a request asked for is called off with its request."))


def check_pick(activity: Activity) -> None:
    """Raises RuleError for an activity that was held or called off, and for one that a request asked for."""
    open_(activity)
    if activity.request_id is not None:
        raise RuleError(_("What a request asked for has the speakers of its request."))


def call_off(session: KhetSession, activity: Activity, reason: str, *, by: str) -> list[Expense]:
    """An activity of a plan is not held. Returns the costs that fall away with it.

    Raises RuleError without a reason, and for one that a request asked for: who asked withdraws it, or the office calls
    the request off.
    """
    check_call_off(activity)
    if not clean(reason):
        raise RuleError(_("Say why."), field="reason")
    became = Change(
        activity_id=activity.id, sort=CALLED_OFF, was=format_moment(activity.starts_at), reason=clean(reason), by=by
    )
    session.add(became)
    release(session, activity, became.reason)
    return calling_off.call_off(session, activity, "service_request.called_off", became.reason)


def stays_off(session: KhetSession, activity: Activity) -> str:
    """Why an activity cannot be held after all; empty where it was called off, and the plan that it is of is still in
    force."""
    if activity.status != CALLED_OFF or activity.request_id is not None:
        return _("Only an activity of a plan that was called off is taken up again.")
    made = session.get(Plan, activity.plan_id) if activity.plan_id else None
    return not_in_force(made) if made is not None else ""


def take_up(session: KhetSession, activity: Activity, values: dict[str, Any], *, today: date, by: str) -> None:
    """An activity of a plan that was called off is planned again, for another time and place or the same.

    `values`: starts_at, ends_at, venue, reason. Raises RuleError as `plan`, and for one that was not called off.
    """
    if why := stays_off(session, activity):
        raise RuleError(why)
    check_times(values["starts_at"], values["ends_at"], today)
    was = format_moment(activity.starts_at)
    calling_off.shift(session, activity, values["starts_at"].astimezone(BANGKOK).date(), today)
    activity.starts_at, activity.ends_at = values["starts_at"], values["ends_at"]
    activity.venue, activity.day = clean(values["venue"]), activity.starts_at.astimezone(BANGKOK).date()
    activity.minutes_planned = minutes(activity.starts_at, activity.ends_at)
    became = Change(
        activity_id=activity.id, sort="resumed", was=was, now=format_moment(activity.starts_at), by=by,
        reason=clean(values.get("reason") or ""),
    )  # fmt: skip
    session.add(became)
    calling_off.take_up(session, activity, became.reason)


def check_preparation(activity: Activity, one: Preparation | None, due_on: date, *, today: date) -> None:
    """Something to get ready is due from today on, until the day of the activity. Raises RuleError at its field."""
    open_(activity)
    if one is not None and one.due_on == due_on:
        return
    if due_on < today:
        raise RuleError(_("The date lies in the past."), field="due_on")
    if due_on > max(activity.day, today):
        raise RuleError(_("It is to be ready by the day of the activity."), field="due_on")


def prepare(
    session: KhetSession,
    activity: Activity,
    agenda: str,
    ready: Collection[int],
    items: list[dict[str, Any]],
    desk: Desk,
) -> list[Preparation]:
    """The agenda, what is ready by now (ids), and what else is to be got ready (what, user_id, due_on; without a day by
    that of the activity). Returns what is new."""
    open_(activity)
    activity.agenda = clean(agenda)
    by_id, by = desk.actor.user_id, desk.actor.name
    for one in preparations(session, activity):
        if one.id in ready and one.state in WITH_DOER:
            follow_ups.take(session, one, "report", by_id=by_id, by=by)
    made = []
    for number, item in enumerate(items):
        due_on = item["due_on"] or max(activity.day, desk.today)
        try:
            check_preparation(activity, None, due_on, today=desk.today)
        except RuleError as error:
            raise RuleError(error.message, field=f"items-{number}-due_on") from error
        one = Preparation(activity_id=activity.id, unit_id=activity.unit_id)
        made.append(follow_ups.save(session, one, {**item, "due_on": due_on}, by_id, by))
    session.flush()
    return made


def preparations(session: KhetSession, activity: Activity) -> list[Preparation]:
    """What is to be got ready for it, in the order of its days."""
    mine = select(Preparation).filter_by(activity_id=activity.id)
    return list(session.scalars(mine.order_by(Preparation.due_on, Preparation.id)))


def asked_for(session: KhetSession, activity: Activity) -> Asked:
    """For what its speakers are asked: its request, or the activity itself where it is of a plan."""
    return session.get_one(Request, activity.request_id) if activity.request_id else activity


def pick(session: KhetSession, activity: Activity, desk: Desk, people: Sequence[tuple[int, str]]) -> list[Nominee]:
    """Who speaks at an activity of a plan ((person id, role)): who is new is asked, who is left out is not needed any
    more. Whoever picks has agreed for themselves. Returns those who are to be told that they are asked.

    Raises RuleError as `nominate`, for a picker who is taken then, and where a request asked for it.
    """
    check_pick(activity)
    picked = dict(people)
    named = session.scalars(select(Person).where(Person.id.in_(picked)).order_by(Person.sort_key, Person.id))
    recorder.describe(session, activity, "service_request.speakers", ", ".join(one.full_name for one in named))
    flag_modified(activity, "request_id")  # a new version: who has this page open meanwhile reads first who was picked
    standing = {one.person_id: one for one in nominees(session, activity) if one.answer in ("waiting", "accepted")}
    release(session, activity, "", but=picked)
    for person_id in picked.keys() & standing.keys():
        standing[person_id].role = picked[person_id]
    made = nominate(session, activity, desk, people, but=standing) if picked.keys() - standing.keys() else []
    for one in made:
        if one.person_id == desk.person_id:
            answer(session, one, desk, "accepted", field="people")
    session.flush()
    return [one for one in made if one.answer == "waiting"]


def _move(session: KhetSession, activity: Activity, desk: Desk, starts_at: datetime, ends_at: datetime) -> None:
    """To another time, with its request and its speakers, who are asked again. Raises RuleError for a past day, and for
    a speaker who is taken then (R4)."""
    if starts_at.astimezone(BANGKOK).date() < desk.today:
        raise RuleError(_("The beginning lies in the past."), field="start_on")
    asked = asked_for(session, activity)
    speakers = [one.person_id for one in accepted(session, asked)]
    bookings.check(session, desk.actor, speakers, starts_at, ends_at, but=asked, field="start_on")
    _keep_open(session, activity, starts_at.astimezone(BANGKOK).date())
    new_time(session, asked, desk, starts_at, ends_at, desk.person_id)
    calling_off.shift(session, activity, starts_at.astimezone(BANGKOK).date(), desk.today)
    activity.starts_at, activity.ends_at, activity.day = starts_at, ends_at, starts_at.astimezone(BANGKOK).date()


def _keep_open(session: KhetSession, activity: Activity, day: date) -> None:
    """A survey that would be closed before the new day takes answers for as long after it as after the former."""
    for survey in session.scalars(select(Survey).filter_by(activity_id=activity.id)):
        if survey.closes_on < day:
            survey.closes_on += day - activity.day


def change(session: KhetSession, activity: Activity, values: dict[str, Any], desk: Desk) -> Change:
    """Rain, a power cut, a late speaker: what was, what is now and why (table 5.1 ข้อ 6.1, 6.2).

    `values`: sort, reason, now (place or form), starts_at/ends_at (moved), minutes (late).
    """
    open_(activity)
    if not clean(values.get("reason") or ""):
        raise RuleError(_("Say why."), field="reason")
    sort, was, now, lost = values["sort"], "", clean(values.get("now") or ""), 0
    if sort == "moved":
        if values["ends_at"] <= values["starts_at"]:
            raise RuleError(_("The end must lie after the beginning."), field="end_time")
        was = format_moment(activity.starts_at)
        _move(session, activity, desk, values["starts_at"], values["ends_at"])
        activity.minutes_planned = minutes(activity.starts_at, activity.ends_at)
        now = format_moment(activity.starts_at)
    elif sort == "late":
        lost = values.get("minutes") or 0
        if lost <= 0:
            raise RuleError(_("Type how many minutes were lost."), field="minutes")
        now = str(lost)
    elif not now:
        raise RuleError(_("Type what takes its place."), field="now")
    elif sort == "venue":
        was, activity.venue = activity.venue, now
        request = session.get(Request, activity.request_id) if activity.request_id else None
        if request is not None:
            new_venue(request, now)
    made = Change(
        activity_id=activity.id,
        sort=sort,
        was=was[:300],
        now=now[:300],
        reason=clean(values["reason"]),
        minutes=lost,
        by=desk.actor.name,
    )
    session.add(made)
    recorder.describe(session, activity, f"service_request.{sort}", made.reason)
    recorder.note(session, activity, f"service_request.{sort}", made.reason) if sort in ("late", "form") else None
    session.flush()
    return made


def changes(session: KhetSession, activity: Activity) -> list[Change]:
    """What became of it, oldest first."""
    return list(session.scalars(select(Change).filter_by(activity_id=activity.id).order_by(Change.id)))


def _note(activity: Activity, start: datetime, end: datetime, attendance: int, made_up: int) -> None:
    """When it really began and ended, how many took part, and what was made up. Raises RuleError at each field."""
    needs(
        (end > start, _("The end must lie after the beginning."), "end_time"),
        (end <= utc_now() + timedelta(minutes=5), _("It has not ended yet."), "end_time"),
        (attendance > 0, _("At least one person takes part."), "attendance"),
        (made_up >= 0, _("Minutes cannot be negative."), "made_up"),
    )
    activity.actual_start, activity.actual_end, activity.attendance = start, end, attendance
    activity.minutes_delivered = minutes(start, end) + made_up
    activity.held_on = start.astimezone(BANGKOK).date()


def hold(
    session: KhetSession, activity: Activity, start: datetime, end: datetime, attendance: int, made_up: int = 0
) -> None:
    """จัดกิจกรรม: from its actual beginning to its actual end; minutes made up afterwards count as delivered (6.1)."""
    open_(activity)
    _note(activity, start, end, attendance, made_up)
    activity.status = "held"
    recorder.describe(session, activity, "service_request.held")
    calling_off.fall_away(session, activity)
    request = session.get(Request, activity.request_id) if activity.request_id else None
    release(session, request or activity, "", ("waiting",))
    if request is not None:
        request.status = HELD
        recorder.describe(session, request, "service_request.held")
    session.flush()


def _summary_of(session: KhetSession, activity: Activity) -> Summary | None:
    return session.scalars(select(Summary).filter_by(activity_id=activity.id)).first()


def noted(activity: Activity, summary: Summary | None) -> str:
    """Why what was noted of it stays as it is; empty where it can be put right."""
    if may_correct(activity, summary):
        return ""
    return _("What was noted is put right after it was held and until its summary is sent.")


def may_correct(activity: Activity, summary: Summary | None) -> bool:
    """Whether what was noted of it can be put right: it was held, and its summary is not sent yet."""
    return activity.status == "held" and (summary is None or summary.status != SENT)


def correct(
    session: KhetSession, activity: Activity, start: datetime, end: datetime, attendance: int, made_up: int, reason: str
) -> None:
    """What was noted wrongly of an activity that was held is put right, with the reason: reports count by it."""
    summary = _summary_of(session, activity)
    if why := noted(activity, summary):
        raise RuleError(why)
    if not clean(reason):
        raise RuleError(_("Say why."), field="reason")
    before = activity.attendance
    _note(activity, start, end, attendance, made_up)
    recorder.describe(session, activity, "service_request.corrected", clean(reason))
    if summary is not None and activity.held_on is not None:
        if summary.attended == before:  # a number of its own stays
            summary.attended = attendance
        summary.held_on = activity.held_on
        summary.due_on = activity.held_on + timedelta(days=setting(session).summary_days)
    session.flush()


def speakers_of(session: KhetSession, activity: Activity) -> frozenset[int]:
    """Accounts of those who speak at it: who accepted, and who is asked, maybe again for another time. An activity of a
    plan is also of who is responsible for the plan."""
    made = session.get(Plan, activity.plan_id) if activity.plan_id else None
    asked = {"request_id": activity.request_id} if activity.request_id else {"activity_id": activity.id}
    standing = select(Nominee.user_id).filter_by(**asked).where(Nominee.answer.in_(("accepted", "waiting")))
    found = {made.owner_id if made is not None else None, *session.scalars(standing)}
    return frozenset(one for one in found if one is not None)


def owed(activity: Activity) -> int:
    """Minutes that are still to be made up; 0 where nothing is owed."""
    return max(0, activity.minutes_planned - (activity.minutes_delivered or 0)) if activity.status == "held" else 0


def nothing_owed(activity: Activity) -> str:
    """Why no minutes are made up; empty where some are owed."""
    if activity.status != "held":
        return _("Minutes are made up after it was held.")
    return "" if owed(activity) else _("No minutes are owed.")


def make_up(session: KhetSession, activity: Activity, count: int) -> None:
    """ชดเชยเวลา after the day."""
    if why := nothing_owed(activity):
        raise RuleError(why)
    if not 0 < count <= owed(activity):
        raise RuleError(_("Between 1 and %(most)s minutes are owed.", most=owed(activity)), field="minutes")
    activity.minutes_delivered = (activity.minutes_delivered or 0) + count
    recorder.describe(session, activity, "service_request.made_up", str(count))
    session.flush()


def save_expense(session: KhetSession, expense: Expense | None, activity: Activity, values: dict[str, Any]) -> Expense:
    """A cost with the day for its papers. Raises RuleError for negative money (§12)."""
    if values["amount"] is None or values["amount"] < 0:
        raise RuleError(_("Money cannot be negative."), field="amount")
    if activity.status == CALLED_OFF:
        raise RuleError(_("An activity that was held or called off does not change."))
    if expense is None:
        expense = Expense(activity_id=activity.id, unit_id=activity.unit_id, title=activity.title)
        session.add(expense)
    elif expense.status != "open":
        raise RuleError(_("Its papers are handed in: it does not change any more."))
    for name in ("sort", "payer", "amount", "evidence_due"):
        setattr(expense, name, values[name])
    session.flush()
    return expense


def submit_papers(session: KhetSession, expense: Expense, on: date, *, today: date) -> None:
    """ส่งหลักฐานการเงิน."""
    if on > today:
        raise RuleError(_("The date lies in the future."), field="on")
    EXPENSES.apply(expense, "submit")
    expense.submitted_on = on
    session.flush()


def return_papers(session: KhetSession, expense: Expense, reason: str) -> None:
    """The papers were not in order, or were noted at the wrong cost: they are missing again."""
    EXPENSES.apply(expense, "back")
    expense.submitted_on = None
    recorder.describe(session, expense, "service_request_expense.back", clean(reason))
    session.flush()


def take_out(session: KhetSession, expense: Expense, reason: str) -> None:
    """A cost that was noted by mistake: it stays readable, is in no sum, and nobody is asked for its papers."""
    EXPENSES.apply(expense, "take_out")
    recorder.describe(session, expense, "service_request_expense.take_out", clean(reason))
    session.flush()


def paid_speakers(session: KhetSession, expense: Expense) -> list[Account]:
    """Accounts of the speakers of a cost's activity: they hand in the papers of what the office pays them."""
    speakers = (
        select(Account)
        .join(Nominee, Nominee.user_id == Account.id)
        .join(Activity, or_(Activity.request_id == Nominee.request_id, Activity.id == Nominee.activity_id))
        .where(Activity.id == expense.activity_id, Nominee.answer == "accepted")
    )
    return list(session.scalars(speakers.order_by(Account.id)).unique())


def fee(session: KhetSession, activity: Activity) -> int:
    """What a speaker's fee comes to at the district's rate, in baht: started hours count whole."""
    hours = -(-activity.minutes_planned // 60)
    return hours * fee_hour(session)


def check_held(activity: Activity) -> date:
    """The day on which it was held. Raises RuleError for one of which no summary is written yet, or ever."""
    if activity.status != "held" or activity.held_on is None:
        raise RuleError(_("A summary is written after it was held."))
    return activity.held_on


def check_new_summary(session: KhetSession, activity: Activity) -> None:
    """Raises RuleError for an activity that was not held, and for one that has its summary."""
    check_held(activity)
    if session.scalar(select(Summary.id).filter_by(activity_id=activity.id)) is not None:
        raise RuleError(_("This activity has its summary."))


def save_summary(session: KhetSession, summary: Summary | None, activity: Activity, values: dict[str, Any]) -> Summary:
    """สรุปผล of an activity that was held; one each."""
    held_on = check_held(activity)
    if values["attended"] is None or values["attended"] <= 0:
        raise RuleError(_("At least one person takes part."), field="attended")
    if summary is None:
        check_new_summary(session, activity)
        due = held_on + timedelta(days=setting(session).summary_days)
        summary = Summary(
            activity_id=activity.id,
            unit_id=activity.unit_id,
            title=activity.title,
            held_on=held_on,
            due_on=due,
        )
        session.add(summary)
    elif summary.status == SENT:
        raise RuleError(_("A summary that was sent does not change."))
    summary.attended = values["attended"]
    for name in ("result", "problems", "suggestions", "lessons"):
        setattr(summary, name, clean(values.get(name) or ""))
    session.flush()
    return summary


def send_summary(session: KhetSession, summary: Summary, to: str, *, today: date) -> None:
    """Sent, to whom and when; with it, and not while it is only written, its request is summarised."""
    if not clean(to):
        raise RuleError(_("Say to whom it is sent."), field="sent_to")
    SUMMARIES.apply(summary, "send")
    summary.sent_to, summary.sent_on = clean(to), today
    activity = session.get_one(Activity, summary.activity_id)
    request = session.get(Request, activity.request_id) if activity.request_id else None
    if request is not None and request.status == HELD:
        request.status = SUMMED
        recorder.describe(session, request, "service_request.summarised")
    session.flush()


def costs(session: KhetSession, activity: Activity) -> list[Expense]:
    """Every cost of an activity (amounts in baht), in the order of their entry."""
    return list(session.scalars(select(Expense).filter_by(activity_id=activity.id).order_by(Expense.id)))

"""Who is told of what becomes of a request."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from core.base.permissions import UNIT
from core.base.text.thai import today
from core.platform.accounts import services as accounts
from core.platform.masterdata import services as masterdata
from core.platform.masterdata.models import Unit
from core.platform.users.models import Account
from core.storage import cache
from core.web.notify import notify_user
from core.web.unit_of_work import db, khet
from plugins.service_request import permissions
from plugins.service_request.models import VERBAL, Activity, Nominee, Plan, Request, Summary
from plugins.service_request.requests import services

#: kinds of notice
ASKED, DECIDED, UNFIT = "service_request.asked", "service_request.decided", "service_request.unfit"
PLANNED = "service_request.planned"
#: what a step says to the school that asked
AT_SCHOOL = {
    "want_letter": _l("The office asks for the letter of your request: %(record)s"),
    "cancel": _l("%(who)s withdraws your request: %(record)s"),
    "call_off": _l("The office has to call off your request: %(record)s"),
    "offer": _l("The office offers you another time, say whether it fits: %(record)s"),
    "approve": _l("Your request has been decided: %(record)s"),
    **dict.fromkeys(("decline", "deny"), _l("%(who)s declines your request: %(record)s")),
}
#: what a change of its activity says
CHANGED = {
    "moved": _l("The time of an activity is another one: %(record)s"),
    "venue": _l("An activity is held at another place: %(record)s"),
    "form": _l("An activity is held in another form: %(record)s"),
}
#: to whom in the office a step hands the request (by the right), and what it says
AT_OFFICE = {
    "back": ("consider", _l("%(who)s sends a request back to be considered again: %(record)s")),
    "accept": ("consider", _l("%(who)s takes the time you offered: %(record)s")),
    "refuse": ("consider", _l("%(who)s says that the time you offered does not fit: %(record)s")),
    "call_off": ("receive", _l("%(who)s calls off a request for the office, its letter is to be sent: %(record)s")),
}
#: what speakers hear who stood at another answer before, by what has become of theirs
TO_SPEAKERS = {
    "released": _l("You need not speak any more: %(record)s"),
    "waiting": _l("The time is another one, say whether you can speak: %(record)s"),
    "accepted": _l("It is approved that you speak: %(record)s"),
}
#: steps by which speakers are asked for another time, or are not needed any more
FOR_SPEAKERS = ("accept", "decline", "deny", "cancel", "call_off")


def _holders(verb: str, request: Request, *, there: bool = False) -> list[Account]:
    """Who may do it with this request; `there`: by a role at its unit itself, not as the office that serves it."""
    unit = db.get_one(Unit, request.unit_id)
    if there and masterdata.successor(db, unit.id) is None:
        return []  # at a unit that is closed nobody is left; what it leaves behind is the office's
    roles = [role for role in khet().registry.roles() if not there or role.reach == UNIT]
    return accounts.who_may(db, roles, (verb, permissions.REQUEST), unit, today())


def speaker(one: Nominee) -> None:
    """Whoever is asked to speak, or named as a delegate, learns of it."""
    account = db.get(Account, one.user_id) if one.user_id else None
    if account is not None and account.active:
        notify_user(account, ASKED, _l("%(who)s asks whether you would speak: %(record)s"), one, "NomineeView")


#: what is said of a speaker who says no
NO = _l("%(who)s cannot come to speak, ask another: %(record)s")


def speaker_lost(request: Request, one: Nominee) -> None:
    """Whoever asks speakers learns that one who had accepted cannot come, and why."""
    for account in _holders("circulate", request):
        notify_user(account, ASKED, NO, request, "RequestView", by=one.name, why=one.reason)


#: what is said of a speaker who leaves the office: somebody else is asked, or is still to be found
LEAVES = {
    True: _l("A speaker cannot come, another is asked in their place: %(record)s"),
    False: _l("A speaker cannot come, somebody else is to be found: %(record)s"),
}


def speaker_leaves(asked: services.Asked, *, given_on: bool) -> None:
    """Who asked for it and the clerks of the request, or who is responsible for the plan, learn that a speaker leaves.
    Whoever asks speakers hears of one who is lost as of any other."""
    if isinstance(asked, Request):
        _tell_school(asked, LEAVES[given_on], asked, "RequestView")
        for account in _holders("receive", asked):
            notify_user(account, UNFIT, LEAVES[given_on], asked, "RequestView")
    elif given_on and (owner_id := services.responsible(db, asked)) is not None:
        owner = db.get(Account, owner_id)
        if owner is not None and owner.active:
            notify_user(owner, PLANNED, LEAVES[given_on], asked, "ActivityView")


def planned_speaker_lost(activity: Activity, one: Nominee) -> None:
    """Whoever picks the speakers of a plan's activity learns that one cannot come, and why."""
    owner_id = services.responsible(db, activity)
    owner = db.get(Account, owner_id) if owner_id else None
    if owner is not None and owner.active:
        told = [owner]
    else:
        unit = db.get_one(Unit, activity.unit_id)
        told = accounts.who_may(db, khet().registry.roles(), ("add", permissions.ACTIVITY), unit, today())
    for account in told:
        notify_user(account, PLANNED, NO, activity, "ActivityView", by=one.name, why=one.reason)


def answers(asked: services.Asked) -> dict[int, str]:
    """What everybody who was asked to speak has said at this moment, by the id of their line."""
    return {one.id: one.answer for one in services.nominees(db, asked)}


def speakers(asked: services.Asked, before: dict[int, str]) -> None:
    """Speakers learn that they are asked for another time or not any more. `before`: what they had said until then."""
    for one in services.nominees(db, asked):
        whose = db.get(Account, one.user_id) if one.user_id else None
        if whose is None or not whose.active or one.id not in before:
            continue
        if one.answer == "waiting" or (one.answer == "released" and before[one.id] != "released"):
            why = one.reason if one.answer == "released" else ""
            notify_user(whose, ASKED, TO_SPEAKERS[one.answer], one, "NomineeView", why=why)


def approved(request: Request) -> None:
    """Who has accepted to speak learns that it is approved: the day is theirs to hold."""
    for one in services.accepted(db, request):
        whose = db.get(Account, one.user_id) if one.user_id else None
        if whose is not None and whose.active:
            notify_user(whose, ASKED, TO_SPEAKERS["accepted"], one, "NomineeView")


def activity_changed(asked: services.Asked, activity: Activity, sort: str, *, costs: bool) -> None:
    """The school that asked, and who speaks, learn that its activity is held at another time or place or in another
    form; of an activity of a plan those whom it concerns, as in `plan_activity`. Speakers are asked anew for another
    time."""
    if sort not in CHANGED:
        return
    told: set[int] = set()
    if isinstance(asked, Request):
        _tell_school(asked, CHANGED[sort], activity, "ActivityView")
    else:
        told = plan_activity(activity, CHANGED[sort], costs=costs)
    if sort != "moved":
        for one in services.nominees(db, asked):
            whose = db.get(Account, one.user_id) if one.user_id and one.answer in ("waiting", "accepted") else None
            if whose is not None and whose.active and whose.id not in told:
                notify_user(whose, ASKED, CHANGED[sort], activity, "ActivityView")


def plan_activity(activity: Activity, said: Any, *, costs: bool, why: str = "") -> set[int]:
    """Who is concerned by an activity of a plan: who is responsible for the plan and who approved it, who plans
    activities, and where it has `costs`, who keeps their papers. Its speakers hear it otherwise. Returns who was told.
    """
    roles, unit = khet().registry.roles(), db.get_one(Unit, activity.unit_id)
    rights = [("add", permissions.ACTIVITY), *([("edit", permissions.EXPENSE)] if costs else [])]
    told = {one.id: one for right in rights for one in accounts.who_may(db, roles, right, unit, today())}
    plan = db.get(Plan, activity.plan_id) if activity.plan_id else None
    for user_id in (plan.owner_id, plan.approved_by_id) if plan is not None else ():
        if user_id and (account := db.get(Account, user_id)) is not None and account.active:
            told[account.id] = account
    for account in told.values():
        notify_user(account, PLANNED, said, activity, "ActivityView", why=why)
    return set(told)


def asker_acts(request: Request) -> bool:
    """Whether who asked takes the steps of its request itself: it did not ask by word, and has an account for them."""
    if request.channel in VERBAL:
        return False
    key = "asker acts", request.unit_id, today()
    return cache.cached(db, cache.PEOPLE, key, lambda: bool(_holders("edit", request, there=True)))


def _tell_school(request: Request, said: Any, record: Any, view: str, by: str = "", why: str = "") -> None:
    if db.get_one(Unit, request.unit_id).kind == "school":
        for account in _holders("edit", request, there=True):
            notify_user(account, DECIDED, said, record, view, by=by, why=why)


def summary_sent(summary: Summary) -> None:
    """Who reads at the school what came of an activity learns that it can be read."""
    unit, right = db.get_one(Unit, summary.unit_id), ("show", permissions.SUMMARY)
    roles = [role for role in khet().registry.roles() if role.reach == UNIT]
    for account in accounts.who_may(db, roles, right, unit, today()) if unit.kind == "school" else ():
        notify_user(account, DECIDED, _l("What came of an activity can be read: %(record)s"), summary, "SummaryView")


def turn(request: Request, step: str, before: dict[int, str], by: str, why: str = "") -> None:
    """After a step: whoever is next, and whom it touches, learn of it. `before`: what speakers had said until then;
    `by`: who took it, and in whose place; `why`: the reason that was typed."""
    if step in AT_SCHOOL:
        _tell_school(request, AT_SCHOOL[step], request, "RequestView", by, why)
    if step in AT_OFFICE:
        verb, said = AT_OFFICE[step]
        for account in _holders(verb, request):
            notify_user(account, UNFIT, said, request, "RequestView", by=by, why=why)
    if step in FOR_SPEAKERS:
        speakers(request, before)
    if step == "approve":
        approved(request)
    if step == "cancel" and "accepted" in before.values():
        for account in _holders("circulate", request):
            notify_user(account, UNFIT, _l("%(who)s withdraws a request for which a speaker had accepted: %(record)s"),
                 request, "RequestView", by=by, why=why)  # fmt: skip

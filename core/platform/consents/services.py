"""Asking for a grave right, deciding on it, and what then holds. Every session is of the account's own district.

Rules: who asks never decides, neither does the account it is for, nor another account of the same person; what nobody
decides in time is as if it had never been asked. Only then, by `accounts.services`, is anything changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select

from core.base.errors import NotFound, RuleError
from core.base.text.thai import clean
from core.platform.accounts import services as accounts
from core.platform.accounts.factors import services as factors
from core.platform.dual_control import codes, log, rules
from core.platform.dual_control.models import (
    ASKED,
    CLEARANCE,
    DONE,
    EXPIRED,
    FACTORS,
    GRANT,
    HANDED,
    REFUSED,
    RESET,
    UNLOCK,
    WITHDRAWN,
    GraveAct,
)
from core.platform.masterdata.models import OFFICE, Unit
from core.platform.timeline import recorder
from core.platform.users.models import Account, Grant
from core.platform.worklist import telling
from core.storage.base import utc_now
from core.storage.scope import KhetSession

#: how long a request waits, and how long the owner has to use the code
OPEN_FOR = timedelta(days=14)
#: more than a day's work: beyond it the director would be drowned
MOST_A_DAY = 30
#: a reason that another person can judge
LEAST_REASON = 10


@dataclass(frozen=True)
class Decider:
    """The second person. `user_id` None is the operator at the server, `person_id` who an account belongs to."""

    user_id: int | None
    name: str
    person_id: int | None = None


def _ask(
    session: KhetSession, what: str, account: Account, facts: Mapping[str, Any], reason: str, now: datetime
) -> GraveAct:  # fmt: skip
    reason = clean(reason)
    if len(reason) < LEAST_REASON:
        raise RuleError(_("Say why in a sentence: whoever consents reads it."), field="reason")
    scope = session.scope
    if scope.user_id is None:
        raise RuleError(_("Somebody has to ask by name."))
    facts = {"what": what, **facts}
    for other in open_acts(session, account.id, now):
        if other.facts == facts:
            raise RuleError(_("The same waits for consent already."))
    recent = select(func.count(GraveAct.id)).where(
        GraveAct.asked_by_id == scope.user_id, GraveAct.asked_at > now - timedelta(days=1)
    )
    if (session.scalar(recent) or 0) >= MOST_A_DAY:
        raise RuleError(_("You have asked for much today. Wait until tomorrow, or speak with the director."))
    office = session.scalars(select(Unit.id).where(Unit.kind == OFFICE).order_by(Unit.id)).first()
    if office is None:
        raise NotFound
    act = GraveAct(
        what=what, user_id=account.id, user_name=log.name_of(account), unit_id=office, facts=facts, reason=reason[:400],
        asked_by_id=scope.user_id, asked_by=scope.user_name, asked_at=now, expires_at=now + OPEN_FOR, state=ASKED,
        answer="",
    )  # fmt: skip
    session.add(act)
    session.flush()
    log.write(session, "asked", account, facts, reason, act=act)
    return act


def open_acts(session: KhetSession, user_id: int, now: datetime) -> list[GraveAct]:
    """What is asked for an account and not decided, or decided and not yet taken up by its owner."""
    mine = select(GraveAct).where(
        GraveAct.user_id == user_id, GraveAct.state.in_((ASKED, HANDED)), GraveAct.expires_at > now
    )
    return list(session.scalars(mine.order_by(GraveAct.id)))


def handed(session: KhetSession, user_id: int, *, but: int = 0) -> list[GraveAct]:
    """What was consented to and waits for the account's owner to use the one code, which is for all of it."""
    return [act for act in open_acts(session, user_id, utc_now()) if act.state == HANDED and act.id != but]


def ask_grant(session: KhetSession, account: Account, values: Mapping[str, Any], *, today: date) -> GraveAct:
    """Ask for a role, with the values of the grant's form. Raises RuleError as `add_grant` does."""
    role, unit, place = accounts.check_grant(session, account, values)
    facts = {
        "role": role.key, "role_id": role.id, "unit": unit.name, "unit_id": unit.id,
        "starts_on": values["starts_on"].isoformat(),
        "ends_on": values["ends_on"].isoformat() if values["ends_on"] else None,
        "stands_in_for_id": place.id if place else None, "place": log.name_of(place) if place else "",
    }  # fmt: skip
    if values["ends_on"] and values["ends_on"] < today:
        raise RuleError(_("The date lies in the past."), field="ends_on")
    return _ask(session, GRANT, account, facts, values.get("reason") or "", utc_now())


def ask_clearance(session: KhetSession, account: Account, level: int, reason: str) -> GraveAct:
    """Ask for a higher clearance."""
    if level <= account.clearance:
        raise RuleError(_("This user is cleared for it already."), field="level")
    return _ask(session, CLEARANCE, account, {"level": level}, reason, utc_now())


def ask_reset(session: KhetSession, account: Account, reason: str, *, today: date) -> GraveAct:
    """Ask that the owner of an account with grave rights may set a new password."""
    if not rules.is_grave(session, account, today):
        raise RuleError(_("This account holds no grave right: reset its password on its page."))
    return _ask(session, RESET, account, {}, reason, utc_now())


def ask_unlock(session: KhetSession, account: Account, reason: str) -> GraveAct:
    """Ask that a locked account with grave rights may be used again."""
    if account.active:
        raise RuleError(_("This account is not locked."))
    return _ask(session, UNLOCK, account, {}, reason, utc_now())


def ask_factors(session: KhetSession, account: Account, reason: str) -> GraveAct:
    """Ask that the second factor of an account with grave rights is taken away: the phone is lost."""
    if not factors.of_user(session, account.id):
        raise RuleError(_("This account has no second factor."))
    return _ask(session, FACTORS, account, {}, reason, utc_now())


def _account(session: KhetSession, act: GraveAct) -> Account:
    account = session.get(Account, act.user_id)
    if account is None:
        raise NotFound
    return account


def check_decider(session: KhetSession, act: GraveAct, by: Decider) -> None:
    """Raises RuleError for whoever asked, whom it is for, and another account of the same person."""
    if by.user_id is not None and by.user_id == act.asked_by_id:
        raise RuleError(_("Who asks does not decide: another person has to."))
    if by.user_id is not None and by.user_id == act.user_id:
        raise RuleError(_("It is for your own account: head office, or another who may consent, decides."))
    involved = [session.get(Account, user_id) for user_id in (act.asked_by_id, act.user_id)]
    if by.person_id is not None and by.person_id in {one.person_id for one in involved if one is not None}:
        raise RuleError(_("Who asks does not decide: another person has to."))


def check_open(act: GraveAct) -> None:
    """Raises RuleError for a request that was decided, and for one whose time is over."""
    if not act.open_at(utc_now()):
        raise RuleError(_("This is decided already, or its time is over."))


def check_asked(act: GraveAct) -> None:
    """Raises RuleError for a request that somebody has consented to or refused, and for one whose time is over."""
    check_open(act)
    if act.state != ASKED:
        raise RuleError(_("This is decided already, or its time is over."))


def deciders(session: KhetSession, act: GraveAct, today: date) -> list[Account]:
    """Who in the district may decide on a request today; nobody: head office does."""
    found = []
    for account in rules.consenters(session, today):
        try:
            check_decider(session, act, Decider(account.id, "", account.person_id))
        except RuleError:
            continue
        found.append(account)
    return found


def _decide(session: KhetSession, act: GraveAct, by: Decider, now: datetime, state: str, answer: str = "") -> Account:
    check_decider(session, act, by)
    check_asked(act)
    act.state, act.answer = state, answer
    act.decided_by_id, act.decided_by, act.decided_at = by.user_id, by.name, now
    return _account(session, act)


def consent(session: KhetSession, act: GraveAct, by: Decider, *, today: date) -> str:
    """Consent to what is asked. It holds at once, or, where a code is returned, as soon as the owner has used it.

    The code is for the account's owner, given by the one who consents: whoever asked may know the account's present
    password, so that password must not carry a grave right. Raises RuleError for who may not decide, and where what is
    asked has become impossible.
    """
    now = utc_now()
    accounts.hold(session, _account(session, act))
    code = accounts.temporary_password() if wants_code(session, act) else ""
    recorder.describe(session, act, "core.grave.consented")
    account = _decide(session, act, by, now, HANDED if code else DONE)
    if code:
        act.expires_at = now + OPEN_FOR
        codes.put(session, account, code, act.expires_at)
    else:
        carry_out(session, act, account, today)
    session.flush()
    ahead = begins_later(act, today) is not None
    heard = [] if code else [act.facts.get("stands_in_for_id")]
    said = ("handed_ahead" if ahead else "handed") if code else "ahead" if ahead else "consented"
    log.write(session, said, account, act.facts, also=[act.asked_by_id], but=heard)
    return code


def begins_later(act: GraveAct, today: date) -> date | None:
    """The first day of a role that was asked for beforehand and holds nothing yet; None for all else."""
    begins = date.fromisoformat(act.facts.get("starts_on") or today.isoformat())
    return begins if begins > today else None


def wants_code(session: KhetSession, act: GraveAct) -> bool:
    """Whether what is asked holds only once the owner has set a password that nobody else can know."""
    if act.what == RESET:
        return True
    account = _account(session, act)
    if act.what in (UNLOCK, FACTORS) or account.demo:  # a demo's password is everybody's
        return False
    return not codes.is_proven(session, account.id)  # whatever it holds: an administrator may have made the password


def new_code(session: KhetSession, act: GraveAct, by: Decider) -> str:
    """Another code in the place of one that was lost. Raises RuleError where the act does not wait for its owner."""
    check_decider(session, act, by)
    now = utc_now()
    if act.state != HANDED or not act.open_at(now):
        raise RuleError(_("This is decided already, or its time is over."))
    account = _account(session, act)
    code = accounts.temporary_password()
    codes.put(session, account, code, act.expires_at)
    log.write(session, "code", account, act.facts, also=[act.asked_by_id])
    return code


def carry_out(session: KhetSession, act: GraveAct, account: Account, today: date) -> None:
    """Let what was consented to hold. Raises RuleError where it has become impossible meanwhile.

    Whoever took the place of an account that becomes grave was given that by one person alone: it ends.
    """
    by = ", ".join(filter(None, (act.asked_by, act.decided_by)))
    facts, grave_before, given = act.facts, rules.is_grave_itself(session, account, today), None
    if act.what == GRANT:
        ends_on = date.fromisoformat(facts["ends_on"]) if facts["ends_on"] else None
        if ends_on is not None and ends_on < today:
            raise RuleError(_("The days that were asked for are over."))
        given = accounts.add_grant(
            session, account, facts["role_id"], facts["unit_id"], starts_on=date.fromisoformat(facts["starts_on"]),
            ends_on=ends_on, reason=act.reason[:200], stands_in_for_id=facts["stands_in_for_id"], consented=True,
            given_by=by,
        )  # fmt: skip
    elif act.what == CLEARANCE:
        accounts.set_clearance(session, account, max(account.clearance, facts["level"]), consented=True)
    elif act.what == UNLOCK:
        accounts.unlock(session, account)
    elif act.what == FACTORS:
        factors.reset(session, account, consented=True)
    if not grave_before and rules.is_grave_itself(session, account, today):
        for grant in rules.in_the_place_of(session, account.id, today):
            accounts.end_place(session, grant, account, today, by)
    elif given is not None:
        accounts.tell_stand_ins(session, given, "place_given")
    act.state, act.done_at = DONE, utc_now()
    session.flush()


def refuse(session: KhetSession, act: GraveAct, by: Decider, answer: str) -> None:
    """Refuse with a reason, which whoever asked and the owner read. Nothing changes."""
    if not clean(answer):
        raise RuleError(_("Fill this in."), field="answer")
    recorder.describe(session, act, "core.grave.refused")
    account = _decide(session, act, by, utc_now(), REFUSED, clean(answer)[:400])
    session.flush()
    log.write(session, "refused", account, act.facts, act.answer, also=[act.asked_by_id])


def withdraw(session: KhetSession, act: GraveAct) -> None:
    """Take back what one has asked, or what waits for its owner; a code for this alone is worth nothing then."""
    check_open(act)
    account = _account(session, act)
    if act.state == HANDED and not handed(session, account.id, but=act.id):
        codes.drop(session, account.id)
    recorder.describe(session, act, "core.grave.withdrawn")
    act.state = WITHDRAWN
    session.flush()
    log.write(session, "withdrawn", account, act.facts, also=[act.asked_by_id])


def expire(session: KhetSession, now: datetime) -> int:
    """Close what nobody decided or took up in time; run by housekeeping. Returns how many."""
    late = select(GraveAct).where(GraveAct.state.in_((ASKED, HANDED)), GraveAct.expires_at <= now).limit(100)
    acts = list(session.scalars(late))
    for act in acts:
        act.state = EXPIRED
        recorder.describe(session, act, "core.grave.expired")
        session.flush()
        log.write(session, "expired", session.get(Account, act.user_id), act.facts, also=[act.asked_by_id])
    return len(acts)


def leave(session: KhetSession, account: Account, *, today: date, actor: Any) -> int:
    """Somebody moves or retires: every role ends, the clearance with it, and what waits is taken back.

    Nobody's consent is needed: nothing is given. Returns how many roles ended.
    """
    now = utc_now()
    for act in open_acts(session, account.id, now):
        withdraw(session, act)
    running = session.scalars(select(Grant).where(Grant.user_id == account.id, Grant.lasts(today))).all()
    for grant in running:
        accounts.end_grant(session, grant, today, actor)
    accounts.set_clearance(session, account, 0)
    if running:
        telling.tell_givers(session, account.id, account.district_id)
    return len(running)

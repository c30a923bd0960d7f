"""The steps of a follow-up. Knows session, who acts and the time; no Flask. The caller flushes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from flask_babel import gettext as _

from core.base.errors import RuleError
from core.base.text.thai import clean
from core.platform.accounts import services as accounts
from core.platform.follow_ups.models import GIVEN, WITHDRAWN, AnyFollowUp
from core.platform.masterdata import services as masterdata
from core.platform.timeline import recorder
from core.platform.users.models import Account
from core.storage import fields
from core.storage.base import utc_now
from core.storage.scope import KhetSession

Kind = TypeVar("Kind", bound=AnyFollowUp)


def give(one: AnyFollowUp, account: Account | None, by_id: int | None, by: str) -> None:
    """It is this one's from now on, or nobody's by name, and nobody has taken note of it."""
    one.user_id, one.who = (account.id, account.get_full_name()[:150]) if account is not None else (None, "")
    one.given_by_id, one.given_by, one.given_at = by_id, by[:150], utc_now()
    one.state, one.known_at, one.done_at, one.done_by_id = GIVEN, None, None, None


def save(session: KhetSession, one: Kind, values: Mapping[str, Any], by_id: int, by: str) -> Kind:
    """Write what it is, by when, and whose; who has it already keeps it as it is. The kind has asked its rules."""
    user_id, fresh = values["user_id"], one.id is None
    fields.assign(one, {name: value for name, value in values.items() if name != "user_id"})
    if fresh or one.user_id != user_id:
        give(one, masterdata.require(session, Account, user_id) if user_id else None, by_id, by)
    if fresh:
        session.add(one)
    session.flush()
    return one


def check(one: AnyFollowUp, key: str) -> None:
    """Raises RuleError where its state does not allow the step; from whom it was taken learns that."""
    if one.state == WITHDRAWN and key in ("acknowledge", "report"):
        raise RuleError(_("This was taken back from you; it waits for you no longer."))
    one.WORKFLOW.check(one, key, "state")


def take(
    session: KhetSession, one: AnyFollowUp, key: str, *, by_id: int, by: str, values: Mapping[str, Any] | None = None
) -> None:
    """A step of its workflow, with what its form asked (report, reason, user_id).

    Raises RuleError where the state does not allow it, where words are missing, for handing it to who has it, and for
    verifying what one has done oneself.
    """
    asked = values or {}
    check(one, key)
    said = clean(asked.get("report" if key == "report" else "reason") or "")
    match key:
        case "acknowledge":
            one.known_at = utc_now()
        case "report":
            if one.IN_WORDS and not said:
                raise RuleError(_("Write what was done."), field="report")
            one.known_at = one.known_at or utc_now()
            one.done_at, one.done_by_id, one.report = utc_now(), by_id, said
        case "verify":
            if not accounts.same_people(session, {by_id}).isdisjoint({one.user_id, one.done_by_id}):
                raise RuleError(_("Somebody else verifies what you have done."))
        case "back" | "reopen":
            if key == "back" and not said:
                raise RuleError(_("Say why."), field="reason")
            one.done_at = one.done_by_id = None
        case "hand_on":
            if asked["user_id"] == one.user_id:
                raise RuleError(_("It is with them already."), field="user_id")
            account: Account = masterdata.require(session, Account, asked["user_id"])
            give(one, account, by_id, by)
            said = one.who
        case "withdraw" if not said:
            raise RuleError(_("Say why."), field="reason")
    one.WORKFLOW.apply(one, key, "state")
    recorder.describe(session, one, f"core.follow_up.{key}", said)

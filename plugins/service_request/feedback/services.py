"""Complaints, suggestions, questions and needs: received, given to somebody, answered, used in a plan. No Flask.

Manual 004 บทที่ 4 (ติดตาม 1.1, 1.3; การนำไปใช้ 1–5); R8: what is anonymous stays so for every role, because no name is
kept with it.
"""

from __future__ import annotations

import secrets
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from core.base.errors import RuleError
from core.base.text.thai import clean
from core.base.workflow import Transition, Workflow
from core.platform.masterdata import services as masterdata
from core.platform.timeline import recorder
from core.platform.users.models import Account
from core.storage.scope import KhetSession
from plugins.service_request.catalogue import serving_unit, setting
from plugins.service_request.models import Feedback, Plan
from plugins.service_request.requests.services import token_hash

CATEGORIES = {
    "complaint": _l("Complaint"), "suggestion": _l("Suggestion"), "question": _l("Question"), "need": _l("Need"),
}  # fmt: skip
CHANNELS = {
    "web": _l("Public form"),
    "letter": _l("Letter"),
    "word": _l("By word"),
    "phone": _l("Telephone"),
    "line": _l("LINE"),
}
WORKFLOW = Workflow(
    states={
        "new": _l("Just in"), "assigned": _l("Given to somebody"), "answered": _l("Answered"),
        "used": _l("Used in a plan"),
        "closed": _l("Closed"),
    },
    transitions=(
        Transition("assign", _l("Give to"), ("new", "assigned"), "assigned", "edit", "person-plus"),
        Transition("answer", _l("Answer"), ("new", "assigned"), "answered", "edit", "reply"),
        Transition("use", _l("Used in a plan"), ("answered",), "used", "edit", "diagram-3"),
        Transition("close", _l("Close it"), ("answered", "used"), "closed", "edit", "archive"),
    ),
)  # fmt: skip
LONGEST = 3000
SHORTEST = 10


def by_token(session: KhetSession, token: str) -> Feedback | None:
    """What was said with this link."""
    return session.scalars(select(Feedback).where(Feedback.token == token_hash(token))).first()


def receive(
    session: KhetSession, values: dict[str, Any], *, today: date, district_id: int | None = None, token: str = ""
) -> tuple[Feedback, str]:
    """Take in what somebody says; returns it with the secret of the link by which it is followed.

    `anonymous` drops name and contact before anything is kept. `token`: the secret of what is sent in from one
    page; what came with it before is not taken in twice.
    """
    before = by_token(session, token) if token else None
    if before is not None:
        return before, token
    text = clean(values["text"])
    if len(text) < SHORTEST:
        raise RuleError(_("Write a little more, so that it can be understood."), field="text")
    if len(text) > LONGEST:
        raise RuleError(_("At most %(length)s characters.", length=LONGEST), field="text")
    if values["category"] not in CATEGORIES:
        raise RuleError(_("Choose one of the listed values."), field="category")
    hidden = bool(values.get("anonymous"))
    name = "" if hidden else clean(values.get("name") or "")
    if not hidden and not name:
        raise RuleError(_("Type your name, or send it anonymously."), field="name")
    token = token or secrets.token_urlsafe(16)
    one = Feedback(
        unit_id=serving_unit(session).id, channel=values.get("channel") or "web", received_on=today,
        category=values["category"], text=text, anonymous=hidden, name=name[:150],
        contact="" if hidden else clean(values.get("contact") or "")[:150],
        due_on=today + timedelta(days=setting(session).answer_days), token=token_hash(token),
    )  # fmt: skip
    if district_id is not None:
        one.district_id = district_id
    try:
        with session.begin_nested():
            session.add(one)
    except IntegrityError:  # the same page a second time, at the same moment
        before = by_token(session, token)
        if before is None:
            raise
        return before, token
    return one, token


def assign(session: KhetSession, one: Feedback, account_id: int) -> Account:
    """Give it to somebody who answers it."""
    account: Account = masterdata.require(session, Account, account_id)
    WORKFLOW.apply(one, "assign")
    one.owner_id, one.owner = account.id, f"{account.first_name} {account.last_name}".strip()
    session.flush()
    return account


def answer(session: KhetSession, one: Feedback, text: str, *, today: date) -> None:
    """The answer, which whoever has the link reads."""
    if not clean(text):
        raise RuleError(_("Write something first."), field="answer")
    WORKFLOW.apply(one, "answer")
    one.answer, one.answered_on = clean(text), today
    recorder.describe(session, one, "service_request.answered")
    session.flush()


def use(session: KhetSession, one: Feedback, plan_id: int) -> None:
    """Taken up in a plan (การนำผลไปใช้)."""
    plan: Plan = masterdata.require(session, Plan, plan_id)
    WORKFLOW.apply(one, "use")
    one.plan_id = plan.id
    session.flush()


def close(session: KhetSession, one: Feedback) -> None:
    """Nothing is left to do."""
    WORKFLOW.apply(one, "close")
    session.flush()

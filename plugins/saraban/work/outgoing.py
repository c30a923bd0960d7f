"""How far an outgoing letter is (domain notes on saraban §3: numbered → dispatched → answered → stored)."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, update

from core.base.workflow import Transition, Workflow
from core.storage.scope import KhetSession
from plugins.saraban.models.dispatches import Dispatch
from plugins.saraban.models.letters import OutgoingLetter

#: not on its way yet; nothing has to be done about it any more
UNSENT, ENDED = ("registered", "assigned"), ("done", "stored", "cancelled")
#: what may go into a folder; what somebody may still have to do about
STORABLE, OPEN = ("sent", "answered", "done"), (*UNSENT, "sent", "answered")

WORKFLOW = Workflow(
    states={
        "registered": _l("Not worked on yet"),
        "assigned": _l("With an officer"),
        "sent": _l("Sent"),
        "answered": _l("Answered"),
        "done": _l("Done"),
        "stored": _l("In storage"),
        "cancelled": _l("Cancelled"),
    },
    transitions=(
        Transition("send", _l("Send"), UNSENT, "sent", "edit", "send"),
        Transition("answer", _l("Answered"), ("sent",), "answered", "edit", "reply"),
        Transition("assign", _l("Give to an officer"), OPEN, "", "edit", "person-check"),
        Transition("act", _l("Write the action taken"), (*OPEN, "done"), "done", "edit", "pencil"),
        Transition("store", _l("Put into a folder"), STORABLE, "stored", "edit", "archive"),
        Transition("cancel", _l("Cancel the letter"), (*OPEN, "done"), "cancelled", "cancel", "slash-circle"),
    ),
)


def assign(letter: OutgoingLetter, user_id: int | None) -> None:
    """Say whose matter it is, or nobody's; one that has gone out stays as far as it is. Raises RuleError where its
    state does not allow it."""
    WORKFLOW.apply(letter, "assign")
    letter.assignee_id = user_id
    if letter.status in UNSENT:
        letter.status = "assigned" if user_id else "registered"


def act(letter: OutgoingLetter, action: str) -> None:
    """Write การปฏิบัติ: with that the letter is done. Raises RuleError where its state does not allow it."""
    WORKFLOW.apply(letter, "act")
    letter.action = action


def reopen(session: KhetSession, letter: OutgoingLetter) -> None:
    """The action was taken out again: the letter is as far as it had come. Raises RuleError where its state does not
    allow to write one."""
    WORKFLOW.check(letter, "act")
    letter.action = ""
    sent = session.scalars(select(Dispatch.answered_at).where(Dispatch.letter_id == letter.id)).all()
    if sent:
        letter.status = "answered" if any(sent) else "sent"
    else:
        letter.status = "assigned" if letter.assignee_id else "registered"


def answered(session: KhetSession, letter_id: int) -> None:
    """The first answer to a sent letter. A statement, not the object: nobody's open form becomes a conflict by it."""
    session.execute(
        update(OutgoingLetter)
        .where(OutgoingLetter.id == letter_id, OutgoingLetter.status == "sent")
        .values(status="answered")
    )

"""How far an outgoing letter is (domain notes on saraban §3: numbered → dispatched → answered → stored)."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlalchemy import update

from core.base.workflow import Transition, Workflow
from core.storage.scope import KhetSession
from plugins.saraban.models import OutgoingLetter

#: not on its way yet; nothing has to be done about it any more
UNSENT, ENDED = ("registered", "assigned"), ("done", "stored", "cancelled")
#: what may go into a folder
STORABLE = ("sent", "answered", "done")

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
        Transition("store", _l("Put into a folder"), STORABLE, "stored", "edit", "archive"),
    ),
)


def answered(session: KhetSession, letter_id: int) -> None:
    """The first answer to a sent letter. A statement, not the object: nobody's open form becomes a conflict by it."""
    session.execute(
        update(OutgoingLetter)
        .where(OutgoingLetter.id == letter_id, OutgoingLetter.status == "sent")
        .values(status="answered")
    )

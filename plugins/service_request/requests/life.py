"""The states of a request and the steps between them (manual 004 บทที่ 4, ตารางที่ 5.1; domain notes §3)."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from core.base.workflow import Transition, Workflow
from plugins.service_request.models import BEFORE

#: while speakers are asked and answer: one may fall ill when all is approved
SPEAKING = ("circulated", "unfit", "considered", "approved", "replied", "preparing")

WORKFLOW = Workflow(
    states={
        "draft": _l("Draft"),
        "asked": _l("Sent to the office"),
        "waiting_letter": _l("Waits for the letter"),
        "received": _l("Received by the office"),
        "screened": _l("Conditions checked"),
        "proposed": _l("Proposed"),
        # by what holds on every way there: what was urgent, or sent back, comes here with nobody asked and no meeting
        "circulated": _l("Waits to be considered"),
        "considered": _l("Put before who approves"),
        "rescheduling": _l("Another time offered"),
        "unfit": _l("The offered time does not fit"),
        "approved": _l("Approved"),
        "declined": _l("Declined"),
        "replied": _l("Answered by letter"),
        "preparing": _l("Being prepared"),
        "delivered": _l("Held"),
        "summarised": _l("Summarised"),
        "closed": _l("Closed"),
        "cancelled": _l("Withdrawn"),
        "called_off": _l("Called off by the office"),
    },
    transitions=(
        Transition("submit", _l("Send the request"), ("draft",), "asked", "edit", "send"),
        Transition(
            "want_letter", _l("Ask for the letter"), ("draft", "asked"), "waiting_letter", "receive", "envelope",
        ),
        Transition(
            "receive", _l("Receive with its letter"), ("asked", "waiting_letter"), "received", "receive", "inbox",
        ),
        Transition("screen", _l("Check the conditions"), ("received",), "screened", "receive", "clipboard-check"),
        Transition("propose", _l("Propose"), ("screened",), "proposed", "receive", "send-check"),
        Transition(
            "hurry", _l("Straight to who approves"), ("received", "screened"), "considered", "receive", "lightning",
        ),
        Transition("circulate", _l("Ask speakers"), ("proposed",), "circulated", "circulate", "people"),
        Transition("ask", _l("Ask another speaker"), SPEAKING, "", "circulate", "person-plus"),
        Transition(
            "consider", _l("Note the meeting"), ("circulated", "unfit"), "considered", "consider", "chat-left-text"
        ),
        Transition("approve", _l("Approve"), ("considered",), "approved", "approve", "check-circle"),
        Transition(
            "offer", _l("Offer another time"), ("circulated", "unfit", "considered"), "rescheduling", "consider",
            "calendar-range"
        ),
        Transition("accept", _l("Accept the new time"), ("rescheduling",), "circulated", "edit", "check"),
        # the requester's no to a time is no decision of the office, which offers another or declines by itself
        Transition("refuse", _l("The new time does not fit"), ("rescheduling",), "unfit", "edit", "x"),
        Transition(
            "decline", _l("Decline"), ("screened", "proposed", "circulated", "unfit", "considered"), "declined",
            "consider",
            "x-circle",
        ),
        Transition("deny", _l("Do not approve"), ("considered",), "declined", "approve", "x-circle"),
        Transition("back", _l("Send back"), ("considered",), "circulated", "approve", "arrow-return-left"),
        Transition("reply", _l("Answer by letter"), ("approved", "declined"), "replied", "receive", "reply"),
        Transition("prepare", _l("Begin to prepare"), ("replied",), "preparing", "receive", "list-check"),
        Transition("end", _l("Close what was declined"), ("replied",), "closed", "receive", "archive"),
        Transition("close", _l("Close it"), ("summarised",), "closed", "receive", "archive"),
        Transition("cancel", _l("Withdraw"), BEFORE, "cancelled", "edit", "slash-circle"),
        # what is not decided yet the office declines; an open offer, and what it has approved, it calls off
        Transition(
            "call_off", _l("Call off for the office"), ("rescheduling", "approved", "replied", "preparing"),
            "called_off", "consider", "calendar-x",
        ),
    ),
)  # fmt: skip

#: what who asked says, of its own request
ASKERS = ("accept", "refuse", "cancel")
#: it is not held any more: who asked has withdrawn it, or the office has called it off
GIVEN_UP = ("cancelled", "called_off")
#: steps that other pages take: an activity that was held, a summary that was sent
HELD, SUMMED = "delivered", "summarised"

TYPES = {
    "school": _l("School"), "agency": _l("Agency"), "group": _l("Group of people"), "teacher": _l("Teacher"),
}  # fmt: skip
CHANNELS = {
    "letter": _l("Letter"), "smart": _l("Smart area"), "word": _l("By word"), "line": _l("LINE"),
    "phone": _l("Telephone"),
}  # fmt: skip
SORTS = {
    "advice": _l("Advice"), "speaker": _l("Speaker"), "training": _l("Training"), "seminar": _l("Seminar"),
    "workshop": _l("Workshop"), "visit": _l("Supervision visit"),
}  # fmt: skip
REASONS = {
    "time": _l("No time then"), "people": _l("No speaker for it"), "scope": _l("Not a service of the office"),
    "budget": _l("Budget"), "other": _l("Other"),
}  # fmt: skip
DECISIONS = {"approved": _l("Approved"), "declined": _l("Declined")}
ANSWERS = {
    "waiting": _l("Not answered"), "accepted": _l("Accepts"), "refused": _l("Refuses"),
    "delegated": _l("Sends a delegate"), "released": _l("Not needed any more"),
}  # fmt: skip
ROLES = {"speaker": _l("Speaker"), "helper": _l("Assistant speaker")}

NOMINEE_WORKFLOW = Workflow(
    states=ANSWERS,
    transitions=(Transition("answer", _l("Answer"), ("waiting", "accepted"), "accepted", "answer", "reply"),),
)

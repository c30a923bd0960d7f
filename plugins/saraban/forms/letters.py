"""Forms of the registers. Field order is the order in which a clerk reads the envelope."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField

from core.web.forms import (
    SECRECY_LEVELS,
    ClockField,
    FilesField,
    KhetForm,
    ThaiDateField,
    choice,
    paragraph,
    several,
    text,
)
from plugins.saraban import kinds

SPEEDS = [(0, _l("Normal")), (1, _l("Urgent")), (2, _l("Very urgent")), (3, _l("Most urgent"))]


class AssignForm(KhetForm):
    """Who works on the chosen letters."""

    assignee_id = choice(_l("Officer"), [], coerce=int, render_kw={"translate": "no"})


class ActForm(KhetForm):
    """What was done about the chosen letters."""

    action = paragraph(_l("Action taken"), need=True)


class WorkForm(KhetForm):
    """What changes while a letter is worked on."""

    action = paragraph(_l("Action taken"))
    remark = text(_l("Remark"), most=500, need=False)
    speed = choice(_l("Speed"), SPEEDS, coerce=int, default=0)
    due_on = ThaiDateField(_l("Must arrive by"), need=False, help=_l("For ด่วนภายใน only."))
    due_time = ClockField(_l("Time"))

    sizes = {"speed": "third", "due_on": "third", "due_time": "third"}


class _NewLetterForm(KhetForm):
    """What both registers ask about a new letter besides their own fields."""

    unit_id = choice(_l("Register of"), [], coerce=int)
    speed = choice(_l("Speed"), SPEEDS, coerce=int, default=0)
    due_on = ThaiDateField(_l("Must arrive by"), need=False, help=_l("For ด่วนภายใน only."))
    due_time = ClockField(_l("Time"))
    action = paragraph(_l("Action taken"))
    remark = text(_l("Remark"), most=500, need=False)
    secrecy = choice(_l("Secrecy"), SECRECY_LEVELS, coerce=int, default=0)
    readers = several(
        _l("May read it"),
        coerce=int,
        description=_l("Besides you. Nobody else finds this letter."),
    )
    reserved = choice(_l("Number"), [], coerce=int, default=0)
    files = FilesField(_l("Files"), help=_l("PDF, pictures and Office files. Drop them here."))
    duplicate_ok = HiddenField()

    fetched_with = frozenset({"unit_id"})  #: each register has its own readers and reserved numbers
    sizes = {
        **dict.fromkeys(
            ("speed", "due_on", "due_time", "secrecy", "received_on", "received_time", "circular", "unit_id", "kind"),
            "third",
        ),
        **dict.fromkeys(("reserved", "doc_no", "doc_date", "sender", "recipient"), "half"),
    }


class IncomingForm(_NewLetterForm):
    """A new line of the register of incoming letters."""

    scan = HiddenField()
    received_on = ThaiDateField(_l("Received on"))
    received_time = ClockField(_l("Received at"))
    doc_no = text(
        _l("Letter no."), most=80, need=False, help=_l("Leave empty when the letter bears none."), complete=True
    )  # fmt: skip
    doc_date = ThaiDateField(_l("Dated"), need=False)
    sender = text(_l("From"), complete=True)
    recipient = text(_l("To (addressee)"), complete=True)
    subject = text(_l("Subject"), most=1000, complete=True)

    groups = (
        (_l("Register"), ("unit_id", "reserved", "received_on", "received_time")),
        (_l("The letter"), ("doc_no", "doc_date", "sender", "recipient", "subject")),
        (_l("Urgency and secrecy"), ("speed", "due_on", "due_time", "secrecy", "readers")),
        (_l("Action taken"), ("action", "remark", "files")),
    )
    first = "doc_no"


class OutgoingForm(_NewLetterForm):
    """A new line of the register of outgoing letters."""

    kind = choice(_l("Kind"), [(kind.key, kind.title) for kind in kinds.LETTERS])
    circular = BooleanField(_l("Circular (ว)"))
    doc_date = ThaiDateField(_l("Dated"), need=False, help=_l("Today when left empty."))
    sender = text(_l("From"))
    recipient = text(_l("To (addressee)"), complete=True)
    subject = text(_l("Subject"), most=1000, complete=True)

    groups = (
        (_l("Register"), ("unit_id", "kind", "reserved", "circular")),
        (_l("The letter"), ("doc_date", "sender", "recipient", "subject")),
        (_l("Urgency and secrecy"), ("speed", "due_on", "due_time", "secrecy", "readers")),
        (_l("Action taken"), ("action", "remark", "files")),
    )
    first = "recipient"


class IssuedForm(_NewLetterForm):
    """A new line of the book of orders, announcements, certifications …"""

    kind = choice(_l("Kind"), [(kind.key, kind.title) for kind in kinds.ISSUED])
    doc_date = ThaiDateField(_l("Dated"), need=False, help=_l("Today when left empty."))
    sender = text(_l("Signed by"))
    recipient = text(_l("To (addressee)"), need=False)
    subject = text(_l("Subject"), most=1000, complete=True)

    groups = (
        (_l("Register"), ("unit_id", "kind", "reserved")),
        (_l("The paper"), ("doc_date", "sender", "recipient", "subject")),
        (_l("Action taken"), ("action", "remark", "files")),
    )
    first = "subject"


class IncomingCorrectionForm(KhetForm):
    """A logged correction of an incoming letter."""

    received_on = IncomingForm.received_on
    received_time = IncomingForm.received_time
    doc_no = IncomingForm.doc_no
    doc_date = IncomingForm.doc_date
    sender = IncomingForm.sender
    recipient = IncomingForm.recipient
    subject = IncomingForm.subject
    reason = text(_l("Reason"), most=300)


class OutgoingCorrectionForm(KhetForm):
    """A logged correction of an outgoing letter."""

    doc_no = text(_l("Letter no."), most=80)
    doc_date = ThaiDateField(_l("Dated"))
    sender = OutgoingForm.sender
    recipient = OutgoingForm.recipient
    subject = OutgoingForm.subject
    reason = text(_l("Reason"), most=300)


class CancelForm(KhetForm):
    """Why a letter is cancelled."""

    reason = text(_l("Reason"), most=300)


class ReadersForm(KhetForm):
    """Who may read a secret letter."""

    drafts = False
    readers = several(_l("May read it"), coerce=int)
    until = ThaiDateField(_l("Until"), need=False, help=_l("Leave empty when there is no end."))


class FilesForm(KhetForm):
    """Files for a registered letter."""

    files = FilesField(_l("Files"), need=True, help=_l("PDF, pictures and Office files. Drop them here."))

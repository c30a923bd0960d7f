"""What the timeline calls the steps, records and fields of correspondence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

from core.platform.dual_control import log
from core.platform.timeline import labels
from core.web.forms import SECRECY_LEVELS
from plugins.saraban import kinds
from plugins.saraban.forms.exchange import CHANNELS
from plugins.saraban.forms.letters import SPEEDS
from plugins.saraban.forms.storage import DECISIONS
from plugins.saraban.models import scans
from plugins.saraban.models import storage as stored
from plugins.saraban.models.dispatches import OPENED, SENT, STATES, TRAY_STATES
from plugins.saraban.reports.letters import INCOMING_BOOKS, OUTGOING_BOOKS
from plugins.saraban.work import drafting, life, outgoing, storage

_KINDS = {kind.key: kind.title for kind in kinds.KINDS}

#: facts of a number in a secret book: book, unit, number
SECRET_NUMBER = "saraban.secret_number"  # noqa: S105
#: facts of papers taken over: how many, unit
SECRET_TAKEN = "saraban.secret_taken"  # noqa: S105
_SECRET_BOOKS = {**INCOMING_BOOKS, **OUTGOING_BOOKS}


def number_in_book(facts: Mapping[str, Any]) -> str:
    """Which number of which book, as a notice and the log call a secret paper."""
    book = str(_SECRET_BOOKS.get(facts["book"], facts["book"]))
    return _("%(book)s of %(unit)s, no. %(number)s", book=book, unit=facts["unit"], number=facts["number"])


def taken_over(facts: Mapping[str, Any]) -> str:
    """How many papers of whose secret books."""
    return _("%(count)s letters of the secret books of %(unit)s", count=facts["count"], unit=facts["unit"])


log.register(
    {
        "saraban.taken_over": _l("%(by)s takes over the secret registry: %(what)s"),
        "saraban.emergency": _l("%(by)s opens a secret paper in an emergency: %(what)s"),
        "saraban.emergency_missed": _l(
            "%(by)s asked in an emergency for a number that the secret book does not have: %(what)s"
        ),
        "saraban.refused": _l(
            "%(by)s asked for a secret paper that is not theirs and was refused; how often stands with the paper."
        ),
    },
    unsaid=("saraban.refused",),
    brief={
        "saraban.taken_over": _l("%(by)s takes over the secret registry"),
        "saraban.emergency": _l("%(by)s opens a secret paper in an emergency"),
        "saraban.emergency_missed": _l("%(by)s asked in an emergency for a number that the secret book does not have"),
    },
    phrases={SECRET_NUMBER: number_in_book, SECRET_TAKEN: taken_over},
)
labels.register(
    actions={
        "saraban.incoming.registered": _l("registered"),
        "saraban.incoming.corrected": _l("corrected"),
        "saraban.incoming.cancelled": _l("cancelled"),
        "saraban.incoming.assigned": _l("given to officers"),
        "saraban.incoming.proposed": _l("proposed"),
        "saraban.incoming.directed": _l("directed"),
        "saraban.incoming.passed": _l("puts before another"),
        "saraban.incoming.acknowledged": _l("acknowledged"),
        "saraban.incoming.reported": _l("reported"),
        "saraban.incoming.done": _l("action taken"),
        "saraban.incoming.returned": _l("sent back"),
        "saraban.assignment.acknowledged": _l("acknowledged"),
        "saraban.assignment.reported": _l("reported"),
        "saraban.assignment.withdrawn": _l("taken back from the officer"),
        "saraban.outgoing.assigned": _l("given to an officer"),
        "saraban.incoming.file_added": _l("file added"),
        "saraban.outgoing.registered": _l("registered"),
        "saraban.outgoing.corrected": _l("corrected"),
        "saraban.outgoing.cancelled": _l("cancelled"),
        "saraban.outgoing.file_added": _l("file added"),
        "saraban.outgoing.sealed": _l("sealed with a certificate"),
        "saraban.outgoing.kept_back": _l("files kept back"),
        "saraban.outgoing.sent": _l("sent"),
        "saraban.dispatch.handed": _l("somebody took it"),
        "saraban.dispatch.answered": _l("answered"),
        "saraban.dispatch.failed": _l("not delivered"),
        "saraban.dispatch.again": _l("sent again"),
        "saraban.dispatch.recalled": _l("taken back"),
        "saraban.dispatch.not_recalled": _l("could not be taken back"),
        "saraban.dispatch.not_reminded": _l("the reminder did not arrive"),
        "saraban.arrival.untold": _l("the sender could not be told"),
        "saraban.arrival.recalled": _l("taken back by the sender"),
        "saraban.arrival.returned": _l("sent back to the sender"),
        "saraban.dispatch.returned": _l("sent back by the recipient"),
        "saraban.incoming.recalled": _l("taken back by the sender"),
        "saraban.dispatch.reminded": _l("reminded"),
        "saraban.arrival.passed_on": _l("lies there already, by the letter to the other school"),
        "saraban.dispatch.passed_on": _l(
            "passed on to the school that the recipient was merged into, which has it too"
        ),
        "saraban.dispatch.moved": _l("lies with the school that the recipient was merged into"),
        "saraban.arrival.opened": _l("opened"),
        "saraban.arrival.registered": _l("registered"),
        "saraban.scan.done": _l("registered"),
        "saraban.scan.dropped": _l("dropped"),
        "saraban.scan.broken": _l("the reading broke off"),
        "saraban.scan.again": _l("is read again"),
        "saraban.scan.unreadable": _l("could not be read"),
        "saraban.draft.check": _l("put before who checks"),
        "saraban.draft.propose": _l("proposed for signature"),
        "saraban.draft.back": _l("sent back"),
        "saraban.draft.unsigned": _l("took the signature back"),
        "saraban.draft.left_behind": _l("can be written on again, since its unit has ended"),
        "saraban.draft.fetch": _l("fetched back"),
        "saraban.draft.signed": _l("signed"),
        "saraban.draft.dropped": _l("dropped"),
        "saraban.draft.issued": _l("numbered"),
        "saraban.incoming.stored": _l("put into a folder"),
        "saraban.outgoing.stored": _l("put into a folder"),
        "saraban.stored.lent": _l("lent"),
        "saraban.stored.deposited": _l("deposited"),
        "saraban.stored.fetched": _l("fetched back"),
        "saraban.stored.extended": _l("kept longer"),
        "saraban.stored.archived": _l("handed to the National Archives"),
        "saraban.stored.destroyed": _l("destroyed"),
        "saraban.loan.returned": _l("given back"),
        "saraban.destruction.surveyed": _l("surveyed"),
        "saraban.destruction.approved": _l("approved"),
        "saraban.destruction.left": _l("left out"),
        "saraban.destruction.destroyed": _l("destroyed"),
        "saraban.secret.viewed": _l("secret paper viewed"),
        "saraban.secret.downloaded": _l("secret file downloaded"),
        "saraban.secret.refused": _l("secret paper refused"),
        "saraban.secret.emergency": _l("opened in an emergency"),
        "saraban.secret.readers": _l("readers named anew"),
        "saraban.secret.taken_over": _l("taken over by a registrar"),
    },
    kinds={
        "saraban_incoming": _l("Incoming letter"),
        "saraban_outgoing": _l("Outgoing letter"),
        "saraban_assignment": _l("Letter given to an officer"),
        "saraban_setting": _l("Registry settings"),
        "saraban_retention": _l("Class of keeping"),
        "saraban_folder": _l("Folder"),
        "saraban_stored": _l("Stored letter"),
        "saraban_loan": _l("Lent letter"),
        "saraban_destruction": _l("Destruction of letters"),
        "saraban_destruction_line": _l("Letter to be destroyed"),
        "saraban_scan": _l("Scanned stack"),
        "saraban_draft": _l("Draft"),
        "saraban_signature": _l("Signature"),
        "saraban_dispatch": _l("Letter sent"),
        "saraban_arrival": _l("Letter in the tray"),
    },  # fmt: skip
    fields={
        "saraban": {
            "acknowledged_at": lazy_pgettext("when", "Acknowledged"),
            "action": _l("Action taken"),
            "approved_by": _l("Approved by"),
            "circular": _l("Circular (ว)"),
            "doc_date": _l("Dated"),
            "doc_no": _l("Letter no."),
            "due_at": _l("Must arrive by"),
            "keep_until": _l("Kept until"),
            "letter_id": _l("Letter"),
            "opened_at": _l("Opened or taken"),
            "recipient": _l("To (addressee)"),
            "registered_at": lazy_pgettext("when", "Registered"),
            "remark": _l("Remark"),
            "reply_by": _l("Answer wanted by"),
            "secrecy": _l("Secrecy"),
            "sender": _l("From"),
            "speed": _l("Speed"),
            "subject": _l("Subject"),
        },
        "saraban_incoming": {
            "assignee_id": _l("Officer"),
            "done_at": _l("Done on"),
            "holder_id": _l("Lies before"),
            "propose_by": _l("To be proposed by"),
            "proposed_at": _l("Proposed on"),
            "received_on": _l("Received on"),
            "received_time": _l("Received at"),
        },
        "saraban_outgoing": {
            "assignee_id": _l("Officer"),
            "kind": _l("Kind"),
        },
        "saraban_assignment": {"lead": _l("Leads"), "task": _l("What is asked")},
        "saraban_draft": {
            "checked_by": _l("Checked by"),
            "holder_id": _l("Lies before"),
            "kind": _l("Kind"),
            "signature_id": _l("Signature"),
            "signed_at": _l("Signed on"),
            "signed_by": _l("Signed by"),
            "typed_by": _l("Typed by"),
        },
        "saraban_dispatch": {
            "address": _l("E-mail"),
            "answered_at": lazy_pgettext("when", "Answered"),
            "channel": _l("How"),
            "problem": _l("Why it was not delivered"),
            "proof": _l("Proof"),
            "registered_at": lazy_pgettext("when", "Registered there"),
            "reminded_at": _l("Reminded"),
            "sent_at": lazy_pgettext("when", "Sent"),
            "their_number": _l("Number there"),
        },
        "saraban_setting": {
            "address": _l("Address on letters"),
            "circular_shared": _l("Circulars are numbered in the general run"),
            "days_normal": _l("Normal, working days"),
            "days_urgent": _l("Urgent, working days"),
            "owner": _l("Owner of the matter on letters"),
            "phone": _l("Telephone on letters"),
        },
        "saraban_retention": {
            "code": _l("Code"),
            "source": _l("Source"),
            "title": _l("Name"),
            "years": _l("Years kept"),
        },
        "saraban_folder": {
            "code": _l("Code"),
            "location": _l("Place"),
            "retention_id": _l("How long"),
            "title": _l("Name"),
        },
        "saraban_stored": {"number": _l("Register number")},
        "saraban_loan": {
            "due_at": _l("To be given back on"),
            "due_on": _l("To be given back on"),
            "returned_by": _l("Brought back by"),
            "returned_on": _l("Given back on"),
            "title": _l("Letter"),
        },
        "saraban_destruction": {
            "approved_at": _l("Approved on"),
            "archives_answer": _l("Answer of the National Archives"),
            "archives_on": _l("Sent to the National Archives"),
            "destroyed_on": _l("Destroyed on"),
            "method": _l("How"),
            "order_no": _l("Order no."),
        },
        "saraban_destruction_line": {
            "against": _l("Against"),
            "decision": _l("Decision"),
            "dissent": _l("Who disagreed, and why"),
            "extend_until": _l("Kept until"),
            "in_favour": _l("For destroying"),
            "kept": _l("Files that were destroyed"),
        },
        "saraban_scan": {"title": _l("Name")},
    },
    errands={
        "letter delivery": _l("Delivery of letters"),
        "letter by link": _l("The recipient, by the link in their mail"),
        "reading a scan": _l("Reading of scans"),
    },
    values={
        ("saraban_incoming", "status"): life.WORKFLOW.states,
        ("saraban_outgoing", "status"): outgoing.WORKFLOW.states,
        ("saraban_draft", "status"): drafting.WORKFLOW.states,
        ("saraban_destruction", "status"): storage.WORKFLOW.states,
        ("saraban_dispatch", "state"): {
            **STATES,
            SENT: _l("Sent"),
            OPENED: _l("Somebody has opened or taken it"),
        },
        ("saraban_scan", "state"): scans.STATES,
        ("saraban_arrival", "state"): TRAY_STATES,
        ("saraban_stored", "state"): stored.STATES,
        ("saraban_dispatch", "channel"): CHANNELS,
        ("saraban_destruction_line", "decision"): DECISIONS,
        **{(table, "speed"): dict(SPEEDS) for table in ("saraban_incoming", "saraban_outgoing", "saraban_draft")},
        **{(table, "secrecy"): dict(SECRECY_LEVELS) for table in ("saraban_incoming", "saraban_outgoing")},
        **{(table, "kind"): _KINDS for table in ("saraban_outgoing", "saraban_draft")},
    },
)

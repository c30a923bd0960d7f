"""One row with the sender for each recipient, one row with each recipient. Only delivery writes the other's."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Date, Index, SmallInteger, String, UniqueConstraint, and_, case
from sqlalchemy.orm import Mapped, mapped_column

from core.platform.worklist.sync import InWorklist, WorkItem
from core.storage.base import DistrictOwned, Model, SecretPart, Tracked, UtcDateTime, Versioned, belongs_to, utc_now
from core.storage.succession import follows, moves
from plugins.saraban.models.letters import OutgoingLetter

KHET, MAIL, POST, HAND = "khet", "mail", "post", "hand"
#: how far a sent letter is, in this order; failed and recalled stand outside it
QUEUED, SENT, OPENED, REGISTERED, ACKNOWLEDGED, ANSWERED = (
    "queued", "sent", "opened", "registered", "acknowledged", "answered",
)  # fmt: skip
FAILED = "failed"
#: taken back by the sender before the end; it goes no further
RECALLED = "recalled"
#: sent back by a recipient whose it is not, before they registered it
RETURNED = "returned"
#: of a school that was merged into one that has the letter as well: theirs is the one that is registered
PASSED_ON = "passed_on"
PROGRESS = (QUEUED, SENT, OPENED, REGISTERED, ACKNOWLEDGED, ANSWERED)

STATES = {
    QUEUED: _l("On its way"),
    SENT: _l("Arrived"),
    OPENED: _l("Opened"),
    REGISTERED: _l("Registered there"),
    ACKNOWLEDGED: _l("Acknowledged"),
    ANSWERED: _l("Answered"),
    FAILED: _l("Not delivered"),
    RECALLED: _l("Taken back"),
    RETURNED: _l("Sent back by the recipient"),
    PASSED_ON: _l("Passed on to the school it was merged into, which has it too"),
}
#: what is known of a way that tells nothing back by itself: what it is called there → (ways, state, its words)
_LESS = {
    "mailed": ((MAIL,), SENT, _l("Mail sent, not opened yet")),
    "posted": ((POST,), SENT, _l("Posted, not known to have arrived")),
    "carried": ((HAND,), SENT, _l("Being carried")),
    "taken": ((POST, HAND), OPENED, _l("Somebody took it")),
}
#: how far a letter is, in the order in which it comes there: never more is said than is known
KNOWN = {
    QUEUED: STATES[QUEUED],
    **{key: words for key, (_ways, _state, words) in _LESS.items()},
    **STATES,
}


def known(channel: str, state: str) -> str:
    """The key of KNOWN for a state on a channel."""
    found = (key for key, (ways, reached, _words) in _LESS.items() if channel in ways and state == reached)
    return next(found, state)


def state_title(channel: str, state: str) -> Any:
    """The words for how far a letter is on a channel: never more than is known."""
    return KNOWN[known(channel, state)]


TRAY_STATES = {
    SENT: _l("Not opened yet"), OPENED: _l("Opened"), REGISTERED: _l("Registered"),
    RECALLED: _l("Taken back by the sender"), RETURNED: _l("Sent back to the sender"),
    PASSED_ON: _l("The same letter came to this school too"),
}  # fmt: skip


class Dispatch(SecretPart, Tracked, Versioned, DistrictOwned, Model):
    """An outgoing letter on its way to one recipient; of a secret letter as secret as it is."""

    __tablename__ = "saraban_dispatch"
    constraints: ClassVar = (
        belongs_to("letter_id", "saraban_outgoing"),
        belongs_to("unit_id", "core_unit"),
        Index("ix_saraban_dispatch_letter", "district_id", "letter_id", "id"),
        Index("ix_saraban_dispatch_state", "district_id", "unit_id", "state", "id"),
        Index("ix_saraban_dispatch_token", "token"),
    )
    GOES_ON = follows("letter_id")
    untracked: ClassVar = frozenset({"version", "search_text", "token", "taken_by"})

    letter_id: Mapped[int]
    unit_id: Mapped[int]  #: the sender's
    doc_no: Mapped[str] = mapped_column(String(80))
    subject: Mapped[str] = mapped_column(String(1000))
    recipient: Mapped[str] = mapped_column(String(200))
    #: who has it in the recipient's place, which has ended
    taken_by: Mapped[str] = mapped_column(String(200), default="")
    channel: Mapped[str] = mapped_column(String(10))
    #: the recipient's district and unit; no foreign keys, since they lie in another district
    to_district_id: Mapped[int | None]
    to_unit_id: Mapped[int | None]
    address: Mapped[str] = mapped_column(String(200), default="")  #: e-mail address
    token: Mapped[str] = mapped_column(String(64), default="")  #: sha256 of what opens it for a recipient outside
    state: Mapped[str] = mapped_column(String(12), default=QUEUED)
    reply_by: Mapped[date | None] = mapped_column(Date)
    queued_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    registered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    their_number: Mapped[str] = mapped_column(String(40), default="")
    acknowledged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    proof: Mapped[str] = mapped_column(String(300), default="")  #: who took it, or what the post office gave
    problem: Mapped[str] = mapped_column(String(300), default="")  #: why it was not delivered
    reminded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    search_text: Mapped[str] = mapped_column(String(1500), default="")

    @classmethod
    def secret_reference(cls) -> tuple[Any, Any]:
        return OutgoingLetter.__tablename__, cls.letter_id

    @property
    def label(self) -> str:
        return f"{self.doc_no} → {self.recipient}"

    @property
    def to_whom(self) -> str:
        """The recipient, and who has it in its place."""
        if not self.taken_by:
            return self.recipient
        return _("%(recipient)s (received by %(school)s)", recipient=self.recipient, school=self.taken_by)


#: SQL: the key of KNOWN for a dispatch
KNOWN_STATE = case(
    *((and_(Dispatch.channel.in_(ways), Dispatch.state == state), key) for key, (ways, state, _words) in _LESS.items()),
    else_=Dispatch.state,
)


class Arrival(InWorklist, Tracked, Versioned, DistrictOwned, Model):
    """A letter in a unit's tray: it came through Khet and is not in the register yet.

    One that is taken or sent back before that was never the unit's: its subject and files go, number and sender stay.
    """

    __tablename__ = "saraban_arrival"
    constraints: ClassVar = (
        belongs_to("unit_id", "core_unit"),
        belongs_to("letter_id", "saraban_incoming"),
        # what the delivery job has brought once it does not bring again
        UniqueConstraint("district_id", "from_district_id", "dispatch_id"),
        Index("ix_saraban_arrival_tray", "district_id", "unit_id", "state", "id"),
        Index("ix_saraban_arrival_letter", "district_id", "letter_id"),
    )

    GOES_ON = moves(
        "ArrivalView", ("add", "saraban.incoming"), SENT, OPENED, state="state", closed=_l("goes back to its sender")
    )
    #: and no history, which cannot forget, knows the subject
    untracked: ClassVar = Tracked.untracked | {"subject"}

    unit_id: Mapped[int]
    from_district_id: Mapped[int]
    dispatch_id: Mapped[int]
    sender: Mapped[str] = mapped_column(String(200))
    doc_no: Mapped[str] = mapped_column(String(80))
    doc_date: Mapped[date | None] = mapped_column(Date)
    recipient: Mapped[str] = mapped_column(String(200))
    subject: Mapped[str] = mapped_column(String(1000))
    speed: Mapped[int] = mapped_column(SmallInteger, default=0)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reply_by: Mapped[date | None] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(12), default=SENT)  #: a key of TRAY_STATES
    arrived_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    letter_id: Mapped[int | None]

    @property
    def label(self) -> str:
        return f"{self.doc_no} {self.subject}".strip()[:300]

    @property
    def timeline_label(self) -> str:
        return f"{self.doc_no} {self.sender}".strip()[:300]

    def work_item(self) -> WorkItem | None:
        """Until it is registered, or taken or sent back, it waits for the unit's clerks."""
        if self.state not in (SENT, OPENED):
            return None
        return WorkItem(
            view="ArrivalView", resource="saraban.incoming", verb="add", unit_id=self.unit_id, urgency=self.speed,
            due_at=self.due_at, since=self.arrived_at,
        )  # fmt: skip

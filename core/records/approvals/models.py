"""The chains that a district keeps, and every step of every record that was proposed."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from flask_babel import lazy_gettext as _l
from sqlalchemy import Date, SmallInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.platform.timeline import labels
from core.storage import fields
from core.storage.base import DistrictOwned, Model, Tracked, UtcDateTime, Versioned, belongs_to
from core.storage.record_link import RecordLink

#: who takes a step: whoever holds the module's right to approve; anything else is a position
RIGHT = "right"
AHEAD, WAITING, DROPPED, LEFT_OUT, CLOSED = "ahead", "waiting", "dropped", "left_out", "closed"
STATES = {
    AHEAD: _l("Not come to yet"), WAITING: _l("Waits"), "approved": _l("Approved"), "returned": _l("Sent back"),
    "refused": _l("Not approved"), "withdrawn": _l("Taken back"), DROPPED: _l("Not come to"),
    LEFT_OUT: _l("Left out: whoever proposed it would take it"),
    CLOSED: _l("Left out: its unit was closed, and nobody else holds this position"),
}  # fmt: skip


class ApprovalChain(Tracked, Versioned, DistrictOwned, Model):
    """How records of one kind are approved in a district; where there is none, in one step by right."""

    __tablename__ = "core_approval_chain"
    constraints: ClassVar = (UniqueConstraint("district_id", "kind"),)

    kind: Mapped[str] = mapped_column(String(60))  #: the records' table
    steps = fields.lines(_l("Steps in order"))  #: [{"who": RIGHT or a position, "from_amount": "…", "days": …}]

    @property
    def label(self) -> str:
        return str(labels.KINDS.get(self.kind, self.kind))


class Approval(DistrictOwned, RecordLink, Model):
    """A step of one record, as its chain was when it was proposed; proposed again, it has a further round of them."""

    __tablename__ = "core_approval"
    constraints: ClassVar = (
        belongs_to("post_unit_id", "core_unit"),
        belongs_to("proposed_by_id", "ab_user"),
        belongs_to("owned_by_id", "ab_user"),
        belongs_to("by_id", "ab_user"),
        UniqueConstraint("district_id", "kind", "record_id", "round", "seq"),
    )

    round: Mapped[int] = mapped_column(SmallInteger)
    seq: Mapped[int] = mapped_column(SmallInteger)
    position: Mapped[str] = mapped_column(String(120), default="")  #: empty: whoever holds the right
    post_unit_id: Mapped[int | None]  #: where that position is held
    days: Mapped[int | None] = mapped_column(SmallInteger)  #: working days that it may take
    state: Mapped[str] = mapped_column(String(10), default=AHEAD)
    proposed_by_id: Mapped[int | None]
    proposed_by: Mapped[str] = mapped_column(String(150), default="")
    owned_by_id: Mapped[int | None]  #: who was responsible then: it stays their own when it is given on meanwhile
    since: Mapped[datetime | None] = mapped_column(UtcDateTime)  #: since when it waits
    due_on: Mapped[date | None] = mapped_column(Date)
    by_id: Mapped[int | None]
    by: Mapped[str] = mapped_column(String(150), default="")
    acting_for: Mapped[str] = mapped_column(String(300), default="")  #: รักษาราชการแทน whom
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    remark: Mapped[str] = mapped_column(String(500), default="")

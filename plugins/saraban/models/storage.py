"""What lies in storage, who has borrowed it, and what is to be destroyed. Rows stay for ever, files do not."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Date, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.platform.worklist.sync import InWorklist, WorkItem
from core.storage.base import DistrictOwned, Model, SecretPart, Tracked, UtcDateTime, Versioned, belongs_to, utc_now
from core.storage.succession import stays

STORED, LENT, ARCHIVED, DESTROYED = "stored", "lent", "archived", "destroyed"
#: ฝาก: left with the National Archives, and still the office's own (แบบที่ 23)
DEPOSITED = "deposited"

STATES = {
    STORED: _l("In its place"),
    LENT: _l("Lent"),
    DEPOSITED: _l("Deposited"),
    ARCHIVED: _l("With the National Archives"),
    DESTROYED: _l("Destroyed"),
}


class Retention(Tracked, Versioned, DistrictOwned, Model):
    """How long a kind of letter is kept (อายุการเก็บ). Data, since offices and laws differ."""

    __tablename__ = "saraban_retention"
    constraints: ClassVar = (UniqueConstraint("district_id", "code"),)

    code: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(200))
    years: Mapped[int | None]  #: None: never destroyed
    source: Mapped[str] = mapped_column(String(200), default="")

    @property
    def label(self) -> str:
        return self.title


class Folder(Tracked, Versioned, DistrictOwned, Model):
    """A folder (แฟ้ม) with its code and the place where it stands."""

    __tablename__ = "saraban_folder"
    constraints: ClassVar = (
        belongs_to("unit_id", "core_unit"),
        belongs_to("retention_id", "saraban_retention"),
        UniqueConstraint("district_id", "unit_id", "code"),
    )

    unit_id: Mapped[int]
    code: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(200))
    location: Mapped[str] = mapped_column(String(200), default="")
    retention_id: Mapped[int]

    @property
    def label(self) -> str:
        return f"{self.code} {self.title}"


class Stored(SecretPart, Tracked, Versioned, DistrictOwned, Model):
    """One line of the register of stored letters (แบบที่ 20). Its words stay when the letter is destroyed."""

    __tablename__ = "saraban_stored"
    constraints: ClassVar = (
        belongs_to("unit_id", "core_unit"),
        belongs_to("folder_id", "saraban_folder"),
        UniqueConstraint("district_id", "kind", "letter_id"),
        UniqueConstraint("district_id", "unit_id", "number"),
        Index("ix_saraban_stored_due", "district_id", "unit_id", "state", "keep_until"),
    )

    GOES_ON = stays()
    unit_id: Mapped[int]
    number: Mapped[int]  #: ลำดับที่
    kind: Mapped[str] = mapped_column(String(60))  #: table of the letter
    letter_id: Mapped[int]
    folder_id: Mapped[int]
    stored_on: Mapped[date] = mapped_column(Date)
    register_no: Mapped[str] = mapped_column(String(40))
    doc_no: Mapped[str] = mapped_column(String(80), default="")
    doc_date: Mapped[date | None] = mapped_column(Date)
    subject: Mapped[str] = mapped_column(String(1000))
    keep_until: Mapped[date | None] = mapped_column(Date)  #: 31 December of the last year; None: never destroyed
    state: Mapped[str] = mapped_column(String(10), default=STORED)
    remark: Mapped[str] = mapped_column(String(300), default="")

    @classmethod
    def secret_reference(cls) -> tuple[Any, Any]:
        return cls.kind, cls.letter_id

    @property
    def label(self) -> str:
        return f"{self.register_no} {self.subject}"[:300]


class Loan(InWorklist, Tracked, Versioned, DistrictOwned, Model):
    """A stored letter in somebody's hands (บัตรยืมหนังสือ, แบบที่ 24)."""

    __tablename__ = "saraban_loan"
    constraints: ClassVar = (
        belongs_to("unit_id", "core_unit"),
        belongs_to("stored_id", "saraban_stored"),
        Index("ix_saraban_loan_open", "district_id", "unit_id", "returned_on", "due_on"),
    )

    GOES_ON = stays()
    unit_id: Mapped[int]
    stored_id: Mapped[int]
    title: Mapped[str] = mapped_column(String(300))
    borrower: Mapped[str] = mapped_column(String(150))
    purpose: Mapped[str] = mapped_column(String(300))
    approved_by: Mapped[str] = mapped_column(String(150))
    lent_on: Mapped[date] = mapped_column(Date)
    lent_by: Mapped[str] = mapped_column(String(150))
    due_on: Mapped[date] = mapped_column(Date)
    returned_on: Mapped[date | None] = mapped_column(Date)
    returned_by: Mapped[str] = mapped_column(String(150), default="")
    #: the moment after which the clerks are told
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @property
    def label(self) -> str:
        return f"{self.title} – {self.borrower}"[:300]

    def work_item(self) -> WorkItem | None:
        """Until it is back it waits for the unit's clerks."""
        if self.returned_on is not None:
            return None
        return WorkItem(
            view="LoanView", resource="saraban.storage", verb="edit", unit_id=self.unit_id, due_at=self.due_at
        )  # fmt: skip


class Destruction(InWorklist, Tracked, Versioned, DistrictOwned, Model):
    """A year's destruction: survey, committee, lines, decision, National Archives, end (แบบที่ 25)."""

    __tablename__ = "saraban_destruction"
    constraints: ClassVar = (
        belongs_to("unit_id", "core_unit"),
        UniqueConstraint("district_id", "unit_id", "year"),
    )

    GOES_ON = stays()
    unit_id: Mapped[int]
    year: Mapped[int]  #: พ.ศ. whose end the survey follows
    status: Mapped[str] = mapped_column(String(12), default="surveyed")
    surveyed_by_id: Mapped[int]
    surveyed_by: Mapped[str] = mapped_column(String(150))
    order_no: Mapped[str] = mapped_column(String(80), default="")  #: the order that appoints the committee
    approved_by: Mapped[str] = mapped_column(String(300), default="")
    approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    archives_on: Mapped[date | None] = mapped_column(Date)  #: when the list went to the National Archives
    archives_answer: Mapped[str] = mapped_column(String(300), default="")
    destroyed_on: Mapped[date | None] = mapped_column(Date)
    method: Mapped[str] = mapped_column(String(200), default="")
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    @property
    def label(self) -> str:
        return f"บัญชีหนังสือขอทำลาย {self.year}"

    def work_item(self) -> WorkItem | None:
        """Between the steps it waits for who keeps the storage, or for who may approve."""
        if self.status in ("destroyed", "dropped"):
            return None
        verb = "approve" if self.status == "decided" else "edit"
        return WorkItem(view="DestructionView", resource="saraban.storage", verb=verb, unit_id=self.unit_id)


class CommitteeMember(DistrictOwned, Model):
    """A member of the committee that an order appointed."""

    __tablename__ = "saraban_committee"
    constraints: ClassVar = (
        belongs_to("destruction_id", "saraban_destruction"),
        Index("ix_saraban_committee_of", "district_id", "destruction_id"),
    )

    destruction_id: Mapped[int]
    name: Mapped[str] = mapped_column(String(150))
    position: Mapped[str] = mapped_column(String(150), default="")
    chair: Mapped[bool] = mapped_column(default=False)


class DestructionLine(SecretPart, Tracked, DistrictOwned, Model):
    """One letter of the list, what the committee says of it, and who disagreed."""

    __tablename__ = "saraban_destruction_line"
    constraints: ClassVar = (
        belongs_to("destruction_id", "saraban_destruction"),
        belongs_to("stored_id", "saraban_stored"),
        UniqueConstraint("district_id", "destruction_id", "stored_id"),
    )

    destruction_id: Mapped[int]
    stored_id: Mapped[int]
    decision: Mapped[str] = mapped_column(String(10), default="")  #: destroy, extend or left (no longer eligible)
    extend_until: Mapped[date | None] = mapped_column(Date)
    in_favour: Mapped[int] = mapped_column(default=0)
    against: Mapped[int] = mapped_column(default=0)
    dissent: Mapped[str] = mapped_column(String(500), default="")  #: who disagreed, and why
    kept: Mapped[str] = mapped_column(String(2000), default="")  #: names and sha256 of the files that were destroyed

    stored: Mapped[Stored | None] = relationship(
        primaryjoin="DestructionLine.stored_id == Stored.id", foreign_keys="DestructionLine.stored_id", viewonly=True
    )

    @classmethod
    def names(cls, user_id: int, clearance: int) -> ColumnElement[bool]:
        return cls.stored_id.in_(Stored.ids_that_name(user_id, clearance))

    @property
    def label(self) -> str:
        return self.stored.register_no if self.stored is not None else ""

"""The two registers. Columns stand in the order of the official forms (แบบที่ 13 and 14)."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any, ClassVar

from sqlalchemy import Date, Index, SmallInteger, String, Text, Time, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.platform.masterdata.models import Unit
from core.platform.worklist.sync import InWorklist, WorkItem
from core.records.letter_links.models import ArrivedLetter
from core.storage.base import (
    DistrictOwned,
    Importable,
    Model,
    Secret,
    SecretNote,
    Tracked,
    UtcDateTime,
    Versioned,
    belongs_to,
    imported,
    utc_now,
)
from core.storage.succession import stays

INCOMING, OUTGOING, CIRCULAR = "saraban.incoming", "saraban.outgoing", "saraban.circular"
SECRET_INCOMING, SECRET_OUTGOING = "saraban.secret_incoming", "saraban.secret_outgoing"  # noqa: S105


#: states of an incoming letter: with the unit's clerks; gone on from them (incoming/life.py)
IN_HAND, GONE_ON = ("registered", "returned"), ("proposed", "directed", "assigned")
OPEN = (*IN_HAND, *GONE_ON)

SECRET_BOOKS = frozenset({SECRET_INCOMING, SECRET_OUTGOING})


class Letter(Secret, Importable, Versioned, Tracked, DistrictOwned):
    """What a line of either register has. Secret ones stand in books of their own."""

    unit_id: Mapped[int]
    book: Mapped[str] = mapped_column(String(40))
    year: Mapped[int]  #: พ.ศ.; numbering restarts each 1 January
    number: Mapped[int]
    suffix: Mapped[int] = mapped_column(default=0)
    number_id: Mapped[int]
    doc_no: Mapped[str] = mapped_column(String(80), default="")  #: ที่
    doc_date: Mapped[date | None] = mapped_column(Date)  #: ลงวันที่
    sender: Mapped[str] = mapped_column(String(200))  #: จาก: position, else agency, else person
    recipient: Mapped[str] = mapped_column(String(200))  #: ถึง
    subject: Mapped[str] = mapped_column(String(1000))  #: เรื่อง
    action: Mapped[str] = mapped_column(String(1000), default="")  #: การปฏิบัติ
    remark: Mapped[str] = mapped_column(String(500), default="")  #: หมายเหตุ
    speed: Mapped[int] = mapped_column(SmallInteger, default=0)  #: 0 ปกติ, 1 ด่วน, 2 ด่วนมาก, 3 ด่วนที่สุด
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  #: ด่วนภายใน: must have arrived by then
    assignee_id: Mapped[int | None]  #: ผู้ปฏิบัติ
    #: incoming: a state of incoming/life.py; outgoing: one of outgoing/life.py
    status: Mapped[str] = mapped_column(String(12), default="registered")
    registered_on: Mapped[date] = mapped_column(Date)
    registered_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    registered_by: Mapped[str] = mapped_column(String(150))
    #: words of its files, as the reading job found them
    file_text: Mapped[str] = mapped_column(Text, default="")
    search_text: Mapped[str]

    @property
    def number_text(self) -> str:
        """The register number as written: 123 or 123/1."""
        return f"{self.number}/{self.suffix}" if self.suffix else str(self.number)

    @property
    def label(self) -> str:
        if self.secrecy:
            return f"{self.number_text}/{self.year}"
        return f"{self.number_text}/{self.year} {self.subject}"[:300]


def _constraints(table: str) -> tuple[Any, ...]:
    """Keys and the index that lists a book newest first."""
    return (
        UniqueConstraint("district_id", "unit_id", "book", "year", "number", "suffix"),
        UniqueConstraint("district_id", "number_id"),
        belongs_to("unit_id", "core_unit"),
        belongs_to("number_id", "core_number"),
        belongs_to("assignee_id", "ab_user"),
        # with all that a list's count asks, so that it fetches no row
        Index(f"ix_{table}_newest", "district_id", "unit_id", "id", "secrecy", "import_id"),
        Index(f"ix_{table}_day", "district_id", "registered_on"),
        Index(f"ix_{table}_same_paper", "district_id", "doc_no"),
        imported(table),
    )


class UnitSetting(Tracked, Versioned, DistrictOwned, Model):
    """What a unit's registry does its own way."""

    __tablename__ = "saraban_setting"
    constraints: ClassVar = (UniqueConstraint("district_id", "unit_id"), belongs_to("unit_id", "core_unit"))

    unit_id: Mapped[int]
    days_normal: Mapped[int]  #: working days from receipt to the first proposal
    days_urgent: Mapped[int]
    circular_shared: Mapped[bool]  #: circulars are numbered in the general run
    address: Mapped[str] = mapped_column(String(300))  #: ที่ตั้ง, as letters bear it
    owner: Mapped[str] = mapped_column(String(200))  #: ส่วนราชการเจ้าของเรื่อง
    phone: Mapped[str] = mapped_column(String(100))

    unit: Mapped[Unit] = relationship(
        primaryjoin="UnitSetting.unit_id == Unit.id", foreign_keys="UnitSetting.unit_id", viewonly=True
    )

    @property
    def label(self) -> str:
        return self.unit.name


class IncomingLetter(ArrivedLetter, Letter, InWorklist, Model):
    """One line of the register of incoming letters (ทะเบียนหนังสือรับ, แบบที่ 13)."""

    __tablename__ = "saraban_incoming"
    constraints: ClassVar = (
        *_constraints("saraban_incoming"),
        belongs_to("holder_id", "ab_user"),
        Index("ix_saraban_incoming_status", "district_id", "status", "unit_id", "id"),
    )

    #: under its number in the book that gave it
    GOES_ON = stays("IncomingView", ("edit", "saraban.incoming"), *OPEN)
    search_text: Mapped[str] = mapped_column(Text, default="", info={"trigrams": "saraban_incoming_fts"})
    untracked: ClassVar = Tracked.untracked | {"holder_id", "propose_by", "proposed_at", "done_at"}

    received_on: Mapped[date] = mapped_column(Date)
    received_time: Mapped[time | None] = mapped_column(Time)
    #: until when it must have been put before somebody
    propose_by: Mapped[datetime | None] = mapped_column(UtcDateTime)
    proposed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  #: last
    holder_id: Mapped[int | None]  #: before whom it lies
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    def work_item(self) -> WorkItem | None:
        """Before somebody it waits for them; with officers their assignments wait; else the unit's clerks must act."""
        if self.import_id or self.status in ("assigned", "done", "stored", "cancelled", "recalled"):
            return None  # an old register asks for nothing
        proposed = self.status == "proposed"
        limits = [day for day in (self.due_at, None if self.proposed_at else self.propose_by) if day is not None]
        # sent back or directed it waits for the clerks again: from then on
        since = self.proposed_at if proposed else None if self.proposed_at else self.registered_at
        return WorkItem(
            view="IncomingView", resource="saraban.incoming", verb="edit", unit_id=self.unit_id,
            user_id=self.holder_id if proposed else None, urgency=self.speed, due_at=min(limits, default=None),
            since=since,
        )  # fmt: skip


class OutgoingLetter(Letter, Model):
    """One line of the register of outgoing letters (ทะเบียนหนังสือส่ง, แบบที่ 14)."""

    __tablename__ = "saraban_outgoing"
    constraints: ClassVar = _constraints("saraban_outgoing")

    GOES_ON = stays()
    search_text: Mapped[str] = mapped_column(Text, default="", info={"trigrams": "saraban_outgoing_fts"})
    kind: Mapped[str] = mapped_column(String(14), default="external")  #: a key of kinds.KINDS
    #: sha256 of what the QR code on the paper leads to
    verify: Mapped[str] = mapped_column(String(64), default="")
    #: หนังสือเวียน: numbered with ว in a book of its own
    circular: Mapped[bool] = mapped_column(default=False)


class RefusedLook(DistrictOwned, SecretNote, Model):
    """How often somebody asked on a day for a secret letter that is not theirs; its readers see it, and nobody else.

    Counted and not listed, so that who asks a thousand times makes no thousand lines.
    """

    __tablename__ = "saraban_refused_look"
    constraints: ClassVar = (
        UniqueConstraint("district_id", "kind", "record_id", "user_id", "day"),
        Index("ix_saraban_refused_look_day", "district_id", "user_id", "day"),
    )

    kind: Mapped[str] = mapped_column(String(60))  #: table of the letter
    record_id: Mapped[int]
    user_id: Mapped[int]  #: no foreign key: it outlives the account
    user_name: Mapped[str] = mapped_column(String(150))
    day: Mapped[date] = mapped_column(Date)
    looks: Mapped[int] = mapped_column(default=1)

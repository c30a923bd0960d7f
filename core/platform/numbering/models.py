"""Counters and the ledger of every number ever taken."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import Date, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.storage.base import DistrictOwned, Importable, Model, Tracked, UtcDateTime, belongs_to, imported, utc_now

USED, RESERVED, CANCELLED, EXPIRED = "used", "reserved", "cancelled", "expired"


#: books whose numbers must not show in a timeline that everybody reads; filled as plugins are loaded
SECRET_BOOKS: set[str] = set()


class Counter(DistrictOwned, Tracked, Model):
    """The last number of one book of one unit in one year; its row lock keeps the run gapless."""

    __tablename__ = "core_counter"
    constraints: ClassVar = (
        UniqueConstraint("district_id", "unit_id", "book", "year"),
        belongs_to("unit_id", "core_unit"),
    )
    untracked: ClassVar = frozenset({"last"})

    unit_id: Mapped[int]
    book: Mapped[str] = mapped_column(String(40))
    year: Mapped[int]  #: พ.ศ., calendar year
    last: Mapped[int] = mapped_column(default=0)
    #: the first number that is given here; below it the book is kept elsewhere. 0: none was given yet
    first: Mapped[int] = mapped_column(default=0)
    reopened: Mapped[bool] = mapped_column(default=False)  #: a past year that may take numbers again

    @property
    def label(self) -> str:
        return f"{self.book}/{self.year}"

    @property
    def timeline_secrecy(self) -> int:
        return int(self.book in SECRET_BOOKS)


class LedgerNumber(DistrictOwned, Importable, Tracked, Model):
    """One number: who took it, for what, and whether it is used, reserved, cancelled or expired."""

    __tablename__ = "core_number"
    constraints: ClassVar = (
        UniqueConstraint("district_id", "unit_id", "book", "year", "number", "suffix"),
        belongs_to("unit_id", "core_unit"),
        Index("ix_core_number_state", "district_id", "unit_id", "book", "year", "state"),
        imported("core_number"),
    )

    unit_id: Mapped[int]
    book: Mapped[str] = mapped_column(String(40))
    year: Mapped[int]
    number: Mapped[int]
    suffix: Mapped[int] = mapped_column(default=0)  #: 1 prints as 123/1; 0 is the main run
    state: Mapped[str] = mapped_column(String(10))
    taken_on: Mapped[date] = mapped_column(Date)
    taken_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    taken_by: Mapped[str] = mapped_column(String(150), default="")
    reason: Mapped[str] = mapped_column(String(300), default="")
    expires_on: Mapped[date | None] = mapped_column(Date)

    @property
    def text(self) -> str:
        """The number as it is written: 123 or 123/1."""
        return f"{self.number}/{self.suffix}" if self.suffix else str(self.number)

    @property
    def label(self) -> str:
        return f"{self.book} {self.text}/{self.year}"

    @property
    def timeline_secrecy(self) -> int:
        return int(self.book in SECRET_BOOKS)

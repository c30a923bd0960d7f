"""Counters and the ledger of every number ever taken."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import Date, Index, SmallInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from core.storage.base import DistrictOwned, Importable, Model, Tracked, UtcDateTime, belongs_to, imported, utc_now
from core.storage.succession import stays

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

    GOES_ON = stays()
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


class _WithNumber:
    BOOK: ClassVar[str]

    if TYPE_CHECKING:
        book: Mapped[str]
        year: Mapped[Any]
        number: Mapped[Any]
    else:

        @declared_attr
        def book(cls) -> Mapped[str]:  # noqa: N805 – of the class
            """The key of its book."""
            return mapped_column(String(40), default=cls.BOOK)

    @property
    def number_text(self) -> str:
        """The number as people say it: 3/2569, empty while it has none."""
        return f"{self.number}/{self.year}" if self.number else ""


class Numbered(_WithNumber):
    """A record with a number of the book BOOK, gapless a unit and year: `engine.give` it before the first flush.

    Its `constraints` hold `*numbered()`.
    """

    year: Mapped[int] = mapped_column(SmallInteger)  #: พ.ศ.
    number: Mapped[int]
    number_id: Mapped[int]


class NumberedLater(_WithNumber):
    """The same for a record that is there before it has a number."""

    year: Mapped[int | None] = mapped_column(SmallInteger)  #: พ.ศ.
    number: Mapped[int | None]
    number_id: Mapped[int | None]


def numbered(unit_id: str = "unit_id") -> tuple[Any, ...]:
    """The constraints of a numbered record; `unit_id` is the column of the unit that keeps its book."""
    return (
        belongs_to("number_id", "core_number"),
        UniqueConstraint("district_id", unit_id, "book", "year", "number"),
    )

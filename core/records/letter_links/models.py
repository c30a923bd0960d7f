"""A letter as another record cites it."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from sqlalchemy import Date, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.records.integrations import LetterFacts
from core.storage.base import DistrictOwned, Model, Tracked


class ArrivedLetter:
    """A letter that came in, whichever module keeps it: work of another module can begin with it, unless it is secret.

    Its model inherits this, and its module provides a LetterArchive.
    """


class CitedLetter(Tracked, DistrictOwned, Model):
    """A letter in one role of a record (its request, its answer, its order …), with number and date of its own.

    `letter_kind` and `letter_id` name the letter where its module keeps it; without them it was typed.
    One that was dropped or cancelled stays legible until another takes its place, and counts for nothing.
    """

    __tablename__ = "core_cited_letter"
    constraints: ClassVar = (
        UniqueConstraint("district_id", "kind", "record_id", "role"),
        Index("ix_core_cited_letter_letter", "district_id", "letter_kind", "letter_id"),
    )

    kind: Mapped[str] = mapped_column(String(60))
    record_id: Mapped[int]
    role: Mapped[str] = mapped_column(String(20))
    letter_kind: Mapped[str] = mapped_column(String(60), default="")
    letter_id: Mapped[int | None]
    view: Mapped[str] = mapped_column(String(60), default="")
    number: Mapped[str] = mapped_column(String(100), default="")  #: empty while it is a draft
    dated: Mapped[date | None] = mapped_column(Date)
    subject: Mapped[str] = mapped_column(String(300), default="")
    ended: Mapped[str] = mapped_column(String(10), default="")  #: dropped or cancelled; empty while it is valid

    def point_at(self, letter: LetterFacts) -> None:
        """Say of the letter what is true of it now."""
        self.letter_kind, self.letter_id, self.view = letter.kind, letter.record_id, letter.view
        self.number, self.dated, self.subject = letter.number[:100], letter.dated, letter.subject[:300]
        self.ended = letter.ended

    @property
    def label(self) -> str:
        return f"{self.number} {self.subject}".strip()[:300]

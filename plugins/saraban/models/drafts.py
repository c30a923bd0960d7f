"""Drafts with their versions, and the pictures of signatures."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, Index, SmallInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.platform.users.models import Account
from core.platform.worklist.sync import InWorklist, WorkItem
from core.storage.base import DistrictOwned, Model, Tracked, UtcDateTime, Versioned, belongs_to, utc_now
from core.storage.succession import moves

#: states of a draft that is on its way to its number
OPEN = ("drafted", "checking", "signing", "signed")


class Draft(InWorklist, Tracked, Versioned, DistrictOwned, Model):
    """A paper before it has a number. Its words stand in `content`, whose keys are the kind's fields."""

    __tablename__ = "saraban_draft"
    constraints: ClassVar = (
        belongs_to("unit_id", "core_unit"),
        belongs_to("holder_id", "ab_user"),
        belongs_to("drafted_by_id", "ab_user"),
        belongs_to("letter_id", "saraban_outgoing"),
        belongs_to("answers_id", "saraban_incoming"),
        Index("ix_saraban_draft_unit", "district_id", "unit_id", "status", "id"),
    )
    #: its number comes from the book of who goes on
    GOES_ON = moves("DraftPaperView", ("edit", "saraban.draft"), *OPEN)
    untracked: ClassVar = frozenset(
        {"version", "search_text", "content", "holder_id", "drafted_by_id", "signature_id", "letter_id", "answers_id"}
    )

    unit_id: Mapped[int]
    kind: Mapped[str] = mapped_column(String(14))
    status: Mapped[str] = mapped_column(String(12), default="drafted")
    subject: Mapped[str] = mapped_column(String(1000))
    speed: Mapped[int] = mapped_column(SmallInteger, default=0)
    circular: Mapped[bool] = mapped_column(default=False)
    content: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    #: before whom it lies to be checked or signed
    holder_id: Mapped[int | None]
    #: whose draft it is; of one whose unit has ended, of nobody until somebody goes on with it
    drafted_by_id: Mapped[int | None]
    drafted_by: Mapped[str] = mapped_column(String(150))  #: ผู้ร่าง, as the file copy bears it
    typed_by: Mapped[str] = mapped_column(String(150), default="")
    checked_by: Mapped[str] = mapped_column(String(150), default="")
    signed_by: Mapped[str] = mapped_column(String(300), default="")  #: name, position and for whom, on that day
    signed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    signature_id: Mapped[int | None]  #: the picture that was put under it (an attachment)
    signed_hash: Mapped[str] = mapped_column(String(64), default="")  #: sha256 of the words that were signed
    letter_id: Mapped[int | None]
    answers_id: Mapped[int | None]  #: the incoming letter that it answers
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    search_text: Mapped[str] = mapped_column(String(1500), default="")

    @property
    def label(self) -> str:
        return self.subject[:300]

    def work_item(self) -> WorkItem | None:
        """For its writer until it is handed on, then for who checks or signs, then for the clerks to number it.

        What has no writer any more waits for whoever writes drafts at its unit."""
        if self.status in ("issued", "dropped"):
            return None
        user_id = {"drafted": self.drafted_by_id, "signed": None}.get(self.status, self.holder_id)
        return WorkItem(
            view="DraftPaperView", resource="saraban.draft", verb="issue" if self.status == "signed" else "edit",
            unit_id=self.unit_id, user_id=user_id, urgency=self.speed,
        )  # fmt: skip


class DraftVersion(DistrictOwned, Model):
    """The words of a draft as somebody saved them. Never changed, never deleted."""

    __tablename__ = "saraban_draft_version"
    constraints: ClassVar = (
        belongs_to("draft_id", "saraban_draft"),
        UniqueConstraint("district_id", "draft_id", "number"),
    )

    draft_id: Mapped[int]
    number: Mapped[int]
    subject: Mapped[str] = mapped_column(String(1000))
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    by: Mapped[str] = mapped_column(String(150))


class Signature(Tracked, DistrictOwned, Model):
    """The picture of a user's signature; what was signed keeps the one of that day."""

    __tablename__ = "saraban_signature"
    constraints: ClassVar = (
        belongs_to("user_id", "ab_user"),
        Index("ix_saraban_signature_user", "district_id", "user_id", "id"),
    )

    user_id: Mapped[int]
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    account: Mapped[Account] = relationship(
        primaryjoin="Signature.user_id == Account.id", foreign_keys="Signature.user_id", viewonly=True
    )

    @property
    def label(self) -> str:
        return str(self.account.get_full_name())

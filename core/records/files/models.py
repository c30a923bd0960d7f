"""Attachments and who may read secret papers."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import Date, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.storage.base import DistrictOwned, Model, SecretNote, Tracked, UtcDateTime, belongs_to, utc_now


class Attachment(DistrictOwned, SecretNote, Tracked, Model):
    """A file. `kind` and `record_id` are empty while it waits for its form to be saved."""

    __tablename__ = "core_attachment"
    constraints: ClassVar = (
        UniqueConstraint("district_id", "stored_as"),
        Index("ix_core_attachment_record", "district_id", "kind", "record_id"),
    )

    untracked: ClassVar = frozenset({"kind", "record_id", "secrecy", "inside", "remark", "picture"})

    kind: Mapped[str | None] = mapped_column(String(60))
    record_id: Mapped[int | None]
    name: Mapped[str] = mapped_column(String(255))  #: as the person called it, Thai and all
    stored_as: Mapped[str] = mapped_column(String(64))  #: random name on disk
    content_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    #: for who keeps the record alone: it leaves the house with no letter. Copies for the file, and files of comments
    inside: Mapped[bool] = mapped_column(default=False)
    #: came with a remark inside the office: only who works there sees it, and nothing takes it along with the record
    remark: Mapped[bool] = mapped_column(default=False)
    #: a field for pictures took it, and it was written anew here: nothing else is set on a paper
    picture: Mapped[bool] = mapped_column(default=False)
    uploaded_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    uploaded_by_id: Mapped[int | None]  #: a waiting file belongs to its uploader alone

    @property
    def timeline_begun(self) -> bool:
        # a waiting file may belong to a secret paper yet to be saved: not even that there is one is told
        return self.kind is not None

    @property
    def label(self) -> str:
        return self.name


class SecretReader(DistrictOwned, Model):
    """One person named to read one secret record (ผู้มีสิทธิเข้าถึง)."""

    __tablename__ = "core_secret_reader"
    constraints: ClassVar = (
        UniqueConstraint("district_id", "kind", "record_id", "user_id"),
        belongs_to("user_id", "ab_user"),
    )

    kind: Mapped[str] = mapped_column(String(60))
    record_id: Mapped[int]
    user_id: Mapped[int]
    ends_on: Mapped[date | None] = mapped_column(Date)  #: the last day; None: until it is taken back

"""Notices, the outbox they leave through, and the webhooks of a district."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.storage.base import DistrictOwned, Model, Tracked, UtcDateTime, Versioned, belongs_to, utc_now
from core.storage.record_link import RecordLink


class Notice(DistrictOwned, RecordLink, Model):
    """Something one user should hear of; `label` is said in the user's language."""

    __tablename__ = "core_notice"
    constraints: ClassVar = (
        belongs_to("user_id", "ab_user"),
        Index("ix_core_notice_user", "district_id", "user_id", "id"),
        Index("ix_core_notice_unread", "district_id", "user_id", "read_at"),
    )

    user_id: Mapped[int]
    topic: Mapped[str] = mapped_column(String(60))  #: e.g. core.mentioned
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Delivery(DistrictOwned, Model):
    """One message in the outbox: written with the change it tells of, sent after the commit."""

    __tablename__ = "core_delivery"
    constraints: ClassVar = (Index("ix_core_delivery_due", "state", "not_before"),)

    user_id: Mapped[int | None]  #: who gets it; of a message to outside, who sent it
    channel: Mapped[str] = mapped_column(String(10))  #: mail or webhook
    address: Mapped[str] = mapped_column(String(500))
    topic: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(300))
    body: Mapped[str] = mapped_column(Text, default="")  #: sealed (encryption.py), and wiped when it has gone out
    #: what it is about; with a view it is a notice of that record, else the body is the whole message
    kind: Mapped[str] = mapped_column(String(60), default="")
    record_id: Mapped[int | None]
    view: Mapped[str] = mapped_column(String(60), default="")
    #: part of the next digest, and not sent alone
    digest: Mapped[bool] = mapped_column(default=False)
    not_before: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    state: Mapped[str] = mapped_column(String(10), default="waiting")  #: waiting, sending, sent or failed
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(String(300), default="")
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Webhook(DistrictOwned, Tracked, Versioned, Model):
    """An address outside that hears of a district's notices; the signature key is shown once."""

    __tablename__ = "core_webhook"
    untracked: ClassVar = frozenset({"version", "signing_key"})

    name: Mapped[str] = mapped_column(String(100))
    url: Mapped[str] = mapped_column(String(500))
    signing_key: Mapped[str] = mapped_column(String(64))
    topics: Mapped[list[Any]] = mapped_column(JSON, default=list)
    active: Mapped[bool] = mapped_column(default=True)

    @property
    def label(self) -> str:
        return self.name

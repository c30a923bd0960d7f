"""Tokens of other systems, and what has been asked once already."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, Date, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.storage.base import DistrictOwned, Model, Tracked, UtcDateTime, belongs_to, utc_now


class ApiToken(DistrictOwned, Tracked, Model):
    """A key with which another system acts as its user, within `scopes` and until `ends_on`.

    Only its hash is kept; the token itself is shown once.
    """

    __tablename__ = "core_api_token"
    constraints: ClassVar = (
        belongs_to("user_id", "ab_user"),
        Index("ix_core_api_token_hash", "hash"),
        Index("ix_core_api_token_user", "district_id", "user_id"),
    )
    untracked: ClassVar = frozenset({"hash", "last_used_at", "epoch"})

    user_id: Mapped[int]
    name: Mapped[str] = mapped_column(String(80))
    hash: Mapped[str] = mapped_column(String(64))  #: sha256 of the token
    hint: Mapped[str] = mapped_column(String(8))  #: its last four signs, to tell tokens apart
    scopes: Mapped[list[str]] = mapped_column(JSON, default=list)  #: "saraban.incoming:list" …
    ends_on: Mapped[date] = mapped_column(Date)  #: last day
    #: the account's when it was made: it ends with the sessions (new password, lock, a role that was ended)
    epoch: Mapped[int] = mapped_column(default=1)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    @property
    def label(self) -> str:
        return self.name


class IdempotencyKey(DistrictOwned, Model):
    """A create that was answered: the same key gets the same answer, and makes nothing twice."""

    __tablename__ = "core_idempotency"
    constraints: ClassVar = (
        belongs_to("token_id", "core_api_token"),
        UniqueConstraint("district_id", "token_id", "key"),
        Index("ix_core_idempotency_at", "at"),
    )

    token_id: Mapped[int]
    key: Mapped[str] = mapped_column(String(80))
    request: Mapped[str] = mapped_column(String(64))  #: sha256 of method, path and body
    status: Mapped[int]
    body: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

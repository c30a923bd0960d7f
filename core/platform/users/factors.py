"""What a user proves themselves with beside the password."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import BigInteger, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.storage.base import DistrictOwned, Model, Tracked, UtcDateTime, belongs_to, utc_now

TOTP, PASSKEY = "totp", "passkey"


class Factor(DistrictOwned, Tracked, Model):
    """One app or one passkey of a user."""

    __tablename__ = "core_factor"
    constraints: ClassVar = (
        belongs_to("user_id", "ab_user"),
        Index("ix_core_factor_user", "district_id", "user_id"),
        Index("ix_core_factor_credential", "credential_hash"),
    )
    untracked: ClassVar = frozenset(
        {"secret", "credential", "credential_hash", "sign_count", "last_step", "skew", "last_used_at"}
    )

    user_id: Mapped[int]
    kind: Mapped[str] = mapped_column(String(8))
    name: Mapped[str] = mapped_column(String(60))
    #: an app's shared secret, encrypted; a passkey's public key
    secret: Mapped[str] = mapped_column(Text)
    credential: Mapped[str] = mapped_column(Text, default="")  #: a passkey's id, as its device knows it
    credential_hash: Mapped[str] = mapped_column(String(64), default="")
    sign_count: Mapped[int] = mapped_column(BigInteger, default=0)
    last_step: Mapped[int] = mapped_column(default=0)  #: of the last code that was taken: none is taken twice
    skew: Mapped[int] = mapped_column(default=0)  #: steps by which the app's clock differs from ours
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def label(self) -> str:
        return self.name


class RecoveryCode(DistrictOwned, Model):
    """A code on paper for the day when the phone is gone; each opens once. Only its hash is kept."""

    __tablename__ = "core_recovery_code"
    constraints: ClassVar = (
        belongs_to("user_id", "ab_user"),
        Index("ix_core_recovery_code_user", "district_id", "user_id"),
    )

    user_id: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

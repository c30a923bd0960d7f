"""One-time form keys."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.storage.base import DistrictOwned, Model, UtcDateTime, utc_now


class FormKey(DistrictOwned, Model):
    """A form that was saved, and where its answer leads: a repeated save goes there instead."""

    __tablename__ = "core_form_key"
    constraints: ClassVar = (UniqueConstraint("district_id", "user_id", "key"),)

    user_id: Mapped[int]
    key: Mapped[str] = mapped_column(String(40))
    url: Mapped[str] = mapped_column(String(300))
    used_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, index=True)

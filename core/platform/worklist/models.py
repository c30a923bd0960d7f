"""What is unfinished, for whom."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import Index, SmallInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.storage.base import DistrictOwned, Model, UtcDateTime, belongs_to, utc_now
from core.storage.record_link import RecordLink


class WorklistRow(DistrictOwned, RecordLink, Model):
    """One record that waits for its next step: for one user, or for whoever holds a right at its unit."""

    __tablename__ = "core_waiting"
    constraints: ClassVar = (
        UniqueConstraint("district_id", "kind", "record_id"),
        belongs_to("unit_id", "core_unit"),
        Index("ix_core_waiting_user", "district_id", "user_id", "due_at"),
        Index("ix_core_waiting_unit", "district_id", "unit_id", "view", "due_at"),
        Index("ix_core_waiting_starter", "district_id", "started_by_id"),
        Index("ix_core_waiting_post", "district_id", "post"),
    )

    unit_id: Mapped[int]
    #: the right that whoever takes it must hold at the unit
    resource: Mapped[str] = mapped_column(String(60))
    verb: Mapped[str] = mapped_column(String(20))
    user_id: Mapped[int | None]  #: waits for this user alone
    post: Mapped[str] = mapped_column(String(140), default="")  #: or for whoever holds this position (HeldPost.key)
    started_by_id: Mapped[int | None]
    urgency: Mapped[int] = mapped_column(SmallInteger, default=0)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    since: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

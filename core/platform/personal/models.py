"""One person's own things. Nobody else reads them, a shared view excepted."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.storage.base import DistrictOwned, Model, UtcDateTime, belongs_to, utc_now
from core.storage.record_link import RecordLink


class SavedView(DistrictOwned, Model):
    """A list's state (the query of its address) under a name, for its owner or for the district."""

    __tablename__ = "core_saved_view"
    constraints: ClassVar = (
        belongs_to("user_id", "ab_user"),
        UniqueConstraint("district_id", "user_id", "view", "title"),
        Index("ix_core_saved_view_view", "district_id", "view"),
    )

    user_id: Mapped[int]
    view: Mapped[str] = mapped_column(String(60))
    title: Mapped[str] = mapped_column(String(80))
    query: Mapped[str] = mapped_column(String(2000), default="")
    shared: Mapped[bool] = mapped_column(default=False)


class Preference(DistrictOwned, Model):
    """One user's choices: the default view of each list, notices, quiet hours, the hour of the digest."""

    __tablename__ = "core_preference"
    constraints: ClassVar = (belongs_to("user_id", "ab_user"), UniqueConstraint("district_id", "user_id"))

    user_id: Mapped[int]
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class Draft(DistrictOwned, Model):
    """What was typed into a form and not saved yet; never a secret paper's."""

    __tablename__ = "core_draft"
    constraints: ClassVar = (belongs_to("user_id", "ab_user"), UniqueConstraint("district_id", "user_id", "page"))

    user_id: Mapped[int]
    page: Mapped[str] = mapped_column(String(200))
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, index=True)


class RecentPage(DistrictOwned, RecordLink, Model):
    """A record that a user opened lately."""

    __tablename__ = "core_recent"
    constraints: ClassVar = (
        belongs_to("user_id", "ab_user"),
        UniqueConstraint("district_id", "user_id", "kind", "record_id"),
        Index("ix_core_recent_user", "district_id", "user_id", "at"),
    )

    user_id: Mapped[int]
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

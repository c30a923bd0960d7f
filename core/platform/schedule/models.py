"""When a district last had its turn of each work."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.storage.base import DistrictOwned, Model, UtcDateTime


class ScheduledWork(DistrictOwned, Model):
    """A work that comes again by itself, as it stands in one district."""

    __tablename__ = "core_schedule"
    constraints: ClassVar = (UniqueConstraint("district_id", "key"),)

    key: Mapped[str] = mapped_column(String(60))  #: of a Periodic
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)  #: until when it is done
    failed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  #: since then it is tried again

    @property
    def label(self) -> str:
        """The key; core/platform/timeline/labels.py says its title."""
        return self.key

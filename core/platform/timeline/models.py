"""The append-only history and its seals."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.storage.base import DistrictOwned, Model, SecretNote, UtcDateTime, belongs_to, utc_now

#: action of a remark inside the office
REMARK = "core.comment.inside"
#: what somebody has written about a record
COMMENTS = (COMMENT := "core.comment.written", REMARK)


class TimelineEntry(DistrictOwned, SecretNote, Model):
    """Who did what to which record, when, from what to what. Never changed, never deleted."""

    __tablename__ = "core_timeline"
    constraints: ClassVar = (
        Index("ix_core_timeline_record", "district_id", "kind", "record_id", "id"),
        Index("ix_core_timeline_district", "district_id", "id"),
    )

    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    actor_id: Mapped[int | None]  #: no foreign key: history outlives accounts, and head office has its own
    actor_name: Mapped[str] = mapped_column(String(150))  #: as it was at that moment
    kind: Mapped[str] = mapped_column(String(60))  #: table of the record
    record_id: Mapped[int]
    record_label: Mapped[str] = mapped_column(String(300), default="")
    action: Mapped[str] = mapped_column(String(60))  #: dotted past fact, e.g. saraban.incoming.cancelled
    changes: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  #: {field: [from, to]}
    note: Mapped[str] = mapped_column(String(500), default="")
    #: a remark that only who works inside the office reads, whatever its action: it may be older than the choice
    inside: Mapped[bool] = mapped_column(default=False)


class TimelineSeal(DistrictOwned, Model):
    """One link of a district's chain: `hash` covers the entry and the link before it, under a key kept outside."""

    __tablename__ = "core_timeline_seal"
    constraints: ClassVar = (
        UniqueConstraint("district_id", "entry_id"),
        UniqueConstraint("district_id", "position"),
        belongs_to("entry_id", "core_timeline"),
    )

    entry_id: Mapped[int]
    position: Mapped[int]  #: 1, 2, 3 … within the district
    hash: Mapped[str] = mapped_column(String(64))
    key: Mapped[str] = mapped_column(String(16), default="")  #: name of the key; empty: a plain hash, as once

"""A stack of scanned paper, page by page, until every letter of it stands in the register."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _l
from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.platform.worklist.sync import InWorklist, WorkItem
from core.storage.base import DistrictOwned, Model, Tracked, UtcDateTime, Versioned, belongs_to, utc_now
from core.storage.succession import moves

READING, BROKEN, READY, DONE, DROPPED = "reading", "broken", "ready", "done", "dropped"
STATES: dict[str, Any] = {
    READING: _l("Being read"), BROKEN: _l("Not read to the end"), READY: _l("To be registered"),
    DONE: _l("Registered"), DROPPED: _l("Dropped"),
}  # fmt: skip


class Scan(InWorklist, Tracked, Versioned, DistrictOwned, Model):
    """What somebody dropped at once. Its files are its attachments until it is done."""

    __tablename__ = "saraban_scan"
    constraints: ClassVar = (
        belongs_to("unit_id", "core_unit"),
        Index("ix_saraban_scan_state", "district_id", "unit_id", "state", "id"),
    )

    GOES_ON = moves("ScanView", ("add", "saraban.incoming"), READING, BROKEN, READY, state="state")
    #: and no history tells of a checksum
    untracked: ClassVar = Tracked.untracked | {"digest"}

    unit_id: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(10), default=READING)
    digest: Mapped[str] = mapped_column(String(64), default="")  #: sha256 over those of its files
    made_by: Mapped[str] = mapped_column(String(150))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    @property
    def label(self) -> str:
        return self.title

    def work_item(self) -> WorkItem | None:
        """A stack that is read, or whose reading broke off, waits for the unit's clerks."""
        if self.state not in (BROKEN, READY):
            return None
        return WorkItem(
            view="ScanView", resource="saraban.incoming", verb="add", unit_id=self.unit_id, since=self.made_at
        )  # fmt: skip


class ScanPage(DistrictOwned, Model):
    """One page: where it comes from, what it says, whether a letter begins with it, and which it became part of."""

    __tablename__ = "saraban_scan_page"
    constraints: ClassVar = (
        belongs_to("scan_id", "saraban_scan"),
        belongs_to("letter_id", "saraban_incoming"),
        UniqueConstraint("district_id", "scan_id", "place"),
    )

    scan_id: Mapped[int]
    place: Mapped[int]  #: from 1, over all files
    file_id: Mapped[int]
    number: Mapped[int]  #: of the page in its file, from 0
    text: Mapped[str] = mapped_column(Text, default="")
    how: Mapped[str] = mapped_column(String(8), default="")  #: layer, ocr, or empty where nobody could read it
    blank: Mapped[bool] = mapped_column(default=False)
    begins: Mapped[bool] = mapped_column(default=False)
    letter_id: Mapped[int | None]

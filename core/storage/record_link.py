"""How a row points at a record of any plugin without a foreign key: waiting items, notices, recent pages."""

from __future__ import annotations

from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from core.storage.base import SecretNote


class RecordLink(SecretNote):
    """A soft reference to a record: its table, id, page and name. It takes over the record's secrecy.

    `view` names the view class whose `show` opens it; where that view's plugin is off, the link is not shown.
    """

    kind: Mapped[str] = mapped_column(String(60))
    record_id: Mapped[int]
    view: Mapped[str] = mapped_column(String(60))
    label: Mapped[str] = mapped_column(String(300), default="")

    def point_at(self, record: Any, view: str) -> None:
        """Take over what the record is called, where it opens and how secret it is."""
        self.kind, self.record_id, self.view = record.__tablename__, record.id, view
        self.label = str(record.label)[:300]
        self.secrecy = getattr(record, "secrecy", 0) or 0

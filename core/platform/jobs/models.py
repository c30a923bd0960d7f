"""A job's row is the job: whoever runs it holds a lease on it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, Index, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from core.platform.jobs.kind import USUAL
from core.storage.base import DistrictOwned, Model, UtcDateTime, belongs_to, utc_now

QUEUED, RUNNING, DONE, FAILED = "queued", "running", "done", "failed"


class Job(DistrictOwned, Model):
    """Long work of one user in one district, written in the transaction that asks for it."""

    __tablename__ = "core_job"
    constraints: ClassVar = (
        belongs_to("user_id", "ab_user"),
        Index("ix_core_job_user", "district_id", "user_id", "id"),
        Index("ix_core_job_state", "state", "lease_until"),
        Index("ix_core_job_next", "state", "rank", "id"),
    )

    user_id: Mapped[int]
    kind: Mapped[str] = mapped_column(String(60))
    title: Mapped[str] = mapped_column(String(200))
    locale: Mapped[str] = mapped_column(String(5), default="th")
    params: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    state: Mapped[str] = mapped_column(String(10), default=QUEUED)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    #: how far it came: whoever takes it over goes on from here
    cursor: Mapped[int] = mapped_column(default=0)
    message: Mapped[str] = mapped_column(String(300), default="")
    result: Mapped[str] = mapped_column(String(64), default="")  #: random name of the result on disk
    result_name: Mapped[str] = mapped_column(String(200), default="")
    #: how often it was taken up; a planned stop gives one back
    attempts: Mapped[int] = mapped_column(default=0)
    deaths: Mapped[int] = mapped_column(default=0)  #: how often its process died while it ran
    rank: Mapped[int] = mapped_column(SmallInteger, default=USUAL)  #: FIRST, USUAL or LAST
    worker: Mapped[str] = mapped_column(String(40), default="")
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    quiet: Mapped[bool] = mapped_column(default=False)  #: an errand of the house; see JobKind
    queued_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def label(self) -> str:
        return self.title

    @property
    def percent(self) -> int:
        """How far it is, 0–100."""
        if self.state == DONE:
            return 100
        return min(99, self.done * 100 // self.total) if self.total else 0

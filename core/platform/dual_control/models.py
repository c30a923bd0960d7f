"""What was asked for and decided, the log of it that nobody rewrites, and the codes by which owners set a password."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.base.permissions import GRAVE_ACTS
from core.platform.worklist.sync import InWorklist, WorkItem
from core.storage.base import DistrictOwned, Model, Tracked, UtcDateTime, Versioned, belongs_to, utc_now
from core.storage.succession import stays

ASKED, HANDED, DONE, REFUSED, WITHDRAWN, EXPIRED = "asked", "handed", "done", "refused", "withdrawn", "expired"
GRANT, CLEARANCE, RESET, UNLOCK, FACTORS = "grant", "clearance", "reset", "unlock", "factors"
#: roles of many accounts at once, and another name or person of an account; told, never asked for
GRANTS, OWNER = "grants", "owner"
#: a position by which records are approved; told, never asked for
POSITION = "position"


class GraveAct(DistrictOwned, InWorklist, Tracked, Versioned, Model):
    """One grave right that an administrator asks for an account: nothing of it holds before a second person consents.

    `handed`: consented, and it holds as soon as the account's owner has set a password of their own with the code.
    """

    __tablename__ = "core_grave_act"
    untracked: ClassVar = frozenset(
        {"version", "facts", "decided_by_id", "decided_by", "decided_at", "expires_at", "done_at"}
    )
    constraints: ClassVar = (
        belongs_to("user_id", "ab_user"),
        belongs_to("unit_id", "core_unit"),
        Index("ix_core_grave_act_user", "district_id", "user_id", "state"),
        Index("ix_core_grave_act_state", "state", "expires_at"),
    )

    what: Mapped[str] = mapped_column(String(12))  #: grant, clearance, reset, unlock or factors
    user_id: Mapped[int]  #: for whom
    user_name: Mapped[str] = mapped_column(String(150))  #: as the account was called when it was asked for
    GOES_ON = stays()
    unit_id: Mapped[int]  #: the office: where the consent is given
    #: what is asked for: a grant's role, unit and days, or the clearance; with the words of that day
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    reason: Mapped[str] = mapped_column(String(400))
    asked_by_id: Mapped[int]  #: no foreign key, like the decision's: history outlives accounts
    asked_by: Mapped[str] = mapped_column(String(150))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(10), default=ASKED)
    decided_by_id: Mapped[int | None]  #: None for the command line
    decided_by: Mapped[str] = mapped_column(String(150), default="")
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answer: Mapped[str] = mapped_column(String(400), default="")
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def label(self) -> str:
        return self.user_name

    def open_at(self, now: datetime) -> bool:
        """Whether it still waits for something at that moment."""
        return self.state in (ASKED, HANDED) and now < self.expires_at

    def work_item(self) -> WorkItem | None:
        if self.state != ASKED:
            return None
        return WorkItem(
            "GraveActView", GRAVE_ACTS, "consent", self.unit_id, urgency=2, due_at=self.expires_at, since=self.asked_at
        )


def no_number() -> int:
    """An id that follows no other: a gap in a row of ids would tell of a line that one does not see."""
    return 1 + secrets.randbelow(999_999_999)


class GraveEntry(DistrictOwned, Model):
    """A line of the log of grave rights. Never changed, never deleted: the database refuses both."""

    __tablename__ = "core_grave_log"
    constraints: ClassVar = (Index("ix_core_grave_log_user", "district_id", "user_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=no_number)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    actor_id: Mapped[int | None]
    actor_name: Mapped[str] = mapped_column(String(150))
    user_id: Mapped[int | None]  #: whose account it is about
    user_name: Mapped[str] = mapped_column(String(150), default="")
    action: Mapped[str] = mapped_column(String(40))  #: key of the sentence (core/platform/dual_control/log.py)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    note: Mapped[str] = mapped_column(String(500), default="")

    @property
    def label(self) -> str:
        return self.user_name or self.actor_name


class OwnerCode(DistrictOwned, Model):
    """By what code an account's owner sets a password, and whether the present one is known to nobody else."""

    __tablename__ = "core_owner_code"
    constraints: ClassVar = (UniqueConstraint("district_id", "user_id"), belongs_to("user_id", "ab_user"))

    user_id: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64), default="")  #: sha256; empty when there is none to use
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: when the owner last set a password with a code; None since an administrator gave a temporary one
    proven_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

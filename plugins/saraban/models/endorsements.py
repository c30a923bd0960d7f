"""เกษียนหนังสือ, who has a letter, and the minutes that the work took."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _l
from sqlalchemy import Date, Index, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.platform.follow_ups.models import (
    DONE,
    GIVEN,
    RELEASED,
    STATES,
    WITHDRAWN,
    FollowUpToTheHour,
    followed,
    workflow,
)
from core.platform.users.models import Account
from core.platform.worklist.sync import WorkItem
from core.storage import fields
from core.storage.base import DistrictOwned, Model, SecretPart, Tracked, UtcDateTime, Versioned, belongs_to, utc_now
from core.storage.scope import KhetSession
from core.storage.succession import follows
from plugins.saraban import permissions
from plugins.saraban.models.letters import IncomingLetter


class _OfLetter(SecretPart):
    """Belongs to an incoming letter and is as secret as it is."""

    letter_id: Mapped[int]

    @classmethod
    def secret_reference(cls) -> tuple[Any, Any]:
        return IncomingLetter.__tablename__, cls.letter_id


class Endorsement(_OfLetter, DistrictOwned, Model):
    """One line written on a letter (เกษียนหนังสือ), as it was signed. Never changed, never deleted.

    Name and position are those of that day: people move on, what they signed does not.
    """

    __tablename__ = "saraban_endorsement"
    constraints: ClassVar = (
        belongs_to("letter_id", "saraban_incoming"),
        Index("ix_saraban_endorsement_letter", "district_id", "letter_id", "id"),
    )

    step: Mapped[str] = mapped_column(String(20))  #: proposed, directed, assigned, acknowledged, done, returned
    text: Mapped[str] = mapped_column(String(1000), default="")
    addressed: Mapped[str] = mapped_column(String(500), default="")  #: to whom it goes on
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    user_id: Mapped[int | None]
    name: Mapped[str] = mapped_column(String(150))
    position: Mapped[str] = mapped_column(String(120), default="")
    acting_for: Mapped[str] = mapped_column(String(300), default="")  #: รักษาราชการแทน whom
    signature: Mapped[str] = mapped_column(String(64), default="")  #: sha256 of the signature's picture

    @property
    def signed(self) -> str:
        """Name, position, and for whom."""
        return " ".join(part for part in (self.name, self.position, self.acting_for) if part)


class Assignment(_OfLetter, FollowUpToTheHour, Tracked, Versioned, DistrictOwned, Model):
    """A letter in the hands of one officer; several may have it, one of them leads."""

    __tablename__ = "saraban_assignment"
    constraints: ClassVar = (
        belongs_to("letter_id", "saraban_incoming"),
        *followed(),
        UniqueConstraint("district_id", "letter_id", "user_id"),
        Index("ix_saraban_assignment_user", "district_id", "user_id", "state", "id"),
    )
    WORKFLOW = workflow(
        "acknowledge", "report",
        states={
            GIVEN: _l("New to me"), DONE: _l("Reported"), RELEASED: _l("Acknowledged, done by another"),
            WITHDRAWN: STATES[WITHDRAWN],
        },
    )  # fmt: skip
    GOES_ON = follows("letter_id")
    VIEW, RESOURCE, IN_WORDS = "AssignmentView", permissions.ASSIGNMENT, True

    what = fields.text(
        _l("Letter"), most=300, required=True, look="subject"
    )  #: number and subject; of a secret no more
    user_id = fields.reference(_l("Officer"), required=True, tracked=False)
    lead: Mapped[bool] = mapped_column(default=False)
    task: Mapped[str] = mapped_column(String(1000), default="")
    urgency: Mapped[int] = mapped_column(default=0)
    report = fields.paragraph(_l("Action taken"), most=1000)

    letter: Mapped[IncomingLetter] = relationship(
        primaryjoin="Assignment.letter_id == IncomingLetter.id", foreign_keys="Assignment.letter_id", viewonly=True
    )

    def keeps_from(self, session: KhetSession, account: Account) -> bool:
        """Who has, or had, the same letter does not take it a second time."""
        same = select(Assignment.id).where(Assignment.letter_id == self.letter_id, Assignment.user_id == account.id)
        return session.scalar(same.limit(1)) is not None

    def put_into(self, account: Account) -> None:
        """Who leads is the letter's officer."""
        super().put_into(account)
        if self.lead:
            self.letter.assignee_id = account.id

    def work_item(self) -> WorkItem | None:
        """Until it is reported it waits for its officer; once the letter is done, until they have taken note."""
        item = super().work_item()
        return replace(item, urgency=self.urgency) if item is not None else None


class WorkTime(DistrictOwned, Model):
    """Seconds that a clerk worked on one step of the work standard."""

    __tablename__ = "saraban_work_time"
    constraints: ClassVar = (
        belongs_to("unit_id", "core_unit"),
        Index("ix_saraban_work_time_day", "district_id", "unit_id", "on"),
    )

    unit_id: Mapped[int]
    user_id: Mapped[int | None]
    who: Mapped[str] = mapped_column(String(150))
    step: Mapped[str] = mapped_column(String(30))  #: a key of standard.STEPS
    on: Mapped[date] = mapped_column(Date)
    seconds: Mapped[int]
    letters: Mapped[int] = mapped_column(default=1)  #: of a bulk step: how many it served

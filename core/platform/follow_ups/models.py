"""What one person is to do for another by a day, whatever record it is a part of. Its table is its module's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from core.base.text.thai import today
from core.base.workflow import Transition, Workflow
from core.platform.handover import Held
from core.platform.masterdata.holidays import closing
from core.platform.users.models import Account
from core.platform.worklist.sync import InWorklist, WorkItem
from core.storage import fields
from core.storage.base import Tracked, UtcDateTime, belongs_to, utc_now

GIVEN, KNOWN, DONE, VERIFIED, WITHDRAWN = "given", "known", "done", "verified", "withdrawn"
#: has taken note, and it was done by somebody else: nothing is asked any more, and nobody says that they reported
RELEASED = "released"
#: it waits for the one who has it
WITH_DOER = (GIVEN, KNOWN)
STATES = {
    GIVEN: _l("Not acknowledged yet"), KNOWN: _l("Acknowledged"), DONE: _l("Done"),
    VERIFIED: _l("Verified and in order"), WITHDRAWN: _l("Taken back"),
}  # fmt: skip
#: every step that a kind may have
STEPS = (
    Transition("acknowledge", _l("Acknowledge"), (GIVEN,), KNOWN, "edit", "check2-circle"),
    Transition("report", _l("Say what was done"), (GIVEN, KNOWN, RELEASED), DONE, "edit", "pencil"),
    Transition("verify", _l("Verify"), (DONE,), VERIFIED, "verify", "check-circle"),
    Transition("back", _l("Send back"), (DONE,), GIVEN, "edit", "arrow-return-left"),
    Transition("reopen", _l("Open it again"), (DONE,), KNOWN, "edit", "arrow-repeat"),
    Transition("hand_on", _l("Give to another"), WITH_DOER, GIVEN, "edit", "person-check"),
    Transition("withdraw", _l("Take back"), WITH_DOER, WITHDRAWN, "edit", "slash-circle"),
)


def workflow(*keys: str, states: Mapping[str, Any] | None = None) -> Workflow:
    """The workflow of a kind of follow-up: those of STEPS that it has; `states` names a state otherwise, or adds one
    that no step leads to. With `verify` it is done when somebody else has verified it."""
    steps, own = [one for one in STEPS if one.key in keys], states or {}
    there = {GIVEN, *own, *(one.target for one in steps)}
    named = {state: own.get(state, title) for state, title in {**STATES, **own}.items() if state in there}
    made = []
    for one in steps:
        verb = "verify" if one.key == "back" and "verify" in keys else one.verb
        made.append(replace(one, sources=tuple(state for state in one.sources if state in named), verb=verb))
    return Workflow(named, made)


class AnyFollowUp(Held, InWorklist):
    """What both kinds have. `VIEW` opens it, `RESOURCE` is the right's."""

    HELD, STATE, ENDED = ("user_id", "who"), "state", (DONE, VERIFIED, RELEASED, WITHDRAWN)

    WORKFLOW: ClassVar[Workflow]
    VIEW: ClassVar[str]
    RESOURCE: ClassVar[str]
    #: the column that says by when
    DUE: ClassVar[str]
    #: it is done only with words on what was done
    IN_WORDS: ClassVar[bool] = False
    #: each of these is said by a step of its history
    untracked: ClassVar[frozenset[str]] = Tracked.untracked | {"given_at", "given_by", "known_at", "done_at"}

    unit_id: Mapped[int]
    what = fields.text(_l("Item"), most=300, required=True, look="subject")
    user_id = fields.reference(_l("Officer"), tracked=False)
    who = fields.text(_l("Officer"), most=150, look="name")  #: as of the day on which it was given
    given_by = fields.text(_l("Given by"), most=150, look="name")
    given_by_id = fields.reference(_l("Given by"), tracked=False)
    given_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    known_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    done_by_id = fields.reference(_l("Done by"), tracked=False)  #: also in another's place: never who verifies
    report = fields.paragraph(_l("What was done"), most=1000)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "RESOURCE" in vars(cls):
            cls.GIVEN_TO = ("edit", cls.RESOURCE)

    def put_into(self, account: Account) -> None:
        """New to whoever takes it over; by whom and when it was first given stays."""
        super().put_into(account)
        self.state, self.known_at = GIVEN, None

    if TYPE_CHECKING:
        id: Mapped[int]
        state: Mapped[str]
    else:

        @declared_attr
        def state(cls) -> Mapped[str]:  # noqa: N805 – of the class
            """Where it stands; its words are the kind's."""
            return fields.choice(_l("State"), cls.WORKFLOW.states, most=10, default=GIVEN)

    @property
    def label(self) -> str:
        return self.what

    @property
    def due_moment(self) -> datetime | None:
        """By when; None where no day is set."""
        raise NotImplementedError

    @classmethod
    def is_late(cls) -> ColumnElement[bool]:
        """SQL: it waits for who has it, and its time is over."""
        raise NotImplementedError

    def work_item(self) -> WorkItem | None:
        """For who has it until it is done, then for who may verify it, where the kind wants that."""
        verified = self.state == DONE and VERIFIED in self.WORKFLOW.states
        if not verified and (self.state not in WITH_DOER or self.user_id is None):
            return None
        return WorkItem(
            view=self.VIEW, resource=self.RESOURCE, verb="verify" if verified else "edit", unit_id=self.unit_id,
            user_id=None if verified else self.user_id, due_at=self.due_moment, since=self.given_at,
        )  # fmt: skip


class FollowUp(AnyFollowUp):
    """A follow-up that is due on a day. Its `constraints` hold `*followed()`."""

    DUE: ClassVar[str] = "due_on"

    due_on = fields.date(_l("Due on"), required=True)

    @property
    def due_moment(self) -> datetime | None:
        return closing(self.due_on)

    @classmethod
    def is_late(cls) -> ColumnElement[bool]:
        return cls.state.in_(WITH_DOER) & (cls.due_on < today())


class FollowUpToTheHour(AnyFollowUp):
    """The same, due at a moment or at none."""

    DUE: ClassVar[str] = "due_at"

    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def due_moment(self) -> datetime | None:
        return self.due_at

    @classmethod
    def is_late(cls) -> ColumnElement[bool]:
        return cls.state.in_(WITH_DOER) & (cls.due_at < utc_now())


def followed() -> tuple[Any, ...]:
    """The keys of a follow-up."""
    return (
        belongs_to("unit_id", "core_unit"),
        belongs_to("user_id", "ab_user"),
        belongs_to("given_by_id", "ab_user"),
        belongs_to("done_by_id", "ab_user"),
    )

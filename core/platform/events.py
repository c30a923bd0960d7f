"""What happens in core that other modules may have to follow up, each a frozen dataclass.

Whoever makes it happen publishes it in the session that does it, when its rows are flushed. The handlers of the modules
that are on in that district (`khet_handlers`) run at once, in the order of the modules, inside the same transaction:
what they write stands or falls with the act, and a RuleError of theirs refuses it. An event holds ids and plain facts,
no rows. A new one comes with its first handler and stands in EVENTS.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.base.errors import ScopeError
from core.storage.scope import KhetSession


@dataclass(frozen=True)
class UnitClosed:
    """A group of the office or a school is in use no longer. `what` names it, and what a school was merged into."""

    unit_id: int
    what: str


@dataclass(frozen=True)
class UnitOpened:
    """A group of the office or a school is in use again. Its matters went on at `from_unit_id` meanwhile."""

    unit_id: int
    what: str
    from_unit_id: int


@dataclass(frozen=True)
class SchoolMerged:
    """A school was merged into another that is open; its unit is closed, which is told afterwards.

    `into_id` and `into_unit_id` are the school where its matters go on: the one that was named, or what that one was
    merged into since.
    """

    school_id: int
    unit_id: int
    into_id: int
    into_unit_id: int


@dataclass(frozen=True)
class WentOn:
    """The matters of a unit that has ended go on at another: what was in work there, as ids by table.

    `moved` is the other unit's own now, `lying` stays in the books of the ended one and is worked on there. `office`:
    the unit was closed, and the office goes on with them.
    """

    unit_id: int
    into_unit_id: int
    moved: Mapping[str, tuple[int, ...]]
    lying: Mapping[str, tuple[int, ...]]
    office: bool


@dataclass(frozen=True)
class LetterEnded:
    """A letter that a record cites counts for nothing any more: `ended` is a key of ENDED in
    core/records/letter_links/services.py. One for each record that cites it, in `role`."""

    kind: str
    record_id: int
    role: str
    ended: str
    #: empty for a draft, which is nobody's business outside the office
    number: str
    subject: str


@dataclass(frozen=True)
class PositionChanged:
    """Somebody holds a position (the post of that id) from now on or beforehand, or, not `held`, no longer: all
    accounts of its person, or this one alone, which belongs to another person now."""

    post_id: int
    held: bool
    user_id: int | None = None


Event = UnitClosed | UnitOpened | SchoolMerged | WentOn | LetterEnded | PositionChanged
#: every event, for whoever handles one
EVENTS: tuple[type[Event], ...] = (UnitClosed, UnitOpened, SchoolMerged, WentOn, LetterEnded, PositionChanged)
#: in a session's info while an event is handled: names of the modules that are on in its district
ON = "events_modules_on"


def publish(session: KhetSession, event: Event) -> None:
    """Have every module that is on in the session's district follow an event up, before anything else happens.

    While the session is flushing it waits until that is done. Raises what a handler raises, and ScopeError in a session
    over every district: which modules are on is each district's own.
    """
    if session.scope.district_id is None:
        raise ScopeError(f"{type(event).__name__} is published in no district")
    session.when_flushed(lambda: session.info["publisher"](session, event))

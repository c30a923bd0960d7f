"""Who is asking. An Actor is plain data, made once per request; services and checks need nothing more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import ColumnElement, false, true

from core.base.permissions import DISTRICT_REACH, NATION, OFFICE_REACH, UNIT

Right = tuple[str, str]


@dataclass(frozen=True)
class HeldRole:
    """One grant in force today, with the rights of its role."""

    key: str
    reach: str
    unit_id: int
    rights: frozenset[Right] = field(repr=False)
    #: in whose stead it is held (รักษาราชการแทน); None: it is the user's own
    stands_in_for: int | None = None
    #: the group or school at which it is held; empty at the office itself, which bears the district's name
    unit_name: str = ""
    #: units that have ended, whose matters go on where it is held
    ended: frozenset[int] = frozenset()


#: verbs of rights that whoever goes on with an ended unit's matters does not hold there
SHUT_AT_ENDED = frozenset({"add", "cancel", "import"})


@dataclass(frozen=True)
class HeldPost:
    """A position held at a unit today (ตำแหน่ง), by the user or by one whose place they take."""

    unit_id: int
    position: str
    #: whose it is (รักษาราชการแทน); None: it is the user's own
    stands_in_for: int | None = None

    @property
    def key(self) -> str:
        """How what waits for whoever holds it names it."""
        return f"{self.unit_id}:{self.position}"


@dataclass(frozen=True)
class UnitSet:
    """The units at which a right is held: all of the district, or these."""

    everywhere: bool
    ids: frozenset[int]

    def __contains__(self, unit_id: object) -> bool:
        return self.everywhere or unit_id in self.ids

    def __bool__(self) -> bool:
        return self.everywhere or bool(self.ids)

    def criterion(self, column: Any) -> ColumnElement[bool]:
        """SQL: `column` (a unit id) lies in the set."""
        if self.everywhere:
            return true()
        return column.in_(sorted(self.ids)) if self.ids else false()


@dataclass(frozen=True)
class Actor:
    """A signed-in user with what is in force today. Satisfies Flask-Login's user interface."""

    user_id: int
    username: str
    name: str
    district_id: int
    district_code: str
    district_name: str
    epoch: int
    clearance: int = 0
    locale: str = "th"
    must_change_password: bool = False
    #: a role in force asks for a second factor (the demo's accounts are spared)
    must_have_factor: bool = False
    #: and none is set up yet
    needs_factor: bool = False
    roles: tuple[HeldRole, ...] = ()
    #: the office and its groups: what a role of reach "office" covers; empty for who works at schools alone
    office_units: frozenset[int] = frozenset()
    #: users whose place this one takes today (รักษาราชการแทน)
    stands_in_for: frozenset[int] = frozenset()
    #: positions that they hold today, and those of whose place they take
    posts: tuple[HeldPost, ...] = ()
    #: in one capacity alone (`each`): all names that they have in any; empty for the whole user
    selves: frozenset[int] = frozenset()

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        return str(self.user_id)

    @property
    def names(self) -> frozenset[int]:
        """Users under whose name something can wait for this one: themselves, and whose place they take."""
        return self.stands_in_for | {self.user_id}

    @property
    def stead(self) -> int | None:
        """In whose place they act, where this is one capacity alone; None for the own account, and the whole user."""
        return next(iter(self.stands_in_for), None) if self.selves else None

    def was(self, *user_ids: int | None) -> bool:
        """Whether one of these users is this one, in whatever capacity: nobody verifies what they did under another
        name."""
        return not (self.selves | self.names).isdisjoint(user_ids)

    def each(self) -> Sequence[Actor]:
        """The same user in each of their capacities, the own account first: with its roles, positions and names alone.

        What one may do with a record one may in one of them: rights of several never add up.
        """
        if self.selves or not self.stands_in_for:
            return (self,)
        return tuple(self._alone(place) for place in (None, *sorted(self.stands_in_for)))

    def names_with(self, resource: str, verb: str) -> frozenset[int]:
        """Those of their names that come with a right: by the name of a place that gives it not, nothing opens."""
        return frozenset().union(*(one.names for one in self.each() if one.may(resource, verb)))

    def _alone(self, place: int | None) -> Actor:
        return replace(
            self,
            roles=tuple(role for role in self.roles if role.stands_in_for == place),
            posts=tuple(post for post in self.posts if post.stands_in_for == place),
            stands_in_for=frozenset() if place is None else frozenset({place}),
            selves=self.names,
        )

    @property
    def inside(self) -> bool:
        """Whether this one works at the office or one of its groups: what is said inside it is theirs to read."""
        return any(role.unit_id in self.office_units for role in self.roles)

    def narrowed(self, rights: frozenset[Right]) -> Actor:
        """The same user holding no more than `rights`: what a token lets another system do."""
        roles = tuple(replace(role, rights=role.rights & rights) for role in self.roles)
        return replace(self, roles=roles, posts=())

    def may(self, resource: str, verb: str, unit_id: int | None = None) -> bool:
        """Whether a role in force gives the right: anywhere, or at `unit_id`."""
        units = self.units(resource, verb)
        return bool(units) if unit_id is None else unit_id in units

    def units(self, resource: str, verb: str) -> UnitSet:
        """The units at which the actor holds a right; every check asks role and unit together."""
        ids: set[int] = set()
        for role in self._holding((verb, resource)):
            if role.reach in (DISTRICT_REACH, NATION):
                return UnitSet(True, frozenset())
            ids |= self._covered(role, verb)
        return UnitSet(False, frozenset(ids))

    def own_unit(self, resource: str, verb: str) -> int | None:
        """The unit at which the actor was given a right, however far it reaches; None where there are several."""
        found = {role.unit_id for role in self._holding((verb, resource))}
        return found.pop() if len(found) == 1 else None

    def place(self, resource: str, verb: str) -> str:
        """Whose records the right opens, for the head of a sheet: the one group or school, else the whole district."""
        held = {(role.reach, "" if role.ended else role.unit_name) for role in self._holding((verb, resource))}
        (reach, name) = held.pop() if len(held) == 1 else ("", "")
        return name if reach == UNIT and name else self.district_name

    def in_stead_of(self, resource: str, verb: str, unit_id: int) -> int | None:
        """In whose place the actor uses a right at a unit; None where it is their own, or they have it not at all."""
        places = self.capacities(resource, verb, unit_id)
        return None if None in places else next(iter(places), None)

    def capacities(self, resource: str, verb: str, unit_id: int) -> list[int | None]:
        """In whose places the actor holds a right at a unit, None among them where it is their own; empty where they
        have it not."""
        return [
            role.stands_in_for
            for role in self._holding((verb, resource))
            if role.reach in (DISTRICT_REACH, NATION) or unit_id in self._covered(role, verb)
        ]

    def _covered(self, role: HeldRole, verb: str) -> frozenset[int]:
        """Where a role opens something. What a unit that has ended left is read and finished; nothing begins there, and
        what stands in its books changes no more."""
        own = self.office_units if role.reach == OFFICE_REACH else frozenset({role.unit_id})
        return own if verb in SHUT_AT_ENDED else own | role.ended

    def _holding(self, right: Right) -> Iterable[HeldRole]:
        return (role for role in self.roles if right in role.rights)

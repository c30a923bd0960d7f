"""What a plugin says of itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select


@dataclass(frozen=True)
class Manifest:
    """A plugin's visiting card.

    `depends`: plugins without which it is off too, and which it may import.
    `uses`: plugins it works better with; reached only through core, never imported.
    `migrations`: package that holds its Alembic revisions, or empty.
    `scripts`: files of its folder `static` that its own pages load as modules.
    """

    name: str
    title: Any
    description: Any = ""
    icon: str = "box"
    version: str = "0.1.0"
    depends: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    migrations: str = ""
    scripts: tuple[str, ...] = ()
    #: core itself: on everywhere, no switch
    always_on: bool = False


@dataclass(frozen=True)
class NavItem:
    """A line of the side navigation, shown to who holds the right (verb on resource) or to whom `open_to` says so.

    One page has one line: number books and reports are core's two, over every module's.
    """

    title: Any
    endpoint: str
    resource: str
    verb: str = "list"
    icon: str = "dot"
    order: int = 100
    #: the module under whose name it stands; its plugin's title by default
    section: Any = None
    #: heading under which it is folded away in its module: settings, yearly chores, what few open
    fold: Any = None
    #: what whoever has the line opens every day: it stands at the top of their navigation while there is room
    daily: bool = False
    #: verbs on the resource for which something waits in this list; who holds one sees how much beside it
    worklist_verbs: tuple[str, ...] = ()
    #: for a page that opens to any of several rights: asked with the registry, the actor and the plugins that are on
    open_to: Callable[[Any, Any, frozenset[str]], Any] | None = None

    def shown(self, registry: Any, actor: Any, on: frozenset[str]) -> bool:
        """Whether this actor has the line, where these plugins are on."""
        if self.open_to is not None:
            return bool(self.open_to(registry, actor, on))
        return not self.resource or bool(actor.may(self.resource, self.verb))


@dataclass(frozen=True)
class Book:
    """A number book that a plugin keeps (สมุดทะเบียน). `resource` is the right a registrar needs on it."""

    key: str
    title: Any
    resource: str
    #: the table whose rows carry the numbers, for the book check
    model: Any
    #: its numbers are nobody's business but its registrar's
    secret: bool = False
    #: a form of its register takes a number that was reserved or inserted; else the book offers none
    reserved: bool = False
    #: column of the model that names the unit whose book it is
    unit_column: str = "unit_id"


@dataclass(frozen=True)
class OpenItem:
    """Something unfinished in a plugin, shown before a district switches it off: `these` finds what core counts."""

    title: Any
    these: Select[Any]


@dataclass(frozen=True)
class Card:
    """A number on the home page that leads to its list: how many rows the list of `view` has under the filters
    `where`, for whoever may list them. Core counts those of every module in one statement; `value` is what was counted
    already, over every district.
    """

    title: Any
    view: str
    icon: str = "dot"
    where: Mapping[str, str] = field(default_factory=dict)
    value: int | None = None


@dataclass(frozen=True)
class Chart:
    """A few bars on the home page that answer a question: (label, number) each, and the list behind them."""

    title: Any
    points: tuple[tuple[str, int], ...]
    url: str
    #: columns in time (column) or bars by size (bar)
    shape: str = "bar"


@dataclass(frozen=True)
class Topic:
    """A kind of notice, as its readers choose it. One that is not `personal` is told to webhooks alone."""

    key: str
    title: Any
    personal: bool = True
    #: asked when an e-mail of this topic has ended, in the transaction that writes it: (session, registry, its row of
    #: the outbox, why it was not sent or None). Such mail is not kept back where no mail server is set: it has failed.
    mailed: Callable[[Any, Any, Any, str | None], None] | None = None


@dataclass(frozen=True)
class ActionLink:
    """A button on a record's page that leads to `url`, where a step is done or something else is looked at."""

    title: Any
    url: str
    icon: str = "chevron-right"
    #: primary, secondary or danger
    look: str = "secondary"


@dataclass(frozen=True)
class Help:
    """First steps (heading, text) in the order one takes them, and the module's words (term, meaning)."""

    steps: tuple[tuple[Any, Any], ...]
    glossary: tuple[tuple[Any, Any], ...] = ()

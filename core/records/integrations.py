"""What modules do for one another without knowing each other: capabilities, each a protocol that a module may provide.

A module that `uses` another never imports it. It asks here; whoever is on and provides the capability (`khet_provides`)
answers, and where nobody does, the person types what the other module would have given. A new capability is a protocol
in `PROTOCOLS` and a method of `Integrations` that asks it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, runtime_checkable

from flask_babel import gettext as _

from core.base.errors import RuleError

if TYPE_CHECKING:
    from core.base.identity import Actor
    from core.storage.scope import KhetSession

EXTERNAL, MEMO, ORDER = "external", "internal", "order"


@dataclass(frozen=True)
class LetterFacts:
    """A letter as others may know it. `view` names the page that opens it; a draft has no number yet.

    `ended` is "dropped" for a draft that was given up, "cancelled" for a number that was.
    """

    kind: str
    record_id: int
    view: str
    subject: str
    number: str = ""
    dated: date | None = None
    sender: str = ""
    received_on: date | None = None
    ended: str = ""


@dataclass(frozen=True)
class LetterWanted:
    """A paper that another module would like to have drafted; `form` is EXTERNAL, MEMO or ORDER.

    `answers` is the letter it answers, as (kind, id).
    """

    form: str
    unit_ids: tuple[int, ...]
    recipient: str
    subject: str
    body: str
    reference: str = ""
    answers: tuple[str, int] | None = None


@runtime_checkable
class LetterArchive(Protocol):
    """Keeps letters that records of other modules cite."""

    def letter(self, session: KhetSession, actor: Actor, kind: str, record_id: int) -> LetterFacts | None:
        """Facts of a letter or draft that it keeps; None where the actor may not see it, or it is a secret one."""
        ...


@runtime_checkable
class LetterDrafting(Protocol):
    """Writes papers that other modules would like to have."""

    def draft_letter(self, session: KhetSession, actor: Actor, wanted: LetterWanted) -> LetterFacts:
        """Draft one, in the transaction of the other module's step. Raises RuleError where the actor may not."""
        ...

    def may_draft(self, actor: Actor, unit_ids: tuple[int, ...]) -> bool:
        """Whether the actor may have one drafted that goes out from one of these units."""
        ...


@runtime_checkable
class Engagements(Protocol):
    """Knows what people have agreed to do in person, in no list of theirs any more: somebody who leaves cannot come.

    `asks`: the right (verb, resource) without which nobody answers when asked to come in another's place.
    """

    @property
    def asks(self) -> tuple[str, str]: ...

    def engaged(self, session: KhetSession, user_id: int) -> list[Any]:
        """Records by which an account has agreed to come, and that lie ahead; those of a kind together."""
        ...

    def give_up(self, session: KhetSession, record: Any, heir_id: int | None, reason: str) -> None:
        """By the module's own step, on a page: this person (id) is asked in their place, or, for None, it is called
        off; who waits for them learns of it. Raises RuleError where that one cannot be asked."""
        ...


#: every capability that a module may provide, and what one object may implement
PROTOCOLS: tuple[type[Any], ...] = (LetterArchive, LetterDrafting, Engagements)
Provider = LetterArchive | LetterDrafting | Engagements
Capability = TypeVar("Capability")


class Modules(Protocol):
    """What is asked of the registry of modules here."""

    manifests: Any
    providers: Any

    def each(self, hook: str, only: Collection[str] | None = None, **arguments: Any) -> list[tuple[str, Any]]:
        """(module, answer) of every module in `only` that implements the hook, in order."""
        ...


class Integrations:
    """The modules that are on for a district, as one of them may ask them."""

    def __init__(self, registry: Modules, on: Collection[str]) -> None:
        self.registry, self.on = registry, on

    def has(self, module: str) -> bool:
        """Whether a module is on here."""
        return module in self.on

    def require(self, module: str) -> None:
        """Raises RuleError that names the module which this step needs."""
        if not self.has(module):
            manifest = self.registry.manifests.get(module)
            title = str(manifest.title) if manifest is not None else module
            raise RuleError(_("This step needs the module “%(module)s”, which is off here.", module=title))

    def of(self, capability: type[Capability]) -> list[Capability]:
        """What provides a capability here, of every module that is on, in their order."""
        return [one for name, one in self.registry.providers if name in self.on and isinstance(one, capability)]

    def letter(self, session: KhetSession, actor: Actor, kind: str, record_id: int) -> LetterFacts | None:
        """A letter that the actor may see; None where there is none for them, or its module is off."""
        found = (archive.letter(session, actor, kind, record_id) for archive in self.of(LetterArchive))
        return next((letter for letter in found if letter is not None), None)

    def draft_letter(self, session: KhetSession, actor: Actor, wanted: LetterWanted) -> LetterFacts:
        """Have a paper drafted. Raises RuleError where no module that writes papers is on, or the actor may not."""
        self.require_drafting()
        return self.of(LetterDrafting)[0].draft_letter(session, actor, wanted)

    def require_drafting(self) -> None:
        """Raises RuleError where no module that writes papers is on."""
        if self.of(LetterDrafting):
            return
        for module, one in self.registry.providers:
            if isinstance(one, LetterDrafting):
                self.require(module)  # it is off here, and said so
        raise RuleError(_("No module that drafts letters is on here: type number and date of the letter instead."))

    def may_draft(self, actor: Actor, unit_ids: tuple[int, ...]) -> bool:
        """Whether a paper of one of these units would be drafted for the actor, who finds no button where not."""
        return any(drafting.may_draft(actor, unit_ids) for drafting in self.of(LetterDrafting))

    def action_links(self, session: KhetSession, actor: Actor, record: Any) -> list[Any]:
        """Next steps that other modules offer on a record's page."""
        facts = {"session": session, "actor": actor, "record": record}
        return [step for _name, many in self.registry.each("khet_action_links", only=self.on, **facts) for step in many]

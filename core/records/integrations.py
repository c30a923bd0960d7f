"""What modules do for one another without knowing each other: letters, and next steps.

A module that `uses` another never imports it. It asks here; whoever is on answers by hook, and where nobody is,
the person types what the other module would have given.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _

from core.base.errors import RuleError

if TYPE_CHECKING:
    from core.base.identity import Actor
    from core.plugins.registry import Registry
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


class Integrations:
    """The modules that are on for a district, as one of them may ask them."""

    def __init__(self, registry: Registry, on: Collection[str]) -> None:
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

    def letter(self, session: KhetSession, actor: Actor, kind: str, record_id: int) -> LetterFacts | None:
        """A letter that the actor may see; None where there is none for them, or its module is off."""
        facts = {"session": session, "actor": actor, "kind": kind, "record_id": record_id}
        return next((found for _name, found in self.registry.each("khet_letter", only=self.on, **facts)), None)

    def draft_letter(self, session: KhetSession, actor: Actor, wanted: LetterWanted) -> LetterFacts:
        """Have a paper drafted. Raises RuleError where no module that writes papers is on, or the actor may not."""
        facts = {"session": session, "actor": actor, "wanted": wanted}
        made = self.registry.each("khet_draft_letter", only=self.on, **facts)
        if not made:
            raise RuleError(_("No module that drafts letters is on here: type number and date of the letter instead."))
        return made[0][1]

    def action_links(self, session: KhetSession, actor: Actor, record: Any) -> list[Any]:
        """Next steps that other modules offer on a record's page."""
        facts = {"session": session, "actor": actor, "record": record}
        return [step for _name, many in self.registry.each("khet_action_links", only=self.on, **facts) for step in many]

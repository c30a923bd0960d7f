"""A kind of record that cites letters: on its page, and drafted where letters are written, by a button."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

from flask_babel import gettext as _

from core.base.errors import NotFound, refusal
from core.records.integrations import LetterDrafting, LetterWanted
from core.records.letter_links import services as citing
from core.web.crud import ActionLink, CrudView
from core.web.forms import KhetForm
from core.web.letter_links import cited_panel
from core.web.page_parts import Related
from core.web.unit_of_work import db, integrations
from core.web.views import expose, right


class LettersView(CrudView, ABC):
    """A subclass names its letters, and says of those that are drafted by whom, when and with which words.

    One that leaves something of this unsaid is refused when Khet starts (TypeError).
    """

    #: what each letter is to the record, by its role
    letters: ClassVar[Mapping[str, Any]]
    #: the buttons of those that can be drafted, by role
    drafts: ClassVar[Mapping[str, Any]]

    @abstractmethod
    def drafts_letters(self, record: Any, role: str) -> bool:
        """Whether the actor has this letter of the record drafted."""

    @abstractmethod
    def to_draft(self, record: Any, role: str, *, lost: bool) -> bool:
        """Whether a letter that is not there is to be written now, and so has its button. `lost`: it was there, and was
        dropped or cancelled since."""

    @abstractmethod
    def wanted(self, record: Any, role: str) -> LetterWanted:
        """What such a letter says. Raises RuleError where it does not fit what has become of the record."""

    def readable_letters(self, record: Any) -> Mapping[str, Any]:
        """Those of `letters` that the actor reads on the page; all by default."""
        return self.letters

    def panels(self, record: Any) -> Sequence[Related]:
        return [*super().panels(record), *cited_panel(record, self.readable_letters(record))]

    def action_links(self, record: Any) -> Sequence[ActionLink]:
        found = list(super().action_links(record))
        here = self.drafts if integrations().of(LetterDrafting) else ()
        roles = [role for role in here if self.in_one(partial(self.drafts_letters, record, role))]
        every = citing.every(db, record) if roles else {}
        for role in roles:
            one, title = every.get(role), self.drafts[role]
            if (one is None or one.ended) and self.to_draft(record, role, lost=one is not None):
                found.append(ActionLink(title, self.url("draft", record_id=record.id, role=role), "pen"))
        return found

    @expose("/<int:record_id>/draft/<role>", methods=("GET", "POST"))
    @right("show")
    def draft(self, record_id: int, role: str) -> Any:
        """Have a letter drafted in correspondence with the record's facts."""
        if role not in self.drafts:
            raise NotFound
        record = self.find(record_id)
        self.require_in_one("draft", lambda: self.drafts_letters(record, role))

        def save() -> Any:
            citing.draft(db, record, role, self.wanted(record, role), self.actor, integrations())
            return record

        shut = refusal(
            integrations().require_drafting,
            lambda: citing.check_draft(db, record, role),
            lambda: self.wanted(record, role),
        )
        heading = _("Draft: %(letter)s", letter=str(self.letters[role]))
        return self.step_page(record, KhetForm(), save, heading, shut=shut, save_title=_("Draft"))

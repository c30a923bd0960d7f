"""Each officer's own letters: what was given to them, and what they say was done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import abort, redirect
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, select

from core.base.errors import NotFound
from core.base.text.dates import shown_date, shown_moment
from core.base.text.thai import today
from core.base.workflow import Transition
from core.platform.follow_ups.models import WITHDRAWN
from core.platform.users.models import Account
from core.records import lists
from core.web.crud import ActionLink, Related, Section
from core.web.crud.follow_ups import FollowUpView, Source
from core.web.unit_of_work import db, khet
from core.web.views import expose, right
from plugins.saraban import permissions
from plugins.saraban.forms.incoming import ReportForm
from plugins.saraban.forms.letters import SPEEDS
from plugins.saraban.models.endorsements import Assignment
from plugins.saraban.models.letters import IncomingLetter, Letter
from plugins.saraban.pages.incoming import answer_links
from plugins.saraban.pages.secret import SecretPapers
from plugins.saraban.pages.withheld import WithheldFiles
from plugins.saraban.steps import said
from plugins.saraban.work import back, life


class AssignmentView(WithheldFiles, SecretPapers, FollowUpView):
    """Letters given to me: acknowledge them, say what was done."""

    route_base = "/saraban/assignments"
    resource = permissions.ASSIGNMENT
    assignee_may_open = True
    model = Assignment
    source = Source(IncomingLetter, "letter_id", "IncomingView", _l("Open in the register"), "inbox")
    transition_forms = {"report": ReportForm}
    title = _l("Letters given to me")
    icon = "person-check"
    descending = True
    in_palette = True
    holds_evidence = False
    without = frozenset({"add", "edit", "people"})
    empty_hint = _l("No letter is given to you.")

    def statement(self) -> Select[Any]:
        return select(Assignment).where(Assignment.user_id.in_(self.actor.names_with(self.resource, "list")))

    def require_at(self, verb: str, unit_id: int) -> None:
        """What is one's own is one's own, at whatever unit the letter lies."""
        if not self.may(verb):
            abort(403)

    def _is_at(self, step: lists.Action | Transition, record: Any) -> bool:
        return self.may(step.verb)

    def _at(self, action: lists.Action) -> Sequence[Any]:
        return []

    def gives(self, source: Any) -> bool:
        return False  # on the letter's own page

    def is_over(self, source: Any, key: str) -> bool:
        return bool(source.status == "cancelled")

    def find(self, record_id: int, verb: str = "show") -> Any:
        record = super().find(record_id, verb)
        if record.user_id not in self.actor.names_with(self.resource, "show"):
            raise NotFound
        return record

    def mentionable(self, record: Any) -> ColumnElement[bool]:
        user_id: int = record.user_id
        return super().mentionable(record) & (Account.id == user_id)

    @expose("/<int:record_id>")
    @right("show")
    def show(self, record_id: int) -> Any:
        """One's own; of what one gave to another, the letter."""
        if not self.opens(record_id) and (letter := self._letter_of_others(record_id)):
            return redirect(letter)
        return super().show(record_id)

    def leads(self, record_id: int) -> bool:
        return super().leads(record_id) or bool(self._letter_of_others(record_id))

    def _letter_of_others(self, record_id: int) -> str:
        """Address of the letter that another has, for whoever may open it."""
        letters: Any = khet().views["IncomingView"]
        other = db.get(Assignment, record_id)
        if other is None or not letters.opens(other.letter_id):
            return ""
        return str(letters.url("show", record_id=other.letter_id))

    def files_of(self, record: Any) -> Any:
        """The letter, as long as it is with this officer, or they have reported."""
        return record if record.state == WITHDRAWN else record.letter

    def letter_of(self, record: Any) -> IncomingLetter:
        letter: IncomingLetter = record.letter
        return letter

    def columns(self) -> list[lists.Column]:
        return [
            lists.column(Assignment.what, link=True),
            lists.column(Assignment.given_by, wide=True),
            lists.Column("given_at", _l("Given"), kind="moment", wide=True),
            lists.Column("due_at", _l("Due"), kind="moment"),
            lists.Column("lead", _l("Leads"), lambda row: _("Yes") if row.lead else "", "label", wide=True),
            self.state_column(),
        ]

    def apply(self, record: Any, transition: Transition, values: dict[str, Any]) -> None:
        by = life.signer(db, self.actor, today(), record.user_id)
        if transition.key == "acknowledge":
            life.acknowledge(db, record, by=by)
        else:
            life.report(db, record, values["report"], by=by)
        self.tell_step(record, transition.key)

    def action_links(self, record: Any) -> Sequence[ActionLink]:
        answers = answer_links(self.actor, record.letter) if record.state != WITHDRAWN else ()
        return [*super().action_links(record), *answers]

    def sections(self, record: Any) -> Sequence[Section]:
        letter = record.letter
        speeds = dict(SPEEDS)
        mine = [
            (_l("Given by"), f"{record.given_by} · {shown_moment(record.given_at)}"),
            (_l("What is asked of me"), record.task),
            (_l("Due"), shown_moment(record.due_at)),
            (_l("Leads"), _("Yes") if record.lead else ""),
            (_l("Action taken"), record.report),
        ]
        paper = [
            (_l("Letter no."), letter.doc_no),
            (_l("Dated"), shown_date(letter.doc_date, "letter")),
            (_l("From"), letter.sender),
            (_l("To (addressee)"), letter.recipient),
            (_l("Subject"), letter.subject),
            (_l("Speed"), speeds[letter.speed]),
            (_l("Answer wanted by"), shown_date(back.answer_by(db, letter.id), "letter")),
        ]
        return [Section(_l("What is asked"), mine), Section(_l("The letter"), paper)]

    def related(self, record: Any) -> Sequence[Related]:
        written = [("", [said(one), one.text, shown_moment(one.at)]) for one in life.written_for(db, record)]
        return [Related(_l("Written on the letter (เกษียนหนังสือ)"), [], written, "pen")]

    def whole_of(self, record: Any) -> tuple[type[Letter], int]:
        return IncomingLetter, record.letter_id


VIEWS = [AssignmentView]

"""A registered letter: its page, corrections, cancelling, files."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from flask import send_file
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

from core.base.errors import NotFound
from core.base.text.dates import shown_date, shown_moment
from core.base.text.thai import today
from core.platform.masterdata import services as masterdata
from core.records.files import store
from core.web.crud import ActionLink, Related, Section
from core.web.forms import SECRECY_LEVELS
from core.web.unit_of_work import db, khet
from core.web.views import expose, right
from plugins.saraban.forms.letters import SPEEDS, CancelForm, FilesForm
from plugins.saraban.models.letters import IncomingLetter
from plugins.saraban.pages.register import RegisterPages
from plugins.saraban.pages.secret import require_markable
from plugins.saraban.work import life, refusals, registers


class LetterPages(RegisterPages):
    """The page of a letter and what can be done there."""

    def heading(self, record: Any) -> str:
        return f"{self.books[record.book]} {record.number_text}/{record.year}"

    def subject(self, record: Any) -> str:
        return str(record.subject)

    def state_of(self, record: Any) -> Any:
        return self.states[record.status]

    def _paper_links(self, record: Any) -> Sequence[ActionLink]:
        """Steps about the paper itself, whatever happens with it."""
        if not self.may("edit", record.unit_id):
            return []
        correct = ActionLink(_l("Correct"), self.url("correct", record_id=record.id), "eraser")
        return [
            ActionLink(_l("Remark and urgency"), self.url("edit", record_id=record.id), "sliders"),
            ActionLink(_l("Attach files"), self.url("files", record_id=record.id), "paperclip"),
            *([] if registers.fixed_because(db, record) else [correct]),
            *self._print_links(record),
            *self._reader_links(record),
        ]

    def _print_links(self, record: Any) -> Sequence[ActionLink]:
        if record.secrecy:
            return []  # a secret paper is handed out marked with its reader's name, or not at all
        return [ActionLink(_l("Print with its stamps"), self.url("stamped", record_id=record.id), "printer")]

    @expose("/<int:record_id>/stamped")
    @right("show")
    def stamped(self, record_id: int) -> Any:
        """The paper with the receipt stamp (form 12), until when it is kept, and what was written on it."""
        letter = self.find(record_id)
        if letter.secrecy:
            raise NotFound
        from plugins.saraban.papers.stamped import pdf  # the typesetter is loaded when first needed

        written = life.endorsements(db, letter) if isinstance(letter, IncomingLetter) else ()
        data = pdf(db, khet().settings.files_dir, letter, written)
        name = f"{letter.number_text.replace('/', '-')}-{letter.year}.pdf"
        return send_file(io.BytesIO(data), mimetype="application/pdf", as_attachment=True, download_name=name)

    def sections(self, record: Any) -> Sequence[Section]:
        work = {str(_l("Action taken")), str(_l("Remark")), str(_l("Officer")), str(_l("Must arrive by"))}
        facts = self.facts(record)
        return [
            Section(_l("The letter"), [pair for pair in facts if str(pair[0]) not in work]),
            Section(_l("Action taken"), [pair for pair in facts if str(pair[0]) in work]),
        ]

    def closed_because(self, record: Any) -> str:
        return registers.closed_because(record)

    def facts(self, record: Any) -> Sequence[tuple[Any, Any]]:
        speeds, secrecies = dict(SPEEDS), dict(SECRECY_LEVELS)
        return [
            (_l("Register of"), masterdata.unit_of(db, record.unit_id).name),
            (_l("Officer"), self._people().get(record.assignee_id, "") if record.assignee_id else ""),
            (_l("Letter no."), record.doc_no),
            (_l("Dated"), shown_date(record.doc_date, "letter")),
            (_l("From"), record.sender),
            (_l("To (addressee)"), record.recipient),
            (_l("Subject"), record.subject),
            (_l("Speed"), speeds[record.speed]),
            (_l("Must arrive by"), shown_moment(record.due_at)),
            (_l("Secrecy"), secrecies[record.secrecy]),
            (_l("Action taken"), record.action),
            (_l("Remark"), record.remark),
            (lazy_pgettext("when", "Registered"), f"{shown_moment(record.registered_at)} · {record.registered_by}"),
        ]

    def related(self, record: Any) -> Sequence[Related]:
        if not record.secrecy:
            return []
        names, rows = self._people(), []
        for one in registers.readers(db, record):
            until = _("until %(day)s", day=shown_date(one.ends_on, "short")) if one.ends_on else ""
            rows.append(("", [names.get(one.user_id, ""), until]))
        found = [Related(_l("May read it"), [], rows, "shield-lock")]
        if looks := [
            ("", [one.user_name, shown_date(one.day, "short"), _("%(count)s times", count=one.looks)])
            for one in refusals.of_letter(db, record)
        ]:
            found.append(Related(_l("Tried to read it and was refused"), [], looks, "slash-circle"))
        return found

    @expose("/<int:record_id>/correct", methods=("GET", "POST"))
    @right("edit")
    def correct(self, record_id: int) -> Any:
        """A logged correction."""
        letter = self.find(record_id, "edit")
        if (shut := self.shut(letter, registers.fixed_because(db, letter))) is not None:
            return shut
        form = self.correction_form(obj=letter)

        def change() -> Any:
            values = form.values()
            return registers.correct(db, letter, values, reason=values.pop("reason"), today=today())

        return self.step_page(letter, form, change, _("Correct"))

    @expose("/<int:record_id>/cancel", methods=("GET", "POST"))
    @right("cancel")
    def cancel(self, record_id: int) -> Any:
        """Cancel with a reason."""
        letter = self.find(record_id, "cancel")
        if (shut := self.shut(letter, registers.fixed_because(db, letter))) is not None:
            return shut
        form = CancelForm()
        return self.step_page(
            letter,
            form,
            lambda: registers.cancel(db, letter, reason=form.reason.data or ""),
            _("Cancel the letter"),
        )

    @expose("/<int:record_id>/files", methods=("GET", "POST"))
    @right("edit")
    def files(self, record_id: int) -> Any:
        """Attach files to a registered letter."""
        letter = self.find(record_id, "edit")
        if (shut := self.shut(letter)) is not None:
            return shut
        form = FilesForm()
        return self.step_page(
            letter, form, lambda: self._add_files(letter, form.files.data or []), _("Attach files"),
            waiting=store.staged(db, form.files.data or []), look=lambda: self.look_at(letter, form.files.data or []),
        )  # fmt: skip

    def _look(self, secrecy: int, form: Any) -> None:
        """A secret paper's files must be such as can be marked."""
        if secrecy and form.files.data:
            require_markable(db, khet().settings.files_dir, form.files.data)

    def _add_files(self, letter: Any, ids: list[int]) -> None:
        registers.add_files(db, letter, ids)

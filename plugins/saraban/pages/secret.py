"""How papers are shown on the screen, and how secret ones are handed out: marked with the reader's name, the highest
class not at all.

Rules: ระเบียบว่าด้วยการรักษาความลับของทางราชการ พ.ศ. 2544; domain notes on saraban §7.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flask import Response, g, request, send_file
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from core.base.errors import NotFound, RuleError, refusal
from core.base.text.thai import format_moment, today
from core.platform.documents import watermark
from core.platform.masterdata.models import Unit
from core.platform.sandbox import Refused
from core.platform.sandbox.refusals import BUSY
from core.platform.timeline import recorder
from core.platform.users.models import Account
from core.records.files import store
from core.records.files.models import Attachment
from core.storage.base import utc_now
from core.storage.scope import RAW, KhetSession
from core.web.crud import ActionLink, CrudView
from core.web.forms import SECRECY_LEVELS
from core.web.image_response import image_response
from core.web.unit_of_work import READING, after_answer, db, khet, separately
from core.web.views import expose, right
from plugins.saraban.forms.letters import ReadersForm
from plugins.saraban.models.letters import Letter
from plugins.saraban.pages.parts import Part
from plugins.saraban.work import people, refusals, registers

#: ลับที่สุด: read on the screen, page by page, never taken as a file
TOP_SECRET = 3


class SecretPapers(CrudView):
    """Pages of secret papers and of what belongs to one: files are handed out marked, and who looks is noted on it."""

    def whole_of(self, record: Any) -> tuple[type[Letter], int]:
        """The letter that a record is, or belongs to; itself by default."""
        return self.model, record.id

    def extra(self, record: Any) -> dict[str, Any]:
        if record.secrecy:
            note_look(*self.whole_of(record))
        return super().extra(record)

    def file_taken(self, record: Any, file: Attachment) -> None:
        if record.secrecy:
            with separately("secret paper") as own:
                recorder.note(own, own.get(*self.whole_of(record)), "saraban.secret.downloaded", file.name)

    def _mark(self) -> str:
        return f"{self.actor.name} {format_moment(utc_now())}"

    def hand_out(self, record: Any, file: Attachment, path: Path) -> Response:
        if not record.secrecy:
            return super().hand_out(record, file, path)
        if record.secrecy >= TOP_SECRET:
            raise NotFound
        return send_file(
            io.BytesIO(watermark.pdf(path, self._mark())), mimetype="application/pdf", as_attachment=True,
            download_name=f"{file.name.rpartition('.')[0]}.pdf",
        )  # fmt: skip

    def look_at(self, record: Any, file_ids: list[int]) -> None:
        """What comes with a comment is a secret paper like any other file of a secret letter."""
        if record.secrecy and file_ids:
            require_markable(db, khet().settings.files_dir, file_ids)

    def _paper(self, record_id: int, file_id: int) -> tuple[Any, Attachment, Path]:
        record = self.find(record_id)
        return record, *self.locate(record, file_id)

    @expose("/<int:record_id>/files/<int:file_id>/read")
    @right("show")
    def read(self, record_id: int, file_id: int) -> Any:
        """A paper on the screen, page by page: the only way to the highest class, and handy on a phone."""
        record, file, path = self._paper(record_id, file_id)
        part = Part.asked(watermark.count(path))
        self.file_taken(record, file)
        return self.render("saraban/secret_pages.html", record=record, file=file, part=part)

    @expose("/<int:record_id>/files/<int:file_id>/read/<int:page>")
    @right("show")
    def page(self, record_id: int, file_id: int, page: int) -> Any:
        """One page as a picture; of a secret paper with the reader's name and the time across it."""
        record, _file, path = self._paper(record_id, file_id)
        mark = self._mark() if record.secrecy else ""
        return image_response(lambda: watermark.picture(path, mark, page), "image/png")


class SecretPages(SecretPapers):
    """What a register's pages do besides when a paper is secret."""

    def find(self, record_id: int, verb: str = "show") -> Any:
        """As everywhere; who asks for a secret paper that is not theirs is counted."""
        try:
            return super().find(record_id, verb)
        except NotFound:
            self._note_refusal(record_id)
            raise

    def opens(self, record_id: int) -> bool:
        """As everywhere; a link that is not drawn is no try at a secret paper, and is not counted."""
        return db.get(self.model, record_id) is not None and super().opens(record_id)

    def _note_refusal(self, record_id: int) -> None:
        """After the answer, which takes as long for a paper that does not exist."""
        model, actor, database, day = self.model, self.actor, khet().database, today()

        hidden = select(model).where(model.id == record_id, model.district_id == actor.district_id, model.secrecy > 0)
        facts: dict[str, Any] = {"user_id": actor.user_id, "user_name": actor.name, "clearance": 3}

        def write() -> None:
            with database.district(actor.district_id, "secret refused", write=False, **facts) as own:
                if own.execute(hidden, execution_options=RAW).first() is None:
                    return
            with database.district(actor.district_id, "secret refused", **facts) as own:
                refusals.count(own, own.execute(hidden, execution_options=RAW).scalar_one(), day)

        after_answer("secret refused", write)

    def _reader_links(self, record: Any) -> Sequence[ActionLink]:
        if not record.secrecy or not self.may("edit", record.unit_id):
            return []
        return [ActionLink(_l("Who may read it"), self.url("readers", record_id=record.id), "shield-lock")]

    def _readers_of(self, unit_id: int, secrecy: int = 1) -> list[tuple[int, str]]:
        """Who can be named for a secret letter of a unit, each with the class up to which they are cleared."""
        unit = db.get(Unit, unit_id)
        can = people.readers(db, khet().registry.roles(), self.model, unit, today()) if unit is not None else set()
        return self._with_clearance(registers.cleared_accounts(db, can - {self.actor.user_id}, secrecy))

    def _with_clearance(self, accounts: Sequence[Account]) -> list[tuple[int, str]]:
        levels, cleared = dict(SECRECY_LEVELS), {one.id: one.clearance for one in accounts}
        offered = people.choices(db, accounts, today())
        return [(one, f"{name} ({levels[cleared[one]]})") for one, name in offered]

    @expose("/<int:record_id>/readers", methods=("GET", "POST"))
    @right("edit")
    def readers(self, record_id: int) -> Any:
        """Name anew who may read a secret letter, and until when.

        It begins with who may, also where they would not be offered any more: nobody is left out unseen.
        """
        letter = self.find(record_id, "edit")
        clerk = registers.Clerk(self.actor.user_id, self.actor.name, self.actor.clearance)
        present = registers.present_readers(db, letter, clerk, today())
        there = [one.user_id for one in present]
        form: Any = ReadersForm(data={"readers": there, "until": registers.end_of(present)})
        offered = self._readers_of(letter.unit_id, letter.secrecy)
        left = set(there) - {one for one, _name in offered}
        others = db.scalars(select(Account).where(Account.id.in_(left))).all()
        form.readers.choices = [*offered, *self._with_clearance(others)]

        def save() -> None:
            registers.rename_readers(db, letter, clerk, form.readers.data or [], form.until.data, today())

        shut = refusal(lambda: registers.check_secret(letter))
        return self.step_page(letter, form, save, _("Who may read it"), shut=shut)


def note_look(model: type[Letter], letter_id: int) -> None:
    """Who looked at a secret letter stands in its history.

    Where a refused form is shown, once its answer is out: until then the form's own transaction may hold the writer.
    """
    actor, database = g.actor, khet().database
    facts: dict[str, Any] = {"user_id": actor.user_id, "user_name": actor.name, "clearance": actor.clearance}

    def write() -> None:
        with database.district(actor.district_id, "secret paper", **facts) as own:
            recorder.note(own, own.get(model, letter_id), "saraban.secret.viewed")

    if request.method in READING:
        write()
    else:
        after_answer("secret paper", write)


def require_markable(session: KhetSession, root: Path, ids: Sequence[int]) -> None:
    """Secret papers are kept as PDF or picture: nothing else can be marked.

    Looks at waiting uploads before anything is written. Raises RuleError (field files).
    """
    waiting = store.staged(session, list(ids))
    names = [file.name for file in waiting]
    for name, path in zip(names, store.apart(session, root, waiting), strict=True):
        try:
            watermark.markable(path)
        except Refused as error:
            if error.reason == BUSY:
                raise
            raise RuleError(
                _("A secret paper is kept as PDF or picture: %(name)s", name=name) + f" ({error.message})", "files"
            ) from error

"""The record's page: facts, comments with files, who else may read it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from flask import Response, g, request, send_file
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, literal, or_, select

from core.base.errors import NotFound, RuleError
from core.base.text.thai import today
from core.platform.accounts import services as accounts
from core.platform.masterdata import services as masterdata
from core.platform.masterdata.services import position_now
from core.platform.notices import services as notices
from core.platform.timeline import recorder
from core.platform.timeline.models import COMMENT, REMARK
from core.platform.users.models import Account
from core.platform.worklist.sync import InWorklist
from core.records.approvals import services as approvals
from core.records.files import store
from core.records.files.models import Attachment, SecretReader
from core.storage.base import Tracked
from core.web import capacities, evidence_panel, in_place
from core.web.crud.bulk import BulkPages
from core.web.forms import FilesField, KhetForm, choice, paragraph
from core.web.officers import called
from core.web.page_parts import steps
from core.web.unit_of_work import as_another, db, integrations, khet
from core.web.views import expose, lookup_answer, right

#: colleagues that @ in a comment offers
MOST_OFFERED = 8
#: as long as a line of the timeline holds
LONGEST_COMMENT = 500


INSIDE, EVERYBODY = "inside", "everybody"


class LiesWith(NamedTuple):
    """อยู่ที่ใคร ตั้งแต่เมื่อใด: a person, or the unit whose people take it."""

    whom: str
    #: where that is known
    since: datetime | None


class CommentForm(KhetForm):
    """What somebody says about a record."""

    drafts = False  # a line or two; and the record may be secret
    text = paragraph(_l("Comment"), most=LONGEST_COMMENT)
    audience = choice(
        _l("Who may see it"),
        [(INSIDE, _l("Inside the office")), (EVERYBODY, _l("Whoever may open this record, schools too"))],
        need=False,
    )
    files = FilesField(_l("Files"))


class RecordPages(BulkPages):
    """The record's page and what people say there."""

    @expose("/<int:record_id>")
    @right("show")
    def show(self, record_id: int) -> Any:
        """One record: facts, what belongs to it, timeline."""
        return self._page_of(self.find(record_id))

    def _page_of(self, record: Any, comment: CommentForm | None = None) -> str:
        context: dict[str, Any] = {}
        if isinstance(record, Tracked) and "comment" not in self.without:
            context["comment"] = comment or self._comment_form(record)
        if isinstance(record, Tracked) and self.keeps_files():
            context["files"] = self.files_shown(record)
            waiting = context["comment"].files.data if "comment" in context else None
            context["waiting_files"] = store.staged(db, waiting or [])
        return self.render(
            self.show_template, record=record, entries=self.timeline(record), sections=self.sections(record),
            in_place=in_place.of_records([record]).get(record.id, ""),
            lies_with=self.lies_with(record),
            steps=steps([
                *self.action_links(record), *evidence_panel.lay_links(self, record),
                *integrations().action_links(db, self.actor, record),
            ]),
            related=[*self.panels(record), *self.related(record), *self._evidence(record)],
            **context, **self.extra(record),
        )  # fmt: skip

    def lies_with(self, record: Any) -> LiesWith | None:
        """Whose turn it is with a record, and since when; None where nothing is left to do with it."""
        item = record.work_item() if isinstance(record, InWorklist) else None
        if item is None:
            return None
        if item.user_id is None:
            return LiesWith(masterdata.unit_name(db, item.unit_id), item.since)
        if item.user_id == self.actor.user_id:
            return LiesWith(self.actor.name, item.since)
        name = Account.first_name + " " + Account.last_name
        return LiesWith(db.scalar(select(name).where(Account.id == item.user_id)) or "", item.since)

    def _evidence(self, record: Any) -> list[Any]:
        return evidence_panel.panel(record, self.actor) if self.holds_evidence else []

    def _comment_form(self, record: Any) -> CommentForm:
        form = CommentForm()
        if not self.keeps_files():
            del form.files
        if not (self.actor.inside and self.read_outside(record)):
            del form.audience
        return form

    def read_outside(self, record: Any) -> bool:
        """Whether people outside the office may open such a record: it is a school's, or no unit's at all."""
        return self.system_scope is None and getattr(record, "unit_id", None) not in self.actor.office_units

    @expose("/<int:record_id>/comment", methods=("POST",))
    @right("show")
    def comment(self, record_id: int) -> Any:
        """Say something on the record, with files; @name tells that user, if they may read it.

        What the office says on a record that others may open stays inside unless its writer chooses otherwise.
        """
        record: Any = self.find(record_id)
        if not isinstance(record, Tracked):
            raise NotFound
        form = self._comment_form(record)
        inside = "audience" in form and form.audience.data != EVERYBODY
        files = (form.files.data or []) if "files" in form else []
        return self.submit(
            form,
            lambda: self._say(record, form.text.data or "", files, inside=inside),
            lambda _said: self.url("show", record_id=record_id) + "#timeline",
            lambda: self._page_of(record, form),
            look=lambda: self.look_at(record, files),
        )

    def look_at(self, record: Any, file_ids: list[int]) -> None:
        """Look at the files that somebody wants to leave with a record, before anything is written: what such a record
        keeps nowhere is a RuleError (field files). Everything that may be attached goes with any record by default."""

    def _say(self, record: Any, text: str, file_ids: list[int], *, inside: bool) -> Any:
        """In the first of one's capacities in which the record opens: who reads it in another's place alone says so."""
        with capacities.acting(capacities.first(lambda: self.opens(record.id))):
            names = ", ".join(file.name for file in store.attach(db, record, file_ids, inside=True, remark=inside))
            if not (names or text):
                raise RuleError(_("Write something first."), field="text")
            files = {"files": [None, names]} if names else None
            recorder.note(db, record, REMARK if inside else COMMENT, text, files, inside=inside)
            self._tell_mentioned(record, text, inside=inside)
        return record

    def attach(self, record: Any, file_ids: list[int], text: str = "") -> bool:
        """Bind uploaded files to a record and leave a line in its timeline; False where there are neither files nor
        words, which leaves none."""
        names = ", ".join(file.name for file in store.attach(db, record, file_ids))
        if names or text:
            recorder.note(db, record, COMMENT, text, {"files": [None, names]} if names else None)
        return bool(names or text)

    @expose("/<int:record_id>/files/<int:file_id>")
    @right("show")
    def file(self, record_id: int, file_id: int) -> Any:
        """Download one file of a record; always as a download, never shown inside this site."""
        record = self.find(record_id)
        found, path = self.locate(record, file_id)
        self.file_taken(record, found)
        response = self.hand_out(record, found, path)
        response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
        return response

    def hand_out(self, record: Any, file: Attachment, path: Path) -> Response:
        """The answer to a download: the file as it is, by default."""
        return send_file(path, mimetype=file.content_type, as_attachment=True, download_name=file.name)

    def files_of(self, record: Any) -> Any:
        """The record whose enclosures this one's page shows beside its own files; itself by default."""
        return record

    def files_shown(self, record: Any) -> list[Attachment]:
        """The files that this actor sees on a record's page: its own, and the enclosures of what it speaks of.

        What came with a comment is seen where the comment is read, and on no other record's page.
        """
        own, other = store.attachments(db, record, remarks=self.actor.inside), self.files_of(record)
        return own if other is record else [*store.enclosures(db, other), *own]

    def locate(self, record: Any, file_id: int) -> tuple[Attachment, Path]:
        """One of them, and where it lies. Raises NotFound and FileGone."""
        found = next((file for file in self.files_shown(record) if file.id == file_id), None)
        if found is None:
            raise NotFound
        return found, store.whole(khet().settings.files_dir, found)

    def file_taken(self, record: Any, file: Attachment) -> None:
        """Leave behind what a download of this record's file has to leave; nothing by default."""

    def _tell_mentioned(self, record: Any, text: str, *, inside: bool) -> None:
        who = approvals.in_capacity(self.actor.name, recorder.acts_for(db))
        for account in notices.mentioned(db, text):
            if account.id == self.actor.user_id or not self.readable_by(account.id, record):
                continue
            if inside and not g.actors[account.id].inside:
                continue
            with force_locale(account.locale):
                said = _("%(who)s mentioned you: %(record)s", who=who, record=str(record.label)[:200])
            notices.notify(db, account, "core.mentioned", said, record, self.endpoint or "", words=text)

    @expose("/<int:record_id>/mentions")
    @right("show")
    def mentions(self, record_id: int) -> Any:
        """For @ in a comment: [{id, text, note}] of `mentionable` accounts, by name and position."""
        record = self.find(record_id)
        name = Account.first_name + " " + Account.last_name
        asked = select(Account.username, name, position_now(Account.person_id, today()))
        asked = asked.where(Account.active.is_(True), Account.id != self.actor.user_id, self.mentionable(record))
        for word in request.args.get("q", "")[:40].split():
            asked = asked.where(called(word))
        return lookup_answer(db.execute(asked.order_by(Account.first_name, Account.id).limit(MOST_OFFERED)))

    def mentionable(self, record: Any) -> ColumnElement[bool]:
        """SQL: accounts that hold this page's right where the record lies; of a secret one, its readers among them.

        A page that opens to fewer narrows it. Whom somebody names is told only where the page opens to them.
        """
        unit_id = getattr(record, "unit_id", None)
        found = Account.id.in_(accounts.holders(db, khet().registry.roles(), ("show", self.resource), unit_id, today()))
        if not getattr(record, "secrecy", 0):
            return found
        kind, number = type(record).secret_reference()
        whole = select(literal(kind) if isinstance(kind, str) else kind, number).where(type(record).id == record.id)
        kind, number = db.execute(whole).one()
        readers = select(SecretReader.user_id).where(
            SecretReader.kind == kind, SecretReader.record_id == number,
            or_(SecretReader.ends_on.is_(None), SecretReader.ends_on >= today()),
        )  # fmt: skip
        secrecy: int = record.secrecy
        return found & Account.id.in_(readers) & (Account.clearance >= secrecy)

    def readable_by(self, user_id: int, record: Any) -> bool:
        """Whether another user may open the record: its own page is asked in their place."""
        known = g.setdefault("actors", {})
        if user_id not in known:
            known[user_id] = khet().actor(user_id)
        other = known[user_id]
        if other is None or self.system_scope is not None:
            return other is not None and other.may(self.resource, "show")
        with as_another(other, "may they read it"):
            return self.opens(record.id)

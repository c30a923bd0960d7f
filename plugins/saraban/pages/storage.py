"""Pages of storage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import flash, redirect
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from sqlalchemy import Select, select

from core.base.errors import NotFound, RuleError, refusal
from core.base.text.dates import shown_date, shown_moment
from core.base.text.thai import arabic_digits, buddhist_year, today
from core.platform.masterdata import services as masterdata
from core.platform.masterdata.models import Unit
from core.records import lists
from core.storage.base import utc_now
from core.web.crud import ActionLink, CrudView, Related, Section
from core.web.forms import KhetForm
from core.web.unit_of_work import db, khet
from core.web.views import expose, right
from plugins.saraban import permissions
from plugins.saraban.forms.storage import (
    DECISIONS,
    ArchivesForm,
    CommitteeForm,
    DepositForm,
    DestroyForm,
    FolderForm,
    LendForm,
    RetentionForm,
    ReturnLoanForm,
    StoreForm,
    SurveyForm,
    VoteForm,
)
from plugins.saraban.models.letters import IncomingLetter, Letter, OutgoingLetter
from plugins.saraban.models.storage import (
    STATES,
    STORED,
    Destruction,
    Folder,
    Loan,
    Retention,
    Stored,
)
from plugins.saraban.pages.secret import SecretPapers
from plugins.saraban.work import life, storage


class _StorageView(CrudView):
    """What the pages of storage share."""

    resource = permissions.STORAGE

    def _unit_names(self) -> dict[int, str]:
        return {unit.id: unit.name for unit in masterdata.units_of(db, self.units("list"), ended=True)}

    def _folders(self) -> Select[Any]:
        """The folders of one's units: another unit's would say what it keeps."""
        return select(Folder).where(self.units("list").criterion(Folder.unit_id))

    def _signer(self, record: Any = None, verb: str = "edit") -> life.Signer:
        right = (verb, self.resource) if record is not None else None
        return life.signer(db, self.actor, today(), right=right, unit_id=getattr(record, "unit_id", 0))


class RetentionView(CrudView):
    """How long letters are kept."""

    route_base = "/saraban/retention"
    resource = permissions.STORAGE
    model = Retention
    title = _l("How long letters are kept")
    new_title = _l("New class of keeping")
    icon = "hourglass-split"
    form_class = RetentionForm
    list_template = "saraban/retention.html"
    empty_hint = _l("No class of keeping yet.")
    first_hint = _l("Add the regulation's classes first.")

    def columns(self) -> list[lists.Column]:
        return [
            lists.Column("code", _l("Code"), link=True),
            lists.Column("title", _l("Name"), kind="subject"),
            lists.Column("years", _l("Years kept"), lambda row: row.years or _("for ever"), "label"),
            lists.Column("source", _l("Source"), wide=True),
        ]

    def save(self, record: Any, values: dict[str, Any]) -> Any:
        return storage.save_retention(db, record, values)

    @expose("/regulation", methods=("POST",))
    @right("add")
    def regulation(self) -> Any:
        """Add the classes of the regulation that are not there."""
        flash(_("%(count)s classes added.", count=storage.fill_classes(db)), "success")
        return redirect(self.url("list"))


class FolderView(_StorageView):
    """แฟ้ม and where they stand."""

    route_base = "/saraban/folders"
    model = Folder
    title = _l("Folders")
    new_title = _l("New folder")
    icon = "archive"
    order = ("code", "id")
    form_class = FolderForm

    def columns(self) -> list[lists.Column]:
        units = self._unit_names()
        classes = {one.id: one.title for one in db.scalars(select(Retention))}
        return [
            lists.Column("code", _l("Code"), link=True),
            lists.Column("title", _l("Name"), kind="subject"),
            lists.Column("unit", _l("Unit"), lambda row: units.get(row.unit_id, ""), wide=True, sort=False),
            lists.Column("location", _l("Place"), wide=True),
            lists.Column("retention", _l("How long"), lambda row: classes.get(row.retention_id, ""), sort=False),
        ]

    def form(self, record: Any = None) -> Any:
        form: Any = FolderForm(obj=record)
        names = {unit.id: unit.name for unit in masterdata.units_of(db, self.units("add"))}
        form.unit_id.choices = (
            list(names.items()) if record is None else [(record.unit_id, names.get(record.unit_id, ""))]
        )
        form.retention_id.choices = [
            (one.id, one.title) for one in db.scalars(select(Retention).order_by(Retention.id))
        ]
        return form

    def save(self, record: Any, values: dict[str, Any]) -> Any:
        self.require_at("add" if record is None else "edit", values["unit_id"])
        return storage.save_folder(db, record, values)


class StoredView(SecretPapers, _StorageView):
    """ทะเบียนหนังสือเก็บ (แบบที่ 20)."""

    route_base = "/saraban/stored"
    model = Stored
    title = _l("Letters in storage")
    icon = "archive"
    descending = True
    without = frozenset({"add", "edit"})
    empty_hint = _l("Nothing is stored yet. Choose done letters in a register and put them into a folder.")

    def columns(self) -> list[lists.Column]:
        folders = {one.id: one.code for one in db.scalars(self._folders())}
        return [
            lists.Column("number", _l("No."), link=True),
            lists.Column("stored_on", _l("Stored on"), kind="date", wide=True),
            lists.Column("register_no", _l("Register number")),
            lists.Column("doc_no", _l("Letter no."), wide=True),
            lists.Column("subject", _l("Subject"), kind="subject"),
            lists.Column("folder", _l("Folder"), lambda row: folders.get(row.folder_id, ""), sort=False),
            lists.Column("keep_until", _l("Kept until"), _until, "date", value=lambda row: row.keep_until),
            lists.Column("state", _l("State"), lambda row: STATES[row.state], "label"),
        ]

    def filters(self) -> list[lists.Filter]:
        folders = [(str(one.id), one.label) for one in db.scalars(self._folders().order_by(Folder.code).limit(200))]
        return [
            lists.Filter("state", _l("State"), lambda s, v: s.where(Stored.state == v), choices=list(STATES.items())),
            lists.Filter("folder", _l("Folder"), lambda s, v: s.where(Stored.folder_id == int(v)), choices=folders),
            lists.Filter(
                "due", lazy_pgettext("due", "Time"),
                lambda s, v: s.where(Stored.keep_until < today(), Stored.state == STORED),
                choices=[("1", _l("Time is over"))],
            ),
        ]  # fmt: skip

    def actions(self) -> list[lists.Action]:
        return [
            lists.Action(
                "lend", _l("Lend"), "edit",
                lambda one, values: storage.lend(db, one, values, by=self._signer(), on=today()),
                form=LendForm, icon="box-arrow-right", guard=storage.check_in_place,
            ),
            lists.Action(
                "deposit", _l("Deposit with the National Archives"), "edit",
                lambda one, values: storage.deposit(db, one, values["remark"] or ""),
                form=DepositForm, icon="safe", guard=storage.check_in_place,
            ),
            lists.Action(
                "fetch", _l("Fetched back"), "edit", lambda one, _v: storage.fetch(db, one), icon="box-arrow-in-down",
                guard=storage.check_deposited,
            ),
        ]  # fmt: skip

    def action_links(self, record: Any) -> Sequence[ActionLink]:
        return [
            ActionLink(one.title, self.url("bulk", key=one.key, ids=record.id, back="record"), one.icon)
            for one in self.open_steps(record)
        ]

    def whole_of(self, record: Any) -> tuple[type[Letter], int]:
        letter = IncomingLetter if record.kind == IncomingLetter.__tablename__ else OutgoingLetter
        return letter, record.letter_id

    def state_of(self, record: Any) -> Any:
        return STATES[record.state]


def _until(row: Any) -> str:
    return shown_date(row.keep_until, "short") or _("for ever")


class LoanView(_StorageView):
    """บัตรยืมหนังสือ (แบบที่ 24)."""

    route_base = "/saraban/loans"
    model = Loan
    title = _l("Lent letters")
    icon = "box-arrow-right"
    descending = True
    without = frozenset({"add", "edit"})
    empty_hint = _l("Nothing is lent.")

    def columns(self) -> list[lists.Column]:
        return [
            lists.Column("title", _l("Letter"), link=True, kind="subject"),
            lists.Column("borrower", _l("Borrower"), kind="name"),
            lists.Column("purpose", _l("Purpose"), wide=True),
            lists.Column("lent_on", _l("Lent on"), kind="date", wide=True),
            lists.Column("due_on", _l("To be given back on"), kind="date"),
            lists.Column("returned_on", _l("Given back on"), kind="date"),
        ]

    def filters(self) -> list[lists.Filter]:
        return [
            lists.Filter(
                "open", _l("State"),
                lambda s, v: s.where(Loan.returned_on.is_(None), *([Loan.due_at < utc_now()] if v == "late" else [])),
                choices=[("1", _l("Not back yet")), ("late", _l("Overdue"))],
            )
        ]  # fmt: skip

    def actions(self) -> list[lists.Action]:
        return [
            lists.Action(
                "returned", _l("Given back"), "edit",
                lambda one, values: storage.give_back(db, one, values["returned_by"], on=today()),
                form=ReturnLoanForm, icon="arrow-return-left", guard=storage.check_lent,
            )
        ]  # fmt: skip

    def action_links(self, record: Any) -> Sequence[ActionLink]:
        return [
            ActionLink(one.title, self.url("bulk", key=one.key, ids=record.id, back="record"), one.icon, "primary")
            for one in self.open_steps(record)
        ]


class DestructionView(_StorageView):
    """A year's destruction, from the survey to the end."""

    route_base = "/saraban/destructions"
    model = Destruction
    title = _l("Destruction of letters")
    new_title = _l("Survey a year")
    icon = "fire"
    descending = True
    without = frozenset({"edit"})
    form_class = SurveyForm
    empty_hint = _l("No year is surveyed yet.")

    def columns(self) -> list[lists.Column]:
        units = self._unit_names()
        return [
            lists.Column("year", _l("Year (B.E.)"), link=True),
            lists.Column("unit", _l("Unit"), lambda row: units.get(row.unit_id, ""), sort=False),
            lists.Column("status", _l("State"), lambda row: storage.WORKFLOW.states[row.status], "label"),
            lists.Column("order_no", _l("Order no."), wide=True),
            lists.Column("destroyed_on", _l("Destroyed on"), kind="date", wide=True),
        ]

    def form(self, record: Any = None) -> Any:
        form: Any = SurveyForm()
        last = buddhist_year(today()) - 1
        form.year.choices = [(year, str(year)) for year in range(last, last - 5, -1)]
        return form

    def save(self, record: Any, values: dict[str, Any]) -> Any:
        self.require_at("add", values["unit_id"])
        return storage.survey(db, values["unit_id"], values["year"], by=self._signer(), today=today())

    def heading(self, record: Any) -> str:
        return f"{_('Letters to be destroyed')} {record.year}"

    def state_of(self, record: Any) -> Any:
        return storage.WORKFLOW.states[record.status]

    def action_links(self, record: Any) -> Sequence[ActionLink]:
        found = []
        if record.status == "appointed" and self.may("edit", record.unit_id):
            found.append(
                ActionLink(
                    _l("The committee's decision"), self.url("vote", record_id=record.id), "list-check", "primary"
                )
            )
        for step in storage.WORKFLOW.allowed(record.status):
            if self.may(step.verb, record.unit_id) and not self._shut(record, step.key):
                look = "danger" if step.key in ("drop", "destroy") else "secondary"
                found.append(
                    ActionLink(step.title, self.url("step", record_id=record.id, key=step.key), step.icon, look)
                )
        return found

    def sections(self, record: Any) -> Sequence[Section]:
        unit = db.get(Unit, record.unit_id)
        facts = [
            (_l("Unit"), unit.name if unit else ""),
            (_l("Surveyed by"), f"{record.surveyed_by} · {shown_moment(record.made_at)}"),
            (_l("Order no."), record.order_no),
            (
                _l("Approved by"),
                f"{record.approved_by} · {shown_moment(record.approved_at)}" if record.approved_at else "",
            ),
            (_l("Sent to the National Archives"), shown_date(record.archives_on, "letter")),
            (_l("Answer of the National Archives"), record.archives_answer),
            (_l("Destroyed on"), shown_date(record.destroyed_on, "letter")),
            (_l("How"), record.method),
        ]
        return [Section(_l("The list"), facts)]

    def related(self, record: Any) -> Sequence[Related]:
        committee = [
            ("", [one.name, one.position, _("Chair") if one.chair else ""]) for one in storage.members(db, record)
        ]
        rows = [
            ("", [stored.number, stored.register_no, stored.subject, str(DECISIONS[line.decision]), line.dissent])
            for line, stored in storage.lines(db, record)
        ]
        heads = [_l("No."), _l("Register number"), _l("Subject"), _l("Decision"), _l("Who disagreed, and why")]
        found = [Related(_l("Committee"), [], committee, "people")] if committee else []
        return [*found, Related(_l("Letters"), heads, rows, "list-check")]

    @expose("/<int:record_id>/vote", methods=("GET", "POST"))
    @right("edit")
    def vote(self, record_id: int) -> Any:
        """What the committee says of some letters."""
        made = self.find(record_id, "edit")
        form: Any = VoteForm()
        form.line_ids.choices = [
            (line.id, f"{stored.number} {stored.subject}" + (f" · {DECISIONS[line.decision]}" if line.decision else ""))
            for line, stored in storage.lines(db, made)
        ]

        def save() -> Any:
            values = form.values()
            chosen = values.pop("line_ids")
            if not chosen:
                raise RuleError(_("Choose at least one letter."), field="line_ids")
            storage.vote(db, made, chosen, **values, today=today())
            return made

        shut = refusal(lambda: storage.check_vote(made))
        return self.step_page(made, form, save, _("The committee's decision"), shut=shut)

    @expose("/<int:record_id>/step/<key>", methods=("GET", "POST"))
    @right("show")
    def step(self, record_id: int, key: str) -> Any:
        """One step of the list's way."""
        step = next((one for one in storage.WORKFLOW.transitions if one.key == key), None)
        if step is None:
            raise NotFound
        made = self.find(record_id, step.verb)
        wanted = {"appoint": CommitteeForm, "archives": ArchivesForm, "destroy": DestroyForm}
        form: Any = wanted.get(key, KhetForm)()

        def save() -> Any:
            self._take(made, key, form)
            return made

        return self.step_page(made, form, save, str(step.title), shut=self._shut(made, key))

    def _shut(self, made: Destruction, key: str) -> str:
        return refusal(lambda: storage.check(db, made, key, by=self.actor.user_id))

    def _take(self, made: Destruction, key: str, form: Any) -> None:
        if key == "appoint":
            storage.appoint(db, made, form.order_no.data or "", form.members.data)
        elif key == "decide":
            storage.decide(db, made)
        elif key == "approve":
            if left := storage.approve(db, made, by=self._signer(made, "approve"), today=today()):
                said = _("Approved. %(count)s letters were left out: they may not be destroyed any more.", count=left)
                flash(said, "warning")
        elif key == "archives":
            storage.to_archives(db, made, form.archives_on.data)
        elif key == "destroy":
            values = form.values()
            numbers = arabic_digits(values["wanted"] or "").replace(" ", "").split(",")
            if any(one and not one.isdecimal() for one in numbers):
                raise RuleError(_("Write numbers with commas between."), field="wanted")
            values["wanted"] = [int(one) for one in numbers if one]
            storage.destroy(db, made, values, root=khet().settings.files_dir, today=today())
        else:
            storage.drop(db, made)


def store_action(view: Any) -> lists.Action:
    """The registers' step into storage."""

    def offer(form: Any, statement: Select[Any]) -> None:
        """The folders of the letters' own unit; none where they are of several."""
        units = set(db.scalars(statement.order_by(None).with_only_columns(view.model.unit_id).distinct()))
        places = storage.keeps(db, units.pop()) if len(units) == 1 else set()
        held = view.actor.units(permissions.STORAGE, "add")
        found = select(Folder).where(held.criterion(Folder.unit_id), Folder.unit_id.in_(places)).order_by(Folder.code)
        folders = db.scalars(found.limit(300)) if places else ()
        form.folder_id.choices = [(one.id, one.label) for one in folders]

    def apply(letter: Any, values: dict[str, Any]) -> None:
        storage.put_away(db, letter, values["folder_id"], on=today())

    return lists.Action(
        "store", _l("Put into a folder"), "edit", apply, form=StoreForm, offer=offer, icon="archive",
        guard=storage.check_put_away,
    )  # fmt: skip


VIEWS = [RetentionView, FolderView, StoredView, LoanView, DestructionView]

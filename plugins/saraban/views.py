"""Pages of the two registers. They find the clerk, call one service and choose the next page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from flask import abort, flash, g, jsonify, request, send_file
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, select

from core import listing
from core.accounts.forms import SECRECY_LEVELS
from core.accounts.models import Account
from core.crud import CrudView, Related, Section, Step
from core.db.base import utc_now
from core.errors import NotFound, RuleError
from core.files import store
from core.files.models import SecretReader
from core.masterdata.models import Unit
from core.notices import services as notices
from core.numbering import engine
from core.reports import xlsx
from core.text.thai import BANGKOK, buddhist_year, format_date, format_moment, today
from core.timeline import recorder
from core.views import expose, right
from core.web.unit_of_work import db, khet, separately
from plugins.saraban import forms, permissions, queries, reports, services
from plugins.saraban.models import IncomingLetter, OutgoingLetter


class LetterView(CrudView):
    """What both registers share."""

    descending = True
    order = ("id",)
    searchable = "search_text"
    list_template = "saraban/list.html"
    inline_edit = True
    board = listing.Board("state", "assign")
    correction_form: ClassVar[Any]
    books: ClassVar[dict[str, Any]]
    report: ClassVar[Any]

    # -- list ---------------------------------------------------------------------------------------------

    def statement(self) -> Select[Any]:
        return queries.visible(self.model, self.units("list"))

    def filters(self) -> list[listing.Filter]:
        model = self.model
        units = self._units("list")
        found = [
            listing.Filter(
                "book", _l("Book"), lambda s, v: s.where(model.book == v), choices=list(self.books.items())
            ),
            listing.period("when", _l("When"), self._day()),
            listing.Filter("from", _l("From date"), lambda s, v: s.where(self._day() >= v), kind="date"),
            listing.Filter("to", _l("To date"), lambda s, v: s.where(self._day() <= v), kind="date"),
            listing.Filter(
                "speed", _l("Speed"), lambda s, v: s.where(model.speed == int(v)),
                choices=[(str(value), title) for value, title in forms.SPEEDS],
            ),
            listing.Filter(
                "status", _l("State"), lambda s, v: s.where(queries.state_of(model) == v), choices=forms.STATES
            ),
            listing.Filter(
                "late", _l("Time"), lambda s, v: s.where(queries.overdue(model, utc_now())),
                choices=[("1", _l("Overdue"))],
            ),
            listing.Filter(
                "mine", _l("Officer"), lambda s, v: s.where(model.assignee_id == self.actor.user_id),
                choices=[("1", _l("Mine"))],
            ),
        ]  # fmt: skip
        if len(units) > 1:
            choices = [(str(unit.id), unit.name) for unit in units]
            found.insert(
                0,
                listing.Filter(
                    "unit", _l("Register of"), lambda s, v: s.where(model.unit_id == int(v)), choices=choices
                ),
            )
        return found

    def _more_columns(self) -> list[listing.Column]:
        """Columns of both registers that a reader may choose."""
        speeds, states = dict(forms.SPEEDS), dict(forms.STATES)
        return [
            listing.Column("speed", _l("Speed"), lambda row: speeds[row.speed], "label", wide=True, shown=False),
            listing.Column("state", _l("State"), lambda row: states[queries.state(row)], "label", shown=False),
            listing.Column(
                "assignee", _l("Officer"), lambda row: self._people().get(row.assignee_id, ""), wide=True, shown=False,
                sort=False,
            ),
            listing.Column("action", _l("Action taken"), wide=True, shown=False, edit="action"),
            listing.Column("remark", _l("Remark"), wide=True, shown=False, edit="remark"),
            listing.Column("registered_on", _l("Registered"), kind="date", wide=True, shown=False),
        ]  # fmt: skip

    def _people(self) -> dict[int | None, str]:
        """Names of the accounts that letters can be given to; looked up once a request."""
        if "saraban_people" not in g:
            g.saraban_people = {account.id: account_name(account) for account in services.officers(db)}
        return g.saraban_people

    def dimensions(self) -> list[listing.Dimension]:
        model = self.model
        speeds, states = dict(forms.SPEEDS), dict(forms.STATES)
        units = {unit.id: unit.name for unit in self._units("list")}
        found = [
            listing.Dimension(
                "state", _l("State"), queries.state_of(model), lambda v: states[v], order=tuple(states)
            ),
            listing.month_of("month", _l("Month"), self._day()),
            listing.Dimension(
                "speed", _l("Speed"), model.speed, lambda v: speeds[v], order=tuple(sorted(speeds, reverse=True))
            ),
            listing.Dimension("sender", _l("From"), model.sender),
            listing.Dimension("recipient", _l("To (addressee)"), model.recipient),
            listing.Dimension("book", _l("Book"), model.book, lambda v: self.books.get(v, v)),
        ]  # fmt: skip
        if len(units) > 1:
            found.append(listing.Dimension("unit", _l("Register of"), model.unit_id, lambda v: units.get(v, v)))
        return found

    def actions(self) -> list[listing.Action]:
        return [
            listing.Action(
                "assign", _l("Give to an officer"), "edit",
                lambda letter, values: self._assign(letter, values["assignee_id"] or None),
                form=self._assign_form, icon="person-check",
            ),
            listing.Action(
                "act", _l("Write the action taken"), "edit",
                lambda letter, values: services.work_on(db, letter, {"action": values["action"]}),
                form=forms.ActForm, icon="pencil",
            ),
        ]  # fmt: skip

    def _assign_form(self) -> Any:
        form = forms.AssignForm()
        names = sorted(self._people().items(), key=lambda pair: pair[1])
        form.assignee_id.choices = [(0, _("Nobody")), *names]
        return form

    def _assign(self, letter: Any, user_id: int | None) -> None:
        if user_id and not self.readable_by(user_id, letter):
            raise RuleError(
                _("This officer may not read %(letter)s; the administrator gives the role.", letter=letter.number_text),
                field="assignee_id",
            )
        account = services.assign(db, letter, user_id)
        if account is None or account.id == self.actor.user_id:
            return
        with force_locale(account.locale):
            said = _("%(who)s gave you a letter: %(record)s", who=self.actor.name, record=letter.label[:200])
        notices.notify(db, account, "saraban.assigned", said, letter, self.endpoint or "")

    def row_class(self, row: Any) -> str:
        return "cancelled" if row.status == "cancelled" else ""

    def _day(self) -> Any:
        """The date that the date filters look at."""
        return self.model.registered_on

    def _units(self, verb: str) -> Sequence[Unit]:
        """Units of the registers one may `verb`, at most 60, the office first; looked up once a request."""
        held = self.units(verb)
        known: dict[Any, Sequence[Unit]] = g.setdefault("saraban_units", {})
        if held not in known:
            known[held] = db.scalars(
                select(Unit)
                .where(held.criterion(Unit.id), Unit.active.is_(True))
                .order_by(Unit.kind == "school", Unit.kind == "group", Unit.name)
                .limit(60)
            ).all()
        return known[held]

    def list_context(self, state: listing.ListState) -> dict[str, Any]:
        return {
            **super().list_context(state), "export_units": self._units("export"), "year": buddhist_year(today()),
            "export_books": {key: t for key, t in self.books.items() if not khet().registry.books[key].secret},
        }  # fmt: skip

    # -- record -------------------------------------------------------------------------------------------

    def heading(self, record: Any) -> str:
        return f"{self.books[record.book]} {record.number_text}/{record.year}"

    def state_of(self, record: Any) -> Any:
        return dict(forms.STATES)[queries.state(record)]

    def steps(self, record: Any) -> Sequence[Step]:
        if record.status == "cancelled":
            return []
        found = []
        if self.may("edit", record.unit_id):
            found += [
                Step(_l("Action taken"), self.url("edit", record_id=record.id), "pencil", "primary"),
                Step(_l("Give to an officer"), self.url("bulk", key="assign", ids=record.id), "person-check"),
                Step(_l("Attach files"), self.url("files", record_id=record.id), "paperclip"),
                Step(_l("Correct"), self.url("correct", record_id=record.id), "eraser"),
            ]
        if self.may("cancel", record.unit_id):
            found.append(
                Step(_l("Cancel the letter"), self.url("cancel", record_id=record.id), "slash-circle", "danger")
            )
        return found

    def sections(self, record: Any) -> Sequence[Section]:
        work = {str(_l("Action taken")), str(_l("Remark")), str(_l("Officer")), str(_l("Must arrive by"))}
        facts = self.facts(record)
        return [
            Section(_l("The letter"), [pair for pair in facts if str(pair[0]) not in work]),
            Section(_l("The work on it"), [pair for pair in facts if str(pair[0]) in work]),
        ]

    def facts(self, record: Any) -> Sequence[tuple[Any, Any]]:
        speeds, secrecies = dict(forms.SPEEDS), dict(SECRECY_LEVELS)
        unit = db.get(Unit, record.unit_id)
        return [
            (_l("Register of"), unit.name if unit else ""),
            (_l("Officer"), self._people().get(record.assignee_id, "")),
            (_l("Letter no."), record.doc_no),
            (_l("Dated"), format_date(record.doc_date, "letter")),
            (_l("From"), record.sender),
            (_l("To (addressee)"), record.recipient),
            (_l("Subject"), record.subject),
            (_l("Speed"), speeds[record.speed]),
            (_l("Must arrive by"), format_moment(record.due_at)),
            (_l("Secrecy"), secrecies[record.secrecy]),
            (_l("Action taken"), record.action),
            (_l("Remark"), record.remark),
            (_l("Registered"), f"{format_moment(record.registered_at)} · {record.registered_by}"),
        ]

    def extra(self, record: Any) -> dict[str, Any]:
        if record.secrecy:
            with separately("secret paper") as own:
                recorder.note(own, record, "saraban.secret.viewed")
        return {"files": store.attachments(db, record)}

    def related(self, record: Any) -> Sequence[Related]:
        if not record.secrecy:
            return []
        readers = db.scalars(
            select(Account)
            .join(SecretReader, (SecretReader.user_id == Account.id))
            .where(SecretReader.kind == record.__tablename__, SecretReader.record_id == record.id)
        ).all()
        rows = [("", [account_name(reader)]) for reader in readers]
        return [Related(_l("May read it"), [], rows, "shield-lock")]

    # -- intake -------------------------------------------------------------------------------------------

    def form(self, record: Any = None) -> Any:
        if record is not None:
            form: Any = forms.WorkForm(obj=record)
            if request.method == "GET":
                self.fill(form, record)
            return form
        form = self.form_class()
        units = self._units("add")
        if not units:
            abort(403)
        form.unit_id.choices = [(unit.id, unit.name) for unit in units]
        chosen = self._chosen_unit(form, units)
        secret = self.actor.may(permissions.SECRET, "add", chosen.id) and self.actor.clearance > 0
        if secret:
            form.secrecy.choices = [c for c in SECRECY_LEVELS if c[0] <= self.actor.clearance]
            form.readers.choices = [
                (account.id, f"{account.first_name} {account.last_name}")
                for account in services.cleared_accounts(db)
                if account.id != self.actor.user_id
            ]
        else:
            del form.secrecy
            del form.readers
        books = [book for book in self.books if secret or not khet().registry.books[book].secret]
        waiting = engine.reserved(db, chosen.id, books, today())
        if waiting:
            form.reserved.choices = [
                (0, _("Next number")),
                *((n.id, f"{n.text} · {n.reason}") for n in waiting),
            ]
        else:
            del form.reserved
        if request.method == "GET":
            self._prefill(form, chosen)
        return form

    def fill(self, form: Any, record: Any) -> None:
        if record.due_at:
            local = record.due_at.astimezone(BANGKOK)
            form.due_on.data, form.due_time.data = local.date(), local.time()

    def _chosen_unit(self, form: Any, units: Sequence[Unit]) -> Unit:
        raw = request.values.get("unit_id", "")
        chosen = next((unit for unit in units if str(unit.id) == raw), units[0])
        if request.method == "GET":
            form.unit_id.data = chosen.id
        return chosen

    def _prefill(self, form: Any, unit: Unit) -> None:
        """What stays the same from one letter of the pile to the next, and what can be guessed."""
        raise NotImplementedError

    def _clerk(self) -> services.Clerk:
        return services.Clerk(self.actor.user_id, self.actor.name, self.actor.clearance)

    def save(self, record: Any, values: dict[str, Any]) -> Any:
        values["due_at"] = services.due_moment(values.pop("due_on"), values.pop("due_time"), BANGKOK)
        if record is not None:
            return services.work_on(db, record, values)
        values.pop("duplicate_ok")
        unit_id = values.pop("unit_id")
        self.require_at("add", unit_id)
        return self._register(unit_id, values)

    def _register(self, unit_id: int, values: dict[str, Any]) -> Any:
        raise NotImplementedError

    def _warn_of_double(self, form: Any) -> None:
        """Ask once whether the same paper is meant to be registered again; saving again confirms."""
        if "doc_no" not in form:
            return
        known = services.same_paper(db, self.model, form.unit_id.data, form.doc_no.data, form.sender.data)
        if known is None or form.duplicate_ok.data == str(known.id):
            return
        form.duplicate_ok.data = str(known.id)
        raise RuleError(
            _(
                "A letter with this number from this sender is registered already: %(number)s, %(subject)s. "
                "Save again to register it all the same.",
                number=known.number_text,
                subject=known.subject[:80],
            ),
            field="doc_no",
        )

    @expose("/new", methods=("GET", "POST"))
    @right("add")
    def add(self) -> Any:
        """The intake form."""
        form = self.form()

        def save() -> Any:
            self._warn_of_double(form)
            return self.save(None, form.values())

        def page() -> str:
            waiting = store.staged(db, form.files.data or [])
            return self.render(
                self.form_template, form=form, record=None, heading=self.new_title, waiting=waiting,
                save_title=_("Register"), next_title=_("Register and next"),
            )  # fmt: skip

        return self.submit(form, save, self.after_save, page, done=_("Registered."))

    def after_save(self, record: Any) -> str:
        if request.form.get("_then") == "new":
            flash(_("Registered as number %(number)s.", number=record.number_text), "success")
            kept = {"unit_id": record.unit_id, "recipient": record.recipient if not record.secrecy else None}
            return self.url("add", **kept, **self._kept(record))
        return super().after_save(record)

    def _kept(self, record: Any) -> dict[str, Any]:
        return {}

    # -- after registration -------------------------------------------------------------------------------

    def _step(self, record: Any, form: Any, change: Any, heading: str, **context: Any) -> Any:
        return self.submit(
            form,
            lambda: change() or record,
            lambda _result: self.url("show", record_id=record.id),
            lambda: self.render(
                "khet/form.html", form=form, record=record, heading=f"{heading} · {self.heading(record)}",
                back=self.url("show", record_id=record.id), **context,
            ),
            record=record,
        )  # fmt: skip

    @expose("/known")
    @right("add")
    def known(self) -> Any:
        """Words for completion: {field: [texts]} of the latest letters of `unit_id`."""
        raw = request.args.get("unit_id", "")
        if not raw.isdigit() or len(raw) > 9:
            raise NotFound
        self.require_at("add", int(raw))
        return jsonify(queries.known(db, self.model, int(raw)))

    @expose("/<int:record_id>/correct", methods=("GET", "POST"))
    @right("edit")
    def correct(self, record_id: int) -> Any:
        """A logged correction."""
        letter = self.find(record_id, "edit")
        form = self.correction_form(obj=letter)

        def change() -> Any:
            values = form.values()
            return services.correct(db, letter, values, reason=values.pop("reason"), today=today())

        return self._step(letter, form, change, _("Correct"))

    @expose("/<int:record_id>/cancel", methods=("GET", "POST"))
    @right("cancel")
    def cancel(self, record_id: int) -> Any:
        """Cancel with a reason."""
        letter = self.find(record_id, "cancel")
        form = forms.CancelForm()
        return self._step(
            letter,
            form,
            lambda: services.cancel(db, letter, reason=form.reason.data or ""),
            _("Cancel the letter"),
        )

    @expose("/<int:record_id>/files", methods=("GET", "POST"))
    @right("edit")
    def files(self, record_id: int) -> Any:
        """Attach files to a registered letter."""
        letter = self.find(record_id, "edit")
        form = forms.FilesForm()
        return self._step(
            letter, form, lambda: services.add_files(db, letter, form.files.data or []), _("Attach files"),
            waiting=store.staged(db, form.files.data or []),
        )  # fmt: skip

    @expose("/<int:record_id>/files/<int:file_id>")
    @right("show")
    def file(self, record_id: int, file_id: int) -> Any:
        """Download one file; always as a download, never shown inside this site."""
        letter = self.find(record_id)
        found, path = store.locate(db, khet().settings.files_dir, letter, file_id)
        if letter.secrecy:
            with separately("secret paper") as own:
                recorder.note(own, letter, "saraban.secret.downloaded", found.name)
        response = send_file(path, mimetype=found.content_type, as_attachment=True, download_name=found.name)
        response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
        return response

    # -- excel --------------------------------------------------------------------------------------------

    @expose("/export")
    @right("export")
    def export(self) -> Any:
        """One book of one year as the official form, in Excel. The export is logged."""
        unit_id, year = request.args.get("unit_id", ""), request.args.get("year", "")
        book = request.args.get("book", "")
        if not (unit_id.isdigit() and len(unit_id) < 10 and year.isdigit() and len(year) == 4 and book in self.books):
            raise NotFound
        unit = db.get(Unit, int(unit_id))
        if unit is None:
            raise NotFound
        self.require_at("export", unit.id)
        parameters = {"unit_id": unit.id, "book": book, "year": int(year)}
        with separately("export") as own:
            recorder.note(own, unit, "core.report.exported", f"{self.report.title} {self.books[book]} {year}")
        file = xlsx.write(self.report, db, **parameters)
        name = f"{self.report.key}-{self.actor.district_code}-{unit.code}-{year}.xlsx"
        return send_file(file, mimetype=xlsx.CONTENT_TYPE, as_attachment=True, download_name=name)


class IncomingView(LetterView):
    """ทะเบียนหนังสือรับ."""

    route_base = "/saraban/incoming"
    resource = permissions.INCOMING
    model = IncomingLetter
    title = _l("Incoming letters")
    new_title = _l("Register an incoming letter")
    icon = "inbox"
    calendar = "received_on"
    empty_hint = _l("No letter yet. Press New to register the first.")
    form_class = forms.IncomingForm
    correction_form = forms.IncomingCorrectionForm
    books = reports.INCOMING_BOOKS
    report = reports.INCOMING_REGISTER

    def _day(self) -> Any:
        return IncomingLetter.received_on

    def columns(self) -> list[listing.Column]:
        return [
            listing.Column("number", _l("Receipt no."), short_number, link=True, sort=IncomingLetter.id),
            listing.Column("received_on", _l("Received"), kind="date", wide=True),
            listing.Column("doc_no", _l("Letter no."), wide=True),
            listing.Column("doc_date", _l("Dated"), kind="date", wide=True),
            listing.Column("sender", _l("From"), kind="name"),
            listing.Column("recipient", _l("To (addressee)"), kind="name", wide=True),
            listing.Column("subject", _l("Subject"), kind="subject"),
            *self._more_columns(),
        ]

    def facts(self, record: Any) -> list[tuple[Any, Any]]:
        clock = f" {record.received_time:%H.%M} น." if record.received_time else ""
        return [
            (_l("Received on"), format_date(record.received_on, "letter") + clock),
            *super().facts(record),
        ]

    def _prefill(self, form: Any, unit: Unit) -> None:
        form.received_on.data = today()
        form.recipient.data = request.args.get("recipient", "")[:200] or _default_head(unit)
        if raw := request.args.get("received_on", ""):
            form.received_on.typed = raw[:20]

    def _kept(self, record: Any) -> dict[str, Any]:
        return {"received_on": format_date(record.received_on, "typed")}

    def _register(self, unit_id: int, values: dict[str, Any]) -> Any:
        return services.register_incoming(db, unit_id, values, clerk=self._clerk(), today=today())


class OutgoingView(LetterView):
    """ทะเบียนหนังสือส่ง."""

    route_base = "/saraban/outgoing"
    resource = permissions.OUTGOING
    model = OutgoingLetter
    title = _l("Outgoing letters")
    new_title = _l("Register an outgoing letter")
    icon = "send"
    calendar = "registered_on"
    empty_hint = _l("No letter yet. Press New to register the first.")
    form_class = forms.OutgoingForm
    correction_form = forms.OutgoingCorrectionForm
    books = reports.OUTGOING_BOOKS
    report = reports.OUTGOING_REGISTER

    def columns(self) -> list[listing.Column]:
        return [
            listing.Column("number", _l("Dispatch no."), short_number, link=True, sort=OutgoingLetter.id),
            listing.Column("doc_no", _l("Letter no."), wide=True),
            listing.Column("doc_date", _l("Dated"), kind="date"),
            listing.Column("sender", _l("From"), kind="name", wide=True),
            listing.Column("recipient", _l("To (addressee)"), kind="name"),
            listing.Column("subject", _l("Subject"), kind="subject"),
            *self._more_columns(),
        ]

    def _prefill(self, form: Any, unit: Unit) -> None:
        form.doc_date.data = today()
        form.sender.data = unit.name

    def _register(self, unit_id: int, values: dict[str, Any]) -> Any:
        return services.register_outgoing(db, unit_id, values, clerk=self._clerk(), today=today())


def short_number(row: Any) -> str:
    """A register number as lists show it: 123/69."""
    return f"{row.number_text}/{row.year % 100:02d}"


def account_name(account: Any) -> str:
    """A user's name as colleagues know it."""
    return f"{account.first_name} {account.last_name}".strip()


def _default_head(unit: Unit) -> str:
    """To whom most letters of a unit are addressed: its head, by position."""
    return f"ผอ.{unit.name}"


VIEWS = [IncomingView, OutgoingView]

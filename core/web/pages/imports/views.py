"""Pages of an import: choose a file, name its columns, correct its lines, take them in, take them back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import partial
from typing import Any

from flask import flash, redirect, request, send_file, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, and_, false, or_, select

from core.base import permissions
from core.base.errors import NotFound, RuleError
from core.base.text import thai
from core.base.text.dates import shown_date, shown_moment
from core.exchange.imports import book_repair, services, sheets
from core.exchange.imports.declare import Importer, from_json, wholes
from core.exchange.imports.models import (
    BAD,
    CHECKED,
    DONE,
    GOOD,
    MAPPING,
    REFUSED,
    STATES,
    TAKING,
    Import,
    ImportLine,
)
from core.exchange.reports.xlsx import CONTENT_TYPE
from core.platform.jobs.models import FAILED, Job
from core.platform.users.models import Account
from core.records import lists
from core.records.files import store
from core.storage import writer_queue
from core.web.crud import CrudView
from core.web.language import current_locale
from core.web.pages.imports import forms
from core.web.pages.numbering.forms import MOST_TYPED
from core.web.security import reauthentication
from core.web.unit_of_work import db, effective_plugins, khet
from core.web.views import expose, right

SAMPLES = 3


class ImportView(CrudView):
    """Imports of the district that the actor may use."""

    route_base = "/imports"
    resource = permissions.IMPORTS
    model = Import
    title = _l("Take in from Excel")
    new_title = _l("Take in a file")
    icon = "file-earmark-arrow-up"
    empty_hint = _l("Nothing was taken in yet.")
    first_hint = _l("Choose a file: nothing is taken in before you have seen it.")
    descending = True
    without = frozenset({"edit", "comment"})
    show_template = "khet/import.html"

    def importers(self) -> list[Importer]:
        """What the actor may take in here."""
        on, registry = effective_plugins(), khet().registry
        return [
            importer
            for key, importer in registry.importers.items()
            if registry.importer_owner[key] in on and self.actor.may(importer.resource, "import")
        ]

    def importer(self, key: str) -> Importer:
        """One of them. Raises NotFound."""
        found = next((importer for importer in self.importers() if importer.key == key), None)
        if found is None:
            raise NotFound
        return found

    def columns(self) -> list[lists.Column]:
        states = dict(STATES)
        titles = {importer.key: importer.title for importer in self.importers()}
        return [
            lists.Column("file_name", _l("File"), kind="name", link=True),
            lists.Column("importer", _l("What it holds"), lambda row: titles.get(row.importer, row.importer), "label"),
            lists.Column("state", _l("State"), lambda row: states[row.state], "label"),
            lists.Column("total", _l("Lines"), kind="number", wide=True),
            lists.Column("taken", _l("Taken in"), kind="number", wide=True),
            lists.Column("at", _l("When"), kind="moment", wide=True),
        ]

    def filters(self) -> list[lists.Filter]:
        return [
            lists.Filter("state", _l("State"), lambda s, v: s.where(Import.state == v), choices=STATES),
            lists.Filter(
                "what", _l("What it holds"), lambda s, v: s.where(Import.importer == v),
                choices=[(importer.key, importer.title) for importer in self.importers()],
            ),
        ]  # fmt: skip

    def statement(self) -> Select[Any]:
        mine = [
            and_(
                Import.importer == importer.key,
                or_(Import.unit_id.is_(None), self.actor.units(importer.resource, "import").criterion(Import.unit_id)),
            )
            for importer in self.importers()
        ]
        return select(Import).where(or_(false(), *mine))

    def find(self, record_id: int, verb: str = "show") -> Any:
        record = db.get(Import, record_id)
        if record is None:
            raise NotFound
        importer = self.importer(record.importer)
        if not self.actor.may(importer.resource, "import", record.unit_id):
            raise NotFound
        if verb == "add":
            self.require_in_one(verb, lambda: self._takes_in(importer, record.unit_id))
        return record

    def _takes_in(self, importer: Importer, unit_id: int | None = None) -> bool:
        """Whether the actor, in the capacity in which this is asked, takes such a file in; at a unit, if it has one."""
        return self.may("add") and self.actor.may(importer.resource, "import", unit_id)

    def heading(self, record: Any) -> str:
        return str(record.file_name)

    def state_of(self, record: Any) -> Any:
        return dict(STATES)[record.state]

    # -- begin --------------------------------------------------------------------------------------------

    @expose("/new", methods=("GET", "POST"))
    @right("add")
    def add(self) -> Any:
        """Choose what and the file."""
        wanted = request.args.get("what", "")
        if not wanted:
            chosen = [one for one in self.importers() if self.in_one(partial(self._takes_in, one))]
            return self.render("khet/import_what.html", importers=chosen)
        importer = self.importer(wanted)
        self.require_in_one("add", lambda: self._takes_in(importer))
        form = forms.file_form(importer)

        def save() -> Any:
            batch = services.begin(
                db, importer, form["files"].data or [], forms.options_of(form), locale=current_locale(),
                again=bool(form["again"].data),
            )  # fmt: skip
            self.require_in_one("add", lambda: self._takes_in(importer, batch.unit_id))
            return batch

        return self.submit(
            form,
            save,
            lambda batch: self.url("show", record_id=batch.id),
            lambda: self.render(
                "khet/form.html", form=form, record=None, heading=f"{self.new_title} · {importer.title}",
                waiting=store.staged(db, form["files"].data or []), save_title=_("Read the file"),
                back=self.url("add"),
            ),
            done=_("The file is being read."),
        )  # fmt: skip

    @expose("/template")
    @right("add")
    def template(self) -> Any:
        """An empty workbook with the columns, to be filled and taken in."""
        importer = self.importer(request.args.get("what", ""))
        file = sheets.template(str(importer.title), importer.columns())
        name = f"{importer.title}.xlsx"
        return send_file(file, mimetype=CONTENT_TYPE, as_attachment=True, download_name=name)

    # -- one import ---------------------------------------------------------------------------------------

    def extra(self, record: Any) -> dict[str, Any]:
        importer = self.importer(record.importer)
        job = db.get(Job, record.job_id) if record.job_id else None
        user = db.get(Account, record.user_id)
        after = request.args.get("after", "")
        start = int(after) if after.isdecimal() and len(after) < 10 else 0
        bad = services.lines(db, record, BAD, start) if record.state in (CHECKED, DONE) else []
        columns = [column for column in importer.columns() if column.key in record.mapping]
        understood = services.understood(db, record, columns) if record.state == CHECKED else []
        return {
            "importer": importer,
            "job": job,
            "busy": services.busy(record),
            "bad": bad,
            "columns": columns,
            "titles": {column.key: column.title for column in importer.columns()},
            "paged": start > 0,
            "failed": job is not None and job.state == FAILED and services.busy(record),
            "good": services.lines(db, record, GOOD, 0, 5) if record.state == CHECKED else [],
            "more": bad[-1].line if len(bad) == 50 else None,
            "place": partial(services.place_of, record),
            "cell_text": _shown,
            "understood": understood,
            "assumed": services.assumed(record, importer.columns(), understood) if record.state == CHECKED else [],
            "unread": [one["name"] for one in record.sheets if not one["read"]],
            "can_reread": record.state in (MAPPING, CHECKED, REFUSED) and bool(store.attachments(db, record)),
            "unproven": self._unproven(importer, record),
            "may": self.in_one(lambda: self._takes_in(importer, record.unit_id)),
            "by": f"{user.first_name} {user.last_name}" if user else "",
            "can_undo": record.state == DONE or (record.state == TAKING and job is not None and job.state == FAILED),
            "can_map": record.state in (MAPPING, CHECKED, REFUSED) and record.total > 0,
        }

    def _unproven(self, importer: Importer, record: Any) -> list[tuple[int, str, str]]:
        """(year, numbers, address at which its keeper accounts for them) of the books that are incomplete."""
        if record.state != DONE:
            return []
        keeps = self.actor.may(importer.resource, "number", record.unit_id)
        found = []
        for one in importer.unproven(db, record):
            numbers = book_repair.as_typed(one.numbers, MOST_TYPED)
            address = url_for(
                "BookView.account", unit_id=one.unit_id, book_key=one.book, year=one.year, numbers=numbers
            )
            found.append((one.year, book_repair.runs(one.numbers), address if keeps else ""))
        return found

    def shown_value(self, column: Any, line: ImportLine) -> str:
        """How a good line's value was understood."""
        value = from_json(line.values.get(column.key))
        if isinstance(value, date):
            return shown_date(value, "short")
        if value and column.shown:
            return str(column.shown(value))
        titles = {choice: str(title) for choice, title in column.choices}
        return titles.get(value, "" if value is None else str(value))

    def facts(self, record: Any) -> list[tuple[Any, Any]]:
        return [
            (_l("What it holds"), self.importer(record.importer).title),
            (_l("When"), shown_moment(record.at)),
            (_l("Sheet"), record.sheet),
            (_l("Lines"), f"{record.total:,}"),
            (_l("Good"), f"{record.good:,}"),
            (_l("To be corrected"), f"{record.bad:,}"),
            (_l("Taken in"), f"{record.taken:,}"),
        ]

    def action_links(self, record: Any) -> list[Any]:
        return []

    @expose("/<int:record_id>/columns", methods=("GET", "POST"))
    @right("add")
    def columns_of(self, record_id: int) -> Any:
        """Name the file's columns."""
        batch = self.find(record_id, "add")
        importer = self.importer(batch.importer)
        first = list(
            db.scalars(
                select(ImportLine)
                .where(ImportLine.import_id == batch.id, ImportLine.line > batch.heading_line)
                .order_by(ImportLine.line)
                .limit(SAMPLES)
            )
        )
        form = forms.mapping_form(importer, batch, max((len(line.cells) for line in first), default=0))

        def save() -> Any:
            typed = form.values()
            mapping = {
                column.key: int(place) for column in importer.columns() if (place := typed[f"c-{column.key}"]) != ""
            }
            try:
                services.map_columns(
                    db, batch, importer.columns(), mapping, int(typed["heading"]), locale=current_locale()
                )
            except RuleError as error:
                raise RuleError(error.message, field=f"c-{error.field}" if error.field else None) from error
            return batch

        return self.submit(
            form,
            save,
            lambda _batch: self.url("show", record_id=batch.id),
            lambda: self.render(
                "khet/import_columns.html", form=form, record=batch, heading=_("Columns of the file"),
                place=partial(services.place_of, batch), cell_text=_shown,
                save_title=_("Check every line"), samples=first, letters=forms.letter,
                wholes=wholes(importer.columns()),
                back=self.url("show", record_id=batch.id),
            ),
            done=_("The lines are being checked."),
        )  # fmt: skip

    @expose("/<int:record_id>/lines/<int:line_id>", methods=("GET", "POST"))
    @right("add")
    def fix(self, record_id: int, line_id: int) -> Any:
        """Correct one line on screen."""
        batch = self.find(record_id, "add")
        importer, line = self.importer(batch.importer), services.line_of(db, batch, line_id)
        form: Any = forms.line_form(importer, batch)
        columns = {f"c-{column.key}": column for column in importer.columns()}

        def beside(errors: dict[str, str]) -> Iterator[str]:
            """What is wrong with no cell of the form: with the line as a whole, or with what was made of a cell."""
            for key, message in errors.items():
                if f"c-{key}" not in form:
                    yield f"{columns[f'c-{key}'].title}: {message}" if f"c-{key}" in columns else message

        if request.method == "GET":
            for name, column in columns.items():
                if name in form:
                    place = batch.mapping[column.key]
                    form[name].data = _shown(line.cells[place] if place < len(line.cells) else "")
                    form[name].errors = [line.errors[column.key]] if column.key in line.errors else []
            form.refusals = list(beside(line.errors))

        judged: list[services.Judged] = []

        def look() -> None:
            typed = {columns[name].key: field.data or "" for name, field in form._fields.items() if name in columns}
            who = self.actor
            writer_queue.end_reading(db)
            with khet().database.district(
                who.district_id, "a line of an import", write=False, user_id=who.user_id, user_name=who.name,
                clearance=who.clearance,
            ) as own:  # fmt: skip
                found = own.get(Import, record_id)
                if found is None:
                    raise NotFound
                judged.append(services.judge(own, found, importer, services.line_of(own, found, line_id), typed))

        def save() -> Any:
            services.fix(db, batch, line, judged[0])
            errors = judged[0].errors
            for key, message in errors.items():
                if f"c-{key}" in form:
                    form[f"c-{key}"].errors = [message]
            if errors:
                raise RuleError(" ".join(beside(errors)) or _("The line is not good yet."), field=None)
            return batch

        return self.submit(
            form,
            save,
            lambda _batch: self.url("show", record_id=batch.id),
            lambda: self.render(
                "khet/form.html", form=form, record=batch,
                heading=_("Line %(line)s", line=services.place_of(batch, line.line)),
                back=self.url("show", record_id=batch.id), save_title=_("Correct the line"),
            ),
            look=look,
        )  # fmt: skip

    @expose("/<int:record_id>/other_sheet", methods=("POST",))
    @right("add")
    def other_sheet(self, record_id: int) -> Any:
        """Read another sheet of the workbook."""
        batch = self.find(record_id, "add")
        name = request.form.get("name", "")
        return self._decide(batch, lambda: services.read_sheet(db, batch, name, locale=current_locale()))

    @expose("/<int:record_id>/take", methods=("POST",))
    @right("add")
    def commit(self, record_id: int) -> Any:
        """Take the good lines in."""
        batch = self.find(record_id, "add")
        if self.importer(batch.importer).asks_password:
            reauthentication.require()
        return self._decide(
            batch, lambda: services.commit_import(db, batch, self.importer(batch.importer), locale=current_locale())
        )

    @expose("/<int:record_id>/undo", methods=("GET", "POST"))
    @right("add")
    def undo(self, record_id: int) -> Any:
        """Take everything back that the import brought."""
        batch = self.find(record_id, "add")
        if request.method == "GET":
            said = _("Every record that this import brought is deleted for good. The file can be read in again.")
            return self.sure(_("Take it all back"), batch.file_name, said, self.url("show", record_id=batch.id))
        return self._decide(
            batch, lambda: services.undo(db, batch, self.importer(batch.importer), locale=current_locale())
        )

    def _decide(self, batch: Import, change: Any) -> Any:
        try:
            change()
        except RuleError as error:
            db.rollback()
            flash(str(error.message), "danger")
        return redirect(self.url("show", record_id=batch.id))

    @expose("/<int:record_id>/refused")
    @right("show")
    def refused(self, record_id: int) -> Any:
        """The lines that are not good, as they came, each with its reason: to be corrected in Excel."""
        batch = self.find(record_id)
        importer = self.importer(batch.importer)
        found = select(ImportLine).where(ImportLine.import_id == batch.id, ImportLine.state == BAD)
        titles = {column.key: str(column.title) for column in importer.columns()}
        with db.scalars(found.order_by(ImportLine.line).execution_options(yield_per=500)) as rows:
            file = sheets.refused(batch.file_name, batch.headings, rows, titles, partial(services.place_of, batch))
        name = f"{_('To be corrected')} {batch.file_name.rpartition('.')[0]}.xlsx"
        return send_file(file, mimetype=CONTENT_TYPE, as_attachment=True, download_name=name)


def _shown(cell: Any) -> str:
    """A cell as one would type it."""
    if isinstance(cell, dict):
        return thai.format_date(date.fromisoformat(cell["date"]), "typed")
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


VIEWS = [ImportView]

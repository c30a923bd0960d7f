"""The form of a record, and one cell of it in the list."""

from __future__ import annotations

from typing import Any

from flask import flash, jsonify, redirect, request
from flask_babel import gettext as _
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.datastructures import MultiDict

from core.base.errors import ConflictError, NotFound, RuleError
from core.records import lists
from core.records.files import store
from core.web import meanwhile
from core.web.crud.declared import queued
from core.web.crud.records import RecordPages
from core.web.forms import KhetForm
from core.web.unit_field import UnitField
from core.web.unit_of_work import db
from core.web.views import expose, right


class FormPages(RecordPages):
    """Adding and changing."""

    @expose("/new", methods=("GET", "POST"))
    @right("add")
    def add(self) -> Any:
        """An empty form."""
        form = self.form()
        return self.submit(
            form,
            lambda: self._keep(None, form),
            lambda record: self.after_save(record),
            lambda: self.render(
                self.form_template,
                form=form,
                record=None,
                heading=self.new_title,
                waiting=self._waiting(form),
                back=self.begun_at(),
            ),
        )

    @expose("/<int:record_id>/edit", methods=("GET", "POST"))
    @right("edit")
    def edit(self, record_id: int) -> Any:
        """The form of a record."""
        record = self.find(record_id, "edit")
        if (shut := self.shut(record)) is not None:
            return shut
        form = self.form(record)
        return self.submit(
            form,
            lambda: self._keep(record, form),
            lambda saved: self.after_save(saved),
            lambda: self.render(
                self.form_template, form=form, record=record, heading=self.heading(record), waiting=self._waiting(form)
            ),
            record=record,
        )

    def shut(self, record: Any, why: str | None = None) -> Any:
        """The answer to who opens a form that would be refused: the record, and why (of the record as a whole where
        nothing is given); None where it opens.

        What was typed before it closed is sent on to be refused with everything kept.
        """
        why = self.closed_because(record) if why is None else why
        if request.method == "POST" or not why:
            return None
        flash(why, "warning")
        return redirect(self.next_url(record))

    def _keep(self, record: Any, form: KhetForm) -> Any:
        values = form.values()
        if record is None and isinstance(form._fields.get("unit_id"), UnitField):  # else `save` asks where it belongs
            self.require_in_one("add", lambda: self.may("add", values["unit_id"]))
        saved = self.save(record, values)
        if self.form_files:
            self.attach(saved, form["files"].data or [])
        self.saved(saved, form, new=record is None)
        return saved

    def _waiting(self, form: KhetForm) -> Any:
        """Files that were uploaded for a form which could not be saved yet."""
        return store.staged(db, form["files"].data or []) if self.form_files else ()

    def saved(self, record: Any, form: KhetForm, *, new: bool) -> None:
        """After a save, with the form that brought it; nothing by default."""

    def step_page(
        self,
        record: Any,
        form: KhetForm,
        change: Any,
        heading: Any,
        *,
        look: Any = None,
        shut: str = "",
        **context: Any,
    ) -> Any:
        """A step with one record: its form, then `change()`, then the record's page. `look`: as in `submit`.

        `shut`: why the record as it is does not allow the step; its form does not open then, and `change()` refuses it.
        """
        if shut and request.method == "GET":
            flash(shut, "warning")
            return redirect(self.next_url(record))
        return self.submit(
            form,
            lambda: change() or record,
            lambda _result: self.after_step(record),
            lambda: self.render(
                "khet/form.html", form=form, record=record, heading=f"{heading} · {self.heading(record)}"[:200],
                back=self.url("show", record_id=record.id, **queued()), **context,
            ),
            record=record,
            look=look,
            read_at=self.url("show", record_id=record.id),
        )  # fmt: skip

    def after_save(self, record: Any) -> str:
        """Where a save leads: the record, the next empty form (Ctrl+Enter), or the same form (Ctrl+S)."""
        then = request.form.get("_then")
        if then == "new":
            return self.url("add")
        if then == "stay" and "edit" not in self.without and self.may("edit", getattr(record, "unit_id", None)):
            return self.url("edit", record_id=record.id)
        return self.next_url(record)

    @expose("/<int:record_id>/cell", methods=("GET", "POST"))
    @right("edit")
    def cell(self, record_id: int) -> Any:
        """Change one field from the list. GET answers {field, value, version, choices}; POST saves it.

        The column must be declared with `edit`; the record's own form checks the value. Errors are 422 with
        {error}, a record saved meanwhile 409 with its version now: who saves again keeps what they typed.
        """
        record = self.find(record_id, "edit")
        column = next((c for c in self.columns() if c.edit and c.key == request.values.get("column")), None)
        if column is None:
            raise NotFound
        form = self.filled_form(record)
        field = form._fields[column.edit]
        if request.method == "GET":
            value = field._value() if hasattr(field, "_value") else field.data
            choices = [[str(v), str(title)] for v, title in getattr(field, "choices", None) or []]
            return jsonify(value=str(value), version=getattr(record, "version", 0), choices=choices, kind=field.type)
        if str(getattr(record, "version", 0)) != request.form.get("version", ""):
            return self._cell_changed(record, column)
        field.process(MultiDict({field.name: request.form.get("value", "")}))
        if not field.validate(form):
            return jsonify(error=" ".join(str(error) for error in field.errors)), 422
        try:
            saved = self.save(record, form.values())
            db.flush()
        except RuleError as error:
            db.rollback()
            return jsonify(error=str(error.message)), 422
        except (ConflictError, StaleDataError):
            db.rollback()
            return self._cell_changed(record, column)
        return jsonify(shown=str(column.show(saved)), version=getattr(saved, "version", 0)), 201

    def _cell_changed(self, record: Any, column: lists.Column) -> Any:
        db.refresh(record)
        entries = meanwhile.missed(self.timeline(record), record, request.form.get("version", ""))
        changed = meanwhile.said(entries, self.actor.user_id)
        now = _("It says now: %(rows)s.", rows=column.show(record))
        said = f"{changed} {now} " + _("Save again to keep what you typed.")
        return jsonify(error=said, version=getattr(record, "version", 0)), 409

    def filled_form(self, record: Any) -> KhetForm:
        """The edit form as the record stands, whatever the request carries."""
        form = self.form(record)
        for field in form:
            if hasattr(record, field.name):
                field.process(None, getattr(record, field.name))
        self.fill(form, record)
        return form

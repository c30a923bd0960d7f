"""List, record page and form for one kind of record, from what its subclass declares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, cast

from flask import flash, g, jsonify, redirect, request, send_file, url_for
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, select
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.datastructures import MultiDict

from core import listing
from core.db.base import Tracked
from core.db.scope import KhetSession
from core.errors import ConflictError, NotFound, RuleError
from core.forms import KhetForm
from core.jobs import services as jobs
from core.listing import ListState, shapes
from core.masterdata.models import District
from core.notices import services as notices
from core.personal import services as personal
from core.reports import sheet
from core.reports.xlsx import CONTENT_TYPE
from core.text.thai import clean, today
from core.timeline import recorder
from core.views import KhetView, expose, right
from core.web import pages
from core.web.language import current_locale
from core.web.unit_of_work import db, khet

#: up to here an export or a bulk step is done at once; above, a job does it
AT_ONCE = 500
MOST_PICKED = 500
LONGEST_COMMENT = 500


@dataclass(frozen=True)
class Step:
    """A next step on a record's page: a button that leads to `url`."""

    title: Any
    url: str
    icon: str = "chevron-right"
    #: primary, secondary or danger
    look: str = "secondary"


@dataclass(frozen=True)
class Section:
    """Facts of a record under a heading: (label, value) pairs; empty values are left out."""

    title: Any
    facts: Sequence[tuple[Any, Any]]


@dataclass(frozen=True)
class Related:
    """Rows of another kind that belong to a record: each a tuple of cells with an address or ''."""

    title: Any
    headings: Sequence[Any]
    rows: Sequence[tuple[str, Sequence[Any]]]
    icon: str = "link-45deg"


class CrudView(KhetView):
    """A subclass states the model, columns, filters, dimensions, actions and form; core draws the pages."""

    title: ClassVar[Any] = ""
    new_title: ClassVar[Any] = ""
    icon: ClassVar[str] = "dot"
    empty_hint: ClassVar[Any] = _l("Nothing here yet.")
    form_class: ClassVar[type[KhetForm]]
    order: ClassVar[tuple[str, ...]] = ("id",)
    descending: ClassVar[bool] = False
    searchable: ClassVar[str | None] = None
    #: pages that this kind of record has not (names of methods)
    without: ClassVar[frozenset[str]] = frozenset()
    #: columns with `edit` can be changed in the list
    inline_edit: ClassVar[bool] = False
    #: kanban, and the name of the date column of the calendar
    board: ClassVar[listing.Board | None] = None
    calendar: ClassVar[str] = ""
    list_template = "khet/list.html"
    show_template = "khet/show.html"
    form_template = "khet/form.html"

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        # a door exists where something stands behind it
        unused = set() if cls.actions is not CrudView.actions else {"bulk"}
        unused |= set() if cls.inline_edit else {"cell"}
        cls.exclude_route_methods = {*unused, *cls.without}

    # -- to state -----------------------------------------------------------------------------------------

    def columns(self) -> list[listing.Column]:
        """Columns of the list."""
        raise NotImplementedError

    def filters(self) -> list[listing.Filter]:
        """Filters of the list."""
        return []

    def dimensions(self) -> list[listing.Dimension]:
        """What the list can be grouped by; pivot and chart come with the first."""
        return []

    def measures(self) -> list[listing.Measure]:
        """What a pivot can add up, besides how many there are."""
        return []

    def actions(self) -> list[listing.Action]:
        """Steps that can be taken with many records at once."""
        return []

    def statement(self) -> Select[Any]:
        """What the actor may list, before filters."""
        return select(self.model)

    def row_class(self, row: Any) -> str:
        """A CSS class of ours for a row: cancelled, or nothing."""
        return ""

    def heading(self, record: Any) -> str:
        """The title of a record's page."""
        return str(record.label)

    def state_of(self, record: Any) -> Any:
        """The record's state, said beside its heading; empty where it has none."""
        return ""

    def facts(self, record: Any) -> Sequence[tuple[Any, Any]]:
        """(label, value) pairs of a record's page."""
        return [(column.title, column.show(record)) for column in self.columns()]

    def sections(self, record: Any) -> Sequence[Section]:
        """The facts under headings."""
        return [Section(_l("Facts"), self.facts(record))]

    def steps(self, record: Any) -> Sequence[Step]:
        """The allowed next steps."""
        unit_id = getattr(record, "unit_id", None)
        if not self.may("edit", unit_id):
            return []
        return [Step(_l("Change"), self.url("edit", record_id=record.id), "pencil", "primary")]

    def related(self, record: Any) -> Sequence[Related]:
        """Records of other kinds that belong to this one."""
        return []

    def form(self, record: Any = None) -> KhetForm:
        """The form, filled from the record when it is opened."""
        form = self.form_class(obj=record)
        if record is not None and request.method == "GET":
            self.fill(form, record)
        return form

    def fill(self, form: Any, record: Any) -> None:
        """Put into the form what is not simply an attribute of the record."""

    def save(self, record: Any, values: dict[str, Any]) -> Any:
        """Add (record None) or change; returns the record."""
        raise NotImplementedError

    def extra(self, record: Any) -> dict[str, Any]:
        """More for the record page's template."""
        return {}

    # -- list ---------------------------------------------------------------------------------------------

    def find(self, record_id: int, verb: str = "show") -> Any:
        """The record, if the actor may do `verb` with it; 404 otherwise."""
        record = db.get(self.model, record_id)
        if record is None:
            raise NotFound
        if (unit_id := getattr(record, "unit_id", None)) is not None:
            self.require_at(verb, unit_id)
        return record

    def what(self, state: ListState) -> dict[str, Any]:
        """Everything `listing.make` and `listing.page.every_row` need to know of this list."""
        return {
            "model": self.model, "columns": self.columns(), "state": state,
            "order": tuple(getattr(self.model, name) for name in self.order), "descending": self.descending,
            "filters": self.filters(), "dimensions": self.dimensions(),
            "search": getattr(self.model, self.searchable) if self.searchable else None,
        }  # fmt: skip

    def page_of_rows(self, state: ListState) -> listing.Listing:
        """The list's page for this state."""
        return listing.make(cast(KhetSession, db), self.statement(), **self.what(state))

    def list_actions(self) -> list[listing.Action]:
        """The bulk steps that the actor may take somewhere."""
        return [action for action in self.actions() if self.may(action.verb)]

    @expose("/")
    @right("list")
    def list(self) -> Any:
        """The list, in the shape its address asks for."""
        state = ListState.read(request.args)
        if not request.args:
            choices = pages.shell().preferences
            if query := personal.default_query(db, self.actor.user_id, self.endpoint or "", choices):
                return redirect(f"{request.path}?{query}")
        return self.render(self.list_template, **self.list_context(state))

    def list_context(self, state: ListState) -> dict[str, Any]:
        """What the list's template draws."""
        page = self.page_of_rows(state)
        context: dict[str, Any] = {
            "page": page, "state": state, "dimensions": page.dimensions, "actions": self.list_actions(),
            "saved": personal.saved_views(db, self.actor.user_id, self.endpoint or ""), "shape": state.shape,
            "shapes": self._shapes(page.dimensions),
        }  # fmt: skip
        shape = state.shape if state.shape in context["shapes"] else "list"
        context["shape"] = shape
        if shape == "pivot":
            context["pivot"] = self._pivot(page, state)
        elif shape == "chart" or (shape == "list" and state.get("group")):
            dimension = self._dimension(state.get("group"))
            if dimension is not None:
                found = shapes.groups(db, page.statement, dimension)
                context["grouped"] = (dimension, found)
        elif shape == "kanban" and self.board is not None:
            dimension = self._dimension(self.board.dimension)
            assert dimension is not None
            order = tuple(getattr(self.model, name) for name in self.order)
            context["lanes"] = shapes.lanes(db, page.statement, dimension, order, self.descending)
            context["lane_dimension"] = dimension
        elif shape == "calendar":
            column = getattr(self.model, self.calendar)
            context["month"] = shapes.calendar(db, page.statement, column, state.get("month"), today())
        return context

    def _shapes(self, dimensions: Sequence[listing.Dimension]) -> Sequence[str]:
        have = ["list"]
        if self.board is not None:
            have.append("kanban")
        if self.calendar:
            have.append("calendar")
        if dimensions:
            have += ["pivot", "chart"]
        return have

    def _dimension(self, key: str) -> listing.Dimension | None:
        dimensions = self.dimensions()
        return next((d for d in dimensions if d.key == key), dimensions[0] if dimensions else None)

    def _pivot(self, page: listing.Listing, state: ListState) -> tuple[Any, ...]:
        dimensions = self.dimensions()
        rows = self._dimension(state.get("rows"))
        columns = next((d for d in dimensions if d.key == state.get("columns")), dimensions[:2][-1])
        measures = [shapes.counts("count", _("How many")), *self.measures()]
        measure = next((m for m in measures if m.key == state.get("measure")), measures[0])
        assert rows is not None
        return shapes.pivot(db, page.statement, rows, columns, measure), rows, columns, measure, measures

    # -- out to Excel -------------------------------------------------------------------------------------

    @expose("/download", methods=("POST",))
    @right("export")
    def download(self) -> Any:
        """What the list shows, as a workbook: at once when it is short, else as a job. Logged either way."""
        state = ListState.read(request.args)
        page = self.page_of_rows(state)
        title = str(self.title)
        if (state.shape in ("pivot", "chart") or state.get("group")) and self.dimensions():
            self._log_export(title)
            file = self._pivot_file(page, state)
        elif page.count <= AT_ONCE:
            self._log_export(title)
            file = self.sheet(state)
        else:
            try:
                job = self._begin("core.export", title, {"view": self.endpoint, "query": state.query}, page.count)
            except RuleError as error:
                flash(str(error.message), "danger")
                return redirect(f"{self.url('list')}?{state.query}")
            return redirect(jobs_url(job))
        return send_file(file, mimetype=CONTENT_TYPE, as_attachment=True, download_name=self.file_name())

    def _begin(self, kind: str, title: str, params: dict[str, Any], total: int) -> Any:
        actor = self.actor
        return jobs.enqueue(
            db, kind, title, params, locale=current_locale(), total=total, district_id=actor.district_id
        )  # fmt: skip

    def file_name(self) -> str:
        """Register, district, date."""
        return f"{self.title} {self.actor.district_code} {today():%Y-%m-%d}.xlsx"

    def _log_export(self, title: str) -> None:
        recorder.note(db, db.get(District, self.actor.district_id), "core.report.exported", title)

    def sheet(self, state: ListState, progress: Any = None) -> Any:
        """The workbook of what the list shows, as an open file; `progress(done, total)` hears every 500 rows."""
        columns, total, rows = listing.page.every_row(db, self.statement(), **self.what(state))
        heading = [str(self.title), *self._heading_lines(state)]
        try:
            return sheet.write(str(self.title), heading, columns, rows, total=total, progress=progress)
        finally:
            rows.close()

    def _heading_lines(self, state: ListState) -> Sequence[str]:
        what = self.what(state)
        *_rest, chips = listing.page.narrow(
            self.statement(), state, what["filters"], what["search"], what["dimensions"]
        )
        said = [f"{chip.title}: {chip.value}" for chip in chips]
        if state.get("q"):
            said.insert(0, f"{_('Search')}: {state.get('q')}")
        return [self.actor.district_name, *([" · ".join(said)] if said else [])]

    def _pivot_file(self, page: listing.Listing, state: ListState) -> Any:
        if state.shape != "pivot":
            dimension = self._dimension(state.get("group"))
            assert dimension is not None
            found = shapes.groups(db, page.statement, dimension)
            return sheet.chart(str(self.title), str(dimension.title), found)
        pivot, rows, columns, measure, _all = self._pivot(page, state)
        return sheet.pivot(str(self.title), f"{rows.title} × {columns.title}: {measure.title}", pivot)

    # -- many at once -------------------------------------------------------------------------------------

    def _picked(self, action: listing.Action) -> tuple[Select[Any], ListState, str]:
        """The chosen records as a statement, or 404; the state, and the ids as they were sent."""
        state = ListState.read(request.args)
        ids = request.args.get("ids", "")
        what = self.what(state)
        if request.args.get("all") == "1":
            statement, *_rest = listing.page.narrow(
                self.statement(), state, what["filters"], what["search"], what["dimensions"]
            )
            return statement.where(*self._at(action)), state, ""
        numbers = [int(raw) for raw in ids.split(",") if raw.isdigit() and len(raw) < 10][:MOST_PICKED]
        if not numbers:
            raise NotFound
        return self.statement().where(self.model.id.in_(numbers)), state, ids

    def _at(self, action: listing.Action) -> Sequence[Any]:
        """SQL: only records at whose unit the actor holds the action's right."""
        return [self.units(action.verb).criterion(self.model.unit_id)] if hasattr(self.model, "unit_id") else []

    @expose("/bulk/<key>", methods=("GET", "POST"))
    @right("list")
    def bulk(self, key: str) -> Any:
        """One step for many records: what it will do, then do it. All or nothing; many become a job."""
        action = next((a for a in self.list_actions() if a.key == key), None)
        if action is None:
            raise NotFound
        statement, state, ids = self._picked(action)
        count = listing.page.count_of(db, statement)
        wanted = len(set(ids.split(","))) if ids else count
        if count == 0 or count < wanted:
            raise NotFound  # one of the chosen is not there for this actor: nothing is done
        form = action.form() if action.form else KhetForm()
        form.drafts = False  # the records may be secret
        sample = list(db.scalars(statement.order_by(None).order_by(self.model.id).limit(10)).unique())
        for record in sample:
            if (unit_id := getattr(record, "unit_id", None)) is not None:
                self.require_at(action.verb, unit_id)
        many = count > AT_ONCE

        def save() -> Any:
            values = form.values()
            if many:
                sent = {name: request.form.getlist(name) for name in request.form if name != "csrf_token"}
                query = state.with_(all=None, ids=None).query
                params = {"view": self.endpoint, "action": key, "query": query, "form": sent}
                return self._begin("core.bulk", str(action.title), params, count)
            for record in db.scalars(statement).unique():
                if (unit_id := getattr(record, "unit_id", None)) is not None:
                    self.require_at(action.verb, unit_id)
                action.apply(record, values)
            return None

        back = f"{self.url('list')}?{state.with_(ids=None, all=None).query}"
        return self.submit(
            form,
            save,
            lambda made: jobs_url(made) if made is not None else back,
            lambda: self.render(
                "khet/bulk.html", form=form, record=None, heading=f"{action.title} · {self.title}", back=back,
                count=count, sample=sample, many=many,
            ),
            done=_("Done for %(count)s records.", count=count) if not many else _("The work has begun."),
        )  # fmt: skip

    # -- record -------------------------------------------------------------------------------------------

    @expose("/<int:record_id>")
    @right("show")
    def show(self, record_id: int) -> Any:
        """One record: facts, what belongs to it, timeline."""
        record = self.find(record_id)
        return self.render(
            self.show_template, record=record, entries=self.timeline(record), sections=self.sections(record),
            steps=self.steps(record), related=self.related(record), **self.extra(record),
        )  # fmt: skip

    @expose("/<int:record_id>/comment", methods=("POST",))
    @right("show")
    def comment(self, record_id: int) -> Any:
        """Say something on the record; @name tells that user, if they may read it."""
        record = self.find(record_id)
        text = clean(request.form.get("text", ""))
        if not text or not isinstance(record, Tracked):
            flash(_("Write something first."), "danger")
        elif len(text) > LONGEST_COMMENT:
            flash(_("At most %(length)s characters.", length=LONGEST_COMMENT), "danger")
            return self._with_text(record, text), 422
        else:
            recorder.note(db, record, "core.comment.written", text)
            self._tell_mentioned(record, text)
            flash(_("Saved."), "success")
        return redirect(self.url("show", record_id=record.id) + "#timeline")

    def _with_text(self, record: Any, text: str) -> str:
        return self.render(
            self.show_template, record=record, entries=self.timeline(record), sections=self.sections(record),
            steps=self.steps(record), related=self.related(record), comment_text=text, **self.extra(record),
        )  # fmt: skip

    def _tell_mentioned(self, record: Any, text: str) -> None:
        who = self.actor.name
        for account in notices.mentioned(db, text):
            if account.id == self.actor.user_id or not self.readable_by(account.id, record):
                continue
            with force_locale(account.locale):
                said = _("%(who)s mentioned you: %(record)s", who=who, record=str(record.label)[:200])
            notices.notify(db, account, "core.mentioned", said, record, self.endpoint or "")

    def readable_by(self, user_id: int, record: Any) -> bool:
        """Whether another user may open the record: right, unit, secrecy, asked through their own scope."""
        known = g.setdefault("actors", {})
        if user_id not in known:
            known[user_id] = khet().actor(user_id)
        other = known[user_id]
        if other is None or not other.may(self.resource, "show", getattr(record, "unit_id", None)):
            return False
        facts = {"user_id": other.user_id, "user_name": other.name, "clearance": other.clearance}
        if self.system_scope is not None:
            return True
        if not getattr(record, "secrecy", 0):
            return True
        with khet().database.district(other.district_id, "may they read it", write=False, **facts) as own:
            return own.scalar(select(self.model.id).where(self.model.id == record.id)) is not None

    # -- form ---------------------------------------------------------------------------------------------

    @expose("/new", methods=("GET", "POST"))
    @right("add")
    def add(self) -> Any:
        """An empty form."""
        form = self.form()
        return self.submit(
            form,
            lambda: self.save(None, form.values()),
            lambda record: self.after_save(record),
            lambda: self.render(self.form_template, form=form, record=None, heading=self.new_title),
        )

    @expose("/<int:record_id>/edit", methods=("GET", "POST"))
    @right("edit")
    def edit(self, record_id: int) -> Any:
        """The form of a record."""
        record = self.find(record_id, "edit")
        form = self.form(record)
        return self.submit(
            form,
            lambda: self.save(record, form.values()),
            lambda saved: self.after_save(saved),
            lambda: self.render(self.form_template, form=form, record=record, heading=self.heading(record)),
            record=record,
        )

    def after_save(self, record: Any) -> str:
        """Where a save leads: the record, the next empty form (Ctrl+Enter), or the same form (Ctrl+S)."""
        then = request.form.get("_then")
        if then == "new":
            return self.url("add")
        if then == "stay" and self.may("edit", getattr(record, "unit_id", None)):
            return self.url("edit", record_id=record.id)
        return self.url("show", record_id=record.id)

    @expose("/<int:record_id>/cell", methods=("GET", "POST"))
    @right("edit")
    def cell(self, record_id: int) -> Any:
        """Change one field from the list. GET answers {field, value, version, choices}; POST saves it.

        The column must be declared with `edit`; the record's own form checks the value. Errors are 422 with
        {error}, a record saved meanwhile 409.
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
            return jsonify(error=_("Somebody saved this record while you had it open.")), 409
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
            return jsonify(error=_("Somebody saved this record while you had it open.")), 409
        return jsonify(shown=str(column.show(saved)), version=getattr(saved, "version", 0)), 201

    def filled_form(self, record: Any) -> KhetForm:
        """The edit form as the record stands, whatever the request carries."""
        form = self.form(record)
        for field in form:
            if hasattr(record, field.name):
                field.process(None, getattr(record, field.name))
        self.fill(form, record)
        return form


def jobs_url(job: Any) -> str:
    """The address of a job's page."""
    return url_for("JobView.show", record_id=job.id)


__all__ = ["CrudView", "Related", "Section", "Step"]

"""What a list shows, as a file: at once, or as a job."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, request, send_file, url_for
from flask_babel import gettext as _

from core.base.errors import RuleError
from core.base.text.thai import export_name, today
from core.exchange.reports import formats, sheet
from core.platform.jobs import services as jobs
from core.platform.masterdata.models import District
from core.platform.timeline import recorder
from core.records import lists
from core.records.lists import ListState, shapes
from core.web.crud.lists import ListPages
from core.web.language import current_locale
from core.web.unit_of_work import db
from core.web.views import expose, right

#: up to here an export or a bulk step is done at once; above, a job does it
AT_ONCE = formats.AT_ONCE


class SheetPages(ListPages):
    """The door to Excel, and how a view begins a job."""

    @expose("/download", methods=("POST",))
    @right("export")
    def download(self) -> Any:
        """What the list shows, as a file: at once when it is short, else as a job. Logged either way."""
        state = ListState.read(request.args)
        kind = formats.kind_of(request.form.get("kind"))
        page = self.page_of_rows(state)
        title = str(self.title)
        counted = state.shape in ("pivot", "chart") or state.get("group")
        if counted and self.dimensions() and kind == "xlsx":
            self._log_export(title)
            file = self._pivot_file(page, state)
        elif page.count <= AT_ONCE and not page.at_least:
            self._log_export(title)
            file = self.sheet(state, kind=kind)
        else:
            try:
                params = {"view": self.endpoint, "query": state.query, "kind": kind}
                job = self._begin("core.export", title, params, page.count)
            except RuleError as error:
                flash(str(error.message), "danger")
                return redirect(f"{self.url('list')}?{state.query}")
            return redirect(jobs_url(job))
        name = self.file_name(kind)
        return send_file(file, mimetype=formats.CONTENT_TYPES[kind], as_attachment=True, download_name=name)

    def _begin(self, kind: str, title: str, params: dict[str, Any], total: int) -> Any:
        actor = self.actor
        return jobs.enqueue(
            db, kind, title, params, locale=current_locale(), total=total, district_id=actor.district_id
        )  # fmt: skip

    def file_name(self, kind: str = "xlsx") -> str:
        """Register, whose it is, date."""
        return export_name(str(self.title), self._of_unit(), day=today(), ending=kind)

    def _of_unit(self) -> str:
        """Whose records the list shows: those of one group or school, or of the district."""
        return self.actor.district_name if self.every_unit else self.actor.place(self.resource, "list")

    def _log_export(self, title: str) -> None:
        recorder.note(db, db.get(District, self.actor.district_id), "core.report.exported", title)

    def sheet(self, state: ListState, progress: Any = None, kind: str = "xlsx") -> Any:
        """What the list shows as an open file of this kind; `progress(done, total)` hears every 500 rows."""
        columns, total, rows = lists.page.every_row(db, self.statement(), **self.list_spec(state))
        heading = [str(self.title), *self._heading_lines(state)]
        try:
            return sheet.write(str(self.title), heading, columns, rows, kind=kind, total=total, progress=progress)
        finally:
            rows.close()

    def _heading_lines(self, state: ListState) -> Sequence[str]:
        what = self.list_spec(state)
        *_rest, chips = lists.page.narrow(
            db, self.statement(), state, what["filters"], what["search"], what["dimensions"]
        )
        said = [f"{chip.title}: {chip.value}" for chip in chips]
        if state.get("q"):
            said.insert(0, f"{_('Search')}: {state.get('q')}")
        return [self._of_unit(), *([" · ".join(said)] if said else [])]

    def _pivot_file(self, page: lists.Listing, state: ListState) -> Any:
        if state.shape != "pivot":
            dimension = self._dimension(state.get("group"))
            assert dimension is not None
            found = shapes.groups(db, page.statement, dimension)
            return sheet.chart(
                str(self.title), [*self._heading_lines(state), str(dimension.title)], dimension.title, found
            )
        pivot, rows, columns, measure, _all = self._pivot(page, state)
        heading = [*self._heading_lines(state), f"{rows.title} × {columns.title}: {measure.title}"]
        return sheet.pivot(str(self.title), heading, rows.title, pivot)


def jobs_url(job: Any) -> str:
    """The address of a job's page."""
    return url_for("JobView.show", record_id=job.id)

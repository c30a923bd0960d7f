"""Every report's own page: what it asks, the table, its charts, and the files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import abort, flash, redirect, request, send_file
from flask_babel import gettext as _

from core.base.errors import NotFound, RuleError
from core.base.identity import Actor
from core.base.text.thai import export_name, today
from core.exchange.reports import formats
from core.exchange.reports.figure import Figure
from core.exchange.reports.report import Parameter, Report, ReportChart
from core.platform.jobs import services as jobs
from core.platform.jobs.kind import JobKind
from core.platform.jobs.runner import Running
from core.platform.masterdata.models import District
from core.platform.timeline import recorder
from core.storage.scope import KhetSession
from core.web.crud.sheets import jobs_url
from core.web.language import current_locale
from core.web.personal import OwnView
from core.web.unit_of_work import db, effective_plugins, khet
from core.web.views import expose

#: rows that the page shows; the files hold them all
SHOWN = 100


class NothingToChoose(NotFound):
    """A report asks for something of which there is none yet; `what` names it."""

    def __init__(self, what: Any) -> None:
        super().__init__()
        self.what = what


class ReportQuery:
    """What a report asks, what this actor may answer, and what they answered."""

    def __init__(self, report: Report, session: KhetSession, actor: Actor, typed: Mapping[str, str]) -> None:
        """Raises NotFound for an answer that is not among the choices, NothingToChoose where there are none."""
        self.fields: list[tuple[Parameter, list[tuple[Any, Any]], Any]] = []
        for one in report.parameters:
            offered = list(one.choices(session, actor))
            if not offered:
                raise NothingToChoose(one.title)
            said = typed.get(one.name)
            value = offered[0][0] if said is None else next((v for v, _title in offered if str(v) == said), None)
            if value is None:
                raise NotFound
            self.fields.append((one, offered, one.coerce(value)))

    @property
    def values(self) -> dict[str, Any]:
        """The answers by name."""
        return {one.name: value for one, _offered, value in self.fields}

    @property
    def said(self) -> str:
        """The answers in words, for the log and the file's name."""
        return " ".join(str(dict(offered).get(value, value)) for _one, offered, value in self.fields)


class ReportView(OwnView):
    """The reports of the modules that are on, for who may export them."""

    route_base = "/reports"
    default_view = "index"

    def _mine(self) -> list[Report]:
        return khet().registry.reports_of(self.actor, effective_plugins())

    def _report(self, key: str) -> Report:
        self.own()
        report = khet().registry.reports.get(key)
        if report is None or khet().registry.report_owner[key] not in effective_plugins():
            raise NotFound
        if not self.actor.may(report.resource, "export"):
            abort(403)
        return report

    @expose("/")
    def index(self) -> Any:
        """Every report one may take, by module."""
        self.own()
        registry, modules = khet().registry, dict[str, list[Report]]()
        for report in self._mine():
            modules.setdefault(str(registry.manifests[registry.report_owner[report.key]].title), []).append(report)
        return self.render("khet/reports.html", reports=modules.items())

    @expose("/charts")
    def charts(self) -> Any:
        """The charts of every report one may take, over what each asks first: a report a page, and the page goes on."""
        self.own()
        mine = [report for report in self._mine() if report.charts]
        raw = request.args.get("part", "0")
        part = int(raw) if raw.isdecimal() and len(raw) < 4 else 0
        found: list[tuple[Report, dict[str, Any], ReportChart, Figure]] = []
        for report in mine[part : part + 1]:
            try:
                asked = ReportQuery(report, db, self.actor, {})
            except NotFound:
                continue  # a report about units of which one has none
            drawn = [(report, asked.values, chart, chart.figure(db, asked.values)) for chart in report.charts]
            found += [one for one in drawn if not one[-1].empty]
        more = self.url("charts", part=part + 1) if part + 1 < len(mine) else None
        return self.render("khet/charts.html", charts=found, more=more)

    @expose("/<report_key>")
    def show(self, report_key: str) -> Any:
        """A report as a table on the page, its first rows, with its charts."""
        report = self._report(report_key)
        try:
            asked = ReportQuery(report, db, self.actor, request.args)
        except NothingToChoose as nothing:
            flash(_("This report is about one of these, and there is none yet: %(what)s", what=nothing.what), "info")
            return redirect(self.url("index"))
        rows, size = report.first(db, SHOWN, **asked.values)
        charts = [(chart, chart.figure(db, asked.values)) for chart in report.charts]
        return self.render(
            "khet/report.html", report=report, asked=asked, rows=rows, size=size, charts=charts, shown=SHOWN,
            heading=report.heading(db, **asked.values),
        )  # fmt: skip

    @expose("/<report_key>/file", methods=("POST",))
    def file(self, report_key: str) -> Any:
        """The whole report as a file: at once when it is short, else as a job. Logged either way."""
        report, kind = self._report(report_key), formats.kind_of(request.form.get("kind"))
        asked = ReportQuery(report, db, self.actor, request.args)
        size = report.size(db, **asked.values) if report.size is not None else 0
        if size > formats.AT_ONCE:
            params = {"report": report.key, "values": {k: str(v) for k, v in asked.values.items()}, "kind": kind}
            try:
                title = " · ".join(report.heading(db, **asked.values))
                job = jobs.enqueue(db, "core.report", title, params, locale=current_locale(), total=size)
            except RuleError as error:
                flash(str(error.message), "danger")
                return redirect(self.url("show", report_key=report_key, **asked.values))
            return redirect(jobs_url(job))
        log(db, self.actor, report, asked)
        file = formats.of_report(kind, report, db, asked.values)
        return send_file(
            file, mimetype=formats.CONTENT_TYPES[kind], as_attachment=True,
            download_name=file_name(report, self.actor, asked, kind),
        )  # fmt: skip


def file_name(report: Report, actor: Actor, asked: ReportQuery, kind: str) -> str:
    """Report, what was asked, district, date."""
    return export_name(str(report.title), asked.said, actor.district_name, day=today(), ending=kind)


def log(session: KhetSession, actor: Actor, report: Report, asked: ReportQuery) -> None:
    """Leave the export in the district's timeline."""
    place = session.get(District, actor.district_id)
    recorder.note(session, place, "core.report.exported", f"{report.title} {asked.said}")


def run(running: Running) -> None:
    """Write a long report. Changes nothing, so it may run again."""
    registry = running.app.extensions["khet"].registry
    report: Report = registry.reports[running.params["report"]]
    running.need(registry.report_owner[report.key], report.resource, "export")
    kind = running.params["kind"]
    with running.page() as session:
        asked = ReportQuery(report, session, running.actor, running.params["values"])
        with formats.of_report(kind, report, session, asked.values, running.progress) as file:
            running.keep(file, file_name(report, running.actor, asked, kind))
    with running.page(write=True) as session:
        log(session, running.actor, report, asked)
        running.beat(session)


KINDS = [JobKind("core.report", run, repeatable=True, failed=None)]
VIEWS = [ReportView]

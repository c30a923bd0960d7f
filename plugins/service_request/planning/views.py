"""Pages of analyses and plans, of the catalogue and of the district's settings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from wtforms import BooleanField, validators

from core import listing
from core.crud import CrudView, Related, Section, Step
from core.crud.life import LifeView
from core.errors import NotFound, RuleError
from core.forms import AmountField, KhetForm, WholeField, choice, paragraph, required, several, text
from core.masterdata.models import Unit
from core.text import figures
from core.text.thai import format_date, format_moment, today
from core.views import expose, lookup_answer, right
from core.web.unit_of_work import db
from core.work import services as work
from core.work.forms import years
from core.work.models import Run
from core.workflow import Transition
from plugins.service_request import catalogue, permissions
from plugins.service_request.activities import services as activities
from plugins.service_request.activities.forms import PlannedForm
from plugins.service_request.models import Activity, Analysis, Plan, Service, Setting
from plugins.service_request.planning import services
from plugins.service_request.requests.forms import moment


class AnalysisForm(KhetForm):
    """การวิเคราะห์พื้นที่."""

    title = text(_l("Heading"), most=300)
    year = choice(_l("School year"), [], coerce=int)
    approach = choice(_l("Approach"), list(services.APPROACHES.items()))
    schools = paragraph(_l("School group or schools"), need=True)
    team = paragraph(_l("Team"), need=True, help=_l("Deputy director, supervisor of the group, experts."))
    objective = paragraph(_l("1 Aim"), most=2000)
    secondary = paragraph(_l("2 Secondary data"), most=3000)
    primary = paragraph(_l("3 Primary data"), most=3000)
    synthesis = paragraph(_l("4 Synthesis"), most=3000)
    draft_plan = paragraph(_l("5 Draft plan"), most=3000)
    critique = paragraph(_l("6 Critique by the schools"), most=3000)
    groups = (
        (_l("The analysis"), ("title", "year", "approach", "schools", "team")),
        (_l("Steps in order"), services.FIELDS),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.year.choices = years()


class AnalysisView(CrudView):
    """Analyses; their seven steps stand under my steps."""

    route_base = "/services/analyses"
    resource = permissions.PLAN
    model = Analysis
    title = _l("Analyses of an area")
    new_title = _l("New analysis")
    icon = "search"
    descending = True
    in_palette = False
    form_class = AnalysisForm
    holds_evidence = True
    empty_hint = _l("No analysis yet. Its seven steps begin with the first.")

    def columns(self) -> list[listing.Column]:
        return [
            listing.Column("title", _l("Heading"), link=True, kind="subject"),
            listing.Column("approach", _l("Approach"), lambda row: services.APPROACHES[row.approach], "label"),
            listing.Column("year", _l("School year"), kind="number"),
        ]

    def form(self, record: Any = None) -> Any:
        form = super().form(record)
        if record is not None:
            del form.year
        return form

    def save(self, record: Any, values: dict[str, Any]) -> Any:
        unit = db.get(Unit, record.unit_id) if record is not None else catalogue.serving_unit(db)
        assert unit is not None
        self.require_at("add" if record is None else "edit", unit.id)
        return services.save_analysis(db, record, unit, values)

    def steps(self, record: Any) -> Sequence[Step]:
        found = list(super().steps(record))
        if self.may("add", record.unit_id):
            found.append(Step(_l("Write the plan"), url_for("PlanView.add", analysis=record.id), "diagram-3"))
        return found

    def sections(self, record: Any) -> Sequence[Section]:
        names = {field.name: field.label.text for field in AnalysisForm()}
        head = [
            (_l("School year"), record.year), (_l("Approach"), services.APPROACHES[record.approach]),
            (_l("School group or schools"), record.schools), (_l("Team"), record.team),
        ]  # fmt: skip
        return [
            Section(_l("The analysis"), head),
            Section(_l("Steps in order"), [(names[name], getattr(record, name)) for name in services.FIELDS]),
        ]

    def related(self, record: Any) -> Sequence[Related]:
        run = db.get(Run, record.run_id) if record.run_id else None
        if run is None:
            return []
        rows = [
            ("", [f"{one.seq} {one.title}", one.assignee, work.LIFE.states[one.status]]) for one in work.of_run(db, run)
        ]
        return [Related(_l("The seven steps"), [_l("Step"), _l("Officer"), _l("State")], rows, "list-check")]


class PlanForm(KhetForm):
    """แผน/โครงการบริการวิชาการ."""

    title = text(_l("Heading"), most=300)
    year = choice(_l("School year"), [], coerce=int)
    objectives = paragraph(_l("Objectives"), most=2000, need=True)
    themes = several(_l("Themes"), list(services.THEMES.items()))
    budget = AmountField(_l("Budget (baht)"), [validators.Optional()], places=2)
    targets = paragraph(_l("Indicators and targets"), most=2000)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.year.choices = years()


class BackForm(KhetForm):
    """Why it goes back."""

    note = paragraph(_l("Reason"))


class PlanView(LifeView):
    """แผนบริการวิชาการ, approved by ผอ.เขต."""

    route_base = "/services/plans"
    resource = permissions.PLAN
    model = Plan
    title = _l("Plans of service")
    new_title = _l("New plan")
    icon = "diagram-3"
    descending = True
    in_palette = False
    form_class = PlanForm
    holds_evidence = True
    life = services.LIFE
    step_forms = {"back": BackForm}
    grave = frozenset({"back"})
    empty_hint = _l("No plan yet.")

    def columns(self) -> list[listing.Column]:
        return [
            listing.Column("title", _l("Heading"), link=True, kind="subject"),
            listing.Column("year", _l("School year"), kind="number"),
            listing.Column("approved_by", _l("Approved by"), kind="name", wide=True),
            self.state_column(),
        ]

    def filters(self) -> list[listing.Filter]:
        return [self.state_filter()]

    def dimensions(self) -> list[listing.Dimension]:
        return [self.state_dimension(), listing.Dimension("year", _l("School year"), Plan.year)]

    def _analysis(self) -> int | None:
        raw = request.args.get("analysis", "")
        if not raw.isdecimal() or len(raw) > 9:
            return None
        found = db.get(Analysis, int(raw))
        if found is None:
            raise NotFound
        self.require_at("add", found.unit_id)
        return found.id

    def save(self, record: Any, values: dict[str, Any]) -> Any:
        unit = db.get(Unit, record.unit_id) if record is not None else catalogue.serving_unit(db)
        assert unit is not None
        self.require_at("add" if record is None else "edit", unit.id)
        values["analysis_id"] = self._analysis() if record is None else record.analysis_id
        return services.save_plan(db, record, unit, values)

    def changeable(self, record: Any) -> bool:
        return bool(record.status == "written")

    def take(self, record: Any, step: Transition, values: dict[str, Any]) -> None:
        services.take(
            db, record, step.key, user_id=self.actor.user_id, name=self.actor.name, today=today(),
            note=values.get("note") or "",
        )  # fmt: skip

    def steps(self, record: Any) -> Sequence[Step]:
        found = list(super().steps(record))
        if record.status == "approved" and self.may("edit", record.unit_id):
            found.append(Step(_l("Plan an activity"), self.url("activity", record_id=record.id), "easel", "primary"))
        return found

    @expose("/<int:record_id>/activity", methods=("GET", "POST"))
    @right("edit")
    def activity(self, record_id: int) -> Any:
        """An activity of an approved plan."""
        plan = self.find(record_id, "edit")
        form: Any = PlannedForm()

        def save() -> Any:
            values = form.values()
            values["starts_at"] = moment(values, "start_on", "start_time")
            values["ends_at"] = moment(values, "end_on", "end_time")
            return activities.plan(db, plan, values, today=today())

        return self.step_page(plan, form, save, _("Plan an activity"))

    def sections(self, record: Any) -> Sequence[Section]:
        themes = ", ".join(str(services.THEMES[key]) for key in record.themes)
        facts = [
            (_l("School year"), record.year), (_l("Objectives"), record.objectives), (_l("Themes"), themes),
            (_l("Budget (baht)"), figures.amount(record.budget)),
            (_l("Indicators and targets"), record.targets), (_l("Approved by"), record.approved_by),
            (_l("Approved on"), format_date(record.approved_on, "letter")),
        ]  # fmt: skip
        return [Section(_l("The plan"), facts)]

    def related(self, record: Any) -> Sequence[Related]:
        held = db.scalars(select(Activity).filter_by(plan_id=record.id).order_by(Activity.starts_at))
        mine = self.actor.may(permissions.ACTIVITY, "show", record.unit_id)
        rows = [
            (
                url_for("ActivityView.show", record_id=one.id) if mine else "",
                [one.title, format_moment(one.starts_at), activities.STATES[one.status]],
            )
            for one in held
        ]
        return [Related(_l("Activities"), [_l("Heading"), _l("Begins"), _l("State")], rows, "easel")] if rows else []

    @expose("/lookup")
    @right("list")
    def lookup(self) -> Any:
        """Plans whose title holds what was typed."""
        found = self.statement()
        for word in request.args.get("q", "").split()[:5]:
            found = found.where(Plan.title.contains(word, autoescape=True))
        return lookup_answer((one.id, one.label) for one in db.scalars(found.order_by(Plan.id.desc()).limit(20)))


class ServiceForm(KhetForm):
    """A service of the catalogue."""

    code = text(_l("Code"), most=20)
    area = choice(_l("Area"), list(catalogue.AREAS.items()), coerce=int)
    title = text(_l("Heading"), most=200)
    active = BooleanField(_l("In use"), default=True)


class ServiceView(CrudView):
    """รายการบริการ in six areas."""

    route_base = "/services/catalogue"
    resource = permissions.SERVICE
    model = Service
    title = _l("Catalogue of services")
    new_title = _l("New service")
    icon = "list-ul"
    order = ("code", "id")
    form_class = ServiceForm

    def columns(self) -> list[listing.Column]:
        return [
            listing.Column("code", _l("Code"), link=True),
            listing.Column("title", _l("Heading"), kind="subject"),
            listing.Column("area", _l("Area"), lambda row: catalogue.AREAS[row.area], "label"),
            listing.Column("active", _l("In use"), lambda row: _("Yes") if row.active else _("No"), "label", wide=True),
        ]

    def filters(self) -> list[listing.Filter]:
        areas = [(str(key), title) for key, title in catalogue.AREAS.items()]
        return [listing.Filter("area", _l("Area"), lambda s, v: s.where(Service.area == int(v)), choices=areas)]

    def save(self, record: Any, values: dict[str, Any]) -> Any:
        return catalogue.save_service(db, record, values)


_DAYS = [required(), validators.NumberRange(1, 365, _l("Between 1 and 365 days."))]


class SettingForm(KhetForm):
    """What the district sets itself."""

    served_by_id = choice(_l("Who serves"), [], coerce=int, render_kw={"translate": "no"})
    lead_days = WholeField(_l("Days ahead that are asked for"), _DAYS)
    decision_days = WholeField(_l("Working days to decide"), _DAYS)
    closing_days = WholeField(_l("Days before the budget year ends that warn"), _DAYS)
    summary_days = WholeField(_l("Days to write a summary"), _DAYS)
    answer_days = WholeField(_l("Days to answer a complaint"), _DAYS)
    fee_hour = WholeField(
        _l("Speaker's fee an hour (baht)"), [validators.NumberRange(0, 100_000, _l("Between 0 and 100,000 baht."))]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = select(Unit).where(Unit.kind.in_(("group", "office")), Unit.active.is_(True))
        offered = db.scalars(found.order_by(Unit.kind, Unit.id))
        self.served_by_id.choices = [(0, _("The supervision group")), *((one.id, one.name) for one in offered)]


class ServiceSettingView(CrudView):
    """One set a district."""

    route_base = "/services/settings"
    resource = permissions.SETTING
    model = Setting
    title = _l("Settings of services")
    new_title = _l("Settings of services")
    icon = "sliders"
    in_palette = False
    form_class = SettingForm
    empty_hint = _l("Nothing is set: the manual's limits hold (14 days ahead).")

    def columns(self) -> list[listing.Column]:
        return [
            listing.Column("lead_days", _l("Days ahead that are asked for"), kind="number", link=True),
            listing.Column("decision_days", _l("Working days to decide"), kind="number"),
            listing.Column("summary_days", _l("Days to write a summary"), kind="number"),
            listing.Column("answer_days", _l("Days to answer a complaint"), kind="number"),
            listing.Column("fee_hour", _l("Speaker's fee an hour (baht)"), kind="number", wide=True),
        ]

    def form(self, record: Any = None) -> Any:
        if record is not None or request.method == "POST":
            return super().form(record)
        return SettingForm(obj=catalogue.setting(db))

    def heading(self, record: Any) -> str:
        return str(self.title)

    def save(self, record: Any, values: dict[str, Any]) -> Any:
        if record is None:
            if db.scalar(select(Setting.id)) is not None:
                raise RuleError(_("The settings are there already: change them."))
            record = Setting()
            db.add(record)
        unit = db.get(Unit, values["served_by_id"]) if values["served_by_id"] else None
        if unit is not None and unit.kind == "school":
            raise RuleError(_("A school does not serve: choose the office or a group."), field="served_by_id")
        for name, value in values.items():
            setattr(record, name, value)
        record.served_by_id = unit.id if unit is not None else None
        db.flush()
        return record


VIEWS = [AnalysisView, PlanView, ServiceView, ServiceSettingView]

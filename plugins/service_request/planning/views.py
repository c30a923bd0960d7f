"""Pages of analyses and plans, of the catalogue and of the district's settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from wtforms import validators

from core.base.errors import NotFound, RuleError
from core.base.permissions import WORK
from core.base.text import figures
from core.base.text.dates import shown_date, shown_moment
from core.base.text.thai import today
from core.base.workflow import Transition
from core.domain.standards import services as work
from core.domain.standards.models import Progress
from core.platform.masterdata.models import Unit
from core.platform.users.models import Account
from core.records import lists
from core.storage import fields
from core.storage.fields import label
from core.web.crud import ActionLink, CrudView, Related, Section
from core.web.crud.approval_view import ApprovalView
from core.web.forms import AmountField, KhetForm, LookupField, choice, paragraph, school_years, several, text
from core.web.notify import notify_user
from core.web.officers import OFFICERS
from core.web.record_forms import RecordForm
from core.web.unit_of_work import asked_id, db
from core.web.views import expose, lookup_answer, right
from plugins.service_request import catalogue, permissions
from plugins.service_request.activities import services as activities
from plugins.service_request.activities.forms import PlannedForm
from plugins.service_request.models import APPROVING, Activity, Analysis, Plan, Service, Setting
from plugins.service_request.owned import Owned
from plugins.service_request.planning import services
from plugins.service_request.requests.forms import moment


class AnalysisForm(KhetForm):
    """การวิเคราะห์พื้นที่."""

    title = text(_l("Heading"), most=300)
    year = choice(_l("School year"), [], coerce=int)
    approach = choice(_l("Approach"), list(services.APPROACHES.items()))
    schools = paragraph(_l("School group or schools"), need=True)
    team = paragraph(_l("Team"), need=True, help=_l("Deputy director, supervisor of the group, experts."))
    officer_id = LookupField(
        _l("Officer of the seven steps"), OFFICERS, "AnalysisView.officers", need=False,
        help=_l("Left empty, they are yours."),
    )  # fmt: skip
    objective = paragraph(_l("1 Aim"), most=2000)
    secondary = paragraph(_l("2 Secondary data"), most=3000)
    primary = paragraph(_l("3 Primary data"), most=3000)
    synthesis = paragraph(_l("4 Synthesis"), most=3000)
    draft_plan = paragraph(_l("5 Draft plan"), most=3000)
    critique = paragraph(_l("6 Critique by the schools"), most=3000)
    groups = (
        (_l("The analysis"), ("title", "year", "approach", "schools", "team", "officer_id")),
        (_l("Steps in order"), services.FIELDS),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.year.choices = school_years()


class AnalysisView(Owned):
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
    once = frozenset({"year", "officer_id"})
    holds_evidence = True
    empty_hint = _l("No analysis yet. Its seven steps begin with the first.")

    def columns(self) -> list[lists.Column]:
        return [
            lists.Column("title", _l("Heading"), link=True, kind="subject"),
            lists.Column("approach", _l("Approach"), lambda row: services.APPROACHES[row.approach], "label"),
            lists.Column("year", _l("School year"), kind="number"),
        ]

    @expose("/officers")
    @right("add")
    def officers(self) -> Any:
        """Who can do the steps of a work standard, as lookup results."""
        return lookup_answer(OFFICERS.named(request.args.get("q", "")))

    def save(self, record: Any, values: dict[str, Any]) -> Any:
        unit = db.get(Unit, record.unit_id) if record is not None else catalogue.serving_unit(db)
        assert unit is not None
        self.require_at("add" if record is None else "edit", unit.id)
        if record is not None:
            return services.save_analysis(db, record, unit, values)
        officer_id = values["officer_id"] or self.actor.user_id
        if OFFICERS(officer_id) is None:
            raise RuleError(_("Your role does no steps: choose who does them."), field="officer_id")
        officer = db.get_one(Account, officer_id)
        made = services.save_analysis(db, None, unit, values, officer)
        said = _l("%(who)s gives you the steps of an analysis, this one first: %(record)s")
        for first in services.steps_of(db, made)[:1]:
            notify_user(officer, work.TOLD, said, first, "ProgressView")
        return made

    def action_links(self, record: Any) -> Sequence[ActionLink]:
        mine = self.in_one(lambda: self.may("edit", record.unit_id) and self.writes(record))
        found = list(super().action_links(record)) if mine else []
        if self.may("add", record.unit_id):
            found.append(ActionLink(_l("Write the plan"), url_for("PlanView.add", analysis=record.id), "diagram-3"))
        return found

    def sections(self, record: Any) -> Sequence[Section]:
        names = {field.name: field.label.text for field in AnalysisForm()}
        head = [
            (_l("School year"), record.year), (_l("Approach"), services.APPROACHES[record.approach]),
            (_l("School group or schools"), record.schools), (_l("Team"), record.team),
            (_l("Responsible"), record.owner),
        ]  # fmt: skip
        return [
            Section(_l("The analysis"), head),
            Section(_l("Steps in order"), [(names[name], getattr(record, name)) for name in services.FIELDS]),
        ]

    def related(self, record: Any) -> Sequence[Related]:
        steps = services.steps_of(db, record)
        away = services.put_away(db, record, steps)
        states = {one.id: _("Archived") if one.id in away else work.WORKFLOW.states[one.status] for one in steps}
        rows = [(self._step_address(one), [f"{one.seq} {one.title}", one.assignee, states[one.id]]) for one in steps]
        return [Related(_l("The seven steps"), [_l("Step"), _l("Officer"), _l("State")], rows, "list-check")]

    def _step_address(self, one: Progress) -> str:
        """Where a step is done, for who may open it; empty for who may not."""
        theirs = one.assignee_id in self.actor.names or self.actor.may(WORK, "verify", one.unit_id)
        return url_for("ProgressView.show", record_id=one.id) if theirs else ""


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
        self.year.choices = school_years()


class PlanView(Owned, ApprovalView):
    """แผนบริการวิชาการ, approved by ผอ.เขต or as the district has set it."""

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
    workflow = services.WORKFLOW
    approving = APPROVING
    empty_hint = _l("No plan yet.")

    def columns(self) -> list[lists.Column]:
        return [
            lists.Column("title", _l("Heading"), link=True, kind="subject"),
            lists.Column("year", _l("School year"), kind="number"),
            lists.Column("approved_by", _l("Approved by"), kind="name", wide=True),
            self.state_column(),
        ]

    def filters(self) -> list[lists.Filter]:
        return [self.state_filter()]

    def dimensions(self) -> list[lists.Dimension]:
        return [self.state_dimension(), lists.Dimension("year", _l("School year"), Plan.year)]

    def _analysis(self) -> int | None:
        asked = asked_id("analysis")
        if asked is None:
            return None
        found = db.get(Analysis, asked)
        if found is None:
            raise NotFound
        self.require_at("add", found.unit_id)
        return found.id

    def start(self) -> Mapping[str, Any]:
        self._analysis()  # of one that is not there no plan is begun
        return {}

    def save(self, record: Any, values: dict[str, Any]) -> Any:
        unit = db.get(Unit, record.unit_id) if record is not None else catalogue.serving_unit(db)
        assert unit is not None
        self.require_at("add" if record is None else "edit", unit.id)
        values["analysis_id"] = self._analysis() if record is None else record.analysis_id
        return services.save_plan(db, record, unit, values)

    def apply(self, record: Any, transition: Transition, values: dict[str, Any]) -> None:
        services.apply(db, record, transition.key)

    def ended(self, record: Any, key: str, remark: str, by: str) -> None:
        if key == "approve":
            record.approved_by_id, record.approved_by, record.approved_on = self.actor.user_id, by[:150], today()

    def action_links(self, record: Any) -> Sequence[ActionLink]:
        found = list(super().action_links(record))
        if record.status == "approved" and self.in_one(
            lambda: self.may("edit", record.unit_id) and self.writes(record)
        ):
            found.append(
                ActionLink(_l("Plan an activity"), self.url("activity", record_id=record.id), "easel", "primary")
            )
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

        return self.step_page(plan, form, save, _("Plan an activity"), shut=activities.not_in_force(plan))

    def sections(self, record: Any) -> Sequence[Section]:
        themes = ", ".join(str(services.THEMES[key]) for key in record.themes)
        facts = [
            (_l("School year"), record.year), (_l("Objectives"), record.objectives), (_l("Themes"), themes),
            (_l("Budget (baht)"), figures.amount(record.budget)),
            (_l("Indicators and targets"), record.targets), (_l("Approved by"), record.approved_by),
            (_l("Approved on"), shown_date(record.approved_on, "letter")), (_l("Responsible"), record.owner),
        ]  # fmt: skip
        return [Section(_l("The plan"), facts)]

    def related(self, record: Any) -> Sequence[Related]:
        held = db.scalars(select(Activity).filter_by(plan_id=record.id).order_by(Activity.starts_at))
        mine = self.actor.may(permissions.ACTIVITY, "show", record.unit_id)
        rows = [
            (
                url_for("ActivityView.show", record_id=one.id) if mine else "",
                [one.title, shown_moment(one.starts_at), activities.STATES[one.status]],
            )
            for one in held
        ]
        return [Related(_l("Activities"), [_l("Heading"), _l("Begins"), _l("State")], rows, "easel")] if rows else []

    @expose("/lookup")
    @right("list")
    def lookup(self) -> Any:
        """Plans whose title holds what was typed."""
        found = self.statement().where(*lists.holds(request.args.get("q", ""), Plan.title))
        return lookup_answer((one.id, one.label) for one in db.scalars(found.order_by(Plan.id.desc()).limit(20)))


class ServiceForm(RecordForm):
    """A service of the catalogue."""

    asks = (Service.code, "area", Service.title, Service.active)
    area = choice(_l("Area"), list(catalogue.AREAS.items()), coerce=int)


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

    def columns(self) -> list[lists.Column]:
        return [
            lists.column(Service.code, link=True),
            lists.column(Service.title),
            lists.Column("area", _l("Area"), lambda row: catalogue.AREAS[row.area], "label"),
            lists.column(Service.active, wide=True),
        ]

    def filters(self) -> list[lists.Filter]:
        areas = [(str(key), title) for key, title in catalogue.AREAS.items()]
        return [lists.Filter("area", _l("Area"), lambda s, v: s.where(Service.area == int(v)), choices=areas)]

    def save(self, record: Any, values: dict[str, Any]) -> Any:
        return catalogue.save_service(db, record, values)


class SettingForm(RecordForm):
    """What the district sets itself."""

    asks = (
        "served_by_id", Setting.lead_days, Setting.decision_days, Setting.closing_days, Setting.summary_days,
        Setting.answer_days, Setting.fee_hour,
    )  # fmt: skip
    served_by_id = choice(label(Setting.served_by_id), [], coerce=int, render_kw={"translate": "no"})

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

    def columns(self) -> list[lists.Column]:
        return [
            lists.column(Setting.lead_days, link=True),
            lists.column(Setting.decision_days),
            lists.column(Setting.summary_days),
            lists.column(Setting.answer_days),
            lists.column(Setting.fee_hour, wide=True),
        ]

    def offers_new(self) -> bool:
        return super().offers_new() and db.scalar(select(Setting.id).limit(1)) is None

    def start(self) -> Mapping[str, Any]:
        return vars(catalogue.setting(db))

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
        fields.assign(record, values)
        record.served_by_id = unit.id if unit is not None else None
        db.flush()
        return record


VIEWS = [AnalysisView, PlanView, ServiceView, ServiceSettingView]

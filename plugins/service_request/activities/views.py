"""Pages of activities, costs and summaries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, cast

from flask import flash, g, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, select

from core.base.errors import NotFound, refusal
from core.base.identity import Actor
from core.base.text import figures
from core.base.text.dates import shown_date, shown_moment
from core.base.text.thai import BANGKOK, today
from core.base.workflow import Transition
from core.platform.accounts import services as accounts
from core.platform.follow_ups.models import DONE, RELEASED, WITH_DOER, WITHDRAWN
from core.platform.masterdata.models import Unit
from core.platform.timeline import recorder
from core.platform.users.models import Account
from core.records import lists
from core.records.files import store
from core.web.crud import ActionLink, CrudView, Related, Section, related
from core.web.crud.workflow_view import WorkflowView
from core.web.notify import notify_user
from core.web.unit_of_work import asked_id, db, khet
from core.web.views import expose, right
from plugins.service_request import catalogue, models, permissions
from plugins.service_request.activities import services
from plugins.service_request.activities.forms import (
    CallOffForm,
    ChangeForm,
    CorrectForm,
    ExpenseForm,
    HoldForm,
    MakeUpForm,
    PapersForm,
    PrepareForm,
    SendForm,
    SpeakersForm,
    SummaryForm,
    TakeUpForm,
    WhyForm,
)
from plugins.service_request.models import (
    CALLED_OFF,
    COUNTED,
    SENT,
    Activity,
    Expense,
    Preparation,
    Request,
    Summary,
    Survey,
)
from plugins.service_request.owned import administers
from plugins.service_request.requests import telling
from plugins.service_request.requests.desk import desk, warn_of_taken
from plugins.service_request.requests.forms import moment
from plugins.service_request.requests.life import ANSWERS, ROLES, WORKFLOW
from plugins.service_request.requests.services import nominees

#: kind of notice
PAPERS = "service_request.papers"
#: what is not asked for any more
FELL_AWAY = (RELEASED, WITHDRAWN)


class ActivityView(CrudView):
    """กิจกรรม: planned, changed on the way, held, made up."""

    route_base = "/services/activities"
    resource = permissions.ACTIVITY
    model = Activity
    title = _l("Activities")
    icon = "easel"
    order = ("starts_at", "id")
    descending = True
    without = frozenset({"add", "edit"})
    holds_evidence = True
    calendar = "day"
    board = lists.Board("state")
    empty_hint = _l("No activity yet. They begin with an approved request or plan.")

    def columns(self) -> list[lists.Column]:
        return [
            lists.Column("title", _l("Heading"), link=True, kind="subject"),
            lists.Column("starts_at", _l("Begins"), kind="moment"),
            lists.Column("venue", _l("Place"), kind="name", wide=True),
            lists.Column("area", _l("Area"), lambda row: catalogue.AREAS[row.area], "label", wide=True),
            lists.Column("attendance", _l("How many took part"), kind="number", wide=True),
            lists.Column("status", _l("State"), lambda row: services.STATES[row.status], "label"),
        ]

    def filters(self) -> list[lists.Filter]:
        states = list(services.STATES.items())
        return [
            lists.Filter("state", _l("State"), lambda s, v: s.where(Activity.status == v), choices=states),
            lists.period("when", _l("When"), Activity.day),
            lists.Filter(
                "area", _l("Area"), lambda s, v: s.where(Activity.area == int(v)),
                choices=[(str(key), title) for key, title in catalogue.AREAS.items()],
            ),
        ]  # fmt: skip

    def dimensions(self) -> list[lists.Dimension]:
        areas, states = catalogue.AREAS, services.STATES
        return [
            lists.Dimension("state", _l("State"), Activity.status, lambda v: states[v], order=tuple(states)),
            lists.month_of("month", _l("Month"), Activity.day),
            lists.Dimension("area", _l("Area"), Activity.area, lambda v: areas[v], order=tuple(areas)),
            lists.Dimension("network", _l("School group"), Activity.network, lambda v: v or _("None")),
        ]

    def state_of(self, record: Any) -> Any:
        return services.STATES[record.status]

    def find(self, record_id: int, verb: str = "show") -> Any:
        record = super().find(record_id, verb)
        if verb == "edit":
            self.require_in_one(verb, lambda: self.may(verb, record.unit_id) and works_on(self, record))
        return record

    def takes_evidence(self, record: Any) -> bool:
        return self.may("edit", record.unit_id) and works_on(self, record)

    def action_links(self, record: Any) -> Sequence[ActionLink]:
        found = []

        def works_by(resource: str, verb: str) -> bool:
            return self.in_one(lambda: works_on(self, record) and self.actor.may(resource, verb, record.unit_id))

        edit = works_by(self.resource, "edit")
        if edit and record.status == "planned":
            found += [
                ActionLink(_l("It was held"), self.url("hold", record_id=record.id), "check-circle", "primary"),
                ActionLink(_l("Prepare"), self.url("prepare", record_id=record.id), "list-check"),
                ActionLink(_l("Something changed"), self.url("change", record_id=record.id), "shuffle"),
            ]
            if record.request_id is None:
                found.append(ActionLink(_l("Speakers"), self.url("speakers", record_id=record.id), "people"))
                address = self.url("call_off", record_id=record.id)
                found.append(ActionLink(_l("Call it off"), address, "calendar-x", "danger"))
        if edit and not services.stays_off(db, record):
            address = self.url("take_up", record_id=record.id)
            found.append(ActionLink(_l("Take it up again"), address, "arrow-repeat", "primary"))
        if edit and services.owed(record):
            found.append(ActionLink(_l("Make up minutes"), self.url("make_up", record_id=record.id), "clock-history"))
        summary, survey = _only(Summary, record), _only(Survey, record)
        if edit and services.may_correct(record, summary):
            found.append(ActionLink(_l("Correct what was noted"), self.url("correct", record_id=record.id), "eraser"))
        if record.status == "held" and summary is None and works_by(permissions.SUMMARY, "add"):
            found.append(
                ActionLink(
                    _l("Write the summary"), url_for("SummaryView.add", activity=record.id), "card-text", "primary"
                )
            )
        if record.status != CALLED_OFF and survey is None and works_by(permissions.SURVEY, "add"):
            found.append(ActionLink(_l("Make a survey"), url_for("SurveyView.add", activity=record.id), "ui-checks"))
        if record.status != CALLED_OFF and self.actor.may(permissions.EXPENSE, "add", record.unit_id):
            found.append(ActionLink(_l("Add a cost"), url_for("ExpenseView.add", activity=record.id), "cash"))
        if record.request_id:
            step = next(one for one in WORKFLOW.transitions if one.key == "call_off")
            if (
                record.status == "planned"
                and self.actor.units(permissions.REQUEST, step.verb)
                and (asked := db.get_one(Request, record.request_id)).status in step.sources
                and self.actor.may(permissions.REQUEST, step.verb, asked.unit_id)
            ):
                address = url_for("RequestView.bulk", key=step.key, ids=asked.id, back="record")
                found.append(ActionLink(step.title, address, step.icon, "danger"))
            found.append(
                ActionLink(_l("The request"), url_for("RequestView.show", record_id=record.request_id), "hand-index")
            )
        return found

    @expose("/<int:record_id>/prepare", methods=("GET", "POST"))
    @right("edit")
    def prepare(self, record_id: int) -> Any:
        """Agenda and the list of what is to be got ready."""
        record = self.find(record_id, "edit")
        form: Any = PrepareForm(data={"agenda": record.agenda}) if request.method == "GET" else PrepareForm()
        form.ready.choices = [(one.id, one.what) for one in _to_prepare(record) if one.state in WITH_DOER]
        if not form.ready.choices:
            del form.ready
        form.files.data = form.files.data or []

        def save() -> Any:
            ready = (form.ready.data or []) if "ready" in form else []
            made = services.prepare(db, record, form.agenda.data or "", ready, form.items.data, desk(self))
            preparing: Any = khet().views["PreparationView"]
            for one in made:
                preparing.tell_hands(one, None)
            store.attach(db, record, form.files.data)
            return record

        waiting = store.staged(db, form.files.data)
        return self.step_page(record, form, save, _("Prepare"), waiting=waiting, shut=services.shut(record))

    @expose("/<int:record_id>/change", methods=("GET", "POST"))
    @right("edit")
    def change(self, record_id: int) -> Any:
        """Moved, another place or form, or a late beginning."""
        record = self.find(record_id, "edit")
        form: Any = ChangeForm()

        def save() -> Any:
            values = form.values()
            if values["sort"] == "moved":
                values["starts_at"] = moment(values, "start_on", "start_time")
                values["ends_at"] = moment(values, "end_on", "end_time")
            asked = services.asked_for(db, record)
            before = telling.answers(asked)
            services.change(db, record, values, desk(self))
            if values["sort"] == "moved":
                telling.speakers(asked, before)
            telling.activity_changed(asked, record, values["sort"], costs=_has_open_costs(record))
            return record

        return self.step_page(record, form, save, _("Something changed"), shut=services.shut(record))

    @expose("/<int:record_id>/speakers", methods=("GET", "POST"))
    @right("edit")
    def speakers(self, record_id: int) -> Any:
        """Who speaks at an activity of a plan: asked, or not needed any more."""
        record = self.find(record_id, "edit")
        form: Any = SpeakersForm()
        if request.method == "GET":
            standing = [one for one in nominees(db, record) if one.answer in ("waiting", "accepted")]
            form.people.process(None, [{"person_id": one.person_id, "role": one.role} for one in standing])

        def save() -> Any:
            before = telling.answers(record)
            people = [(one["person_id"], one["role"]) for one in form.people.data]
            made = services.pick(db, record, desk(self), people)
            for one in made:
                telling.speaker(one)
            warn_of_taken(self, record, made)
            now = telling.answers(record)
            telling.speakers(record, {key: said for key, said in before.items() if now[key] == "released"})
            return record

        shut = refusal(lambda: services.check_pick(record))
        return self.step_page(record, form, save, _("Speakers"), shut=shut)

    @expose("/<int:record_id>/call-off", methods=("GET", "POST"))
    @right("edit")
    def call_off(self, record_id: int) -> Any:
        """An activity of a plan is not held."""
        record = self.find(record_id, "edit")
        form: Any = CallOffForm()

        def save() -> Any:
            before = telling.answers(record)
            unspent = services.call_off(db, record, form.reason.data or "", by=self.actor.name)
            telling.speakers(record, before)
            said = _l("%(who)s called an activity off: %(record)s")
            telling.plan_activity(record, said, costs=bool(unspent), why=form.reason.data or "")
            return record

        shut = refusal(lambda: services.check_call_off(record))
        return self.step_page(record, form, save, _("Call it off"), shut=shut)

    @expose("/<int:record_id>/take-up", methods=("GET", "POST"))
    @right("edit")
    def take_up(self, record_id: int) -> Any:
        """An activity of a plan that was called off is held after all."""
        record = self.find(record_id, "edit")
        form: Any = TakeUpForm()
        if request.method == "GET":
            _fill_times(form, record.starts_at, record.ends_at)
            form.venue.data = record.venue

        def save() -> Any:
            values = form.values()
            values["starts_at"] = moment(values, "start_on", "start_time")
            values["ends_at"] = moment(values, "end_on", "end_time")
            services.take_up(db, record, values, today=today(), by=self.actor.name)
            said = _l("%(who)s took an activity up again: %(record)s")
            telling.plan_activity(record, said, costs=_has_open_costs(record))
            return record

        return self.step_page(record, form, save, _("Take it up again"), shut=services.stays_off(db, record))

    @expose("/<int:record_id>/held", methods=("GET", "POST"))
    @right("edit")
    def hold(self, record_id: int) -> Any:
        """When it really began and ended, and how many took part."""
        record = self.find(record_id, "edit")
        form: Any = HoldForm()
        if request.method == "GET":
            _fill_times(form, record.starts_at, record.ends_at)
        form.files.data = form.files.data or []

        def save() -> Any:
            values = form.values()
            begun, ended = moment(values, "start_on", "start_time"), moment(values, "end_on", "end_time")
            services.hold(db, record, begun, ended, values["attendance"], values["made_up"] or 0)
            store.attach(db, record, form.files.data)
            return record

        waiting = store.staged(db, form.files.data)
        return self.step_page(record, form, save, _("It was held"), waiting=waiting, shut=services.shut(record))

    @expose("/<int:record_id>/correct", methods=("GET", "POST"))
    @right("edit")
    def correct(self, record_id: int) -> Any:
        """What was noted wrongly when it was held."""
        record = self.find(record_id, "edit")
        form: Any = CorrectForm()
        if request.method == "GET" and record.actual_start is not None:
            _fill_times(form, record.actual_start, record.actual_end)
            form.attendance.data = record.attendance
            lasted = models.minutes(record.actual_start, record.actual_end)
            form.made_up.data = max(0, (record.minutes_delivered or 0) - lasted)

        def save() -> Any:
            values = form.values()
            begun, ended = moment(values, "start_on", "start_time"), moment(values, "end_on", "end_time")
            attendance, made_up = values["attendance"], values["made_up"] or 0
            services.correct(db, record, begun, ended, attendance, made_up, values["reason"])
            return record

        return self.step_page(
            record, form, save, _("Correct what was noted"), shut=services.noted(record, _only(Summary, record))
        )

    @expose("/<int:record_id>/made-up", methods=("GET", "POST"))
    @right("edit")
    def make_up(self, record_id: int) -> Any:
        """Minutes made up after the day."""
        record = self.find(record_id, "edit")
        form: Any = MakeUpForm()
        return self.step_page(
            record,
            form,
            lambda: services.make_up(db, record, form.minutes.data),
            _("Make up minutes"),
            shut=services.nothing_owed(record),
        )

    def sections(self, record: Any) -> Sequence[Section]:
        inside, wanted = self.actor.inside, [one for one in _to_prepare(record) if one.state not in FELL_AWAY]
        ready = sum(1 for one in wanted if one.state == DONE)
        plan = [
            (_l("Heading"), record.title), (_l("Area"), catalogue.AREAS[record.area]),
            (_l("School group"), record.network),
            (_l("Begins"), shown_moment(record.starts_at)), (_l("Ends"), shown_moment(record.ends_at)),
            (_l("Place"), record.venue), (_l("Agenda"), record.agenda),
            (_l("To get ready"), f"{ready}/{len(wanted)}" if wanted else ""),
            # what it costs is the office's own
            (_l("Speaker's fee"), figures.amount(services.fee(db, record)) if inside else ""),
        ]  # fmt: skip
        held = [
            (_l("Really began"), shown_moment(record.actual_start)),
            (_l("Really ended"), shown_moment(record.actual_end)),
            (_l("How many took part"), record.attendance), (_l("Minutes planned"), record.minutes_planned),
            (_l("Minutes delivered"), record.minutes_delivered), (_l("Minutes owed"), services.owed(record) or ""),
            (_l("Costs (baht)"), figures.amount(_spent(record)) if inside else ""),
        ]  # fmt: skip
        return [*self._called_off(record), Section(_l("How it is planned"), plan), Section(_l("How it went"), held)]

    def _called_off(self, record: Any) -> list[Section]:
        """Who does not hold it, who asked or the office, and why."""
        if record.status != CALLED_OFF:
            return []
        asked = db.get(Request, record.request_id) if record.request_id else None
        if asked is not None:
            facts = [(_l("State"), WORKFLOW.states[asked.status]), (_l("Reason"), asked.cancel_reason)]
            return [Section(_l("How it was called off"), facts)]
        became = [one for one in services.changes(db, record) if one.sort == CALLED_OFF][-1:]
        return [
            Section(_l("How it was called off"), [(_l("By"), one.by), (_l("Reason"), one.reason)]) for one in became
        ]

    def related(self, record: Any) -> Sequence[Related]:
        found: list[Related] = []
        if record.request_id is None and (asked := nominees(db, record)):
            may = self.actor.may(permissions.NOMINEE, "show", record.unit_id)
            people = [
                (
                    url_for("NomineeView.show", record_id=one.id) if may else "",
                    [one.name, ROLES[one.role], ANSWERS[one.answer], one.reason if self.actor.inside else ""],
                )
                for one in asked
            ]
            heads = [_l("Name"), _l("Role"), _l("Answer"), _l("Reason")]
            found.append(Related(_l("Speakers"), heads, people, "people"))
        inside = self.actor.may(permissions.PREPARATION, "show", record.unit_id)
        columns: Any = (Preparation.what, Preparation.who, Preparation.due_on, Preparation.state)
        found += related(
            _l("To get ready"), _to_prepare(record), *(columns if inside else columns[::3]),
            view="PreparationView" if inside else "", icon="list-check",
        )  # fmt: skip
        changed = [
            ("", [services.BECAME[one.sort], one.was, one.now, one.reason, one.by])
            for one in services.changes(db, record)
        ]
        if changed:
            heads = [_l("What became of it"), _l("Was"), _l("Is"), _l("Reason"), _l("By")]
            found.append(Related(_l("Changes"), heads, changed, "shuffle"))
        if self.actor.may(permissions.EXPENSE, "show", record.unit_id):
            rows_of = [
                (
                    url_for("ExpenseView.show", record_id=one.id),
                    [
                        services.COSTS[one.sort], figures.amount(one.amount), shown_date(one.evidence_due, "short"),
                        services.EXPENSES.states[one.status],
                    ],
                )
                for one in _costs(record)
            ]  # fmt: skip
            if rows_of:
                heads = [_l("Kind"), _l("Amount (baht)"), _l("Papers due on"), _l("State")]
                found.append(Related(_l("Costs"), heads, rows_of, "cash"))
        for model, view, title in ((Summary, "SummaryView", _l("Summary")), (Survey, "SurveyView", _l("Survey"))):
            one = _only(model, record)
            resource = permissions.SUMMARY if model is Summary else permissions.SURVEY
            if model is Summary and one is not None and not may_read(self.actor, one):
                continue
            if one is not None and self.actor.may(resource, "show", record.unit_id):
                found.append(Related(title, [], [(url_for(f"{view}.show", record_id=one.id), [one.label])]))
        return found


def _fill_times(form: Any, starts_at: datetime, ends_at: datetime) -> None:
    """A form begins with this time."""
    first, last = starts_at.astimezone(BANGKOK), ends_at.astimezone(BANGKOK)
    for name, value in (
        ("start_on", first.date()), ("start_time", first.time()), ("end_on", last.date()), ("end_time", last.time()),
    ):  # fmt: skip
        form[name].process(None, value)


def _to_prepare(activity: Activity) -> list[Preparation]:
    """What is to be got ready for an activity; read once a request, for the sum and the table ask."""
    known: dict[int, list[Preparation]] = g.setdefault("to_prepare", {})
    if activity.id not in known:
        known[activity.id] = services.preparations(db, activity)
    return known[activity.id]


def _has_open_costs(activity: Activity) -> bool:
    """Whether papers of it are still due, by a day that hangs on its own."""
    return any(one.status == "open" for one in _costs(activity))


def _costs(activity: Activity) -> list[Expense]:
    """The costs of an activity; read once a request, for the sum and the table ask."""
    known: dict[int, list[Expense]] = g.setdefault("costs_of", {})
    if activity.id not in known:
        known[activity.id] = services.costs(db, activity)
    return known[activity.id]


def _spent(activity: Activity) -> Any:
    """What an activity costs, without what was not spent or noted by mistake."""
    return sum(one.amount for one in _costs(activity) if one.status in COUNTED)


def _only(model: Any, activity: Activity) -> Any:
    """The summary or survey of an activity, or None; both are read once a request, for steps and page ask."""
    known: dict[int, dict[Any, Any]] = g.setdefault("of_activity", {})
    if activity.id not in known:
        both = (
            select(Summary, Survey)
            .select_from(Activity)
            .outerjoin(Summary, Summary.activity_id == Activity.id)
            .outerjoin(Survey, Survey.activity_id == Activity.id)
            .where(Activity.id == activity.id)
        )
        known[activity.id] = dict(zip((Summary, Survey), db.execute(both).one(), strict=True))
    return known[activity.id][model]


def works_on(view: CrudView, activity: Activity) -> bool:
    """Whether the actor may hold, change, survey and sum up this activity: a speaker does with their own, who is
    responsible for a plan with those of it, and who administers services with every; where no speaker of a request has
    an account, every supervisor may."""
    if administers(view, activity.unit_id):
        return True
    known: dict[int, frozenset[int]] = g.setdefault("speakers_of", {})  # steps, evidence and page ask the same
    if activity.id not in known:
        known[activity.id] = services.speakers_of(db, activity)
    speakers = known[activity.id]
    return (not speakers and activity.request_id is not None) or bool(speakers & view.actor.names)


def asked_activity(view: CrudView, *, by_worker: bool = False) -> Activity:
    """The activity that a form's address names, through the checks of `view`. Raises NotFound; 403 `by_worker` for who
    does not work on it."""
    asked = asked_id("activity")
    found = db.get(Activity, asked) if asked is not None else None
    if found is None:
        raise NotFound
    view.require_at("add", found.unit_id)
    if by_worker:
        view.require_in_one("add", lambda: view.may("add", found.unit_id) and works_on(view, found))
    return found


class ExpenseView(WorkflowView):
    """ค่าใช้จ่าย and the papers that are due."""

    route_base = "/services/costs"
    resource = permissions.EXPENSE
    model = Expense
    title = _l("Costs and their papers")
    new_title = _l("New cost")
    begun_elsewhere = True
    icon = "cash"
    order = ("evidence_due", "id")
    in_palette = False
    form_class = ExpenseForm
    workflow = services.EXPENSES
    transition_forms = {"submit": PapersForm, "back": WhyForm, "take_out": WhyForm}
    destructive = frozenset({"back", "take_out"})
    calendar = "evidence_due"
    empty_hint = _l("No cost yet. Add it on the page of its activity.")

    def columns(self) -> list[lists.Column]:
        return [
            lists.Column("title", _l("Activity"), link=True, kind="subject"),
            lists.Column("sort", _l("Kind"), lambda row: services.COSTS[row.sort], "label"),
            lists.Column("payer", _l("Who pays"), lambda row: services.PAYERS[row.payer], "label", wide=True),
            lists.Column("amount", _l("Amount (baht)"), lambda row: figures.amount(row.amount), "number"),
            lists.Column("evidence_due", _l("Papers due on"), kind="date"),
            self.state_column(),
        ]

    def filters(self) -> list[lists.Filter]:
        return [self.state_filter(), lists.overdue(Expense.status == "open", Expense.evidence_due < today())]

    def dimensions(self) -> list[lists.Dimension]:
        return [
            lists.Dimension("sort", _l("Kind"), Expense.sort, lambda v: services.COSTS[v]),
            lists.month_of("month", _l("Papers due on"), Expense.evidence_due),
        ]

    @expose("/new", methods=("GET", "POST"))
    @right("add")
    def add(self) -> Any:
        """A cost of the activity that `activity` names."""
        asked_activity(self)
        return super().add()

    def begun_at(self) -> str:
        return url_for("ActivityView.show", record_id=asked_activity(self).id)

    def after_save(self, record: Any) -> str:
        return url_for("ActivityView.show", record_id=record.activity_id)

    def save(self, record: Any, values: dict[str, Any]) -> Any:
        activity = db.get(Activity, record.activity_id) if record is not None else asked_activity(self)
        assert activity is not None
        return services.save_expense(db, record, activity, values)

    def changeable(self, record: Any) -> bool:
        return record.status == "open" and not self._is_called_off(record)

    def closed_because(self, record: Any) -> str:
        if self._is_called_off(record):
            return _("An activity that was held or called off does not change.")
        return super().closed_because(record)

    def _is_called_off(self, record: Any) -> bool:
        return db.get_one(Activity, record.activity_id).status == CALLED_OFF

    def apply(self, record: Any, transition: Transition, values: dict[str, Any]) -> None:
        if transition.key == "remind":
            self._remind(record)
        elif transition.key == "spend":
            services.EXPENSES.apply(record, "spend")
        elif transition.key == "take_out":
            services.take_out(db, record, values["reason"])
        elif transition.key == "back":
            self._send_back(record, values["reason"])
        else:
            services.submit_papers(db, record, values["on"], today=today())

    def due(self, record: Any, transition: Transition) -> date | None:
        return cast(date, record.evidence_due) if transition.key == "submit" else None

    def done_on(self, record: Any, transition: Transition, values: dict[str, Any]) -> date:
        return cast(date, values["on"])

    def not_yet(self, record: Any, transition: Transition) -> str:
        if transition.key == "remind" and not self._owing(record):
            return _("There is nobody to remind: nobody else who owes these papers has an account.")
        return ""

    def _owing(self, expense: Any) -> list[Account]:
        """Who besides the actor owes the papers and has an account: speakers, or who acts for the school that pays."""
        if expense.payer == "asker":
            unit = db.get_one(Unit, expense.unit_id)
            found = accounts.who_may(db, khet().registry.roles(), ("edit", permissions.REQUEST), unit, today())
        else:
            found = services.paid_speakers(db, expense)
        return [one for one in found if one.active and one.id != self.actor.user_id]

    def _remind(self, expense: Any) -> None:
        """Whoever owes the papers hears of it (table 5.1 ข้อ 7.1)."""
        services.EXPENSES.apply(expense, "remind")
        activity, told = db.get_one(Activity, expense.activity_id), self._owing(expense)
        for account in told:
            notify_user(account, PAPERS, _l("The money papers are missing: %(record)s"), activity, "ActivityView")
        recorder.note(db, expense, "service_request.reminded", ", ".join(one.get_full_name() for one in told))

    def _send_back(self, expense: Any, reason: str) -> None:
        """Whoever handed the papers in hears why they are missing again."""
        services.return_papers(db, expense, reason)
        activity = db.get_one(Activity, expense.activity_id)
        for account in self._owing(expense):
            said = _l("%(who)s sends money papers back: %(record)s")
            notify_user(account, PAPERS, said, activity, "ActivityView", why=reason)

    def action_links(self, record: Any) -> Sequence[ActionLink]:
        back = ActionLink(_l("The activity"), url_for("ActivityView.show", record_id=record.activity_id), "easel")
        return [*super().action_links(record), back]

    def facts(self, record: Any) -> Sequence[tuple[Any, Any]]:
        return [*super().facts(record), (_l("Handed in on"), shown_date(record.submitted_on, "letter"))]


def may_read(actor: Actor, summary: Summary) -> bool:
    """Whether a summary is finished for this one: who works outside the office reads what the office has sent."""
    return actor.inside or summary.status == SENT


class SummaryView(WorkflowView):
    """สรุปผลการดำเนินงาน: the office's while it is written, the school's too once it is sent."""

    route_base = "/services/summaries"
    resource = permissions.SUMMARY
    model = Summary
    title = _l("Summaries")
    new_title = _l("New summary")
    begun_elsewhere = True
    icon = "card-text"
    order = ("held_on", "id")
    descending = True
    in_palette = False
    form_class = SummaryForm
    workflow = services.SUMMARIES
    transition_forms = {"send": SendForm}
    calendar = "held_on"
    empty_hint = _l("No summary yet. Write it on the page of an activity that was held.")

    def columns(self) -> list[lists.Column]:
        return [
            lists.Column("title", _l("Activity"), link=True, kind="subject"),
            lists.Column("held_on", _l("Day held"), kind="date"),
            lists.Column("attended", _l("How many took part"), kind="number", wide=True),
            lists.Column("due_on", _l("Due on"), kind="date", wide=True),
            lists.Column("sent_to", _l("To whom"), kind="name", wide=True),
            self.state_column(),
        ]

    def filters(self) -> list[lists.Filter]:
        return [self.state_filter(), lists.period("held", _l("Day held"), Summary.held_on)]

    def dimensions(self) -> list[lists.Dimension]:
        return [self.state_dimension(), lists.month_of("month", _l("Month"), Summary.held_on)]

    @expose("/new", methods=("GET", "POST"))
    @right("add")
    def add(self) -> Any:
        """The summary of the activity that `activity` names."""
        activity = asked_activity(self, by_worker=True)
        if request.method == "GET" and (why := refusal(lambda: services.check_new_summary(db, activity))):
            flash(why, "warning")
            return redirect(self.begun_at())
        return super().add()

    def begun_at(self) -> str:
        return url_for("ActivityView.show", record_id=asked_activity(self).id)

    def start(self) -> Mapping[str, Any]:
        return {"attended": asked_activity(self).attendance}

    def save(self, record: Any, values: dict[str, Any]) -> Any:
        activity = db.get_one(Activity, record.activity_id) if record else asked_activity(self, by_worker=True)
        made = services.save_summary(db, record, activity, values)
        store.attach(db, made, values.get("files") or [])
        return made

    def statement(self) -> Select[Any]:
        found = super().statement()
        return found if self.actor.inside else found.where(Summary.status == SENT)

    def find(self, record_id: int, verb: str = "show") -> Any:
        record = super().find(record_id, verb)
        if not may_read(self.actor, record):
            raise NotFound
        if verb == "edit":
            activity = db.get_one(Activity, record.activity_id)
            self.require_in_one(verb, lambda: self.may(verb, record.unit_id) and works_on(self, activity))
        return record

    def fits(self, record: Any, transition: Transition) -> bool:
        return works_on(self, db.get_one(Activity, record.activity_id))

    def changeable(self, record: Any) -> bool:
        return bool(record.status == "written") and works_on(self, db.get_one(Activity, record.activity_id))

    def closed_because(self, record: Any) -> str:
        activity = db.get_one(Activity, record.activity_id)
        return super().closed_because(record) or refusal(lambda: services.check_held(activity))

    def due(self, record: Any, transition: Transition) -> date:
        return cast(date, record.due_on)

    def apply(self, record: Any, transition: Transition, values: dict[str, Any]) -> None:
        services.send_summary(db, record, values["sent_to"], today=today())
        telling.summary_sent(record)

    def action_links(self, record: Any) -> Sequence[ActionLink]:
        found = list(super().action_links(record))
        if self.actor.may(permissions.ACTIVITY, "show", record.unit_id):
            found.append(
                ActionLink(_l("The activity"), url_for("ActivityView.show", record_id=record.activity_id), "easel")
            )
        return found

    def facts(self, record: Any) -> Sequence[tuple[Any, Any]]:
        return [
            *super().facts(record), (_l("Result against the objective"), record.result),
            (_l("Problems"), record.problems),
            (_l("Suggestions"), record.suggestions), (_l("Lessons (KM)"), record.lessons),
            (_l("Sent on"), shown_date(record.sent_on, "letter")),
        ]  # fmt: skip


VIEWS = [ActivityView, ExpenseView, SummaryView]

"""Pages of work standards: my steps, standards, rounds, evidence, indicators, terms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from flask import abort, g, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, and_, false, or_, select
from sqlalchemy.orm import joinedload

from core import listing, permissions
from core.accounts.models import Account
from core.crud import CrudView, Related, Section, Step
from core.crud.life import LifeView
from core.errors import NotFound, RuleError
from core.files import store
from core.masterdata.models import School, SchoolGroup, Unit
from core.text.thai import format_date, format_moment, today
from core.views import KhetView, expose, lookup_answer, right
from core.web.unit_of_work import db, effective_plugins, khet
from core.work import services
from core.work.forms import AssignForm, EvidenceForm, NoteForm, RunForm, StandardForm, TargetForm, TermForm
from core.work.models import CLOSED, Evidence, KpiTarget, Progress, Run, Standard, Term
from core.work.models import Step as WorkStep
from core.workflow import Transition


def _who(view: KhetView) -> services.Who:
    return services.Who(view.actor.user_id, view.actor.name)


class PeopleView(KhetView):
    """Accounts to whom a step can be given, by name."""

    route_base = "/standards/people"
    resource = permissions.RUN
    default_view = "lookup"

    @expose("/lookup")
    @right("add")
    def lookup(self) -> Any:
        """At most 20 accounts whose name holds what was typed."""
        return lookup_answer(accounts_named(request.args.get("q", "")))


def accounts_named(typed: str) -> list[tuple[int, str]]:
    """(id, name) of accounts in use whose name or user name holds every word typed."""
    name = Account.first_name + " " + Account.last_name
    found = select(Account.id, name).where(Account.active.is_(True))
    for word in typed.split()[:5]:
        found = found.where(or_(name.contains(word, autoescape=True), Account.username.contains(word, autoescape=True)))
    return [(row[0], row[1]) for row in db.execute(found.order_by(Account.first_name).limit(20))]


def find_account(account_id: int) -> tuple[int, str] | None:
    """An account in use as a lookup shows it."""
    account = db.get(Account, account_id)
    return (account.id, services.full_name(account)) if account is not None and account.active else None


def _assigning() -> AssignForm:
    form: Any = AssignForm()
    form.assignee_id.find = find_account
    return form  # type: ignore[no-any-return]


class ProgressView(LifeView):
    """My steps; a keeper of standards sees everybody's."""

    route_base = "/steps"
    resource = permissions.WORK
    model = Progress
    title = _l("My steps")
    icon = "list-check"
    order = ("due_on", "id")
    without = frozenset({"add", "edit"})
    holds_evidence = True
    in_palette = False
    board = listing.Board("state")
    calendar = "due_on"
    life = services.LIFE
    step_forms = {"hand_in": NoteForm, "verify": NoteForm, "back": NoteForm, "leave_out": NoteForm}
    grave = frozenset({"back", "leave_out"})
    empty_hint = _l("No step is given to you. A round of a work standard gives them out.")

    def _mine(self) -> Any:
        return Progress.assignee_id.in_(sorted(self.actor.names))

    def statement(self) -> Select[Any]:
        found = select(Progress).options(joinedload(Progress.run))
        return found.where(or_(self._mine(), self.units("verify").criterion(Progress.unit_id)))

    def find(self, record_id: int, verb: str = "show") -> Any:
        """A step of one's own, or of a unit whose steps one verifies; 404 for every other."""
        one = db.get(Progress, record_id)
        if one is None or not (one.assignee_id in self.actor.names or self.may("verify", one.unit_id)):
            raise NotFound
        return one

    def columns(self) -> list[listing.Column]:
        return [
            listing.Column("seq", _l("Step"), sort=False),
            listing.Column("title", _l("What is done"), kind="subject", link=True),
            listing.Column("run", _l("Work"), lambda row: row.run.label, "subject", wide=True, sort=False),
            listing.Column("assignee", _l("Officer"), kind="name", wide=True),
            listing.Column("due_on", _l("Due on"), kind="date"),
            self.state_column(),
            listing.Column("verified_by", _l("Verified by"), kind="name", wide=True, shown=False),
        ]

    def filters(self) -> list[listing.Filter]:
        open_ = Progress.status.not_in(CLOSED)
        proof = select(Evidence.id).where(
            Evidence.kind == Progress.__tablename__, Evidence.record_id == Progress.id,
            Evidence.district_id == Progress.district_id,
        )  # fmt: skip
        return [
            self.state_filter(),
            listing.Filter("mine", _l("Whose"), lambda s, _v: s.where(self._mine()), choices=[("1", _l("Mine"))]),
            listing.Filter(
                "late", _l("Time"), lambda s, _v: s.where(open_, Progress.due_on < today()),
                choices=[("1", _l("Overdue"))]
            ),
            listing.Filter(
                "gap", _l("Evidence"),
                lambda s, _v: s.where(Progress.evidence.is_(True), Progress.status != "na", ~proof.exists()),
                choices=[("1", _l("Not there yet"))],
            ),
            listing.period("due", _l("Due on"), Progress.due_on),
        ]  # fmt: skip

    def dimensions(self) -> list[listing.Dimension]:
        return [
            self.state_dimension(),
            listing.Dimension("assignee", _l("Officer"), Progress.assignee, lambda v: v or _("Nobody")),
            listing.month_of("month", _l("Month"), Progress.due_on),
        ]

    def actions(self) -> list[listing.Action]:
        give = listing.Action("assign", _l("Give to"), "verify", self._assign, form=_assigning, icon="person-plus")
        return [*super().actions(), give]

    def _assign(self, one: Any, values: dict[str, Any]) -> None:
        services.assign(db, one, values["assignee_id"], values["due_on"])

    def take(self, record: Any, step: Transition, values: dict[str, Any]) -> None:
        if (
            step.verb == "edit"
            and record.assignee_id not in self.actor.names
            and not self.may("verify", record.unit_id)
        ):
            raise NotFound
        services.take(db, record, step.key, who=_who(self), today=today(), note=values.get("note") or "")

    def steps(self, record: Any) -> Sequence[Step]:
        found = list(super().steps(record))
        address = url_for("EvidenceView.add", of=f"ProgressView:{record.id}")
        if record.status not in CLOSED:
            found.append(Step(_l("Lay evidence"), address, "paperclip"))
            if self.may("verify", record.unit_id):
                to = self.url("bulk", key="assign", ids=record.id, back="record")
                found.append(Step(_l("Give to"), to, "person-plus"))
        return found

    def sections(self, record: Any) -> Sequence[Section]:
        step = db.get(WorkStep, record.step_id)
        assert step is not None
        work = [
            (_l("Work"), record.run.label),
            (_l("Step"), record.seq),
            (_l("What is done"), step.activity),
            (_l("Time"), step.timing),
            (_l("Quality standard"), step.quality),
            (_l("Responsible"), step.responsible),
            (_l("Wants evidence"), _("Yes") if record.evidence else _("No")),
        ]
        far = [
            (_l("Officer"), record.assignee),
            (_l("Due on"), format_date(record.due_on, "letter")),
            (_l("Term"), record.term or ""),
            (_l("Handed in on"), format_date(record.done_on, "letter")),
            (_l("Verified by"), record.verified_by),
            (_l("Verified"), format_moment(record.verified_at)),
            (_l("Remark"), record.note),
        ]
        return [Section(_l("The step"), work), Section(_l("Progress"), far)]


class StandardView(CrudView):
    """มาตรฐานงาน: what the manuals say, and what the district has made of it."""

    route_base = "/standards"
    resource = permissions.STANDARD
    model = Standard
    title = _l("Work standards")
    new_title = _l("New work standard")
    icon = "journal-check"
    order = ("code", "id")
    form_class = StandardForm
    empty_hint = _l("No work standard yet. The operator's command sync-data brings those of the manuals.")

    def statement(self) -> Select[Any]:
        return select(Standard).where(Standard.current.is_(True), Standard.module.in_(sorted(effective_plugins())))

    def find(self, record_id: int, verb: str = "show") -> Any:
        """A standard of a module that is on."""
        standard = super().find(record_id, verb)
        if standard.module not in effective_plugins():
            raise NotFound
        return standard

    def columns(self) -> list[listing.Column]:
        return [
            listing.Column("code", _l("Code"), link=True),
            listing.Column("title", _l("Name of the work"), kind="subject"),
            listing.Column("edition", _l("Edition"), kind="number", wide=True),
            listing.Column("source", _l("Source"), wide=True, kind="subject"),
            listing.Column(
                "edited", _l("Changed here"), lambda row: _("Yes") if row.edited else "", "label", wide=True
            ),
        ]

    def filters(self) -> list[listing.Filter]:
        return [
            listing.Filter(
                "edited",
                _l("Changed here"),
                lambda s, _v: s.where(Standard.edited.is_(True)),
                choices=[("1", _l("Yes"))],
            )
        ]

    def form(self, record: Any = None) -> Any:
        form = super().form(record)
        if record is not None:
            del form.code
        return form

    def fill(self, form: Any, record: Any) -> None:
        kept = [vars(services.as_spec(step)) for step in services.steps(db, record)]
        form.lines.process(None, kept)

    def save(self, record: Any, values: dict[str, Any]) -> Any:
        return services.save_standard(db, record, values, values.pop("lines"))

    def sections(self, record: Any) -> Sequence[Section]:
        facts = [
            (_l("Code"), record.code), (_l("Edition"), record.edition), (_l("Document code"), record.doc_code),
            (_l("Unit in charge"), record.unit_title), (_l("Objectives"), record.objectives),
            (_l("Scope of the work"), record.scope), (_l("Definitions"), record.definitions),
            (_l("References"), record.refs), (_l("Source"), record.source),
            (_l("State"), "" if record.current else _("An earlier edition")),
        ]  # fmt: skip
        return [Section(_l("The work"), facts)]

    def related(self, record: Any) -> Sequence[Related]:
        rows = [
            ("", [step.seq, step.activity, step.timing, step.quality, step.responsible, "✓" if step.evidence else ""])
            for step in services.steps(db, record)
        ]
        heads = [_l("Step"), _l("What is done"), _l("Time"), _l("Quality standard"), _l("Responsible"), _l("Evidence")]
        runs = db.scalars(select(Run).filter_by(code=record.code).order_by(Run.year.desc(), Run.id).limit(20))
        begun = [(url_for("RunView.show", record_id=run.id), [run.label]) for run in runs] if self._runs() else []
        return [
            Related(_l("Steps in order"), heads, rows, "list-ol"),
            *([Related(_l("Rounds"), [], begun)] if begun else []),
        ]

    def _runs(self) -> bool:
        return self.actor.may(permissions.RUN, "show")

    def steps(self, record: Any) -> Sequence[Step]:
        found = [one for one in super().steps(record) if record.current]
        if record.current and self.actor.may(permissions.RUN, "add"):
            found.append(Step(_l("Begin a round"), url_for("RunView.add", standard=record.id), "play", "primary"))
        if self.may("export"):
            address = url_for("ReportView.show", report_key="core.standard_form", standard_id=record.id)
            found.append(Step(_l("Summary form of the standard"), address, "printer"))
        return found

    @expose("/lookup")
    @right("list")
    def lookup(self) -> Any:
        """Standards whose code or name holds what was typed."""
        found = self.statement()
        for word in request.args.get("q", "").split()[:5]:
            found = found.where(
                or_(Standard.title.contains(word, autoescape=True), Standard.code.contains(word, autoescape=True))
            )
        return lookup_answer((one.id, one.label) for one in db.scalars(found.order_by(Standard.code).limit(20)))


class RunView(CrudView):
    """รอบดำเนินงาน, with how far each is."""

    route_base = "/rounds"
    resource = permissions.RUN
    model = Run
    title = _l("Rounds of work")
    new_title = _l("New round")
    icon = "arrow-repeat"
    descending = True
    form_class = RunForm
    without = frozenset({"edit"})
    empty_hint = _l("No round yet. Open a work standard and begin one.")

    def statement(self) -> Select[Any]:
        return select(Run).where(self.units("list").criterion(Run.unit_id))

    def columns(self) -> list[listing.Column]:
        return [
            listing.Column("title", _l("Work"), link=True, kind="subject"),
            listing.Column("scope_label", _l("For"), wide=True, kind="name"),
            listing.Column("year", _l("School year"), kind="number"),
            listing.Column("term", _l("Term"), lambda row: row.term or "", wide=True),
            listing.Column(
                "archived", _l("Archived"), lambda row: _("Yes") if row.archived else "", "label", wide=True
            ),
        ]

    def filters(self) -> list[listing.Filter]:
        found = db.scalars(select(Run.year).distinct().order_by(Run.year.desc()).limit(20))
        return [
            listing.Filter(
                "year", _l("School year"), lambda s, v: s.where(Run.year == int(v)),
                choices=[(str(y), str(y)) for y in found]
            ),
            listing.Filter(
                "archived", _l("Archived"), lambda s, v: s.where(Run.archived.is_(v == "1")),
                choices=[("0", _l("No")), ("1", _l("Yes"))],
            ),
        ]  # fmt: skip

    def dimensions(self) -> list[listing.Dimension]:
        return [
            listing.Dimension("year", _l("School year"), Run.year),
            listing.Dimension("code", _l("Work standard"), Run.code),
        ]

    def form(self, record: Any = None) -> Any:
        form: Any = super().form(record)
        form.assignee_id.find = find_account
        raw = request.args.get("standard", "")
        if request.method == "GET" and raw.isdigit() and len(raw) < 10:
            form.standard_id.data = int(raw) if db.get(Standard, int(raw)) is not None else None
        return form

    def save(self, record: Any, values: dict[str, Any]) -> Any:
        standard = cast(StandardView, khet().views["StandardView"]).find(values["standard_id"])
        if not standard.current:
            raise RuleError(_("Choose one from the list."), field="standard_id")
        self.require_at("add", values["unit_id"])
        kind, scope_id, label = _scope(values["scope_kind"], values["scope_name"])
        assignee = db.get(Account, values["assignee_id"]) if values["assignee_id"] else None
        return services.start_run(
            db, standard, values["unit_id"], values["year"], term=values["term"], scope_kind=kind, scope_id=scope_id,
            scope_label=label, assignee=assignee,
        )  # fmt: skip

    def sections(self, record: Any) -> Sequence[Section]:
        found = services.tally(services.of_run(db, record))
        percent = _("No data") if found.percent is None else f"{found.percent:.1f} %"
        unit = db.get(Unit, record.unit_id)
        return [
            Section(
                _l("The round"),
                [
                    (_l("Work"), record.title), (_l("School year"), record.year), (_l("Term"), record.term or ""),
                    (_l("For"), record.scope_label), (_l("Unit that answers for it"), unit.name if unit else ""),
                    (_l("Done"), f"{found.done} / {found.wanted} · {percent}"),
                ],
            )
        ]  # fmt: skip

    def related(self, record: Any) -> Sequence[Related]:
        def place(one: Any) -> str:
            term = f" ({_('Term')} {one.term})" if one.term else ""
            return f"{one.seq}{term} {one.title}"

        rows = [
            (
                url_for("ProgressView.show", record_id=one.id),
                [
                    place(one), one.assignee,
                    format_date(one.due_on, "short"), services.LIFE.states[one.status],
                ],
            )
            for one in services.of_run(db, record)
        ]  # fmt: skip
        heads = [_l("Step"), _l("Officer"), _l("Due on"), _l("State")]
        return [Related(_l("Steps in order"), heads, rows, "list-check")]

    def actions(self) -> list[listing.Action]:
        return [
            listing.Action("archive", _l("Archive"), "edit", lambda run, _v: services.archive(db, run), icon="archive"),
            listing.Action("delete", _l("Delete"), "edit", lambda run, _v: services.delete_run(db, run), icon="trash"),
        ]

    def steps(self, record: Any) -> Sequence[Step]:
        if not self.may("edit", record.unit_id) or record.archived:
            return []
        return [
            Step(_l("Archive"), self.url("bulk", key="archive", ids=record.id, back="record"), "archive"),
            Step(_l("Delete"), self.url("bulk", key="delete", ids=record.id), "trash", "danger"),
        ]


def _scope(kind: str, name: str) -> tuple[str, int, str]:
    """(kind, id, name) of what a round is for. Raises RuleError for a name that is in no list."""
    if kind == "district":
        return kind, 0, ""
    model: Any = School if kind == "school" else SchoolGroup
    found = db.scalars(select(model).where(model.name == (name or "").strip()).limit(2)).all()
    if len(found) != 1:
        raise RuleError(_("Type the whole name as it stands in the list."), field="scope_name")
    return kind, found[0].id, found[0].name


class EvidenceView(CrudView):
    """หลักฐาน/ร่องรอย. Who may open the record may open what lies with it, and nobody else."""

    route_base = "/evidence"
    resource = permissions.EVIDENCE
    model = Evidence
    title = _l("Evidence")
    new_title = _l("Lay evidence")
    icon = "patch-check"
    descending = True
    form_class = EvidenceForm
    without = frozenset({"edit"})
    in_palette = False
    empty_hint = _l("No evidence yet. Open a step and lay evidence to it.")

    def statement(self) -> Select[Any]:
        """Evidence of kinds of record that the actor may open everywhere in the district."""
        on = effective_plugins()
        names = [
            name
            for name, view in khet().views.items()
            if view.plugin in on and self.actor.units(view.resource, "show").everywhere
        ]
        owned: Any = Evidence.view.in_(names) if names else false()
        if not self.actor.units(permissions.WORK, "verify").everywhere:
            owned = and_(owned, Evidence.view != "ProgressView")  # other people's steps
        return select(Evidence).where(owned)

    def find(self, record_id: int, verb: str = "show") -> Any:
        one = super().find(record_id, verb)
        self._owner(one.view, one.record_id)
        return one

    def _owner(self, view_name: str, record_id: int) -> Any:
        """The record that evidence lies with, through its own page's walls."""
        view = khet().views.get(view_name)
        if not isinstance(view, CrudView) or not view.holds_evidence or view.plugin not in effective_plugins():
            raise NotFound
        if not self.actor.may(view.resource, "show"):
            abort(404)
        return view.find(record_id)

    def columns(self) -> list[listing.Column]:
        return [
            listing.Column("title", _l("Heading"), link=True, kind="subject"),
            listing.Column("sort", _l("Kind"), lambda row: services.SORTS[row.sort], "label"),
            listing.Column("label", _l("Of which record"), kind="subject", wide=True),
            listing.Column("dated", _l("Dated"), kind="date", wide=True),
            listing.Column("by", _l("By"), kind="name", wide=True),
        ]

    def _asked(self) -> tuple[str, int]:
        name, _colon, raw = request.args.get("of", "").partition(":")
        if not raw.isdigit() or len(raw) > 9:
            raise NotFound
        return name, int(raw)

    @expose("/new", methods=("GET", "POST"))
    @right("add")
    def add(self) -> Any:
        """Lay evidence to the record that `of` names (view:id)."""
        self._owner(*self._asked())
        return super().add()

    def form(self, record: Any = None) -> Any:
        form = super().form(record)
        form.drafts = False
        return form

    def save(self, record: Any, values: dict[str, Any]) -> Any:
        view, number = self._asked()
        owner = self._owner(view, number)
        files = values.get("files") or []
        made = services.save_evidence(
            db, owner, view, values, who=_who(self), today=today(), has_file=bool(files)
        )  # fmt: skip
        store.attach(db, made, files)
        return made

    def after_save(self, record: Any) -> str:
        return url_for(f"{record.view}.show", record_id=record.record_id)

    def heading(self, record: Any) -> str:
        return str(record.title)

    def facts(self, record: Any) -> Sequence[tuple[Any, Any]]:
        return [
            (_l("Heading"), record.title), (_l("Kind"), services.SORTS[record.sort]),
            (_l("Of which record"), record.label),
            (_l("Link"), record.url), (_l("Dated"), format_date(record.dated, "letter")), (_l("By"), record.by),
            (_l("Who may see it"), services.VISIBILITIES[record.visibility]),
        ]  # fmt: skip

    def steps(self, record: Any) -> Sequence[Step]:
        return [Step(_l("The record"), url_for(f"{record.view}.show", record_id=record.record_id), "link-45deg")]


class KpiView(CrudView):
    """ตัวชี้วัด: target against actual, year by year."""

    route_base = "/indicators"
    resource = permissions.KPI
    model = KpiTarget
    title = _l("Indicators")
    icon = "bullseye"
    order = ("year", "id")
    descending = True
    form_class = TargetForm
    without = frozenset({"add"})
    holds_evidence = True
    in_palette = False
    empty_hint = _l("No indicator yet. They come with the modules that are on.")

    def statement(self) -> Select[Any]:
        found = select(KpiTarget).options(joinedload(KpiTarget.kpi))
        return found.where(KpiTarget.kpi.has(services.Kpi.module.in_(sorted(effective_plugins()))))

    def find(self, record_id: int, verb: str = "show") -> Any:
        one = super().find(record_id, verb)
        if one.kpi.module not in effective_plugins():
            raise NotFound
        return one

    def _actual(self, one: Any) -> float | None:
        """Counted once a page: two columns and the state ask for it."""
        known: dict[int, float | None] = g.setdefault("kpi_actuals", {})
        if one.id not in known:
            known[one.id] = services.actual(db, one, khet().registry.kpis)
        return known[one.id]

    def columns(self) -> list[listing.Column]:
        def actual(row: Any) -> Any:
            found = self._actual(row)
            return _("No data") if found is None else f"{found:g}"

        return [
            listing.Column("label", _l("Indicator"), self._title, "subject", link=True, sort=False),
            listing.Column("year", _l("School year"), kind="number"),
            listing.Column("target", _l("Target"), self._target, "label"),
            listing.Column("typed", _l("Actual"), actual, "label", sort=False),
            listing.Column("result", _l("Result"), self._result, "label", sort=False),
        ]

    def _title(self, one: Any) -> Any:
        """In the reader's language, as long as the district has not renamed it."""
        spec = khet().registry.kpis.get(one.kpi.code)
        return one.kpi.title if spec is None or one.kpi.edited else spec.title

    def _target(self, one: Any) -> str:
        spec = khet().registry.kpis.get(one.kpi.code)
        unit = one.kpi.unit_title if spec is None or one.kpi.edited else spec.unit
        return f"{one.target:g} {unit}"

    def heading(self, record: Any) -> str:
        return f"{self._title(record)} {record.year}"

    def _result(self, one: Any) -> Any:
        return services.RESULTS[services.result(one.kpi.direction, one.target, self._actual(one))]

    def form(self, record: Any = None) -> Any:
        form = super().form(record)
        if record is not None and record.kpi.counted:
            del form.typed
        return form

    def save(self, record: Any, values: dict[str, Any]) -> Any:
        return services.save_target(db, record, values)

    def state_of(self, record: Any) -> Any:
        return self._result(record)

    def steps(self, record: Any) -> Sequence[Step]:
        found = list(super().steps(record))
        if not record.kpi.counted and self.may("edit"):
            found.append(Step(_l("Lay evidence"), url_for("EvidenceView.add", of=f"KpiView:{record.id}"), "paperclip"))
        return found

    def facts(self, record: Any) -> Sequence[tuple[Any, Any]]:
        how = _("Counted by its module") if record.kpi.counted else _("Typed, with evidence")
        return [*super().facts(record), (_l("How it is counted"), how), (_l("Remark"), record.note)]


class TermView(CrudView):
    """ภาคเรียน as this district keeps them; where there is none, the ministry's dates hold."""

    route_base = "/terms"
    resource = permissions.TERM
    model = Term
    title = _l("Terms")
    new_title = _l("New term")
    icon = "calendar-range"
    order = ("school_year", "number", "id")
    descending = True
    form_class = TermForm
    empty_hint = _l("No term of your own: the ministry's dates hold (16 May to 11 October, 1 November to 1 April).")

    def columns(self) -> list[listing.Column]:
        return [
            listing.Column("school_year", _l("School year"), kind="number", link=True),
            listing.Column("number", _l("Term"), kind="number"),
            listing.Column("starts_on", _l("First day"), kind="date"),
            listing.Column("ends_on", _l("Last day"), kind="date"),
        ]

    def save(self, record: Any, values: dict[str, Any]) -> Any:
        return services.save_term(db, record, values)


VIEWS = [ProgressView, StandardView, RunView, EvidenceView, KpiView, TermView, PeopleView]

"""Works with other agencies, from the analysis to what was published."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import abort, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from wtforms import validators

from core import listing
from core.accounts import services as accounts
from core.citing import services as citing
from core.citing.pages import asked_letter, cited_panel, replaced
from core.crud import Related, Section, Step
from core.crud.life import LifeView
from core.errors import NotFound
from core.forms import (
    AmountField,
    KhetForm,
    LineForm,
    LinesField,
    LookupField,
    ThaiDateField,
    choice,
    finder,
    paragraph,
    text,
)
from core.masterdata.models import Person, Unit
from core.notices.telling import tell
from core.text import figures
from core.text.thai import format_date, today
from core.views import expose, right
from core.web.unit_of_work import db, khet, neighbours
from core.workflow import Transition
from plugins.cooperation import permissions, services
from plugins.cooperation.models import Agency, Agreement, Case, CaseAgency, Task
from plugins.cooperation.services import APPROVAL, INCOMING, ORDERED

#: kind of notice
DECIDED = "cooperation.decided"
#: what is said of each decision
SAID = {
    "approve": _l("%(who)s has approved: %(record)s"), "back": _l("%(who)s sends back: %(record)s"),
    "reject": _l("%(who)s did not approve: %(record)s"),
}  # fmt: skip
LETTERS = {
    INCOMING: _l("The letter it comes from"), APPROVAL: _l("Letter of approval (form 7.1)"),
    ORDERED: _l("The order (form 7.2)"),
}  # fmt: skip


class AgencyLine(LineForm):
    """An agency of a case."""

    agency_id = LookupField(_l("Agency"), finder(db, Agency, lambda one: one.name), "AgencyView.lookup")


class PersonLine(LineForm):
    """Who works on it."""

    person_id = LookupField(_l("Person"), finder(db, Person, lambda one: one.full_name), "PersonView.lookup")
    duty = text(_l("Duty"), most=300, need=False)


class CaseForm(KhetForm):
    """งานร่วม/สนับสนุน."""

    unit_id = choice(_l("Group"), [], coerce=int, render_kw={"translate": "no"})
    title = text(_l("Work"), most=300)
    scope = choice(_l("Where"), list(services.SCOPES.items()))
    direction = choice(_l("Kind of work"), list(services.DIRECTIONS.items()))
    source = choice(_l("Where it comes from"), list(services.SOURCES.items()))
    agencies = LinesField(_l("Agencies"), AgencyLine)
    agreement_id = LookupField(
        _l("Agreement"), finder(db, Agreement, lambda one: one.title), "AgencyView.agreements", need=False
    )
    objective = paragraph(_l("Objective"), most=2000, need=True)
    analysis = paragraph(_l("Analysis of mission, roles and authority"), most=3000)
    proposal = paragraph(_l("What is proposed"), most=3000)
    people = LinesField(_l("Who works on it"), PersonLine, need=False)
    starts_on = ThaiDateField(_l("From (day)"))
    ends_on = ThaiDateField(_l("Until"))
    budget = AmountField(_l("Budget (baht)"), [validators.Optional()], places=2)
    output = paragraph(_l("Output"))
    groups = (
        (_l("The work"), ("unit_id", "title", "scope", "direction", "source", "agencies", "agreement_id", "objective")),
        (_l("1 Analyse"), ("analysis",)),
        (_l("2 Propose"), ("proposal", "people", "starts_on", "ends_on", "budget", "output")),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = db.scalars(
            select(Unit).where(Unit.kind.in_(("group", "office")), Unit.active.is_(True)).order_by(Unit.kind, Unit.id)
        )
        self.unit_id.choices = [(one.id, one.name) for one in found]


class DecisionForm(KhetForm):
    """Approved or not, and why."""

    reason = paragraph(_l("Remark"), most=500)


class OrderForm(KhetForm):
    """The order's number, where it was not drafted here."""

    letter_no = text(
        _l("Number of the order"),
        most=100,
        need=False,
        help=_l("Empty where it was drafted and numbered here. A number typed here takes the place of a draft."),
    )
    letter_on = ThaiDateField(_l("Date of the order"), need=False)


class SummaryForm(KhetForm):
    """สรุปผล (form 7.3)."""

    result = paragraph(_l("Result against the objective"), most=3000, need=True)
    problems = paragraph(_l("Problems"), most=2000)
    next_steps = paragraph(_l("What comes next"), most=2000)


class ReportForm(KhetForm):
    """To whom it is reported."""

    shared_with = text(_l("To whom"), most=500)


class CaseView(LifeView):
    """งานร่วมกับหน่วยงานอื่น."""

    route_base = "/cooperation/cases"
    resource = permissions.CASE
    model = Case
    title = _l("Work with other agencies")
    new_title = _l("New work")
    icon = "people"
    descending = True
    searchable = "search_text"
    form_class = CaseForm
    holds_evidence = True
    board = listing.Board("state")
    calendar = "ends_on"
    life = services.LIFE
    grave = frozenset({"back", "reject"})
    step_forms = {
        "approve": DecisionForm, "back": DecisionForm, "reject": DecisionForm, "order": OrderForm,
        "evaluate": SummaryForm, "report": ReportForm,
    }  # fmt: skip
    empty_hint = _l("No work with other agencies yet.")

    def columns(self) -> list[listing.Column]:
        return [
            listing.Column("number", _l("No."), lambda row: row.number_text, link=True),
            listing.Column("title", _l("Work"), kind="subject"),
            listing.Column("agencies", _l("Agencies"), kind="name", wide=True),
            listing.Column("scope", _l("Where"), lambda row: services.SCOPES[row.scope], "label", wide=True),
            listing.Column("ends_on", _l("Until"), kind="date"),
            listing.Column("assignees", _l("Who works on it"), kind="name", wide=True, shown=False),
            self.state_column(),
        ]

    def filters(self) -> list[listing.Filter]:
        late = Case.ends_on < today()
        return [
            self.state_filter(),
            listing.Filter(
                "scope", _l("Where"), lambda s, v: s.where(Case.scope == v), choices=list(services.SCOPES.items())
            ),
            listing.Filter(
                "late",
                _l("Time"),
                lambda s, _v: s.where(late, Case.status.in_(services.OPEN)),
                choices=[("1", _l("Overdue"))],
            ),
            listing.period("opened", _l("Opened on"), Case.opened_on),
        ]

    def dimensions(self) -> list[listing.Dimension]:
        return [
            self.state_dimension(),
            listing.Dimension("scope", _l("Where"), Case.scope, lambda v: services.SCOPES[v]),
            listing.month_of("month", _l("Month"), Case.opened_on),
        ]

    def form(self, record: Any = None) -> Any:
        if record is None:
            letter = asked_letter()
            start = {"title": letter.subject[:300], "source": "letter"} if letter is not None else {}
            return CaseForm(data=start)
        form: Any = super().form(record)
        del form.unit_id
        return form

    def fill(self, form: Any, record: Any) -> None:
        agencies = db.scalars(select(CaseAgency.agency_id).filter_by(case_id=record.id).order_by(CaseAgency.id))
        form.agencies.process(None, [{"agency_id": one} for one in agencies])
        form.people.process(
            None, [{"person_id": one.person_id, "duty": one.duty} for one in services.people(db, record)]
        )

    def _desk(self) -> services.Desk:
        return services.Desk(self.actor, today(), neighbours())

    def save(self, record: Any, values: dict[str, Any]) -> Any:
        unit = db.get(Unit, record.unit_id if record is not None else values["unit_id"])
        if unit is None:
            raise NotFound
        if record is None:
            self.require_at("add", unit.id)
        made = services.save_case(db, record, unit, values, self._desk())
        letter = asked_letter() if record is None else None
        if letter is not None:
            citing.cite(db, made, INCOMING, letter)
        return made

    def changeable(self, record: Any) -> bool:
        return record.status in ("analysing", "proposed")

    def take(self, record: Any, step: Transition, values: dict[str, Any]) -> None:
        say = replaced(record, ORDERED, values.get("letter_no"))
        services.take(db, record, step.key, values, self._desk())
        say()
        if step.key in SAID:
            self._tell(record, SAID[step.key])

    def _tell(self, record: Any, said: Any) -> None:
        """Those who work on such works at its unit learn what was decided; a refused one waits for nobody."""
        unit = db.get_one(Unit, record.unit_id)
        for account in accounts.who_may(db, khet().registry.roles(), ("edit", permissions.CASE), unit, today()):
            tell(account, DECIDED, said, record, "CaseView")

    def steps(self, record: Any) -> Sequence[Step]:
        found = list(super().steps(record))
        known = citing.cited(db, record)
        if not self.may("edit", record.unit_id):
            return found
        if record.status in ("analysing", "proposed") and APPROVAL not in known:
            found.append(Step(_l("Draft form 7.1"), self.url("draft", record_id=record.id, role=APPROVAL), "pen"))
        cancelled = ORDERED not in known and ORDERED in citing.every(db, record)
        if (record.status == "approved" and ORDERED not in known) or (cancelled and record.status != "closed"):
            found.append(Step(_l("Draft the order (7.2)"), self.url("draft", record_id=record.id, role=ORDERED), "pen"))
        if record.status in ("ordered", "doing"):
            found.append(Step(_l("Add a task"), url_for("TaskView.add", case=record.id), "check2-square"))
        if record.status not in ("closed", "rejected"):
            found.append(Step(_l("Lay evidence"), url_for("EvidenceView.add", of=f"CaseView:{record.id}"), "paperclip"))
        return found

    @expose("/<int:record_id>/draft/<role>", methods=("GET", "POST"))
    @right("edit")
    def draft(self, record_id: int, role: str) -> Any:
        """Have form 7.1 or 7.2 drafted in correspondence."""
        if role not in (APPROVAL, ORDERED):
            abort(404)
        record = self.find(record_id, "edit")
        heading = _("Draft: %(letter)s", letter=str(LETTERS[role]))
        return self.step_page(
            record, KhetForm(), lambda: services.draft(db, record, role, self._desk()), heading, save_title=_("Draft")
        )

    def sections(self, record: Any) -> Sequence[Section]:
        agreement = db.get(Agreement, record.agreement_id) if record.agreement_id else None
        work = [
            (_l("Where"), services.SCOPES[record.scope]), (_l("Kind of work"), services.DIRECTIONS[record.direction]),
            (_l("Where it comes from"), services.SOURCES[record.source]), (_l("Agencies"), record.agencies),
            (_l("Agreement"), agreement.label if agreement is not None else ""), (_l("Objective"), record.objective),
            (_l("Analysis of mission, roles and authority"), record.analysis),
            (_l("What is proposed"), record.proposal),
            (_l("From (day)"), format_date(record.starts_on, "letter")),
            (_l("Until"), format_date(record.ends_on, "letter")),
            (_l("Budget (baht)"), figures.amount(record.budget)),
            (_l("Output"), record.output),
        ]  # fmt: skip
        decided = [
            (_l("By"), record.decided_by), (_l("Decided on"), format_date(record.decided_on, "letter")),
            (_l("Remark"), record.reason),
        ]  # fmt: skip
        done = [
            (_l("Result against the objective"), record.result), (_l("Problems"), record.problems),
            (_l("What comes next"), record.next_steps), (_l("To whom"), record.shared_with),
            (_l("Reported on"), format_date(record.reported_on, "letter")),
            (_l("Published on"), format_date(record.published_on, "letter")),
        ]  # fmt: skip
        return [
            Section(_l("The work"), work),
            Section(_l("Decision"), decided),
            Section(_l("Summary (form 7.3)"), done),
        ]

    def related(self, record: Any) -> Sequence[Related]:
        who = [("", [one.name, one.duty]) for one in services.people(db, record)]
        tasks = [
            (
                url_for("TaskView.show", record_id=one.id),
                [one.what, one.who, format_date(one.due_on, "short"), services.TASKS.states[one.status]],
            )
            for one in db.scalars(select(Task).filter_by(case_id=record.id).order_by(Task.due_on))
        ]
        found = cited_panel(record, LETTERS)
        if who:
            found.append(Related(_l("Who works on it"), [_l("Name"), _l("Duty")], who, "people"))
        if tasks:
            heads = [_l("Item"), _l("Officer"), _l("Due on"), _l("State")]
            found.append(Related(_l("Tasks"), heads, tasks, "check2-square"))
        return found

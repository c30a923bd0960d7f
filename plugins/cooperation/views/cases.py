"""Works with other agencies, from the analysis to what was published."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from flask import url_for
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from sqlalchemy import select

from core.base.text.thai import clean, today
from core.base.workflow import Transition
from core.platform.masterdata.models import GROUP, OFFICE, Person
from core.records import lists
from core.records.integrations import LetterWanted
from core.records.letter_links import services as citing
from core.storage.fields import Values, label
from core.web.crud import ActionLink, Related, Section, facts, related
from core.web.crud.approval_view import ApprovalView
from core.web.crud.letters_view import LettersView
from core.web.crud.owned import OwnedView
from core.web.forms import LineForm, LinesField
from core.web.letter_links import asked_letter, letter_form, replaced
from core.web.record_forms import RecordForm, field, lookup
from core.web.unit_field import UnitField
from core.web.unit_of_work import db
from plugins.cooperation import permissions, services
from plugins.cooperation.models import (
    APPROVING,
    FINAL,
    OPEN,
    WORKFLOW,
    Agency,
    Agreement,
    Case,
    CaseAgency,
    CasePerson,
    Task,
)
from plugins.cooperation.services import APPROVAL, INCOMING, ORDERED

LETTERS = {
    INCOMING: _l("The letter it comes from"), APPROVAL: _l("Letter of approval (form 7.1)"),
    ORDERED: _l("The order (form 7.2)"),
}  # fmt: skip


class AgencyLine(LineForm):
    """An agency of a case."""

    agency_id = lookup(CaseAgency.agency_id, Agency, "AgencyView.lookup")


class PersonLine(LineForm):
    """Who works on it."""

    person_id = lookup(CasePerson.person_id, Person, "PersonView.lookup")
    duty = field(CasePerson.duty)


class CaseForm(RecordForm):
    """งานร่วม/สนับสนุน."""

    empty = {
        "agencies": _l(
            "No agency is known yet. Whoever works with other agencies adds it first: menu “Agencies”, “New agency”."
        ),
    }

    asks = (
        (
            _l("The work"),
            (
                "unit_id", Case.title, Case.scope, Case.direction, Case.source, "agencies", "agreement_id",
                Case.objective,
            ),
        ),
        (_l("1 Analyse"), (Case.analysis,)),
        (_l("2 Propose"), (Case.proposal, "people", Case.starts_on, Case.ends_on, Case.budget, Case.output)),
    )  # fmt: skip
    unit_id = UnitField(_l("Group"), permissions.CASE, kinds=(GROUP, OFFICE))
    agencies = LinesField(label(Case.agencies), AgencyLine)
    agreement_id = lookup(Case.agreement_id, Agreement, "AgencyView.agreements")
    people = LinesField(label(Case.assignees), PersonLine, need=False)


class SummaryForm(RecordForm):
    """สรุปผล (form 7.3)."""

    asks = ("result", Case.problems, Case.next_steps)
    result = field(Case.result, required=True)


class ReportForm(RecordForm):
    """To whom it is reported."""

    asks = ("shared_with",)
    shared_with = field(Case.shared_with, required=True)


class CaseView(LettersView, OwnedView, ApprovalView):
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
    board = lists.Board("state")
    calendar = "ends_on"
    workflow = WORKFLOW
    approving = APPROVING
    transition_forms = {
        "order": letter_form(_l("Number of the order"), _l("Date of the order")),
        "evaluate": SummaryForm,
        "report": ReportForm,
    }
    letters = LETTERS
    drafts = {APPROVAL: _l("Draft form 7.1"), ORDERED: _l("Draft the order (7.2)")}
    empty_hint = _l("No work with other agencies yet.")

    def columns(self) -> list[lists.Column]:
        return [
            lists.Column("number", lazy_pgettext("record", "No."), lambda row: row.number_text, link=True),
            lists.column(Case.title),
            lists.column(Case.agencies, wide=True),
            lists.column(Case.scope, wide=True),
            lists.column(Case.ends_on),
            lists.column(Case.assignees, wide=True, shown=False),
            self.state_column(),
        ]

    def filters(self) -> list[lists.Filter]:
        return [
            self.state_filter(),
            lists.choice(Case.scope),
            lists.overdue(Case.ends_on < today(), Case.status.in_(OPEN)),
            lists.period("opened", label(Case.opened_on), Case.opened_on),
        ]

    def dimensions(self) -> list[lists.Dimension]:
        return [
            self.state_dimension(),
            lists.dimension(Case.scope),
            lists.month_of("month", _l("Month"), Case.opened_on),
        ]

    def start(self) -> Mapping[str, Any]:
        letter = asked_letter()
        return {"title": letter.subject[:300], "source": "letter"} if letter is not None else {}

    def fill(self, form: Any, record: Any) -> None:
        agencies = db.scalars(select(CaseAgency.agency_id).filter_by(case_id=record.id).order_by(CaseAgency.id))
        form.agencies.process(None, [{"agency_id": one} for one in agencies])
        form.people.process(
            None, [{"person_id": one.person_id, "duty": one.duty} for one in services.people(db, record)]
        )

    def save(self, record: Any, values: Values) -> Any:
        unit_id = record.unit_id if record is not None else values["unit_id"]
        made = services.save_case(db, record, unit_id, values, today=today(), by=self.actor.name)
        letter = asked_letter() if record is None else None
        if letter is not None:
            citing.cite(db, made, INCOMING, letter)
        return made

    def administers(self, record: Any) -> bool:
        return services.administers(self.actor, record)

    def not_yet(self, record: Any, transition: Transition) -> str:
        return services.not_yet(db, record, transition.key, today())

    def wants(self, key: str, record: Any) -> Collection[str]:
        if key in ("back", "reject"):
            return ("reason",)
        return citing.to_type(db, record, ORDERED) if key == "order" else ()

    def apply(self, record: Any, transition: Transition, values: dict[str, Any]) -> None:
        say = replaced(record, ORDERED, values.get("letter_no"))
        services.apply(db, record, transition.key, values, today())
        say()

    def ended(self, record: Any, key: str, remark: str, by: str) -> None:
        record.decided_by, record.decided_on, record.reason = by[:150], today(), clean(remark)

    def takes_evidence(self, record: Any) -> bool:
        return self.may("edit", record.unit_id) and record.status not in ("closed", "rejected")

    def action_links(self, record: Any) -> Sequence[ActionLink]:
        found = list(super().action_links(record))
        may = self.in_one(lambda: self.writes(record) and self.actor.may(permissions.TASK, "add", record.unit_id))
        if may and record.status in ("ordered", "doing"):
            found.append(ActionLink(_l("Add a task"), url_for("TaskView.add", case=record.id), "check2-square"))
        return found

    def drafts_letters(self, record: Any, role: str) -> bool:
        return self.may("edit", record.unit_id) and self.writes(record)

    def to_draft(self, record: Any, role: str, *, lost: bool) -> bool:
        if role == APPROVAL:
            return record.status in ("analysing", "proposed")
        return record.status == "approved" or (lost and record.status not in FINAL)

    def wanted(self, record: Any, role: str) -> LetterWanted:
        return services.letter(db, record, role)

    def sections(self, record: Any) -> Sequence[Section]:
        agreement = db.get(Agreement, record.agreement_id) if record.agreement_id else None
        work = [
            *facts(record, Case.owner, Case.scope, Case.direction, Case.source, Case.agencies),
            (label(Case.agreement_id), agreement.label if agreement is not None else ""),
            *facts(record, Case.objective, Case.analysis, Case.proposal, Case.starts_on, Case.ends_on, Case.budget),
            *facts(record, Case.output),
        ]
        done = (Case.result, Case.problems, Case.next_steps, Case.shared_with, Case.reported_on, Case.published_on)
        return [
            Section(_l("The work"), work),
            Section(_l("Decision"), facts(record, Case.decided_by, Case.decided_on, Case.reason)),
            Section(_l("Summary (form 7.3)"), facts(record, *done)),
            *([Section(_l("Not yet"), waiting)] if (waiting := self.waiting_steps(record)) else []),
        ]

    def related(self, record: Any) -> Sequence[Related]:
        people = services.people(db, record)
        found = related(_l("Who works on it"), people, CasePerson.name, CasePerson.duty, icon="people")
        tasks = db.scalars(select(Task).filter_by(case_id=record.id).order_by(Task.due_on))
        columns = (Task.what, Task.who, Task.due_on, Task.state)
        found += related(_l("Tasks"), tasks, *columns, view="TaskView", icon="check2-square")
        return found

"""What decides and changes in cooperation. Knows session, who acts and today; no Flask.

Manual 002 ตอนที่ 3: 1 analyse, 2 propose, 3 do, 4 report and publish; R9: work begins only after an order or a written
assignment; refusals of domain notes §12.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, delete, func, select

from core.base.errors import RuleError, needs, refusal
from core.base.identity import Actor
from core.base.text import figures
from core.base.text.calendars import school_year_of
from core.base.text.dates import shown_date
from core.base.text.thai import clean, format_date
from core.platform.follow_ups.models import WITH_DOER
from core.platform.masterdata import services as masterdata
from core.platform.masterdata.models import Person
from core.platform.numbering import engine
from core.platform.timeline import recorder
from core.records.integrations import MEMO, ORDER, LetterWanted
from core.records.letter_links import services as citing
from core.storage import fields
from core.storage.fields import Values
from core.storage.scope import KhetSession
from plugins.cooperation.models import FINAL, WORKFLOW, Agency, Agreement, Case, CaseAgency, CasePerson, Task
from plugins.cooperation.permissions import CASE

INCOMING, APPROVAL, ORDERED = "incoming", "approval", "order"
#: kinds of notice: a task is somebody's, or theirs no longer
GIVEN, TAKEN = "cooperation.given", "cooperation.taken"


def add_agreement(session: KhetSession, agency: Agency, values: Values) -> Agreement:
    """บันทึกข้อตกลง. Raises RuleError for an end that does not lie after the beginning."""
    if values[Agreement.ends_on] <= values[Agreement.starts_on]:
        raise RuleError(_("The end must lie after the beginning."), field="ends_on")
    made = Agreement(agency_id=agency.id)
    fields.assign(made, values)
    session.add(made)
    session.flush()
    return made


def save_case(session: KhetSession, case: Case | None, unit_id: int, values: Values, *, today: date, by: str) -> Case:
    """Begin a case (numbered in the unit's book) or write on.

    Raises RuleError for end before start, no agency, negative money, an agreement that is over or another's (§12).
    """
    if case is not None and case.status != "analysing":
        raise RuleError(_("What is proposed does not change: take it back first. What was approved changes no more."))
    starts_on, budget, agreement_id = values[Case.starts_on], values[Case.budget], values[Case.agreement_id]
    if values[Case.ends_on] < starts_on:
        raise RuleError(_("The end must lie after the beginning."), field="ends_on")
    if budget is not None and budget < 0:
        raise RuleError(_("Money cannot be negative."), field="budget")
    ids = [one["agency_id"] for one in values["agencies"]]
    if not ids:
        raise RuleError(_("Name at least one agency."), field="agencies")
    agencies = [masterdata.require(session, Agency, one) for one in dict.fromkeys(ids)]
    agreement = session.get(Agreement, agreement_id) if agreement_id else None
    if agreement is not None:
        if agreement.agency_id not in ids:
            raise RuleError(_("This agreement is with another agency."), field="agreement_id")
        if agreement.ends_on < starts_on:
            raise RuleError(_("This agreement is over."), field="agreement_id")
    if case is None:
        case = Case(unit_id=unit_id, opened_on=today)
        engine.give(session, case, unit_id, today=today, by=by)
        session.add(case)
    fields.assign(case, {**values, "agencies": ", ".join(one.name for one in agencies)[:600]})
    session.flush()
    session.execute(delete(CaseAgency).where(CaseAgency.case_id == case.id))
    session.add_all(CaseAgency(case_id=case.id, agency_id=one.id) for one in agencies)
    session.flush()
    _people(session, case, values.get("people") or [])
    return case


def _people(session: KhetSession, case: Case, people: Sequence[dict[str, Any]]) -> None:
    session.execute(delete(CasePerson).where(CasePerson.case_id == case.id))
    names, seen = [], set()
    for number, one in enumerate(people):
        person: Person = masterdata.require(session, Person, one["person_id"])
        if person.id in seen:
            raise RuleError(_("This person is there twice."), field=f"people-{number}-person_id")
        seen.add(person.id)
        names.append(person.full_name)
        session.add(
            CasePerson(case_id=case.id, person_id=person.id, name=person.full_name, duty=clean(one.get("duty") or ""))
        )
    case.assignees = ", ".join(names)[:600]
    session.flush()


def people(session: KhetSession, case: Case) -> list[CasePerson]:
    """Who works on it."""
    return list(session.scalars(select(CasePerson).filter_by(case_id=case.id).order_by(CasePerson.id)))


def not_yet(session: KhetSession, case: Case, key: str, today: date) -> str:
    """Why a step that the state allows has to wait: for the first day of the work, or for its tasks; empty where it
    has not."""
    found = [refusal(lambda: _check_written(case))] if key == "propose" else []
    if key in ("evaluate", "report", "publish") and today < case.starts_on:
        found.append(_("The work begins on %(day)s.", day=shown_date(case.starts_on, "letter")))
    # what was published changes no more, so its tasks are done by then
    if key in ("publish", "close") and _open_task(session, case) is not None:
        found.append(_("There are tasks that are not done."))
    return " ".join(filter(None, found))


def _check_written(case: Case) -> None:
    """Raises RuleError with all that is missing of a work that is to be proposed."""
    needs(
        (case.analysis, _("Write the analysis of mission, roles and authority first."), None),
        (case.proposal, _("Write what is proposed first."), None),
        (case.assignees, _("Nobody works on it yet: change the work and name them under “Who works on it”."), None),
    )


def _open_task(session: KhetSession, case: Case) -> int | None:
    return session.scalar(select(Task.id).where(Task.case_id == case.id, Task.state.in_(WITH_DOER)).limit(1))


def apply(session: KhetSession, case: Case, key: str, values: Mapping[str, Any], today: date) -> None:
    """A step of a case with what its form asked. Raises RuleError for each rule of the page."""
    WORKFLOW.check(case, key)
    if why := not_yet(session, case, key, today):
        raise RuleError(why)
    said = clean(values.get("reason") or "")
    match key:
        case "propose":
            case.reason, case.decided_by, case.decided_on = "", "", None  # the timeline keeps what was said before
        case "revise":
            former = citing.cited(session, case).get(APPROVAL)
            if former is not None and former.number:  # its words were refused; a new one is written
                said = former.label
                citing.uncite(session, case, APPROVAL)
        case "order":
            citing.settle(
                session, case, ORDERED, _("The order"), values.get("letter_no") or "", values.get("letter_on"),
                subject=case.title, today=today,
            )  # fmt: skip
        case "evaluate":
            if not clean(values.get("result") or ""):
                raise RuleError(_("Write the result against the objective."), field="result")
            fields.assign(case, values)
        case "report":
            if not clean(values.get("shared_with") or ""):
                raise RuleError(_("Say to whom it is reported."), field="shared_with")
            fields.assign(case, {**values, "reported_on": today})
        case "publish":
            case.published_on = today
    WORKFLOW.apply(case, key)
    recorder.describe(session, case, f"cooperation.{key}", said)
    session.flush()


def letter(session: KhetSession, case: Case, role: str) -> LetterWanted:
    """Form 7.1 (หนังสือขออนุมัติ) or 7.2 (คำสั่ง) with the case's facts."""
    period = f"ระหว่างวันที่ {format_date(case.starts_on, 'letter')} ถึงวันที่ {format_date(case.ends_on, 'letter')}"
    who = "\n".join(f"{n}. {one.name} {one.duty}".rstrip() for n, one in enumerate(people(session, case), start=1))
    if role == APPROVAL:
        money = f" งบประมาณ {figures.amount(case.budget)} บาท" if case.budget else ""
        body = (
            f"ด้วย{case.agencies} มีภารกิจเรื่อง{case.title} เพื่อ{case.objective}\n\nจึงขออนุมัติให้บุคลากรต่อไปนี้ปฏิบัติงานร่วม"
            f" {period}{money}\n{who}\n\nจึงเรียนมาเพื่อโปรดพิจารณาอนุมัติ"
        )
        return LetterWanted(
            MEMO, (case.unit_id,), "ผู้อำนวยการสำนักงานเขตพื้นที่การศึกษา", f"ขออนุมัติปฏิบัติงานร่วมเรื่อง{case.title}", body
        )
    body = f"เพื่อให้การปฏิบัติงานร่วมกับ{case.agencies} เป็นไปด้วยความเรียบร้อย จึงแต่งตั้งบุคลากรปฏิบัติงาน {period} ดังนี้\n{who}"
    return LetterWanted(ORDER, (case.unit_id,), "", f"แต่งตั้งบุคลากรปฏิบัติงานร่วมเรื่อง{case.title}", body)


def check_task(case: Case, task: Task | None, values: Values, *, today: date) -> None:
    """A piece of work is begun only after the order (R9), due from today on, within the days of the case.

    Raises RuleError for each of these, at its field.
    """
    if case.status in FINAL or (task is not None and task.state not in WITH_DOER):
        raise RuleError(_("What is over does not change any more."))
    if task is None and case.status not in ("ordered", "doing"):
        raise RuleError(_("Work begins after the order or the written assignment."))
    due_on = values[Task.due_on]
    if task is None or task.due_on != due_on:
        if due_on < today:
            raise RuleError(_("The date lies in the past."), field="due_on")
        if due_on < case.starts_on:
            said = _("The work begins on %(day)s.", day=shown_date(case.starts_on, "letter"))
            raise RuleError(said, field="due_on")
        if due_on > case.ends_on:
            raise RuleError(_("The work ends on %(day)s.", day=shown_date(case.ends_on, "letter")), field="due_on")


def administers(actor: Actor, case: Case) -> bool:
    """Whether the actor answers for every work at its unit: who approves them."""
    return actor.may(CASE, "approve", case.unit_id)


def coordinates(actor: Actor, case: Case) -> bool:
    """Whether the actor changes the work, takes its steps and gives out its tasks: who coordinates it, or answers for
    all."""
    return case.owner_id in actor.names or administers(actor, case)


def reported_share(session: KhetSession, year: int) -> tuple[Select[Any], Select[Any]]:
    """KPI: cases of a school year that were reported, and all that were to end in it."""
    whole = select(func.count(Case.id)).where(
        Case.ends_on.between(*school_year_of(year)), Case.status.not_in(("analysing", "proposed", "rejected"))
    )
    return whole.where(Case.status.in_(("reported", "published", "closed"))), whole

"""What cooperation keeps: agencies, cases, tasks, summaries and agreements (manual 002 ตอนที่ 3; domain notes §2)."""

from __future__ import annotations

from typing import ClassVar

from flask_babel import lazy_gettext as _l
from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.base.workflow import Transition, Workflow
from core.platform.follow_ups.models import FollowUp, followed, workflow
from core.platform.handover import Owned
from core.platform.masterdata.holidays import closing
from core.platform.numbering.models import Numbered, numbered
from core.platform.worklist.sync import InWorklist, WorkItem
from core.records.approvals import services as approvals
from core.storage import fields
from core.storage.base import DistrictOwned, Model, Tracked, Versioned, belongs_to
from core.storage.succession import follows, stays
from plugins.cooperation import permissions

BOOK = "cooperation.case"
KINDS = {
    "inside": _l("Group of the area"), "state": _l("State agency"), "private": _l("Private"),
    "local": _l("Local government"), "community": _l("Community"), "person": _l("Person"),
}  # fmt: skip
SCOPES = {"inside": _l("Inside the area"), "outside": _l("Outside the area")}
DIRECTIONS = {"joint": _l("Joint work"), "support": _l("Support")}
SOURCES = {
    "letter": _l("Letter"), "order": _l("Order"), "assigned": _l("Assignment"), "media": _l("Media (form 7)"),
    "request": _l("Request for service"),
}  # fmt: skip
#: states in which nothing of a case changes any more
FINAL = ("published", "closed")
WORKFLOW = Workflow(
    states={
        "analysing": _l("Being analysed"), "proposed": _l("Proposed"), "approved": _l("Approved"),
        "rejected": _l("Not approved"), "ordered": _l("Ordered"), "doing": _l("Being done"),
        "evaluated": _l("Evaluated"), "reported": _l("Reported"), "published": _l("Published"), "closed": _l("Closed"),
    },
    transitions=(
        Transition("propose", _l("Propose"), ("analysing",), "proposed", "edit", "send-check"),
        *approvals.steps("analysing", "proposed", "approved", "rejected"),
        Transition("revise", _l("Revise and propose again"), ("rejected",), "analysing", "edit", "arrow-repeat"),
        Transition("order", _l("Note the order"), ("approved",), "ordered", "edit", "file-earmark-text"),
        Transition("begin", _l("Begin"), ("ordered",), "doing", "edit", "play"),
        Transition("evaluate", _l("Write the summary (form 7.3)"), ("doing",), "evaluated", "edit", "card-text"),
        Transition("report", _l("Report"), ("evaluated",), "reported", "edit", "send"),
        Transition("publish", _l("Publish"), ("reported",), "published", "edit", "megaphone"),
        Transition("close", _l("Close it"), ("reported", "published"), "closed", "edit", "archive"),
    ),
)  # fmt: skip
OPEN = ("analysing", "proposed", "approved", "ordered", "doing", "evaluated")
TASKS = workflow("acknowledge", "report", "back", "reopen", "hand_on", "withdraw")


class Agency(Tracked, Versioned, DistrictOwned, Model):
    """หน่วยงาน within the area or outside."""

    __tablename__ = "cooperation_agency"
    constraints: ClassVar = (UniqueConstraint("district_id", "name"),)

    name = fields.text(
        _l("Name"), most=200, required=True, search=True, look="name",
        unique=_l("There is one of this name already."),
    )  # fmt: skip
    kind = fields.choice(_l("Kind"), KINDS)
    scope = fields.choice(_l("Where"), SCOPES, most=10)
    mission = fields.paragraph(_l("Mission"), most=2000)
    authority = fields.paragraph(_l("Authority"), most=2000)
    contacts = fields.lines(_l("Contacts"), private=True)  #: [{"name": …, "phone": …, "mail": …}]
    search_text: Mapped[str] = mapped_column(String(300), default="")

    @property
    def label(self) -> str:
        return self.name


class Agreement(Tracked, Versioned, DistrictOwned, Model):
    """บันทึกข้อตกลง (MOU) with an agency, from one day to another."""

    __tablename__ = "cooperation_agreement"
    constraints: ClassVar = (
        belongs_to("agency_id", "cooperation_agency"),
        Index("ix_cooperation_agreement_agency", "district_id", "agency_id"),
    )

    agency_id: Mapped[int]
    title = fields.text(_l("Heading"), most=300, required=True)
    starts_on = fields.date(_l("From (day)"), required=True)
    ends_on = fields.date(_l("Until"), required=True)

    @property
    def label(self) -> str:
        return self.title


class Case(Owned, Numbered, InWorklist, Tracked, Versioned, DistrictOwned, Model):
    """งานร่วม/สนับสนุน, from its analysis to what was published."""

    __tablename__ = "cooperation_case"
    constraints: ClassVar = (
        belongs_to("unit_id", "core_unit"),
        belongs_to("agreement_id", "cooperation_agreement"),
        belongs_to("owner_id", "ab_user"),
        *numbered(),
        Index("ix_cooperation_case_status", "district_id", "status", "id"),
        Index("ix_cooperation_case_opened", "district_id", "opened_on", "id"),
    )
    untracked: ClassVar = frozenset({"version", "search_text", "number_id"})

    #: under its number in the book that gave it
    GOES_ON = stays("CaseView", ("edit", permissions.CASE), *OPEN, "reported")
    BOOK, GIVEN_TO, ENDED = BOOK, ("edit", permissions.CASE), FINAL
    unit_id: Mapped[int]
    status = fields.choice(_l("State"), WORKFLOW.states, default="analysing")
    scope = fields.choice(_l("Where"), SCOPES, most=10)
    direction = fields.choice(_l("Kind of work"), DIRECTIONS, most=10)
    source = fields.choice(_l("Where it comes from"), SOURCES, most=10)
    #: nobody: who approves names one
    owner_id = fields.reference(_l("Who coordinates it"), tracked=False)
    owner = fields.text(_l("Who coordinates it"), most=150, look="name")
    title = fields.text(_l("Work"), most=300, required=True, search=True, look="subject", width=36)
    analysis = fields.paragraph(_l("Analysis of mission, roles and authority"), most=3000)
    objective = fields.paragraph(_l("Objective"), most=2000, required=True)
    proposal = fields.paragraph(_l("What is proposed"), most=3000)
    agreement_id = fields.reference(_l("Agreement"))
    opened_on = fields.date(_l("Opened on"), required=True)
    starts_on = fields.date(_l("From (day)"), required=True)
    ends_on = fields.date(_l("Until"), required=True)
    budget = fields.amount(_l("Budget (baht)"))
    output = fields.paragraph(_l("Output"), most=1000)
    decided_by = fields.text(_l("By"), most=150)
    decided_on = fields.date(_l("Decided on"))
    reason = fields.paragraph(_l("Remark"), most=500)
    result = fields.paragraph(_l("Result against the objective"), most=3000, width=40)  #: form 7.3
    problems = fields.paragraph(_l("Problems"), most=2000)
    next_steps = fields.paragraph(_l("What comes next"), most=2000)
    shared_with = fields.text(_l("To whom"), most=500)
    reported_on = fields.date(_l("Reported on"))
    published_on = fields.date(_l("Published on"))
    #: names, as of that day
    agencies = fields.text(_l("Agencies"), most=600, search=True, look="name", width=30)
    assignees = fields.text(_l("Who works on it"), most=600, look="name", width=32)
    search_text: Mapped[str] = mapped_column(String(900), default="")

    @property
    def label(self) -> str:
        return f"{self.number_text} {self.title}"[:300]

    def work_item(self) -> WorkItem | None:
        """For whose step its approval is, then for who coordinates it until it is published."""
        if self.status == "proposed":
            return approvals.work_item(self, APPROVING, due_at=closing(self.ends_on))
        theirs = self.owner_id is not None
        if self.status in ("rejected", "published", "closed"):
            return None
        return WorkItem(
            view="CaseView", resource=permissions.CASE, verb="edit" if theirs else "approve", unit_id=self.unit_id,
            user_id=self.owner_id if theirs else None, due_at=closing(self.ends_on),
        )  # fmt: skip


APPROVING = approvals.Approving(
    "cooperation_case", "CaseView", permissions.CASE, topic="cooperation.decided", amount="budget"
)


class CaseAgency(DistrictOwned, Model):
    """An agency of a case."""

    __tablename__ = "cooperation_case_agency"
    constraints: ClassVar = (
        belongs_to("case_id", "cooperation_case"),
        belongs_to("agency_id", "cooperation_agency"),
        UniqueConstraint("district_id", "case_id", "agency_id"),
    )

    case_id: Mapped[int]
    agency_id = fields.reference(_l("Agency"), required=True)


class CasePerson(DistrictOwned, Model):
    """Who works on a case, and on what (form 7.2)."""

    __tablename__ = "cooperation_case_person"
    constraints: ClassVar = (
        belongs_to("case_id", "cooperation_case"),
        belongs_to("person_id", "core_person"),
        UniqueConstraint("district_id", "case_id", "person_id"),
    )

    case_id: Mapped[int]
    person_id = fields.reference(_l("Person"), required=True)
    name = fields.text(_l("Name"), most=150, required=True)
    duty = fields.text(_l("Duty"), most=300)


class Task(FollowUp, Tracked, Versioned, DistrictOwned, Model):
    """A piece of a case: what, who, by when, with its evidence."""

    __tablename__ = "cooperation_task"
    constraints: ClassVar = (
        belongs_to("case_id", "cooperation_case"),
        *followed(),
        Index("ix_cooperation_task_case", "district_id", "case_id"),
    )
    WORKFLOW = TASKS
    VIEW, RESOURCE = "TaskView", permissions.TASK
    GOES_ON = follows("case_id")

    case_id: Mapped[int]

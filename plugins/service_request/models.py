"""What academic services keep (domain notes on service_request §1; manual 004 บทที่ 2–5)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _l
from sqlalchemy import JSON, Date, Index, Numeric, SmallInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.base.text import figures
from core.base.text.thai import BANGKOK, format_date
from core.platform.follow_ups.models import DONE, GIVEN, RELEASED, FollowUp, followed, workflow
from core.platform.handover import Held, Owned
from core.platform.masterdata.holidays import closing
from core.platform.numbering.models import NumberedLater, numbered
from core.platform.worklist.sync import InWorklist, WorkItem
from core.records.approvals import services as approvals
from core.records.bookings.models import Occupies
from core.storage import fields
from core.storage.base import DistrictOwned, Model, Tracked, UtcDateTime, Versioned, belongs_to, utc_now
from core.storage.succession import follows, moves, stays
from plugins.service_request import permissions

BOOK = "service_request.request"
VERBAL = ("word", "line", "phone")
APPROVED, DECLINED = "approved", "declined"
#: states of a request before anything was held, in which the requester may still withdraw; and until it is over
BEFORE = (
    "draft", "asked", "waiting_letter", "received", "screened", "proposed", "circulated", "considered", "rescheduling",
    "unfit",
    "approved", "replied", "preparing",
)  # fmt: skip
OPEN = (*BEFORE, "declined", "delivered", "summarised")
#: a summary that is finished: its activity stands, and who asked reads it
SENT = "sent"
#: an activity that is not held, and a cost that was not spent on it
CALLED_OFF, VOID = "called_off", "void"
#: a cost that was noted by mistake; and those that there are, which sums and indicators count
TAKEN_OUT, COUNTED = "taken_out", ("open", "submitted")


class Service(Tracked, Versioned, DistrictOwned, Model):
    """รายการบริการ: one of the group's services, in one of the six areas of manual 004 บทที่ 2."""

    __tablename__ = "service_request_service"
    constraints: ClassVar = (UniqueConstraint("district_id", "code"),)

    code = fields.text(_l("Code"), most=20, required=True, unique=_l("This code is used already."))
    area: Mapped[int] = mapped_column(SmallInteger)
    title = fields.text(_l("Heading"), most=200, required=True, look="subject")
    active = fields.tick(_l("In use"), default=True)

    @property
    def label(self) -> str:
        return f"{self.code} {self.title}"


class Setting(Tracked, Versioned, DistrictOwned, Model):
    """What a district sets itself: who serves, and the limits that the manual or the office gives."""

    __tablename__ = "service_request_setting"
    constraints: ClassVar = (UniqueConstraint("district_id"), belongs_to("served_by_id", "core_unit"))

    served_by_id = fields.reference(_l("Who serves"))  #: the supervision group by default
    lead_days = fields.whole(_l("Days ahead that are asked for"), bounds=(1, 365), default=14)
    decision_days = fields.whole(_l("Working days to decide"), bounds=(1, 365), default=5)
    closing_days = fields.whole(_l("Days before the budget year ends that warn"), bounds=(1, 365), default=30)
    summary_days = fields.whole(_l("Days to write a summary"), bounds=(1, 365), default=15)
    answer_days = fields.whole(_l("Days to answer a complaint"), bounds=(1, 365), default=15)
    fee_hour = fields.whole(_l("Speaker's fee an hour (baht)"), bounds=(0, 100_000), default=600)

    @property
    def label(self) -> str:
        return "service_request"


class Request(NumberedLater, InWorklist, Occupies, Tracked, Versioned, DistrictOwned, Model):
    """คำขอรับบริการ. `unit_id` is where it comes from, `served_by_id` the group that keeps its book."""

    __tablename__ = "service_request_request"
    constraints: ClassVar = (
        belongs_to("unit_id", "core_unit"),
        belongs_to("served_by_id", "core_unit"),
        belongs_to("service_id", "service_request_service"),
        belongs_to("school_id", "core_school"),
        belongs_to("decided_by_id", "ab_user"),
        *numbered("served_by_id"),
        Index("ix_service_request_request_unit", "district_id", "unit_id", "id"),
        Index("ix_service_request_request_status", "district_id", "status", "id"),
        Index("ix_service_request_request_asked", "district_id", "asked_on", "id"),
        Index("ix_service_request_request_token", "token"),
    )
    untracked: ClassVar = frozenset({"version", "search_text", "token", "number_id"})

    BOOK = BOOK
    GOES_ON = moves(
        "RequestView", ("edit", permissions.REQUEST), *OPEN,
        closed=_l("stays as it is; the office goes on with what was sent to it, or notes that it is withdrawn"),
        book="served_by_id",
    )  # fmt: skip
    occupies = ("RequestView", permissions.REQUEST)
    unit_id: Mapped[int]
    served_by_id: Mapped[int]
    status: Mapped[str] = mapped_column(String(16), default="draft")
    requester_type: Mapped[str] = mapped_column(String(10))  #: school, agency, group or teacher
    school_id: Mapped[int | None]
    requester: Mapped[str] = mapped_column(String(200))  #: name of the school or agency, as of that day
    network: Mapped[str] = mapped_column(String(200), default="")  #: the school's group of that day
    contact: Mapped[str] = mapped_column(String(150))
    phone: Mapped[str] = mapped_column(String(40), default="")
    channel: Mapped[str] = mapped_column(String(10))  #: letter, smart, word, line or phone
    asked_on: Mapped[date] = mapped_column(Date)
    received_on: Mapped[date | None] = mapped_column(Date)  #: the letter's arrival: lead time counts from it
    service_id: Mapped[int]
    area: Mapped[int] = mapped_column(SmallInteger)
    sort: Mapped[str] = mapped_column(String(12))  #: advice, speaker, training, seminar, workshop or visit
    topic: Mapped[str] = mapped_column(String(300))
    objective: Mapped[str] = mapped_column(String(1000), default="")
    audience: Mapped[str] = mapped_column(String(300), default="")
    expected: Mapped[int]
    day: Mapped[date] = mapped_column(Date)  #: of its beginning, in Bangkok
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    alternatives: Mapped[str] = mapped_column(String(300), default="")
    venue: Mapped[str] = mapped_column(String(300))
    speakers_wanted: Mapped[str] = mapped_column(String(300), default="")
    budget: Mapped[Any | None] = mapped_column(Numeric(12, 2))
    lead_days: Mapped[int | None]
    urgent: Mapped[bool] = mapped_column(default=False)
    urgent_reason: Mapped[str] = mapped_column(String(500), default="")
    decision: Mapped[str] = mapped_column(String(10), default="")
    decided_by_id: Mapped[int | None]
    decided_by: Mapped[str] = mapped_column(String(150), default="")
    decided_on: Mapped[date | None] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(
        String(10), default=""
    )  #: why declined, or why another time is on offer: time, people, scope, budget, other
    reason_text: Mapped[str] = mapped_column(String(500), default="")
    told_on: Mapped[date | None] = mapped_column(Date)  #: the requester was told by word
    offered_start: Mapped[datetime | None] = mapped_column(UtcDateTime)
    offered_end: Mapped[datetime | None] = mapped_column(UtcDateTime)
    offer_answer: Mapped[str] = mapped_column(String(500), default="")  #: why the offered time does not fit
    offer_answered_by: Mapped[str] = mapped_column(String(150), default="")
    cancel_reason: Mapped[str] = mapped_column(String(500), default="")
    note: Mapped[str] = mapped_column(String(500), default="")
    due_on: Mapped[date | None] = mapped_column(Date)  #: by when it is decided
    token: Mapped[str] = mapped_column(String(64), default="")  #: sha256 of the link by which it is followed
    search_text: Mapped[str] = mapped_column(String(900), default="")

    service: Mapped[Service] = relationship(
        primaryjoin="Request.service_id == Service.id", foreign_keys="Request.service_id", viewonly=True, lazy="joined"
    )

    @property
    def label(self) -> str:
        return f"{self.number_text} {self.topic}".strip()[:300]

    def work_item(self) -> WorkItem | None:
        """For the one whose step is next."""
        verb = {
            "draft": "edit", "asked": "receive", "waiting_letter": "receive", "received": "receive",
            "screened": "receive",
            "proposed": "circulate", "circulated": "consider", "considered": "approve", "rescheduling": "edit",
            "unfit": "consider",
            "approved": "receive", "declined": "receive", "replied": "receive", "summarised": "receive",
        }.get(self.status)  # fmt: skip
        if verb is None:
            return None
        due = closing(self.due_on) if self.due_on and not self.decision else None
        return WorkItem(
            view="RequestView", resource=permissions.REQUEST, verb=verb, unit_id=self.unit_id, due_at=due,
            urgency=2 if self.urgent else 0,
        )  # fmt: skip


class Nominee(InWorklist, Tracked, Versioned, DistrictOwned, Model):
    """ทาบทามวิทยากร: a person asked to speak, and their answer. For a request, or for an activity of a plan."""

    __tablename__ = "service_request_nominee"
    constraints: ClassVar = (
        belongs_to("request_id", "service_request_request"),
        belongs_to("activity_id", "service_request_activity"),
        belongs_to("unit_id", "core_unit"),
        belongs_to("person_id", "core_person"),
        belongs_to("delegate_id", "core_person"),
        UniqueConstraint("district_id", "request_id", "person_id"),
        UniqueConstraint("district_id", "activity_id", "person_id"),
        Index("ix_service_request_nominee_person", "district_id", "person_id", "starts_at"),
    )

    GOES_ON = follows("request_id", "activity_id")
    request_id: Mapped[int | None]
    activity_id: Mapped[int | None]  #: of a plan; an activity of a request has the request's speakers
    unit_id: Mapped[int]  #: where the request comes from, or the plan's
    person_id: Mapped[int]
    name: Mapped[str] = mapped_column(String(150))
    user_id: Mapped[int | None]  #: the person's account, who answers
    role: Mapped[str] = mapped_column(String(10), default="speaker")  #: speaker or helper
    answer: Mapped[str] = mapped_column(String(10), default="waiting")  #: a key of life.ANSWERS
    delegate_id: Mapped[int | None]
    reason: Mapped[str] = mapped_column(String(500), default="")
    topic: Mapped[str] = mapped_column(String(300))
    day: Mapped[date] = mapped_column(Date)  #: of its beginning, in Bangkok
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)

    request: Mapped[Request] = relationship(
        primaryjoin="Nominee.request_id == Request.id", foreign_keys="Nominee.request_id", viewonly=True
    )

    @property
    def label(self) -> str:
        return f"{self.name}: {self.topic}"[:300]

    def work_item(self) -> WorkItem | None:
        """For the person until they have answered."""
        if self.answer != "waiting" or self.user_id is None:
            return None
        return WorkItem(
            view="NomineeView", resource=permissions.NOMINEE, verb="answer", unit_id=self.unit_id, user_id=self.user_id,
            due_at=self.starts_at,
        )  # fmt: skip


class Review(Tracked, DistrictOwned, Model):
    """ประชุมพิจารณา: who met, and what was decided on activity and budget."""

    __tablename__ = "service_request_review"
    constraints: ClassVar = (
        belongs_to("request_id", "service_request_request"),
        Index("ix_service_request_review_request", "district_id", "request_id"),
    )

    request_id: Mapped[int]
    met_on: Mapped[date] = mapped_column(Date)
    told_on: Mapped[date | None] = mapped_column(Date)  #: by word, before the invitation
    attendees: Mapped[str] = mapped_column(String(1000), default="")
    delegates: Mapped[str] = mapped_column(String(500), default="")
    activity_decision: Mapped[str] = mapped_column(String(1000))
    budget_decision: Mapped[str] = mapped_column(String(1000), default="")
    by: Mapped[str] = mapped_column(String(150))

    @property
    def label(self) -> str:
        return self.activity_decision[:300]


class Activity(Occupies, Tracked, Versioned, DistrictOwned, Model):
    """กิจกรรม of a request or a plan. Minutes lost are made up: planned and delivered minutes stand side by side."""

    __tablename__ = "service_request_activity"
    constraints: ClassVar = (
        belongs_to("unit_id", "core_unit"),
        belongs_to("request_id", "service_request_request"),
        belongs_to("plan_id", "service_request_plan"),
        Index("ix_service_request_activity_starts", "district_id", "starts_at", "id"),
        Index("ix_service_request_activity_request", "district_id", "request_id"),
    )

    occupies = ("ActivityView", permissions.ACTIVITY)
    GOES_ON = follows("request_id", "plan_id")
    unit_id: Mapped[int]
    request_id: Mapped[int | None]
    plan_id: Mapped[int | None]
    area: Mapped[int] = mapped_column(SmallInteger)
    network: Mapped[str] = mapped_column(String(200), default="")
    title: Mapped[str] = mapped_column(String(300))
    status: Mapped[str] = mapped_column(String(10), default="planned")  #: planned, held or called_off
    day: Mapped[date] = mapped_column(Date)  #: of its beginning, in Bangkok
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    actual_start: Mapped[datetime | None] = mapped_column(UtcDateTime)
    actual_end: Mapped[datetime | None] = mapped_column(UtcDateTime)
    venue: Mapped[str] = mapped_column(String(300))
    agenda: Mapped[str] = mapped_column(String(3000), default="")
    attendance: Mapped[int | None]
    minutes_planned: Mapped[int] = mapped_column(default=0)
    minutes_delivered: Mapped[int | None]
    held_on: Mapped[date | None] = mapped_column(Date)

    @property
    def topic(self) -> str:
        """Of what its speakers speak, as that of a request."""
        return self.title

    @property
    def label(self) -> str:
        return self.title[:300]


class Preparation(FollowUp, Tracked, Versioned, DistrictOwned, Model):
    """รายการเตรียมการ: something to get ready for an activity, by whom and until when."""

    __tablename__ = "service_request_preparation"
    constraints: ClassVar = (
        belongs_to("activity_id", "service_request_activity"),
        *followed(),
        Index("ix_service_request_preparation_activity", "district_id", "activity_id"),
    )
    WORKFLOW = workflow(
        "acknowledge", "report", "back", "reopen", "hand_on", "withdraw",
        states={GIVEN: _l("Not ready yet"), DONE: _l("Ready"), RELEASED: _l("Fell away with the activity")},
    )  # fmt: skip
    VIEW, RESOURCE = "PreparationView", permissions.PREPARATION
    GOES_ON = follows("activity_id")

    activity_id: Mapped[int]


class Change(DistrictOwned, Model):
    """What became of an activity on its way: moved, another place, another form, a speaker who came late."""

    __tablename__ = "service_request_change"
    constraints: ClassVar = (
        belongs_to("activity_id", "service_request_activity"),
        Index("ix_service_request_change_activity", "district_id", "activity_id"),
    )

    activity_id: Mapped[int]
    sort: Mapped[str] = mapped_column(String(10))  #: moved, venue, form, late, called_off or resumed
    was: Mapped[str] = mapped_column(String(300), default="")
    now: Mapped[str] = mapped_column(String(300), default="")
    reason: Mapped[str] = mapped_column(String(500))
    minutes: Mapped[int] = mapped_column(default=0)  #: minutes lost by it
    by: Mapped[str] = mapped_column(String(150))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class Expense(InWorklist, Tracked, Versioned, DistrictOwned, Model):
    """ค่าใช้จ่าย of an activity, with the day by which its papers are handed in."""

    __tablename__ = "service_request_expense"
    constraints: ClassVar = (
        belongs_to("unit_id", "core_unit"),
        belongs_to("activity_id", "service_request_activity"),
        Index("ix_service_request_expense_activity", "district_id", "activity_id"),
        Index("ix_service_request_expense_due", "district_id", "status", "evidence_due"),
    )

    GOES_ON = follows("activity_id")
    unit_id: Mapped[int]
    activity_id: Mapped[int]
    title: Mapped[str] = mapped_column(String(300))  #: the activity's
    sort: Mapped[str] = mapped_column(String(10))  #: fee, travel, allowance, room, material, food or other
    payer: Mapped[str] = mapped_column(String(10))  #: asker or office
    amount: Mapped[Any] = mapped_column(Numeric(12, 2))
    evidence_due: Mapped[date] = mapped_column(Date)
    submitted_on: Mapped[date | None] = mapped_column(Date)
    status: Mapped[str] = mapped_column(String(10), default="open")  #: open, submitted, void or taken_out

    @property
    def label(self) -> str:
        return f"{self.title} · {figures.amount(self.amount)}"[:300]

    def work_item(self) -> WorkItem | None:
        """For the clerks until its papers are in (table 5.1 ข้อ 7.1)."""
        if self.status != "open":
            return None
        return WorkItem(
            view="ExpenseView", resource=permissions.EXPENSE, verb="edit", unit_id=self.unit_id,
            due_at=closing(self.evidence_due),
        )  # fmt: skip


class Summary(InWorklist, Tracked, Versioned, DistrictOwned, Model):
    """สรุปผลการดำเนินงาน of one activity."""

    __tablename__ = "service_request_summary"
    constraints: ClassVar = (
        belongs_to("unit_id", "core_unit"),
        belongs_to("activity_id", "service_request_activity"),
        UniqueConstraint("district_id", "activity_id"),
    )

    GOES_ON = follows("activity_id")
    unit_id: Mapped[int]
    activity_id: Mapped[int]
    title: Mapped[str] = mapped_column(String(300))
    held_on: Mapped[date] = mapped_column(Date)
    attended: Mapped[int]
    result: Mapped[str] = mapped_column(String(2000))
    problems: Mapped[str] = mapped_column(String(2000), default="")
    suggestions: Mapped[str] = mapped_column(String(2000), default="")
    lessons: Mapped[str] = mapped_column(String(2000), default="")  #: KM
    sent_to: Mapped[str] = mapped_column(String(300), default="")
    sent_on: Mapped[date | None] = mapped_column(Date)
    status: Mapped[str] = mapped_column(String(10), default="written")  #: written or sent
    due_on: Mapped[date] = mapped_column(Date)

    @property
    def label(self) -> str:
        return self.title[:300]

    def work_item(self) -> WorkItem | None:
        """For whoever writes summaries until it is sent."""
        if self.status == SENT:
            return None
        return WorkItem(
            view="SummaryView", resource=permissions.SUMMARY, verb="edit", unit_id=self.unit_id,
            due_at=closing(self.due_on)
        )  # fmt: skip


class SurveyTemplate(Owned, Tracked, Versioned, DistrictOwned, Model):
    """แบบประเมินความพึงพอใจ: items by section, each answered from 1 to 5."""

    __tablename__ = "service_request_survey_template"
    constraints: ClassVar = (UniqueConstraint("district_id", "title"), belongs_to("owner_id", "ab_user"))

    GIVEN_TO = ("edit", permissions.SURVEY)
    title = fields.text(_l("Heading"), most=200, required=True, unique=_l("There is one of this name already."))
    items: Mapped[list[Any]] = mapped_column(JSON, default=list)  #: [{"section": …, "text": …}]
    active: Mapped[bool] = mapped_column(default=True)

    @property
    def label(self) -> str:
        return self.title


class Survey(Tracked, Versioned, DistrictOwned, Model):
    """A survey of one activity, open to whoever holds its link. Items are kept as they were asked."""

    __tablename__ = "service_request_survey"
    constraints: ClassVar = (
        belongs_to("unit_id", "core_unit"),
        belongs_to("activity_id", "service_request_activity"),
        UniqueConstraint("district_id", "activity_id"),
        Index("ix_service_request_survey_token", "token"),
    )
    untracked: ClassVar = frozenset({"version", "token", "link", "items"})

    GOES_ON = follows("activity_id")
    unit_id: Mapped[int]
    activity_id: Mapped[int]
    title: Mapped[str] = mapped_column(String(300))
    items: Mapped[list[Any]] = mapped_column(JSON)
    token: Mapped[str] = mapped_column(String(64))  #: sha256 of the link's secret
    link: Mapped[str] = mapped_column(String(40))  #: what the QR code holds: it opens nothing but the survey
    closes_on: Mapped[date] = mapped_column(Date)
    status: Mapped[str] = mapped_column(String(10), default="open")  #: open or closed

    @property
    def label(self) -> str:
        return self.title[:300]

    def takes_answers(self, today: date) -> bool:
        """Whether it is open; that of an activity which is called off was closed with it."""
        return self.status == "open" and today <= self.closes_on


class SurveyAnswer(DistrictOwned, Model):
    """One anonymous answer. It names nobody, holds no moment, and no other row points at it."""

    __tablename__ = "service_request_survey_answer"
    constraints: ClassVar = (
        belongs_to("survey_id", "service_request_survey"),
        Index("ix_service_request_survey_answer_survey", "district_id", "survey_id"),
    )

    survey_id: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20), default="")  #: who answers: head, teacher, staff or other
    values: Mapped[list[Any]] = mapped_column(JSON)  #: 1–5 for each item, None where left out
    remark: Mapped[str] = mapped_column(String(1000), default="")


class SurveyBallot(DistrictOwned, Model):
    """That a browser has answered, and nothing else: its hash, so that it answers once."""

    __tablename__ = "service_request_survey_ballot"
    constraints: ClassVar = (
        belongs_to("survey_id", "service_request_survey"),
        UniqueConstraint("district_id", "survey_id", "hash"),
    )

    survey_id: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))


class Feedback(Held, InWorklist, Tracked, Versioned, DistrictOwned, Model):
    """ข้อร้องเรียน ข้อเสนอแนะ คำถาม ความต้องการ. What is anonymous has no name to hide: none is kept."""

    __tablename__ = "service_request_feedback"
    constraints: ClassVar = (
        belongs_to("unit_id", "core_unit"),
        belongs_to("owner_id", "ab_user"),
        belongs_to("plan_id", "service_request_plan"),
        Index("ix_service_request_feedback_status", "district_id", "status", "id"),
        UniqueConstraint("district_id", "token"),  # a page that is sent twice is one
        Index("ix_service_request_feedback_token", "token"),
    )
    untracked: ClassVar = frozenset({"version", "token", "name", "contact", "text"})

    HELD, GIVEN_TO, ENDED = ("owner_id", "owner"), ("edit", permissions.FEEDBACK), ("answered", "used", "closed")
    GOES_ON = moves("FeedbackView", ("edit", permissions.FEEDBACK), "new", "assigned")
    unit_id: Mapped[int]
    channel: Mapped[str] = mapped_column(String(10), default="web")
    received_on: Mapped[date] = mapped_column(Date)
    category: Mapped[str] = mapped_column(String(12))  #: complaint, suggestion, question or need
    text: Mapped[str] = mapped_column(String(3000))
    anonymous: Mapped[bool] = mapped_column(default=True)
    name: Mapped[str] = mapped_column(String(150), default="")
    contact: Mapped[str] = mapped_column(String(150), default="")
    owner_id: Mapped[int | None]
    owner: Mapped[str] = mapped_column(String(150), default="")
    answer: Mapped[str] = mapped_column(String(3000), default="")
    answered_on: Mapped[date | None] = mapped_column(Date)
    plan_id: Mapped[int | None]  #: used in this plan
    status: Mapped[str] = mapped_column(String(10), default="new")  #: new, assigned, answered, used or closed
    due_on: Mapped[date] = mapped_column(Date)
    token: Mapped[str] = mapped_column(String(64), default="")

    @property
    def label(self) -> str:
        """Its day and number: what somebody said stands in no history and no e-mail."""
        return f"{format_date(self.received_on, 'short')} · {self.id}"

    def work_item(self) -> WorkItem | None:
        """For the clerks, then for its owner."""
        if self.status not in ("new", "assigned"):
            return None
        return WorkItem(
            view="FeedbackView", resource=permissions.FEEDBACK, verb="edit", unit_id=self.unit_id,
            user_id=self.owner_id,
            due_at=closing(self.due_on), urgency=1 if self.category == "complaint" else 0,
        )  # fmt: skip


class Plan(Owned, InWorklist, Tracked, Versioned, DistrictOwned, Model):
    """แผน/โครงการบริการวิชาการ of a school year (พ.ศ.)."""

    __tablename__ = "service_request_plan"
    constraints: ClassVar = (
        belongs_to("unit_id", "core_unit"),
        belongs_to("analysis_id", "service_request_analysis"),
        belongs_to("approved_by_id", "ab_user"),
        Index("ix_service_request_plan_year", "district_id", "year", "id"),
        belongs_to("owner_id", "ab_user"),
    )

    GIVEN_TO, ENDED = ("edit", permissions.PLAN), ("closed",)
    GOES_ON = moves("PlanView", ("edit", permissions.PLAN), "written", "proposed", "approved")
    unit_id: Mapped[int]
    analysis_id: Mapped[int | None]
    year: Mapped[int] = mapped_column(SmallInteger)
    title: Mapped[str] = mapped_column(String(300))
    objectives: Mapped[str] = mapped_column(String(2000))
    themes: Mapped[list[Any]] = mapped_column(JSON, default=list)  #: keys of the five themes 7.1–7.5
    budget: Mapped[Any | None] = mapped_column(Numeric(12, 2))
    targets: Mapped[str] = mapped_column(String(2000), default="")  #: KPI and target in words
    status: Mapped[str] = mapped_column(String(10), default="written")  #: written, proposed, approved or closed
    approved_by_id: Mapped[int | None]
    approved_by: Mapped[str] = mapped_column(String(150), default="")
    approved_on: Mapped[date | None] = mapped_column(Date)

    @property
    def label(self) -> str:
        return f"{self.title} {self.year}"[:300]

    def work_item(self) -> WorkItem | None:
        """For its writer until it is proposed and when it was sent back, then for whose step its approval is."""
        if self.status == "written" and self.owner_id is not None:
            return WorkItem(
                view="PlanView", resource=permissions.PLAN, verb="edit", unit_id=self.unit_id, user_id=self.owner_id
            )
        return approvals.work_item(self, APPROVING) if self.status == "proposed" else None


APPROVING = approvals.Approving(
    "service_request_plan", "PlanView", permissions.PLAN, topic="service_request.plan", amount="budget"
)


class Analysis(Owned, Tracked, Versioned, DistrictOwned, Model):
    """การวิเคราะห์พื้นที่: seven steps, which are a round of the standard 004-AREA."""

    __tablename__ = "service_request_analysis"
    constraints: ClassVar = (
        belongs_to("unit_id", "core_unit"),
        belongs_to("run_id", "core_work_run"),
        Index("ix_service_request_analysis_year", "district_id", "year", "id"),
        belongs_to("owner_id", "ab_user"),
    )

    GIVEN_TO = ("edit", permissions.PLAN)
    GOES_ON = stays()
    unit_id: Mapped[int]
    run_id: Mapped[int | None]
    year: Mapped[int] = mapped_column(SmallInteger)
    title: Mapped[str] = mapped_column(String(300))
    approach: Mapped[str] = mapped_column(String(10))  #: area or problem
    schools: Mapped[str] = mapped_column(String(1000))
    team: Mapped[str] = mapped_column(String(1000))
    objective: Mapped[str] = mapped_column(String(2000), default="")
    secondary: Mapped[str] = mapped_column(String(3000), default="")
    primary: Mapped[str] = mapped_column(String(3000), default="")
    synthesis: Mapped[str] = mapped_column(String(3000), default="")
    draft_plan: Mapped[str] = mapped_column(String(3000), default="")
    critique: Mapped[str] = mapped_column(String(3000), default="")

    @property
    def label(self) -> str:
        return f"{self.title} {self.year}"[:300]


def at(day: date, hour: int = 0, minute: int = 0) -> datetime:
    """A moment of a day in Bangkok."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=BANGKOK)


def minutes(first: datetime, last: datetime) -> int:
    """Whole minutes between two moments."""
    return int((last - first) / timedelta(minutes=1))

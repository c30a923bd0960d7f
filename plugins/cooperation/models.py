"""What cooperation keeps: agencies, cases, tasks, summaries and agreements (manual 002 ตอนที่ 3; domain notes §2)."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from sqlalchemy import JSON, Date, Index, Numeric, SmallInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import DistrictOwned, Model, Tracked, Versioned, belongs_to
from core.masterdata.holidays import closing
from core.waiting.keeper import Wait, Waits
from plugins.cooperation import permissions

BOOK = "cooperation.case"


class Agency(Tracked, Versioned, DistrictOwned, Model):
    """หน่วยงาน within the area or outside."""

    __tablename__ = "cooperation_agency"
    constraints: ClassVar = (UniqueConstraint("district_id", "name"),)

    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(12))  #: inside, state, private, local, community or person
    scope: Mapped[str] = mapped_column(String(10))  #: inside or outside
    mission: Mapped[str] = mapped_column(String(2000), default="")
    authority: Mapped[str] = mapped_column(String(2000), default="")
    contacts: Mapped[list[Any]] = mapped_column(JSON, default=list)  #: [{"name": …, "phone": …, "mail": …}]
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
    title: Mapped[str] = mapped_column(String(300))
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date] = mapped_column(Date)

    @property
    def label(self) -> str:
        return self.title


class Case(Waits, Tracked, Versioned, DistrictOwned, Model):
    """งานร่วม/สนับสนุน, from its analysis to what was published."""

    __tablename__ = "cooperation_case"
    constraints: ClassVar = (
        belongs_to("unit_id", "core_unit"),
        belongs_to("number_id", "core_number"),
        belongs_to("agreement_id", "cooperation_agreement"),
        UniqueConstraint("district_id", "unit_id", "book", "year", "number"),
        Index("ix_cooperation_case_status", "district_id", "status", "id"),
        Index("ix_cooperation_case_opened", "district_id", "opened_on", "id"),
    )
    untracked: ClassVar = frozenset({"version", "search_text", "number_id"})

    unit_id: Mapped[int]
    book: Mapped[str] = mapped_column(String(40), default=BOOK)
    year: Mapped[int] = mapped_column(SmallInteger)
    number: Mapped[int]
    number_id: Mapped[int]
    status: Mapped[str] = mapped_column(String(12), default="analysing")
    scope: Mapped[str] = mapped_column(String(10))  #: inside or outside
    direction: Mapped[str] = mapped_column(String(10))  #: joint or support
    source: Mapped[str] = mapped_column(String(10))  #: letter, order, assigned, media or request
    title: Mapped[str] = mapped_column(String(300))
    analysis: Mapped[str] = mapped_column(String(3000), default="")
    objective: Mapped[str] = mapped_column(String(2000))
    proposal: Mapped[str] = mapped_column(String(3000), default="")
    agreement_id: Mapped[int | None]
    opened_on: Mapped[date] = mapped_column(Date)
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date] = mapped_column(Date)
    budget: Mapped[Any | None] = mapped_column(Numeric(12, 2))
    output: Mapped[str] = mapped_column(String(1000), default="")
    decided_by: Mapped[str] = mapped_column(String(150), default="")
    decided_on: Mapped[date | None] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(String(500), default="")
    result: Mapped[str] = mapped_column(String(3000), default="")  #: form 7.3: against the objective
    problems: Mapped[str] = mapped_column(String(2000), default="")
    next_steps: Mapped[str] = mapped_column(String(2000), default="")
    shared_with: Mapped[str] = mapped_column(String(500), default="")
    reported_on: Mapped[date | None] = mapped_column(Date)
    published_on: Mapped[date | None] = mapped_column(Date)
    agencies: Mapped[str] = mapped_column(String(600), default="")  #: names, as of that day
    assignees: Mapped[str] = mapped_column(String(600), default="")
    search_text: Mapped[str] = mapped_column(String(900), default="")

    @property
    def number_text(self) -> str:
        """The number as people say it: 3/2569."""
        return f"{self.number}/{self.year}"

    @property
    def label(self) -> str:
        return f"{self.number_text} {self.title}"[:300]

    def waits(self) -> Wait | None:
        """For who approves it, then for those who do it until it is reported."""
        verb = "approve" if self.status == "proposed" else "edit"
        if self.status in ("rejected", "published", "closed"):
            return None
        return Wait(
            view="CaseView", resource=permissions.CASE, verb=verb, unit_id=self.unit_id, due_at=closing(self.ends_on)
        )  # fmt: skip


class CaseAgency(DistrictOwned, Model):
    """An agency of a case."""

    __tablename__ = "cooperation_case_agency"
    constraints: ClassVar = (
        belongs_to("case_id", "cooperation_case"),
        belongs_to("agency_id", "cooperation_agency"),
        UniqueConstraint("district_id", "case_id", "agency_id"),
    )

    case_id: Mapped[int]
    agency_id: Mapped[int]


class CasePerson(DistrictOwned, Model):
    """Who works on a case, and on what (form 7.2)."""

    __tablename__ = "cooperation_case_person"
    constraints: ClassVar = (
        belongs_to("case_id", "cooperation_case"),
        belongs_to("person_id", "core_person"),
        UniqueConstraint("district_id", "case_id", "person_id"),
    )

    case_id: Mapped[int]
    person_id: Mapped[int]
    name: Mapped[str] = mapped_column(String(150))
    duty: Mapped[str] = mapped_column(String(300), default="")


class Task(Waits, Tracked, Versioned, DistrictOwned, Model):
    """A piece of a case: what, who, by when, with its evidence."""

    __tablename__ = "cooperation_task"
    constraints: ClassVar = (
        belongs_to("case_id", "cooperation_case"),
        belongs_to("unit_id", "core_unit"),
        belongs_to("user_id", "ab_user"),
        Index("ix_cooperation_task_case", "district_id", "case_id"),
    )

    case_id: Mapped[int]
    unit_id: Mapped[int]
    what: Mapped[str] = mapped_column(String(300))
    user_id: Mapped[int | None]
    who: Mapped[str] = mapped_column(String(150), default="")
    due_on: Mapped[date] = mapped_column(Date)
    status: Mapped[str] = mapped_column(String(10), default="open")  #: open or done

    @property
    def label(self) -> str:
        return self.what

    def waits(self) -> Wait | None:
        """For the one who does it."""
        if self.status == "done" or self.user_id is None:
            return None
        return Wait(
            view="TaskView", resource=permissions.TASK, verb="edit", unit_id=self.unit_id, user_id=self.user_id,
            due_at=closing(self.due_on),
        )  # fmt: skip

"""Standards and their steps, runs and how far they are, evidence, indicators, and the district's terms.

Source: the manuals' แบบฟอร์มสรุปมาตรฐานงาน (002, 004) and their KPI pages (004 บทที่ 3, แผน 1.3–1.4).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import Date, Float, Index, SmallInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.base.permissions import RUN, WORK
from core.platform.handover import Held
from core.platform.worklist.sync import InWorklist, WorkItem
from core.storage.base import DistrictOwned, Model, Tracked, UtcDateTime, Versioned, belongs_to
from core.storage.record_link import RecordLink
from core.storage.succession import follows, moves

TODO, DOING, CHECKING, DONE, NOT_APPLICABLE = "todo", "doing", "checking", "done", "na"
CLOSED = (DONE, NOT_APPLICABLE)


class Term(Tracked, Versioned, DistrictOwned, Model):
    """ภาคเรียน of a school year (พ.ศ.), as the district keeps it; without a row the ministry's dates hold."""

    __tablename__ = "core_term"
    constraints: ClassVar = (UniqueConstraint("district_id", "school_year", "number"),)

    school_year: Mapped[int] = mapped_column(SmallInteger)
    number: Mapped[int] = mapped_column(SmallInteger)  #: 1 or 2
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date] = mapped_column(Date)

    @property
    def label(self) -> str:
        return f"{self.number}/{self.school_year}"


class Standard(Tracked, Versioned, DistrictOwned, Model):
    """A version of a work standard (ชื่องาน). `edited`: the district changed it, so nothing shipped overwrites it."""

    __tablename__ = "core_work_standard"
    constraints: ClassVar = (
        UniqueConstraint("district_id", "code", "edition"),
        Index("ix_core_work_standard_current", "district_id", "current", "code"),
    )

    code: Mapped[str] = mapped_column(String(40))
    edition: Mapped[int] = mapped_column(SmallInteger, default=1)  #: ฉบับที่; a run keeps the one it began with
    current: Mapped[bool] = mapped_column(default=True)
    module: Mapped[str] = mapped_column(String(40), default="core")  #: the plugin that brought it
    title: Mapped[str] = mapped_column(String(300))
    doc_code: Mapped[str] = mapped_column(String(60), default="")  #: รหัสเอกสาร
    source: Mapped[str] = mapped_column(String(200), default="")
    objectives: Mapped[str] = mapped_column(String(2000), default="")
    scope: Mapped[str] = mapped_column(String(2000), default="")
    definitions: Mapped[str] = mapped_column(String(2000), default="")
    refs: Mapped[str] = mapped_column(String(3000), default="")
    unit_title: Mapped[str] = mapped_column(String(200), default="")  #: หน่วยงาน
    active: Mapped[bool] = mapped_column(default=True)
    edited: Mapped[bool] = mapped_column(default=False)

    @property
    def label(self) -> str:
        return f"{self.code} {self.title}"[:300]


class StandardStep(DistrictOwned, Model):
    """A step of a standard. `seq` is a dotted place, always text; `position` its place in order."""

    __tablename__ = "core_work_step"
    constraints: ClassVar = (
        belongs_to("standard_id", "core_work_standard"),
        UniqueConstraint("district_id", "standard_id", "seq"),
    )

    standard_id: Mapped[int]
    seq: Mapped[str] = mapped_column(String(20))
    position: Mapped[int] = mapped_column(SmallInteger)
    leaf: Mapped[bool] = mapped_column(default=True)  #: no step stands below it
    activity: Mapped[str] = mapped_column(String(1000))
    timing: Mapped[str] = mapped_column(String(200), default="")  #: as the manual prints it
    timing_rule: Mapped[str] = mapped_column(String(40), default="")
    quality: Mapped[str] = mapped_column(String(1000), default="")
    responsible: Mapped[str] = mapped_column(String(300), default="")
    evidence: Mapped[bool] = mapped_column(default=False)


class Run(Tracked, Versioned, DistrictOwned, Model):
    """รอบดำเนินงาน: one standard in a school year (พ.ศ.), for the district, a school group, a school or a record."""

    __tablename__ = "core_work_run"
    constraints: ClassVar = (
        belongs_to("standard_id", "core_work_standard"),
        belongs_to("unit_id", "core_unit"),
        UniqueConstraint("district_id", "code", "year", "term", "scope_kind", "scope_id"),
        Index("ix_core_work_run_year", "district_id", "year", "code"),
    )

    GOES_ON = moves("RunView", ("edit", RUN), False, state="archived")
    standard_id: Mapped[int]
    code: Mapped[str] = mapped_column(String(40))  #: the standard's
    title: Mapped[str] = mapped_column(String(300))
    unit_id: Mapped[int]  #: who answers for it
    year: Mapped[int] = mapped_column(SmallInteger)
    term: Mapped[int] = mapped_column(SmallInteger, default=0)  #: 0: the whole year
    scope_kind: Mapped[str] = mapped_column(String(40), default="district")  #: district, group, school or a table
    scope_id: Mapped[int] = mapped_column(default=0)
    scope_label: Mapped[str] = mapped_column(String(200), default="")
    archived: Mapped[bool] = mapped_column(default=False)

    @property
    def label(self) -> str:
        return f"{self.title} {self.scope_label} {self.year}"[:300]


class Progress(Held, InWorklist, Tracked, Versioned, DistrictOwned, Model):
    """How far one step of a run is. Overdue is derived from `due_on`, never kept."""

    __tablename__ = "core_work_progress"
    constraints: ClassVar = (
        belongs_to("run_id", "core_work_run"),
        belongs_to("step_id", "core_work_step"),
        belongs_to("unit_id", "core_unit"),
        belongs_to("assignee_id", "ab_user"),
        belongs_to("verified_by_id", "ab_user"),
        UniqueConstraint("district_id", "run_id", "step_id", "term"),
        Index("ix_core_work_progress_assignee", "district_id", "assignee_id", "status"),
        Index("ix_core_work_progress_unit", "district_id", "unit_id", "status", "due_on"),
    )

    GOES_ON = follows("run_id")
    HELD, GIVEN_TO, ENDED = ("assignee_id", "assignee"), ("edit", WORK), (CHECKING, *CLOSED)
    run_id: Mapped[int]
    step_id: Mapped[int]
    unit_id: Mapped[int]
    term: Mapped[int] = mapped_column(SmallInteger, default=0)
    seq: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(300))
    status: Mapped[str] = mapped_column(String(10), default=TODO)
    assignee_id: Mapped[int | None]
    assignee: Mapped[str] = mapped_column(String(150), default="")
    due_on: Mapped[date | None] = mapped_column(Date)
    evidence: Mapped[bool] = mapped_column(default=False)  #: not done without evidence
    note: Mapped[str] = mapped_column(String(1000), default="")
    done_on: Mapped[date | None] = mapped_column(Date)
    done_by_id: Mapped[int | None]
    verified_by_id: Mapped[int | None]
    verified_by: Mapped[str] = mapped_column(String(150), default="")
    verified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    run: Mapped[Run] = relationship(
        primaryjoin="Progress.run_id == Run.id", foreign_keys="Progress.run_id", viewonly=True
    )

    @property
    def label(self) -> str:
        return f"{self.seq} {self.title}"[:300]

    def work_item(self) -> WorkItem | None:
        """For its officer until it is handed in, then for whoever may verify it there; who gives it out has to find
        an officer where it is begun and has none any more."""
        from core.platform.masterdata.holidays import closing

        if self.status in CLOSED or (self.assignee_id is None and self.status == TODO):
            return None
        due = closing(self.due_on) if self.due_on else None
        who = None if self.status == CHECKING else self.assignee_id
        verb = "edit" if who else "verify"
        return WorkItem(
            view="ProgressView", resource=WORK, verb=verb, unit_id=self.unit_id, user_id=who, due_at=due
        )  # fmt: skip


class Evidence(RecordLink, Tracked, Versioned, DistrictOwned, Model):
    """หลักฐาน/ร่องรอย of any record: a file of its own, a link, or a paper. `kind` and `record_id` name the record."""

    __tablename__ = "core_evidence"
    constraints: ClassVar = (Index("ix_core_evidence_record", "district_id", "kind", "record_id"),)

    sort: Mapped[str] = mapped_column(String(12))  #: document, photo, order, minutes, link or letter
    title: Mapped[str] = mapped_column(String(300))
    url: Mapped[str] = mapped_column(String(500), default="")
    dated: Mapped[date | None] = mapped_column(Date)
    by: Mapped[str] = mapped_column(String(150), default="")
    visibility: Mapped[str] = mapped_column(String(10), default="inside")  #: inside, school or public


class Kpi(Tracked, Versioned, DistrictOwned, Model):
    """ตัวชี้วัด: counted by its module, or typed by people where nothing counts it."""

    __tablename__ = "core_kpi"
    constraints: ClassVar = (UniqueConstraint("district_id", "code"),)

    code: Mapped[str] = mapped_column(String(60))
    module: Mapped[str] = mapped_column(String(40), default="core")
    title: Mapped[str] = mapped_column(String(300))
    unit_title: Mapped[str] = mapped_column(String(60), default="")
    direction: Mapped[str] = mapped_column(String(4), default="up")
    counted: Mapped[bool] = mapped_column(default=False)
    edited: Mapped[bool] = mapped_column(default=False)

    @property
    def label(self) -> str:
        return f"{self.code} {self.title}"[:300]


class KpiTarget(Tracked, Versioned, DistrictOwned, Model):
    """Target and, where it is typed, the actual value of an indicator in a school year (พ.ศ.)."""

    __tablename__ = "core_kpi_target"
    constraints: ClassVar = (belongs_to("kpi_id", "core_kpi"), UniqueConstraint("district_id", "kpi_id", "year"))

    kpi_id: Mapped[int]
    year: Mapped[int] = mapped_column(SmallInteger)
    target: Mapped[float] = mapped_column(Float)
    typed: Mapped[float | None] = mapped_column(Float)  #: actual, with evidence; never for a counted one
    note: Mapped[str] = mapped_column(String(500), default="")

    kpi: Mapped[Kpi] = relationship(
        primaryjoin="KpiTarget.kpi_id == Kpi.id", foreign_keys="KpiTarget.kpi_id", viewonly=True
    )

    @property
    def label(self) -> str:
        return f"{self.kpi.title} {self.year}"[:300] if self.kpi is not None else str(self.year)

"""Who and where: districts, units, schools, school groups, persons and posts."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from sqlalchemy import Date, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db.base import DistrictOwned, Importable, Model, Tracked, Versioned, belongs_to, imported

OFFICE, SCHOOL = "office", "school"


class District(Tracked, Versioned, Model):
    """An education service area (เขตพื้นที่การศึกษา), or head office itself (สพฐ.), which is one row too."""

    __tablename__ = "core_district"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)  #: short code; ends every username
    name: Mapped[str] = mapped_column(String(200))
    short_name: Mapped[str] = mapped_column(String(100))  #: สพป.เลย เขต 3
    level: Mapped[str] = mapped_column(String(20))  #: primary, secondary or head_office

    @property
    def timeline_district_id(self) -> int:
        return self.id

    @property
    def label(self) -> str:
        return self.short_name


class Unit(DistrictOwned, Importable, Tracked, Versioned, Model):
    """Where books are kept and rights are held: the office, a group (กลุ่ม) of it, or a school."""

    __tablename__ = "core_unit"
    constraints: ClassVar = (UniqueConstraint("district_id", "kind", "code"), imported("core_unit"))

    kind: Mapped[str] = mapped_column(String(10))  #: office, group or school
    code: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(200))
    #: what stands before a letter's number, e.g. ศธ 04047
    letter_prefix: Mapped[str] = mapped_column(String(40), default="")
    active: Mapped[bool] = mapped_column(default=True)

    @property
    def label(self) -> str:
        return self.name


class School(DistrictOwned, Importable, Tracked, Versioned, Model):
    """A school (โรงเรียน). Its unit carries its books and rights; this row its facts."""

    __tablename__ = "core_school"
    constraints: ClassVar = (
        UniqueConstraint("district_id", "code"),
        UniqueConstraint("district_id", "unit_id"),
        belongs_to("unit_id", "core_unit"),
        belongs_to("merged_into_id", "core_school"),
        Index("ix_core_school_sort", "district_id", "sort_key", "id"),
        imported("core_school"),
    )

    unit_id: Mapped[int]
    code: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(200))
    subdistrict: Mapped[str] = mapped_column(String(100), default="")
    amphoe: Mapped[str] = mapped_column(String(100))
    province: Mapped[str] = mapped_column(String(100))
    levels: Mapped[str] = mapped_column(String(100), default="")  #: levels taught, as the ministry words them
    size: Mapped[str] = mapped_column(String(10), default="")  #: small, medium, large, xlarge or unknown
    status: Mapped[str] = mapped_column(String(10), default="open")  #: open, merged or closed
    status_on: Mapped[date | None] = mapped_column(Date)  #: since when merged or closed
    merged_into_id: Mapped[int | None]
    search_text: Mapped[str] = mapped_column(String(600), default="")
    sort_key: Mapped[str] = mapped_column(String(600), default="")

    merged_into: Mapped[School | None] = relationship(
        primaryjoin="School.merged_into_id == remote(School.id)",
        foreign_keys="School.merged_into_id",
        viewonly=True,
    )

    @property
    def label(self) -> str:
        return self.name


class Holiday(DistrictOwned, Tracked, Versioned, Model):
    """A day on which the district's offices do not work, besides Saturday and Sunday."""

    __tablename__ = "core_holiday"
    constraints: ClassVar = (UniqueConstraint("district_id", "day"),)

    day: Mapped[date] = mapped_column(Date)
    name: Mapped[str] = mapped_column(String(200))

    @property
    def label(self) -> str:
        return self.name


class SchoolGroup(DistrictOwned, Tracked, Versioned, Model):
    """Schools working together (กลุ่มโรงเรียน); contests and supervision go by it."""

    __tablename__ = "core_school_group"
    constraints: ClassVar = (UniqueConstraint("district_id", "name"),)

    name: Mapped[str] = mapped_column(String(200))

    @property
    def label(self) -> str:
        return self.name


class SchoolGroupMember(DistrictOwned, Tracked, Model):
    """A school in a group from one day to another, so last year's report stays true."""

    __tablename__ = "core_school_group_member"
    constraints: ClassVar = (
        belongs_to("group_id", "core_school_group"),
        belongs_to("school_id", "core_school"),
        Index("ix_core_school_group_member_group", "district_id", "group_id"),
    )

    group_id: Mapped[int]
    school_id: Mapped[int]
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)

    group: Mapped[SchoolGroup] = relationship(
        primaryjoin="SchoolGroupMember.group_id == SchoolGroup.id",
        foreign_keys="SchoolGroupMember.group_id",
        viewonly=True,
    )
    school: Mapped[School] = relationship(
        primaryjoin="SchoolGroupMember.school_id == School.id",
        foreign_keys="SchoolGroupMember.school_id",
        viewonly=True,
    )

    @property
    def label(self) -> str:
        return f"{self.school.name} · {self.group.name}"


class Person(DistrictOwned, Importable, Tracked, Versioned, Model):
    """Somebody who works in the district. Not the login: a person may have none."""

    __tablename__ = "core_person"
    constraints: ClassVar = (Index("ix_core_person_sort", "district_id", "sort_key", "id"), imported("core_person"))

    title: Mapped[str] = mapped_column(String(40), default="")  #: คำนำหน้า: นาย, นาง, นางสาว, ว่าที่ร้อยตรี
    first_name: Mapped[str] = mapped_column(String(64))
    last_name: Mapped[str] = mapped_column(String(64))
    search_text: Mapped[str] = mapped_column(String(300), default="")
    sort_key: Mapped[str] = mapped_column(String(300), default="")

    @property
    def full_name(self) -> str:
        return f"{self.title}{self.first_name} {self.last_name}"

    @property
    def label(self) -> str:
        return self.full_name


class Post(DistrictOwned, Importable, Tracked, Model):
    """A person's position at a unit from one day to another (ตำแหน่ง)."""

    __tablename__ = "core_post"
    constraints: ClassVar = (
        belongs_to("person_id", "core_person"),
        belongs_to("unit_id", "core_unit"),
        Index("ix_core_post_person", "district_id", "person_id"),
        imported("core_post"),
    )

    person_id: Mapped[int]
    unit_id: Mapped[int]
    position: Mapped[str] = mapped_column(String(120))
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)

    unit: Mapped[Unit] = relationship(primaryjoin="Post.unit_id == Unit.id", foreign_keys="Post.unit_id", viewonly=True)
    person: Mapped[Person] = relationship(
        primaryjoin="Post.person_id == Person.id", foreign_keys="Post.person_id", viewonly=True
    )

    @property
    def label(self) -> str:
        return f"{self.person.full_name} · {self.position} · {self.unit.name}"

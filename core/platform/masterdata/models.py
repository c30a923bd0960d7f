"""Who and where: districts, units, schools, school groups, persons and posts."""

from __future__ import annotations

from typing import ClassVar

from flask_babel import lazy_gettext as _l
from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.storage import fields
from core.storage.base import DistrictOwned, Importable, Model, Tracked, Versioned, belongs_to, imported
from core.storage.succession import stays

OFFICE, GROUP, SCHOOL = "office", "group", "school"
KINDS = {OFFICE: _l("Office"), GROUP: _l("Group"), SCHOOL: _l("School")}
SIZES = {
    "": _l("Not known"), "small": _l("Small"), "medium": _l("Medium"), "large": _l("Large"),
    "xlarge": _l("Extra large"),
}  # fmt: skip
STATUSES = {"open": _l("Open"), "merged": _l("Merged"), "closed": _l("Closed")}


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

    kind = fields.choice(_l("Kind"), KINDS, most=10)
    code = fields.text(_l("Code"), most=20, required=True)
    name = fields.text(_l("Name"), most=200, required=True)
    letter_prefix = fields.text(
        _l("Letter prefix"), most=40, help=_l("What stands before a letter's number."), headings=("เลขที่หนังสือ",)
    )  #: e.g. ศธ 04047
    active = fields.tick(_l("In use"), default=True)

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

    GOES_ON = stays()
    unit_id: Mapped[int]
    code = fields.text(
        _l("School code"), most=20, required=True, search=True, api="write", example="42010099",
        headings=("รหัสโรงเรียน", "รหัส", "schoolcode", "รหัสสถานศึกษา"),
    )  # fmt: skip
    name = fields.text(
        _l("Name"), most=200, required=True, search=True, api="write", example="บ้านนาแห้ว",
        headings=("ชื่อโรงเรียน", "โรงเรียน", "school", "ชื่อสถานศึกษา"),
    )  # fmt: skip
    subdistrict = fields.text(
        _l("Subdistrict (tambon)"), most=100, search=True, api="write", headings=("ตำบล", "แขวง", "tambon")
    )
    amphoe = fields.text(
        _l("District (amphoe)"), most=100, required=True, search=True, api="write", example="นาแห้ว",
        headings=("อำเภอ", "เขต", "district"),
    )  # fmt: skip
    province = fields.text(_l("Province"), most=100, required=True, api="write", example="เลย", headings=("จังหวัด",))
    levels = fields.text(
        _l("Levels taught"), most=100, api="write", example="อนุบาล–ประถมศึกษา",
        headings=("ระดับ", "ระดับที่เปิดสอน", "level"),
    )  #: as the ministry words them  # fmt: skip
    size = fields.choice(_l("Size"), SIZES, most=10, default="", api="write", headings=("ขนาด", "ขนาดโรงเรียน"))
    status = fields.choice(_l("State"), STATUSES, most=10, default="open", api="read")
    status_on = fields.date(_l("Merged or closed on"))
    merged_into_id = fields.reference(_l("Merged into"))
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

    day = fields.date(_l("Day"), required=True)
    name = fields.text(_l("Name"), most=200, required=True, look="subject")

    @property
    def label(self) -> str:
        return self.name


class SchoolGroup(DistrictOwned, Tracked, Versioned, Model):
    """Schools working together (กลุ่มโรงเรียน); contests and supervision go by it."""

    __tablename__ = "core_school_group"
    constraints: ClassVar = (UniqueConstraint("district_id", "name"),)

    name = fields.text(_l("Name"), most=200, required=True)

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
    starts_on = fields.date(_l("Starts on"), required=True)
    ends_on = fields.date(_l("Ends on"), help=_l("Leave empty when there is no end."))

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

    title = fields.text(
        _l("Title"), most=40, help=_l("นาย, นาง, นางสาว …"), headings=("คำนำหน้า", "คำนำหน้าชื่อ"), example="นาง"
    )
    first_name = fields.text(_l("First name"), most=64, required=True, headings=("ชื่อ",))
    last_name = fields.text(_l("Last name"), most=64, required=True, headings=("สกุล", "นามสกุล", "ชื่อสกุล"))
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
    position = fields.text(_l("Position"), most=120, required=True, headings=("ตำแหน่ง",))
    starts_on = fields.date(_l("Starts on"), required=True, headings=("ตั้งแต่วันที่", "วันที่เริ่ม", "วันบรรจุ"))
    ends_on = fields.date(_l("Ends on"), help=_l("Leave empty when there is no end."))

    unit: Mapped[Unit] = relationship(primaryjoin="Post.unit_id == Unit.id", foreign_keys="Post.unit_id", viewonly=True)
    person: Mapped[Person] = relationship(
        primaryjoin="Post.person_id == Person.id", foreign_keys="Post.person_id", viewonly=True
    )

    @property
    def label(self) -> str:
        return f"{self.person.full_name} · {self.position} · {self.unit.name}"

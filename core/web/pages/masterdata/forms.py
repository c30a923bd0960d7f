"""Forms of schools, groups, units, persons and posts."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField

from core.platform.masterdata.models import Holiday, Person, Post, School, SchoolGroup, SchoolGroupMember, Unit
from core.storage.fields import label
from core.web.forms import Finder, LineForm, LinesField, LookupField, ThaiDateField
from core.web.record_forms import RecordForm
from core.web.unit_of_work import db


def school_lookup(label: Any, **kwargs: Any) -> LookupField:
    """A school of the district."""
    return LookupField(
        label,
        lambda record_id: Finder(db, School, lambda school: school.name)(record_id),
        "SchoolView.lookup",
        **kwargs,
    )


def unit_lookup(label: Any = None, **kwargs: Any) -> LookupField:
    """A unit of the district: the office, a group or a school."""
    return LookupField(
        label or _l("Unit"),
        lambda record_id: Finder(db, Unit, lambda unit: unit.name)(record_id),
        "UnitView.lookup",
        **kwargs,
    )


class SchoolForm(RecordForm):
    """A school's facts."""

    asks = (
        School.code, School.name, School.subdistrict, School.amphoe, School.province, School.levels, School.size,
        Unit.letter_prefix, School.status, School.status_on, "merged_into_id",
    )  # fmt: skip
    merged_into_id = school_lookup(label(School.merged_into_id), need=False)
    closing_ok = HiddenField()  # what closing costs was seen


class SchoolGroupForm(RecordForm):
    """A school group's name."""

    asks = (SchoolGroup.name,)


class MemberLine(LineForm):
    """One school that joins a group."""

    school_id = school_lookup(_l("School"))
    starts_on = ThaiDateField(_l("Starts on, where it differs"), need=False)


class MembersForm(RecordForm):
    """Schools join a group."""

    asks = (SchoolGroupMember.starts_on, SchoolGroupMember.ends_on, "schools")
    schools = LinesField(_l("Schools"), MemberLine)


class HolidayForm(RecordForm):
    """A day on which the offices do not work."""

    asks = (Holiday.day, Holiday.name)


class UnitForm(RecordForm):
    """The office or a group of it."""

    asks = (Unit.code, Unit.name, Unit.letter_prefix, Unit.active)
    closing_ok = HiddenField()  # what closing costs was seen


class PersonForm(RecordForm):
    """A person's name."""

    asks = (Person.title, Person.first_name, Person.last_name)


class PostForm(RecordForm):
    """A position at a unit for a period."""

    asks = (Post.position, "unit_id", Post.starts_on, Post.ends_on)
    unit_id = unit_lookup()

"""Forms of schools, groups, units, persons and posts."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField

from core.accounts.forms import unit_lookup
from core.forms import KhetForm, LineForm, LinesField, LookupField, ThaiDateField, choice, finder, text
from core.masterdata.models import School
from core.web.unit_of_work import db

SIZES = [
    ("", _l("Not known")),
    ("small", _l("Small")),
    ("medium", _l("Medium")),
    ("large", _l("Large")),
    ("xlarge", _l("Extra large")),
]
STATUSES = [("open", _l("Open")), ("merged", _l("Merged")), ("closed", _l("Closed"))]


def school_lookup(label: Any, **kwargs: Any) -> LookupField:
    """A school of the district."""
    return LookupField(
        label,
        lambda record_id: finder(db, School, lambda school: school.name)(record_id),
        "SchoolView.lookup",
        **kwargs,
    )


class SchoolForm(KhetForm):
    """A school's facts."""

    code = text(_l("School code"), most=20)
    name = text(_l("Name"))
    subdistrict = text(_l("Subdistrict (tambon)"), most=100, need=False)
    amphoe = text(_l("District (amphoe)"), most=100)
    province = text(_l("Province"), most=100)
    levels = text(_l("Levels taught"), most=100, need=False)
    size = choice(_l("Size"), SIZES)
    letter_prefix = text(_l("Letter prefix"), most=40, need=False, help=_l("What stands before a letter's number."))
    status = choice(_l("State"), STATUSES)
    status_on = ThaiDateField(_l("Merged or closed on"), need=False)
    merged_into_id = school_lookup(_l("Merged into"), need=False)
    closing_ok = HiddenField()  # what closing costs was seen


class SchoolGroupForm(KhetForm):
    """A school group's name."""

    name = text(_l("Name"))


class MemberLine(LineForm):
    """One school that joins a group."""

    school_id = school_lookup(_l("School"))
    starts_on = ThaiDateField(_l("Starts on, where it differs"), need=False)


class MembersForm(KhetForm):
    """Schools join a group."""

    starts_on = ThaiDateField(_l("Starts on"))
    ends_on = ThaiDateField(_l("Ends on"), need=False, help=_l("Leave empty when there is no end."))
    schools = LinesField(_l("Schools"), MemberLine)


class HolidayForm(KhetForm):
    """A day on which the offices do not work."""

    day = ThaiDateField(_l("Day"))
    name = text(_l("Name"))


class UnitForm(KhetForm):
    """The office or a group of it."""

    code = text(_l("Code"), most=20)
    name = text(_l("Name"))
    letter_prefix = text(_l("Letter prefix"), most=40, need=False, help=_l("What stands before a letter's number."))
    active = BooleanField(_l("In use"), default=True)
    closing_ok = HiddenField()  # what closing costs was seen


class PersonForm(KhetForm):
    """A person's name."""

    title = text(_l("Title"), most=40, need=False, help=_l("นาย, นาง, นางสาว …"))
    first_name = text(_l("First name"), most=64)
    last_name = text(_l("Last name"), most=64)


class PostForm(KhetForm):
    """A position at a unit for a period."""

    position = text(_l("Position"), most=120)
    unit_id = unit_lookup()
    starts_on = ThaiDateField(_l("Starts on"))
    ends_on = ThaiDateField(_l("Ends on"), need=False, help=_l("Leave empty when there is no end."))

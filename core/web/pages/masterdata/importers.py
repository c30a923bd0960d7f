"""Schools and people from an office's own tables."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from core.base import permissions
from core.base.errors import RuleError
from core.base.text import names
from core.base.text.thai import clean, heading_key, today
from core.exchange.imports.declare import ImportColumn, Importer, column
from core.platform.masterdata import services
from core.platform.masterdata.models import Person, Post, School, Unit
from core.storage.scope import KhetSession
from core.web.forms import KhetForm, text
from core.web.unit_of_work import db

#: levels a school can begin or end with, as the ministry words them
_LEVELS = ("เตรียมอนุบาล", "อนุบาล", "ประถมศึกษา", "มัธยมศึกษาตอนต้น", "มัธยมศึกษาตอนปลาย", "มัธยมศึกษา")
#: of the codes that offices know a school by. A sheet that takes one for a number drops the zero at its beginning
_CODE_DIGITS = (6, 8, 10)
_EXAMPLE = "นายสมชาย ใจดี"
_DASHES = str.maketrans(dict.fromkeys("-‐‑‒—―", "–"))


@dataclass
class _Known:
    """What stands in the district already."""

    codes: set[str]
    names: set[tuple[str, str]]
    amphoes: set[str]
    last_temporary: int = 0
    units: dict[str, int] = field(default_factory=dict)
    #: tambon and code of each school by `services.school_key`
    schools: dict[tuple[str, str], list[tuple[str, str]]] = field(default_factory=dict)


class SchoolOptions(KhetForm):
    """What holds for every school of the file."""

    amphoes = text(
        _l("Districts (amphoe) of this area"), most=1000, need=False,
        help=_l("Separated by commas. A school of another amphoe is not taken in. Empty: all are taken in."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.amphoes.data is None or not self.is_submitted():
            known = db.scalars(select(School.amphoe).distinct().order_by(School.amphoe).limit(60))
            self.amphoes.data = ", ".join(name for name in known if name)


def _school_columns() -> list[ImportColumn]:
    return [
        column(School.code, kind="code", need=False),
        column(School.name),
        column(School.subdistrict),
        column(School.amphoe),
        column(School.province),
        column(School.levels),
        column(School.size, also={"เล็ก": "small", "กลาง": "medium", "ใหญ่": "large", "ใหญ่พิเศษ": "xlarge"}),
        column(Unit.letter_prefix),
    ]


def plain_levels(text_: str) -> str:
    """Levels in the ministry's spelling: an en dash between the first and the last. Raises ValueError."""
    parts = [part.strip() for part in clean(text_).translate(_DASHES).split("–")]
    if not 1 <= len(parts) <= 2 or any(part not in _LEVELS for part in parts):
        raise ValueError(text_)
    return "–".join(parts)


def _name_key(values: dict[str, Any]) -> tuple[str, str]:
    return services.school_key(values["name"], values["amphoe"])


def _start_schools(session: KhetSession, options: dict[str, Any]) -> _Known:
    wanted = select(School.code, School.name, School.amphoe, School.subdistrict, School.status)
    rows = session.execute(wanted).all()
    schools: dict[tuple[str, str], list[tuple[str, str]]] = {}
    temporary: list[int] = []
    for row in rows:
        if not services.given_code(row.code):
            temporary.append(int(row.code[1:]))
        if row.status == "open":
            schools.setdefault(services.school_key(row.name, row.amphoe), []).append((row.subdistrict, row.code))
    named = [services.place_name("amphoe", name) for name in options.get("amphoes", "").split(",")]
    amphoes = {heading_key(name) for name in named if name}
    return _Known({row.code for row in rows}, set(), amphoes, max(temporary, default=0), schools=schools)


def _check_school(known: _Known, values: dict[str, Any]) -> dict[str, Any]:
    wrong: dict[str, Any] = {}
    values |= services.place_names(values)
    if values["code"] and (padded := _as_known(values["code"], known.codes)):
        wrong["code"] = (
            _("This code is taken.") if padded == values["code"] else _("This code is taken: %(code)s", code=padded)
        )
    elif values["code"].isdecimal() and len(values["code"]) + 1 in _CODE_DIGITS:
        wrong["code"] = _("A digit is missing: perhaps the zero at the beginning, which a sheet drops from a number.")
    elif values["code"] and not (values["code"].isdecimal() and len(values["code"]) in _CODE_DIGITS):
        wrong["code"] = _(
            "This is no code of a school: it has 6, 8 or 10 digits. Leave it out where you do not know it."
        )
    mine = values["subdistrict"], values["code"]
    if any(services.same_school(mine, its) for its in known.schools.get(_name_key(values), ())):
        wrong["name"] = _("The district has this school already.")
    if known.amphoes and heading_key(values["amphoe"]) not in known.amphoes:
        wrong["amphoe"] = _("This amphoe does not belong to the area.")
    if values["levels"]:
        try:
            values["levels"] = plain_levels(values["levels"])
        except ValueError:
            wrong["levels"] = _(
                "Unknown level: %(text)s. Write one of these, or the first and the last with a dash between them: "
                "%(known)s",
                text=values["levels"][:40],
                known=", ".join(_LEVELS),
            )
    return wrong


def _as_known(code: str, codes: Container[str]) -> str | None:
    """The code among `codes` that is meant: as it stands, or with the zeros at its beginning that a sheet dropped."""
    padded = [code.zfill(digits) for digits in _CODE_DIGITS] if code.isdecimal() else []
    return next((one for one in (code, *padded) if one in codes), None)


def _school_same(values: dict[str, Any]) -> list[Any]:
    told_apart_by = heading_key(values["subdistrict"]) or values["code"]
    return [(*_name_key(values), told_apart_by), *([values["code"]] if values["code"] else [])]


def _make_school(session: KhetSession, known: _Known, values: dict[str, Any], ready: Any) -> School:
    if not values["code"]:
        known.last_temporary += 1
        values["code"] = f"{services.NO_CODE}{known.last_temporary:05}"
    values["size"] = values["size"] or ""
    return services.save_school(session, None, values, today(), known_free=True)


SCHOOLS = Importer(
    key="core.schools",
    title=_l("Schools"),
    resource=permissions.SCHOOLS,
    columns=_school_columns,
    models=(School, Unit),
    make=_make_school,
    start=_start_schools,
    check=_check_school,
    unique_keys=_school_same,
    options=SchoolOptions,
)


# -- people -------------------------------------------------------------------------------------------------


def _people_columns() -> list[ImportColumn]:
    return [
        column(Person.title),
        column(Person.first_name),
        column(Person.last_name),
        full_name_column("title", "first_name", "last_name"),
        column(Post.position, need=False, dash=True),
        unit_column(),
        column(Post.starts_on, need=False),
    ]


#: headings of a column that has both names. ชื่อสกุล alone is the last name where the table has a column of first names
_FULL_NAME = (
    "ชื่อ-สกุล", "ชื่อ-นามสกุล", "ชื่อ สกุล", "ชื่อ นามสกุล", "ชื่อ/สกุล", "ชื่อและสกุล", "ชื่อและนามสกุล", "ชื่อ-ชื่อสกุล",
    "ชื่อตัวและชื่อสกุล", "ชื่อสกุล", "fullname",
)  # fmt: skip


def full_name_column(*gives: str) -> ImportColumn:
    """A column that has title, first and last name in one cell; the columns `gives` are filled from it."""

    def parts(said: str) -> dict[str, str]:
        try:
            name = names.parted(said)
        except ValueError:
            text_ = _(
                "It is not sure which is the first and which the last name. Write both with one space between them, "
                "as in: %(example)s",
                example=_EXAMPLE,
            )
            raise RuleError(text_) from None
        found = {"title": name.title, "first_name": name.first, "last_name": name.last}
        return {key: found[key] for key in gives}

    def shown(said: str) -> str:
        try:
            return " | ".join(part for part in names.parted(said) if part)
        except ValueError:  # the line has its names in cells of their own
            return said

    return ImportColumn(
        "full_name",
        _l("First and last name"),
        names=_FULL_NAME,
        example=_EXAMPLE,
        gives=gives,
        parts=parts,
        shown=shown,
    )


def without_title(values: dict[str, Any]) -> None:
    """Part a title that is glued to the first name; it is the title where the line says no other."""
    title, first = names.untitled(values["first_name"])
    if title and values.get("title", "") in ("", title):
        values["first_name"] = first
        if "title" in values:
            values["title"] = title


def units_by_name(session: KhetSession) -> dict[str, int]:
    """Units of the district by code and by name as people write it, with and without โรงเรียน."""
    found: dict[str, int] = {}
    for unit in session.execute(select(Unit.id, Unit.code, Unit.name).where(Unit.active.is_(True))):
        for said in (unit.code, unit.name, services.bare_school_name(unit.name)):
            found.setdefault(heading_key(said), unit.id)
    return found


def unit_column() -> ImportColumn:
    """The unit to which a line belongs. A preview says its name and code, whichever of them the file has."""
    units: dict[str, int] = {}
    titles: dict[int, str] = {}

    def shown(said: str) -> str:
        if not titles:
            units.update(units_by_name(db))
            known = select(Unit.id, Unit.name, Unit.code).where(Unit.active.is_(True))
            titles.update({unit.id: f"{unit.name} ({unit.code})" for unit in db.execute(known)})
        return titles.get(unit_called(units, said) or 0, said)

    names = ("หน่วยงาน", "สังกัด", "โรงเรียน", "กลุ่ม")
    return ImportColumn("unit", _l("Unit"), names=names, dash=True, shown=shown)


def unit_called(units: dict[str, int], said: str) -> int | None:
    """The unit that somebody wrote, or None."""
    key = _as_known(heading_key(said), units) or heading_key(services.bare_school_name(said))
    return units.get(key)


def _start_people(session: KhetSession, options: dict[str, Any]) -> _Known:
    rows = session.execute(select(Person.first_name, Person.last_name))
    names = {(heading_key(row.first_name), heading_key(row.last_name)) for row in rows}
    return _Known(set(), names, set(), units=units_by_name(session))


def _person_key(values: dict[str, Any]) -> tuple[str, str]:
    return heading_key(values["first_name"]), heading_key(values["last_name"])


def _check_person(known: _Known, values: dict[str, Any]) -> dict[str, Any]:
    wrong: dict[str, Any] = {}
    without_title(values)
    if _person_key(values) in known.names:
        wrong["first_name"] = _(
            "The district has a person of this name already. Add somebody else of the same name under People."
        )
    if values["unit"] and unit_called(known.units, values["unit"]) is None:
        wrong["unit"] = _("The district has no unit called %(name)s.", name=values["unit"][:60])
    if bool(values["position"]) != bool(values["unit"]):
        wrong["position" if not values["position"] else "unit"] = _("Position and unit belong together.")
    return wrong


def _make_person(session: KhetSession, known: _Known, values: dict[str, Any], ready: Any) -> Person:
    person = services.save_person(session, None, values)
    if values["position"]:
        unit_id = unit_called(known.units, values["unit"])
        assert unit_id is not None
        services.add_post(session, person, unit_id, values["position"], values["starts_on"] or today(), None)
    return person


PEOPLE = Importer(
    key="core.people",
    title=_l("People"),
    resource=permissions.PERSONS,
    columns=_people_columns,
    models=(Post, Person),
    make=_make_person,
    start=_start_people,
    check=_check_person,
    unique_keys=lambda values: [_person_key(values)],
)

__all__ = [
    "PEOPLE",
    "SCHOOLS",
    "plain_levels",
    "full_name_column",
    "unit_called",
    "unit_column",
    "units_by_name",
    "without_title",
]

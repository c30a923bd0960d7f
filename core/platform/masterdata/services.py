"""Changes to units, schools, groups, persons and posts. Each checks the rule, then flushes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, ScalarSelect, or_, select, true
from sqlalchemy.orm import aliased

from core.base.errors import NotFound, RuleError
from core.base.identity import UnitSet
from core.base.text.thai import clean, heading_key, search_text, sort_key
from core.platform.events import PositionChanged, SchoolMerged, UnitClosed, UnitOpened, publish
from core.platform.masterdata.models import (
    GROUP,
    OFFICE,
    SCHOOL,
    Holiday,
    Person,
    Post,
    School,
    SchoolGroup,
    SchoolGroupMember,
    Unit,
)
from core.platform.timeline import recorder
from core.storage import cache, fields
from core.storage.scope import KhetSession

#: what people write before the name of a place, by the school's field; the name is stored without it
_BEFORE_PLACE = {"subdistrict": ("ตำบล", "ต."), "amphoe": ("อำเภอ", "อ."), "province": ("จังหวัด", "จ.")}
_BEFORE_SCHOOL = ("โรงเรียน", "ร.ร.", "รร.")
#: code of a school whose file gives none, until somebody corrects it
NO_CODE = "T"


def require(session: KhetSession, model: type[Any], record_id: int | None) -> Any:
    """The record with this id in the session's district. Raises NotFound."""
    record = session.get(model, record_id) if record_id else None
    if record is None:
        raise NotFound
    return record


def save_holiday(session: KhetSession, holiday: Holiday | None, values: dict[str, Any]) -> Holiday:
    """Add a day on which the offices do not work, or change one. Raises RuleError for a day that is there."""
    same = select(Holiday.id).where(Holiday.day == values["day"])
    if holiday is not None:
        same = same.where(Holiday.id != holiday.id)
    if session.scalar(same):
        raise RuleError(_("This day is in the list already."), field="day")
    if holiday is None:
        holiday = Holiday()
        session.add(holiday)
    holiday.day, holiday.name = values["day"], clean(values["name"])
    session.flush()
    return holiday


def bare_school_name(said: str) -> str:
    """The name of a school without the word for it before, as it is compared and sorted."""
    return _without(_BEFORE_SCHOOL, clean(said))


def _without(words: tuple[str, ...], said: str) -> str:
    for word in words:
        if (name := said.removeprefix(word).strip()) != said:
            return name or said
    return said


def _index_school(school: School) -> None:
    school.search_text = search_text(school.code, school.name, school.subdistrict, school.amphoe)
    school.sort_key = sort_key(bare_school_name(school.name))


def _check_code(session: KhetSession, model: type[Any], code: str, own_id: int | None, **more: Any) -> None:
    statement = select(model.id).where(model.code == code).filter_by(**more)
    if own_id is not None:
        statement = statement.where(model.id != own_id)
    if session.scalar(statement.limit(1)):
        raise RuleError(_("This code is taken."), field="code")


def given_code(code: str) -> str:
    """The ministry's code of a school; empty for one that stands in until somebody corrects it."""
    return "" if code.startswith(NO_CODE) and code[1:].isdecimal() else code


def place_name(field: str, said: str) -> str:
    """The name of a school's `field` (subdistrict, amphoe or province), without the word or letter for it before."""
    return _without(_BEFORE_PLACE[field], clean(said))


def place_names(values: dict[str, Any]) -> dict[str, str]:
    """Those of a school's values that name a place, each by `place_name`."""
    return {field: place_name(field, values[field] or "") for field in _BEFORE_PLACE if field in values}


def school_key(name: str, amphoe: str) -> tuple[str, str]:
    """By what schools are first compared: the name without โรงเรียน, and the amphoe."""
    return heading_key(bare_school_name(name)), heading_key(place_name("amphoe", amphoe))


def same_school(one: tuple[str, str], other: tuple[str, str]) -> bool:
    """Whether two of one key, each (tambon, code), are one school: the tambon tells, and where one of them gives
    none, the code."""
    (tambon, code), (its_tambon, its_code) = one, other
    if tambon and its_tambon:
        one_name, other_name = (place_name("subdistrict", said) for said in (tambon, its_tambon))
        return heading_key(one_name) == heading_key(other_name)
    return not (given_code(code) and given_code(its_code) and code != its_code)


def _refuse_double(session: KhetSession, school: School | None, values: dict[str, Any]) -> None:
    key, mine = school_key(values["name"], values["amphoe"]), (values.get("subdistrict") or "", values["code"])
    if school and (key, mine[0]) == (school_key(school.name, school.amphoe), school.subdistrict):
        return  # what stands as it stood is no new double
    rows = select(School.id, School.name, School.amphoe, School.subdistrict, School.code)
    for row in session.execute(rows.where(School.status == "open")):
        its = row.subdistrict, row.code
        if (
            (school is None or row.id != school.id)
            and school_key(row.name, row.amphoe) == key
            and same_school(mine, its)
        ):
            raise RuleError(_("The district has this school already."), field="name")


def save_school(
    session: KhetSession, school: School | None, values: dict[str, Any], today: date, *, known_free: bool = False
) -> School:
    """Add a school with its unit (None), or change one. Status other than open needs its date.

    `known_free`: the caller has looked code and name up among all others.
    Raises RuleError for a code taken, a school that is there already, a date in the future, or a merge into itself or
    into one that has ended; and where a merged one is to be closed.
    Publishes UnitClosed and UnitOpened, and before them SchoolMerged.
    """
    values = {**values, **place_names(values)}
    code, name = clean(values["code"]), clean(values["name"])
    if not known_free:
        _check_code(session, School, code, school.id if school else None)
        _refuse_double(session, school, values)
    status, status_on = values.get("status", "open"), values.get("status_on")
    merged_into = values.get("merged_into_id")
    if status == "open":
        status_on = merged_into = None
    elif status_on is None:
        raise RuleError(_("Give the date."), field="status_on")
    elif status_on > today:
        raise RuleError(_("The date lies in the future."), field="status_on")
    if status != "merged":
        merged_into = None
    elif merged_into is None:
        raise RuleError(_("Name the school it was merged into."), field="merged_into_id")
    elif school is not None and merged_into == school.id:
        raise RuleError(_("A school cannot be merged into itself."), field="merged_into_id")
    former = school.merged_into_id if school is not None else None
    if merged_into is not None and merged_into != former:
        goes_on = session.get(School, merged_into)
        if goes_on is not None and goes_on.status != "open":
            raise RuleError(
                _("%(name)s has ended itself: name the school that goes on.", name=goes_on.name), field="merged_into_id"
            )
    if school is not None and school.status == "merged" and status == "closed":
        raise RuleError(
            _("It is merged, and its matters go on there. Open it again before it is closed."), field="status"
        )
    if school is None:
        unit = Unit(kind=SCHOOL, code=code, name=name, letter_prefix=values.get("letter_prefix", ""))
        session.add(unit)
        session.flush()
        school = School(unit_id=unit.id)
        session.add(school)
    else:
        unit = require(session, Unit, school.unit_id)
    was_active, went_on_at = unit.active, goes_on_at(session, unit).id
    unit.code, unit.name, unit.active = code, name, status == "open"
    unit.letter_prefix = clean(values.get("letter_prefix") or "")
    fields.assign(
        school,
        {**values, "code": code, "status": status, "status_on": status_on, "merged_into_id": merged_into},
    )
    school.sort_key = sort_key(bare_school_name(school.name))
    session.flush()
    into = session.get(School, merged_into) if merged_into else None
    if merged_into != former and (there := successor(session, unit.id)) is not None and there is not unit:
        last = session.scalars(select(School).where(School.unit_id == there.id)).one()
        publish(session, SchoolMerged(school.id, unit.id, last.id, there.id))
    _tell_of_use(session, unit, was_active, f"{school.name} → {into.name}" if into else school.name, went_on_at)
    return school


def _tell_of_use(session: KhetSession, unit: Unit, was_active: bool | None, what: str, went_on_at: int) -> None:
    """Publish that a unit was closed or opened again, if it was; one that is new was never in use (None)."""
    if was_active is not None and unit.active != was_active:
        publish(session, UnitOpened(unit.id, what, went_on_at) if unit.active else UnitClosed(unit.id, what))


def successor(session: KhetSession, unit_id: int | None) -> Unit | None:
    """Where the matters of a unit go on: there while it is in use, else at the school that it was merged into, or that
    one since; None where that is nowhere."""
    seen: set[int] = set()
    while unit_id and unit_id not in seen:
        seen.add(unit_id)
        unit = session.get(Unit, unit_id)
        if unit is None or unit.active:
            return unit
        was = select(School.merged_into_id).where(School.unit_id == unit_id).scalar_subquery()
        unit_id = session.scalar(select(School.unit_id).where(School.id == was))
    return None


def goes_on_at(session: KhetSession, unit: Unit) -> Unit:
    """Where the matters of a unit are worked on: there while it is in use, else where it goes on, else at the office.

    What an ended unit leaves behind is never nobody's: whoever holds a role there holds it for the ended one too.
    """
    if unit.active:
        return unit
    office = select(Unit).where(Unit.kind == OFFICE).order_by(Unit.id).limit(1)
    return successor(session, unit.id) or session.scalars(office).first() or unit


def taken_over(session: KhetSession, district_id: int) -> dict[int, frozenset[int]]:
    """For each unit at which matters of ended ones go on (`goes_on_at`), which these are; of a whole district."""
    into, there = aliased(School), aliased(Unit)
    found = session.execute(
        select(Unit.id, Unit.kind, Unit.active, there.id.label("next"))
        .outerjoin(School, (School.unit_id == Unit.id) & (School.district_id == Unit.district_id))
        .outerjoin(into, (into.id == School.merged_into_id) & (into.district_id == Unit.district_id))
        .outerjoin(there, (there.id == into.unit_id) & (there.district_id == Unit.district_id))
        .where(Unit.district_id == district_id, or_(Unit.active.is_(False), Unit.kind == OFFICE))
        .order_by(Unit.id)
    ).all()
    office = next((row.id for row in found if row.kind == OFFICE), None)
    ended = {row.id: row.next for row in found if not row.active}
    taken: dict[int | None, set[int]] = {}
    for unit_id in ended:
        seen: set[int | None] = set()
        at: int | None = unit_id
        while at in ended and at not in seen:
            seen.add(at)
            at = ended[at]
        taken.setdefault(office if at is None or at in seen else at, set()).add(unit_id)
    return {unit_id: frozenset(units) for unit_id, units in taken.items() if unit_id is not None}


def ended_into(session: KhetSession, unit_id: int) -> set[int]:
    """Units of schools that were merged into the school at this one, or into one of those."""
    found: set[int] = set()
    ahead = {unit_id}
    while ahead:
        into = select(School.id).where(School.unit_id.in_(ahead))
        ahead = set(session.scalars(select(School.unit_id).where(School.merged_into_id.in_(into)))) - found - {unit_id}
        found |= ahead
    return found


def save_unit(session: KhetSession, unit: Unit | None, values: dict[str, Any]) -> Unit:
    """Add or change the office or one of its groups (schools go through save_school).

    Publishes UnitClosed and UnitOpened.
    """
    code = clean(values["code"])
    kind = unit.kind if unit else "group"
    _check_code(session, Unit, code, unit.id if unit else None, kind=kind)
    was_active = unit.active if unit is not None else None
    went_on_at = goes_on_at(session, unit).id if unit is not None else 0
    if unit is None:
        unit = Unit(kind=kind)
        session.add(unit)
    unit.code, unit.name = code, clean(values["name"])
    unit.letter_prefix = clean(values.get("letter_prefix") or "")
    unit.active = bool(values.get("active", True))
    session.flush()
    _tell_of_use(session, unit, was_active, unit.name, went_on_at)
    return unit


def save_group(session: KhetSession, group: SchoolGroup | None, name: str) -> SchoolGroup:
    """Add or rename a school group. Raises RuleError when the name is taken."""
    name = clean(name)
    same = session.scalar(select(SchoolGroup.id).where(SchoolGroup.name == name))
    if same is not None and (group is None or same != group.id):
        raise RuleError(_("This name is taken."), field="name")
    if group is None:
        group = SchoolGroup(name=name)
        session.add(group)
    group.name = name
    session.flush()
    return group


def check_period(starts_on: date, ends_on: date | None) -> None:
    """Raises RuleError when a period ends before it starts."""
    if ends_on is not None and ends_on < starts_on:
        raise RuleError(_("The end lies before the start."), field="ends_on")


def add_member(
    session: KhetSession, group: SchoolGroup, school_id: int, starts_on: date, ends_on: date | None
) -> SchoolGroupMember:
    """Put a school into a group for a period. A school is in one place of a group at a time."""
    check_period(starts_on, ends_on)
    school = require(session, School, school_id)
    for member in session.scalars(
        select(SchoolGroupMember).where(
            SchoolGroupMember.group_id == group.id, SchoolGroupMember.school_id == school.id
        )
    ):
        if (ends_on is None or member.starts_on <= ends_on) and (member.ends_on is None or member.ends_on >= starts_on):
            raise RuleError(_("The school is in this group then already."), field="school_id")
    member = SchoolGroupMember(group_id=group.id, school_id=school.id, starts_on=starts_on, ends_on=ends_on)
    session.add(member)
    session.flush()
    return member


def add_members(
    session: KhetSession, group: SchoolGroup, schools: list[dict[str, Any]], starts_on: date, ends_on: date | None
) -> list[SchoolGroupMember]:
    """Put several schools into a group: {school_id, starts_on or None}. A broken rule names its line's field."""
    made = []
    for index, line in enumerate(schools):
        try:
            made.append(add_member(session, group, line["school_id"], line["starts_on"] or starts_on, ends_on))
        except RuleError as error:
            raise RuleError(error.message, field=f"schools-{index}-{error.field or 'school_id'}") from error
    return made


def end_member(session: KhetSession, member: SchoolGroupMember, on: date) -> None:
    """End a membership; the row stays, so that last year's report stays true."""
    if on < member.starts_on:
        raise RuleError(_("The end lies before the start."), field="ends_on")
    recorder.describe(session, member, "core.school_group.left")
    member.ends_on = on


def position_now(person_id: Any, on: date) -> ScalarSelect[str]:
    """SQL: the position and unit of the person's newest post on that day, for a list in which two share a name."""
    return (
        select(Post.position + " " + Unit.name)
        .join(Unit, Unit.id == Post.unit_id)
        .where(Post.person_id == person_id, Post.starts_on <= on, or_(Post.ends_on.is_(None), Post.ends_on >= on))
        .order_by(Post.starts_on.desc(), Post.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def works_as(person_id: Any, word: str, on: date) -> ColumnElement[bool]:
    """SQL: whether a post that the person holds on that day has a word in its position, its unit's name, or what its
    school is found by (code, place)."""
    here = (
        column.contains(word, autoescape=True) for column in (Post.position, Unit.name, School.search_text)
    )  # fmt: skip
    return (
        select(Post.id)
        .join(Unit, Unit.id == Post.unit_id)
        .outerjoin(School, School.unit_id == Unit.id)
        .where(Post.person_id == person_id, Post.starts_on <= on, or_(Post.ends_on.is_(None), Post.ends_on >= on))
        .where(or_(*here))
        .exists()
    )


def unit_of(session: KhetSession, unit_id: int) -> Unit:
    """The unit of something that is shown: asked once a session, which by itself forgets what nobody holds."""
    kept: dict[int, Unit] = session.info.setdefault("units", {})
    if unit_id not in kept:
        kept[unit_id] = session.get_one(Unit, unit_id)
    return kept[unit_id]


def unit_name(session: KhetSession, unit_id: int) -> str:
    """What a unit is called; looked up again when units changed."""
    named = select(Unit.name).where(Unit.id == unit_id)
    return cache.cached(session, cache.PEOPLE, ("unit", unit_id), lambda: session.scalar(named) or "")


def place_of(unit_id: Any) -> ScalarSelect[str]:
    """SQL: the amphoe of the school that a unit is, for a list in which two share a name; null for any other unit."""
    return select(School.amphoe).where(School.unit_id == unit_id).limit(1).scalar_subquery()


def save_person(session: KhetSession, person: Person | None, values: dict[str, Any]) -> Person:
    """Add or change a person."""
    if person is None:
        person = Person()
        session.add(person)
    fields.assign(person, values)
    person.search_text = search_text(person.full_name)
    person.sort_key = sort_key(f"{person.first_name} {person.last_name}")
    session.flush()
    return person


def add_post(
    session: KhetSession, person: Person, unit_id: int, position: str, starts_on: date, ends_on: date | None
) -> Post:
    """Give a person a position at a unit for a period."""
    check_period(starts_on, ends_on)
    unit = require(session, Unit, unit_id)
    post = Post(person_id=person.id, unit_id=unit.id, position=clean(position), starts_on=starts_on, ends_on=ends_on)
    session.add(post)
    session.flush()
    publish(session, PositionChanged(post.id, held=True))
    return post


def positions_of(session: KhetSession, person_id: int | None, on: date) -> set[str]:
    """Positions that a person holds on a day or will hold after it."""
    found = select(Post.position).where(Post.person_id == person_id, or_(Post.ends_on.is_(None), Post.ends_on >= on))
    return set(session.scalars(found))


def end_post(session: KhetSession, post: Post, on: date) -> None:
    """End a post; a person who moves keeps the Person row."""
    if on < post.starts_on:
        raise RuleError(_("The end lies before the start."), field="ends_on")
    recorder.describe(session, post, "core.post.ended")
    post.ends_on = on
    session.flush()
    publish(session, PositionChanged(post.id, held=False))


#: units that a form or a filter offers
MOST_UNITS = 60


class UnitName(NamedTuple):
    """A unit as a form or a filter names it."""

    id: int
    name: str


def units_of(
    session: KhetSession, held: UnitSet, kinds: tuple[str, ...] = (OFFICE, GROUP, SCHOOL), *, ended: bool = False
) -> Sequence[UnitName]:
    """The units of a set that are in use, at most 60, in the order of their `kinds`: the office first; `ended`: behind
    them those that have ended, for what is read."""

    def read() -> tuple[UnitName, ...]:
        named = (
            select(Unit.id, Unit.name)
            .where(held.criterion(Unit.id), Unit.kind.in_(kinds), true() if ended else Unit.active.is_(True))
            .order_by(Unit.active.is_(False), *(Unit.kind == kind for kind in reversed(kinds)), Unit.name)
            .limit(MOST_UNITS)
        )
        return tuple(UnitName(*row) for row in session.execute(named))

    return cache.cached(session, cache.PEOPLE, ("units", held, kinds, ended), read)

"""People who hold every role that a unit gives, and what each of them may know of."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from core.base.permissions import OFFICE_REACH, UNIT
from core.base.text.thai import today
from core.platform.accounts import services as accounts
from core.platform.masterdata.models import District, School, Unit
from core.platform.users.models import Grant, RoleProfile
from core.web.crud import CrudView
from tests.core.doors import ROLES, Door, samples
from tests.core.marks import KNOWN_TO_ALL, mark_units, units_shown
from tests.support import HOME, World

STAFF_ROLE = "core.staff"
PLACES = ("office", "group", "school", "reach")
SHAPES = ("kanban", "calendar", "pivot", "chart")


def _roles_at(kind: str, reach: str) -> list[str]:
    """Every role of a reach that can be held at such a unit."""
    return [key for key, role in ROLES.items() if role.reach == reach and kind in role.unit_kinds]


def unit_people(world: World) -> tuple[Any, dict[str, frozenset[int]]]:
    """The samples; and for each place an account `all-PLACE` with every role of it, and the units it may know of."""
    ids = samples(world, HOME)
    with world.session(HOME, f"clerk.{HOME}") as session:
        district = session.get(District, session.scope.district_id)
        roles = {role.key: role.id for role in session.scalars(select(RoleProfile))}
        units = list(session.scalars(select(Unit).order_by(Unit.id)))
        office = next(unit.id for unit in units if unit.kind == "office")
        group = next(unit.id for unit in units if unit.kind == "group")
        school = session.scalars(select(School.unit_id).order_by(School.id)).first()
        inside = frozenset(unit.id for unit in units if unit.kind != "school")
        at = {"office": office, "group": group, "school": school, "reach": office}
        knows = {name: frozenset({unit}) for name, unit in at.items()} | {"reach": inside}
        for place, unit_id in at.items():
            values = {"name": f"all-{place}", "first_name": "ทุก", "last_name": place, "must_change_password": False}
            account = accounts.create_account(session, district, values, "", hashed="x")
            held = _roles_at("office", OFFICE_REACH) if place == "reach" else _roles_at(place, UNIT)
            session.add_all(
                Grant(user_id=account.id, role_id=roles[key], unit_id=unit_id, starts_on=today())
                for key in [*held, STAFF_ROLE]
            )
    mark_units(world, world.district_id())
    return ids, knows


def look(world: World, place: str, address: str, allowed: frozenset[int]) -> Any:
    """The answer to a place's people, who read nothing but their own unit's words."""
    answer = world.reader(f"all-{place}.{HOME}").get(address)
    assert answer.status_code in (200, 302, 403, 404), f"{address}: {answer.status_code}"
    foreign = {found for found in units_shown(answer) if found[0] not in allowed}
    assert not foreign, f"who works at the {place} ({sorted(allowed)}) reads at {address}: {sorted(foreign)}"
    return answer


def variants(door: Door, address: str) -> list[str]:
    """The address, and the shapes that a list's address can ask for."""
    if not (isinstance(door.view, CrudView) and door.endpoint.endswith(".list")):
        return [address]
    return [address, *(f"{address}?as={shape}" for shape in SHAPES)]


def unit_of_record(world: World, door: Door, ids: Any) -> int | None:
    """The unit of the record that a door's address names; None where it names none of a unit."""
    view = door.view
    table = getattr(view.model, "__table__", None)
    if "record_id" not in door.arguments or table is None or "unit_id" not in table.columns:
        return None
    if table.name in KNOWN_TO_ALL:
        return None
    number = ids.get(door.endpoint.partition(".")[0], ids.get(view.model))
    with world.database.system_engine.connect() as connection:
        found: int | None = connection.exec_driver_sql(
            f"select unit_id from {table.name} where id = {number}"
        ).scalar_one()
    return found

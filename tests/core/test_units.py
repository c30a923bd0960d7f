"""Unit against unit: who works in one unit of a district learns nothing of another's.

Every row that belongs to a unit, and what hangs on it, says which unit that is. Then people who hold every role that a
unit gives walk through every door, list, shape, report and search of the house, and read no other unit's word.
"""

from __future__ import annotations

import io
from typing import Any

import pytest
from sqlalchemy import select

from core.accounts import services as accounts
from core.accounts.models import Grant, RoleProfile
from core.crud import CrudView
from core.masterdata.models import District, School, Unit
from core.permissions import OFFICE_REACH, UNIT
from core.text.thai import today
from tests.core.doors import ROLES, Door, doors, names_a_record, samples, url
from tests.core.marks import KNOWN_TO_ALL, mark_units, units_shown
from tests.core.test_doors import at_home
from tests.support import HOME, Browser, World, real_pdf

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
    answer = world.browser(f"all-{place}.{HOME}").get(address)
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


@pytest.mark.parametrize("door", [d for d in at_home(doors("GET")) if not d.view.by_link], ids=str)
def test_a_page_shows_nothing_of_another_unit(standing, door):
    world, (ids, knows) = standing("units", unit_people)
    address, owner = url(world, door, ids), unit_of_record(world, door, ids)
    for place, allowed in knows.items():
        for asked in variants(door, address):
            answer = look(world, place, asked, allowed)
            if owner is not None and owner not in allowed:
                assert answer.status_code in (403, 404), f"{place} opened a record of unit {owner}"


@pytest.mark.parametrize("place", PLACES)
def test_who_works_in_a_unit_reads_its_words(standing, place):
    """The marks are there to be seen: without this the walk above would prove nothing."""
    world, (_ids, knows) = standing("units", unit_people)
    lists = ["/saraban/incoming/", "/saraban/outgoing/"]
    lists += ["/saraban/stored/", "/saraban/folders/", "/saraban/dispatches/"] if place in ("office", "reach") else []
    for address in lists:
        shown = units_shown(world.browser(f"all-{place}.{HOME}").get(address))
        assert {unit for unit, _table in shown} & knows[place], address


@pytest.mark.parametrize("place", PLACES)
def test_no_report_search_or_picker_tells_of_another_unit(standing, place):
    world, (_ids, knows) = standing("units", unit_people)
    everybody = frozenset().union(*knows.values())
    for key, report in world.khet.registry.reports.items():
        look(world, place, f"/reports/{key}", knows[place])
        if any(one.name == "unit_id" for one in report.parameters):
            for unit in everybody - knows[place]:
                answer = look(world, place, f"/reports/{key}?unit_id={unit}", knows[place])
                assert answer.status_code in (403, 404)
    for address in ("/search/?q=ลับหน่วย", "/search/?q=ลับหน่วย&part=1", "/mentions/?q=ลับ"):
        look(world, place, address, knows[place])
    for unit in everybody - knows[place]:
        answer = look(world, place, f"/saraban/incoming/known?unit_id={unit}", knows[place])
        assert answer.status_code in (403, 404)


# -- what cannot be read cannot be counted ---------------------------------------------------------------------------


def told(world: World, browser: Browser) -> dict[str, str]:
    """What every page without a record says to a user, in every shape: words and numbers, without the forms' keys."""
    browser.bearer()  # its making is told to the account's owner: before the first look, not within it
    found = {}
    asked = [
        address
        for door in at_home(doors("GET"))
        if not door.arguments
        and not names_a_record(door)
        and door.endpoint not in ("ImportView.add", "ImportView.template", "DraftView.read")
        for address in variants(door, url(world, door, {"unit_id": world.unit(), "draft_token": "x"}))
    ]
    asked = [address for address in asked if not address.startswith("/security/")]  # one's own sessions: moments, codes
    for address in [*asked, *(f"/reports/{key}" for key in world.khet.registry.reports)]:
        answer = browser.get(address)
        text = answer.get_data(as_text=True)
        if answer.mimetype == "text/html" and answer.status_code != 302:
            text = browser.text
        found[address] = f"{answer.status_code} {text}"
    return found


def differences(before: dict[str, str], after: dict[str, str]) -> dict[str, str]:
    """The pages that say something else, from the first word that differs."""
    found = {}
    for address, said in after.items():
        if said != before[address]:
            at = next((n for n, pair in enumerate(zip(said, before[address], strict=False)) if pair[0] != pair[1]), -1)
            found[address] = f"{before[address][max(at - 60, 0) : at + 60]!r} → {said[max(at - 60, 0) : at + 60]!r}"
    return found


def test_a_secret_letter_changes_no_page_of_who_is_not_named(world):
    """One in, one out, with a file, timed and proposed: the clerk beside, the director and the administrator see
    every list, report, chart, count and line of history as before."""
    users = [world.browser(f"{name}.{HOME}") for name in ("clerk", "director", "admin")]
    before = [told(world, user) for user in users]
    registrar = world.browser(f"secret.{HOME}")
    for book, more in (("incoming", {}), ("outgoing", {"kind": "external"})):
        file = (io.BytesIO(real_pdf()), "ลับ.pdf")
        staged = registrar.post("/uploads/", {"file": file}, content_type="multipart/form-data").json["id"]
        answer = registrar.submit(
            f"/saraban/{book}/new", secrecy="1", subject="ลับมาก", sender="ก", recipient="ข", doc_no="ลับ 1",
            files=str(staged), **more,
        )  # fmt: skip
        assert answer.status_code == 302, registrar.errors()
    for user, said in zip(users, before, strict=True):
        assert differences(said, told(world, user)) == {}


def test_work_in_another_unit_changes_no_page(world):
    """Letters in and out of the office change nothing that a school's or a group's people see."""
    users = [world.browser(f"{name}.{HOME}") for name in ("school", "supervisor")]
    before = [told(world, user) for user in users]
    clerk = world.browser(f"clerk.{HOME}")
    for book, more in (("incoming", {}), ("outgoing", {"kind": "external"})):
        answer = clerk.submit(
            f"/saraban/{book}/new", subject="งานของสำนักงาน", sender="ก", recipient="ข", doc_no="ท 1", speed="0", **more
        )  # fmt: skip
        assert answer.status_code == 302, clerk.errors()
    for user, said in zip(users, before, strict=True):
        assert differences(said, told(world, user)) == {}

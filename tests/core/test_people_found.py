"""Whom a field or an @ offers: people as an office knows them, and to a reader nobody whom the record is not for."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.base.text.thai import today
from core.platform.masterdata import services as masterdata
from core.platform.masterdata.models import School
from plugins.saraban.work import registers
from tests.support import HOME, OTHER, letter


@pytest.fixture
def teacher(world) -> tuple[int, str]:
    """Somebody with a post at a school: (person, the school's code)."""
    with world.session() as s:
        school = s.get_one(School, world.school_id())
        person = masterdata.save_person(s, None, {"title": "นาง", "first_name": "พิมพ์ใจ", "last_name": "ยิ่งหาได้"})
        masterdata.add_post(
            s, person, unit_id=school.unit_id, position="ครูชำนาญการพิเศษ", starts_on=today(), ends_on=None
        )  # fmt: skip
        return person.id, school.code


@pytest.mark.parametrize("typed", ["ยิ่งหาได้", "ครูชำนาญการพิเศษ", "พิมพ์ใจ ชำนาญการพิเศษ", "{code}", "{code} ยิ่งหา", "{name}"])
def test_a_person_is_found_by_name_position_school_and_code(world, teacher, typed):
    number, code = teacher
    with world.session() as s:
        name = s.scalars(select(School.name).where(School.code == code)).one()
    browser = world.browser(f"clerk.{HOME}")
    typed = typed.format(code=code, name=name)
    found = browser.get("/persons/lookup", query_string={"q": typed}).json
    assert number in [one["id"] for one in found], typed
    assert browser.get("/persons/lookup", query_string={"q": f"{typed} ไม่มีคำนี้"}).json == []


def test_an_account_is_found_by_the_position_of_its_person(world, teacher):
    number, code = teacher
    world.owner(f"update ab_user set person_id = {number} where username = 'supervisor.{HOME}'")
    me = world.account(f"supervisor.{HOME}").id
    admin = world.browser(f"admin.{HOME}")
    for typed in ("ชำนาญการพิเศษ", code):
        assert me in [one["id"] for one in admin.get("/users/lookup", query_string={"q": typed}).json]


def names(world, user: str, address: str, typed: str = "") -> list[str]:
    answer = world.browser(user).get(address, query_string={"q": typed})
    assert answer.status_code == 200, user
    return [one["id"] for one in answer.json]


def test_an_at_offers_only_those_who_may_open_the_record_and_by_their_names(world):
    unit, account = world.unit(), world.account(f"clerk.{HOME}")
    with world.session(user=f"clerk.{HOME}") as s:
        number = registers.register_incoming(
            s, unit, letter(), clerk=registers.Clerk(account.id, "ส"), today=today()
        ).id
    address = f"/saraban/incoming/{number}/mentions"
    offered = names(world, f"clerk.{HOME}", address)
    assert f"director.{HOME}" in offered
    assert not {f"school.{HOME}", f"admin.{HOME}", f"clerk.{HOME}", f"clerk.{OTHER}"} & set(offered)
    for other in offered:
        assert world.browser(other).get(f"/saraban/incoming/{number}").status_code == 200
    said = world.browser(f"clerk.{HOME}").get(address).json
    director = world.account(f"director.{HOME}")
    assert f"{director.first_name} {director.last_name}" in [one["text"] for one in said]
    assert not any(HOME in one["text"] for one in said), "nobody is called by a user name"
    for stranger in (f"school.{HOME}", f"clerk.{OTHER}"):
        assert world.browser(stranger).get(address).status_code in (403, 404)
        assert world.browser(stranger).get("/mentions/").status_code == 404


def test_an_at_on_a_secret_letter_offers_its_readers_alone(world):
    director = str(world.account(f"director.{HOME}").id)
    registrar = world.browser(f"secret.{HOME}")
    answer = registrar.submit("/saraban/incoming/new", sender="ก", subject="ข", secrecy="1", readers=director)
    assert answer.status_code == 302, registrar.errors()
    assert names(world, f"secret.{HOME}", f"{answer.location}/mentions") == [f"director.{HOME}"]
    world.owner(f"update core_secret_reader set ends_on = '2020-01-01' where user_id = {director}")
    assert names(world, f"secret.{HOME}", f"{answer.location}/mentions") == [], "who was named until a day that is over"


def test_a_school_is_offered_no_people_of_other_schools(world):
    """On its own letters it names its own people: who works elsewhere is nobody's to look through."""
    browser = world.browser(f"school.{HOME}")
    browser.get("/saraban/incoming/")
    numbers = browser.tree.xpath("//tbody/tr/@data-id")
    assert numbers
    for number in numbers[:3]:
        assert names(world, f"school.{HOME}", f"/saraban/incoming/{number}/mentions") == [f"schoolhead.{HOME}"]

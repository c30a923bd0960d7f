"""One box over everything a person may open, and nothing else."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.base.text.thai import thai_digits
from core.plugins import switches
from plugins.cooperation.models import Case
from plugins.saraban.models.letters import IncomingLetter
from plugins.service_request.models import Request
from tests.core.statements import MOST, Statements
from tests.core.test_listing import LIST, register
from tests.support import HOME, OTHER

JSON = {"Accept": "application/json"}


def hits(browser, typed: str) -> dict[str, list[str]]:
    found, part = {}, 0
    while part is not None:
        answer = browser.get("/search/", query_string={"q": typed, "part": part}, headers=JSON).json
        found |= {group["title"]: [hit["text"] for hit in group["hits"]] for group in answer["groups"]}
        part = answer["next"]
    return found


def test_letters_schools_people_and_pages_are_found_by_any_part_of_a_word(world):
    register(world, 1, sender="กรมเฉพาะกิจ")
    clerk = world.browser(f"clerk.{HOME}")
    assert "Incoming letters" in hits(clerk, "เฉพาะกิ")
    assert len(hits(clerk, "นาแห้ว")["Schools"]) == 5, "by the amphoe too; the first five"


@pytest.mark.parametrize("typed", ["Schools", "schoo", "โรงเรียน"])
def test_a_page_answers_to_its_thai_and_its_english_name(world, typed):
    assert "Schools" in hits(world.browser(f"clerk.{HOME}"), typed)["Pages"]


def test_commands_are_among_the_pages(world):
    clerk = world.browser(f"clerk.{HOME}")
    assert "Register an incoming letter" in hits(clerk, "ลงทะเบียนหนังสือรับ")["Pages"]
    reader = world.browser(f"supervisor.{HOME}")
    assert "Register an incoming letter" not in str(hits(reader, "ลงทะเบียนหนังสือรับ"))


def test_nothing_of_another_district_unit_or_secret_is_found(world):
    world.owner("update saraban_incoming set search_text = 'คำเดียวกัน'")
    for user in ("clerk", "school", "secret", "supervisor"):
        with world.session(HOME, f"{user}.{HOME}") as session:
            units = dict(session.execute(select(IncomingLetter.id, IncomingLetter.unit_id)).all())
        browser = world.browser(f"{user}.{HOME}")
        answer = browser.get("/search/", query_string={"q": "คำเดียวกัน"}, headers=JSON).json
        urls = [hit["url"] for group in answer["groups"] for hit in group["hits"]]
        for url in urls:
            assert int(url.rpartition("/")[2]) in units, "of this district, and no secret that does not name them"
            assert browser.get(url).status_code == 200
        assert urls, user


def test_a_module_that_is_off_is_not_searched(world):
    register(world, 1, sender="กรมเฉพาะกิจ")
    with world.session() as session:
        switches.switch(session, world.khet.switchboard, "saraban", on=False)
    assert hits(world.browser(f"clerk.{HOME}"), "เฉพาะกิจ") == {}


def test_search_is_a_page_too_and_says_when_it_finds_nothing(world):
    clerk = world.browser(f"clerk.{HOME}")
    clerk.get("/search/?q=นาแห้ว")
    while not clerk.tree.xpath("//main//a[contains(@href,'/schools/')]"):
        clerk.get(clerk.tree.xpath("string(//a[@rel='next']/@href)"))  # the page goes on by itself where a script runs
    clerk.get("/search/?q=ไม่มีคำนี้แน่นอน")
    assert "Nothing found" in clerk.text


def test_search_costs_a_bounded_number_of_statements(world):
    admin = world.browser(f"admin.{HOME}")
    admin.get("/search/?q=บ้าน", headers=JSON)
    with Statements() as seen:
        admin.get("/search/?q=บ้าน", headers=JSON)
    assert len(seen) <= MOST


def test_the_neighbour_s_words_stay_with_the_neighbour(world):
    with world.session(OTHER) as session:
        name = session.scalars(select(IncomingLetter.subject).limit(1)).one()
    world.owner(
        f"update saraban_incoming set search_text = 'เฉพาะของบาน' where district_id = {world.district_id(OTHER)}"
    )
    assert name
    assert hits(world.browser(f"clerk.{HOME}"), "เฉพาะของบาน") == {}
    assert LIST in str(world.browser(f"clerk.{OTHER}").get("/search/?q=เฉพาะของบาน", headers=JSON).json)


def test_a_number_is_found_as_it_stands_on_every_page_with_its_year(world):
    places = {IncomingLetter: LIST, Request: "/services/requests/", Case: "/cooperation/cases/"}
    browser = world.browser(f"groupclerk.{HOME}")
    for model, address in places.items():
        browser.get(address)
        with world.session(HOME, f"groupclerk.{HOME}") as session:
            seen = select(model).where(model.id.in_(browser.tree.xpath("//tbody/tr/@data-id")), model.number > 0)
            record = session.scalars(seen.order_by(model.id)).first()
            label, number, year = record.label, record.number, record.year
        for typed in (f"{number}/{year}", f"{number}/{year - 2500}", thai_digits(f"{number}/{year}"), label):
            found = [text for texts in hits(browser, typed).values() for text in texts]
            assert label in found, (model, typed)
        browser.get(f"{address}?q={number}/{year}")
        rows = browser.tree.xpath("//tbody/tr/@data-id")
        with world.session(HOME, f"groupclerk.{HOME}") as session:
            assert {(row.number, row.year) for row in session.scalars(select(model).where(model.id.in_(rows)))} == {
                (number, year)
            }

"""A unit is closed, opened again, or called otherwise: who goes on with what lay there, and who hears of it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.platform.masterdata.models import Post, Unit
from core.records.approvals.models import RIGHT, Approval
from plugins.service_request.models import Request
from tests.core.test_approvals import HEAD, chained, line, offered, seat, told, waits_at_home, way
from tests.plugins.cooperation.test_cases import CASES, begin, load, take
from tests.plugins.service_request.world import ask
from tests.support import HOME


@pytest.fixture
def admin(world):
    return world.browser(f"admin.{HOME}")


def close(admin, unit: int) -> None:
    admin.submit(f"/units/{unit}/edit", active=None)
    if admin.page.status_code == 422:  # it asks once
        admin.resubmit(f"/units/{unit}/edit")
    assert admin.page.status_code == 302, admin.errors()


def opens(admin, unit: int) -> None:
    admin.submit(f"/units/{unit}/edit", active="y")
    if admin.page.status_code == 422:
        admin.resubmit(f"/units/{unit}/edit")
    assert admin.page.status_code == 302, admin.errors()


def heard(world, user: str) -> list[str]:
    browser = world.browser(f"{user}.{HOME}")
    browser.get("/notices/")
    return [
        " ".join(one.text_content().split()) for one in browser.tree.xpath("//main//*[contains(@class, 'wait-line')]")
    ]


def proposed(world) -> int:
    number = begin(world)
    assert take(world, number, "propose").status_code == 302
    return number


def waiting(world, number: int) -> Approval:
    with world.session() as s:
        return s.scalars(select(Approval).where(Approval.record_id == number, Approval.state == "waiting")).one()


def test_what_waits_for_a_post_at_a_closed_group_goes_to_whom_the_chain_says_next(world, admin):
    chained(world, line(HEAD), line(RIGHT))
    number, group = proposed(world), seat(world, HEAD)
    assert waits_at_home(world, "groupdirector", number)
    close(admin, group)
    assert way(world, number) == ["closed", "waiting"]
    assert waits_at_home(world, "director", number)
    assert any("มีเรื่องให้อนุมัติต่อจาก" in one for one in heard(world, "director"))
    assert not offered(world, "groupdirector", number) & {"approve", "back", "reject"}
    late = world.browser(f"groupdirector.{HOME}").post(f"{CASES}bulk/approve?ids={number}", {})
    assert late.status_code in (403, 404, 422)
    assert load(world, number).status == "proposed"
    assert take(world, number, "approve", "director").status_code == 302
    assert load(world, number).status == "approved"


def test_the_last_step_of_a_chain_goes_to_whoever_holds_the_right_where_its_group_is_closed(world, admin):
    chained(world, line(HEAD))
    number = proposed(world)
    close(admin, seat(world, HEAD))
    assert (waiting(world, number).position, way(world, number)) == ("", ["waiting"])
    assert waits_at_home(world, "director", number)
    assert take(world, number, "approve", "director").status_code == 302


def test_a_post_that_is_held_where_the_group_goes_on_takes_its_step_there(world, admin):
    """Another person holds the same position at the office, or at another group: theirs it is, ahead of the next step."""
    chained(world, line(HEAD), line(RIGHT))
    number, group = proposed(world), seat(world, HEAD)
    director = world.account(f"director.{HOME}")
    with world.session() as s:
        office = s.scalars(select(Unit.id).where(Unit.kind == "office")).one()
        held = s.scalars(select(Post).where(Post.position == HEAD)).first()
        s.add(Post(person_id=director.person_id, unit_id=office, position=HEAD, starts_on=held.starts_on))
    close(admin, group)
    assert (waiting(world, number).post_unit_id, way(world, number)) == (office, ["waiting", "ahead"])
    assert waits_at_home(world, "director", number)
    assert told(world, "director", "core.approval") == 1
    assert take(world, number, "approve", "director").status_code == 302
    assert way(world, number) == ["approved", "waiting"]


def test_a_step_that_is_ahead_finds_its_place_before_it_is_come_to(world, admin):
    chained(world, line(RIGHT), line(HEAD))
    number = proposed(world)
    close(admin, seat(world, HEAD))
    assert take(world, number, "approve", "director").status_code == 302
    assert way(world, number) == ["approved", "waiting"]
    assert waiting(world, number).position == "", "nobody holds it any more, so whoever holds the right takes it"
    assert waits_at_home(world, "director", number)


def test_who_went_on_with_a_unit_hears_what_goes_back_when_it_is_opened_again(world, admin):
    """As they were told when it came: in one notice, how much of which kind."""
    group = load(world, begin(world)).unit_id
    close(admin, group)
    came = heard(world, "clerk")
    assert any("ปิดแล้ว" in one and "หนังสือรับ (" in one for one in came), came
    opens(admin, group)
    (back,) = [one for one in heard(world, "clerk") if one not in came and "กลับไปให้หน่วยงานนั้นทำต่อเอง" in one]
    assert "หนังสือรับ (" in back
    assert heard(world, "director") != [], "who reads its papers changes back, which the log of grave rights says"


def test_what_went_on_is_found_after_the_unit_is_called_otherwise(world, admin):
    number = begin(world)
    group = load(world, number).unit_id
    close(admin, group)
    assert admin.submit(f"/units/{group}/edit", name="กลุ่มที่เปลี่ยนชื่อแล้ว").status_code == 302, admin.errors()
    director = world.browser(f"director.{HOME}")
    director.get(f"/went-on/{group}")
    assert "กลุ่มที่เปลี่ยนชื่อแล้ว" in director.text
    assert f"{CASES}{number}" in director.tree.xpath("//main//a/@href")


def test_what_stands_in_the_book_of_a_closed_group_is_said_to_go_on(world, admin):
    """A request lies at its school; the group that serves it keeps its book."""
    number = ask(world)
    with world.session() as s:
        served = s.get_one(Request, number).served_by_id
        assert s.get_one(Request, number).unit_id != served
    assert admin.submit(f"/units/{served}/edit", active=None).status_code == 422
    counted = next(said for said in admin.errors() if "Request for service (" in said)
    assert counted.index("finishes, under the old numbers") < counted.index("Request for service (")
    close(admin, served)
    told_so = f"kind = 'service_request_request' and record_id = {number} and action = 'core.lies_at_office'"
    assert world.count("core_timeline", told_so) == 1

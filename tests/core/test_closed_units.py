"""A unit is closed, opened again, or called otherwise: who goes on with what lay there, and who hears of it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.platform.masterdata.models import Post, Unit
from core.records.approvals.models import RIGHT, Approval
from tests.core.test_approvals import HEAD, chained, line, offered, seat, told, waits_at_home, way
from tests.plugins.cooperation.test_cases import CASES, begin, load, take
from tests.support import HOME


@pytest.fixture
def admin(world):
    return world.browser(f"admin.{HOME}")


def close(admin, unit: int) -> None:
    admin.submit(f"/units/{unit}/edit", active=None)
    if admin.page.status_code == 422:  # it asks once
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

"""Who works for a school by the own account and takes somebody's place besides: each alone, never both together."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from core.base.text.thai import today
from core.platform.masterdata.models import School, Unit
from core.platform.users.models import Grant, RoleProfile
from tests.plugins.service_request.world import BASE, ask, load, received, values
from tests.support import HOME


def takes_the_place(world, who: str, of: str, role: str, unit_id: int) -> None:
    """A user takes another's place for today, with one role at a unit where that one holds none."""
    taker, instead = (world.account(f"{name}.{HOME}").id for name in (who, of))
    with world.session() as s:
        role_id = s.scalars(select(RoleProfile.id).where(RoleProfile.key == role)).one()
        days = {"starts_on": today(), "ends_on": today() + timedelta(days=1)}
        s.add(Grant(user_id=taker, role_id=role_id, unit_id=unit_id, stands_in_for_id=instead, **days))


def test_a_school_s_clerk_who_takes_a_place_at_the_office_does_not_change_what_the_office_has_received(world):
    """The clerk may before it is received, the office afterwards; in the place of one who only reads, neither."""
    number = received(world)
    with world.session() as s:
        other = s.scalars(select(Unit.id).where(Unit.kind == "group").order_by(Unit.id.desc())).first()
    takes_the_place(world, "school", "admin", "core.staff", other)
    clerk = world.browser(f"school.{HOME}")
    clerk.get(f"{BASE}{number}")
    assert not clerk.tree.xpath(f"//a[contains(@href, '{BASE}{number}/edit')]")
    assert clerk.get(f"{BASE}{number}/edit").status_code == 302, "the form does not open"
    before = load(world, number)
    typed = {**values(world, topic="เปลี่ยนเอง"), "version": str(before.version)}
    assert clerk.sent_late(f"{BASE}{number}/edit", **typed).status_code == 422
    assert load(world, number).topic == before.topic


def test_a_request_is_moved_to_no_school_that_only_the_place_opens(world):
    number = ask(world)
    with world.session() as s:
        theirs = world.khet.actor(world.account(f"school2.{HOME}").id).units("service_request.request", "edit").ids
        other = s.scalars(select(School.id).where(School.unit_id.in_(theirs))).one()
        unit_id = s.get_one(School, other).unit_id
    takes_the_place(world, "school", "school2", "service_request.school", unit_id)
    clerk = world.browser(f"school.{HOME}")
    refused = clerk.submit(f"{BASE}{number}/edit", school_id=str(other))
    assert refused.status_code == 422, "neither capacity reaches both"
    assert load(world, number).school_id == world.school_id()
    assert clerk.submit(f"{BASE}{number}/edit", topic="อ่านออกเขียนได้").status_code == 302
    own = f"kind = 'service_request_request' and record_id = {number} and action = 'changed'"
    assert world.count("core_timeline", f"{own} and actor_name like '%acting%'") == 0
    assert clerk.submit(f"{BASE}new", **values(world, school_id=other)).status_code == 302, "in that place alone"

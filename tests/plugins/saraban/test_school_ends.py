"""Letters that lie in the tray of a school that is merged or closed: nobody's letter is left lying."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.platform.jobs import runner
from core.platform.masterdata.models import School
from core.platform.users.models import Grant, RoleProfile
from core.plugins import switches
from core.records.files.models import Attachment
from plugins.saraban.exchange import services
from plugins.saraban.exchange.models import Arrival, Dispatch
from tests.plugins.saraban.test_exchange import BOARD, OUT, TRAY, arrival_of, load, outgoing, send
from tests.support import HOME, near


@pytest.fixture
def admin(world):
    return world.browser(f"admin.{HOME}")


def schools(world) -> tuple[School, School]:
    """The school whose clerk the demo has, and another whose tray the supervisor keeps."""
    user, school = world.account(f"supervisor.{HOME}"), world.account(f"school.{HOME}")
    with world.session() as s:
        unit = s.scalars(select(Grant.unit_id).where(Grant.user_id == school.id)).first()
        mine = s.scalars(select(School).where(School.unit_id == unit)).one()
        other = s.scalars(select(School).where(School.id != mine.id).order_by(School.id)).first()
        held = s.scalars(select(Grant).where(Grant.user_id == user.id)).first()
        role = s.scalars(select(RoleProfile).where(RoleProfile.key == "saraban.school_clerk")).one()
        s.add(Grant(user_id=user.id, role_id=role.id, unit_id=other.unit_id, starts_on=held.starts_on))
    return mine, other


def sent_to(world, school: School) -> int:
    """A letter of the office that lies in the school's tray; the id of its line."""
    to = services.Recipient(school.name, "khet", world.district_id(), school.unit_id)
    (line,) = send(world, outgoing(world), [to])
    runner.run_all(world.app)
    assert load(world, Dispatch, line).state == "sent"
    return line


def end(admin, school: School, **how) -> None:
    answer = admin.submit(f"/schools/{school.id}/edit", status_on=near(0), **how)
    if answer.status_code == 422:
        answer = admin.resubmit(f"/schools/{school.id}/edit")
    assert answer.status_code == 302, admin.errors()


def test_the_tray_of_a_merged_school_is_the_other_school_s(world, admin):
    mine, other = schools(world)
    lines = [sent_to(world, mine) for _ in range(2)]
    end(admin, mine, status="merged", merged_into_id=str(other.id))
    came = [arrival_of(world, line, HOME) for line in lines]
    assert {one.unit_id for one in came} == {other.unit_id}
    clerk = world.browser(f"supervisor.{HOME}")
    clerk.get("/notices/")
    said = f"{mine.name} ยุบรวมกับโรงเรียนนี้แล้ว หนังสือที่ยังไม่ลงทะเบียนรับ 2 ฉบับ"
    assert clerk.text.count(said) == 1, "one notice for both"
    clerk.get(f"{TRAY}{came[0].id}")
    assert f"{mine.name} → {other.name}" in clerk.text
    assert clerk.submit(f"{TRAY}bulk/register?ids={came[0].id}").status_code == 302, clerk.errors()
    runner.run_all(world.app)
    assert load(world, Dispatch, lines[0]).state == "registered", "the sender sees it"
    office = world.browser(f"clerk.{HOME}")
    office.get(f"{BOARD}{lines[1]}")
    assert f"{mine.name} → {other.name}" in office.text, "and where it lies"


def test_a_letter_on_its_way_to_a_merged_school_arrives_at_the_other(world, admin):
    mine, other = schools(world)
    to = services.Recipient(mine.name, "khet", world.district_id(), mine.unit_id)
    (line,) = send(world, outgoing(world), [to])
    end(admin, mine, status="merged", merged_into_id=str(other.id))
    runner.run_all(world.app)
    assert arrival_of(world, line, HOME).unit_id == other.unit_id


def test_the_tray_of_a_closed_school_goes_back_to_its_senders(world, admin):
    mine, _other = schools(world)
    line = sent_to(world, mine)
    end(admin, mine, status="closed")
    came = arrival_of(world, line, HOME)
    assert (came.state, came.subject) == ("returned", "")
    with world.session() as s:
        files = select(Attachment.id).where(Attachment.kind == Arrival.__tablename__, Attachment.record_id == came.id)
        assert s.scalars(files).all() == []
    runner.run_all(world.app)
    back = load(world, Dispatch, line)
    assert back.state == "returned"
    assert mine.name in back.problem
    office = world.browser(f"clerk.{HOME}")
    office.get("/notices/")
    assert "ผู้รับส่งหนังสือนี้คืน" in office.text
    office.get(f"{OUT}{back.letter_id}")
    assert "Sent back by the recipient" in office.text


def test_where_correspondence_is_off_the_tray_stays_as_it_is(world, admin):
    mine, other = schools(world)
    line = sent_to(world, mine)
    with world.session() as s:
        switches.switch(s, world.khet.switchboard, "saraban", on=False)
    end(admin, mine, status="merged", merged_into_id=str(other.id))
    assert arrival_of(world, line, HOME).unit_id == mine.unit_id

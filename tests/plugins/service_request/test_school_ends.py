"""What a school asked for when it is merged into another or closed: it goes on there, or the office decides."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select

from core.base.text.thai import today
from core.platform.masterdata.models import School, SchoolGroup, SchoolGroupMember
from core.platform.users.models import Grant, RoleProfile
from core.plugins import switches
from core.records.bookings.models import Booking
from core.storage.base import utc_now
from plugins.service_request.models import Activity, Nominee, Preparation, Request
from tests.plugins.service_request.world import (
    BASE,
    activity_of,
    ask,
    circulated,
    hold,
    load,
    preparing,
    received,
    step,
)
from tests.support import HOME, OTHER, near


@pytest.fixture
def admin(world):
    return world.browser(f"admin.{HOME}")


def two_schools(world, number: int) -> tuple[School, School]:
    """The school that asked, and another at which the supervisor acts for the school."""
    user, request = world.account(f"supervisor.{HOME}"), load(world, number)
    with world.session() as s:
        mine = s.scalars(select(School).where(School.unit_id == request.unit_id)).one()
        other = s.scalars(select(School).where(School.id != mine.id).order_by(School.id)).first()
        role = s.scalars(select(RoleProfile).where(RoleProfile.key == "service_request.school")).one()
        s.add(Grant(user_id=user.id, role_id=role.id, unit_id=other.unit_id, starts_on=request.asked_on))
    return mine, other


def end(admin, school: School, **how) -> None:
    admin.confirm(f"/schools/{school.id}/edit", status_on=near(0), **how)
    assert admin.page.status_code == 302, admin.errors()


def heard(world, user: str) -> str:
    browser = world.browser(f"{user}.{HOME}")
    browser.get("/notices/")
    return browser.text


def test_what_a_merged_school_asked_for_goes_on_with_the_other_school(world, admin):
    number, over = preparing(world), ask(world)
    activity = activity_of(world, number).id
    speaker = world.browser(f"supervisor.{HOME}")
    ready = speaker.submit(f"/services/activities/{activity}/prepare", **{"items-0-what": "เครื่องเสียง"})
    assert ready.status_code == 302, speaker.errors()
    assert step(world, over, "cancel", "school", reason="ไม่ต้องการแล้ว").status_code == 302
    mine, other = two_schools(world, number)
    elsewhere = world.count("service_request_request", f"district_id = {world.district_id(OTHER)}")
    end(admin, mine, status="merged", merged_into_id=str(other.id))
    request = load(world, number)
    assert (request.unit_id, request.school_id, request.requester) == (other.unit_id, other.id, other.name)
    with world.session() as s:
        parts = [*s.scalars(select(Nominee).filter_by(request_id=number))]
        parts += s.scalars(select(Activity).filter_by(request_id=number))
        parts += s.scalars(select(Booking).filter_by(kind="service_request_request", record_id=number))
        ready = s.scalars(select(Preparation).filter_by(activity_id=activity)).all()
    assert len(parts) > 2
    assert [one.what for one in ready] == ["เครื่องเสียง"]
    assert {one.unit_id for one in (*parts, *ready)} == {other.unit_id}, (
        "with speakers, their time, and what is got ready"
    )
    assert load(world, over).unit_id == mine.unit_id, "what is over stays where it was"
    said = heard(world, "supervisor")
    assert said.count(f"{mine.name} ยุบรวมกับโรงเรียนนี้แล้ว") == 1, "in their own language, once"
    school = world.browser(f"supervisor.{HOME}")
    school.get(f"{BASE}{number}")
    assert "gone on to the school that its school was merged into" in school.text
    assert f"{mine.name} → {other.name}" in school.text
    theirs = world.count("service_request_request", f"district_id = {world.district_id(OTHER)}")
    assert theirs == elsewhere, "another district has its own schools"


def test_what_goes_on_with_the_other_school_counts_for_its_school_group_and_the_office_hears_of_it(world, admin):
    number, draft = preparing(world, topic="การสอนอ่าน"), ask(world, topic="ยังไม่ส่ง")
    mine, other = two_schools(world, number)
    since = load(world, number).asked_on
    with world.session() as s:
        s.execute(delete(SchoolGroupMember).where(SchoolGroupMember.school_id.in_((mine.id, other.id))))
        s.get_one(Request, number).network = "กลุ่มเดิม"
        group = SchoolGroup(name="กลุ่มใหม่")
        s.add(group)
        s.flush()
        s.add(SchoolGroupMember(group_id=group.id, school_id=other.id, starts_on=since))
    end(admin, mine, status="merged", merged_into_id=str(other.id))
    assert load(world, number).network == "กลุ่มใหม่"
    assert activity_of(world, number).network == "กลุ่มใหม่", "where it will be held"
    assert load(world, draft).network == "กลุ่มใหม่"
    said = heard(world, "groupclerk")
    assert f"{mine.name} ผู้ขอรับบริการ ยุบรวมกับ {other.name} แล้ว" in said
    assert "การสอนอ่าน" in said
    assert "ยังไม่ส่ง" not in said, "a draft was sent to nobody"


def test_what_was_held_before_a_merge_stays_with_the_group_of_that_day(world, admin):
    number = preparing(world)
    assert hold(world, number).status_code == 302
    was = activity_of(world, number).network
    mine, other = two_schools(world, number)
    with world.session() as s:
        s.execute(delete(SchoolGroupMember).where(SchoolGroupMember.school_id == other.id))
    end(admin, mine, status="merged", merged_into_id=str(other.id))
    held = activity_of(world, number)
    assert (held.status, held.network) == ("held", was)


def test_when_a_school_is_closed_the_office_learns_which_requests_have_no_asker(world, admin):
    number, draft = received(world, topic="การสอนคิด"), ask(world, topic="ยังไม่ส่ง")
    mine, _other = two_schools(world, number)
    end(admin, mine, status="closed")
    said = heard(world, "groupclerk")
    assert f"{mine.name} ผู้ขอรับบริการปิดหรือยุบรวมแล้ว" in said
    assert "การสอนคิด" in said
    assert "ยังไม่ส่ง" not in said, "a draft was sent to nobody"
    clerk = world.browser(f"groupclerk.{HOME}")
    clerk.get(f"{BASE}{number}")
    assert "who asked for it was closed" in clerk.text
    assert load(world, draft).status == "draft"
    taken = step(world, number, "cancel", "groupclerk", reason="โรงเรียนปิด", told_by="ครูสมมติ")
    assert taken.status_code == 302, "at a closed school nobody withdraws it any more: the office notes it"


@pytest.mark.parametrize("how", ["merged", "closed"])
def test_who_is_to_speak_hears_that_the_school_is_merged_or_closed(world, admin, how):
    """Asked or accepted, once for both; who refused or is needed no longer hears nothing."""
    number, asked = preparing(world, topic="การสอนอ่าน"), circulated(world, topic="การสอนเขียน")
    gone = circulated(world, topic="การสอนคิดเลข")
    assert step(world, gone, "cancel", "school", reason="ไม่ต้องการแล้ว").status_code == 302
    mine, other = two_schools(world, number)
    speaker = world.browser(f"supervisor.{HOME}")
    into = {"merged_into_id": str(other.id)} if how == "merged" else {}
    request_unit = other.unit_id if into else mine.unit_id
    end(admin, mine, status=how, **into)
    speaker.get("/notices/")
    told = [line for line in speaker.tree.xpath("//main//a") if "ที่เชิญเป็นวิทยากร" in line.text_content()]
    assert len(told) == 1
    said = told[0].text_content()
    assert mine.name in said
    assert (other.name in said) is (how == "merged")
    with world.session() as s:
        theirs = select(Nominee).where(Nominee.request_id.in_(select(Request.id).filter_by(unit_id=request_unit)))
        theirs = theirs.filter_by(user_id=world.account(f"supervisor.{HOME}").id)
        theirs = theirs.where(Nominee.ends_at > utc_now())
        waits = [one for one in s.scalars(theirs) if one.answer in ("waiting", "accepted")]
    assert {number, asked} <= {one.request_id for one in waits}
    assert f"อีก {len(waits) - 1} " in said, "one notice of all, and not of what was withdrawn"
    assert speaker.get(told[0].get("href")).status_code == 200
    assert load(world, asked).status == "circulated"


def test_where_services_are_off_a_merge_leaves_requests_as_they_are(world, admin):
    number = received(world)
    mine, other = two_schools(world, number)
    with world.session() as s:
        switches.switch(s, world.khet.switchboard, "service_request", on=False)
    end(admin, mine, status="merged", merged_into_id=str(other.id))
    assert load(world, number).unit_id == mine.unit_id


def test_what_a_closed_group_was_to_serve_is_received_in_the_office_s_book(world, admin):
    number = ask(world)
    assert step(world, number, "submit", "school").status_code == 302
    group, office = load(world, number).served_by_id, world.unit()
    clerk = world.account(f"clerk.{HOME}").id
    with world.session() as s:
        keys = ("service_request.clerk", "service_request.registrar")
        for role in s.scalars(select(RoleProfile.id).where(RoleProfile.key.in_(keys))).all():
            s.add(Grant(user_id=clerk, role_id=role, unit_id=office, starts_on=today()))
    admin.confirm(f"/units/{group}/edit", active=None)
    assert admin.page.status_code == 302, admin.errors()
    typed = {"received_on": near(0), "letter_no": "ศธ 1/9", "letter_on": near(-1)}
    taken = step(world, number, "receive", "clerk", **typed)
    assert taken.status_code == 302, taken.browser.errors()
    assert load(world, number).served_by_id == office
    assert load(world, number).number is not None


def test_whoever_closes_a_group_reads_what_nobody_can_take_on_any_more(world, admin):
    """What the office finishes it finds in its own lists; what wants a role that only the group's people held does not."""
    number = ask(world)
    assert step(world, number, "submit", "school").status_code == 302
    asked = circulated(world)
    group, speaker = load(world, number).served_by_id, world.account(f"supervisor.{HOME}")
    admin.confirm(f"/units/{group}/edit", active=None)
    assert admin.page.status_code == 302, admin.errors()
    admin.get(f"/units/{group}")
    (said,) = (one.text_content() for one in admin.tree.xpath("//*[@role='status'][contains(., 'Nobody holds')]"))
    assert "Request for service (" in said
    assert f"{speaker.get_full_name()} can take this on no more, have it given to somebody else: " in said
    assert "Incoming letter" not in said, "the office has those in its lists"
    with world.session() as s:
        waits = s.scalars(select(Nominee).filter_by(request_id=asked, user_id=speaker.id)).all()
    assert waits
    assert "Speaker (" in said


def test_nothing_is_said_where_others_go_on_with_all_of_it(world, admin):
    number = ask(world)
    assert step(world, number, "submit", "school").status_code == 302
    mine, other = two_schools(world, number)
    end(admin, mine, status="merged", merged_into_id=str(other.id))
    admin.get(f"/schools/{mine.id}")
    assert "any more, give it to somebody" not in admin.text
    assert "can take this on no more" not in admin.text

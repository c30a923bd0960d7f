"""An activity of a plan has speakers: picked, asked, told, and taken at that time by nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from core.base.text.calendars import school_year
from core.base.text.thai import today
from core.platform.masterdata.models import Person
from core.plugins import migrate
from core.records.bookings.models import Booking
from plugins.service_request import tables
from plugins.service_request.models import Activity, Expense, Nominee, Plan
from tests.plugins.service_request.test_planning import another_supervisor
from tests.plugins.service_request.world import BASE, answer, circulated, person_of, received, step
from tests.support import HOME, near

SPEAKERS = "/services/speakers"
HOURS = {"start_on": near(60), "start_time": "09.00", "end_on": near(60), "end_time": "12.00"}


class OfAPlan:
    """An activity of an approved plan of the supervisor's, sixty days from today from nine to twelve."""

    def __init__(self, world) -> None:
        self.world = world
        owner = world.account(f"supervisor.{HOME}")
        with world.session() as s:
            facts = {"year": school_year(today()), "title": "แผน", "objectives": "พัฒนาครู", "status": "approved"}
            plan = Plan(unit_id=world.unit("group"), owner_id=owner.id, owner=owner.get_full_name(), **facts)
            s.add(plan)
            s.flush()
            self.plan = plan.id
        made = self.by().submit(
            f"/services/plans/{self.plan}/activity", title="อบรมภาษาไทย", area="2", venue="หอประชุม", **HOURS
        )
        assert made.status_code == 302
        with world.session() as s:
            self.id = s.scalars(select(Activity.id).filter_by(plan_id=self.plan)).one()
        self.page = f"/services/activities/{self.id}"

    def by(self, user: str = "supervisor", locale: str = "en") -> Any:
        return self.world.browser(f"{user}.{HOME}", locale)

    def pick(self, *users: str, by: str = "supervisor", late: bool = False) -> Any:
        typed: dict[str, Any] = {}
        for place in range(4):
            line = f"people-{place}"
            here = place < len(users)
            typed |= {f"{line}-person_id": str(person_of(self.world, users[place])) if here else None}
            typed |= {f"{line}-person_id-text": None, f"{line}-role": "speaker" if here else None}
        browser = self.by(by)
        answered = (browser.sent_late if late else browser.submit)(f"{self.page}/speakers", **typed)
        answered.browser = browser
        return answered

    def line(self, user: str) -> Nominee:
        with self.world.session() as s:
            here = {"activity_id": self.id, "person_id": person_of(self.world, user)}
            return s.scalars(select(Nominee).filter_by(**here)).one()

    def say(self, user: str, said: str, **more: Any) -> Any:
        browser = self.by(user)
        address = f"{SPEAKERS}/bulk/answer?ids={self.line(user).id}&back=record"
        answered = browser.submit(address, answer=said, **more)
        answered.browser = browser
        return answered

    def booked(self, user: str) -> list[bool]:
        with self.world.session() as s:
            here = {
                "kind": "service_request_activity",
                "record_id": self.id,
                "resource_id": person_of(self.world, user),
            }
            return list(s.scalars(select(Booking.firm).filter_by(**here)))

    def told(self, user: str) -> str:
        browser = self.by(user)
        browser.get("/notices/")
        return browser.text


@pytest.fixture
def course(world) -> OfAPlan:
    return OfAPlan(world)


def test_who_is_picked_is_asked_told_and_has_it_among_what_waits_and_in_the_calendar(world, course):
    taken = course.pick("groupdirector")
    assert taken.status_code == 302, taken.browser.errors()
    one = course.line("groupdirector")
    assert (one.answer, one.topic, one.starts_at.hour) == ("waiting", "อบรมภาษาไทย", 2)
    assert course.booked("groupdirector") == [False]
    assert "ทาบทามให้เป็นวิทยากร" in course.told("groupdirector")
    assert (
        world.count("core_waiting", f"view = 'NomineeView' and record_id = {one.id} and user_id = {one.user_id}") == 1
    )
    speaker = course.by("groupdirector")
    speaker.get(f"{SPEAKERS}/?view=calendar&month={near(60)}")
    assert speaker.page.status_code == 200
    speaker.get(f"{SPEAKERS}/{one.id}")
    assert speaker.tree.xpath(f"//main//a[@href='{course.page}']"), "the page leads to the activity"
    assert course.say("groupdirector", "accepted").status_code == 302
    assert course.booked("groupdirector") == [True]
    assert world.count("core_waiting", f"view = 'NomineeView' and record_id = {one.id}") == 0
    speaker.get(course.page)
    assert "Accepts" in speaker.text


def test_whoever_picks_has_agreed_for_themselves_and_cannot_be_at_two_places(world, course):
    other = circulated(world, start_on=HOURS["start_on"], end_on=HOURS["end_on"], start_time="11.00", end_time="13.00")
    assert answer(world, other).status_code == 302
    refused = course.pick("supervisor")
    assert refused.status_code == 422
    assert "is taken at that time" in " ".join(refused.browser.errors())
    assert answer(world, other, "refused", reason="ติดอบรม").status_code == 302
    assert course.pick("supervisor").status_code == 302
    assert (course.line("supervisor").answer, course.booked("supervisor")) == ("accepted", [True])
    early = {**HOURS, "start_time": "08.00", "end_time": "09.30"}
    assert answer(world, circulated(world, letter="2", **early)).status_code == 422


def test_who_is_left_out_is_needed_no_longer_and_free_and_may_be_picked_again(world, course):
    course.pick("groupdirector", "supervisor")
    course.say("groupdirector", "accepted")
    left = course.pick("supervisor")
    assert left.status_code == 302, left.browser.errors()
    assert (course.line("groupdirector").answer, course.booked("groupdirector")) == ("released", [])
    assert "ไม่ต้องเป็นวิทยากรแล้ว" in course.told("groupdirector")
    assert "ไม่ต้องเป็นวิทยากรแล้ว" not in course.told("supervisor")
    assert course.pick("supervisor", "groupdirector").status_code == 302
    picked = f"kind = 'service_request_activity' and record_id = {course.id} and action = 'service_request.speakers'"
    assert world.count("core_timeline", picked) == 3
    assert world.count("core_timeline", f"{picked} and note = '{course.line('supervisor').name}'") == 1
    assert course.line("groupdirector").answer == "waiting"
    assert course.pick().status_code == 302
    assert world.count("core_booking", f"kind = 'service_request_activity' and record_id = {course.id}") == 0


def test_whoever_is_responsible_notes_the_answer_of_one_without_an_account(world, course):
    with world.session() as s:
        guest = Person(title="นาย", first_name="ก้อง", last_name="ไม่มีบัญชี")
        s.add(guest)
        s.flush()
        person = guest.id
    address = f"{course.page}/speakers"
    browser = course.by()
    picked = browser.submit(address, **{"people-0-person_id": str(person), "people-0-role": "speaker"})
    assert picked.status_code == 302, browser.errors()
    with world.session() as s:
        one = s.scalars(select(Nominee).filter_by(activity_id=course.id)).one()
    assert one.user_id is None
    noted = f"{SPEAKERS}/bulk/answer?ids={one.id}&back=record"
    assert course.by(another_supervisor(world)).sent_late(noted, answer="accepted").status_code == 422
    assert course.by().submit(noted, answer="accepted").status_code == 302
    assert world.count("core_booking", f"firm and resource_id = {person} and record_id = {course.id}") == 1


def test_two_who_pick_at_once_read_one_another(world, course):
    late, address = course.by(), f"{course.page}/speakers"
    late.get(address)
    assert course.pick("groupdirector", by="groupdirector").status_code == 302
    nobody = {"people-0-person_id": None, "people-0-role": None}
    assert late.resubmit(address, **nobody).status_code == 422
    assert (course.line("groupdirector").answer, course.booked("groupdirector")) == ("accepted", [True])


def test_a_speaker_works_on_it_as_on_their_own_and_nobody_else_does(world, course):
    name = another_supervisor(world)
    speaker = course.by(name)
    assert speaker.get(f"{course.page}/prepare").status_code == 403
    assert course.pick(name).status_code == 302
    assert speaker.get(f"{course.page}/prepare").status_code == 200
    nobody = course.pick()
    assert nobody.status_code == 302, nobody.browser.errors()
    assert speaker.get(f"{course.page}/prepare").status_code == 403
    assert course.by("groupclerk").get(f"{course.page}/speakers").status_code in (403, 404)
    assert course.by("school").get(f"{course.page}/speakers").status_code in (403, 404)


def test_an_activity_that_is_moved_asks_its_speakers_again_and_takes_nobody_who_is_taken(world, course):
    course.pick("groupdirector", "supervisor")
    course.say("groupdirector", "accepted")
    other = circulated(world, speakers=("groupdirector",), start_on=near(63), end_on=near(63))
    assert answer(world, other, user="groupdirector").status_code == 302
    moved = {**HOURS, "sort": "moved", "reason": "หอประชุมไม่ว่าง"}
    owner = course.by()
    assert (
        owner.submit(f"{course.page}/change", **{**moved, "start_on": near(63), "end_on": near(63)}).status_code == 422
    )
    assert (
        owner.submit(f"{course.page}/change", **{**moved, "start_on": near(64), "end_on": near(64)}).status_code == 302
    )
    assert (course.line("groupdirector").answer, course.booked("groupdirector")) == ("waiting", [False])
    assert (course.line("supervisor").answer, course.booked("supervisor")) == ("accepted", [True])
    assert "วันเวลาเปลี่ยนแล้ว" in course.told("groupdirector")


def test_a_speaker_who_cannot_come_is_lost_to_whoever_is_responsible_and_sends_a_delegate(world, course):
    course.pick("groupdirector")
    assert course.say("groupdirector", "refused", reason="ติดราชการ").status_code == 302
    assert course.booked("groupdirector") == []
    told = course.told("supervisor")
    assert "วิทยากรมาไม่ได้ (" in told
    assert "กรุณาทาบทามวิทยากรอื่น: อบรมภาษาไทย" in told
    course.pick("groupdirector")
    delegate = str(person_of(world, "supervisor"))
    assert course.say("groupdirector", "delegated", delegate_id=delegate, reason="ติดราชการ").status_code == 302
    assert (course.line("supervisor").answer, course.booked("supervisor")) == ("waiting", [False])


def test_what_is_called_off_or_held_asks_and_takes_nobody_more(world, course):
    course.pick("groupdirector")
    course.say("groupdirector", "accepted")
    assert course.by().submit(f"{course.page}/call-off", reason="น้ำท่วม").status_code == 302
    assert (course.line("groupdirector").answer, course.booked("groupdirector")) == ("released", [])
    assert "ไม่ต้องเป็นวิทยากรแล้ว" in course.told("groupdirector")
    assert course.pick("groupdirector", late=True).status_code == 422, "it is not held"
    assert course.by().submit(f"{course.page}/take-up", **HOURS).status_code == 302
    assert course.pick("groupdirector", "supervisor").status_code == 302
    past = {"start_on": near(-1), "start_time": "09.00", "end_on": near(-1), "end_time": "12.00"}
    held = course.by().submit(f"{course.page}/held", **past, attendance="20", made_up="0")
    assert held.status_code == 302
    assert (course.line("groupdirector").answer, course.line("supervisor").answer) == ("released", "accepted")


def test_speakers_of_plans_count_in_their_report_and_hand_in_their_papers(world, course):
    course.pick("supervisor")
    with world.session() as s:
        name = course.line("supervisor").name
        rows = {row[0]: row for row in tables.speaker_load(s, school_year(today()))}
        found = [row for row in s.execute(tables.load_of(school_year(today()))) if row[0].activity_id == course.id]
    assert name in rows
    assert [area for _one, area in found] == [2]
    clerk = course.by("groupclerk")
    cost = {"sort": "fee", "payer": "office", "amount": "1200", "evidence_due": near(40)}
    assert clerk.submit(f"/services/costs/new?activity={course.id}", **cost).status_code == 302
    with world.session() as s:
        expense = s.scalars(select(Expense.id).filter_by(activity_id=course.id)).one()
    assert clerk.submit(f"/services/costs/bulk/remind?ids={expense}").status_code == 302, clerk.errors()
    assert "ยังไม่ได้รับหลักฐานการเงิน" in course.told("supervisor")


def test_one_step_back_speakers_of_plans_are_not_known_and_nothing_waits_for_them(world, course):
    """service_request0009: those of requests stay, with what they are booked for."""
    circulated(world)
    course.pick("groupdirector")
    of_requests = "request_id is not null"
    kept, booked = world.count("service_request_nominee", of_requests), world.count("core_booking")
    engine = world.database.owner_engine()
    migrate.downgrade(engine, world.khet.registry, "service_request", "service_request0008")
    assert world.count("service_request_nominee") == kept
    assert world.count("core_booking") == booked - 1
    migrate.upgrade(engine, world.khet.registry)
    engine.dispose()
    assert world.count("service_request_nominee", of_requests) == kept
    assert world.count("core_waiting", "kind = 'service_request_nominee'") <= kept


def test_who_asks_a_speaker_reads_at_once_what_they_have_agreed_to_already(world):
    """Not only when the answer comes: they may be asked all the same, and another is sought meanwhile."""
    taken = "is taken at that time"
    plan, number = OfAPlan(world), circulated(world, days=60)
    assert answer(world, number).status_code == 302
    picked = plan.pick("supervisor", by="groupdirector")
    assert picked.status_code == 302
    assert taken in picked.browser.get(plan.page).get_data(as_text=True)
    other = received(world, days=60)
    step(world, other, "screen")
    step(world, other, "propose")
    typed = {"people-0-person_id": person_of(world, "supervisor"), "people-0-role": "speaker"}
    asked = step(world, other, "circulate", "groupdirector", **typed)
    assert taken in asked.browser.get(f"{BASE}{other}").get_data(as_text=True)
    free = received(world, days=61)
    step(world, free, "screen")
    step(world, free, "propose")
    asked = step(world, free, "circulate", "groupdirector", **typed)
    assert asked.status_code == 302
    assert taken not in asked.browser.get(f"{BASE}{free}").get_data(as_text=True)

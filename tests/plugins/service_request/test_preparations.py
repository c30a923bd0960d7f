"""What is to be got ready for an activity: by whom, until when; ticked on the activity's page; gone with the activity."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from core.base.text.thai import today
from core.plugins import migrate
from plugins.service_request.models import Activity, Preparation
from tests.core.test_follow_ups import told
from tests.plugins.service_request.world import activity_of, hold, preparing
from tests.support import HOME, near

PAGE = "/services/activities/"
SPEAKER, CLERK = (f"{name}.{HOME}" for name in ("supervisor", "groupclerk"))


def prepare(world, activity: int, *items: tuple[str, str, str], **more):
    typed = {"agenda": "เปิดงาน"}
    for number, (what, user, due) in enumerate(items):
        typed |= {f"items-{number}-what": what, f"items-{number}-due_on": due}
        typed[f"items-{number}-user_id"] = str(world.account(user).id) if user else ""
    browser = world.browser(SPEAKER)
    answer = browser.submit(f"{PAGE}{activity}/prepare", **typed, **more)
    answer.browser = browser
    return answer


def listed(world, activity: int) -> dict[str, Preparation]:
    with world.session() as s:
        return {one.what: one for one in s.scalars(select(Preparation).filter_by(activity_id=activity))}


def waits(world, one: Preparation, user: str = CLERK) -> bool:
    mine = f"kind = 'service_request_preparation' and record_id = {one.id} and user_id = {world.account(user).id}"
    return world.count("core_waiting", mine) == 1


def test_each_thing_to_get_ready_has_its_person_and_its_day_and_is_ticked_where_it_is_ready(world):
    activity = activity_of(world, preparing(world)).id
    assert prepare(world, activity, ("เอกสาร", CLERK, near(5)), ("ห้องประชุม", "", "")).status_code == 302
    paper, room = (listed(world, activity)[what] for what in ("เอกสาร", "ห้องประชุม"))
    assert waits(world, paper)
    told = f"kind = 'service_request_preparation' and user_id = {world.account(CLERK).id}"
    assert world.count("core_notice", told) == 1
    assert room.due_on == today() + timedelta(days=30), "by the day of the activity, where nobody says otherwise"
    clerk = world.browser(CLERK)
    assert clerk.get(f"{PAGE}{activity}/prepare").status_code == 403, "who does one thing does not plan the activity"
    assert clerk.submit(f"/services/preparations/bulk/report?ids={paper.id}").status_code == 302
    speaker = world.browser(SPEAKER)
    speaker.get(f"{PAGE}{activity}/prepare")
    assert speaker.tree.xpath("//input[@type='checkbox'][@name='ready']/@value") == [str(room.id)], "what is left"
    assert prepare(world, activity, ready=[str(room.id)]).status_code == 302
    assert {one.state for one in listed(world, activity).values()} == {"done"}
    speaker.get(f"{PAGE}{activity}")
    assert "2/2" in speaker.text
    assert speaker.submit(f"/services/preparations/bulk/back?ids={paper.id}", reason="ขาดสำเนา").status_code == 302
    assert waits(world, listed(world, activity)["เอกสาร"])


def test_what_is_ready_by_mistake_is_opened_again_by_who_has_it_or_works_on_it_and_the_other_hears(world):
    activity = activity_of(world, preparing(world)).id
    speaker, clerk = world.browser(SPEAKER), world.browser(CLERK)
    assert prepare(world, activity, ("จัดทำเอกสาร", CLERK, near(1))).status_code == 302
    (paper,) = listed(world, activity).values()
    for one, hears in ((clerk, SPEAKER), (speaker, CLERK)):
        assert clerk.submit(f"/services/preparations/bulk/report?ids={paper.id}").status_code == 302
        before = told(world, "core.follow_up", hears)
        assert one.submit(f"/services/preparations/bulk/reopen?ids={paper.id}").status_code == 302
        assert told(world, "core.follow_up", hears) == before + 1
        assert waits(world, paper)


def test_it_is_due_from_today_until_the_day_of_the_activity(world):
    activity = activity_of(world, preparing(world)).id
    for due, said in ((near(-1), "lies in the past"), (near(31), "by the day of the activity")):
        refused = prepare(world, activity, ("เอกสาร", CLERK, due))
        assert refused.status_code == 422
        assert said in " ".join(refused.browser.errors())
    assert not listed(world, activity)


def test_it_moves_with_the_activity_and_is_asked_no_more_once_that_was_held(world):
    number = preparing(world)
    activity = activity_of(world, number).id
    assert prepare(world, activity, ("เอกสาร", CLERK, near(20))).status_code == 302
    moved = {"sort": "moved", "reason": "ฝนตก", "start_on": near(37), "start_time": "09.00", "end_on": near(37),
             "end_time": "12.00"}  # fmt: skip
    speaker = world.browser(SPEAKER)
    assert speaker.submit(f"{PAGE}{activity}/change", **moved).status_code == 302, speaker.errors()
    assert listed(world, activity)["เอกสาร"].due_on == today() + timedelta(days=27), "as long before it as it was"
    assert hold(world, number).status_code == 302
    paper = listed(world, activity)["เอกสาร"]
    assert paper.state == "released"
    assert not waits(world, paper)
    assert world.count("core_notice", f"topic = 'core.worklist' and user_id = {world.account(CLERK).id}") == 1
    clerk = world.browser(CLERK)
    assert clerk.sent_late(f"/services/preparations/bulk/report?ids={paper.id}").status_code == 422


def test_the_lists_from_before_become_records_down_and_up(world):
    """service_request0010 with rows."""
    activity = activity_of(world, preparing(world)).id
    assert prepare(world, activity, ("เอกสาร", CLERK, near(5)), ("ห้องประชุม", "", "")).status_code == 302
    room = listed(world, activity)["ห้องประชุม"].id
    assert prepare(world, activity, ready=[str(room)]).status_code == 302
    before = world.count("service_request_preparation")
    engine, registry = world.database.owner_engine(), world.khet.registry
    migrate.downgrade(engine, registry, "service_request", "service_request0009")
    assert world.count("core_waiting", "kind = 'service_request_preparation'") == 0
    migrate.upgrade(engine, registry)
    engine.dispose()
    assert world.count("service_request_preparation") == before
    found = listed(world, activity)
    assert {what: one.state for what, one in found.items()} == {"เอกสาร": "given", "ห้องประชุม": "done"}
    assert found["เอกสาร"].user_id is None
    with world.session() as s:
        assert found["เอกสาร"].due_on == s.get_one(Activity, activity).day

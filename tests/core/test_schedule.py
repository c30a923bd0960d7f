"""What comes again by itself: each district has its turn, once, and a turn that fails leaves nothing half done."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import select

from core.base.text.thai import BANGKOK, today
from core.ops import schedule, scheduled, trouble
from core.platform.notices import services as notices
from core.platform.schedule.models import ScheduledWork
from core.platform.schedule.periodic import Periodic
from core.platform.users.models import Grant, RoleProfile
from core.platform.worklist import telling
from core.platform.worklist.models import WorklistRow
from core.plugins import switches
from tests.support import HOME, OTHER

NOON = datetime.combine(today(), time(12), BANGKOK)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def go(world, now: datetime) -> None:
    with world.app.test_request_context():
        schedule.run(world.database, world.khet.switchboard, now)


def only(world, monkeypatch, run, name: str = "core", **more) -> None:
    """Let `run` be all that comes again."""
    monkeypatch.setattr(world.khet.registry, "schedule", [(name, Periodic("core.sweep", "Test", run, **more))])


def heard(world, user: str, topic: str) -> list[str]:
    account = world.account(user)
    with world.database.district(account.district_id, "test", write=False) as session:
        return [one.label for one in notices.latest(session, account.id, topic=topic)]


def test_every_district_has_its_turn_and_the_next_only_after_its_time(world, monkeypatch):
    turns = []
    only(world, monkeypatch, lambda turn: turns.append((turn.session.scope.district_id, turn.since, turn.now)))
    go(world, NOON)
    districts = world.count("core_district")
    assert len({district for district, _since, _now in turns}) == len(turns) == districts
    go(world, NOON + HOUR - timedelta(seconds=1))
    assert len(turns) == districts
    go(world, NOON + 3 * HOUR)
    assert len(turns) == 2 * districts
    assert {turn[1:] for turn in turns[districts:]} == {(NOON, NOON + 3 * HOUR)}, "what came about since the last turn"


def test_what_is_done_in_the_morning_waits_for_it_and_catches_up_after_a_night_without_power(world, monkeypatch):
    turns = []
    only(world, monkeypatch, lambda turn: turns.append((turn.since, turn.now)), at=time(7))
    go(world, NOON)
    assert turns == [], "a new district waits for its first morning"
    go(world, NOON + 19 * HOUR - timedelta(minutes=1))
    assert turns == []
    go(world, NOON + 3 * DAY)
    assert set(turns) == {(NOON, NOON + 3 * DAY)}
    del turns[:]
    go(world, NOON + 3 * DAY + HOUR)
    assert turns == []


def test_a_clock_that_was_wrong_keeps_nobody_waiting(world, monkeypatch):
    turns = []
    only(world, monkeypatch, turns.append)
    go(world, NOON + 400 * DAY)
    del turns[:]
    go(world, NOON)
    assert len(turns) == world.count("core_district")


def test_of_two_servers_one_does_it(world, monkeypatch):
    """The other has read the same rows a moment ago."""
    turns = []
    only(world, monkeypatch, turns.append)
    go(world, NOON)
    del turns[:]
    found = list(schedule._due(world.database, world.khet.switchboard, NOON + 2 * HOUR))
    go(world, NOON + 2 * HOUR)
    monkeypatch.setattr(schedule, "_due", lambda *_given: iter(found))
    go(world, NOON + 2 * HOUR)
    assert len(turns) == world.count("core_district")


def test_a_module_that_is_off_has_no_turn(world, monkeypatch):
    turns = []
    only(world, monkeypatch, lambda turn: turns.append(turn.session.scope.district_id), "service_request")
    with world.session(user=f"admin.{HOME}") as session:
        switches.switch(session, world.khet.switchboard, "service_request", on=False)
    go(world, NOON)
    assert world.district_id(OTHER) in turns
    assert world.district_id(HOME) not in turns


def test_a_turn_that_fails_writes_nothing_is_tried_again_and_told(world, monkeypatch):
    fails, turns = [world.district_id(HOME)], []

    def run(turn):
        turns.append(turn.session.scope.district_id)
        turn.session.add(ScheduledWork(key=f"half {turn.now:%H%M}", last_at=NOON))
        turn.session.flush()
        if turn.session.scope.district_id in fails:
            raise ValueError("x")

    only(world, monkeypatch, run)
    with pytest.raises(ExceptionGroup):
        go(world, NOON)
    assert len(turns) == world.count("core_district"), "it keeps no other from its turn"
    assert world.count("core_schedule", "key = 'half 1200'") == len(turns) - 1, "nothing half written"
    with world.app.test_request_context():
        trouble.tell(world.database, world.khet.metrics)
    assert len(heard(world, f"admin.{HOME}", trouble.ERRANDS)) == 1
    page = world.browser(f"admin.{HOME}", "th")
    page.get("/schedule/")
    assert "ไม่สำเร็จ" in page.text
    del turns[:]
    fails.clear()
    go(world, NOON + timedelta(minutes=30))
    assert turns == []
    go(world, NOON + HOUR)
    assert world.district_id(HOME) in turns
    page.get("/schedule/")
    assert "ไม่สำเร็จ" not in page.text


def test_the_page_is_for_who_administers_the_district_and_shows_modules_that_are_on(world):
    go(world, NOON)
    assert world.count("core_schedule") == len(world.khet.registry.schedule) * world.count("core_district")
    admin = world.browser(f"admin.{HOME}", "th")
    admin.get("/schedule/")
    assert "แจ้งเมื่อแบบประเมินสิ้นสุด" in admin.text
    with world.session(user=f"admin.{HOME}") as session:
        switches.switch(session, world.khet.switchboard, "service_request", on=False)
    admin.get("/schedule/")
    assert "แจ้งเมื่อแบบประเมินสิ้นสุด" not in admin.text
    assert world.browser(f"clerk.{HOME}").get("/schedule/").status_code == 403


def ends(world, user: str, day, **more) -> None:
    account, unit_id = world.account(user), world.unit()
    with world.session() as session:
        role = session.scalars(select(RoleProfile.id).where(RoleProfile.key == "core.staff")).one()
        session.add(
            Grant(user_id=account.id, role_id=role, unit_id=unit_id, starts_on=day - 30 * DAY, ends_on=day, **more)
        )


def test_whose_role_ends_hears_of_it_before_and_after(world):
    """Also who takes another's place for a time: nobody finds out by a page that does not open any more."""
    holder, place = f"supervisor.{HOME}", world.account(f"director.{HOME}").id
    go(world, NOON)  # the first morning is tomorrow's
    ends(world, holder, today() + 4 * DAY, stands_in_for_id=place)
    for days in range(1, 7):
        go(world, NOON + days * DAY)
    said = heard(world, holder, "core.account")[::-1]
    assert [line.partition(" ")[0] for line in said] == ["บทบาทจะสิ้นสุดวันที่", "บทบาทสิ้นสุดแล้วเมื่อวันที่"], "each once"
    assert all("แทน" in line for line in said)
    assert heard(world, f"clerk.{HOME}", "core.account") == []


def test_whose_place_is_taken_hears_when_that_ends_by_itself(world):
    """From then on what waits for them is done by nobody else: before and after, as whoever stood in hears it."""
    place = world.account(f"director.{HOME}")
    go(world, NOON)
    before = len(heard(world, f"director.{HOME}", "core.account"))
    ends(world, f"supervisor.{HOME}", today() + 4 * DAY, stands_in_for_id=place.id)
    ends(world, f"groupclerk.{HOME}", today() + 4 * DAY)
    for days in range(1, 7):
        go(world, NOON + days * DAY)
    said = heard(world, f"director.{HOME}", "core.account")[::-1][before:]
    name = world.account(f"supervisor.{HOME}").get_full_name()
    assert len(said) == 2, "a role of somebody's own concerns nobody else"
    assert all(name in line and "รักษาราชการแทน" in line for line in said)
    assert "ครบกำหนดแล้ว" in said[1]


def test_a_role_that_was_ended_by_hand_was_told_then(world):
    go(world, NOON)
    ends(world, f"supervisor.{HOME}", today(), ended_at=datetime.now(UTC))
    go(world, NOON + DAY)
    assert heard(world, f"supervisor.{HOME}", "core.account") == []


def test_what_falls_due_tomorrow_is_told_in_the_morning_once(world):
    go(world, NOON)
    user = world.account(f"supervisor.{HOME}")
    tomorrow = datetime.combine(today() + 2 * DAY, time(16, 30), BANGKOK)
    with world.session() as session:
        row = session.scalars(select(WorklistRow).where(WorklistRow.secrecy == 0).limit(2)).all()
        for one, hours in zip(row, (0, 24), strict=True):
            one.user_id, one.due_at = user.id, tomorrow + timedelta(hours=hours)
        first, second = (one.label for one in row)
    before = len(heard(world, f"supervisor.{HOME}", telling.DUE_TOPIC))
    go(world, NOON + DAY)
    said = heard(world, f"supervisor.{HOME}", telling.DUE_TOPIC)
    assert len(said) == before + 1
    assert first in said[0]
    assert second not in said[0]
    go(world, NOON + DAY + HOUR)
    assert len(heard(world, f"supervisor.{HOME}", telling.DUE_TOPIC)) == before + 1
    go(world, NOON + 2 * DAY)
    said = heard(world, f"supervisor.{HOME}", telling.DUE_TOPIC)
    assert second in said[0]
    assert first not in said[0]


def test_works_are_done_by_keys_of_their_module():
    """The key says whose it is: a page and a log name it."""
    assert all(work.key.startswith("core.") for work in scheduled.WORKS)
    assert ScheduledWork(key="core.due").label == "core.due"

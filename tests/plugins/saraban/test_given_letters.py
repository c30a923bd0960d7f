"""Letters given to officers are follow-ups: who gave one hears, what is overdue, what was there before."""

from __future__ import annotations

from core.platform.follow_ups.models import DONE, GIVEN
from core.plugins import migrate
from plugins.saraban.models.endorsements import Assignment
from tests.plugins.saraban.test_life import LIST, given, register, step
from tests.support import HOME

MINE = "/saraban/assignments/"


def assigned(world) -> tuple[int, int]:
    """A letter that the clerk gave to the supervisor, and the supervisor's part of it."""
    number, clerk = register(world), world.browser(f"clerk.{HOME}")
    officer = str(world.account(f"supervisor.{HOME}").id)
    assert step(clerk, "assign", number, officers=[officer], lead_id="0").status_code == 302, clerk.errors()
    return number, given(world, number, "supervisor")


def load(world, part: int) -> Assignment:
    with world.session() as s:
        return s.get_one(Assignment, part)


def test_who_gave_a_letter_hears_that_it_is_reported(world):
    _number, part = assigned(world)
    giver = world.account(f"clerk.{HOME}").id
    one = load(world, part)
    assert (one.state, one.given_by_id) == (GIVEN, giver)
    assert one.who, "as of the day on which it was given"
    officer = world.browser(f"supervisor.{HOME}")
    assert step(officer, "report", part, MINE).status_code == 422, "in words"
    assert step(officer, "report", part, MINE, report="แจ้งแล้ว").status_code == 302, officer.errors()
    assert world.count("core_notice", f"topic = 'core.follow_up' and user_id = {giver}") == 1
    assert load(world, part).done_by_id == world.account(f"supervisor.{HOME}").id


def test_what_was_taken_back_is_overdue_no_more(world):
    number, part = assigned(world)
    world.owner(f"update saraban_assignment set due_at = '2020-01-01 09:00:00' where id = {part}")
    officer, director = world.browser(f"supervisor.{HOME}"), world.account(f"director.{HOME}").id
    late = f"//main//a[contains(@href, '{MINE}{part}')]"
    officer.get(f"{MINE}?late=1")
    assert officer.tree.xpath(late)
    clerk = world.browser(f"clerk.{HOME}")
    assert step(clerk, "assign", number, officers=[str(director)], lead_id="0").status_code == 302, clerk.errors()
    officer.get(f"{MINE}?late=1")
    assert not officer.tree.xpath(late)


def test_letters_given_before_keep_their_officer_and_their_state_down_and_up(world):
    """saraban0014 with rows."""
    _number, part = assigned(world)
    other, done = assigned(world)
    officer = world.browser(f"supervisor.{HOME}")
    assert step(officer, "report", done, MINE, report="แจ้งแล้ว").status_code == 302
    before = load(world, part)
    rows = world.count("saraban_assignment")
    engine, registry = world.database.owner_engine(), world.khet.registry
    migrate.downgrade(engine, registry, "saraban", "saraban0013")
    assert world.count("saraban_assignment", f"id = {part} and title <> ''") == 1
    migrate.upgrade(engine, registry)
    engine.dispose()
    after = load(world, part)
    assert world.count("saraban_assignment") == rows
    assert (after.what, after.who, after.given_by_id) == (before.what, before.who, before.given_by_id)
    assert load(world, done).state == DONE
    clerk = world.browser(f"clerk.{HOME}")
    clerk.get(f"{LIST}{other}")
    assert "แจ้งแล้ว" in clerk.text

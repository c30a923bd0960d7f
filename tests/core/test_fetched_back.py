"""What was handed in by mistake is taken back by who did it while nobody has acted on it, and all who were told hear so."""

from __future__ import annotations

from sqlalchemy import select

from core.domain.standards.models import Progress
from core.platform.timeline.models import TimelineEntry
from tests.core.test_follow_ups import DOER, GIVER, give, step, told, waits_for
from tests.core.test_work import begun, proof, state, steps_of, take
from tests.support import HOME


def offered(world, number: int, user: str = "supervisor") -> bool:
    page = world.browser(f"{user}.{HOME}")
    page.get(f"/steps/{number}")
    return bool(page.tree.xpath("//a[contains(@href, '/bulk/fetch')]"))


def history(world, number: int) -> list[str]:
    actions = select(TimelineEntry.action).where(
        TimelineEntry.kind == Progress.__tablename__, TimelineEntry.record_id == number
    )
    with world.session() as s:
        return list(s.scalars(actions.order_by(TimelineEntry.id)))


def test_who_handed_a_step_in_by_mistake_fetches_it_back_and_hands_it_in_again(world):
    _first, second = steps_of(world, begun(world))
    proof(world, second)
    assert not offered(world, second), "nothing is handed in yet"
    take(world, second, "hand_in", note="ครบแล้ว")
    waits = f"view = 'ProgressView' and record_id = {second}"
    assert offered(world, second)
    assert not offered(world, second, "groupdirector"), "who verifies sends it back"
    assert take(world, second, "fetch").status_code == 302
    assert state(world, second) == "doing"
    assert "core.work.fetch" in history(world, second)
    assert told(world, "core.step", f"groupdirector.{HOME}") == 2, (
        "who was asked to verify it hears that there is nothing to verify"
    )
    assert world.count("core_waiting", f"{waits} and user_id = {world.account(f'supervisor.{HOME}').id}") == 1
    with world.session() as s:
        one = s.get_one(Progress, second)
        assert (one.done_on, one.done_by_id, one.note) == (None, None, "")
    assert take(world, second, "hand_in").status_code == 302, "its evidence lies there still"
    assert world.count("core_waiting", f"{waits} and verb = 'verify'") == 1
    assert take(world, second, "verify", "groupdirector").status_code == 302


def test_what_somebody_has_acted_on_is_fetched_back_by_nobody(world):
    first, second = steps_of(world, begun(world))
    take(world, first, "hand_in")
    take(world, first, "verify", "groupdirector")
    assert not offered(world, first)
    assert take(world, first, "fetch", late=True).status_code == 422, "it is verified"
    proof(world, second)
    take(world, second, "hand_in")
    take(world, second, "back", "groupdirector", note="ขาดรูป")
    assert take(world, second, "fetch", late=True).status_code == 422, "it is with them already"
    assert (state(world, first), state(world, second)) == ("done", "doing")


def test_who_handed_in_another_s_step_fetches_it_back_too(world):
    first, _second = steps_of(world, begun(world))
    take(world, first, "hand_in", "groupdirector")
    assert offered(world, first, "groupdirector")
    assert take(world, first, "fetch", "groupdirector").status_code == 302
    take(world, first, "hand_in", "groupdirector")
    assert take(world, first, "fetch").status_code == 302, "and so does whose step it is"


def test_who_was_told_that_a_task_is_done_hears_that_it_is_opened_again(world):
    task = give(world)
    step(world, DOER, "report", task, report="โทรแล้ว")
    before = told(world, "core.follow_up", GIVER)
    assert step(world, DOER, "reopen", task) == 302
    assert told(world, "core.follow_up", GIVER) == before + 1
    assert waits_for(world, task, DOER)

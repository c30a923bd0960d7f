"""What one person is to do for another by a day: known, done, sent back, handed on, taken back; late; verified."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.base.errors import RuleError
from core.platform.follow_ups import services as follow_ups
from core.platform.follow_ups.models import DONE, GIVEN, KNOWN, RELEASED, VERIFIED, workflow
from core.platform.timeline.models import TimelineEntry
from core.platform.users.models import Account
from core.plugins import migrate
from plugins.cooperation.models import Task
from tests.plugins.cooperation.test_cases import CASES, ordered, take
from tests.support import HOME, near

TASKS = "/cooperation/tasks/"
#: they coordinate the work, and do its tasks
GIVER, DOER, OTHER = (f"{name}.{HOME}" for name in ("supervisor", "groupclerk", "groupdirector"))


def give(world, what: str = "ประสานวิทยากร", number: int = 0) -> int:
    giver, number = world.browser(GIVER), number or ordered(world)
    typed = {"what": what, "user_id": str(world.account(DOER).id), "due_on": near(3)}
    assert giver.submit(f"{TASKS}new?case={number}", **typed).status_code == 302, giver.errors()
    with world.session() as s:
        return s.scalars(select(Task.id).where(Task.what == what)).one()


def load(world, task: int) -> Task:
    with world.session() as s:
        return s.get_one(Task, task)


def step(world, user: str, key: str, *tasks: int, late: bool = False, **typed) -> int:
    browser = world.browser(user)
    send = browser.sent_late if late else browser.submit
    return send(f"{TASKS}bulk/{key}?ids={','.join(map(str, tasks))}", **typed).status_code


def told(world, topic: str, user: str) -> int:
    return world.count("core_notice", f"topic = '{topic}' and user_id = {world.account(user).id}")


def waits_for(world, task: int, user: str) -> bool:
    mine = f"kind = 'cooperation_task' and record_id = {task} and user_id = {world.account(user).id}"
    return world.count("core_waiting", mine) == 1


def test_who_gave_it_hears_that_it_is_done_and_sends_back_what_is_not(world):
    task = give(world)
    one = load(world, task)
    assert (one.state, one.given_by_id) == (GIVEN, world.account(GIVER).id)
    assert one.given_by
    assert step(world, DOER, "acknowledge", task) == 302
    assert load(world, task).state == KNOWN
    assert step(world, DOER, "report", task, report="โทรแล้ว") == 302
    assert told(world, "core.follow_up", GIVER) == 1
    assert not waits_for(world, task, DOER)
    assert step(world, DOER, "back", task, reason="ก", late=True) == 422, "nobody sends back their own"
    assert step(world, GIVER, "back", task) == 422, "not without a reason"
    assert step(world, GIVER, "back", task, reason="ยังไม่ได้รับคำตอบ") == 302
    assert told(world, "core.follow_up", DOER) == 1
    assert waits_for(world, task, DOER)
    page = world.browser(DOER)
    page.get(f"{TASKS}{task}")
    assert "ยังไม่ได้รับคำตอบ" in page.text, "the history says why"


def test_several_are_handed_on_at_once_and_who_had_them_hears_as_who_has_them_now(world):
    number = ordered(world)
    tasks = [give(world, what, number) for what in ("ห้องประชุม", "อาหาร")]
    heir = str(world.account(OTHER).id)
    assert step(world, DOER, "acknowledge", tasks[0]) == 302
    assert step(world, DOER, "hand_on", *tasks, user_id=heir, late=True) == 422, "who does it does not give it on"
    assert step(world, GIVER, "hand_on", *tasks, user_id=heir) == 302
    for task in tasks:
        assert waits_for(world, task, OTHER)
        assert load(world, task).state == GIVEN, "nobody has taken note of it yet"
    assert told(world, "cooperation.given", OTHER) == told(world, "cooperation.taken", DOER) == 2
    assert told(world, "core.worklist", DOER) == 0, "not twice"
    assert step(world, GIVER, "hand_on", tasks[0], user_id=heir) == 422, "it is with them already"


def test_what_is_not_needed_any_more_is_taken_back_and_holds_nothing_up(world):
    number = ordered(world)
    task = give(world, number=number)
    take(world, number, "begin")
    take(world, number, "evaluate", result="ดี")
    take(world, number, "report", shared_with="ผอ.เขต")
    assert take(world, number, "publish", late=True).status_code == 422, "it is still open"
    assert step(world, DOER, "withdraw", task, reason="ก", late=True) == 422
    assert step(world, GIVER, "withdraw", task) == 422, "not without a reason"
    assert step(world, GIVER, "withdraw", task, reason="วิทยากรติดต่อเองแล้ว") == 302
    assert told(world, "cooperation.taken", DOER) == 1
    assert not waits_for(world, task, DOER)
    assert step(world, DOER, "report", task, late=True) == 422, "it is theirs no longer"
    with world.session() as s:
        entry = select(TimelineEntry).filter_by(kind="cooperation_task", action="core.follow_up.withdraw")
        assert s.scalars(entry).one().note == "วิทยากรติดต่อเองแล้ว"
    assert take(world, number, "publish").status_code == 302


def test_what_is_late_is_found_and_counted_until_it_is_done(world):
    number = ordered(world, starts_on=near(-5))
    late, _in_time = give(world, "ส่งหนังสือ", number), give(world, "จองห้อง", number)
    world.owner(f"update cooperation_task set due_on = '2020-01-01' where id = {late}")
    browser = world.browser(GIVER)
    browser.get(f"{TASKS}?late=1")
    assert "ส่งหนังสือ" in browser.text
    assert "จองห้อง" not in browser.text
    browser.get(f"{TASKS}?as=chart&group=late")
    assert "Not overdue" in browser.text
    assert step(world, DOER, "report", late) == 302
    browser.get(f"{TASKS}?late=1")
    assert "ส่งหนังสือ" not in browser.text


def test_where_a_kind_wants_it_verified_another_than_its_doer_does(world, monkeypatch):
    task, giver, doer = give(world), world.account(GIVER).id, world.account(DOER).id
    monkeypatch.setattr(Task, "WORKFLOW", workflow("report", "verify", "back"))
    with world.session() as s:
        one = s.get_one(Task, task)
        with pytest.raises(RuleError):
            follow_ups.take(s, one, "verify", by_id=giver, by="ก")
        follow_ups.take(s, one, "report", by_id=giver, by="ก", values={"report": "ทำแทน"})
        waits = one.work_item()
        assert (waits.verb, waits.user_id) == ("verify", None), "for whoever may verify it"
        for own in (doer, giver):
            with pytest.raises(RuleError, match="Somebody else verifies"):
                follow_ups.take(s, one, "verify", by_id=own, by="ก")
        other = s.get_one(Account, world.account(OTHER).id)
        person, other.person_id = other.person_id, s.get_one(Account, doer).person_id
        s.flush()
        with pytest.raises(RuleError, match="Somebody else verifies"):  # by no other account of theirs either
            follow_ups.take(s, one, "verify", by_id=other.id, by="ข")
        other.person_id = person
        s.flush()
        follow_ups.take(s, one, "verify", by_id=other.id, by="ข")
        assert one.state == VERIFIED
        assert one.work_item() is None
        one.state = DONE
        assert Task.WORKFLOW.transition("back").verb == "verify", "who verifies sends back"
        follow_ups.take(s, one, "back", by_id=giver, by="ก", values={"reason": "ไม่ครบ"})
        assert (one.state, one.done_at, one.done_by_id) == (GIVEN, None, None)


def test_a_kind_has_the_states_that_its_steps_lead_to_and_those_it_names():
    own = workflow("acknowledge", "report", states={RELEASED: "done by another", GIVEN: "new to me"})
    assert list(own.states) == [GIVEN, KNOWN, DONE, RELEASED]
    assert own.states[GIVEN] == "new to me"
    assert own.transition("report").sources == (GIVEN, KNOWN, RELEASED)
    assert own.transition("acknowledge").verb == "edit"


def test_tasks_from_before_keep_their_person_and_their_state_down_and_up(world):
    """cooperation0003 with rows."""
    number = ordered(world)
    done, left = give(world, "เสร็จแล้ว", number), give(world, "ยังไม่เสร็จ", number)
    gone = give(world, "ไม่ต้องทำ", number)
    assert step(world, DOER, "report", done) == 302
    assert step(world, DOER, "acknowledge", left) == 302
    assert step(world, GIVER, "withdraw", gone, reason="ก") == 302
    engine, registry = world.database.owner_engine(), world.khet.registry
    migrate.downgrade(engine, registry, "cooperation", "cooperation0002")
    assert world.count("cooperation_task", f"status = 'open' and id = {left}") == 1
    assert world.count("cooperation_task", f"status = 'done' and id in ({done}, {gone})") == 2
    migrate.upgrade(engine, registry)
    engine.dispose()
    assert [load(world, one).state for one in (done, left, gone)] == [DONE, GIVEN, DONE]
    one = load(world, left)
    assert (one.user_id, one.given_by_id) == (world.account(DOER).id, world.account(GIVER).id)
    assert one.given_at is not None
    page = world.browser(GIVER)
    page.get(f"{CASES}{number}")
    assert "ยังไม่เสร็จ" in page.text

"""A letter that does not arrive: its recipient's line says why, the sender is told, and it is sent again exactly once."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.platform.jobs import runner
from core.platform.jobs.models import Job
from core.platform.masterdata.models import School, Unit
from core.plugins import switches
from plugins.saraban.models.dispatches import Arrival, Dispatch
from plugins.saraban.work import delivery
from tests.core.test_job_ends import left
from tests.plugins.saraban import test_exchange as exchange
from tests.plugins.saraban.test_exchange import BOARD, OUT, load, outgoing, send, to
from tests.support import HOME, OTHER


@pytest.fixture
def clerk(world):
    return world.browser(f"clerk.{HOME}")


def killed(world, monkeypatch, kind: str = "saraban.deliver") -> None:
    """Whoever carries the letters dies twice, with power on the machine all the time."""
    monkeypatch.setattr(runner.psutil, "boot_time", lambda: 0.0)
    with world.database.system("test") as session:
        numbers = session.scalars(select(Job.id).where(Job.kind == kind, Job.state == "queued")).all()
    for number in numbers:
        world.owner(f"update core_job set deaths = 1 where id = {number}")
        left(world, number)
    runner.run_all(world.app)


def notices(world, topic: str = "saraban.undelivered") -> int:
    return world.count("core_notice", f"topic = '{topic}'")


def test_a_delivery_that_dies_is_seen_by_who_sent_it_and_sent_again_once(world, clerk, monkeypatch):
    number = outgoing(world, circular=True)
    assert clerk.confirm(f"{OUT}{number}/send", schools="y").status_code == 302
    with monkeypatch.context() as dies:
        killed(world, dies)
    everybody = world.count("saraban_dispatch", f"letter_id = {number}")
    assert world.count("saraban_dispatch", f"letter_id = {number} and state = 'failed'") == everybody > 1
    assert notices(world) == 1
    clerk.get("/notices/")
    assert "ส่งหนังสือไม่ถึงผู้รับบางราย" in clerk.text, "in the reader's own language"
    clerk.get(f"{OUT}{number}")
    assert "stopped twice" not in clerk.text, "the reason is in the language of the letter's job"
    assert "ส่งอีกครั้ง" in world.browser(f"clerk.{HOME}", "th").get(f"{OUT}{number}").get_data(as_text=True)
    assert "Not delivered" in clerk.text
    assert clerk.submit(f"{OUT}{number}/resend").status_code == 302
    runner.run_all(world.app)
    assert world.count("saraban_dispatch", f"letter_id = {number} and state = 'sent'") == everybody
    assert world.count("saraban_arrival") == everybody
    assert "Nothing failed on its way" in clerk.shut(f"{OUT}{number}/resend"), "it has reached everybody"
    assert world.count("core_timeline", "action = 'saraban.dispatch.failed'") == everybody


def test_an_errand_that_dies_leaves_no_line_that_says_what_was_not_done(world, clerk, monkeypatch):
    (sent,) = send(world, outgoing(world), [to(world)])
    runner.run_all(world.app)
    there, came = world.browser(f"clerk.{OTHER}"), exchange.arrival_of(world, sent)
    there.get(f"{exchange.TRAY}{came.id}")
    with monkeypatch.context() as dies:
        killed(world, dies, "saraban.tell_back")
    assert load(world, Dispatch, sent).state == "sent"
    there.get("/notices/")
    assert "แจ้งให้ผู้ส่งทราบไม่ได้" in there.text, "who opened it says so by telephone"

    assert exchange.take_back(world, sent).status_code == 302
    with monkeypatch.context() as dies:
        killed(world, dies, "saraban.recall")
    assert (load(world, Dispatch, sent).state, exchange.arrival_of(world, sent).state) == ("opened", "opened")
    assert notices(world, "saraban.not_recalled") == 1
    clerk.get(f"{BOARD}{sent}")
    assert "could not be taken back" in clerk.text

    assert clerk.submit(f"{BOARD}bulk/remind?ids={sent}").status_code == 302
    assert load(world, Dispatch, sent).reminded_at is not None
    with monkeypatch.context() as dies:
        killed(world, dies, "saraban.remind")
    assert load(world, Dispatch, sent).reminded_at is None
    assert notices(world) == 1

    assert exchange.take_back(world, sent).status_code == 302, "and it can be taken back again"
    with monkeypatch.context() as late:  # the worker dies after its work, before the end is written
        late.setattr(runner, "_end", lambda *a, **k: None)
        runner.run_all(world.app)
    world.owner("update core_job set state = 'queued', deaths = 1 where kind = 'saraban.recall' and state = 'running'")
    killed(world, monkeypatch, "saraban.recall")
    assert (load(world, Dispatch, sent).state, exchange.arrival_of(world, sent).state) == ("recalled", "recalled")


def test_what_arrived_before_the_end_is_not_brought_twice(world, clerk, monkeypatch):
    number = outgoing(world)
    units = [to(world), to(world, HOME, "group")]
    sent = send(world, number, units)
    real, written = delivery._write, []

    def dies_after_the_first(*args):
        if written:
            raise KeyboardInterrupt
        written.append(real(*args))
        return written[0]

    with monkeypatch.context() as broken:
        broken.setattr(delivery, "_write", dies_after_the_first)
        with pytest.raises(KeyboardInterrupt):
            runner.run_all(world.app)
        world.owner("update core_job set state = 'queued' where state = 'running'")
        killed(world, broken)
    assert {load(world, Dispatch, one).state for one in sent} == {"failed"}
    assert clerk.submit(f"{OUT}{number}/resend").status_code == 302
    runner.run_all(world.app)
    assert {load(world, Dispatch, one).state for one in sent} == {"sent"}
    assert world.count("saraban_arrival") == 2


def test_one_that_cannot_be_reached_stops_none_of_the_others(world, clerk, monkeypatch):
    with world.session() as s:
        school = s.scalars(select(School).where(School.status == "open").order_by(School.id)).first()
        unit = s.get(Unit, school.unit_id)
    number = outgoing(world, circular=True)
    clerk.confirm(f"{OUT}{number}/send", schools="y")
    real = delivery._write

    def breaks(running, letter, one, files):
        if one.to_unit_id == unit.id:
            raise ValueError("a file that cannot be copied")
        return real(running, letter, one, files)

    with monkeypatch.context() as broken:
        broken.setattr(delivery, "_write", breaks)
        runner.run_all(world.app)
    everybody = world.count("saraban_dispatch", f"letter_id = {number}")
    assert world.count("saraban_dispatch", f"letter_id = {number} and state = 'sent'") == everybody - 1
    with world.session() as s:
        (lost,) = s.scalars(select(Dispatch).where(Dispatch.letter_id == number, Dispatch.state == "failed"))
    assert lost.to_unit_id == unit.id
    clerk.get(f"{BOARD}{lost.id}")
    assert lost.problem in clerk.text
    assert "ValueError" not in lost.problem, "nobody reads a stack trace"
    assert clerk.submit(f"{BOARD}bulk/again?ids={lost.id}").status_code == 302
    runner.run_all(world.app)
    assert load(world, Dispatch, lost.id).state == "sent"
    assert load(world, Dispatch, lost.id).problem == ""


def test_two_workers_who_carry_one_letter_bring_it_once(world, monkeypatch):
    """The second finds the row there only when it writes its own."""
    (sent,) = send(world, outgoing(world), [to(world)])
    real = delivery._write

    def slower(running, letter, one, files):
        with world.session(OTHER) as theirs:
            there = theirs.scalars(select(Arrival).where(Arrival.dispatch_id == one.id)).first()
        if there is None:
            real(running, letter, one, files)  # the other worker
            from sqlalchemy.exc import IntegrityError

            raise IntegrityError("insert", {}, Exception("unique"))
        return real(running, letter, one, files)

    monkeypatch.setattr(delivery, "_write", slower)
    runner.run_all(world.app)
    assert load(world, Dispatch, sent).state == "sent"
    assert world.count("saraban_arrival", f"dispatch_id = {sent}") == 1


def test_where_nobody_takes_letters_the_sender_hears_it_once_with_the_reason(world, clerk):
    with world.session(OTHER) as s:
        switches.switch(s, world.khet.switchboard, "saraban", on=False)
    number = outgoing(world)
    (sent,) = send(world, number, [to(world)])
    runner.run_all(world.app)
    assert "ไม่มีผู้รับหนังสือ" in load(world, Dispatch, sent).problem
    assert notices(world) == 1
    clerk.submit(f"{OUT}{number}/resend")
    runner.run_all(world.app)
    assert (load(world, Dispatch, sent).state, notices(world)) == ("failed", 1), "the unread notice says it already"


def test_where_the_sender_is_gone_the_unit_s_clerks_are_told(world, monkeypatch):
    send(world, outgoing(world), [to(world)])
    world.owner(
        f"update ab_user set active = {'false' if world.backend == 'postgresql' else '0'} where username = 'clerk.{HOME}'"
    )
    killed(world, monkeypatch)
    told = world.count("core_notice", "topic = 'saraban.undelivered'")
    assert told >= 1
    assert (
        world.count("core_notice", f"topic = 'saraban.undelivered' and user_id = {world.account(f'clerk.{HOME}').id}")
        == 0
    )

"""How long work ends that does not end well: deaths of its process, stops, restarts, and who goes first."""

from __future__ import annotations

import re
import threading
import time
from datetime import timedelta

import psutil
import pytest
from flask_babel import gettext as _
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from core.base.errors import NotFound, RuleError
from core.platform.jobs import runner, services
from core.platform.jobs.kind import LAST, JobKind
from core.platform.jobs.models import DONE, FAILED, QUEUED, RUNNING
from core.platform.jobs.queue import Queue
from core.storage.base import utc_now
from tests.core.test_jobs import load
from tests.support import HOME


def kind(world, monkeypatch, run, key: str = "test.work", **facts) -> None:
    monkeypatch.setitem(
        world.khet.registry.job_kinds, key, JobKind(key, run, **{"repeatable": True, "failed": None, **facts})
    )


def ask(world, key: str = "test.work", **facts) -> int:
    with world.session(HOME, f"clerk.{HOME}") as session:
        return services.enqueue(session, key, "งานยาว", {}, locale="en", **facts).id


def left(world, number: int, worker: str = "another") -> None:
    """The job's process is gone, and its lease is over since a second."""
    end = f"{utc_now() - timedelta(seconds=1):%Y-%m-%d %H:%M:%S}"
    world.owner(
        f"update core_job set state = 'running', worker = '{worker}', lease_until = '{end}' where id = {number}"
    )


def test_a_job_that_died_twice_is_not_taken_up_a_third_time_and_says_why(world, monkeypatch):
    ran = []
    kind(world, monkeypatch, lambda running: ran.append(running.id))
    number = ask(world)
    monkeypatch.setattr(runner.psutil, "boot_time", lambda: 0.0)
    for died in (1, 2):
        left(world, number)
        if died == 1:
            with monkeypatch.context() as dies:
                dies.setattr(runner, "_end", lambda *a, **k: None)  # it runs, and its process dies before the end
                runner.run_all(world.app)
    assert runner.run_all(world.app) == 0
    job = load(world, number)
    assert (job.state, job.deaths, len(ran)) == (FAILED, 2, 1)
    assert "stopped twice" in job.message
    clerk = world.browser(f"clerk.{HOME}")
    clerk.get("/notices/")
    assert "Failed: งานยาว" in clerk.text
    clerk.post(f"/jobs/{number}/again")
    runner.run_all(world.app)
    assert (load(world, number).state, load(world, number).deaths) == (DONE, 0)


@pytest.mark.parametrize("why", ["the machine started since", "this process lost its lease"])
def test_what_is_no_death_of_the_job_is_not_counted(world, monkeypatch, why):
    ran = []
    kind(world, monkeypatch, lambda running: ran.append(running.id))
    number = ask(world)
    worker = "another"
    if why == "this process lost its lease":
        worker = f"{runner.PROCESS}x"
        monkeypatch.setattr(runner.psutil, "boot_time", lambda: 0.0)
    else:
        monkeypatch.setattr(runner.psutil, "boot_time", lambda: time.time())
    with monkeypatch.context() as dies:
        dies.setattr(runner, "_end", lambda *a, **k: None)
        for _n in range(4):
            left(world, number, worker=worker)
            runner.run_all(world.app)
    left(world, number, worker=worker)
    runner.run_all(world.app)
    job = load(world, number)
    assert (job.state, job.deaths, len(ran)) == (DONE, 0, 5)


def test_this_machine_says_when_it_started():
    assert 0 < psutil.boot_time() < time.time()


def test_a_job_that_is_cut_off_again_and_again_ends_some_day(world, monkeypatch):
    kind(world, monkeypatch, lambda running: None)
    number = ask(world)
    world.owner(f"update core_job set attempts = {runner.MOST_ATTEMPTS} where id = {number}")
    left(world, number, worker=f"{runner.PROCESS}x")
    runner.run_all(world.app)
    assert (load(world, number).state, "cut off 10 times" in load(world, number).message) == (FAILED, True)


def test_a_database_that_was_away_fails_no_job(world, monkeypatch):
    def run(running):
        raise OperationalError("select 1", {}, Exception("server closed the connection"))

    kind(world, monkeypatch, run)
    number = ask(world)
    runner.run_all(world.app)
    assert load(world, number).state == RUNNING, "its lease ends, and it is taken up again"
    kind(world, monkeypatch, lambda running: None)
    left(world, number, worker=load(world, number).worker)
    runner.run_all(world.app)
    assert load(world, number).state == DONE


def test_a_planned_stop_gives_the_job_back_and_it_goes_on_at_once(world, monkeypatch):
    begun, go = threading.Event(), threading.Event()

    def run(running):
        begun.set()
        go.wait(20)
        running.beat(done=1)

    kind(world, monkeypatch, run)
    monkeypatch.setattr("core.platform.jobs.queue.GRACE_SECONDS", 0.2)
    number = ask(world)
    first = Queue(world.app, world.khet.settings)
    first.start(1)
    assert begun.wait(20)
    first.stop()
    job = load(world, number)
    assert (job.state, job.attempts, job.deaths) == (QUEUED, 0, 0)
    assert runner.waiting(world.database) == [number], "nobody waits for a lease"
    go.set()
    until = time.monotonic() + 20
    while runner.busy() and time.monotonic() < until:
        time.sleep(0.02)
    assert load(world, number).state == QUEUED, "the old worker lost it, and writes nothing more"
    second = Queue(world.app, world.khet.settings)
    second.start(1)
    try:
        until = time.monotonic() + 20
        while load(world, number).state != DONE and time.monotonic() < until:
            time.sleep(0.05)
    finally:
        second.stop()
    assert (load(world, number).state, load(world, number).attempts) == (DONE, 1)


def test_errands_go_first_and_reading_last(world, monkeypatch):
    order: list[str] = []
    for key in ("test.read", "test.import", "test.deliver"):
        kind(world, monkeypatch, lambda running, key=key: order.append(key), key)
    ask(world, "test.read", quiet=True, rank=LAST)
    ask(world, "test.import")
    ask(world, "test.read", quiet=True, rank=LAST)
    ask(world, "test.deliver", quiet=True)
    runner.run_all(world.app)
    assert order == ["test.deliver", "test.import", "test.read", "test.read"]


@pytest.mark.parametrize(("workers", "at_once"), [(2, 1), (3, 2)])
def test_long_work_leaves_a_worker_for_letters_and_reading_one_more(world, monkeypatch, workers, at_once):
    """Imports, stacks of scans and attachments wait; a delivery does not."""
    long, reading, go, done = [], [], threading.Event(), threading.Event()

    def work(began):
        def run(running):
            began.append(running.id)
            go.wait(20)

        return run

    def wait_for(true) -> None:
        until = time.monotonic() + 20
        while not true() and time.monotonic() < until:
            time.sleep(0.02)

    kind(world, monkeypatch, work(reading), "test.read")
    kind(world, monkeypatch, work(long), "test.import")
    kind(world, monkeypatch, lambda running: done.set(), "test.deliver")
    for _n in range(3):
        ask(world, "test.read", quiet=True, rank=LAST)
    queue = Queue(world.app, world.khet.settings)
    queue.start(workers)
    try:
        wait_for(lambda: reading)
        queue.wake([ask(world, "test.import") for _n in range(3)])
        wait_for(lambda: len(reading) + len(long) == at_once)
        queue.wake([ask(world, "test.deliver", quiet=True)])
        assert done.wait(20), "a worker was free for it"
        assert (len(reading), len(long)) == (1, at_once - 1)
        go.set()
        wait_for(lambda: len(reading) == len(long) == 3)
    finally:
        go.set()
        queue.stop()
    assert (len(reading), len(long)) == (3, 3), "and all is done in the end"


def test_who_asked_for_an_errand_hears_of_its_failure_alone(world, monkeypatch):
    kind(world, monkeypatch, lambda running: 1 / 0, quiet=True)
    ask(world, quiet=True)
    kind(world, monkeypatch, lambda running: None, "test.good", quiet=True)
    ask(world, "test.good", quiet=True)
    runner.run_all(world.app)
    assert world.count("core_notice", "topic = 'core.job_ended'") == 1


def test_what_a_kind_does_at_a_bad_end_is_done_before_the_end_is_written(world, monkeypatch):
    asked: list[str] = []

    def failed(running, why):
        asked.append(why)
        if len(asked) == 1:
            raise RuntimeError("and its process dies here")

    kind(world, monkeypatch, lambda running: 1 / 0, quiet=True, failed=failed)
    number = ask(world, quiet=True)
    runner.run_all(world.app)
    assert load(world, number).state == RUNNING
    left(world, number, worker=load(world, number).worker)
    runner.run_all(world.app)
    assert (load(world, number).state, len(asked)) == (FAILED, 2)
    assert world.count("core_notice", "topic = 'core.job_ended'") == 0, "it tells by itself"


def test_every_kind_mends_its_bad_end_or_holds_no_record_that_waits_for_it(world, monkeypatch):
    """The page of an import looks at the job itself; the others make a file, or what only search misses."""
    waits_for_none = {
        "core.export", "core.bulk", "core.report", "core.nation_report", "core.import_read", "core.import_check",
        "core.import_take", "core.import_undo", "saraban.read_files",
    }  # fmt: skip
    assert {key for key, one in world.khet.registry.job_kinds.items() if one.failed is None} == waits_for_none
    with pytest.raises(TypeError):
        JobKind("test.silent", lambda running: None)
    ends: list[str] = []
    kind(world, monkeypatch, lambda running: 1 / 0, failed=lambda running, why: ends.append(why))
    stopped, locked = ask(world), ask(world)
    world.browser(f"clerk.{HOME}").post(f"/jobs/{stopped}/stop")
    runner.run(world.app, stopped)
    monkeypatch.setattr(world.khet, "actor", lambda user_id: None)
    runner.run(world.app, locked)
    assert [load(world, one).state for one in (stopped, locked)] == [FAILED, FAILED]
    assert "Stopped by you" in ends[0]
    assert "locked" in ends[1]


def test_finding_the_next_job_reads_an_index_and_not_every_job(world):
    """Both statements of `waiting`, on a table of many ended jobs."""
    with world.session(HOME, f"clerk.{HOME}") as session:
        first = services.enqueue(session, "x", "x", {}, quiet=True).id
    world.owner(f"update core_job set state = 'done' where id = {first}")
    columns = (
        "user_id, kind, title, locale, params, done, total, cursor, message, result, result_name, attempts, worker, "
        "quiet, queued_at, deaths, rank, district_id"
    )
    for _n in range(11):
        world.owner(f"insert into core_job ({columns}, state) select {columns}, 'done' from core_job")
    engine = world.database.owner_engine()
    with engine.begin() as connection:
        if world.backend == "postgresql":
            connection.execute(text("analyze core_job"))
        explain = "explain query plan " if world.backend == "sqlite" else "explain "
        for where, index in (
            ("state = 'queued' and rank <= 2 order by rank, id limit 100", "ix_core_job_next"),
            ("state = 'running' and lease_until < '2026-01-01' order by lease_until limit 100", "ix_core_job_state"),
        ):
            plan = "\n".join(
                str(tuple(row))
                for row in connection.execute(text(f"{explain}select id, rank from core_job where {where}"))
            )
            assert index in plan, plan
    engine.dispose()


def _gone(running):
    raise NotFound


def _refused(running):
    raise RuleError(_("You may not do this any more."))


def _broken(running):
    raise ValueError("of the machine")


@pytest.mark.parametrize("locale", ["th", "en"])
@pytest.mark.parametrize("how", [_gone, _refused, _broken, None], ids=["gone", "refused", "broken", "locked"])
def test_how_a_job_ended_is_said_in_the_language_of_who_asked(world, monkeypatch, how, locale):
    kind(world, monkeypatch, how or _refused)
    user = f"clerk.{HOME}"
    with world.session(HOME, user) as session:
        number = services.enqueue(session, "test.work", "งานยาว", {}, locale=locale).id
    if how is None:
        world.owner(f"update ab_user set active = {'false' if world.backend == 'postgresql' else '0'}")
    runner.run_all(world.app)
    job = load(world, number)
    assert job.state == FAILED
    assert bool(re.search("[A-Za-z]{3,} [a-z]{2,}", job.message)) == (locale == "en"), job.message
    assert bool(re.search("[ก-๙]", job.message)) == (locale == "th"), job.message

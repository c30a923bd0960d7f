"""Long work: it exists with what asked for it, runs as its user, survives its worker's death, and is found again."""

from __future__ import annotations

import dataclasses
import io
import multiprocessing
import threading
import time

import pytest
from huey import Huey, MemoryHuey
from huey.storage import MemoryStorage
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from core.ops.application import create_app
from core.platform.jobs import broker, runner, services
from core.platform.jobs.kind import JobKind
from core.platform.jobs.models import DONE, FAILED, QUEUED, RUNNING, Job
from core.platform.jobs.queue import Queue
from core.plugins import switches
from core.web import list_jobs
from core.web.crud import sheets
from plugins.saraban.models.letters import IncomingLetter
from plugins.saraban.work import life
from tests.core.test_listing import LIST, register
from tests.support import HOME, OTHER


@pytest.fixture
def clerk(world, monkeypatch):
    monkeypatch.setattr(sheets, "AT_ONCE", 10)
    return world.browser(f"clerk.{HOME}")


def job_of(answer) -> int:
    assert answer.status_code == 302, answer.get_data(as_text=True)[-500:]
    assert "/jobs/" in answer.location
    return int(answer.location.rpartition("/")[2])


def load(world, job_id: int) -> Job:
    with world.database.system("test") as session:  # reads only: a test must not hold the write lock
        job = session.get(Job, job_id)
        assert job is not None
    return job


def ask(world, clerk, made: list[int]) -> int:
    officer = world.account(f"director.{HOME}")
    return job_of(clerk.submit(f"{LIST}bulk/assign?all=1&q=เป้าหมาย", officers=str(officer.id)))


def test_a_long_export_is_left_and_found_again(world, clerk):
    register(world, 30, sender="เป้าหมาย")
    number = job_of(clerk.post(LIST + "download?q=เป้าหมาย&cols=subject&sort=subject"))
    assert load(world, number).state == QUEUED
    assert clerk.get(f"/jobs/{number}/state").json["percent"] == 0
    clerk.get(f"/jobs/{number}")
    (said,) = clerk.tree.xpath("//*[@data-job]//*[@data-said]")
    assert (said.text, said.get("data-running")) == ("Waiting for a worker", "At work"), "the page changes it by itself"
    assert clerk.get(f"/jobs/{number}/result").status_code == 404
    assert runner.run_all(world.app) == 1
    job = load(world, number)
    assert (job.state, job.percent, job.done) == (DONE, 100, 30)
    clerk.get("/notices/")
    assert "Done: Incoming letters" in clerk.text
    clerk.get("/jobs/")
    assert "Download" in clerk.text
    book = CalamineWorkbook.from_filelike(io.BytesIO(clerk.get(f"/jobs/{number}/result").get_data()))
    rows = book.get_sheet_by_index(0).to_python()
    assert [row[1] for row in rows[-30:]] == [f"เรื่อง {index:03d}" for index in range(30)]
    assert world.count("core_timeline", "action = 'core.report.exported'") == 1


def test_a_job_is_nobody_else_s(world, clerk):
    register(world, 12)
    number = job_of(clerk.post(LIST + "download"))
    runner.run_all(world.app)
    for user in (f"admin.{HOME}", f"clerk.{OTHER}", "obec"):
        other = world.browser(user)
        for page in ("", "/state", "/result"):
            assert other.get(f"/jobs/{number}{page}").status_code == 404, user
        assert other.post(f"/jobs/{number}/again").status_code == 404


def test_a_job_and_what_asks_for_it_are_one_transaction(world):
    with pytest.raises(RuntimeError), world.session(HOME, f"clerk.{HOME}") as session:
        services.enqueue(session, "core.export", "t", {})
        raise RuntimeError("the request fails after the job was written")
    assert world.count("core_job") == 0
    assert runner.waiting(world.database) == []


def test_a_step_for_many_goes_on_in_the_background(world, clerk):
    made = register(world, 25, sender="เป้าหมาย")
    number = ask(world, clerk, made)
    assert world.count("saraban_incoming", "assignee_id is not null and sender = 'เป้าหมาย'") == 0
    runner.run_all(world.app)
    assert load(world, number).state == DONE
    assert world.count("saraban_incoming", "assignee_id is not null and sender = 'เป้าหมาย'") == 25
    assert world.count("core_notice", "topic = 'saraban.assigned'") == 25


def _work(settings, job_id: int) -> None:
    """A worker of its own process, slow enough to be killed in the middle."""
    app = create_app(settings, guests=False)
    list_jobs.CHUNK = 4
    real = life.assign

    def slow(*args, **kwargs):
        time.sleep(0.05)
        return real(*args, **kwargs)

    life.assign = slow
    runner.run(app, job_id)


def test_a_worker_killed_in_mid_job_leaves_nothing_half_and_another_goes_on(world, clerk):
    made = register(world, 60, sender="เป้าหมาย")
    number = ask(world, clerk, made)
    settings = dataclasses.replace(world.khet.settings)
    worker = multiprocessing.get_context("spawn").Process(target=_work, args=(settings, number))
    worker.start()
    deadline = time.monotonic() + 60
    while load(world, number).done < 8 and time.monotonic() < deadline:
        time.sleep(0.05)
    worker.kill()
    worker.join(10)
    half = load(world, number)
    assert half.state == RUNNING
    assert 8 <= half.done < 60, "it was killed in the middle"
    given = world.count("saraban_incoming", "assignee_id is not null and sender = 'เป้าหมาย'")
    assert given == half.done, "the cursor and the records are one transaction"
    assert runner.waiting(world.database) == [], "the lease still holds"
    world.owner("update core_job set lease_until = '2020-01-01 00:00:00'")
    assert runner.waiting(world.database) == [number]
    assert runner.run_all(world.app) == 1
    assert load(world, number).state == DONE
    assert world.count("core_timeline", "action = 'saraban.incoming.assigned'") == 60, "each letter once"


def test_what_must_not_be_repeated_fails_visibly_when_its_worker_died(world, clerk, monkeypatch):
    ran = []
    monkeypatch.setitem(
        world.khet.registry.job_kinds, "test.once", JobKind("test.once", lambda r: ran.append(1), failed=None)
    )
    with world.session(HOME, f"clerk.{HOME}") as session:
        number = services.enqueue(session, "test.once", "ครั้งเดียว", {}, locale="en").id
    world.owner(f"update core_job set state = 'running', lease_until = '2020-01-01 00:00:00' where id = {number}")
    assert runner.run_all(world.app) == 0
    job = load(world, number)
    assert (job.state, ran) == (FAILED, [])
    assert "stopped before the end" in job.message
    clerk.get(f"/jobs/{number}")
    assert "Try again" not in clerk.text
    clerk.post(f"/jobs/{number}/again")
    assert load(world, number).state == FAILED


def test_two_workers_never_have_the_same_job(world, clerk):
    register(world, 12)
    number = job_of(clerk.post(LIST + "download"))
    registered = world.khet.registry.job_kinds
    assert runner._claim(world.database, number, "a", registered) == ""
    assert runner._claim(world.database, number, "b", registered) is None
    job = load(world, number)
    running = runner.Running(world.app, job, world.khet.actor(job.user_id), "b")
    with pytest.raises(runner.LeaseLost):
        running.progress(1, 2)


def test_a_failure_is_told_to_who_asked_and_can_be_tried_again(world, clerk, monkeypatch):
    register(world, 12)
    number = job_of(clerk.post(LIST + "download"))
    with monkeypatch.context() as broken:
        broken.setattr("core.exchange.reports.sheet.write", lambda *a, **k: 1 / 0)
        runner.run_all(world.app)
    job = load(world, number)
    assert job.state == FAILED
    assert "ZeroDivision" not in job.message, "nobody sees a stack trace"
    clerk.get(f"/jobs/{number}")
    assert "Try again" in clerk.text
    clerk.post(f"/jobs/{number}/again")
    runner.run_all(world.app)
    assert load(world, number).state == DONE


@pytest.mark.parametrize("change", ["right", "module", "locked"])
def test_a_job_stands_behind_the_same_walls_when_it_runs(world, clerk, change):
    register(world, 12)
    number = job_of(clerk.post(LIST + "download"))
    user = world.account(f"clerk.{HOME}").id
    if change == "module":
        with world.session() as session:
            switches.switch(session, world.khet.switchboard, "saraban", on=False)
    elif change == "right":
        world.owner(f"update core_grant set ends_on = '2020-01-01', starts_on = '2019-01-01' where user_id = {user}")
    else:
        world.owner(f"update ab_user set active = {'0' if world.backend == 'sqlite' else 'false'} where id = {user}")
    runner.run_all(world.app)
    job = load(world, number)
    assert (job.state, job.result) == (FAILED, "")


def test_a_user_has_a_few_jobs_at_a_time(world, clerk):
    register(world, 12)
    for _n in range(services.MOST_OPEN):
        job_of(clerk.post(LIST + "download"))
    assert "/jobs/" not in clerk.post(LIST + "download").location
    clerk.get(LIST)
    assert "jobs running" in clerk.text


def test_old_results_are_swept_with_their_files(world, clerk):
    register(world, 12)
    number = job_of(clerk.post(LIST + "download"))
    runner.run_all(world.app)
    job = load(world, number)
    path = runner.result_path(world.khet.settings, job.district_id, job.result)
    assert path.is_file()
    with world.session() as s:
        runner.sweep_results(s, world.khet.settings)
    assert path.is_file(), "a week has not passed"
    world.owner("update core_job set ended_at = '2020-01-01 00:00:00'")
    with world.session() as s:
        runner.sweep_results(s, world.khet.settings)
    assert not path.exists()
    assert world.count("core_job") == 0


def test_workers_in_this_process_are_woken_by_the_commit(world, clerk):
    register(world, 12)
    world.khet.queue.start(1)
    try:
        number = job_of(clerk.post(LIST + "download"))
        deadline = time.monotonic() + 20
        while load(world, number).state != DONE and time.monotonic() < deadline:
            time.sleep(0.1)
    finally:
        world.khet.queue.stop()
    assert load(world, number).state == DONE


def test_workers_of_their_own_are_woken_over_postgresql(world, clerk):
    """KHET_JOBS_URL: the same code, the wake-up through a database server."""
    if world.backend != "postgresql":
        return
    register(world, 12)
    url = world.khet.settings.owner_database_url.replace("+psycopg", "")
    queue = Queue(world.app, dataclasses.replace(world.khet.settings, jobs_url=url))
    number = job_of(clerk.post(LIST + "download"))
    queue.wake([number])
    queue.start(1)
    try:
        deadline = time.monotonic() + 20
        while load(world, number).state != DONE and time.monotonic() < deadline:
            time.sleep(0.1)
    finally:
        queue.stop()
    assert load(world, number).state == DONE


@pytest.mark.parametrize("broker_is", ["away", "hanging"])
def test_without_a_broker_nobody_waits_for_it_and_workers_find_the_rows(world, clerk, monkeypatch, broker_is):
    hangs = threading.Event()

    class Storage(MemoryStorage):
        def enqueue(self, *args, **kwargs):
            return hangs.wait(30) if broker_is == "hanging" else 1 / 0

        def dequeue(self):
            raise ConnectionError("no broker")

    monkeypatch.setattr(broker, "_huey", lambda settings: Huey("khet", storage_class=Storage))
    settings = dataclasses.replace(world.khet.settings, jobs_url="redis://away")
    monkeypatch.setattr(world.khet, "queue", Queue(world.app, settings))  # of a server that only serves
    register(world, 12)
    began = time.monotonic()
    numbers = [job_of(clerk.post(LIST + "download")) for _n in range(3)]
    assert time.monotonic() - began < 15
    workers = Queue(world.app, settings)
    workers.start(2)
    try:
        workers.wake(runner.waiting(world.database))  # as the worker's own look does every few seconds
        deadline = time.monotonic() + 20
        while any(load(world, one).state != DONE for one in numbers) and time.monotonic() < deadline:
            time.sleep(0.1)
    finally:
        workers.stop()
        hangs.set()
    assert {load(world, one).state for one in numbers} == {DONE}


def test_redis_is_given_a_time_in_which_it_answers(world, monkeypatch):
    asked = []
    monkeypatch.setattr(broker, "RedisHuey", lambda name, url, **more: asked.append(url) or MemoryHuey(name))
    for url in ("redis://shared", "redis://shared/0?ssl_cert_reqs=none", "redis://shared?socket_timeout=9"):
        broker.Broker(dataclasses.replace(world.khet.settings, jobs_url=url), print)
    assert [url.count("socket_timeout=") for url in asked] == [1, 1, 1]
    assert asked[2] == "redis://shared?socket_timeout=9", "what the operator says holds"


def test_a_form_that_refuses_leaves_no_job(world, clerk):
    register(world, 12, sender="เป้าหมาย")
    assert clerk.submit(f"{LIST}bulk/act?all=1&q=เป้าหมาย", action="").status_code == 422
    assert world.count("core_job") == 0


def test_the_letters_a_job_changed_say_who_did_it(world, clerk):
    register(world, 12, sender="เป้าหมาย")
    ask(world, clerk, [])
    runner.run_all(world.app)
    name = world.khet.actor(world.account(f"clerk.{HOME}").id).name
    with world.session() as session:
        letter = session.scalars(select(IncomingLetter).where(IncomingLetter.sender == "เป้าหมาย")).first()
    clerk.get(f"{LIST}{letter.id}")
    assert name in clerk.text


def test_what_somebody_changes_meanwhile_a_step_for_very_many_leaves_out_and_names(world, clerk):
    """As the step for a few does: nobody decides on what they have not read."""
    made, director = register(world, 12, sender="เป้าหมาย"), world.account(f"director.{HOME}")
    step = f"{LIST}bulk/assign?all=1&q=เป้าหมาย"
    clerk.get(step)
    with world.session(HOME, f"admin.{HOME}") as session:
        session.get_one(IncomingLetter, made[3]).subject = "แก้ระหว่างนั้น"
    number = job_of(clerk.resubmit(step, officers=str(director.id)))
    with world.session(HOME, f"admin.{HOME}") as session:
        session.get_one(IncomingLetter, made[5]).subject = "แก้ระหว่างนั้น 2"
    runner.run_all(world.app)
    job = load(world, number)
    assert (job.state, job.done) == (DONE, 12)
    with world.session() as session:
        left = {one.id for one in session.scalars(select(IncomingLetter)) if one.id in made and not one.assignee_id}
    assert left == {made[3], made[5]}
    clerk.get(f"/jobs/{number}")
    assert clerk.text.count("แก้ระหว่างนั้น") == 2
    assert "Left out, since they were changed meanwhile" in clerk.text


def test_an_export_stopped_half_way_leaves_no_file(world, clerk, monkeypatch):
    register(world, 30, sender="เป้าหมาย")
    number = job_of(clerk.post(LIST + "download?q=เป้าหมาย"))
    from core.platform.jobs.runner import Running

    def stops(self, done, total):
        clerk.post(f"/jobs/{number}/stop")
        self.beat(done=done)

    monkeypatch.setattr(Running, "progress", stops)
    runner.run_all(world.app)
    job = load(world, number)
    assert (job.state, job.result) == (FAILED, "")
    assert "Stopped by you" in job.message
    assert clerk.get(f"/jobs/{number}/result").status_code == 404


def test_nobody_stops_another_s_work(world, clerk):
    register(world, 30, sender="เป้าหมาย")
    number = job_of(clerk.post(LIST + "download?q=เป้าหมาย"))
    assert world.browser(f"director.{HOME}").post(f"/jobs/{number}/stop").status_code == 404
    assert load(world, number).state == QUEUED

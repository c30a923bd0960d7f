"""What whoever looks after a server learns of it without looking at it."""

from __future__ import annotations

import dataclasses
import re
from datetime import timedelta

import pytest

from core.base.errors import RuleError
from core.ops import serve, trouble
from core.platform.jobs import runner
from core.platform.jobs import services as jobs
from core.platform.jobs.kind import JobKind
from core.platform.notices import services as notices
from core.storage.base import utc_now
from tests.core.test_outbox import put
from tests.support import HOME, OTHER

TOKEN = "m" * 40


@pytest.fixture
def monitored(world, monkeypatch):
    """The server's figures as a monitor reads them: a function that asks anew."""
    monkeypatch.setattr(world.khet, "settings", dataclasses.replace(world.khet.settings, health_token=TOKEN))

    def asked(token: str = TOKEN):
        return world.app.test_client().get("/metrics", headers={"Authorization": f"Bearer {token}"}, buffered=True)

    return asked


def figures(answer) -> dict[str, float]:
    """Each figure by its name with its labels; a line that is none fails."""
    lines = [line for line in answer.get_data(as_text=True).splitlines() if line and not line.startswith("#")]
    return {
        name: float(value) for name, value in (re.fullmatch(r"(\w+(?:{[^}]*})?) (\S+)", one).groups() for one in lines)
    }


def errand(world, monkeypatch, why: str) -> None:
    """Work of the house itself that fails."""

    def run(_running):
        raise RuleError(why)

    monkeypatch.setitem(
        world.khet.registry.job_kinds, "test.errand", JobKind("test.errand", run, quiet=True, failed=None)
    )
    with world.session(HOME, f"clerk.{HOME}") as session:
        jobs.enqueue(session, "test.errand", "ส่งหนังสือให้โรงเรียน", {}, quiet=True)


def test_a_monitor_reads_what_the_server_does_and_nobody_else_does(world, monitored, monkeypatch):
    assert [monitored(token).status_code for token in ("", "x" * 40)] == [404, 404]
    assert world.browser(f"admin.{HOME}").get("/metrics").status_code == 404, "it is no page of an office"
    with world.session(user=f"clerk.{HOME}") as s:
        jobs.enqueue(s, "core.export", "ทะเบียนรับ", {})
    world.owner("update core_job set queued_at = '2026-01-01 00:00:00'")
    put(world)
    put(world, channel="webhook", to="1", state="failed")
    answer = monitored()
    assert (answer.status_code, answer.mimetype) == (200, "text/plain")
    found = figures(answer)
    assert found["khet_database_up"] == 1
    assert found['khet_jobs{kind="core.export",state="queued"}'] == 1
    assert found['khet_oldest_waiting_seconds{what="jobs"}'] > 900
    assert (found['khet_outbox{channel="mail",state="waiting"}'], found["khet_errands_failed"]) == (1, 0)
    assert found['khet_outbox{channel="webhook",state="failed"}'] == 1
    assert found["khet_database_bytes"] > 100_000
    assert found["process_resident_memory_bytes"] > 10_000_000, "its memory over time"
    assert found['khet_requests_total{status="404"}'] >= 2
    errand(world, monkeypatch, "ไม่ถึง")
    runner.run_all(world.app)
    again = figures(monitored())
    assert again["khet_errands_failed"] == again['khet_jobs{kind="test.errand",state="failed"}'] == 1
    assert again["khet_request_seconds_count"] == found["khet_request_seconds_count"] + 1
    told = monitored().get_data(as_text=True)
    assert not re.search(rf"[ก-๙]|{HOME}|clerk|example", told), "no name, no address"
    monkeypatch.setattr(type(world.database), "reachable", lambda _database: False)
    assert figures(monitored())["khet_database_up"] == 0
    monkeypatch.setattr(world.khet, "settings", dataclasses.replace(world.khet.settings, health_token=""))
    assert monitored("").status_code == 404


def heard(world, user: str, topic: str) -> list[str]:
    """What a user was told of a topic, newest first."""
    account = world.account(user)
    with world.database.district(account.district_id, "test", write=False) as session:
        return [one.label for one in notices.latest(session, account.id, topic=topic)]


def aged(world, topic: str, *, hours: int, read: bool) -> None:
    """What was told of a topic was told so long ago."""
    at = f"'{utc_now() - timedelta(hours=hours):%Y-%m-%d %H:%M:%S}'"
    world.owner(f"update core_notice set at = {at}, read_at = {at if read else 'null'} where topic = '{topic}'")


def keep_house(world) -> None:
    """The part of each minute's housekeeping that tells."""
    with world.app.test_request_context():
        trouble.tell(world.database, world.khet.metrics)


def test_head_office_hears_of_broken_pages_once_an_hour(world, monkeypatch):
    topic = trouble.BROKEN
    world.khet.metrics.broken = 0  # what other tests have broken in this process
    keep_house(world)
    assert heard(world, "obec", topic) == []

    def fall(*_args):
        raise ValueError("fallen")

    monkeypatch.setattr("core.web.pages.masterdata.views.services.save_group", fall)
    admin = world.browser(f"admin.{HOME}")
    for _time in range(2):
        admin.submit("/school-groups/new", name="ล้ม")
    number = re.search(r">([0-9a-f]{8})</code>", admin.page.get_data(as_text=True))[1]
    keep_house(world)
    assert heard(world, "obec", topic) == [f"เครื่องแม่ข่ายตอบคำขอไม่ได้ 2 ครั้ง ครั้งล่าสุดหมายเลข {number} กรุณาแจ้งผู้ดูแลเครื่องแม่ข่าย"]
    assert heard(world, f"admin.{HOME}", topic) == []
    admin.submit("/school-groups/new", name="ล้ม")
    aged(world, topic, hours=2, read=False)
    keep_house(world)
    assert len(heard(world, "obec", topic)) == 1, "the one before was not read"
    aged(world, topic, hours=2, read=True)
    keep_house(world)
    keep_house(world)
    assert len(heard(world, "obec", topic)) == 2, "what happened meanwhile is told with the next"
    assert world.count("core_delivery", f"topic = '{topic}'") == 0, "nobody there has an address"


def test_a_district_s_administrator_hears_of_what_the_house_could_not_do(world, monkeypatch):
    topic, admin = trouble.ERRANDS, f"admin.{HOME}"
    world.owner(f"update ab_user set mail_address = 'admin@office.example' where username = '{admin}'")

    def fails() -> None:
        errand(world, monkeypatch, "เรื่องลับ")
        runner.run_all(world.app)

    fails()
    fails()
    serve.housekeeping(world.app, sweep=False)
    said = heard(world, admin, topic)
    assert said == ["งานที่ระบบทำเองไม่สำเร็จ (2) กรุณาแจ้งผู้ดูแลเครื่องแม่ข่าย"], "and neither what it was about nor why"
    assert world.count("core_delivery", f"topic = '{topic}' and address = 'admin@office.example'") == 1
    assert heard(world, "obec", topic) == heard(world, f"admin.{OTHER}", topic) == []
    aged(world, topic, hours=2, read=True)
    world.owner("update core_job set ended_at = '2026-01-01 00:00:00'")
    keep_house(world)
    assert len(heard(world, admin, topic)) == 1, "it is known already"
    fails()
    aged(world, topic, hours=25, read=False)
    keep_house(world)
    assert [line.count("(1)") for line in heard(world, admin, topic)] == [1, 0], "a day old and still unread"
    world.owner(
        f"update ab_user set active = {'false' if world.backend == 'postgresql' else '0'} where username = '{admin}'"
    )
    keep_house(world)
    assert len(heard(world, "obec", topic)) == 1, "who else would hear of it"

"""What whoever looks after a server learns of it without looking at it."""

from __future__ import annotations

import dataclasses
import re

import pytest

from core.base.errors import RuleError
from core.platform.jobs import runner
from core.platform.jobs import services as jobs
from core.platform.jobs.kind import JobKind
from tests.core.test_outbox import put
from tests.support import HOME

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

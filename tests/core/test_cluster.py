"""Several servers at one database: what they must share is compared when one starts."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import time

import pytest
from sqlalchemy import make_url

from core.base.config import ConfigError
from core.ops.application import ROOT
from core.platform.jobs.queue import Queue
from core.storage import cluster
from tests.core.serving import environment, served


@pytest.fixture(params=["postgresql"])
def backend(request):
    """SQLite is one server's."""
    return request.param


def test_a_second_server_that_shares_not_what_it_must_refuses_to_start(world, tmp_path):
    settings = world.khet.settings
    engine = world.database.app_engine
    assert cluster.check(engine, settings) == [], "nobody else is there"
    with served(settings, tmp_path) as first:
        for _second in range(30):  # its line to the database stands a second after its door
            told = cluster.check(engine, settings)
            if told:
                break
            first.ask("/health")
            time.sleep(0.5)
        assert any("KHET_RATELIMIT_STORAGE" in one for one in told)
        assert any("KHET_JOBS_URL" in one for one in told)
        shared = dataclasses.replace(settings, ratelimit_storage="redis://x", jobs_url="redis://x")
        assert cluster.check(engine, shared) == []
        with pytest.raises(ConfigError, match="signs with another key"):
            cluster.check(engine, dataclasses.replace(settings, secret_key="another"))
        elsewhere = dataclasses.replace(settings, data_dir=tmp_path / "own")
        with pytest.raises(ConfigError, match="one shared folder"):
            cluster.check(engine, elsewhere)
        started = subprocess.run(
            [sys.executable, "app.py", "serve", "--port", "1"], cwd=ROOT, env=environment(elsewhere),
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert started.returncode == 1
        assert "one shared folder" in started.stderr
        assert "Traceback" not in started.stderr
    for _second in range(30):
        if not cluster.check(engine, settings):
            break
        time.sleep(0.5)
    assert cluster.check(engine, dataclasses.replace(settings, secret_key="another")) == [], "it is gone, and its locks"


def test_wake_ups_over_postgresql_need_the_owner_and_say_so(world):
    url = world.khet.settings.database_url.replace("+psycopg", "")
    with pytest.raises(ConfigError, match="owner's address") as told:
        Queue(world.app, dataclasses.replace(world.khet.settings, jobs_url=url))
    assert make_url(url).password not in str(told.value)

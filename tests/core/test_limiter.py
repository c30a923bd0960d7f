"""The store of attempts that several servers share goes away: people sign in all the same, and guessing stays slow."""

from __future__ import annotations

import logging
import socket
from typing import Any

import pytest
from limits.storage import MemoryStorage

from core.base import limiter
from core.base.limiter import Limiter
from tests.support import HOME, Browser

CLERK = f"clerk.{HOME}"


class Elsewhere(MemoryStorage):
    """A store behind an address, as Redis is, without its driver: each question goes over the line first."""

    STORAGE_SCHEME = ["elsewhere"]  # noqa: RUF012 – as limits declares it

    def __init__(self, uri: str, **more: Any) -> None:
        super().__init__(uri, **more)
        self.port, self.asked = int(uri.rpartition(":")[2]), 0

    @property
    def base_exceptions(self):
        return OSError

    def _over_the_line(self) -> None:
        self.asked += 1
        socket.create_connection(("127.0.0.1", self.port), 1).close()

    def acquire_entry(self, *args: Any, **more: Any) -> bool:
        self._over_the_line()
        return super().acquire_entry(*args, **more)

    def get_moving_window(self, *args: Any, **more: Any) -> tuple[float, int]:
        self._over_the_line()
        return super().get_moving_window(*args, **more)

    def clear(self, key: str) -> None:
        self._over_the_line()
        super().clear(key)


@pytest.fixture
def line():
    """A port on which nobody listens until `listen` is called."""
    found = socket.socket()
    found.bind(("127.0.0.1", 0))
    yield found
    found.close()


@pytest.fixture
def away(world, line, monkeypatch, caplog):
    made = Limiter(f"elsewhere://127.0.0.1:{line.getsockname()[1]}")
    monkeypatch.setattr(world.khet, "limiter", made)
    caplog.set_level(logging.WARNING, logger="core.base.limiter")
    return made


def attempt(world, password: str) -> int:
    return Browser(world.app).submit("/login/", username=CLERK, password=password).status_code


def said(caplog) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "core.base.limiter"]


def test_one_signs_in_guessing_is_slow_and_the_log_says_it_once(world, away, caplog):
    codes = [attempt(world, "guess") for _n in range(7)]
    assert codes == [422] * 5 + [429] * 2
    admin = Browser(world.app)
    assert admin.submit("/login/", username=f"admin.{HOME}", password="khet-demo").status_code == 302
    assert admin.get("/").status_code == 200
    assert len(said(caplog)) == 1
    assert "each process counts for itself" in said(caplog)[0]
    assert away.storage.asked == 1, "nobody else waits for it until it is asked again"


def test_other_systems_go_on_as_well(world, away):
    headers = {"Authorization": f"Bearer {world.token(CLERK)}"}
    assert Browser(world.app).client.get("/api/v1/schools/", headers=headers).status_code == 200


def test_when_it_is_back_it_counts_again_and_the_log_says_so(world, away, line, caplog, monkeypatch):
    assert attempt(world, "guess") == 422
    line.listen()
    now = limiter.time.monotonic()
    monkeypatch.setattr(limiter.time, "monotonic", lambda: now + limiter.PAUSE + 1)
    assert [attempt(world, "guess") for _n in range(6)] == [422] * 5 + [429], "its own count, from the beginning"
    assert len(said(caplog)) == 2
    assert "answers again" in said(caplog)[1]

"""The child process in which foreign bytes are read: its limits, its answers, and that nobody waits for it."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from core.platform import sandbox
from core.platform.masterdata.models import Unit
from core.platform.sandbox import FORM, Refused, parent
from core.platform.sandbox.lanes import asker
from core.storage import writer_queue
from tests.core import sandboxed

SHORT = dataclasses.replace(FORM, seconds=2.0)


def refusal(function, *arguments, lane=SHORT) -> str:
    with pytest.raises(Refused) as refused:
        sandbox.call(lane, function, *arguments)
    return refused.value.reason


def test_values_go_in_and_come_out(tmp_path):
    said = sandbox.call(FORM, sandboxed.back, b"\x00\xff", tmp_path, ["ก", 1.5, None], word={"a": True})
    assert said == [b"\x00\xff", tmp_path, ["ก", 1.5, None], {"a": True}]
    assert list(sandbox.lines(FORM, sandboxed.count, 3)) == [{"n": 0}, {"n": 1}, {"n": 2}]


def test_what_a_function_refuses_and_what_breaks_it_is_said_in_words():
    assert refusal(sandboxed.refuse, "encrypted") == "encrypted"
    assert refusal(sandboxed.fail) == "unreadable"
    assert refusal(sandboxed.abort) == "unreadable"
    assert "password" in str(Refused("encrypted").message)


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (sandboxed.spin, "too_slow"), (sandboxed.rest, "too_slow"), (sandboxed.eat, "too_much_memory"),
        (sandboxed.write, "too_much_output"), (sandboxed.say, "too_much_output"),
    ],
)  # fmt: skip
def test_time_memory_and_output_end(function, reason):
    lane = dataclasses.replace(SHORT, output=2_000_000, seconds=2.0 if reason == "too_slow" else 15.0)
    assert refusal(function, lane=lane) == reason


def test_what_a_child_started_ends_with_it(tmp_path):
    assert refusal(sandboxed.start, tmp_path / "pid") == "too_slow"
    pid = int((tmp_path / "pid").read_text())
    until = time.monotonic() + 20
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_child_has_a_folder_of_its_own_and_no_secret_of_the_operator(monkeypatch):
    monkeypatch.setenv("KHET_SECRET_KEY", "หวงห้าม")
    sandbox.call(FORM, sandboxed.surroundings)  # the one that waits was started before
    folder, temporary, names = sandbox.call(FORM, sandboxed.surroundings)
    assert folder == temporary
    assert not Path(folder).exists(), "nothing is left of it"
    assert [name for name in names if name.startswith("KHET_")] == []


def test_children_at_once_are_few_and_who_finds_no_place_is_told_so():
    lane = dataclasses.replace(SHORT, places=1, patience=0.2, seconds=5.0)
    begun = threading.Thread(target=lambda: refusal(sandboxed.rest, lane=lane))
    begun.start()
    time.sleep(1.0)
    assert refusal(sandboxed.rest, lane=lane) == "busy"
    begun.join()
    assert sandbox.call(lane, sandboxed.back, b"", Path(), []) is not None, "its place is free again"


def test_a_child_whose_server_is_gone_ends(tmp_path):
    code = (
        "import os, threading, dataclasses; from core.platform import sandbox; from tests.core import sandboxed; from pathlib import Path\n"
        "lane = dataclasses.replace(sandbox.FORM, seconds=2.0)\n"
        f"threading.Thread(target=lambda: sandbox.call(lane, sandboxed.mark, Path({str(tmp_path / 'pid')!r}))).start()\n"
        "import time\n"
        f"while not os.path.exists({str(tmp_path / 'pid')!r}): time.sleep(0.05)\n"
        "os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(sandbox.__file__).parents[3])  # noqa: S603
    pid = int((tmp_path / "pid").read_text() or 0)
    until = time.monotonic() + 30
    while psutil.pid_exists(pid):
        assert time.monotonic() < until
        time.sleep(0.1)


def test_no_file_is_read_while_this_thread_is_the_only_one_that_can_write(world):
    with world.session() as session:
        session.get(Unit, world.unit())
        if world.backend == "sqlite":
            with pytest.raises(RuntimeError):
                sandbox.call(FORM, os.getpid)
        writer_queue.end_reading(session)
        assert sandbox.call(FORM, sandboxed.back, b"", Path(), []) is not None
        unit = session.get(Unit, world.unit())
        unit.name += " 1"
        with pytest.raises(RuntimeError):
            writer_queue.end_reading(session)
        session.flush()
        with pytest.raises(RuntimeError):
            writer_queue.end_reading(session)
        session.rollback()


def test_who_waits_behind_those_who_come_to_an_end_waits_on(monkeypatch):
    """Nobody is turned away because many ordinary pages are looked at: only where nothing moves."""
    monkeypatch.setattr("core.platform.sandbox.lanes.CROWDED", 2.0)
    lane = dataclasses.replace(SHORT, places=1, patience=2.0)
    done = []

    def hold() -> None:
        with lane.place():
            time.sleep(0.5)
            done.append(time.monotonic())

    threads = [threading.Thread(target=hold) for _n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 6, "the last waited longer than its patience, and others came to an end meanwhile"


def test_nobody_takes_the_last_place_from_all_others():
    """One person's papers are read two at a time where three places are; what others look at comes meanwhile."""
    lane = dataclasses.replace(SHORT, places=3, each=2, patience=0.2, seconds=5.0)

    def rest() -> None:
        asker.set(1)
        refusal(sandboxed.rest, lane=lane)

    begun = [threading.Thread(target=rest) for _n in range(2)]
    for one in begun:
        one.start()
    time.sleep(1.0)
    mine = asker.set(1)
    assert refusal(sandboxed.rest, lane=lane) == "busy"
    asker.set(2)
    assert sandbox.call(lane, sandboxed.back, 1, 2, 3, word=4) == [1, 2, 3, 4]
    asker.reset(mine)
    for one in begun:
        one.join()


def test_a_file_that_was_given_up_is_not_tried_again_at_once(tmp_path, monkeypatch):
    path, other = tmp_path / "a", tmp_path / "b"
    assert refusal(sandboxed.rest, path) == "too_slow"
    begun = time.monotonic()
    assert refusal(sandboxed.rest, path) == "too_slow"
    assert time.monotonic() - begun < SHORT.seconds, "nobody waited for it"
    assert sandbox.call(SHORT, sandboxed.back, path, 2, 3, word=4)[1:] == [2, 3, 4], "something else is done with it"
    assert refusal(sandboxed.rest, other) == "too_slow"
    monkeypatch.setattr(parent, "REST_SECONDS", 0.0)
    monkeypatch.setattr(parent._GivenUp, "_until", {})
    assert refusal(sandboxed.rest, path) == "too_slow"
    begun = time.monotonic()
    assert refusal(sandboxed.rest, path) == "too_slow"
    assert time.monotonic() - begun > SHORT.seconds / 2, "after a while it is tried again"

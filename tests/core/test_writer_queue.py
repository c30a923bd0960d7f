"""SQLite has one writer: within a process whoever asked first writes first, and nobody keeps the turn."""

from __future__ import annotations

import threading
import time

import pytest
from sqlalchemy import select

from core.platform.masterdata.models import School
from core.storage.writer_queue import FairLock
from tests.support import HOME


@pytest.fixture(params=["sqlite"])
def backend(request):
    """PostgreSQL locks rows, not files."""
    return request.param


def test_the_turn_goes_round_in_the_order_of_asking():
    turns, order = FairLock(), []
    assert turns.acquire()

    def wait(number: int) -> None:
        turns.acquire()
        order.append(number)
        turns.release()

    threads = []
    for number in range(8):
        thread = threading.Thread(target=wait, args=(number,))
        thread.start()
        threads.append(thread)
        while len(turns._waiting) <= number:
            time.sleep(0.001)
    turns.release()
    for thread in threads:
        thread.join()
    assert order == list(range(8))
    assert turns.acquire(), "free again"


def test_who_waits_too_long_goes_on_without_and_leaves_no_hole():
    turns = FairLock()
    turns.acquire()
    assert not turns.acquire(timeout=0.01)
    turns.release()
    assert turns.acquire(timeout=0.01)


def test_a_transaction_that_fails_gives_its_turn_back(world):
    with pytest.raises(RuntimeError), world.session(HOME) as session:
        session.scalars(select(School)).first()
        raise RuntimeError
    started = time.monotonic()
    with world.session(HOME) as session:
        session.scalars(select(School)).first().subdistrict = "ใหม่"
    assert time.monotonic() - started < 5


def test_readers_wait_for_no_turn(world):
    with world.session(HOME) as session:
        session.scalars(select(School)).first().subdistrict = "กำลังเขียน"
        session.flush()
        with world.database.district(session.scope.district_id, "test", write=False) as reader:
            assert reader.scalars(select(School.subdistrict)).first() != "กำลังเขียน"

"""The number engine keeps the guarantees of an audit."""

from __future__ import annotations

import multiprocessing
import threading
import time
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from core.base.errors import RuleError
from core.base.text.thai import buddhist_year, today
from core.platform.masterdata.models import Unit
from core.platform.numbering import engine
from core.platform.numbering.engine import BookKey
from core.platform.numbering.models import LedgerNumber
from core.storage.database import Database
from core.storage.writer_queue import FairLock
from plugins.saraban.models.letters import CIRCULAR, INCOMING, IncomingLetter
from tests.support import HOME, OTHER

BOOK = "test.book"
TODAY = date(2026, 11, 21)


def take(session, unit, **kw):
    return engine.allocate(session, unit, BOOK, **{"today": TODAY, "actor_name": "ท", **kw})


def numbers(session, **where):
    rows = session.scalars(select(LedgerNumber).filter_by(book=BOOK, **where).order_by(LedgerNumber.id))
    return [row.text for row in rows]


def test_numbers_run_from_one_without_gap(world):
    unit = world.unit()
    with world.session() as s:
        for _ in range(5):
            take(s, unit)
        assert numbers(s) == ["1", "2", "3", "4", "5"]


def test_a_number_taken_in_a_failed_transaction_goes_to_the_next(world):
    unit = world.unit()
    with pytest.raises(RuntimeError), world.session() as s:
        take(s, unit)
        raise RuntimeError
    with world.session() as s:
        assert take(s, unit)[0].number == 1


def test_who_asked_first_at_a_book_has_the_lower_number(world):
    """On PostgreSQL the turns are a book's; SQLite's, of every writing transaction, are tested with the turns."""
    if world.backend != "postgresql":
        return
    unit, got, threads = world.unit(), {}, []

    def register(who: int) -> None:
        with world.session() as session:
            got[who] = take(session, unit)[0].number

    with world.session() as slow:
        take(slow, unit)
        queue = next(one for one in world.database.memory.values() if isinstance(one, FairLock))
        for who in range(5):
            threads.append(threading.Thread(target=register, args=(who,)))
            threads[-1].start()
            until = time.monotonic() + 20
            while len(queue._waiting) <= who and time.monotonic() < until:
                time.sleep(0.01)
            assert len(queue._waiting) == who + 1
    for thread in threads:
        thread.join()
    assert got == {who: who + 2 for who in range(5)}


def test_a_registrar_who_fails_hands_the_book_on(world):
    unit, done = world.unit(), threading.Event()

    def register() -> None:
        with world.session() as session:
            take(session, unit)
        done.set()

    with pytest.raises(RuntimeError), world.session() as session:
        take(session, unit)
        waiting = threading.Thread(target=register)
        waiting.start()
        raise RuntimeError
    assert done.wait(10)
    waiting.join()


def test_each_unit_and_each_district_has_its_own_run(world):
    with world.session() as s:
        office, group = s.scalars(select(Unit.id).where(Unit.kind != "school").order_by(Unit.id).limit(2))
        assert [take(s, office)[0].number, take(s, group)[0].number] == [1, 1]
    other = world.unit("office", OTHER)
    with world.session(OTHER) as s:
        assert take(s, other)[0].number == 1


def test_numbering_restarts_on_1_january_by_bangkok_s_clock(world):
    unit = world.unit()
    new_year_in_bangkok = today(datetime(2026, 12, 31, 17, 30, tzinfo=UTC))
    assert new_year_in_bangkok == date(2027, 1, 1)
    with world.session() as s:
        take(s, unit, today=date(2026, 12, 31))
        first = take(s, unit, today=new_year_in_bangkok)[0]
        assert (first.number, first.year) == (1, 2570)


def test_last_year_s_book_is_closed_until_it_is_reopened_with_a_reason(world):
    unit = world.unit()
    key = BookKey(unit, BOOK, 2568)
    with world.session() as s:
        take(s, unit, today=date(2025, 12, 30))
        with pytest.raises(RuleError, match="closed"):
            take(s, unit, year=2568)
        with pytest.raises(RuleError) as refused:
            engine.reopen(s, key, reason=" ", today=TODAY)
        assert refused.value.field == "reason"
        engine.reopen(s, key, reason="หนังสือตกค้าง", today=TODAY)
        s.flush()
        assert take(s, unit, year=2568)[0].number == 2
        engine.reopen(s, key, reason="ครบแล้ว", today=TODAY, open_=False)
        s.flush()
        with pytest.raises(RuleError, match="closed"):
            take(s, unit, year=2568)


def test_next_year_s_book_has_not_begun(world):
    with world.session() as s, pytest.raises(RuleError, match="not begun"):
        take(s, world.unit(), year=2570)


def test_a_paper_book_that_ended_at_205_goes_on_at_206(world):
    unit = world.unit()
    with world.session() as s:
        engine.set_start(s, BookKey(unit, BOOK, 2569), 206, TODAY)
        s.flush()
        assert take(s, unit)[0].number == 206
        found = engine.check(s, BookKey(unit, BOOK, 2569), IncomingLetter, TODAY)
        assert (found.first, found.missing) == (206, [])


def test_the_start_never_lies_at_or_below_an_issued_number(world):
    unit = world.unit()
    with world.session() as s:
        take(s, unit, count=7)
        with pytest.raises(RuleError, match="issued already") as refused:
            engine.set_start(s, BookKey(unit, BOOK, 2569), 7, TODAY)
        assert refused.value.field == "number"
        with pytest.raises(RuleError, match="begun"):
            engine.set_start(s, BookKey(unit, BOOK, 2569), 20, TODAY)


def reserve(session, unit, **kw):
    defaults = {
        "today": TODAY,
        "actor_name": "ท",
        "reason": "คำสั่งด่วน",
        "expires_on": TODAY + timedelta(days=3),
    }
    return engine.reserve(session, unit, BOOK, **{**defaults, **kw})


def test_a_reservation_is_used_once(world):
    unit = world.unit()
    with world.session() as s:
        held = reserve(s, unit, count=3)
        assert [row.number for row in held] == [1, 2, 3]
        assert take(s, unit)[0].number == 4
        assert engine.use_reserved(s, held[1].id, unit, BOOK, TODAY).state == "used"
        with pytest.raises(RuleError):
            engine.use_reserved(s, held[1].id, unit, BOOK, TODAY)


def test_an_expired_reservation_stays_cancelled_and_is_never_reused(world):
    unit = world.unit()
    later = TODAY + timedelta(days=4)
    with world.session() as s:
        held = reserve(s, unit)[0]
        with pytest.raises(RuleError, match="expired"):
            engine.use_reserved(s, held.id, unit, BOOK, later)
        assert engine.expire(s, later) >= 1
        s.flush()
        assert held.state == "expired"
        assert take(s, unit, today=later)[0].number == 2
        found = engine.check(s, BookKey(unit, BOOK, 2569), IncomingLetter, later)
        assert [row.number for row in found.cancelled] == [1]
        assert found.missing == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reason": "  "}, "reason"),
        ({"expires_on": TODAY - timedelta(days=1)}, "expires_on"),
        ({"expires_on": TODAY + timedelta(days=400)}, "expires_on"),
        ({"count": 0}, "count"),
        ({"count": 201}, "count"),
    ],
)
def test_a_reservation_that_breaks_a_rule_takes_no_number(world, changes, field):
    unit = world.unit()
    with world.session() as s:
        with pytest.raises(RuleError) as refused:
            reserve(s, unit, **changes)
        assert refused.value.field == field
        assert numbers(s) == []


def test_an_inserted_number_keeps_the_main_run_gapless(world):
    unit = world.unit()

    def insert(s, base, reason="ตกหล่น"):
        return engine.insert_after(s, unit, BOOK, year=2569, base=base, today=TODAY, actor_name="ท", reason=reason)

    with world.session() as s:
        take(s, unit, count=3)
        assert [insert(s, 2).text, insert(s, 2).text] == ["2/1", "2/2"]
        assert take(s, unit)[0].number == 4
        with pytest.raises(RuleError, match="not been issued") as refused:
            insert(s, 9)
        assert refused.value.field == "base"
        with pytest.raises(RuleError):
            insert(s, 2, reason="")


def test_a_cancelled_number_stays_legible_with_its_reason(world):
    unit = world.unit()
    with world.session() as s:
        row = take(s, unit)[0]
        with pytest.raises(RuleError):
            engine.cancel(s, row.id, " ")
        engine.cancel(s, row.id, "ออกซ้ำ")
        s.flush()
        assert (row.state, row.reason) == ("cancelled", "ออกซ้ำ")
        with pytest.raises(RuleError):
            engine.cancel(s, row.id, "อีกครั้ง")
        assert take(s, unit)[0].number == 2


def test_the_book_check_finds_missing_doubled_and_orphaned_numbers(world):
    unit, district, year = world.unit(), world.district_id(), world.fullest_year()
    with world.session() as s:
        key = BookKey(unit, INCOMING, year)
        found = engine.check(s, key, IncomingLetter, today())
        assert found.whole
        assert found.used == found.last > 3
        used = s.scalars(
            select(LedgerNumber).filter_by(unit_id=unit, book=INCOMING, year=year).order_by(LedgerNumber.number)
        ).all()
        first, second = (row.id for row in used[:2])
    world.owner(f"update core_number set number = 900001 where id = {first} and district_id = {district}")
    world.owner(f"update saraban_incoming set book = 'x' where number_id = {second} and district_id = {district}")
    with world.session() as s:
        found = engine.check(s, key, IncomingLetter, today())
    assert found.missing == [1]
    assert [row.id for row in found.orphaned] == [second]
    assert not found.whole


def test_the_unique_key_holds_if_the_engine_ever_failed(world):
    unit = world.unit()
    with pytest.raises(IntegrityError), world.session() as s:
        row = take(s, unit)[0]
        s.add(
            LedgerNumber(
                unit_id=unit,
                book=BOOK,
                year=row.year,
                number=row.number,
                suffix=0,
                state="used",
                taken_on=TODAY,
            )
        )
        s.flush()


def _worker(settings, district_id, unit, rounds, start):
    from core.ops.application import _start_once
    from core.storage.scope import Scope

    _start_once()
    database = Database(settings)
    start.wait()
    for index in range(rounds):
        try:
            with database.open(Scope("load", district_id, write=True)) as session:
                engine.allocate(session, unit, BOOK, today=TODAY, actor_name="ท")
                if index % 10 == 9:
                    raise RuntimeError("one in ten changes its mind")
        except RuntimeError:
            pass


def test_four_processes_at_once_leave_no_gap_and_no_double(world):
    """A short form of bench/number_engine.py (4 × 2,000), with every tenth transaction rolled back."""
    unit, district_id, rounds = world.unit(), world.district_id(HOME), 50
    world.database.dispose()
    context = multiprocessing.get_context("spawn")
    start = context.Event()
    processes = [
        context.Process(target=_worker, args=(world.khet.settings, district_id, unit, rounds, start)) for _ in range(4)
    ]
    for process in processes:
        process.start()
    start.set()
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0] * 4
    with world.session() as s:
        taken = sorted(int(text) for text in numbers(s))
    assert taken == list(range(1, 4 * rounds * 9 // 10 + 1))


def test_the_registrar_s_pages(world):
    """Reserve, insert, start, reopen and check, as the clerk of the office does it."""
    unit = world.unit()
    browser = world.browser(f"clerk.{HOME}")
    base = f"/books/{unit}/{INCOMING}/"
    assert browser.submit(base + "reserve", count="3", reason="รองรับคำสั่ง").status_code == 302
    assert "รองรับคำสั่ง" in browser.get(base).get_data(as_text=True)
    assert browser.submit(base + "insert", base="1", reason="ตกหล่น").status_code == 302
    page = browser.submit(base + "insert", base="999999", reason="ตกหล่น")
    assert page.status_code == 422
    assert any("not been issued" in error for error in browser.errors())
    assert browser.submit(base + "start", number="5").status_code == 422
    last_year = buddhist_year(today()) - 1
    assert browser.submit(f"{base}reopen?year={last_year}", reason="ตกค้าง").status_code == 302
    with world.session() as s:
        row = engine.counter(s, BookKey(unit, INCOMING, last_year))
        assert row is not None
        assert row.reopened
    circulars = f"/books/{world.unit('group')}/{CIRCULAR}/"
    assert browser.get(circulars).status_code == 404, "a group's book is its own clerk's"
    empty = f"/books/{unit}/{CIRCULAR}/start?year=2600"
    assert browser.submit(empty, number="5").status_code == 422

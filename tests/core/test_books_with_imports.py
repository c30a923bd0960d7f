"""A number book into which an old register is taken, and out of which it is taken again: counter, proof and gaps."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from core.base.text.thai import buddhist_year, today
from core.exchange.imports import book_repair
from core.exchange.imports.models import CHECKED, DONE, UNDONE
from core.platform.jobs import runner
from core.platform.numbering import engine
from core.platform.numbering.engine import BookKey
from core.platform.numbering.models import Counter, LedgerNumber
from core.plugins import migrate
from plugins.saraban.models.letters import INCOMING, IncomingLetter
from tests.core.test_imports import load, old_register, take
from tests.support import HOME

YEAR = buddhist_year(today())
#: a year of which the demo has no letter
EMPTY = YEAR - 4


@pytest.fixture
def clerk(world):
    return world.browser(f"clerk.{HOME}")


def key(world, year: int = YEAR) -> BookKey:
    return BookKey(world.unit(), INCOMING, year)


def check(world, year: int = YEAR) -> engine.BookCheck:
    book = key(world, year)
    with world.session(HOME, f"clerk.{HOME}") as s:
        return engine.check(s, book, IncomingLetter, today())


def taken_in(world, clerk, numbers, year: int = YEAR):
    """An import of these numbers."""
    batch = take(world, clerk, old_register(world, clerk, [f"{n},,,สพฐ.,,เรื่อง {n}," for n in numbers], year))
    assert batch.state == DONE, batch.problem
    return batch


def taken_back(world, clerk, batch) -> None:
    clerk.post(f"/imports/{batch.id}/undo")
    runner.run_all(world.app)
    assert load(world, batch.id).state == UNDONE


def next_number(world, clerk) -> int:
    """The number that the next letter gets through the form."""
    made = clerk.submit(f"/saraban/incoming/new?unit_id={world.unit()}", sender="สพฐ.", subject="ฉบับถัดไป")
    assert made.status_code == 302, clerk.errors()
    with world.session(HOME, f"clerk.{HOME}") as s:
        return s.scalars(select(IncomingLetter.number).order_by(IncomingLetter.id.desc())).first()


def test_a_register_taken_into_a_book_in_use_leaves_counter_proof_and_undo_right(world, clerk):
    last = check(world).last
    batch = taken_in(world, clerk, range(last + 100, last + 104))
    clerk.get(f"/imports/{batch.id}")
    assert f"{last + 1}–{last + 99}" in clerk.text, "who took it in reads what has no proof"
    found = check(world)
    assert (found.first, found.last, found.whole) == (1, last + 103, False)
    assert found.missing == list(range(last + 1, last + 100))
    page = f"/books/{world.unit()}/{INCOMING}/"
    clerk.get(page)
    assert "The book is not complete" in clerk.text
    assert f"{last + 1}–{last + 99}" in clerk.text
    taken_back(world, clerk, batch)
    found = check(world)
    assert (found.first, found.last, found.whole) == (1, last, True)
    clerk.get(page)
    assert "The book is complete" in clerk.text
    assert next_number(world, clerk) == last + 1


def test_where_a_number_was_taken_since_the_undo_gives_none_out_twice(world, clerk):
    last = check(world).last
    batch = taken_in(world, clerk, [last + 10, last + 12])
    assert next_number(world, clerk) == last + 13
    taken_back(world, clerk, batch)
    found = check(world)
    assert (found.first, found.last) == (1, last + 13)
    assert found.missing == list(range(last + 1, last + 13)), "the declared gap went with its register"
    assert next_number(world, clerk) == last + 14


def test_lines_whose_numbers_are_in_the_book_change_nothing_there(world, clerk):
    last = check(world).last
    batch = taken_in(world, clerk, [last - 1, last, last + 1, last + 2])
    assert batch.taken == 2
    assert check(world).whole
    taken_back(world, clerk, batch)
    assert (check(world).last, check(world).whole) == (last, True)


def test_an_import_that_stopped_half_way_gives_the_counter_back_too(world, clerk):
    last = check(world).last
    batch = old_register(world, clerk, [f"{last + 50},,,สพฐ.,,หนึ่ง,"], YEAR)
    clerk.post(f"/imports/{batch.id}/take")
    assert check(world).last == last + 50, "clerks take numbers behind it meanwhile"
    world.owner(f"update core_job set state = 'failed' where id = {load(world, batch.id).job_id}")
    taken_back(world, clerk, batch)
    assert (check(world).last, check(world).whole) == (last, True)


#: (steps, first, last, what is missing); in: a register of these numbers, out: its undo, start: the paper book ended
#: before, hold: so many numbers reserved, insert: a number behind another
STORIES = {
    "into an empty book": ("in A 10 12", 1, 12, "1–9"),
    "and out again": ("in A 10 12|out A", 1, 0, ""),
    "numbers given since stay": ("in A 10 12|hold 2|out A", 13, 14, ""),
    "two registers": ("in A 10 12|in B 1 3", 1, 12, "4–9"),
    "the later out": ("in A 10 12|in B 1 3|out B", 1, 12, "1–9"),
    "the earlier out": ("in A 10 12|in B 1 3|out A", 1, 3, ""),
    "both out, the later first": ("in A 10 12|in B 1 3|out B|out A", 1, 0, ""),
    "both out, the earlier first": ("in A 10 12|in B 1 3|out A|out B", 1, 0, ""),
    "below the paper book's end": ("start 6|hold 1|in A 1 3", 1, 6, "4–5"),
    "right below it": ("start 60|in A 50 59", 1, 59, "1–49"),
    "below it and out": ("start 6|in A 1 3|out A", 6, 5, ""),
    "over it and out": ("start 6|in A 20 21|out A", 6, 5, ""),
    "over it leaves what lies between": ("start 6|in A 9 10", 6, 10, "6–8"),
    "an inserted number stays above the counter's way": ("in A 10 12|insert 11|out A", 1, 11, "1–11"),
}


@pytest.mark.parametrize("story", STORIES, ids=str)
def test_registers_come_and_go_in_any_order(world, clerk, story):
    steps, first, last, missing = STORIES[story]
    book, batches = key(world, EMPTY), {}
    facts = {"today": today(), "actor_name": "ท"}
    with world.session(HOME, f"clerk.{HOME}") as s:
        engine.keep_clear(s, book.unit_id, book.book, EMPTY, 0)
        engine.reopen(s, book, reason="หนังสือตกค้าง", today=today())
    for step in steps.split("|"):
        what, *more = step.split()
        if what == "in":
            batches[more[0]] = taken_in(world, clerk, range(int(more[1]), int(more[2]) + 1), EMPTY)
        elif what == "out":
            taken_back(world, clerk, batches[more[0]])
        else:
            with world.session(HOME, f"clerk.{HOME}") as s:
                if what == "start":
                    engine.set_start(s, book, int(more[0]), today())
                elif what == "hold":
                    until = today() + timedelta(days=3)
                    engine.allocate(
                        s, book.unit_id, book.book, year=EMPTY, count=int(more[0]), state="reserved",
                        expires_on=until, **facts,
                    )  # fmt: skip
                else:
                    base = int(more[0])
                    engine.insert_after(s, book.unit_id, book.book, year=EMPTY, base=base, reason="ตกหล่น", **facts)
    found = check(world, EMPTY)
    assert (found.first, found.last, book_repair.runs(found.missing)) == (first, last, missing)
    assert found.whole == (not missing)
    with world.session(HOME, f"clerk.{HOME}") as s:
        assert engine.allocate(s, book.unit_id, book.book, year=EMPTY, **facts)[0].number == last + 1


def test_a_registrar_accounts_for_missing_numbers_with_a_reason(world, clerk):
    last = check(world).last
    taken_in(world, clerk, [last + 6])
    page = f"/books/{world.unit()}/{INCOMING}/"
    assert clerk.submit(page + "account", reason=" ").status_code == 422
    typed = {"numbers": f"1–{last}", "reason": "ไม่มีอะไรขาด"}
    assert clerk.submit(page + "account", **typed).status_code == 422
    assert any("None of these numbers is missing" in error for error in clerk.errors())
    for wrong in ("สาม", "5-3", "0", "1-2000", "1,,x"):
        assert clerk.submit(page + "account", numbers=wrong, reason="ก").status_code == 422
        assert clerk.fields()["numbers"] == [wrong]
    clerk.get(page + "account")
    assert clerk.fields()["numbers"] == [f"{last + 1}–{last + 5}"]
    assert clerk.submit(page + "account", reason="สมุดเล่มเก่าข้ามเลข").status_code == 302
    found = check(world)
    assert found.whole
    assert [(row.number, row.reason) for row in found.cancelled][-5:] == [
        (n, "สมุดเล่มเก่าข้ามเลข") for n in range(last + 1, last + 6)
    ]
    assert world.count("core_timeline", "action = 'core.book.accounted'") == 1
    clerk.get(page)
    assert f"{last + 1}–{last + 5} (สมุดเล่มเก่าข้ามเลข)" in clerk.text
    assert next_number(world, clerk) == last + 7


def test_after_refused_lines_the_truly_empty_numbers_are_accounted_for_in_one_place(world, clerk):
    """Those of the refused lines are not among them: their letters come with the mended lines."""
    rows = [f"{n},,,สพฐ.,,{'' if n in (5, 8) else 'เรื่อง'}," for n in (1, 2, 5, 8, 10)]
    batch = take(world, clerk, old_register(world, clerk, rows, EMPTY))
    assert (batch.state, batch.taken) == (DONE, 3), batch.problem
    assert check(world, EMPTY).missing == [3, 4, 5, 6, 7, 8, 9]
    clerk.get(f"/imports/{batch.id}")
    assert "3–4, 6–7, 9" in clerk.text
    (address,) = clerk.tree.xpath("//a[contains(@href, '/account')]/@href")
    assert clerk.submit(address, reason="สมุดเดิมข้ามเลข").status_code == 302
    assert check(world, EMPTY).missing == [5, 8]
    clerk.get(f"/imports/{batch.id}")
    assert not clerk.tree.xpath("//a[contains(@href, '/account')]")
    mended = take(world, clerk, old_register(world, clerk, ["๕,,,สพฐ.,,ห้า,", "8,,,สพฐ.,,แปด,"], EMPTY))
    assert mended.taken == 2
    assert check(world, EMPTY).whole


@pytest.mark.parametrize(
    ("typed", "numbers"),
    [
        ("3, 7–9", {3, 7, 8, 9}), ("๓ ๗-๙", {3, 7, 8, 9}), ("1 - 3;5", {1, 2, 3, 5}), ("12", {12}), ("", set()),
        (book_repair.as_typed([1, 2, 3, 9, 11, 12], 99), {1, 2, 3, 9, 11, 12}),
        (book_repair.as_typed(range(1, 2_000, 2), 20), {1, 3, 5, 7, 9, 11}),
    ],
)  # fmt: skip
def test_numbers_are_read_as_they_are_written(typed, numbers):
    assert book_repair.read_runs(typed) == numbers


def test_a_number_whose_letter_is_gone_is_accounted_for_too(world, clerk):
    year, unit = world.fullest_year(), world.unit()
    number = f"(select max(number) from core_number where unit_id = {unit} and book = '{INCOMING}' and year = {year})"
    world.owner(
        f"update saraban_incoming set book = 'x' where unit_id = {unit} and year = {year} and number = {number}"
    )
    (lost,) = check(world, year).orphaned
    page = f"/books/{unit}/{INCOMING}/account?year={year}"
    assert clerk.submit(page, reason="ลบไปจากระบบเดิม").status_code == 302
    found = check(world, year)
    assert found.whole
    assert found.cancelled[-1].number == lost.number


@pytest.mark.parametrize("by", [300, -2], ids=["above", "below"])
def test_a_counter_that_ran_away_is_put_behind_the_last_number_with_a_reason(world, clerk, by):
    last = check(world).last
    world.owner(
        f"update core_counter set last = last + ({by}) where unit_id = {world.unit()} and year = {YEAR} "
        f"and book = '{INCOMING}'"
    )
    page = f"/books/{world.unit()}/{INCOMING}/"
    clerk.get(page)
    assert "The book is not complete" in clerk.text
    assert clerk.submit(page + "settle", reason=" ").status_code == 422
    assert clerk.submit(page + "settle", reason="ถอนการนำเข้าแล้วเลขค้าง").status_code == 302
    assert check(world).whole
    assert world.count("core_timeline", "action = 'core.book.settled'") == 1
    assert clerk.submit(page + "settle", reason="อีกครั้ง").status_code == 422, "the two agree"
    assert next_number(world, clerk) == last + 1


def test_a_book_is_not_mended_while_a_register_is_being_taken_in(world, clerk):
    last = check(world).last
    batch = old_register(world, clerk, [f"{last + 50},,,สพฐ.,,หนึ่ง,"], YEAR)
    clerk.post(f"/imports/{batch.id}/take")
    page = f"/books/{world.unit()}/{INCOMING}/"
    for step in ("account", "settle"):
        assert clerk.submit(page + step, reason="รีบ").status_code == 422
        assert any("Let it end first" in error for error in clerk.errors())
    assert check(world).last == last + 50


def test_what_lies_below_an_old_register_is_asked_about_and_settled_by_its_registrar(world, clerk):
    batch = taken_in(world, clerk, range(50, 61), EMPTY)
    clerk.get(f"/imports/{batch.id}")
    assert "1–49" in clerk.text
    said = {"reason": "อยู่ในสมุดเล่มก่อน", "today": today(), "actor_name": "ท"}
    with world.session(HOME, f"clerk.{HOME}") as s:
        assert book_repair.account_for(s, key(world, EMPTY), IncomingLetter, set(range(1, 50)), **said) == 49
    found = check(world, EMPTY)
    assert (found.first, found.last, found.whole, len(found.cancelled)) == (1, 60, True, 49)


def test_an_upgrade_puts_beginnings_right_that_an_import_had_moved(world, clerk):
    """core0006: `first` was the lowest number of a register that was taken in."""
    last = check(world).last
    taken_in(world, clerk, [last + 5])
    taken_in(world, clerk, [10, 11], EMPTY)
    engine_ = world.database.owner_engine()
    migrate.downgrade(engine_, world.khet.registry, "core", "core0005")
    world.owner(f"update core_counter set first = {last + 5} where year = {YEAR} and book = '{INCOMING}'")
    with world.session(HOME) as s:
        old = s.scalars(select(Counter.first).where(Counter.year == EMPTY)).one()
    assert old == 10
    migrate.upgrade(engine_, world.khet.registry)
    engine_.dispose()
    found = check(world)
    assert (found.first, found.missing) == (1, list(range(last + 1, last + 5)))
    assert (check(world, EMPTY).first, check(world, EMPTY).missing) == (1, list(range(1, 10)))
    with world.session(HOME) as s:
        assert s.scalars(select(Counter.first).where(Counter.year == EMPTY)).one() == 0


def test_what_stood_in_the_register_and_its_gaps_is_gone_with_the_undo(world, clerk):
    batch = taken_in(world, clerk, [1, 4], EMPTY)
    assert [row.number for row in check(world, EMPTY).cancelled] == [2, 3]
    taken_back(world, clerk, batch)
    with world.session(HOME, f"clerk.{HOME}") as s:
        assert s.scalars(select(LedgerNumber.id).where(LedgerNumber.year == EMPTY)).all() == []
    assert old_register(world, clerk, ["2,,,สพฐ.,,สอง,"], EMPTY).state == CHECKED

"""Takes numbers: unique and gapless per (district, unit, book, calendar year พ.ศ.), by Bangkok's date.

The counter row is locked from the moment a number is taken to the commit, so callers check everything
first and take the number last. Rules: domain notes on saraban §5 (ระเบียบงานสารบรรณ; live systems' traps).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import bindparam, case, func, select
from sqlalchemy.dialects import postgresql, sqlite

from core.base.errors import NotFound, RuleError
from core.base.text.thai import buddhist_year
from core.platform.masterdata.models import Unit
from core.platform.numbering.models import (
    CANCELLED,
    EXPIRED,
    RESERVED,
    USED,
    Counter,
    LedgerNumber,
    Numbered,
    NumberedLater,
)
from core.platform.timeline import recorder
from core.storage import writer_queue
from core.storage.base import Model
from core.storage.scope import RAW, KhetSession

MAX_AT_ONCE = 200
LONGEST_RESERVATION = timedelta(days=90)


@dataclass(frozen=True)
class BookKey:
    """One run of numbers: a book of a unit in a calendar year (พ.ศ.)."""

    unit_id: int
    book: str
    year: int


@lru_cache
def _upsert(dialect: str, gives: bool) -> Any:
    """Begin a counter, or move it on. Made once: making it costs as much as executing it."""
    table = Model.metadata.tables[Counter.__tablename__]
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    named: dict[str, Any] = {name: bindparam(name) for name in ("district_id", "unit_id", "book", "year", "last")}
    moved = {"last": table.c.last + named["last"]}
    if gives:  # the first number that is given here says where the book begins
        moved["first"] = case((table.c.first == 0, table.c.last + 1), else_=table.c.first)
    return (
        insert(table)
        .values(**named, first=int(gives), reopened=False)
        .on_conflict_do_update(index_elements=["district_id", "unit_id", "book", "year"], set_=moved)
        .returning(table.c.last)
    )


def _advance(session: KhetSession, key: BookKey, count: int, *, gives: bool = False) -> int:
    """Move the counter on by `count` and return its new value; holds the row until the commit.

    `gives`: the numbers are given out here, not kept clear for a register that was kept elsewhere.
    """
    session.flush()
    values = {
        "district_id": session.scope.district_id, "unit_id": key.unit_id, "book": key.book, "year": key.year,
        "last": count,
    }  # fmt: skip
    writer_queue.wait_for_turn(session, (session.scope.district_id, key))
    # Raw, because the tenant filter has no criterion for an upsert; the district is stated above and RLS checks it.
    upsert = _upsert(session.get_bind().dialect.name, gives)
    return int(session.execute(upsert, values, execution_options=RAW).scalar_one())


def counter(session: KhetSession, key: BookKey) -> Counter | None:
    """The counter row, None before the first number."""
    return session.scalars(
        select(Counter)
        .filter_by(unit_id=key.unit_id, book=key.book, year=key.year)
        .execution_options(populate_existing=True)
    ).first()


def _require_unit(session: KhetSession, key: BookKey) -> None:
    if not session.scalar(select(Unit.active).where(Unit.id == key.unit_id)):
        raise RuleError(_("This unit has ended: its books give no number any more."))


def _require_open(session: KhetSession, key: BookKey, today: date) -> None:
    current = buddhist_year(today)
    _require_unit(session, key)
    if key.year > current:
        raise RuleError(_("The book of %(year)s has not begun.", year=key.year), field="year")
    if key.year < current:
        row = counter(session, key)
        if row is None or not row.reopened:
            raise RuleError(_("The book of %(year)s is closed.", year=key.year), field="year")


def allocate(
    session: KhetSession,
    unit_id: int,
    book: str,
    *,
    today: date,
    actor_name: str,
    year: int | None = None,
    count: int = 1,
    state: str = USED,
    reason: str = "",
    expires_on: date | None = None,
) -> list[LedgerNumber]:
    """The next `count` numbers of a book, in order, in this transaction.

    `today` is Bangkok's date and decides the year (พ.ศ.) unless `year` names a reopened book.
    Raises RuleError for a closed or future book and for a count outside 1–200.
    """
    if not 1 <= count <= MAX_AT_ONCE:
        raise RuleError(_("Take between 1 and %(most)s numbers at once.", most=MAX_AT_ONCE), field="count")
    key = BookKey(unit_id, book, year or buddhist_year(today))
    _require_open(session, key, today)
    last = _advance(session, key, count, gives=True)
    numbers = [
        LedgerNumber(
            unit_id=unit_id,
            book=book,
            year=key.year,
            number=number,
            suffix=0,
            state=state,
            taken_on=today,
            taken_by=actor_name,
            reason=reason,
            expires_on=expires_on,
        )
        for number in range(last - count + 1, last + 1)
    ]
    session.add_all(numbers)
    session.flush()
    return numbers


def give(session: KhetSession, record: Numbered | NumberedLater, unit_id: int, *, today: date, by: str) -> None:
    """Give a record the next number of its book at that unit. Raises as `allocate` does."""
    bear(record, allocate(session, unit_id, record.BOOK, today=today, actor_name=by)[0])


def bear(record: Numbered | NumberedLater, number: LedgerNumber) -> None:
    """The record stands under this number of its book."""
    record.book, record.year, record.number, record.number_id = number.book, number.year, number.number, number.id


def reserve(
    session: KhetSession,
    unit_id: int,
    book: str,
    *,
    today: date,
    actor_name: str,
    reason: str,
    expires_on: date,
    count: int = 1,
) -> list[LedgerNumber]:
    """จองเลข: numbers set aside for who, why and until when; also the bulk issue for a stack of letters.

    An expired reservation stays in the book as cancelled and is never given out again.
    """
    if not reason.strip():
        raise RuleError(_("Say what the numbers are for."), field="reason")
    if expires_on < today:
        raise RuleError(_("The date lies in the past."), field="expires_on")
    if expires_on > today + LONGEST_RESERVATION:
        raise RuleError(_("A reservation lasts 90 days at most."), field="expires_on")
    return allocate(
        session, unit_id, book, today=today, actor_name=actor_name, count=count, state=RESERVED,
        reason=reason, expires_on=expires_on,
    )  # fmt: skip


def insert_after(
    session: KhetSession,
    unit_id: int,
    book: str,
    *,
    year: int,
    base: int,
    today: date,
    actor_name: str,
    reason: str,
) -> LedgerNumber:
    """เลขแทรก: the next free "base/n", reserved for today; the main run stays gapless.

    Raises RuleError when the base number was never issued, no reason is given, or the book is closed.
    """
    if not reason.strip():
        raise RuleError(_("Say why a number is inserted."), field="reason")
    key = BookKey(unit_id, book, year)
    _require_open(session, key, today)
    # The counter's lock orders two registrars who insert after the same number.
    last = _advance(session, key, 0)
    if not 1 <= base <= last:
        raise RuleError(_("Number %(number)s has not been issued yet.", number=base), field="base")
    highest = session.scalar(
        select(func.max(LedgerNumber.suffix)).where(
            LedgerNumber.unit_id == unit_id,
            LedgerNumber.book == book,
            LedgerNumber.year == year,
            LedgerNumber.number == base,
        )
    )
    row = LedgerNumber(
        unit_id=unit_id, book=book, year=year, number=base, suffix=(highest or 0) + 1, state=RESERVED,
        taken_on=today, taken_by=actor_name, reason=reason, expires_on=today + timedelta(days=7),
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def use_reserved(session: KhetSession, number_id: int, unit_id: int, book: str, today: date) -> LedgerNumber:
    """Turn a reserved number into a used one. Raises RuleError if it is gone, used, or expired."""
    row = session.scalars(
        select(LedgerNumber)
        .where(LedgerNumber.id == number_id, LedgerNumber.unit_id == unit_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()
    if row is None or row.state != RESERVED:
        raise RuleError(_("That reserved number is no longer free."), field="reserved")
    if row.book != book:
        raise RuleError(
            _("That number is reserved in another book. Choose the next number, or one of this book."),
            field="reserved",
        )
    if row.expires_on is not None and row.expires_on < today:
        raise RuleError(_("That reservation has expired."), field="reserved")
    row.state = USED
    session.flush()
    return row


def reserved(session: KhetSession, unit_id: int, books: Iterable[str], today: date) -> list[LedgerNumber]:
    """A unit's reserved numbers in these books that can still be used, in order; at most 100."""
    return list(
        session.scalars(
            select(LedgerNumber)
            .where(
                LedgerNumber.unit_id == unit_id,
                LedgerNumber.book.in_(list(books)),
                LedgerNumber.state == RESERVED,
                LedgerNumber.expires_on >= today,
            )
            .order_by(LedgerNumber.book, LedgerNumber.year, LedgerNumber.number, LedgerNumber.suffix)
            .limit(100)
        )
    )


def keep_clear(session: KhetSession, unit_id: int, book: str, year: int, last: int) -> None:
    """Numbers up to `last` belong to a register that is being taken in: the next clerk gets one behind it."""
    key = BookKey(unit_id, book, year)
    before = _advance(session, key, 0)
    if before < last:
        _advance(session, key, last - before)


def declare_gaps(
    session: KhetSession, unit_id: int, book: str, year: int, first: int, last: int, *, today: date, actor_name: str,
    reason: str,
) -> list[LedgerNumber]:  # fmt: skip
    """Write a cancelled number, with the reason, for each that is missing from `first` to `last`; returns these."""
    there = set(
        session.scalars(
            select(LedgerNumber.number).where(
                LedgerNumber.unit_id == unit_id, LedgerNumber.book == book, LedgerNumber.year == year,
                LedgerNumber.number.between(first, last), LedgerNumber.suffix == 0,
            )
        )
    )  # fmt: skip
    facts = {"unit_id": unit_id, "book": book, "year": year, "suffix": 0, "taken_on": today, "taken_by": actor_name}
    made = [
        LedgerNumber(**facts, number=number, state=CANCELLED, reason=reason)
        for number in range(first, last + 1)
        if number not in there
    ]
    session.add_all(made)
    session.flush()
    return made


def settle(session: KhetSession, key: BookKey) -> tuple[int, int]:
    """Put the counter behind the last number of the book, or before its first where none was given.

    For when numbers left the book again (an import was taken back) or the two ran apart. Returns (last before, now).
    The row stays locked to the commit, so nobody takes a number meanwhile.
    """
    before = _advance(session, key, 0)
    here = {"district_id": session.scope.district_id, "unit_id": key.unit_id, "book": key.book, "year": key.year}
    # Raw, because numbers of an import that is not seen yet are taken all the same.
    highest = session.scalar(select(func.max(LedgerNumber.number)).filter_by(**here), execution_options=RAW)
    row = counter(session, key)
    assert row is not None
    row.last = max(highest or 0, row.first - 1)
    session.flush()
    return before, row.last


def keep(session: KhetSession, key: BookKey, number: int, *, on: date, by: str) -> LedgerNumber:
    """A number that was given elsewhere, on that day; the caller has seen that it is free."""
    kept = LedgerNumber(
        unit_id=key.unit_id, book=key.book, year=key.year, number=number, suffix=0, state=USED, taken_on=on,
        taken_by=by,
    )  # fmt: skip
    session.add(kept)
    session.flush()
    return kept


def expire(session: KhetSession, today: date) -> int:
    """Mark overdue reservations as expired; returns how many. Run by housekeeping, every district at once."""
    rows = session.scalars(
        select(LedgerNumber).where(LedgerNumber.state == RESERVED, LedgerNumber.expires_on < today).limit(500)
    ).all()
    for row in rows:
        recorder.describe(session, row, "core.number.expired")
        row.state = EXPIRED
    return len(rows)


def cancel(session: KhetSession, number_id: int, reason: str) -> LedgerNumber:
    """Cancel a number: the row stays legible with its reason, and the number is never reused."""
    if not reason.strip():
        raise RuleError(_("Say why it is cancelled."), field="reason")
    row = session.get(LedgerNumber, number_id)
    if row is None:
        raise NotFound
    if row.state in (CANCELLED, EXPIRED):
        raise RuleError(_("This number is cancelled already."))
    recorder.describe(session, row, "core.number.cancelled", reason)
    row.state, row.reason = CANCELLED, reason
    return row


def set_start(session: KhetSession, key: BookKey, number: int, today: date) -> Counter:
    """Begin a book mid-year: the paper book ended at 205, the next number is `number` = 206.

    Raises RuleError below a number already issued: numbers never run backwards.
    """
    _require_open(session, key, today)
    last = _advance(session, key, 0)
    if number <= last:
        raise RuleError(_("Number %(last)s is issued already; the start must be above it.", last=last), field="number")
    if number > 999_999:
        raise RuleError(_("That number is too large."), field="number")
    row = counter(session, key)
    assert row is not None
    issued = session.scalar(
        select(func.count()).select_from(LedgerNumber).filter_by(unit_id=key.unit_id, book=key.book, year=key.year)
    )
    if issued:
        raise RuleError(_("The book has begun; its start can no longer change."), field="number")
    recorder.describe(session, row, "core.book.started", str(number))
    row.last, row.first = number - 1, number
    return row


def reopen(session: KhetSession, key: BookKey, *, reason: str, today: date, open_: bool = True) -> Counter:
    """Reopen a past year's book for late numbers (or close it again); needs a reason."""
    if not reason.strip():
        raise RuleError(_("Say why the book is reopened."), field="reason")
    if key.year >= buddhist_year(today):
        raise RuleError(_("This year's book is open."), field="year")
    _require_unit(session, key)
    row = counter(session, key)
    if row is None:
        raise NotFound
    recorder.describe(session, row, "core.book.reopened" if open_ else "core.book.closed", reason)
    row.reopened = open_
    return row


@dataclass
class BookCheck:
    """What a book's check found for numbers first..last: an auditor's page."""

    first: int
    last: int
    reopened: bool = False
    used: int = 0
    missing: list[int] = field(default_factory=list)
    duplicate: list[int] = field(default_factory=list)
    cancelled: list[LedgerNumber] = field(default_factory=list)
    reserved: list[LedgerNumber] = field(default_factory=list)
    #: numbers marked used whose record is gone
    orphaned: list[LedgerNumber] = field(default_factory=list)
    #: numbers above the counter, which it would give out once more
    ahead: list[int] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Every number is proven: none is missing, doubled, without its record or above the counter."""
        return not (self.missing or self.duplicate or self.orphaned or self.ahead)


def check(session: KhetSession, key: BookKey, model: Any, today: date, unit_column: str = "unit_id") -> BookCheck:
    """Prove a book complete: every number from its first to its last is used, cancelled or reserved.

    Its first is what the office said or gave first. Where an old register brought numbers below that, it is 1:
    what stands below the register's lowest is as unproven as a gap in it, until its registrar accounts for it.
    `model` is the table whose rows carry the numbers (`number_id`). An overdue reservation counts as
    cancelled, marked or not. Reads secret rows' numbers too, never their content: a book with holes could
    not be audited.
    """
    found = checks(session, key.unit_id, key.year, {key.book: model}, today, unit_column)
    return found.get(key.book) or BookCheck(1, 0)


def checks(
    session: KhetSession, unit_id: int, year: int, models: dict[str, Any], today: date, unit_column: str = "unit_id"
) -> dict[str, BookCheck]:
    """`check` of a unit's books of a year: `models` says by book whose rows carry its numbers.

    Books of which no number was taken are left out; two statements and one for each model, however many books.
    """
    here = {"unit_id": unit_id, "year": year}
    counters = session.scalars(select(Counter).filter_by(**here).where(Counter.book.in_(models)).order_by(Counter.book))
    found = {row.book: BookCheck(row.first, row.last, row.reopened) for row in counters}
    records: dict[tuple[str, int], int] = {}
    for model in {models[book] for book in found}:
        carrying = select(model.book, model.number_id, func.count()).where(
            model.district_id == session.scope.district_id, getattr(model, unit_column) == unit_id,
            model.book.in_([book for book in found if models[book] is model]), model.year == year,
        )  # fmt: skip
        for book, number_id, count in session.execute(
            carrying.group_by(model.book, model.number_id), execution_options=RAW
        ):
            records[book, number_id] = count
    main_run: dict[str, set[int]] = {book: set() for book in found}
    ledger = select(LedgerNumber).filter_by(**here).where(LedgerNumber.book.in_(found))
    for entry in session.scalars(ledger.order_by(LedgerNumber.number, LedgerNumber.suffix)):
        result, carried = found[entry.book], records.get((entry.book, entry.id), 0)
        if entry.suffix == 0:
            main_run[entry.book].add(entry.number)
        if carried > 1:
            result.duplicate.append(entry.number)
        overdue = entry.state == RESERVED and entry.expires_on is not None and entry.expires_on < today
        if overdue or entry.state in (CANCELLED, EXPIRED):
            result.cancelled.append(entry)
        elif entry.state == RESERVED:
            result.reserved.append(entry)
        else:
            result.used += 1
            if not carried:
                result.orphaned.append(entry)
    for book, result in found.items():
        lowest = min(main_run[book], default=result.first or 1)
        if not result.first or lowest < result.first:
            result.first = 1
        result.missing = [n for n in range(result.first, result.last + 1) if n not in main_run[book]]
        result.ahead = sorted(n for n in main_run[book] if n > result.last)
    return found

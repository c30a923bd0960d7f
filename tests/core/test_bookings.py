"""Bookings: a person is taken once at a time, whichever module takes it and whoever may read for what."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from core.base.errors import NotFound, RuleError
from core.base.identity import Actor
from core.base.text.thai import today
from core.platform.accounts.services import load_actor
from core.platform.masterdata.models import Person
from core.platform.users import roles
from core.records.bookings import services as bookings
from core.records.bookings.models import Booking
from tests.support import HOME, OTHER

MORNING, NOON, EVENING = (datetime(2026, 12, 7, hour, tzinfo=UTC) for hour in (9, 12, 16))
DAY = timedelta(days=1)


@dataclass
class Visit:
    """A record of some module that takes people's time."""

    id: int
    unit_id: int
    label: str = "ตรวจเยี่ยม"
    secrecy: int = 0
    occupies: Any = ("SchoolView", "core.school")
    __tablename__: str = field(default="leave_visit", init=False)


def actor_of(world, user: str = f"clerk.{HOME}") -> Actor:
    account = world.account(user)
    with world.database.system("test") as session:
        actor = load_actor(session, account.id, roles.rights_by_role(session), today())
    assert actor is not None
    return actor


class Book:
    """What one module does in a transaction of its own."""

    def __init__(self, world, user: str = f"clerk.{HOME}") -> None:
        self.world, self.actor, self.unit = world, actor_of(world, user), world.unit()
        with world.session() as session:
            self.person = session.scalars(select(Person.id).order_by(Person.id)).first() or 0

    def __call__(self, number: int, starts_at=MORNING, ends_at=NOON, *, firm: bool = True, **more: Any) -> None:
        person = more.pop("person", self.person)
        with self.world.session() as session:
            visit = Visit(number, self.unit, **more)
            bookings.book(session, self.actor, visit, [person], starts_at, ends_at, firm=firm, field="start_on")

    def release(self, number: int) -> None:
        with self.world.session() as session:
            bookings.release(session, Visit(number, self.unit))

    def busy(self, starts_at=MORNING, ends_at=EVENING, **more: Any) -> list[bookings.Busy]:
        with self.world.session() as session:
            return bookings.busy(session, self.actor, [self.person], starts_at, ends_at, **more)


@pytest.fixture
def book(world) -> Book:
    return Book(world)


def test_who_is_taken_is_not_taken_twice_and_the_refusal_says_by_what_and_when(world, book):
    book(1, label="ประชุมผู้บริหาร")
    with pytest.raises(RuleError, match=r"ประชุมผู้บริหาร, 7 December 2026|ประชุมผู้บริหาร, .*16") as refused:
        book(2, NOON - timedelta(minutes=1), EVENING)
    assert refused.value.field == "start_on"
    with world.session() as session:
        assert session.get_one(Person, book.person).full_name in refused.value.message
    assert world.count("core_booking", "kind = 'leave_visit'") == 1


def test_one_ends_at_noon_and_the_next_begins_at_noon(book):
    book(1)
    book(2, NOON, EVENING)
    assert [(one.starts_at, one.ends_at) for one in book.busy()] == [(MORNING, NOON), (NOON, EVENING)]
    assert book.busy(EVENING, EVENING + DAY) == []


def test_what_lasts_for_days_takes_the_days_between(book):
    book(1, MORNING, EVENING + 2 * DAY)
    with pytest.raises(RuleError):
        book(2, MORNING + DAY, NOON + DAY)
    book(2, EVENING + 2 * DAY, EVENING + 3 * DAY)


def test_what_is_moved_leaves_its_former_time_free_also_the_second_time(book):
    book(1)
    book(1, NOON, EVENING)
    book(1, MORNING + DAY, NOON + DAY)
    book(2)
    book(3, NOON, EVENING)
    with pytest.raises(RuleError):
        book(1)
    assert len(book.busy(MORNING, EVENING + DAY)) == 3
    book(1, MORNING + DAY, EVENING + DAY)  # beside itself nothing is taken


def test_who_is_only_asked_is_kept_from_nothing_until_they_agree(book):
    book(1, firm=False)
    book(2)
    assert [one.firm for one in book.busy()] == [True]
    assert [one.firm for one in book.busy(firm=False)] == [False, True]
    with pytest.raises(RuleError):
        book(1)
    book.release(2)
    book(1)
    assert [one.firm for one in book.busy(firm=False)] == [True]


def test_what_one_may_not_read_is_only_said_to_be_taken(world, book):
    book(1, label="สอบวินัย", occupies=("SchoolView", "core.nothing"))
    book(2, NOON, EVENING, label="ลับ", secrecy=2)
    assert [one.what for one in book.busy()] == ["", ""]
    for hours in ((MORNING, NOON), (NOON, EVENING)):
        with pytest.raises(RuleError, match=r"is taken at that time\.$"):
            book(3, *hours)
    book.release(2)
    book(3, NOON, EVENING)


def test_somebody_of_another_district_is_neither_taken_nor_looked_at(world, book):
    with world.session(OTHER) as session:
        foreign = session.scalars(select(Person.id).order_by(Person.id)).first()
    with pytest.raises(NotFound):
        book(1, person=foreign)
    with pytest.raises(NotFound):
        book(1, person=foreign, firm=False)
    book(1)
    with world.session(OTHER) as session:
        assert session.scalars(select(Booking).where(Booking.kind == "leave_visit")).all() == []
        assert bookings.busy(session, book.actor, [book.person], MORNING, EVENING) == []
        bookings.release(session, Visit(1, book.unit))
    assert len(book.busy()) == 1


def test_two_sessions_that_take_one_person_wait_for_one_another_and_one_is_refused(world, book):
    said: list[str] = []

    def second() -> None:
        try:
            book(2, NOON - timedelta(hours=1), EVENING)
            said.append("taken")
        except RuleError as refused:
            said.append(refused.message)

    other = threading.Thread(target=second)
    with world.session() as session:
        visit = Visit(1, book.unit)
        bookings.book(session, book.actor, visit, [book.person], MORNING, NOON, firm=True)
        other.start()
        other.join(0.5)
        assert said == [], "the second waits"
    other.join(30)
    assert len(said) == 1
    assert "ตรวจเยี่ยม" in said[0]
    assert world.count("core_booking", "kind = 'leave_visit'") == 1


# SQLite has one writer, which looks before it writes
@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_postgresql_itself_lets_no_two_firm_bookings_of_one_person_overlap(world, book, monkeypatch):
    monkeypatch.setattr(bookings, "check", lambda *_facts, **_more: None)
    book(1)
    book(2, NOON, EVENING)
    with pytest.raises(IntegrityError, match="ex_core_booking_person"):
        book(3, NOON - timedelta(minutes=1), NOON)
    with pytest.raises(IntegrityError, match="ex_core_booking_person"):
        book(1, MORNING, EVENING)
    book(3, MORNING, EVENING, firm=False)
    assert len(book.busy(firm=False)) == 3


def test_a_booking_that_ends_before_it_begins_is_a_mistake_of_the_program(book):
    with pytest.raises(ValueError, match="ends after"):
        book(1, NOON, NOON)

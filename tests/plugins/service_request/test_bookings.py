"""A speaker is taken once at a time: by requests, by activities of a plan, by what other modules keep."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from sqlalchemy import select

from core.plugins import migrate
from core.records.bookings.models import Booking
from plugins.service_request.models import Request
from plugins.service_request.requests import services
from tests.plugins.service_request.world import (
    activity_of,
    answer,
    approved,
    circulated,
    load,
    meet,
    nominee_of,
    person_of,
    preparing,
    step,
)
from tests.support import HOME, near


def booked(world, record, user: str = "supervisor") -> tuple[bool, datetime, datetime] | None:
    """Whether a speaker is firmly taken by a record, from when to when; None where they are not taken."""
    with world.session() as s:
        here = {"kind": record.__tablename__, "record_id": record.id, "resource_id": person_of(world, user)}
        one = s.scalars(select(Booking).filter_by(**here)).one_or_none()
        return (one.firm, one.starts_at, one.ends_at) if one is not None else None


def test_two_who_confirm_one_speaker_for_overlapping_hours_at_one_moment_are_not_both_answered_yes(world, monkeypatch):
    first, second = circulated(world, letter="1"), circulated(world, letter="2", start_time="13.00", end_time="16.00")
    meet(monkeypatch, services.recorder, "describe")
    with ThreadPoolExecutor(2) as pool:
        said = [pool.submit(answer, world, number) for number in (first, second)]
    assert sorted(one.result().status_code for one in said) == [302, 422]
    assert world.count("service_request_nominee", f"answer = 'accepted' and request_id in ({first}, {second})") == 1
    assert (
        world.count("core_booking", f"firm and kind = 'service_request_request' and record_id in ({first}, {second})")
        == 1
    )


def test_who_is_asked_is_pencilled_in_who_agrees_is_booked_and_who_refuses_is_free(world):
    number = circulated(world)
    request = load(world, number)
    hours = request.starts_at, request.ends_at
    assert booked(world, request) == (False, *hours)
    answer(world, number)
    assert booked(world, request) == (True, *hours)
    answer(world, number, "refused", reason="ติดราชการ")
    assert booked(world, request) is None


def test_who_sends_a_delegate_is_free_and_the_delegate_is_asked(world):
    number = circulated(world)
    answer(world, number, "delegated", delegate_id=person_of(world, "groupdirector"), reason="ไปราชการ")
    request = load(world, number)
    assert booked(world, request) is None
    assert booked(world, request, "groupdirector") == (False, request.starts_at, request.ends_at)


def test_what_the_office_does_not_hold_takes_nobody(world):
    number = approved(world)
    request = load(world, number)
    assert booked(world, request)[0]
    assert step(world, number, "call_off", "groupdirector", reason="งบประมาณไม่พอ").status_code == 302
    assert booked(world, request) is None
    other = circulated(world, letter="2")
    assert answer(world, other).status_code == 302, "the hours are free again"


def test_an_activity_that_is_moved_twice_takes_its_speaker_along_and_nobody_who_is_taken_there(world):
    number = preparing(world)
    there = circulated(world, letter="7", start_on=near(50), end_on=near(51), start_time="13.00", end_time="12.00")
    assert answer(world, there).status_code == 302
    speaker, address = (
        world.browser(f"supervisor.{HOME}"),
        f"/services/activities/{activity_of(world, number).id}/change",
    )

    def move(day: int, begins: str, ends: str):
        hours = {"start_on": near(day), "start_time": begins, "end_on": near(day), "end_time": ends}
        return speaker.submit(address, sort="moved", reason="ฝนตก", **hours)

    assert move(51, "09.00", "15.30").status_code == 422, "the second day of what they have agreed to"
    assert "taken at that time" in " ".join(speaker.errors())
    assert move(51, "12.00", "15.30").status_code == 302, "from noon they are free"
    assert move(50, "09.00", "13.00").status_code == 302
    request = load(world, number)
    assert booked(world, request) == (True, request.starts_at, request.ends_at), "who moves it has agreed"
    assert request.starts_at.hour == 2, "nine o'clock in Bangkok"


def test_a_speaker_with_a_locked_account_is_taken_as_ever(world):
    number = approved(world)
    world.owner(f"update ab_user set active = false where username = 'supervisor.{HOME}'")
    other = circulated(world, letter="2")
    chief = world.browser(f"groupdirector.{HOME}")
    address = f"/services/speakers/bulk/answer?ids={nominee_of(world, other)}&back=record"
    assert chief.submit(address, answer="accepted").status_code == 422, "who asks speakers answers for them, and cannot"
    assert booked(world, load(world, number))[0]


def test_speakers_of_before_are_booked_and_two_yeses_at_once_are_kept_to_be_looked_at(world):
    """service_request0007: rows are filled from the speakers there are."""
    numbers = [circulated(world, letter=str(turn)) for turn in range(3)]
    with world.session() as s:
        topics = {one.id: one.label for one in s.scalars(select(Request))}
    engine = world.database.owner_engine()
    migrate.downgrade(engine, world.khet.registry, "service_request", "service_request0006")
    assert world.count("core_booking") == 0
    agreed = f"request_id in ({numbers[0]}, {numbers[1]})"
    world.owner(f"update service_request_nominee set answer = 'accepted' where {agreed}")
    world.owner(f"update service_request_request set status = 'cancelled' where id = {numbers[2]}")
    asked = world.count("service_request_nominee")
    migrate.upgrade(engine, world.khet.registry)
    engine.dispose()
    assert world.count("service_request_nominee") == asked
    firm = [booked(world, load(world, number)) for number in numbers]
    assert [one and one[0] for one in firm] == [True, False, None]
    with world.session() as s:
        kept = s.scalars(select(Booking).where(Booking.record_id == numbers[0])).one()
        assert kept.label == topics[numbers[0]]

"""What is late is done all the same: the page says so before, and the history by how many days."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from core.base.text.calendars import school_year
from core.base.text.thai import today
from plugins.service_request import kpis
from plugins.service_request.models import Activity, Expense, Feedback, Nominee, Request, Summary
from tests.plugins.service_request.world import (
    BASE,
    activity_of,
    answer,
    approved,
    circulated,
    hold,
    nominee_of,
    preparing,
    step,
)
from tests.support import HOME, near

YEAR = school_year(today())


def shift(world, model, number: int, **days: int) -> None:
    """Put days of a record so many days from today, as if it had lain since."""
    with world.session() as s:
        record = s.get_one(model, number)
        for name, count in days.items():
            setattr(record, name, today() + timedelta(days=count))


def said(world, address: str, user: str = "groupclerk") -> str:
    browser = world.browser(f"{user}.{HOME}")
    assert browser.get(address).status_code == 200, address
    return browser.text


def considered(world) -> int:
    number = circulated(world)
    answer(world, number)
    step(world, number, "consider", "groupdirector", met_on=near(0), activity_decision="เห็นควร")
    return number


def test_a_decision_after_its_day_is_said_to_be_late_before_and_after(world):
    number = considered(world)
    address = f"{BASE}bulk/approve?ids={number}&back=record"
    assert "was due by" not in said(world, address, "director"), "in time"
    shift(world, Request, number, due_on=-3)
    assert "3 days ago. It can still be done" in said(world, address, "director")
    assert step(world, number, "approve", "director").status_code == 302
    assert "late by 3 days" in said(world, f"{BASE}{number}")
    told = world.browser(f"director.{HOME}", "th").get(f"{BASE}{number}").get_data(as_text=True)
    assert "ช้ากว่ากำหนด 3 วัน" in told


def test_what_is_overdue_and_not_decided_is_not_left_out_of_its_indicator(world):
    number = considered(world)
    with world.session() as s:
        before = kpis._decided(s, YEAR)
    shift(world, Request, number, due_on=-3)
    with world.session() as s:
        assert (kpis._decided(s, YEAR) or 0) < before


def test_what_is_done_in_time_is_not_said_to_be_late(world):
    assert "late by" not in said(world, f"{BASE}{preparing(world)}")


def test_an_answer_is_late_by_the_date_of_its_letter(world):
    number = approved(world)
    shift(world, Request, number, day=-2, decided_on=-9)
    address = f"{BASE}bulk/reply?ids={number}&back=record"
    assert "2 days ago" in said(world, address)
    assert step(world, number, "reply", letter_no="ศธ 9/1", letter_on=near(-3)).status_code == 302
    assert "late by" not in said(world, f"{BASE}{number}"), "the letter went in time, and is noted now"
    assert step(world, number, "prepare", letter_no="ศธ 9/2", letter_on=near(-1)).status_code == 302
    assert "late by 1 days" in said(world, f"{BASE}{number}")


def test_a_speaker_s_answer_after_the_day_is_noted_as_such(world):
    number = circulated(world)
    one = nominee_of(world, number)
    shift(world, Nominee, one, day=-4)
    assert answer(world, number).status_code == 302
    assert "late by 4 days" in said(world, f"/services/speakers/{one}", "groupdirector")


@pytest.mark.parametrize(("handed_in", "late"), [(-6, False), (-2, True)])
def test_papers_are_late_by_the_day_on_which_they_were_handed_in(world, handed_in, late):
    with world.session() as s:
        number = s.scalars(select(Expense.id).where(Expense.status == "open")).first()
    shift(world, Expense, number, evidence_due=-5)
    clerk, address = world.browser(f"groupclerk.{HOME}"), f"/services/costs/bulk/submit?ids={number}&back=record"
    assert "5 days ago" in said(world, address)
    assert clerk.submit(address, on=near(handed_in)).status_code == 302, clerk.errors()
    assert ("late by 3 days" in said(world, f"/services/costs/{number}")) is late


def test_a_summary_and_an_answer_to_a_complaint_are_late_after_their_day(world):
    number = preparing(world)
    hold(world, number)
    speaker = world.browser(f"supervisor.{HOME}")
    address = f"/services/summaries/new?activity={activity_of(world, number).id}"
    assert speaker.submit(address, attended="25", result="บรรลุ").status_code == 302
    with world.session() as s:
        summary = s.scalars(
            select(Summary.id).join(Activity, Activity.id == Summary.activity_id).where(Activity.request_id == number)
        ).one()
        complaint = s.scalars(select(Feedback.id).where(Feedback.status == "new")).first()
    shift(world, Summary, summary, due_on=-7)
    shift(world, Feedback, complaint, due_on=-8)
    address = f"/services/summaries/bulk/send?ids={summary}&back=record"
    assert "7 days ago" in said(world, address, "supervisor")
    assert speaker.submit(address, sent_to="โรงเรียน").status_code == 302
    assert "late by 7 days" in said(world, f"/services/summaries/{summary}", "supervisor")
    clerk = world.browser(f"groupclerk.{HOME}")
    answered = clerk.submit(f"/services/feedback/bulk/answer?ids={complaint}&back=record", answer="แก้ไขแล้ว")
    assert answered.status_code == 302, clerk.errors()
    assert "late by 8 days" in said(world, f"/services/feedback/{complaint}")

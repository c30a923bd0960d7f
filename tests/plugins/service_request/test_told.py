"""Whose turn it is learns of it, in a sentence that is true; nobody is told what is not theirs."""

from __future__ import annotations

from tests.plugins.service_request.test_no_dead_end import OFFER
from tests.plugins.service_request.world import answer, circulated, step
from tests.support import HOME, near


def told(world, user: str) -> str:
    """What this user's page of notices says, in Thai."""
    return " ".join(world.browser(f"{user}.{HOME}", "th").get("/notices/").get_data(as_text=True).split())


def considered(world) -> int:
    number = circulated(world)
    answer(world, number)
    step(world, number, "consider", "groupdirector", met_on=near(0), activity_decision="ให้บริการ")
    return number


def test_an_offered_time_is_said_as_an_offer_and_no_decision(world):
    number = circulated(world)
    assert step(world, number, "offer", "groupdirector", **OFFER).status_code == 302
    assert "เสนอวันเวลาใหม่" in told(world, "school")
    assert "ได้รับการพิจารณาแล้ว" not in told(world, "school")
    assert step(world, number, "accept", "school").status_code == 302
    assert "รับวันเวลาที่ท่านเสนอ" in told(world, "groupdirector")


def test_the_office_is_not_told_of_a_school_s_request_as_its_own(world):
    number = considered(world)
    assert step(world, number, "approve", "director").status_code == 302
    assert "คำขอของท่านได้รับการพิจารณาแล้ว" in told(world, "school")
    assert "คำขอของท่าน" not in told(world, "groupclerk")


def test_the_school_learns_that_its_letter_is_wanted(world):
    from tests.plugins.service_request.world import ask

    number = ask(world)
    step(world, number, "submit", "school")
    assert step(world, number, "want_letter").status_code == 302
    assert "ขอหนังสือประกอบคำขอ" in told(world, "school")


def test_what_the_director_sends_back_is_told_to_who_considers(world):
    number = considered(world)
    assert step(world, number, "back", "director", reason="ขอรายละเอียดเพิ่ม").status_code == 302
    assert "ส่งคำขอคืนให้พิจารณาใหม่" in told(world, "groupdirector")


def test_a_speaker_who_had_accepted_learns_that_the_request_is_withdrawn(world):
    number = circulated(world)
    answer(world, number)
    assert step(world, number, "cancel", "school", reason="เลื่อนไม่มีกำหนด").status_code == 302
    assert "ไม่ต้องเป็นวิทยากรแล้ว" in told(world, "supervisor")
    assert "ถอนคำขอที่วิทยากรตอบรับแล้ว" in told(world, "groupdirector")


def test_who_is_to_answer_a_complaint_learns_of_it_and_reads_no_id(world):
    from sqlalchemy import select

    from plugins.service_request.models import Feedback

    with world.session() as s:
        number = s.scalars(select(Feedback.id).where(Feedback.status == "new")).first()
    clerk = world.browser(f"groupclerk.{HOME}")
    account = world.account(f"groupdirector.{HOME}").id
    given = clerk.submit(f"/services/feedback/bulk/assign?ids={number}&back=record", account_id=str(account))
    assert given.status_code == 302, clerk.errors()
    said = told(world, "groupdirector")
    assert "มอบข้อร้องเรียนหรือข้อเสนอแนะให้ท่านตอบ" in said
    home = world.browser(f"groupdirector.{HOME}", "th").get("/").get_data(as_text=True)
    assert f"#{number} " not in said + home

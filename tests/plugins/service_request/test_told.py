"""Whose turn it is learns of it, in a sentence that is true; nobody is told what is not theirs."""

from __future__ import annotations

from sqlalchemy import select

from core.records.letter_links.models import CitedLetter
from plugins.saraban.models.drafts import Draft
from tests.plugins.service_request.test_no_dead_end import offer
from tests.plugins.service_request.world import (
    BASE,
    activity_of,
    answer,
    approved,
    ask,
    circulated,
    load,
    preparing,
    step,
)
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
    assert step(world, number, "offer", "groupdirector", **offer()).status_code == 302
    assert "เสนอวันเวลาใหม่" in told(world, "school")
    assert "ได้รับการพิจารณาแล้ว" not in told(world, "school")
    assert step(world, number, "accept", "school").status_code == 302
    assert "รับวันเวลาที่เสนอไป" in told(world, "groupdirector")


def test_the_office_is_not_told_of_a_school_s_request_as_its_own(world):
    number = considered(world)
    assert step(world, number, "approve", "director").status_code == 302
    assert "คำขอได้รับการพิจารณาแล้ว" in told(world, "school")
    assert "คำขอได้รับการพิจารณาแล้ว" not in told(world, "groupclerk")
    assert "ได้รับอนุมัติให้เป็นวิทยากร" in told(world, "supervisor"), "who accepted holds it"


def test_the_school_learns_that_its_letter_is_wanted(world):
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


def test_the_office_calls_off_in_its_own_name_and_whom_it_touches_learns_of_it(world):
    number = preparing(world)
    clerk, school = world.browser(f"groupclerk.{HOME}"), world.browser(f"school.{HOME}")
    assert clerk.shut(f"{BASE}{number}/draft/called_off"), "nothing is called off"
    assert step(world, number, "call_off", "school", reason="x").status_code in (403, 404), "it is the office's step"
    assert step(world, number, "call_off", "groupdirector", reason="").status_code == 422
    assert step(world, number, "call_off", "groupdirector", reason="วิทยากรป่วยทั้งคณะ").status_code == 302
    for browser in (clerk, school):
        browser.get(f"{BASE}{number}")
        assert "Called off by the office" in browser.text
        assert "called off by the office: วิทยากรป่วยทั้งคณะ" in browser.text or "วิทยากรป่วยทั้งคณะ" in browser.text
    clerk.get(f"/services/activities/{activity_of(world, number).id}")
    assert "Called off by the office" in clerk.text
    assert "สำนักงานเขตขอยกเลิก" in told(world, "school")
    assert "ต้องออกหนังสือแจ้ง" in told(world, "groupclerk"), "who writes the letter"
    assert "ไม่ต้องเป็นวิทยากรแล้ว" in told(world, "supervisor")
    assert clerk.submit(f"{BASE}{number}/draft/called_off").status_code == 302, clerk.errors()
    with world.session() as s:
        letter = s.scalars(select(CitedLetter).filter_by(record_id=number, role="called_off")).one()
        body = s.get_one(Draft, letter.letter_id).content["body"]
    assert "ขอยกเลิกการให้ความอนุเคราะห์ดังกล่าว เนื่องจากวิทยากรป่วยทั้งคณะ" in body


def test_the_school_and_its_speakers_learn_that_its_activity_is_held_elsewhere_or_later(world):
    number = preparing(world)
    address = f"/services/activities/{activity_of(world, number).id}/change"
    director = world.browser(f"groupdirector.{HOME}")
    assert director.submit(address, sort="venue", now="หอประชุมเล็ก", reason="น้ำท่วม").status_code == 302
    assert "สถานที่จัดกิจกรรมเปลี่ยน" in told(world, "school")
    assert "สถานที่จัดกิจกรรมเปลี่ยน" in told(world, "supervisor")
    later = {"start_on": near(45), "start_time": "09.00", "end_on": near(45), "end_time": "12.00"}
    assert director.submit(address, sort="moved", reason="น้ำท่วม", **later).status_code == 302
    assert "วันเวลาจัดกิจกรรมเปลี่ยน" in told(world, "school")
    assert load(world, number).venue == "หอประชุมเล็ก", "letters are worded from the request"
    director.get(f"{BASE}?q=หอประชุมเล็ก")
    assert "การสอนอ่าน" in director.text


def test_the_office_notes_only_the_withdrawal_of_who_asked_by_word_and_says_at_whose_word(world):
    number, clerk = approved(world), world.browser(f"groupclerk.{HOME}")
    clerk.get(f"{BASE}{number}")
    assert not clerk.tree.xpath("//a[contains(@href, '/bulk/cancel')]"), "the school's own step"
    assert step(world, number, "cancel", reason="x", told_by="y", late=True).status_code == 422
    assert load(world, number).status == "approved"
    number = ask(world, "groupclerk", channel="phone")
    step(world, number, "submit")
    assert step(world, number, "cancel", reason="เลิกจัด").status_code == 422, "at whose word"
    taken = step(world, number, "cancel", reason="เลิกจัด", told_by="ครูสมมติ ทางโทรศัพท์")
    assert taken.status_code == 302, taken.browser.errors()
    assert load(world, number).cancel_reason == "เลิกจัด · ครูสมมติ ทางโทรศัพท์"
    assert "ถอนคำขอแล้ว" in told(world, "school")


def test_a_time_that_the_office_offers_is_taken_by_who_asked(world):
    number = circulated(world)
    step(world, number, "offer", "groupdirector", **offer())
    for key, typed in (("accept", {}), ("refuse", {"reason_text": "ไม่สะดวก"})):
        assert step(world, number, key, **typed, late=True).status_code == 422, "an office does not answer itself"
    assert step(world, number, "accept", "school").status_code == 302


def test_what_was_declined_and_answered_is_not_withdrawn(world):
    number, school = circulated(world), world.browser(f"school.{HOME}")
    why = {"reason": "people", "reason_text": "ไม่มีวิทยากร", "told_on": near(0)}
    assert step(world, number, "decline", "groupdirector", **why).status_code == 302
    assert step(world, number, "reply", letter_no="ศธ 9/1", letter_on=near(0)).status_code == 302
    school.get(f"{BASE}{number}")
    assert not school.tree.xpath("//a[contains(@href, '/bulk/cancel')]")
    assert step(world, number, "cancel", "school", reason="เลิกจัด", late=True).status_code == 422
    assert load(world, number).status == "replied"


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
    assert "มอบข้อร้องเรียนหรือข้อเสนอแนะให้ตอบ" in said
    home = world.browser(f"groupdirector.{HOME}", "th").get("/").get_data(as_text=True)
    assert f"#{number} " not in said + home

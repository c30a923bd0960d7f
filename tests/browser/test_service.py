"""A request in a real browser: asked on a school's phone, walked through the office, closed with its survey."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.platform.masterdata.models import Person
from plugins.service_request.models import Activity, Nominee, Request, Survey
from tests.plugins.service_request.world import person_of
from tests.support import HOME, near

pytestmark = pytest.mark.browser
PHONE = 390


@pytest.fixture(params=["sqlite"])
def backend(request):
    """Pages do not know the database."""
    return request.param


def step(page, label: str) -> None:
    """Press a step's button on the record's page."""
    button = page.locator(".page-head .actions a", has_text=label).first
    if not button.is_visible():
        page.locator(".page-head .menu > summary").click()
    button.click()
    page.wait_for_selector("form[data-main]")


def save(page) -> None:
    page.locator("[data-save]").click()
    page.wait_for_selector("[data-record]")


def choose(page, field: str, typed: str) -> None:
    """Type into a lookup and take the first hit that says it."""
    page.locator(f"[id='{field}-text']").fill(typed)
    page.locator("[role=option]", has_text=typed).first.click()
    assert page.locator(f"[name='{field}']").input_value().isdigit()


WORDS = {
    "th": {
        "submit": "ส่งคำขอ", "receive": "ลงรับพร้อมหนังสือ", "screen": "ตรวจเงื่อนไข", "propose": "เสนอ", "circulate": "ทาบทามวิทยากร",
        "answer": "คำตอบ", "consider": "บันทึกการประชุม", "approve": "อนุมัติ", "reply": "แจ้งผลเป็นหนังสือ", "prepare": "เริ่มเตรียมกิจกรรม",
        "held": "จัดกิจกรรมแล้ว", "survey": "สร้างแบบประเมิน", "summary": "เขียนสรุปผล", "close_survey": "ปิดแบบประเมิน", "send": "ส่งสรุปผล",
        "close": "ปิดเรื่อง", "thanks": "ขอบคุณ", "closed": "ปิด",
    },
    "en": {
        "submit": "Send the request", "receive": "Receive with its letter", "screen": "Check the conditions", "propose": "Propose",
        "circulate": "Ask speakers", "answer": "Answer", "consider": "Note the meeting", "approve": "Approve",
        "reply": "Answer by letter", "prepare": "Begin to prepare", "held": "It was held", "survey": "Make a survey",
        "summary": "Write the summary", "close_survey": "Close the survey", "send": "Send the summary", "close": "Close it",
        "thanks": "Thank you", "closed": "Closed",
    },
}  # fmt: skip


@pytest.mark.parametrize("locale", ["th", "en"])
def test_from_a_school_s_phone_to_the_closed_request_with_its_survey(world, open_page, locale):
    say = WORDS[locale]
    phone = open_page(f"school.{HOME}", width=PHONE, locale=locale)
    phone.goto("/services/requests/new")
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE, "nothing hangs over the phone's edge"
    for field, value in (
        ("contact", "ครูสมมติ"), ("phone", "0-0000-0000"), ("topic", "การสอนอ่านเขียน"), ("expected", "25"), ("start_on", near(30)), ("start_time", "0900"),
        ("end_on", near(30)), ("end_time", "1530"), ("venue", "ห้องประชุม"),
    ):  # fmt: skip
        phone.fill(f"#{field}", value)
    save(phone)
    address = phone.url.split("?")[0]
    number = int(address.rpartition("/")[2])
    step(phone, say["submit"])
    save(phone)

    clerk = open_page(f"groupclerk.{HOME}", locale=locale)
    clerk.goto(address)
    step(clerk, say["receive"])
    for field, value in (("received_on", near(0)), ("letter_no", "ศธ 04143.1/9"), ("letter_on", near(-1))):
        clerk.fill(f"#{field}", value)
    save(clerk)
    for key in ("screen", "propose"):
        step(clerk, say[key])
        save(clerk)

    director = open_page(f"groupdirector.{HOME}", locale=locale)
    director.goto(address)
    step(director, say["circulate"])
    with world.session() as s:
        person = s.get_one(Person, person_of(world, "supervisor"))
        name = f"{person.first_name} {person.last_name}"
    choose(director, "people-0-person_id", name)
    save(director)

    speaker = open_page(f"supervisor.{HOME}", width=PHONE, locale=locale)
    with world.session() as s:
        asked = s.scalars(select(Nominee.id).filter_by(request_id=number)).one()
    speaker.goto("/services/speakers/?mine=1&state=waiting")
    speaker.locator(f"a[href*='/services/speakers/{asked}']").first.click()
    speaker.wait_for_selector("[data-record]")
    step(speaker, say["answer"])
    save(speaker)

    director.goto(address)
    step(director, say["consider"])
    director.fill("#met_on", near(0))
    director.fill("#activity_decision", "เห็นควรให้บริการ")
    save(director)

    chief = open_page(f"director.{HOME}", width=PHONE, locale=locale)
    chief.goto(address)
    step(chief, say["approve"])
    save(chief)

    clerk.goto(address)
    for key, letter in (("reply", "ศธ 04143/1"), ("prepare", "ศธ 04143/2")):
        step(clerk, say[key])
        clerk.fill("#letter_no", letter)
        clerk.fill("#letter_on", near(0))
        save(clerk)

    with world.session() as s:
        activity = s.scalars(select(Activity.id).filter_by(request_id=number)).one()
    speaker.goto(f"/services/activities/{activity}")
    step(speaker, say["held"])
    for field, value in (("start_on", near(-1)), ("end_on", near(-1)), ("attendance", "25")):
        speaker.fill(f"#{field}", value)
    save(speaker)
    step(speaker, say["survey"])
    speaker.fill("#closes_on", near(5))
    save(speaker)
    with world.session() as s:
        survey = s.scalars(select(Survey).filter_by(activity_id=activity)).one()

    guest = open_page(None, width=PHONE)
    guest.goto(f"/survey/{survey.link}")
    assert guest.evaluate("document.documentElement.scrollWidth") <= PHONE
    for place in range(len(survey.items)):
        guest.locator(f"input[name='item-{place}'][value='5']").check()
    guest.locator("main form button[type=submit]").click()
    guest.wait_for_selector("[role=status].alert")
    assert "ขอบคุณ" in guest.locator("main").inner_text()

    step(speaker, say["close_survey"])
    save(speaker)
    speaker.goto(f"/services/activities/{activity}")
    step(speaker, say["summary"])
    speaker.fill("#attended", "25")
    speaker.fill("#result", "บรรลุวัตถุประสงค์")
    save(speaker)
    step(speaker, say["send"])
    speaker.fill("#sent_to", "โรงเรียน")
    save(speaker)

    clerk.goto(address)
    step(clerk, say["close"])
    save(clerk)
    assert say["closed"] in clerk.locator(".state").inner_text()
    with world.session() as s:
        assert s.get_one(Request, number).status == "closed"
    phone.goto(address)
    assert say["closed"] in phone.locator(".state").inner_text(), "the school sees it on its phone"

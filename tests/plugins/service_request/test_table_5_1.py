"""ตารางที่ 5.1 of manual 004: the office's problems and remedies, line by line. Each test is named after its line."""

from __future__ import annotations

from datetime import date, timedelta
from io import BytesIO

from pypdfium2 import PdfDocument
from sqlalchemy import select

from core.base.text.calendars import budget_year
from core.base.text.thai import BUDDHIST_OFFSET, today
from core.platform.masterdata.models import Person
from core.records.letter_links.models import CitedLetter
from plugins.service_request.models import Change, Expense, Nominee, Request, Summary
from tests.plugins.service_request.world import (
    BASE,
    HOME,
    activity_of,
    answer,
    approved,
    ask,
    circulated,
    hold,
    load,
    nominee_of,
    person_of,
    preparing,
    received,
    step,
)
from tests.support import near


def test_1_1_what_is_asked_by_word_waits_for_its_letter(world):
    number = ask(world, "groupclerk", channel="word")
    step(world, number, "submit")
    assert load(world, number).status == "waiting_letter"
    refused = step(world, number, "receive", received_on=near(0))
    assert refused.status_code == 422
    assert "letter's number" in " ".join(refused.browser.errors())
    assert load(world, number).status == "waiting_letter"


def test_1_1_the_sample_letter_and_the_conditions_are_given(world):
    number = ask(world, "groupclerk", channel="line")
    got = world.browser(f"school.{HOME}").get(f"{BASE}{number}/sample")
    assert got.data.startswith(b"%PDF")
    pages = PdfDocument(BytesIO(got.data))
    text = "".join(pages[n].get_textpage().get_text_range() for n in range(len(pages)))
    assert "เงื่อนไข" in text
    assert "๑๔ วัน" in text, "two weeks ahead, as the office's limit says"
    assert "การสอนอ่าน" in text, "the sample bears the request's own facts"


def _before_the_budget_year_ends(days: int) -> int:
    """Days from today to `days` before the next 30 September."""
    ends = budget_year(today()) - BUDDHIST_OFFSET
    last = date(ends, 9, 30)
    if (last - today()).days <= days:
        last = date(ends + 1, 9, 30)
    return (last - today()).days - days


def test_1_2_an_event_that_closes_a_budget_wants_an_explanation(world):
    days = _before_the_budget_year_ends(10)
    day = today() + timedelta(days=days)
    number = received(world, days=days, **{"start_on-confirm": day.isoformat(), "end_on-confirm": day.isoformat()})
    refused = step(world, number, "screen")
    assert refused.status_code == 422
    assert "budget year ends" in " ".join(refused.browser.errors())
    assert step(world, number, "screen", note="ชี้แจงระเบียบการเบิกจ่ายแล้ว").status_code == 302
    assert load(world, number).note == "ชี้แจงระเบียบการเบิกจ่ายแล้ว"


def test_1_2_any_other_day_wants_none(world):
    number = received(world, days=_before_the_budget_year_ends(45))
    assert step(world, number, "screen").status_code == 302
    assert load(world, number).note == ""


def test_2_1_two_weeks_are_counted_from_the_letter_s_arrival(world):
    number = received(world, days=14)
    assert load(world, number).lead_days == 14
    assert step(world, number, "screen").status_code == 302, "fourteen days are enough"


def test_2_1_thirteen_days_are_not_refused_but_urgent_with_a_reason(world):
    number = received(world, days=13)
    refused = step(world, number, "screen")
    assert refused.status_code == 422
    assert "13 days" in " ".join(refused.browser.errors())
    assert step(world, number, "screen", urgent="y", urgent_reason="วิทยากรเดิมยกเลิก").status_code == 302
    assert load(world, number).urgent_reason == "วิทยากรเดิมยกเลิก"


def test_2_1_the_steps_are_shown_to_who_asks(world):
    browser = world.browser(f"school.{HOME}")
    browser.get("/help/service_request")
    assert "Hold and close" in browser.text


def test_2_2_smart_area_stands_beside_the_letter_as_a_channel(world):
    number = ask(world, channel="smart")
    step(world, number, "submit", "school")
    assert load(world, number).status == "asked", "it is a letter already: nothing is waited for"


def test_3_1_the_clerk_puts_it_up_never_the_speaker_who_is_invited(world):
    with world.session() as s:
        person = s.get_one(Person, person_of(world, "groupclerk"))
        name = person.full_name
    number = received(world, speakers_wanted=name)
    step(world, number, "screen")
    refused = step(world, number, "propose")
    assert refused.status_code == 422
    assert "invited to speak" in " ".join(refused.browser.errors())
    assert load(world, number).status == "screened"


def test_3_1_another_s_letter_is_put_up(world):
    number = received(world, speakers_wanted="นายคนอื่น ไม่ใช่ธุรการ")
    step(world, number, "screen")
    assert step(world, number, "propose").status_code == 302
    assert load(world, number).status == "proposed"


def test_3_2_what_is_urgent_goes_straight_to_who_approves(world):
    number = received(world, days=3)
    assert load(world, number).due_on <= today() + timedelta(days=2), "it is decided before it begins"
    refused = step(world, number, "hurry")
    assert refused.status_code == 422, "haste has a reason"
    assert step(world, number, "hurry", reason_text="มีการเปลี่ยนกำหนดการจากกระทรวง").status_code == 302
    assert load(world, number).status == "considered"
    assert step(world, number, "approve", "director").status_code == 302
    assert load(world, number).decision == "approved"


def test_3_2_what_is_not_urgent_is_not_approved_without_a_meeting(world):
    number = circulated(world)
    answer(world, number)
    refused = step(world, number, "approve", "director", late=True)
    assert refused.status_code == 422
    assert load(world, number).status == "circulated"


def test_4_1_speakers_are_told_by_word_and_may_send_a_delegate(world):
    number = circulated(world)
    given = answer(world, number, "delegated", delegate_id=person_of(world, "groupdirector"), reason="ไปราชการ")
    assert given.status_code == 302, given.browser.errors()
    with world.session() as s:
        found = {one.person_id: one.answer for one in s.scalars(select(Nominee).filter_by(request_id=number))}
    assert found == {person_of(world, "supervisor"): "delegated", person_of(world, "groupdirector"): "waiting"}
    step(
        world, number, "consider", "groupdirector", met_on=near(0), told_on=near(-1), activity_decision="เห็นควร"
    )  # fmt: skip
    browser = world.browser(f"groupdirector.{HOME}")
    browser.get(f"{BASE}{number}")
    assert "Meetings" in browser.text


def test_4_2_a_busy_speaker_cannot_accept_but_name_somebody(world):
    first = circulated(world, letter="1")
    assert answer(world, first).status_code == 302
    second = circulated(world, letter="2")
    refused = answer(world, second)
    assert refused.status_code == 422
    assert "taken at that time" in " ".join(refused.browser.errors())
    assert (
        answer(world, second, "delegated", delegate_id=person_of(world, "groupdirector"), reason="ติดงาน").status_code
        == 302
    )


def test_4_2_one_after_the_other_is_no_conflict(world):
    first = circulated(world, letter="1", end_time="12.00")
    assert answer(world, first).status_code == 302
    second = circulated(world, letter="2", start_time="12.00")
    assert answer(world, second).status_code == 302


def test_5_1_who_cannot_be_served_is_offered_another_time_and_takes_it(world):
    number = circulated(world)
    answer(world, number)
    offered = {"start_on": near(40), "start_time": "13.00", "end_on": near(40), "end_time": "16.00", "reason": "time"}
    assert step(world, number, "offer", "groupdirector", **offered).status_code == 302
    assert load(world, number).status == "rescheduling"
    assert step(world, number, "accept", "school").status_code == 302
    kept = load(world, number)
    assert kept.status == "circulated"
    assert kept.day == today() + timedelta(days=40)
    assert kept.due_on > today() + timedelta(days=1), "within the office's working days, as ever"
    with world.session() as s:
        assert s.get_one(Nominee, nominee_of(world, number)).answer == "waiting", "speakers are asked for the new time"


def test_5_1_or_declined_by_word_at_once_and_then_by_letter(world):
    number = circulated(world)
    refused = step(world, number, "decline", "groupdirector", reason="people", reason_text="ไม่มีวิทยากรด้านนี้")
    assert refused.status_code == 422
    assert "by word first" in " ".join(refused.browser.errors())
    told = {"reason": "people", "reason_text": "ไม่มีวิทยากรด้านนี้", "told_on": near(0)}
    assert step(world, number, "decline", "groupdirector", **told).status_code == 302
    assert step(world, number, "end", late=True).status_code == 422, "a declined request ends only after its letter"
    assert step(world, number, "reply", letter_no="ศธ 5/1", letter_on=near(0)).status_code == 302
    assert step(world, number, "end").status_code == 302
    assert load(world, number).status == "closed"


def test_5_1_a_declined_request_has_its_reason(world):
    number = circulated(world)
    refused = step(world, number, "decline", "groupdirector", reason="other", told_on=near(0))
    assert refused.status_code == 422
    assert load(world, number).status == "circulated"


def test_6_1_it_begins_when_it_begins_and_the_minutes_are_made_up(world):
    number = preparing(world)
    late = {"sort": "late", "minutes": "40", "reason": "รถติด"}
    activity = activity_of(world, number)
    browser = world.browser(f"supervisor.{HOME}")
    assert browser.submit(f"/services/activities/{activity.id}/change", **late).status_code == 302
    assert hold(world, number, start_time="09.40").status_code == 302
    held = activity_of(world, number)
    assert (held.minutes_planned, held.minutes_delivered) == (390, 350)
    assert browser.submit(f"/services/activities/{activity.id}/made-up", minutes="41").status_code == 422
    assert browser.submit(f"/services/activities/{activity.id}/made-up", minutes="40").status_code == 302
    assert activity_of(world, number).minutes_delivered == 390


def test_6_1_what_was_noted_wrongly_is_put_right_with_its_reason_until_the_summary_is_sent(world):
    number = preparing(world)
    assert hold(world, number, start_time="09.30", attendance="380", made_up="10").status_code == 302
    activity, speaker = activity_of(world, number), world.browser(f"supervisor.{HOME}")
    page, address = f"/services/activities/{activity.id}", f"/services/activities/{activity.id}/correct"

    def offered() -> bool:
        speaker.get(page)
        return bool(speaker.tree.xpath(f"//main//a[@href='{address}']"))

    assert offered()
    speaker.get(f"/services/summaries/new?activity={activity.id}")
    assert speaker.fields()["attended"] == ["380"], "the summary begins with what was noted"
    speaker.get(address)
    there = speaker.fields()
    assert (there["attendance"], there["start_time"], there["made_up"]) == (["380"], ["09.30"], ["10"])
    right = {"start_on": near(-2), "end_on": near(-2), "attendance": "38"}
    assert speaker.submit(address, **right, reason="").status_code == 422, "a correction has its reason"
    assert activity_of(world, number).attendance == 380
    assert speaker.submit(address, **right, reason="พิมพ์ผิด").status_code == 302, speaker.errors()
    held = activity_of(world, number)
    assert (held.attendance, held.minutes_delivered, held.held_on) == (38, 370, today() - timedelta(days=2))
    speaker.get(page)
    assert "พิมพ์ผิด" in speaker.text
    speaker.submit(f"/services/summaries/new?activity={activity.id}", attended="38", result="บรรลุ")
    with world.session() as s:
        summary = s.scalars(select(Summary).filter_by(activity_id=activity.id)).one()
    assert offered(), "the summary is only written"
    assert (
        speaker.submit(f"/services/summaries/bulk/send?ids={summary.id}&back=record", sent_to="โรงเรียน").status_code
        == 302
    )
    assert not offered()
    assert speaker.sent_late(address, attendance="39", reason="x").status_code == 422


def test_6_2_rain_and_power_cuts_change_place_or_form(world):
    number = preparing(world)
    activity = activity_of(world, number)
    browser = world.browser(f"supervisor.{HOME}")
    address = f"/services/activities/{activity.id}/change"
    assert browser.submit(address, sort="venue", now="หอประชุม", reason="").status_code == 422, "a change has a reason"
    assert browser.submit(address, sort="venue", now="หอประชุม", reason="ฝนตก").status_code == 302
    assert browser.submit(address, sort="form", now="อบรมออนไลน์", reason="ไฟดับ").status_code == 302
    assert activity_of(world, number).venue == "หอประชุม"
    with world.session() as s:
        changes = s.scalars(select(Change).order_by(Change.id)).all()
        assert [(one.sort, one.was, one.now) for one in changes] == [
            ("venue", "ห้องประชุม", "หอประชุม"), ("form", "", "อบรมออนไลน์"),
        ]  # fmt: skip


def test_6_2_what_is_typed_for_another_change_is_refused_and_never_left_out_without_a_word(world):
    """Who moves it and types a new place too would find it at the old place."""
    activity = activity_of(world, preparing(world))
    browser, address = world.browser(f"supervisor.{HOME}"), f"/services/activities/{activity.id}/change"
    moved = {"start_on": near(41), "start_time": "09.00", "end_on": near(41), "end_time": "15.30"}
    for typed, wrong in (
        ({"sort": "moved", **moved, "now": "หอประชุม"}, ["now"]),
        ({"sort": "venue", "now": "หอประชุม", "start_on": near(41), "minutes": "10"}, ["start_on", "minutes"]),
        ({"sort": "late", "minutes": "10", "now": "ออนไลน์"}, ["now"]),
        ({"sort": "moved"}, list(moved)),
    ):
        assert browser.submit(address, **typed, reason="ฝนตก").status_code == 422
        assert browser.tree.xpath("//*[@aria-invalid='true']/@id") == wrong, "all that is wrong is said at once"
    assert browser.submit(address, sort="moved", **moved, reason="ฝนตก").status_code == 302, browser.errors()


def test_6_1_that_it_was_held_stands_in_the_history_as_that_and_a_count_put_right_is_the_summary_s_too(world):
    number = preparing(world)
    assert hold(world, number, attendance="25").status_code == 302
    activity, speaker = activity_of(world, number), world.browser(f"supervisor.{HOME}")
    kind = f"kind = 'service_request_activity' and record_id = {activity.id}"
    assert world.count("core_timeline", f"{kind} and action = 'service_request.held'") == 1
    told = {"attended": "25", "result": "บรรลุ"}
    assert speaker.submit(f"/services/summaries/new?activity={activity.id}", **told).status_code == 302
    right = f"/services/activities/{activity.id}/correct"
    assert speaker.submit(right, attendance="31", reason="นับใหม่").status_code == 302, speaker.errors()
    with world.session() as s:
        assert s.scalars(select(Summary.attended).filter_by(activity_id=activity.id)).one() == 31


def test_7_1_money_papers_have_their_day_and_wait_for_the_clerk(world):
    number = preparing(world)
    activity = activity_of(world, number)
    clerk = world.browser(f"groupclerk.{HOME}")
    address = f"/services/costs/new?activity={activity.id}"
    assert clerk.submit(address, sort="fee", payer="office", amount="1200").status_code == 422, "the day is asked for"
    cost = {"sort": "fee", "payer": "office", "amount": "1200", "evidence_due": near(5)}
    assert clerk.submit(address, **cost).status_code == 302
    with world.session() as s:
        made = s.scalars(select(Expense.id).filter_by(activity_id=activity.id)).one()
    assert world.count("core_waiting", f"view = 'ExpenseView' and record_id = {made} and due_at is not null") == 1
    hold(world, number)
    with world.session() as s:
        assert s.get_one(Request, number).status == "delivered"
    what_became_of_it_is_said_alone(clerk, world.browser(f"groupclerk.{HOME}"), made)


def what_became_of_it_is_said_alone(clerk, other, cost: int) -> None:
    """Where somebody else has closed a record meanwhile, nobody is told to press again."""
    address = f"/services/costs/{cost}/edit"
    clerk.get(address)
    assert other.submit(address, amount="700").status_code == 302
    assert clerk.resubmit(address, amount="800").status_code == 422
    assert "save again to keep yours" in " ".join(clerk.errors()), "it is still open"
    assert other.submit(f"/services/costs/bulk/submit?ids={cost}", on=near(0)).status_code == 302, other.errors()
    assert clerk.resubmit(address).status_code == 422
    said = " ".join(clerk.errors())
    assert "Its papers are handed in" in said
    assert "What you typed here was not saved" in said
    assert "save again" not in said
    assert "Saved meanwhile" not in clerk.text
    assert clerk.fields()["amount"] == ["800"], "typed input stays"


def test_7_1_who_owes_late_papers_is_reminded(world):
    number = preparing(world)
    activity = activity_of(world, number)
    clerk = world.browser(f"groupclerk.{HOME}")
    told = {}
    for payer, owes in (("office", "supervisor"), ("asker", "school")):
        cost = {"sort": "fee", "payer": payer, "amount": "1200", "evidence_due": near(5)}
        clerk.submit(f"/services/costs/new?activity={activity.id}", **cost)
        with world.session() as s:
            expense = s.scalars(select(Expense.id).order_by(Expense.id.desc())).first()
        assert clerk.submit(f"/services/costs/bulk/remind?ids={expense}").status_code == 302
        reader = world.browser(f"{owes}.{HOME}")
        reader.get("/notices/")
        told[payer] = reader.text.count("ยังไม่ได้รับหลักฐานการเงิน")
        assert reader.get(f"/services/activities/{activity.id}").status_code == 200, "what the notice leads to"
    assert told == {"office": 1, "asker": 1}
    clerk.submit(f"/services/costs/bulk/submit?ids={expense}", on=near(0))
    clerk.sent_late(f"/services/costs/bulk/remind?ids={expense}")
    reader.get("/notices/")
    assert reader.text.count("ยังไม่ได้รับหลักฐานการเงิน") == 1, "nothing is missing any more"


def test_7_1_nobody_is_said_to_be_reminded_where_only_the_presser_owes_the_papers(world):
    activity = activity_of(world, preparing(world))
    clerk = world.browser(f"groupclerk.{HOME}")
    cost = {"sort": "fee", "payer": "office", "amount": "1200", "evidence_due": near(5)}
    clerk.submit(f"/services/costs/new?activity={activity.id}", **cost)
    with world.session() as s:
        expense = s.scalars(select(Expense.id).order_by(Expense.id.desc())).first()

    def offered() -> bool:
        clerk.get(f"/services/costs/{expense}")
        return bool(clerk.tree.xpath("//main//a[contains(@href, '/bulk/remind')]"))

    assert offered(), "the speaker has an account"
    with world.session() as s:
        for one in s.scalars(select(Nominee).filter_by(request_id=activity.request_id)):
            one.user_id = world.account(f"groupclerk.{HOME}").id
    assert not offered()
    assert clerk.sent_late(f"/services/costs/bulk/remind?ids={expense}").status_code == 422
    assert "nobody to remind" in " ".join(clerk.errors())
    assert world.count("core_timeline", "action = 'service_request.reminded'") == 0


def test_every_approved_request_has_answer_and_order_to_travel(world):
    number = approved(world)
    refused = step(world, number, "reply", letter_no="ศธ 9/1", letter_on=near(-3))
    assert refused.status_code == 422, "an answer before the decision"
    assert step(world, number, "reply", letter_no="ศธ 9/1", letter_on=near(0)).status_code == 302
    assert step(world, number, "prepare").status_code == 422, "no order to travel"
    with world.session() as s:
        roles = set(s.scalars(select(CitedLetter.role).filter_by(kind="service_request_request", record_id=number)))
    assert roles == {"incoming", "reply"}

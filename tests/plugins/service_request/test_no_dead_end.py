"""Whatever becomes of a request, somebody can go on: refused, moved, fallen ill, urgent, declined at the top."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from core.base.text.calendars import school_year
from core.base.text.thai import BANGKOK, today
from core.records.letter_links.models import CitedLetter
from plugins.saraban.models.drafts import Draft
from plugins.service_request import tables
from plugins.service_request.models import Nominee, Request
from plugins.service_request.requests.services import token_hash
from tests.plugins.service_request.world import (
    BASE,
    activity_of,
    answer,
    approved,
    circulated,
    hold,
    load,
    nominee_of,
    person_of,
    preparing,
    received,
    step,
)
from tests.support import HOME, near


def offer(days: int = 40) -> dict[str, str]:
    """Another time than the one asked for, so many days from today."""
    return {"start_on": near(days), "start_time": "13.00", "end_on": near(days), "end_time": "16.00", "reason": "time"}


def asked(world, number: int, *names: str, late: bool = False):
    """The group director asks these people as well."""
    typed = {}
    for place, name in enumerate(names):
        typed |= {f"people-{place}-person_id": person_of(world, name), f"people-{place}-role": "speaker"}
    return step(world, number, "ask", "groupdirector", late=late, **typed)


def roles(world, number: int) -> set[str]:
    with world.session() as s:
        return set(s.scalars(select(CitedLetter.role).filter_by(kind=Request.__tablename__, record_id=number)))


def answers(world, number: int) -> dict[str, str]:
    with world.session() as s:
        return {one.name: one.answer for one in s.scalars(select(Nominee).filter_by(request_id=number))}


def test_when_all_refuse_others_are_asked_and_who_refused_may_be_asked_once_more(world):
    number = circulated(world)
    answer(world, number, "refused", reason="ติดราชการ")
    assert asked(world, number, "groupdirector").status_code == 302
    assert answer(world, number, user="groupdirector").status_code == 302
    assert asked(world, number, "supervisor").status_code == 302
    assert asked(world, number, "supervisor").status_code == 422, "who has not answered is not asked again"
    assert sorted(answers(world, number).values()) == ["accepted", "waiting"]


def test_who_opens_their_answer_again_finds_what_they_said_and_saving_it_anew_loses_nothing(world):
    number = circulated(world)
    bare = answer(world, number, "delegated")
    assert bare.status_code == 422
    wrong = bare.browser.tree.xpath("//*[@aria-invalid='true']/@id")
    assert wrong == ["delegate_id-text", "reason"], "what is missing is said at once"
    assert answer(world, number, reason="มาถึงสิบโมง").status_code == 302
    speaker, one = world.browser(f"supervisor.{HOME}"), nominee_of(world, number)
    assert speaker.submit(f"/services/speakers/bulk/answer?ids={one}&back=record").status_code == 302
    with world.session() as s:
        assert s.get_one(Nominee, one).reason == "มาถึงสิบโมง"


def test_who_refused_the_first_time_is_asked_for_the_new_one(world):
    number = circulated(world)
    answer(world, number, "refused", reason="ติดราชการ")
    step(world, number, "offer", "groupdirector", **offer())
    assert step(world, number, "accept", "school").status_code == 302
    assert answer(world, number).status_code == 302
    with world.session() as s:
        assert s.get_one(Nominee, nominee_of(world, number)).day == today() + timedelta(days=40)


def test_for_a_new_time_the_delegate_is_asked_and_not_who_sent_them_and_each_learns_of_it(world):
    number = circulated(world)
    delegate = person_of(world, "groupdirector")
    answer(world, number, "delegated", delegate_id=delegate, reason="ไปราชการ")
    assert answer(world, number, user="groupdirector").status_code == 302
    step(world, number, "offer", "groupdirector", **offer())
    assert step(world, number, "accept", "school").status_code == 302
    assert sorted(answers(world, number).values()) == ["delegated", "waiting"]
    there = today() + timedelta(days=40)
    one = nominee_of(world, number, "groupdirector")
    with world.session() as s:
        line, request = s.get_one(Nominee, one), s.get_one(Request, number)
        assert (line.answer, line.day, line.starts_at) == ("waiting", there, request.starts_at)
    assert world.count("core_waiting", f"view = 'NomineeView' and record_id = {one}") == 1
    told = world.browser(f"groupdirector.{HOME}", "th").get("/notices/").get_data(as_text=True)
    assert "วันเวลาเปลี่ยนแล้ว" in told
    assert "วันเวลาเปลี่ยนแล้ว" not in world.browser(f"supervisor.{HOME}", "th").get("/notices/").get_data(as_text=True)
    assert answer(world, number, "refused", user="groupdirector", reason="ติดประชุม").status_code == 302
    assert asked_again(world, number, "supervisor") == there, "whose delegate refused may be asked once more"
    assert sorted(answers(world, number).values()) == ["refused", "waiting"]


def test_an_answer_counts_for_the_time_that_the_speaker_saw(world):
    number = circulated(world)
    address = f"/services/speakers/bulk/answer?ids={nominee_of(world, number)}&back=record"
    speaker = world.browser(f"supervisor.{HOME}")
    speaker.get(address)
    step(world, number, "offer", "groupdirector", **offer())
    school = world.browser(f"school.{HOME}")
    school.get(f"{BASE}bulk/accept?ids={number}&back=record")
    assert step(world, number, "accept", "school").status_code == 302
    assert speaker.resubmit(address, answer="refused", reason="").status_code == 422, "a reason is wanted first"
    assert speaker.resubmit(address, answer="refused", reason="ไปราชการ").status_code == 422
    there = f"{load(world, number).starts_at.astimezone(BANGKOK):%-d %b %Y %H:%M}"
    said = " ".join(speaker.errors())
    assert f"Begins: {there}" in said, "the time that is now"
    assert "changed this while you had it open" in said
    assert speaker.fields()["reason"] == ["ไปราชการ"], "typed input stays"
    assert list(answers(world, number).values()) == ["waiting"]
    assert speaker.resubmit(address).status_code == 302, speaker.errors()
    assert list(answers(world, number).values()) == ["refused"]
    assert school.resubmit(f"{BASE}bulk/accept?ids={number}&back=record").status_code == 422
    assert "is not possible while it is" in " ".join(school.errors()), "a step that is gone says so at once"


def asked_again(world, number: int, user: str):
    """Who is asked once more; the day for which."""
    assert asked(world, number, user).status_code == 302
    one = nominee_of(world, number, user)
    with world.session() as s:
        return s.get_one(Nominee, one).day


def test_who_refused_is_asked_again_for_the_time_that_is_now_and_an_activity_s_new_time_asks_anew(world):
    number = circulated(world, speakers=("supervisor", "groupdirector"))
    answer(world, number, "refused", user="groupdirector", reason="ติดราชการ")
    answer(world, number)
    step(world, number, "offer", "groupdirector", **offer())
    step(world, number, "accept", "school")
    assert asked_again(world, number, "groupdirector") == today() + timedelta(days=40)
    answer(world, number)
    step(world, number, "consider", "groupdirector", met_on=near(0), activity_decision="เห็นควร")
    step(world, number, "approve", "director")
    step(world, number, "reply", letter_no="ศธ 9/1", letter_on=near(0))
    step(world, number, "prepare", letter_no="ศธ 9/2", letter_on=near(0))
    moved = world.browser(f"groupdirector.{HOME}").submit(
        f"/services/activities/{activity_of(world, number).id}/change", sort="moved", reason="ฝนตก",
        start_on=near(45), start_time="09.00", end_on=near(45), end_time="12.00",
    )  # fmt: skip
    assert moved.status_code == 302
    assert set(answers(world, number).values()) == {"waiting"}, "both said it of the former time"
    speaker = world.browser(f"supervisor.{HOME}", "th").get("/notices/").get_data(as_text=True)
    assert "วันเวลาเปลี่ยนแล้ว" in speaker
    assert answer(world, number).status_code == 302


def test_a_delegate_is_named_at_the_field_and_only_by_who_sends_one(world):
    number = circulated(world, speakers=("supervisor", "groupdirector"))
    delegate = person_of(world, "groupdirector")
    for said, whom in (("delegated", delegate), ("delegated", person_of(world, "supervisor")), ("accepted", delegate)):
        refused = answer(world, number, said, delegate_id=whom, reason="ไปราชการ")
        assert refused.status_code == 422
        assert refused.browser.tree.xpath("//*[@id='delegate_id-error']"), (said, refused.browser.errors())
    assert set(answers(world, number).values()) == {"waiting"}
    answer(world, number, "delegated", delegate_id=person_of(world, "clerk"), reason="ไปราชการ")
    assert sorted(answers(world, number).values()) == ["delegated", "waiting", "waiting"]


def test_a_delegate_who_refuses_after_the_approval_leaves_nobody_and_the_group_is_told(world):
    number = circulated(world, speakers=("groupdirector",))
    answer(world, number, user="groupdirector")
    step(world, number, "consider", "groupdirector", met_on=near(0), activity_decision="เห็นควร")
    step(world, number, "approve", "director")
    delegate = person_of(world, "supervisor")
    assert answer(world, number, "delegated", "groupdirector", delegate_id=delegate, reason="ป่วย").status_code == 302
    assert answer(world, number, "refused", reason="ติดประชุม").status_code == 302
    told = world.browser(f"groupdirector.{HOME}", "th").get("/notices/").get_data(as_text=True)
    assert "วิทยากรมาไม่ได้" in told


def test_the_letter_of_another_time_is_not_the_answer(world):
    number = circulated(world)
    step(world, number, "offer", "groupdirector", **offer())
    clerk = world.browser(f"groupclerk.{HOME}")
    assert clerk.shut(f"{BASE}{number}/draft/reply")
    assert clerk.submit(f"{BASE}{number}/draft/offer").status_code == 302
    step(world, number, "accept", "school")
    answer(world, number)
    step(world, number, "consider", "groupdirector", met_on=near(0), activity_decision="เห็นควร")
    assert step(world, number, "approve", "director").status_code == 302
    assert roles(world, number) == {"incoming", "offer"}
    assert clerk.submit(f"{BASE}{number}/draft/reply").status_code == 302
    assert roles(world, number) == {"incoming", "offer", "reply"}


def unfit(world) -> int:
    """A request whose school has said that the time which the office offered does not fit."""
    number = circulated(world)
    answer(world, number)
    assert step(world, number, "offer", "groupdirector", **offer(), reason_text="วิทยากรติดราชการ").status_code == 302
    assert step(world, number, "refuse", "school", reason_text="ตรงกับวันสอบ").status_code == 302
    return number


def test_a_school_s_no_to_a_time_is_said_as_the_school_s_and_is_no_refusal_of_the_office(world):
    number = unfit(world)
    kept = load(world, number)
    assert (kept.status, kept.decision, kept.decided_by, kept.reason_text) == ("unfit", "", "", "วิทยากรติดราชการ")
    clerk = world.browser(f"groupclerk.{HOME}")
    clerk.get(f"{BASE}{number}")
    school = world.account(f"school.{HOME}")
    assert f"ตรงกับวันสอบ · {school.first_name}" in " ".join(clerk.text.split())
    assert not clerk.tree.xpath("//a[contains(@href, '/draft/reply')]")
    assert clerk.shut(f"{BASE}{number}/draft/reply"), "nothing is decided, so nothing is answered"
    assert set(answers(world, number).values()) == {"accepted"}, "nobody is let go"
    director = world.account(f"groupdirector.{HOME}").id
    assert world.count("core_waiting", f"view = 'RequestView' and record_id = {number} and verb = 'consider'") == 1
    assert world.count("core_notice", f"topic = 'service_request.unfit' and user_id = {director}") == 1
    with world.session() as s:  # the page that needs no account
        s.get_one(Request, number).token = token_hash("abc")
    stranger = world.browser()
    assert stranger.get("/services/follow/abc", headers={"Accept-Language": "en"}).status_code == 200
    assert {"ผู้ขอไม่สะดวกตามเวลาที่เสนอ", "The offered time does not fit"} & set(
        stranger.tree.xpath("//*[@class='state']/text()")
    )
    assert not {"ปฏิเสธแล้ว", "Declined"} & set(stranger.tree.xpath("//dd/text()"))


def agreed(world, number: int) -> None:
    """No page, chart or report says of a request with an agreed time what was said of another; its history does."""
    kept = load(world, number)
    assert (kept.offered_start, kept.offered_end, kept.offer_answer, kept.offer_answered_by) == (None, None, "", "")
    assert (kept.reason, kept.reason_text) == ("", "")
    clerk = world.browser(f"groupclerk.{HOME}")
    clerk.get(f"{BASE}{number}")
    facts, history = (
        " ".join(" ".join(node.text_content() for node in clerk.tree.xpath(where)).split())
        for where in ("//dl", "//*[contains(@class, 'timeline')]")
    )
    for said in ("ตรงกับวันสอบ", "วิทยากรติดราชการ"):
        assert said not in facts
        assert said in history
    with world.session() as s:
        assert number not in {one.id for one in s.scalars(tables.refused_in(school_year(today())))}


def test_after_a_no_the_office_offers_another_time_which_the_school_takes(world):
    number = unfit(world)
    assert step(world, number, "offer", "groupdirector", **offer(50)).status_code == 302
    assert load(world, number).offer_answer == ""
    assert step(world, number, "accept", "school").status_code == 302
    assert load(world, number).day == today() + timedelta(days=50)
    agreed(world, number)


def test_after_a_no_the_office_keeps_the_first_time(world):
    number = unfit(world)
    assert (
        step(world, number, "consider", "groupdirector", met_on=near(0), activity_decision="เห็นควร").status_code == 302
    )
    agreed(world, number)
    assert step(world, number, "approve", "director").status_code == 302
    assert load(world, number).day == today() + timedelta(days=30)


def test_after_a_no_the_office_may_decline_by_itself_and_then_writes_its_own_reason(world):
    number = unfit(world)
    told = {"reason": "people", "reason_text": "ไม่มีวิทยากรว่าง", "told_on": near(0)}
    assert step(world, number, "decline", "groupdirector", **told).status_code == 302
    clerk = world.browser(f"groupclerk.{HOME}")
    assert clerk.submit(f"{BASE}{number}/draft/reply").status_code == 302, clerk.errors()
    with world.session() as s:
        letter = s.scalars(
            select(CitedLetter).filter_by(kind=Request.__tablename__, record_id=number, role="reply")
        ).one()
        body = s.get_one(Draft, letter.letter_id).content["body"]
    assert "ไม่มีวิทยากรว่าง" in body
    assert "ตรงกับวันสอบ" not in body


def test_a_second_offer_has_a_letter_of_its_own(world):
    number = circulated(world)
    clerk = world.browser(f"groupclerk.{HOME}")
    for _time in range(2):
        step(world, number, "offer", "groupdirector", **offer())
        assert clerk.submit(f"{BASE}{number}/draft/offer").status_code == 302
        step(world, number, "accept", "school")


def test_a_speaker_who_falls_ill_after_the_approval_is_replaced_and_the_group_is_told(world):
    number = preparing(world)
    assert answer(world, number, "refused", reason="ป่วย").status_code == 302
    director = world.browser(f"groupdirector.{HOME}", "th")
    assert "วิทยากรมาไม่ได้" in director.get("/notices/").get_data(as_text=True)
    assert asked(world, number, "groupdirector").status_code == 302
    assert answer(world, number, user="groupdirector").status_code == 302
    assert hold(world, number, "groupdirector").status_code == 302


def test_a_delegate_is_told(world):
    number = circulated(world)
    answer(world, number, "delegated", delegate_id=person_of(world, "groupdirector"), reason="ไปราชการ")
    told = world.browser(f"groupdirector.{HOME}", "th").get("/notices/").get_data(as_text=True)
    assert "การสอนอ่าน" in told


def test_nobody_is_asked_for_a_draft_or_a_closed_request(world):
    number = received(world)
    assert asked(world, number, "supervisor", late=True).status_code == 422
    assert step(world, number, "circulate", "groupdirector", late=True).status_code == 422
    assert answers(world, number) == {}


def test_an_urgent_request_without_a_speaker_still_gets_one(world):
    number = received(world)
    assert step(world, number, "hurry", reason_text="ผู้ว่าฯ มาตรวจ").status_code == 302
    assert step(world, number, "approve", "director").status_code == 302
    clerk = world.browser(f"groupclerk.{HOME}")
    assert clerk.shut(f"{BASE}{number}/draft/travel"), "an order names who travels"
    assert asked(world, number, "supervisor").status_code == 302
    assert answer(world, number).status_code == 302
    assert clerk.submit(f"{BASE}{number}/draft/travel").status_code == 302


def test_speakers_of_a_withdrawn_request_did_not_refuse(world):
    number = circulated(world)
    assert step(world, number, "cancel", "school", reason="เลิกจัด").status_code == 302
    assert list(answers(world, number).values()) == ["released"]
    assert world.count("core_waiting", f"view = 'NomineeView' and record_id = {nominee_of(world, number)}") == 0


def test_who_approves_may_also_decline_or_send_back(world):
    number = circulated(world)
    answer(world, number)
    meeting = {"met_on": near(0), "activity_decision": "เห็นควร"}
    step(world, number, "consider", "groupdirector", **meeting)
    assert step(world, number, "back", "director", reason="").status_code == 422, "sent back with a reason"
    assert step(world, number, "back", "director", reason="งบประมาณไม่พอ").status_code == 302
    for user, reads in (("groupclerk", True), ("school", False)):
        page = world.browser(f"{user}.{HOME}").get(f"{BASE}{number}").get_data(as_text=True)
        assert ("งบประมาณไม่พอ" in page) is reads, "what the office says among itself"
    assert load(world, number).status == "circulated"
    step(world, number, "consider", "groupdirector", **meeting)
    assert step(world, number, "deny", "director", reason="budget", reason_text="งบไม่พอ").status_code == 302
    assert (load(world, number).status, load(world, number).decision) == ("declined", "declined")


def test_an_activity_moves_with_its_speakers_and_not_onto_another_work_of_theirs(world):
    taken = approved(world, days=33, letter="1")
    number = preparing(world, letter="2")
    activity = activity_of(world, number)
    speaker = world.browser(f"supervisor.{HOME}")
    address = f"/services/activities/{activity.id}/change"
    move = {"sort": "moved", "reason": "ฝนตก", "start_time": "09.00", "end_time": "12.00"}
    there = load(world, taken).day
    assert there == today() + timedelta(days=33)
    clash = speaker.submit(address, **move, start_on=near(33), end_on=near(33))
    assert clash.status_code == 422
    assert "taken at that time" in " ".join(speaker.errors())
    assert speaker.submit(address, **move, start_on=near(-3), end_on=near(-3)).status_code == 422, "not into the past"
    assert speaker.submit(address, **move, start_on=near(35), end_on=near(35)).status_code == 302
    with world.session() as s:
        days = {s.get_one(Nominee, nominee_of(world, number)).day, s.get_one(Request, number).day}
    assert days == {today() + timedelta(days=35)}
    assert activity_of(world, number).day == today() + timedelta(days=35)


def test_an_activity_is_held_and_summed_up_by_its_own_speakers(world):
    number = circulated(world, speakers=("groupdirector",))
    answer(world, number, user="groupdirector")
    step(world, number, "consider", "groupdirector", met_on=near(0), activity_decision="เห็นควร")
    step(world, number, "approve", "director")
    step(world, number, "reply", letter_no="ศธ 9/1", letter_on=near(0))
    step(world, number, "prepare", letter_no="ศธ 9/2", letter_on=near(0))
    assert hold(world, number, "supervisor").status_code == 403, "somebody else speaks there"
    stranger = world.browser(f"supervisor.{HOME}")
    stranger.get(f"/services/activities/{activity_of(world, number).id}")
    assert not stranger.tree.xpath("//*[@class='actions']//a[contains(@href, '/held')]")
    assert hold(world, number, "groupdirector").status_code == 302
    for form in ("summaries", "surveys"):
        address = f"/services/{form}/new?activity={activity_of(world, number).id}"
        assert stranger.get(address).status_code == 403, form
        assert world.browser(f"groupdirector.{HOME}").get(address).status_code == 200, form


def test_who_cannot_open_the_page_of_speakers_is_asked_by_word(world):
    """A registry clerk speaks on correspondence: nothing waits for them behind a door that is shut."""
    number = circulated(world)
    assert asked(world, number, "clerk").status_code == 302
    nominee = nominee_of(world, number, "clerk")
    assert world.count("core_waiting", f"view = 'NomineeView' and record_id = {nominee}") == 0
    mine = world.browser(f"clerk.{HOME}").get("/waiting/").get_data(as_text=True)
    assert f"/services/speakers/{nominee}" not in mine
    director = world.browser(f"groupdirector.{HOME}")
    noted = director.submit(f"/services/speakers/bulk/answer?ids={nominee}&back=record", answer="accepted")
    assert noted.status_code == 302


def test_two_of_one_name_are_told_apart_where_one_chooses(world):
    found = world.browser(f"groupdirector.{HOME}").get("/persons/lookup", query_string={"q": "อินทร์แก้ว"}).json
    assert found
    assert all(one["note"] for one in found), found
    officers = world.browser(f"supervisor.{HOME}").get("/cooperation/tasks/people", query_string={"q": ""}).json
    assert officers
    assert all(one["note"] and one["note"] not in one["text"] for one in officers)
    clerk = world.browser(f"clerk.{HOME}")
    for address in ("/units/lookup", "/saraban/dispatches/offices"):
        schools = clerk.get(address, query_string={"q": "โรงเรียน"}).json
        assert schools
        assert all(one["note"] for one in schools), f"{address}: {schools}"


def test_a_form_with_nothing_to_choose_from_says_what_is_missing_and_who_adds_it(world):
    activity = activity_of(world, preparing(world))
    world.owner("update service_request_service set active = false")
    world.owner("update service_request_survey_template set active = false")
    for user, page, field, said in (
        ("school", f"{BASE}new", "service_id", "Who keeps the catalogue"),
        ("supervisor", f"/services/surveys/new?activity={activity.id}", "template_id", "responsible for the templates"),
    ):
        browser = world.browser(f"{user}.{HOME}")
        assert browser.get(page).status_code == 200
        assert said in " ".join(browser.errors())
        assert not browser.tree.xpath(f"//main//*[@name='{field}'] | //main//*[@data-save]")


def test_a_state_says_nothing_of_speakers_or_a_meeting_that_there_were_none(world):
    number = received(world)
    assert step(world, number, "hurry", reason_text="ผู้ว่าฯ มาตรวจ").status_code == 302
    for key, user, typed in (
        ("back", "director", {"reason": "ขอรายละเอียดเพิ่ม"}),
        ("offer", "groupdirector", offer()),
        ("accept", "school", {}),
    ):
        page = world.browser(f"school.{HOME}", "th").get(f"{BASE}{number}").get_data(as_text=True)
        for word in ("ทาบทามวิทยากรแล้ว", "พิจารณาแล้ว"):
            assert word not in page, (load(world, number).status, word)
        assert step(world, number, key, user, **typed).status_code == 302
    assert answers(world, number) == {}, "nobody was asked"
    assert load(world, number).status == "circulated"
    page = world.browser(f"school.{HOME}", "th").get(f"{BASE}{number}").get_data(as_text=True)
    assert "รอพิจารณา" in page
    assert "ทาบทามวิทยากรแล้ว" not in page

"""The complaint box: anybody writes, machines do not, anonymous stays anonymous, and the answer is followed by link."""

from __future__ import annotations

from time import time

import pytest
from limits import parse
from sqlalchemy import select

from core.base.text.thai import today
from core.plugins import switches
from plugins.service_request.feedback import services, views
from plugins.service_request.models import Feedback
from tests.plugins.service_request.world import HOME, meet, pressed_twice
from tests.support import OTHER

BOX = f"/say/{HOME}"
SAID = "ขอให้ตอบหนังสือขอวิทยากรเร็วขึ้น"


@pytest.fixture(autouse=True)
def as_slow_as_a_person(monkeypatch):
    monkeypatch.setattr(views, "QUICKEST", 0)


def say(browser, **more):
    browser.get(BOX)
    hidden = {
        name: browser.tree.xpath(f"string(//form[@class='form-card']//input[@name='{name}']/@value)")
        for name in ("csrf_token", "form_key", "opened")
    }
    typed = {"category": "complaint", "text": SAID, "anonymous": "y", "website": "", **more}
    browser.page = browser.client.post(BOX, data={**hidden, **{k: v for k, v in typed.items() if v is not None}})
    return browser.page


def newest(world) -> Feedback:
    with world.session() as s:
        return s.scalars(select(Feedback).order_by(Feedback.id.desc())).first()


def test_a_stranger_writes_and_follows_the_answer_by_link(world):
    stranger = world.browser()
    answer = say(stranger)
    assert answer.status_code == 302
    stranger.get(answer.location)
    assert SAID in stranger.text
    one = newest(world)
    clerk = world.browser(f"groupclerk.{HOME}")
    clerk.submit(f"/services/feedback/bulk/answer?ids={one.id}&back=record", answer="ปรับขั้นตอนแล้ว")
    stranger.get(answer.location)
    assert "ปรับขั้นตอนแล้ว" in stranger.text


def test_a_name_beside_the_tick_anonymous_is_asked_about_not_dropped(world):
    stranger, before = world.browser(), world.count("service_request_feedback")
    for typed in ({"name": "นายสมมติ เปิดเผย"}, {"contact": "081 000 0000"}):
        assert say(stranger, **typed).status_code == 422
        assert any("Clear both to stay anonymous" in one or "ลบทั้งสองช่อง" in one for one in stranger.errors())
        assert next(iter(typed.values())) in stranger.page.get_data(as_text=True), "what was typed is still there"
        assert not stranger.tree.xpath("//input[@name='anonymous'][@checked]"), "the fields are seen again"
    assert world.count("service_request_feedback") == before


def test_anonymous_stays_anonymous_to_every_role_because_no_name_is_kept(world):
    with world.session() as s:  # past the form, which asks: the rule holds below it as well
        values = {
            "category": "complaint",
            "text": SAID,
            "anonymous": True,
            "name": "นายสมมติ เปิดเผย",
            "contact": "x@example.go.th",
        }
        services.receive(s, values, today=today())
    one = newest(world)
    assert (one.name, one.contact, one.anonymous) == ("", "", True)
    said = "cast(changes as varchar(4000)) like '%เปิดเผย%' or note like '%เปิดเผย%' or record_label like '%เปิดเผย%'"
    assert world.count("core_timeline", said) == 0
    for user in ("groupclerk", "groupdirector", "director"):
        browser = world.browser(f"{user}.{HOME}")
        browser.get(f"/services/feedback/{one.id}")
        assert "เปิดเผย" not in browser.text
        assert "Anonymous" in browser.text


def test_who_signs_types_a_name(world):
    stranger = world.browser()
    assert say(stranger, anonymous=None).status_code == 422
    assert SAID in stranger.text, "what was typed is still there"
    assert say(stranger, anonymous=None, name="นางสมมติ").status_code == 302
    assert newest(world).name == "นางสมมติ"


@pytest.mark.parametrize(
    "typed", [{"website": "http://spam"}, {"text": "สั้น"}, {"text": "ก" * 3001}, {"category": "nonsense"}]
)
def test_machines_and_empty_words_are_refused(world, typed):
    before = world.count("service_request_feedback")
    assert say(world.browser(), **typed).status_code == 422
    assert world.count("service_request_feedback") == before


def test_what_is_sent_at_once_is_no_person_s(world, monkeypatch):
    monkeypatch.setattr(views, "QUICKEST", 3)
    stranger = world.browser()
    assert say(stranger).status_code == 422
    assert "ส่งเร็วผิดปกติ" in stranger.text


def test_one_address_sends_sixty_an_hour_and_who_comes_later_keeps_what_they_wrote(world):
    answers = [say(world.browser()).status_code for _ in range(60)]
    assert answers == [302] * 60
    late = world.browser()
    assert say(late, text="โรงเรียนเดียวกันยังมีเรื่องจะบอกอีก").status_code == 422
    assert "โรงเรียนเดียวกันยังมีเรื่องจะบอกอีก" in late.tree.xpath("string(//textarea[@name='text'])")
    assert late.errors(), "and is told why"
    for _more in range(5):
        assert say(world.browser()).status_code == 422
    elsewhere = world.browser()
    elsewhere.client.environ_base["REMOTE_ADDR"] = "192.0.2.7"
    assert say(elsewhere).status_code == 302, "what one address may not send closes nobody else's box"


def test_who_floods_a_box_for_a_day_leaves_room_in_it_for_others(world, monkeypatch):
    monkeypatch.setattr(views, "A_SHARE", parse("2 per day"))
    assert [say(world.browser()).status_code for _more in range(4)] == [302, 302, 422, 422]
    late = world.browser()
    say(late)
    assert "เครือข่ายนี้" in " ".join(late.errors())
    assert SAID in late.tree.xpath("string(//textarea[@name='text'])")
    elsewhere = world.browser()
    elsewhere.client.environ_base["REMOTE_ADDR"] = "192.0.2.7"
    assert say(elsewhere).status_code == 302
    monkeypatch.undo()
    assert views.A_SHARE.amount * 4 < views.A_DAY.amount


def test_what_was_sent_already_costs_its_sender_and_the_district_nothing(world, monkeypatch):
    monkeypatch.setattr(views, "A_DAY", parse("2 per day"))
    stranger = world.browser()
    stranger.get(BOX)
    typed = stranger.fields() | {"category": ["complaint"], "text": [SAID], "anonymous": ["y"]}
    assert {stranger.client.post(BOX, data=typed).status_code for _press in range(5)} == {302}
    assert say(world.browser()).status_code == 302
    late = world.browser()
    assert say(late).status_code == 422
    assert "วันนี้" in " ".join(late.errors()), "it is the day that is full, not the network"


def test_a_page_that_is_sent_twice_is_one_complaint(world, monkeypatch):
    stranger = world.browser()
    stranger.get(BOX)
    typed = stranger.fields()
    typed |= {"category": ["complaint"], "text": [SAID], "anonymous": ["y"]}
    before = world.count("service_request_feedback")
    first, second = (stranger.client.post(BOX, data=typed) for _press in range(2))
    assert first.status_code == second.status_code == 302
    assert first.location == second.location, "whose answer was lost sees that it came in"
    assert world.count("service_request_feedback") == before + 1
    stranger.get(BOX)
    meet(monkeypatch, services, "serving_unit")
    at_once = pressed_twice(world, stranger, BOX, stranger.fields() | {key: typed[key] for key in ("category", "text")})
    assert {page.status_code for page in at_once} == {302}
    assert len({page.location for page in at_once}) == 1
    assert world.count("service_request_feedback") == before + 2


def test_when_the_page_was_opened_is_not_the_sender_s_to_say(world, monkeypatch):
    monkeypatch.setattr(views, "QUICKEST", 3)
    early = f"{int(time()) - 600:x}-forged-form-key"
    stranger = world.browser()
    assert say(stranger, form_key=early).status_code == 422
    assert "ส่งเร็วผิดปกติ" in stranger.text
    assert say(stranger, form_key=early, opened="forged").status_code == 422
    assert stranger.resubmit(BOX).status_code == 422, "the page that it gets then was opened this moment"
    assert "ส่งเร็วผิดปกติ" in stranger.text


def test_a_page_that_was_open_over_lunch_is_sent_at_the_second_press(world, monkeypatch):
    before = world.count("service_request_feedback")
    monkeypatch.setattr(views, "LONGEST_SITTING", -1)
    stranger = world.browser()
    assert say(stranger).status_code == 422
    assert "เปิดไว้นานเกินไป" in stranger.text
    assert SAID in stranger.fields()["text"][0]
    monkeypatch.undo()
    monkeypatch.setattr(views, "QUICKEST", 0)
    assert stranger.resubmit(BOX).status_code == 302
    assert world.count("service_request_feedback") == before + 1


def test_other_words_from_the_same_page_are_not_lost(world):
    stranger = world.browser()
    assert say(stranger).status_code == 302
    first = stranger.page.location
    stranger.get(BOX)
    typed = stranger.fields() | {"category": ["complaint"], "text": [SAID], "anonymous": ["y"]}
    said = [stranger.client.post(BOX, data=typed | {"text": [text]}).location for text in (SAID, f"{SAID} และอีกเรื่อง")]
    assert len({first, *said}) == 3, "each is followed by its own link"


def test_it_lands_in_that_district_alone(world):
    here = world.count("service_request_feedback", f"district_id = {world.district_id(HOME)}")
    there = world.count("service_request_feedback", f"district_id = {world.district_id(OTHER)}")
    say(world.browser())
    assert world.count("service_request_feedback", f"district_id = {world.district_id(HOME)}") == here + 1
    assert world.count("service_request_feedback", f"district_id = {world.district_id(OTHER)}") == there
    assert world.browser(f"groupclerk.{OTHER}").get(f"/services/feedback/{newest(world).id}").status_code == 404


def test_no_box_where_there_is_no_such_district_or_the_module_is_off(world):
    assert world.browser().get("/say/nowhere").status_code == 404
    with world.session() as s:
        switches.switch(s, world.khet.switchboard, "service_request", on=False)
    assert world.browser().get(BOX).status_code == 404


def test_it_is_given_to_somebody_answered_used_and_closed(world):
    say(world.browser())
    one = newest(world)
    clerk = world.browser(f"groupclerk.{HOME}")
    owner = world.account(f"groupdirector.{HOME}").id
    step = f"/services/feedback/bulk/%s?ids={one.id}&back=record"
    assert clerk.sent_late(step % "close").status_code == 422, "it is not answered yet"
    assert one.text[:20] in clerk.text, "those of one day are told apart"
    assert f"· {one.id}" in clerk.text
    stranger = world.account(f"supervisor.{HOME}").id
    offered = clerk.get("/services/feedback/people?q=").get_json()
    assert stranger not in {row["id"] for row in offered}, "who may not read complaints is not offered one"
    assert clerk.submit(step % "assign", account_id=str(stranger)).status_code == 422
    assert clerk.submit(step % "assign", account_id=str(owner)).status_code == 302
    assert world.browser(f"groupdirector.{HOME}").get(f"/services/feedback/{one.id}").status_code == 200
    assert world.count("core_waiting", f"view = 'FeedbackView' and record_id = {one.id} and user_id = {owner}") == 1
    assert clerk.submit(step % "answer", answer="").status_code == 422
    assert clerk.submit(step % "answer", answer="รับไปปรับปรุง").status_code == 302
    assert clerk.submit(step % "close").status_code == 302
    assert newest(world).status == "closed"

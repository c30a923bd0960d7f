"""Requests: who sees and does what, and each refusal of the domain page (§12)."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from sqlalchemy import select

from core.base.errors import RuleError
from core.base.text.calendars import school_year
from core.base.text.thai import today
from core.platform.masterdata.models import School
from core.platform.numbering import engine
from core.platform.timeline.models import TimelineEntry
from core.platform.users.models import Grant, RoleProfile
from core.records.bookings import services as bookings
from plugins.service_request import permissions, tables
from plugins.service_request.models import BOOK, Nominee, Request, Service
from tests.core.test_bookings import Visit, actor_of
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
    preparing,
    received,
    step,
    values,
)
from tests.support import OTHER, near


def refused(world, user: str = "groupclerk", **more) -> str:
    """What a form says that is not taken."""
    browser = world.browser(f"{user}.{HOME}")
    before = world.count("service_request_request")
    assert browser.submit(f"{BASE}new", **values(world, **more)).status_code == 422
    assert world.count("service_request_request") == before, "nothing half-written"
    assert browser.tree.xpath("string(//input[@id='topic']/@value)") == "การสอนอ่าน", "everything typed is still there"
    return " ".join(browser.errors())


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"end_time": "08.00"}, "end must lie after"),
        ({"start_on": near(-1)}, "beginning lies in the past"),
        ({"venue": ""}, "Fill this in"),
        ({"contact": ""}, "Fill this in"),
        ({"phone": ""}, "Fill this in"),
        ({"expected": "0"}, "At least one person"),
        ({"expected": "-3"}, "At least one person"),
        ({"budget": "-1"}, "cannot be negative"),
        ({"start_time": ""}, "time like 09.30"),
        ({"school_id": "999999"}, "Choose one from the list"),
        ({"urgent": "y"}, "Say why it is urgent"),
    ],
)
def test_bad_input_is_refused_at_its_field(world, more, said):
    assert said in refused(world, **more)


def test_a_request_says_in_one_message_that_it_is_there_and_a_refused_one_says_nothing_of_it(world):
    school = world.browser(f"school.{HOME}")

    def said() -> list[str]:
        school.get(f"{BASE}new")
        return [
            " ".join(node.text_content().split())
            for node in school.tree.xpath("//main//div[contains(@class, 'alert-')]")
        ]

    key = {"file": (io.BytesIO(b"0" * 40), "ลายมือชื่อ.p12")}
    held = school.post("/uploads/", key, content_type="multipart/form-data").json["id"]
    assert school.submit(f"{BASE}new", **values(world), files=str(held)).status_code == 422
    assert "holds a secret key" in " ".join(school.errors())
    assert not [one for one in said() if "can be followed" in one]
    assert school.submit(f"{BASE}new", **values(world)).status_code == 302
    (one,) = said()
    assert one.startswith("Saved. The request can be followed without login at")


def test_a_service_that_is_not_offered_any_more_is_not_asked_for(world):
    with world.session() as s:
        s.scalars(select(Service).order_by(Service.code)).first().active = False
    assert world.count("service_request_service", "not active") == 1
    with world.session() as s:
        old = s.scalars(select(Service.id).where(Service.active.is_(False))).one()
    assert (
        "valid choice" in refused(world, service_id=old).lower() or "listed" in refused(world, service_id=old).lower()
    )


def test_the_six_areas_are_shipped(world):
    with world.session() as s:
        assert set(s.scalars(select(Service.area))) == {1, 2, 3, 4, 5, 6}
        assert len(s.scalars(select(Service.id)).all()) == 19


def test_a_letter_dated_after_the_beginning_is_refused_and_one_used_twice_asked_about(world):
    first = received(world, letter="7")
    number = ask(world)
    step(world, number, "submit", "school")
    used = step(world, number, "receive", received_on=near(0), letter_no=f"ศธ 7/{first}", letter_on=near(-1))
    assert used.status_code == 422
    assert f"another record already: {load(world, first).number_text}" in " ".join(used.browser.errors())
    agreed = used.browser.tree.xpath("string(//input[@name='agreed']/@value)")
    late = step(world, number, "receive", received_on=near(0), letter_no="ศธ 8/1", letter_on=near(2))
    assert late.status_code == 422
    assert load(world, number).status == "asked"
    typed = {"received_on": near(0), "letter_no": f"ศธ 7/{first}", "letter_on": near(-1)}
    assert step(world, number, "receive", **typed, agreed=agreed).status_code == 302
    pair = ",".join(str(ask(world)) for _one in range(2))
    step(world, pair, "submit", "school")
    typed["letter_no"] = "ศธ 9/1"
    both = step(world, pair, "receive", **typed)
    assert both.status_code == 422, "two at once by one letter are asked about, too"
    agreed = both.browser.tree.xpath("string(//input[@name='agreed']/@value)")
    assert step(world, pair, "receive", **typed, agreed=agreed).status_code == 302


def test_numbers_come_from_the_book_without_gap_and_only_with_the_letter(world):
    with world.session() as s:
        last = max(n for n in s.scalars(select(Request.number)) if n)
    waiting = ask(world)
    first, second = received(world, letter="1"), received(world, letter="2")
    assert [load(world, n).number for n in (waiting, first, second)] == [None, last + 1, last + 2]
    assert step(world, waiting, "submit", "school").status_code == 302
    assert (
        step(world, waiting, "receive", received_on=near(0), letter_no="ศธ 3/1", letter_on=near(-1)).status_code == 302
    )
    with world.session() as s:
        book = [row[0] for row in tables.register(s, school_year(today())) if row[0]]
    assert book[-3:] == [load(world, n).number_text for n in (first, second, waiting)], (
        "the register runs by its numbers"
    )
    one = load(world, first)
    with world.session() as s:
        key = engine.BookKey(one.served_by_id, BOOK, one.year)
        check = engine.check(s, key, Request, today(), "served_by_id")
        assert check.whole
        assert check.used == last + 3


def test_nothing_goes_past_waiting_without_the_letter(world):
    number = ask(world)
    for key in ("screen", "propose", "approve", "reply", "close"):
        user = "director" if key == "approve" else "groupclerk"
        assert step(world, number, key, user, late=True).status_code == 422, key
    assert load(world, number).status == "draft"


@pytest.mark.parametrize(
    ("key", "user"),
    [
        ("receive", "school"), ("screen", "supervisor"), ("circulate", "groupclerk"), ("consider", "groupclerk"),
        ("approve", "groupdirector"), ("decline", "groupclerk"), ("approve", "groupclerk"),
    ],
)  # fmt: skip
def test_a_step_belongs_to_its_people(world, key, user):
    number = ask(world)
    assert step(world, number, key, user).status_code in (403, 404)


def test_a_school_sees_its_own_requests_and_no_other_s(world):
    mine = ask(world)
    with world.session() as s:
        unit = load(world, mine).unit_id
        other = s.scalars(select(Request.id).where(Request.unit_id != unit)).first()
    browser = world.browser(f"school.{HOME}")
    assert browser.get(f"{BASE}{mine}").status_code == 200
    assert browser.get(f"{BASE}{other}").status_code == 404
    listed = {a.rpartition("/")[2] for a in browser.get(BASE) and browser.tree.xpath("//tbody//a/@href")}
    assert str(other) not in listed
    assert world.browser(f"groupclerk.{OTHER}").get(f"{BASE}{mine}").status_code == 404


def test_withdrawn_with_a_reason_before_it_is_held_and_speakers_are_free_again(world):
    number = circulated(world)
    answer(world, number)
    assert step(world, number, "cancel", "school").status_code == 422
    assert step(world, number, "cancel", "school", reason="เลื่อนโครงการ").status_code == 302
    other = circulated(world, letter="2")
    assert answer(world, other).status_code == 302


def test_what_was_held_is_not_withdrawn(world):
    number = preparing(world)
    hold(world, number)
    assert step(world, number, "cancel", "school", reason="x", late=True).status_code == 422


def closing(world, number: int) -> bool:
    """Whether the request's page offers the clerk to close it."""
    clerk = world.browser(f"groupclerk.{HOME}")
    clerk.get(f"{BASE}{number}")
    return bool(clerk.tree.xpath("//a[contains(@href, '/bulk/close')]"))


def test_closing_names_what_is_missing(world):
    number = preparing(world)
    hold(world, number)
    activity = activity_of(world, number)
    clerk, speaker = world.browser(f"groupclerk.{HOME}"), world.browser(f"supervisor.{HOME}")
    cost = {"sort": "fee", "payer": "office", "amount": "1200", "evidence_due": near(5)}
    clerk.submit(f"/services/costs/new?activity={activity.id}", **cost)
    assert (
        speaker.submit(f"/services/summaries/new?activity={activity.id}", attended="25", result="บรรลุ").status_code
        == 302
    )
    kept = load(world, number)
    assert kept.status == "delivered", "a summary that nobody was sent sums nothing up"
    assert not closing(world, number)
    assert step(world, number, "close", late=True).status_code == 422
    assert world.count("core_waiting", f"view = 'RequestView' and record_id = {number}") == 0
    with world.session() as s:
        from plugins.service_request.models import Expense, Summary

        expense = s.scalars(select(Expense.id).filter_by(activity_id=activity.id)).one()
        summary = s.scalars(select(Summary.id).filter_by(activity_id=activity.id)).one()
        from plugins.service_request.models import SurveyTemplate

        template = s.scalars(select(SurveyTemplate.id)).first()
    assert world.count("core_waiting", f"view = 'SummaryView' and record_id = {summary}") == 1
    speaker.submit(f"/services/summaries/bulk/send?ids={summary}&back=record", sent_to="โรงเรียน")
    assert load(world, number).status == "summarised"
    assert world.count("core_waiting", f"view = 'SummaryView' and record_id = {summary}") == 0
    assert world.count("core_waiting", f"view = 'RequestView' and record_id = {number} and verb = 'receive'") == 1
    open_ = step(world, number, "close", late=True)
    assert open_.status_code == 422
    said = " ".join(open_.browser.errors())
    assert "Not yet: No survey was made, Money papers are missing." in said
    assert not closing(world, number)
    clerk.get(f"{BASE}{number}")
    assert "Not yet: No survey was made" in clerk.text, "what is missing is said where the step would be"
    clerk.submit(f"/services/costs/bulk/submit?ids={expense}&back=record", on=near(0))
    speaker.submit(f"/services/surveys/new?activity={activity.id}", template_id=str(template), closes_on=near(5))
    assert "The survey is still open" in " ".join(step(world, number, "close", late=True).browser.errors())
    with world.session() as s:
        from plugins.service_request.models import Survey

        survey = s.scalars(select(Survey.id).filter_by(activity_id=activity.id)).one()
    speaker.submit(f"/services/surveys/bulk/close?ids={survey}&back=record")
    assert closing(world, number)
    assert step(world, number, "close").status_code == 302
    assert load(world, number).status == "closed"


def test_who_has_no_account_follows_by_link_without_the_office_s_names(world):
    school = world.browser(f"school.{HOME}")
    school.submit(f"{BASE}new", **values(world))
    school.get(school.page.location)
    address = next(word for word in school.text.split() if "/services/follow/" in word)
    assert address.startswith("http"), "whoever is given it can open it"
    stranger = world.browser()
    path = "/services/follow/" + address.rpartition("/")[2]
    assert stranger.get(path).status_code == 200
    assert "การสอนอ่าน" in stranger.text
    assert "ร่าง" in stranger.text
    assert stranger.get("/services/follow/" + "x" * 22).status_code == 404
    assert world.count("service_request_request", f"token = '{address.rpartition('/')[2]}'") == 0, (
        "only its hash is kept"
    )


def test_speaker_and_school_are_told(world):
    number = circulated(world)
    browser = world.browser(f"supervisor.{HOME}")
    browser.get("/notices/")
    assert "การสอนอ่าน" in browser.text
    answer(world, number)
    step(world, number, "consider", "groupdirector", met_on=near(0), activity_decision="ให้บริการ")
    step(world, number, "approve", "director")
    school = world.browser(f"school.{HOME}")
    school.get("/notices/")
    assert "การสอนอ่าน" in school.text


def test_each_step_waits_for_its_own_people(world):
    def waits(number: int) -> str:
        with world.database.system_engine.connect() as c:
            from sqlalchemy import text

            row = c.execute(
                text(f"select verb from core_waiting where view = 'RequestView' and record_id = {number}")
            ).scalar()
            return row or ""

    number = ask(world)
    assert waits(number) == "edit"
    step(world, number, "submit", "school")
    assert waits(number) == "receive"
    number = circulated(world, letter="3")
    assert waits(number) == "consider"
    answer(world, number)
    step(world, number, "consider", "groupdirector", met_on=near(0), activity_decision="ให้บริการ")
    assert waits(number) == "approve"
    director = world.browser(f"director.{HOME}")
    director.get("/")
    assert "การสอนอ่าน" in director.text


# -- is this person busy ------------------------------------------------------------------------------------------------------


def test_leave_meetings_and_visits_answer_the_same_question(world):
    """What another module has booked keeps a speaker from accepting, and an agreed speaker is not booked elsewhere."""
    number = circulated(world)
    person, request = nominee_person(world, number), load(world, number)
    leave = Visit(1, world.unit(), "ลาพักผ่อน", occupies=("NomineeView", permissions.NOMINEE))
    here, hours = actor_of(world), (request.starts_at, request.ends_at)
    with world.session() as s:
        bookings.book(s, here, leave, [person], *hours, firm=True)
    said = answer(world, number)
    assert said.status_code == 422
    assert "ลาพักผ่อน" in " ".join(said.browser.errors())
    with world.session() as s:
        bookings.release(s, leave)
    assert answer(world, number).status_code == 302
    with world.session() as s, pytest.raises(RuleError, match="is taken at that time"):
        bookings.book(s, here, leave, [person], *hours, firm=True)
    step(world, number, "consider", "groupdirector", met_on=near(0), activity_decision="ให้บริการ")
    # before bookings were kept, somebody could agree to two things at once
    world.owner("update core_booking set firm = false")
    with world.session() as s:
        bookings.book(s, here, leave, [person], *hours, firm=True)
    kept = step(world, number, "approve", "director")
    assert kept.status_code == 422, "a speaker on leave is not approved"


def nominee_person(world, number: int) -> int:
    with world.session() as s:
        return s.get_one(Nominee, nominee_of(world, number)).person_id


def test_the_settings_of_a_district_hold(world):
    clerk = world.browser(f"groupclerk.{HOME}")
    limits = {
        "lead_days": "30",
        "decision_days": "3",
        "closing_days": "30",
        "summary_days": "7",
        "answer_days": "7",
        "fee_hour": "800",
    }
    assert clerk.submit("/services/settings/new", **limits).status_code == 302
    number = received(world, days=20)
    assert step(world, number, "screen").status_code == 422, "twenty days are fewer than thirty"
    assert clerk.submit("/services/settings/new", **limits).status_code == 422, "there is one set"
    school = world.unit("school")
    with world.session() as s:
        from plugins.service_request.models import Setting

        one = s.scalars(select(Setting.id)).one()
    assert clerk.submit(f"/services/settings/{one}/edit", served_by_id=str(school), **limits).status_code == 422


def test_an_approved_request_is_numbered_decided_and_dated(world):
    one = load(world, approved(world))
    assert (one.decision, one.decided_on) == ("approved", today())
    assert one.decided_by


def stands_in(world, user: str) -> None:
    """Somebody takes the director's place for these days, with any role at the office."""
    who, whose, unit = world.account(f"{user}.{HOME}"), world.account(f"director.{HOME}"), world.unit()
    with world.session() as s:
        role = s.scalars(select(RoleProfile.id).where(RoleProfile.key == "core.staff")).one()
        days = {"starts_on": today(), "ends_on": today() + timedelta(days=1)}
        s.add(Grant(user_id=who.id, role_id=role, unit_id=unit, stands_in_for_id=whose.id, **days))


def test_who_decides_in_the_director_s_place_is_written_down_as_doing_so(world):
    """รักษาราชการแทน: read a year later, the decision is the director's, and by whom."""
    stands_in(world, "groupdirector")
    name = world.account(f"groupdirector.{HOME}").get_full_name()
    first, second = circulated(world), circulated(world, days=40)
    for number in (first, second):
        answer(world, number)
        consider = {"met_on": near(0), "activity_decision": "เห็นควร"}
        assert step(world, number, "consider", "groupdirector", **consider).status_code == 302
    assert step(world, first, "back", "groupdirector", reason="ขอรายละเอียด").status_code == 302
    with world.session() as s:
        sent_back = TimelineEntry.action == "service_request.sent_back"
        said = s.scalars(select(TimelineEntry).where(sent_back, TimelineEntry.record_id == first)).one()
    assert said.actor_name.startswith(f"{name} ")
    assert "ผอ.เขต" in said.actor_name
    assert said.note == "ขอรายละเอียด"
    assert step(world, second, "approve", "groupdirector").status_code == 302
    assert load(world, second).decided_by.startswith(f"{name} ")
    assert "ผอ.เขต" in load(world, second).decided_by
    told = {"told_on": near(0), "reason": "scope", "reason_text": "นอกขอบเขต"}
    assert step(world, first, "decline", "groupdirector", **told).status_code == 302
    assert load(world, first).decided_by == name, "what is their own right is in nobody's place"


def _uploaded(browser, name: str = "หนังสือ.pdf") -> str:
    file = (io.BytesIO(b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"), name)
    return str(browser.post("/uploads/", {"file": file}, content_type="multipart/form-data").json["id"])


def test_a_school_sends_its_documents_with_the_request(world):
    school = world.browser(f"school.{HOME}")
    staged = _uploaded(school)
    wrong = school.submit(f"{BASE}new", **values(world, venue=""), files=staged)
    assert wrong.status_code == 422
    assert "หนังสือ.pdf" in school.text, "what was uploaded is kept while the form is mended"
    made = school.submit(f"{BASE}new", **values(world), files=staged)
    clerk = world.browser(f"groupclerk.{HOME}")
    clerk.get(made.location)
    assert "หนังสือ.pdf" in clerk.text
    link = clerk.tree.xpath("//a[contains(@href, '/files/')]/@href")[0]
    assert clerk.get(link).data.startswith(b"%PDF")
    assert world.browser(f"groupdirector.{OTHER}").get(link).status_code == 404, "another district's"
    # a document that comes later is laid to the same request
    more = _uploaded(school, "กำหนดการ.pdf")
    assert school.submit(f"{made.location}/edit", files=more).status_code == 302, school.errors()
    clerk.get(made.location)
    assert "กำหนดการ.pdf" in clerk.text
    assert "หนังสือ.pdf" in clerk.text


def test_a_school_asks_for_itself_alone_and_a_clerk_s_correction_moves_the_request_to_its_school(world):
    with world.session() as s:
        own, other = s.scalars(select(School).order_by(School.id).limit(2)).all()
    school = world.browser(f"school.{HOME}")
    for typed in (
        {"school_id": other.id},
        {"school_id": "", "school_id-text": "", "requester_type": "agency", "requester": "เทศบาล"},
    ):
        assert school.submit(f"{BASE}new", **values(world, **typed)).status_code == 422
        assert school.tree.xpath("//*[@id='school_id-error']"), school.errors()
        assert "own school" in " ".join(school.errors())
    assert not school.tree.xpath("//input[@name='requester']"), "its name is not typed"
    number = ask(world, requester="โรงเรียนอื่น")
    assert load(world, number).requester == own.name
    assert school.submit(f"{BASE}{number}/edit", school_id=other.id).status_code == 422
    assert school.tree.xpath("//*[@id='school_id-error']")
    assert load(world, number).school_id == own.id
    clerk = world.browser(f"groupclerk.{HOME}")
    assert clerk.submit(f"{BASE}{number}/edit", school_id=other.id, requester="").status_code == 302
    kept = load(world, number)
    assert (kept.school_id, kept.unit_id, kept.requester) == (other.id, other.unit_id, other.name)
    assert school.get(f"{BASE}{number}").status_code == 404, "it is no request of theirs"


def test_what_the_office_has_received_the_school_changes_no_more(world):
    number = ask(world)
    school, edit = world.browser(f"school.{HOME}"), f"{BASE}{number}/edit"
    school.get(edit)
    step(world, number, "submit", "school")
    step(world, number, "receive", received_on=near(0), letter_no="ศธ 1/1", letter_on=near(-1))
    school.resubmit(edit, topic="เรื่องอื่น")  # it was saved meanwhile; and once more
    assert school.resubmit(edit).status_code == 422
    assert "Tell the office" in " ".join(school.errors())
    assert school.fields()["topic"] == ["เรื่องอื่น"], "what was typed stays"
    assert school.get(edit).status_code == 302
    school.get(f"{BASE}{number}")
    assert "Tell the office" in school.text
    assert not school.tree.xpath(f"//a[@href='{edit}']")
    assert world.browser(f"groupclerk.{HOME}").submit(edit, topic="เรื่องที่แก้").status_code == 302
    assert load(world, number).topic == "เรื่องที่แก้"


def test_a_day_that_is_emptied_is_refused_at_its_field(world):
    number = ask(world)
    school = world.browser(f"school.{HOME}")
    for name in ("start_on", "end_on"):
        for typed in ("", " "):
            assert school.submit(f"{BASE}{number}/edit", **{name: typed}).status_code == 422
            assert school.tree.xpath(f"//*[@id='{name}-error']"), school.errors()
    assert load(world, number).day == today() + timedelta(days=30)
    activity = activity_of(world, preparing(world, letter="2"))
    director = world.browser(f"groupdirector.{HOME}")
    move = {"sort": "moved", "reason": "ฝนตก", "start_time": "09.00", "end_time": "12.00"}
    for days in ({"start_on": "", "end_on": near(35)}, {"start_on": near(35), "end_on": " "}):
        assert director.submit(f"/services/activities/{activity.id}/change", **move, **days).status_code == 422
        empty = next(name for name, typed in days.items() if not typed.strip())
        assert director.tree.xpath(f"//*[@id='{empty}-error']"), director.errors()

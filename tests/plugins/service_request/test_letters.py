"""Letters of a request: received from the register by one action, drafted with its facts, and readable without saraban."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.plugins import switches
from core.records.letter_links.models import CitedLetter
from plugins.saraban.models.drafts import Draft
from plugins.saraban.models.letters import IncomingLetter
from tests.plugins.service_request.world import (
    BASE,
    HOME,
    answer,
    approved,
    ask,
    circulated,
    load,
    person_of,
    step,
    values,
)
from tests.support import near


def incoming(world, **more) -> int:
    """A letter in the group's register."""
    browser = world.browser(f"groupclerk.{HOME}")
    unit = world.unit("group")
    with world.session() as s:
        from core.platform.masterdata.models import Unit

        unit = s.scalars(select(Unit.id).where(Unit.code == "sup")).one()
    typed = {
        "unit_id": str(unit), "received_on": near(0), "doc_no": "ศธ 04143.9/77", "doc_date": near(-2), "sender": "โรงเรียนสมมติ",
        "recipient": "ผอ.เขต", "subject": "ขอความอนุเคราะห์วิทยากรอบรมครู", "speed": "0", **more,
    }  # fmt: skip
    made = browser.submit("/saraban/incoming/new", **typed)
    assert made.status_code == 302, browser.errors()
    return int(made.location.rstrip("/").rpartition("/")[2])


def cited(world, number: int) -> dict[str, CitedLetter]:
    with world.session() as s:
        found = s.scalars(select(CitedLetter).filter_by(kind="service_request_request", record_id=number))
        return {one.role: one for one in found}


def off(world, module: str = "saraban") -> None:
    with world.session() as s:
        switches.switch(s, world.khet.switchboard, module, on=False)


def test_a_letter_in_the_register_becomes_a_request_by_one_action(world):
    letter = incoming(world)
    clerk = world.browser(f"groupclerk.{HOME}")
    clerk.get(f"/saraban/incoming/{letter}")
    link = clerk.tree.xpath("//a[contains(., 'Receive as a request')]/@href")[0]
    clerk.get(link)
    assert clerk.tree.xpath("string(//input[@id='topic']/@value)") == "ขอความอนุเคราะห์วิทยากรอบรมครู"
    made = clerk.resubmit(link, **values(world, topic="อบรมครู", channel="letter"))
    assert made.status_code == 302, clerk.errors()
    number = int(made.location.rstrip("/").rpartition("/")[2])
    assert cited(world, number)["incoming"].number == "ศธ 04143.9/77"
    step(world, number, "submit")
    taken = step(world, number, "receive", received_on=near(0))
    assert taken.status_code == 302, "the letter is linked: nothing is typed again"


def test_a_letter_that_asks_for_two_things_is_asked_about_once(world):
    letter = incoming(world)
    clerk = world.browser(f"groupclerk.{HOME}")
    link = f"{BASE}new?letter=saraban_incoming:{letter}"
    first = clerk.submit(link, **values(world, topic="อบรมครู"))
    before = world.count("service_request_request")
    assert clerk.submit(link, **values(world, topic="นิเทศ")).status_code == 422
    assert "belongs to another record already: อบรมครู" in " ".join(clerk.errors())
    assert world.count("service_request_request") == before, "nothing yet"
    agreed = clerk.tree.xpath("string(//input[@name='agreed']/@value)")
    assert first.location.rstrip("/").endswith(f"/{agreed}")
    again = clerk.submit(link, **values(world, topic="นิเทศ"), agreed=agreed)
    assert again.status_code == 302, clerk.errors()
    third = clerk.submit(link, **values(world, topic="อีกเรื่อง"), agreed=agreed)
    assert third.status_code == 422, "yes was said of the first alone"
    assert "belongs to another record already: นิเทศ" in " ".join(clerk.errors())


@pytest.mark.parametrize("begun", [BASE, "/cooperation/cases/"])
def test_no_work_begins_with_a_letter_that_was_cancelled(world, begun):
    """Its page offers none, and a form that was open before is refused with what was typed."""
    letter = incoming(world)
    page, link = f"/saraban/incoming/{letter}", f"{begun}new?letter=saraban_incoming:{letter}"
    clerk = world.browser(f"groupclerk.{HOME}")
    clerk.get(page)
    assert link in clerk.tree.xpath("//a/@href"), "while it counts"
    assert clerk.submit(f"{page}/cancel", reason="ลงซ้ำ").status_code == 302
    clerk.get(page)
    assert link not in clerk.tree.xpath("//a/@href")
    if begun == BASE:
        before = world.count("service_request_request")
        assert clerk.submit(link, **values(world, topic="อบรมครู")).status_code == 422
        assert "was cancelled" in clerk.text
        assert world.count("service_request_request") == before


def test_another_unit_s_letter_and_a_secret_one_bring_nothing(world):
    with world.session() as s:
        from core.platform.masterdata.models import Unit

        office = s.scalars(select(Unit.id).where(Unit.kind == "office")).one()
        foreign = s.scalars(
            select(IncomingLetter).where(IncomingLetter.unit_id == office, IncomingLetter.secrecy == 0)
        ).first()
        subject, number = foreign.subject, foreign.id
    clerk = world.browser(f"groupclerk.{HOME}")
    clerk.get(f"{BASE}new?letter=saraban_incoming:{number}")
    assert subject not in clerk.text
    assert clerk.tree.xpath("string(//input[@id='topic']/@value)") == ""


@pytest.mark.parametrize(("role", "said"), [("reply", "ยินดีให้ความอนุเคราะห์"), ("travel", "ขออนุมัติให้")])
def test_answer_and_order_to_travel_are_drafted_with_the_request_s_facts(world, role, said):
    number = approved(world)
    clerk = world.browser(f"groupclerk.{HOME}")
    assert clerk.submit(f"{BASE}{number}/draft/{role}").status_code == 302, clerk.errors()
    one = cited(world, number)[role]
    assert (one.letter_kind, one.number) == ("saraban_draft", "")
    with world.session() as s:
        draft = s.get_one(Draft, one.letter_id)
        assert said in draft.content["body"]
        assert "การสอนอ่าน" in draft.content["body"]
    clerk.get(f"{BASE}{number}")
    assert "Draft, without a number" in clerk.text


def test_a_decline_letter_says_the_reason(world):
    number = circulated(world)
    told = {"reason": "people", "reason_text": "วิทยากรติดราชการต่างจังหวัด", "told_on": near(0)}
    step(world, number, "decline", "groupdirector", **told)
    world.browser(f"groupclerk.{HOME}").submit(f"{BASE}{number}/draft/reply")
    with world.session() as s:
        draft = s.get_one(Draft, cited(world, number)["reply"].letter_id)
        assert "ไม่สามารถให้ความอนุเคราะห์ได้ เนื่องจากวิทยากรติดราชการต่างจังหวัด" in draft.content["body"]


def test_a_draft_is_no_answer_until_it_has_its_number_which_is_then_read(world):
    number = approved(world)
    clerk = world.browser(f"groupclerk.{HOME}")
    clerk.submit(f"{BASE}{number}/draft/reply")
    waiting = step(world, number, "reply")
    assert waiting.status_code == 422
    assert "still a draft" in " ".join(waiting.browser.errors())
    draft = cited(world, number)["reply"].letter_id
    director = world.browser(f"groupdirector.{HOME}")
    account = world.account(f"groupdirector.{HOME}").id
    assert clerk.submit(f"/saraban/drafts/{draft}/step/propose", holder_id=str(account)).status_code == 302, (
        clerk.errors()
    )
    assert director.submit(f"/saraban/drafts/{draft}/step/sign").status_code == 302, director.errors()
    assert clerk.submit(f"/saraban/drafts/{draft}/step/issue").status_code == 302, clerk.errors()
    assert step(world, number, "reply").status_code == 302
    one = cited(world, number)["reply"]
    assert one.number
    assert one.letter_kind == "saraban_outgoing"


def test_one_answer_for_a_decision(world):
    number = approved(world)
    clerk = world.browser(f"groupclerk.{HOME}")
    clerk.submit(f"{BASE}{number}/draft/reply")
    assert "there already" in clerk.shut(f"{BASE}{number}/draft/reply")


def test_no_answer_before_the_decision(world):
    number = circulated(world)
    clerk = world.browser(f"groupclerk.{HOME}")
    assert clerk.shut(f"{BASE}{number}/draft/reply")
    assert cited(world, number).keys() == {"incoming"}


def test_who_may_not_draft_letters_is_told_so(world):
    number = approved(world)
    assert world.browser(f"school.{HOME}").get(f"{BASE}{number}/draft/reply").status_code == 403


# -- without correspondence -------------------------------------------------------------------------------------------------


def test_without_correspondence_number_and_date_are_typed_and_nothing_breaks(world):
    letter = incoming(world)
    clerk = world.browser(f"groupclerk.{HOME}")
    made = clerk.submit(f"{BASE}new?letter=saraban_incoming:{letter}", **values(world))
    linked = int(made.location.rstrip("/").rpartition("/")[2])
    off(world)
    clerk.get(f"{BASE}{linked}")
    assert "ศธ 04143.9/77" in clerk.text, "the link stays readable"
    assert not clerk.tree.xpath("//a[contains(@href, '/saraban/')]"), "and leads nowhere"
    number = ask(world)
    step(world, number, "submit", "school")
    assert (
        step(world, number, "receive", received_on=near(0), letter_no="ศธ 3/1", letter_on=near(-1)).status_code == 302
    )
    step(world, number, "screen")
    step(world, number, "propose")
    typed = {"people-0-person_id": person_of(world, "supervisor"), "people-0-role": "speaker"}
    assert step(world, number, "circulate", "groupdirector", **typed).status_code == 302
    answer(world, number)
    step(world, number, "consider", "groupdirector", met_on=near(0), activity_decision="ให้บริการ")
    assert step(world, number, "approve", "director").status_code == 302
    assert "Correspondence" in clerk.shut(f"{BASE}{number}/draft/reply"), "the step says which module is missing"
    assert step(world, number, "reply", letter_no="ศธ 3/2", letter_on=near(0)).status_code == 302
    assert step(world, number, "prepare", letter_no="ศธ 3/3", letter_on=near(0)).status_code == 302
    assert load(world, number).status == "preparing"


def test_the_switch_page_says_what_works_better_with_what(world):
    admin = world.browser(f"admin.{HOME}")
    admin.get("/modules/")
    panel = admin.tree.xpath("//section[contains(., 'Academic services')]")[0].text_content()
    assert "Works better with:" in panel
    assert "Correspondence" in panel
    admin.get("/modules/saraban/off")
    assert "Academic services" in admin.text, "what uses it is named before it goes off"


def test_correspondence_off_leaves_services_on(world):
    off(world)
    assert world.browser(f"groupclerk.{HOME}").get(BASE).status_code == 200
    off(world, "service_request")
    assert world.browser(f"groupclerk.{HOME}").get(BASE).status_code == 404


def test_a_school_that_is_asked_for_its_letter_drafts_it_from_the_request_where_it_may(world):
    """The office waits for หนังสือขอความอนุเคราะห์: the page of the request offers its school to draft it, and the
    office receives the request with its number, not with a draft."""
    number = ask(world, channel="word", topic="การอ่านจับใจความ")
    school, office = world.browser(f"school.{HOME}"), world.browser(f"groupclerk.{HOME}")
    address = f"{BASE}{number}/draft/incoming"
    school.get(f"{BASE}{number}")
    assert address not in school.tree.xpath("//main//a/@href"), "nobody waits for a letter yet"
    assert step(world, number, "submit", "school").status_code == 302
    assert load(world, number).status == "waiting_letter"
    office.get(f"{BASE}{number}")
    assert address not in office.tree.xpath("//main//a/@href"), "who asks writes it"
    assert office.get(address).status_code == 403
    school.get(f"{BASE}{number}")
    assert address in school.tree.xpath("//main//a/@href")
    assert school.submit(address).status_code == 302, school.errors()
    school.get(f"{BASE}{number}")
    (draft,) = set(school.tree.xpath("//main//a[contains(@href, '/saraban/drafts/')]/@href"))
    assert address not in school.tree.xpath("//main//a/@href"), "it lies there"
    school.get(draft)
    assert "การอ่านจับใจความ" in school.text
    with world.session() as s:
        unit = s.get_one(Draft, int(draft.rpartition("/")[2])).unit_id
    assert unit == load(world, number).unit_id
    assert step(world, number, "receive", received_on=near(0)).status_code == 422, "a draft is no letter"
    taken = step(world, number, "receive", received_on=near(0), letter_no="ศธ 1/9", letter_on=near(-1))
    assert taken.status_code == 302, taken.browser.errors()
    assert cited(world, number)["incoming"].number == "ศธ 1/9"


def test_a_school_that_writes_no_letters_here_is_offered_none(world):
    number = ask(world, channel="word")
    assert step(world, number, "submit", "school").status_code == 302
    off(world)
    school = world.browser(f"school.{HOME}")
    school.get(f"{BASE}{number}")
    assert not school.tree.xpath("//main//a[contains(@href, '/draft/')]")

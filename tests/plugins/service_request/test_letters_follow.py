"""What a request says of its letters is what became of them: dropped, numbered, corrected, cancelled; and who sees it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.ops.demo.load import STAFF
from core.plugins import switches
from core.records.integrations import LetterFacts
from core.records.letter_links import services as citing
from plugins.saraban.models.drafts import Draft
from plugins.saraban.models.letters import OutgoingLetter
from plugins.saraban.work import drafting, registers
from plugins.saraban.work.life import Signer
from plugins.service_request.models import Request
from tests.plugins.service_request.test_letters import cited
from tests.plugins.service_request.test_no_dead_end import offer
from tests.plugins.service_request.world import BASE, approved, circulated, load, step
from tests.support import HOME, near

DRAFTS = "/saraban/drafts/"


def page(world, number: int, user: str = "groupclerk"):
    browser = world.browser(f"{user}.{HOME}")
    assert browser.get(f"{BASE}{number}").status_code == 200
    return browser


def drafted(world, number: int, role: str) -> int:
    """The clerk has a letter of the request drafted; the draft's id."""
    clerk = world.browser(f"groupclerk.{HOME}")
    assert clerk.submit(f"{BASE}{number}/draft/{role}").status_code == 302, clerk.errors()
    return cited(world, number)[role].letter_id


def drop(world, draft: int) -> None:
    assert world.browser(f"groupclerk.{HOME}").submit(f"{DRAFTS}{draft}/step/drop").status_code == 302


def numbered(world, draft: int) -> None:
    """Proposed, signed and given its number."""
    clerk, director = world.browser(f"groupclerk.{HOME}"), world.browser(f"groupdirector.{HOME}")
    signer = str(world.account(f"groupdirector.{HOME}").id)
    assert clerk.submit(f"{DRAFTS}{draft}/step/propose", holder_id=signer).status_code == 302, clerk.errors()
    assert director.submit(f"{DRAFTS}{draft}/step/sign").status_code == 302, director.errors()
    assert clerk.submit(f"{DRAFTS}{draft}/step/issue").status_code == 302, clerk.errors()


def declined(world) -> int:
    number = circulated(world)
    told = {"reason": "people", "reason_text": "วิทยากรติดราชการ", "told_on": near(0)}
    assert step(world, number, "decline", "groupdirector", **told).status_code == 302
    return number


@pytest.mark.parametrize(
    ("begin", "role", "key"),
    [(approved, "travel", "prepare"), (approved, "reply", "reply"), (declined, "reply", "reply")],
)
def test_a_dropped_draft_frees_its_place_for_another(world, begin, role, key):
    number = begin(world)
    if key == "prepare":
        step(world, number, "reply", letter_no="ศธ 9/1", letter_on=near(0))
    first = drafted(world, number, role)
    drop(world, first)
    seen = page(world, number)
    assert "Draft dropped" in seen.text
    assert "Draft, without a number" not in seen.text, "nothing is said that is not so any more"
    assert seen.tree.xpath(f"//a[contains(@href, '/draft/{role}')]"), "the button to draft it is back"
    asked = step(world, number, key)
    assert asked.status_code == 422
    assert "Type the letter's number" in " ".join(asked.browser.errors())
    again = drafted(world, number, role)
    assert again != first
    drop(world, again)
    assert step(world, number, key, letter_no="ศธ 9/8", letter_on=near(0)).status_code == 302
    assert cited(world, number)[role].number == "ศธ 9/8"


def test_a_typed_number_takes_the_place_of_a_living_draft_which_stays_and_is_named(world):
    number = approved(world)
    drafted(world, number, "reply")
    taken = step(world, number, "reply", letter_no="ศธ 9/8", letter_on=near(0))
    assert taken.status_code == 302, taken.browser.errors()
    taken.browser.get(taken.location)
    assert "stays among the drafts" in taken.browser.text
    assert (cited(world, number)["reply"].number, cited(world, number)["reply"].letter_kind) == ("ศธ 9/8", "")


def test_a_number_beside_the_one_that_the_letter_has_is_refused(world):
    number = approved(world)
    numbered(world, drafted(world, number, "reply"))
    other = step(world, number, "reply", letter_no="ศธ 9/8", letter_on=near(0))
    assert other.status_code == 422
    assert "there already" in " ".join(other.browser.errors())
    assert step(world, number, "reply").status_code == 302


def test_a_letter_that_was_numbered_says_its_number_wherever_it_is_cited(world):
    number = circulated(world)
    assert step(world, number, "offer", "groupdirector", **offer()).status_code == 302
    numbered(world, drafted(world, number, "offer"))
    one = cited(world, number)["offer"]
    assert one.number, "at once, not at the request's next step"
    assert step(world, number, "accept", "school").status_code == 302
    seen = page(world, number)
    assert one.number in seen.text
    assert "Draft, without a number" not in seen.text


def test_a_correction_and_a_cancelled_number_are_followed_and_it_is_written_anew(world):
    number = approved(world)
    numbered(world, drafted(world, number, "reply"))
    letter = cited(world, number)["reply"].letter_id
    clerk = world.browser(f"groupclerk.{HOME}")
    register = f"/saraban/outgoing/{letter}"
    clerk.get(f"{register}/correct")
    assert clerk.resubmit(f"{register}/correct", subject="เรื่องที่แก้แล้ว", reason="พิมพ์ผิด").status_code == 302, (
        clerk.errors()
    )
    assert "เรื่องที่แก้แล้ว" in page(world, number).text
    assert step(world, number, "reply").status_code == 302
    assert clerk.submit(f"{register}/cancel", reason="ส่งผิด").status_code == 302, clerk.errors()
    seen = page(world, number)
    assert "Cancelled" in seen.text
    assert load(world, number).status == "replied"
    assert drafted(world, number, "reply"), "also after the step that needed it"


def test_a_cited_letter_is_a_link_for_those_alone_whom_it_opens_for(world):
    number, subjects = approved(world), {}
    of = {"reply": world.unit("group"), "offer": world.unit("school")}
    with world.session() as s:
        request = s.get_one(Request, number)
        newest = select(OutgoingLetter).where(OutgoingLetter.secrecy == 0, OutgoingLetter.kind == "external")
        for role, unit in of.items():
            written = newest.where(OutgoingLetter.unit_id == unit).order_by(OutgoingLetter.id.desc())
            letter = s.scalars(written.limit(1)).one()
            facts = LetterFacts(letter.__tablename__, letter.id, "OutgoingView", letter.subject, letter.doc_no)
            citing.cite(s, request, role, facts)
            subjects[f"/saraban/outgoing/{letter.id}"] = letter.subject
    offered, opens = {}, {}
    for user in STAFF:
        browser = world.browser(f"{user}.{HOME}")
        if browser.get(f"{BASE}{number}").status_code == 200:
            assert all(subject in browser.text for subject in subjects.values()), f"{user} reads of both"
            offered[user] = set(browser.tree.xpath("//main//td/a[contains(@href, '/saraban/')]/@href"))
            opens[user] = {address for address in subjects if browser.get(address).status_code == 200}
    assert offered == opens
    group_s, school_s = subjects
    assert offered["groupclerk"] == {group_s}, "and who may not open the other reads of it"
    assert offered["school"] == {school_s}


def test_a_school_sees_no_draft_of_the_office_and_no_link_that_it_may_not_open(world):
    number = approved(world)
    draft = drafted(world, number, "reply")
    school = page(world, number, "school")
    assert "Draft, without a number" not in school.text
    assert "ตอบรับการขอความอนุเคราะห์" not in school.text
    numbered(world, draft)
    one = cited(world, number)["reply"]
    school = page(world, number, "school")
    assert one.number in school.text, "the answer itself is the school's to know"
    assert not school.tree.xpath("//main//a[contains(@href, '/saraban/')]")
    (link,) = page(world, number).tree.xpath("//main//a[contains(@href, '/saraban/outgoing/')]/@href")
    assert world.browser(f"groupclerk.{HOME}").get(link).status_code == 200


def heard(world, user: str) -> str:
    browser = world.browser(f"{user}.{HOME}")
    browser.get("/notices/")
    return browser.text


def test_who_works_on_a_request_learns_that_a_draft_of_it_was_dropped_and_its_history_says_so(world):
    number = approved(world)
    draft = drafted(world, number, "reply")
    drop(world, draft)
    assert "ยกเลิกร่างหนังสือ" not in heard(world, "groupclerk"), "nobody is told what they did"
    assert "draft of a letter dropped" in page(world, number).text
    school = page(world, number, "school")
    assert "draft of a letter dropped" not in school.text, "a draft is the office's own"
    draft = drafted(world, number, "reply")
    by = Signer(world.account(f"supervisor.{HOME}").id, "ศึกษานิเทศก์")
    with world.session(user=f"supervisor.{HOME}") as s:
        drafting.drop(s, s.get_one(Draft, draft), "ไม่ใช้แล้ว", by=by)
    assert "ยกเลิกร่างหนังสือ" in heard(world, "groupclerk")


def test_who_works_on_a_request_learns_that_its_letter_was_cancelled(world):
    number = approved(world)
    numbered(world, drafted(world, number, "reply"))
    one = cited(world, number)["reply"]
    assert step(world, number, "reply").status_code == 302
    with world.session(user=f"clerk.{HOME}") as s:
        registers.cancel(s, s.get_one(OutgoingLetter, one.letter_id), reason="ส่งผิด")
    said = heard(world, "groupclerk")
    assert f"ยกเลิกหนังสือ “{one.number}" in said
    assert "cited letter cancelled" in page(world, number, "school").text, "the answer itself was the school's to know"


def test_a_module_that_is_off_is_told_of_no_letter(world):
    number = approved(world)
    numbered(world, drafted(world, number, "reply"))
    one = cited(world, number)["reply"]
    with world.session() as s:
        switches.switch(s, world.khet.switchboard, "service_request", on=False)
    with world.session(user=f"clerk.{HOME}") as s:
        registers.cancel(s, s.get_one(OutgoingLetter, one.letter_id), reason="ส่งผิด")
    assert "ยกเลิกหนังสือ" not in heard(world, "groupclerk")
    assert world.count("core_cited_letter", "ended = 'cancelled'") == 1, "what it cites is true all the same"

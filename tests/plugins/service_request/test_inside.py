"""What the office keeps to itself about a school's request: remarks, evidence, money, why a speaker cannot."""

from __future__ import annotations

import io
from decimal import Decimal

import pytest
from sqlalchemy import select

from core.base.text.thai import today
from core.domain.standards.models import Evidence
from core.platform.masterdata.models import Unit
from core.platform.notices.models import Notice
from core.plugins import migrate
from core.records.files import store
from core.records.files.models import Attachment
from plugins.saraban.models.letters import OutgoingLetter
from plugins.service_request.models import Expense, Nominee, Request, Review
from tests.plugins.service_request.world import activity_of, preparing
from tests.support import HOME, real_pdf

PAGE = "/services/requests/"


@pytest.fixture
def asked(world) -> int:
    """A request of the demo's school, with a speaker who refused and a meeting about its money."""
    (own,) = world.khet.actor(world.account(f"school.{HOME}").id).units("service_request.request", "list").ids
    with world.session(user=f"groupdirector.{HOME}") as s:
        nominee = s.scalars(select(Nominee).order_by(Nominee.id)).first()
        found = s.get(Request, nominee.request_id)
        found.unit_id = own
        nominee.answer, nominee.reason = "refused", "ติดราชการลับ"
        s.add(
            Review(
                request_id=found.id, met_on=today(), activity_decision="เห็นควร", budget_decision="ให้สองหมื่น",
                attendees="ก", by="ข",
            )
        )  # fmt: skip
        assert s.get(Unit, own).kind == "school"
        return found.id


def page(world, user: str, number: int) -> str:
    browser = world.browser(f"{user}.{HOME}")
    assert browser.get(f"{PAGE}{number}").status_code == 200, user
    return browser.text


def test_a_remark_of_the_office_stays_inside_unless_its_writer_chooses_otherwise(world, asked):
    office = world.browser(f"groupclerk.{HOME}")
    assert (
        office.post(f"{PAGE}{asked}/comment", {"text": f"ถามก่อน @school.{HOME} @supervisor.{HOME}"}).status_code == 302
    )
    assert office.post(f"{PAGE}{asked}/comment", {"text": "แจ้งโรงเรียน", "audience": "everybody"}).status_code == 302
    school = page(world, "school", asked)
    assert "ถามก่อน" not in school
    assert "แจ้งโรงเรียน" in school
    assert "ถามก่อน" in page(world, "supervisor", asked)
    with world.session() as s:
        told = set(s.scalars(select(Notice.user_id).where(Notice.topic == "core.mentioned")))
    assert told == {world.account(f"supervisor.{HOME}").id}, "who may not read it is not told of it"
    answer = world.browser(f"school.{HOME}")
    assert answer.post(f"{PAGE}{asked}/comment", {"text": "จากโรงเรียน", "audience": "inside"}).status_code == 302
    assert "จากโรงเรียน" in page(world, "school", asked)
    assert "จากโรงเรียน" in page(world, "groupclerk", asked)


def staged(browser, name: str) -> str:
    """An upload that waits; its id."""
    sent = {"file": (io.BytesIO(real_pdf()), name)}
    return str(browser.post("/uploads/", sent, content_type="multipart/form-data").json["id"])


def test_a_file_with_a_remark_inside_is_as_private_as_the_remark(world, asked):
    office = world.browser(f"groupclerk.{HOME}")
    for name, more in (("ภายใน.pdf", {}), ("ถึงโรงเรียน.pdf", {"audience": "everybody"})):
        typed = {"text": name, "files": staged(office, name), **more}
        assert office.post(f"{PAGE}{asked}/comment", typed).status_code == 302
    school = world.browser(f"school.{HOME}")
    assert "ภายใน.pdf" not in page(world, "school", asked)
    assert "ถึงโรงเรียน.pdf" in page(world, "school", asked)
    assert "ภายใน.pdf" in page(world, "supervisor", asked)
    with world.session() as s:
        found = s.scalars(select(Attachment).where(Attachment.kind == Request.__tablename__))
        files = {file.name: file.id for file in found if file.record_id == asked}
        assert [file.name for file in store.attachments(s, s.get(Request, asked))] == ["ถึงโรงเรียน.pdf"]
    colleague = world.browser(f"supervisor.{HOME}")
    for name, seen in (("ภายใน.pdf", 404), ("ถึงโรงเรียน.pdf", 200)):
        address = f"{PAGE}{asked}/files/{files[name]}"
        assert colleague.get(address).status_code == 200
        assert school.get(address).status_code == seen


def test_remarks_from_before_one_could_choose_stay_in_the_office_after_the_upgrade(world, asked):
    """core0015: nobody of the office could have said it to the school alone; what names somebody there was for them."""
    said = {
        "ภายในเดิม": "groupclerk", f"ตอบ @school.{HOME}": "groupclerk", f"ถาม @supervisor.{HOME}": "groupclerk",
        "โรงเรียนว่า": "school",
    }  # fmt: skip
    for text, user in said.items():
        browser = world.browser(f"{user}.{HOME}")
        files = staged(browser, f"{text}.pdf")
        sent = browser.post(f"{PAGE}{asked}/comment", {"text": text, "audience": "everybody", "files": files})
        assert sent.status_code == 302
    new = world.browser(f"groupclerk.{HOME}")
    assert new.post(f"{PAGE}{asked}/comment", {"text": "ใหม่ภายใน"}).status_code == 302
    # a remark on a letter of the office: its file goes out with the letter as before
    with world.session() as s:
        letter = s.scalars(select(OutgoingLetter.id).where(OutgoingLetter.unit_id == world.unit())).first()
    clerk = world.browser(f"clerk.{HOME}")
    typed = {"text": "แนบเพิ่ม", "files": staged(clerk, "แนบเพิ่ม.pdf")}
    assert clerk.post(f"/saraban/outgoing/{letter}/comment", typed).status_code == 302
    before = world.count("core_timeline")
    engine = world.database.owner_engine()
    migrate.downgrade(engine, world.khet.registry, "core", "core0014")
    assert world.count("core_timeline") == before
    migrate.upgrade(engine, world.khet.registry)
    engine.dispose()
    with pytest.raises(Exception, match="append-only"):
        world.owner("update core_timeline set inside = true")
    school, office = page(world, "school", asked), page(world, "supervisor", asked)
    for text in (*said, "ใหม่ภายใน"):
        assert text in office
        outside = text in (f"ตอบ @school.{HOME}", "โรงเรียนว่า")
        assert (text in school) == outside, text
    assert "ภายในเดิม.pdf" not in school
    assert world.count("core_attachment", "remark = true") == 2
    with world.session() as s:
        assert "แนบเพิ่ม.pdf" in [file.name for file in store.attachments(s, s.get(OutgoingLetter, letter))]


@pytest.mark.parametrize(("visibility", "seen"), [("inside", False), ("school", True), ("public", True)])
def test_evidence_is_seen_by_whom_it_is_for(world, asked, visibility, seen):
    office = world.browser(f"groupclerk.{HOME}")
    typed = {"sort": "link", "title": "ร่องรอยภายใน", "url": "https://example.go.th/", "visibility": visibility}
    assert office.submit(f"/evidence/new?of=RequestView:{asked}", **typed).status_code == 302
    with world.session() as s:
        number = s.scalars(select(Evidence.id).where(Evidence.title == "ร่องรอยภายใน")).one()
    assert ("ร่องรอยภายใน" in page(world, "school", asked)) == seen
    school = world.browser(f"school.{HOME}")
    assert school.get(f"/evidence/{number}").status_code == (200 if seen else 404)
    assert "ร่องรอยภายใน" in page(world, "supervisor", asked)
    assert office.get(f"/evidence/{number}").status_code == 200


def test_a_school_does_not_lay_what_it_could_not_see_itself(world, asked):
    school = world.browser(f"school.{HOME}")
    school.get(f"/evidence/new?of=RequestView:{asked}")
    assert school.tree.xpath("//select[@name='visibility']/option/@value") == ["school", "public"]


def test_money_and_refusals_are_the_office_s_own(world, asked):
    inside, outside = page(world, "groupdirector", asked), page(world, "school", asked)
    for said in ("ให้สองหมื่น", "ติดราชการลับ"):
        assert said in inside
        assert said not in outside


def test_what_an_activity_costs_is_the_office_s_own(world):
    """The school reads the page of what is held there, without the speaker's fee and the costs."""
    number = preparing(world)
    found = activity_of(world, number)
    said = ("Speaker's fee", "Costs (baht)", "1,234.50")
    with world.session(user=f"groupdirector.{HOME}") as s:
        s.add(
            Expense(
                activity_id=found.id, unit_id=found.unit_id, title=found.title, sort="food", payer="office",
                amount=Decimal("1234.50"), evidence_due=today(),
            )
        )  # fmt: skip
    address = f"/services/activities/{found.id}"
    inside, outside = world.browser(f"groupdirector.{HOME}"), world.browser(f"school.{HOME}")
    assert inside.get(address).status_code == 200
    assert all(one in inside.text for one in said), inside.text
    assert outside.get(address).status_code == 200
    assert not [one for one in said if one in outside.text]

"""What the office keeps to itself about a school's request: remarks, evidence, money, why a speaker cannot."""

from __future__ import annotations

import io

import pytest
from sqlalchemy import select

from core.masterdata.models import Unit
from core.notices.models import Notice
from core.text.thai import today
from core.work.models import Evidence
from plugins.service_request.models import Nominee, Request, Review
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


def test_a_remark_inside_brings_no_file_that_everybody_would_see(world, asked):
    office = world.browser(f"groupclerk.{HOME}")

    staged = office.post(
        "/uploads/", {"file": (io.BytesIO(real_pdf()), "ภายใน.pdf")}, content_type="multipart/form-data"
    ).json["id"]
    assert office.post(f"{PAGE}{asked}/comment", {"text": "ดู", "files": str(staged)}).status_code == 422
    assert "ภายใน.pdf" not in page(world, "school", asked)


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

"""Drafts, what was opened lately, and the navigation's counts."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.platform.personal.models import Draft, RecentPage
from tests.core.test_listing import LIST, register
from tests.support import HOME, OTHER, near

FORM = LIST + "new"


@pytest.fixture
def clerk(world):
    return world.browser(f"clerk.{HOME}")


def token(browser, page: str = FORM) -> str:
    browser.get(page)
    return browser.tree.xpath("//form[@data-draft]/@data-draft")[0]


def drafts(world) -> list[Draft]:
    with world.session() as session:
        return list(session.scalars(select(Draft)))


def test_what_is_typed_is_kept_offered_and_read_back(world, clerk):
    proof = token(clerk)
    kept = clerk.post("/drafts/", {"token": proof, "subject": "พิมพ์ค้าง", "doc_no": "ศธ 1/2", "secrecy": "0"})
    assert kept.status_code == 201
    again = world.browser(f"clerk.{HOME}")  # another session: the first has ended
    again.get(FORM)
    assert again.tree.xpath("//div[@data-draft-offer]")
    found = again.get("/drafts/read", query_string={"token": proof}).json
    assert found["fields"]["subject"] == ["พิมพ์ค้าง"]


def test_a_saved_form_leaves_no_draft(world, clerk):
    clerk.post("/drafts/", {"token": token(clerk), "subject": "พิมพ์ค้าง"})
    assert len(drafts(world)) == 1
    assert clerk.submit(FORM, sender="สพฐ.", subject="ลงแล้ว", received_on=near()).status_code == 302
    assert drafts(world) == []


def test_a_secret_paper_has_no_draft_and_loses_the_one_it_had(world):
    secret = world.browser(f"secret.{HOME}")
    proof = token(secret)
    secret.post("/drafts/", {"token": proof, "subject": "ยังไม่ลับ", "secrecy": "0"})
    assert len(drafts(world)) == 1
    answer = secret.post("/drafts/", {"token": proof, "subject": "ลับแล้ว", "secrecy": "2"})
    assert answer.json == {"kept": False}
    assert drafts(world) == []
    with world.session(HOME, f"secret.{HOME}") as session:
        from plugins.saraban.models.letters import IncomingLetter

        number = session.scalars(select(IncomingLetter.id).where(IncomingLetter.secrecy > 0)).first()
    secret.get(f"{LIST}{number}/edit")
    assert secret.page.status_code == 200
    assert not secret.tree.xpath("//form[@data-draft]"), "the page of a secret paper is not marked"


def test_a_draft_is_nobody_else_s_and_no_page_is_invented(world, clerk):
    proof = token(clerk)
    clerk.post("/drafts/", {"token": proof, "subject": "ของฉัน"})
    for user in (f"admin.{HOME}", f"clerk.{OTHER}"):
        other = world.browser(user)
        assert other.get("/drafts/read", query_string={"token": proof}).status_code == 404
        assert other.post("/drafts/", {"token": proof, "subject": "x"}).status_code == 404
        assert other.post("/drafts/drop", {"token": proof}).status_code == 404
    assert clerk.post("/drafts/", {"token": "made-up", "subject": "x"}).status_code == 404
    assert [draft.data["subject"] for draft in drafts(world)] == [["ของฉัน"]]


def test_passwords_and_machinery_are_never_drafted(world, clerk):
    clerk.post("/drafts/", {"token": token(clerk), "subject": "a", "password": "ลับ", "form_key": "k", "version": "1"})
    assert set(drafts(world)[0].data) == {"subject"}
    clerk.get("/password/")
    assert not clerk.tree.xpath("//form[@data-draft]")


def test_a_draft_has_a_size(world, clerk):
    answer = clerk.post("/drafts/", {"token": token(clerk), "subject": "ก" * 30_000})
    assert answer.status_code == 422
    assert drafts(world) == []


def test_opened_lately_keeps_a_dozen_and_no_secret(world):
    secret = world.browser(f"secret.{HOME}")
    with world.session(HOME, f"secret.{HOME}") as session:
        from plugins.saraban.models.letters import IncomingLetter

        hidden = session.scalars(select(IncomingLetter.id).where(IncomingLetter.secrecy > 0)).first()
    assert secret.post("/recent/", {"view": "IncomingView", "id": str(hidden)}).status_code == 201
    clerk = world.browser(f"clerk.{HOME}")
    for number in register(world, 15):
        clerk.post("/recent/", {"view": "IncomingView", "id": str(number)})
    account = world.account(f"clerk.{HOME}")
    with world.session() as session:
        owners = session.scalars(select(RecentPage.user_id)).all()
    assert owners == [account.id] * 12
    assert clerk.post("/recent/", {"view": "IncomingView", "id": str(hidden)}).status_code == 404
    assert clerk.post("/recent/", {"view": "NoSuchView", "id": "1"}).status_code == 404


def test_no_draft_is_offered_where_a_secret_could_be_typed(world):
    secret = world.browser(f"secret.{HOME}")
    with world.session(HOME, f"secret.{HOME}") as session:
        from plugins.saraban.models.letters import IncomingLetter

        letter = session.scalars(select(IncomingLetter).where(IncomingLetter.secrecy > 0)).first()
        unit = letter.unit_id
    for page in (
        f"{LIST}bulk/act?ids={letter.id}", f"{LIST}{letter.id}/correct", f"{LIST}{letter.id}/cancel",
        f"/books/{unit}/saraban.secret_incoming/reserve",
    ):  # fmt: skip
        secret.get(page)
        assert secret.page.status_code == 200, page
        assert secret.tree.xpath("//form[@data-main]")
        assert not secret.tree.xpath("//form[@data-draft]"), page

"""Who saved a record while somebody had it open is said by name and time, and nobody is told that they were another."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.base.text.thai import today
from core.platform.timeline.models import TimelineEntry
from plugins.saraban.models.letters import IncomingLetter
from plugins.saraban.work import registers
from tests.support import HOME, letter

BOOK = "/saraban/incoming/"
OWN, OTHER = "อีกหน้าต่างหรืออุปกรณ์หนึ่ง", "บันทึกรายการนี้ไปแล้วระหว่างที่เปิดหน้านี้อยู่"


@pytest.fixture
def number(world) -> int:
    unit, account = world.unit(), world.account(f"clerk.{HOME}")
    with world.session(user=f"clerk.{HOME}") as s:
        return registers.register_incoming(s, unit, letter(), clerk=registers.Clerk(account.id, "ส"), today=today()).id


def named(world, user: str) -> str:
    with world.session() as s:
        mine = select(TimelineEntry.actor_name).where(TimelineEntry.actor_id == world.account(user).id)
        return s.scalars(mine.order_by(TimelineEntry.id.desc())).first() or ""


def two(world, first: str, second: str):
    return world.browser(f"{first}.{HOME}", "th"), world.browser(f"{second}.{HOME}", "th")


@pytest.mark.parametrize(
    ("other", "says", "never"), [("clerk", OWN, OTHER), ("secret", OTHER, OWN)], ids=["own", "other"]
)
def test_a_form_says_whether_oneself_or_who_saved_and_when_and_keeps_what_was_typed(world, number, other, says, never):
    mine, theirs = two(world, "clerk", other)
    page = f"{BOOK}{number}/edit"
    mine.get(page)
    assert theirs.submit(page, remark="ของเครื่องแรก").status_code == 302, theirs.errors()
    assert mine.resubmit(page, remark="ที่พิมพ์ไว้").status_code == 422
    said = " ".join(mine.errors())
    assert says in said
    assert never not in said
    assert " น." in said, "at what time"
    assert (named(world, f"{other}.{HOME}") in said) == (other != "clerk")
    assert mine.fields()["remark"] == ["ที่พิมพ์ไว้"]
    assert "ของเครื่องแรก" in mine.text, "what was saved stands beside it"
    assert mine.resubmit(page).status_code == 302, mine.errors()
    with world.session() as s:
        assert s.get_one(IncomingLetter, number).remark == "ที่พิมพ์ไว้"


def test_of_several_who_saved_the_other_is_named(world, number):
    mine, theirs = two(world, "clerk", "secret")
    page = f"{BOOK}{number}/edit"
    mine.get(page)
    assert theirs.submit(page, remark="ของผู้อื่น").status_code == 302
    assert world.browser(f"clerk.{HOME}").submit(page, remark="ของตนเองอีกเครื่อง").status_code == 302
    assert mine.resubmit(page, remark="ที่พิมพ์ไว้").status_code == 422
    said = " ".join(mine.errors())
    assert named(world, f"secret.{HOME}") in said
    assert OWN not in said


def test_a_comment_is_no_change(world, number):
    """Who only said something is not named as who saved."""
    mine, theirs = two(world, "clerk", "secret")
    page = f"{BOOK}{number}/edit"
    mine.get(page)
    assert world.browser(f"clerk.{HOME}").submit(page, remark="ของตนเองอีกเครื่อง").status_code == 302
    theirs.get(f"{BOOK}{number}")
    (key,) = theirs.tree.xpath("//form[contains(@action,'/comment')]//input[@name='form_key']/@value")
    assert theirs.post(f"{BOOK}{number}/comment", {"text": "ทราบ", "form_key": key}).status_code == 302
    assert mine.resubmit(page, remark="ที่พิมพ์ไว้").status_code == 422
    assert OWN in " ".join(mine.errors())


@pytest.mark.parametrize(("other", "says"), [("clerk", OWN), ("secret", OTHER)], ids=["own", "other"])
def test_a_cell_of_a_list_says_it_too_and_its_second_save_keeps_what_was_typed(world, number, other, says):
    mine, theirs = two(world, "clerk", other)
    cell = f"{BOOK}{number}/cell"
    version = mine.get(f"{cell}?column=remark").json["version"]
    assert theirs.submit(f"{BOOK}{number}/edit", remark="ของเครื่องแรก").status_code == 302
    refused = mine.post(cell, {"column": "remark", "value": "ที่พิมพ์ไว้", "version": version})
    assert refused.status_code == 409
    assert says in refused.json["error"]
    assert "ของเครื่องแรก" in refused.json["error"]
    again = mine.post(cell, {"column": "remark", "value": "ที่พิมพ์ไว้", "version": refused.json["version"]})
    assert again.status_code == 201


@pytest.mark.parametrize(("other", "says"), [("clerk", OWN), ("secret", OTHER)], ids=["own", "other"])
def test_a_step_for_one_says_it_too(world, number, other, says):
    mine, theirs = two(world, "clerk", other)
    page = f"{BOOK}bulk/act?ids={number}"
    mine.get(page)
    assert theirs.submit(f"{BOOK}{number}/edit", remark="ของเครื่องแรก").status_code == 302
    assert mine.resubmit(page, action="ทราบ").status_code == 422
    said = " ".join(mine.errors())
    assert says in said
    assert "ของเครื่องแรก" in said
    assert mine.fields()["action"] == ["ทราบ"]
    assert mine.resubmit(page).status_code == 302, mine.errors()


@pytest.mark.parametrize(("other", "says"), [("clerk", OWN), ("secret", "")], ids=["own", "other"])
def test_a_step_for_several_names_who_changed_each(world, number, other, says):
    unit, account = world.unit(), world.account(f"clerk.{HOME}")
    with world.session(user=f"clerk.{HOME}") as s:
        second = registers.register_incoming(
            s, unit, letter(), clerk=registers.Clerk(account.id, "ส"), today=today()
        ).id
    mine, theirs = two(world, "clerk", other)
    page = f"{BOOK}bulk/act?ids={number},{second}"
    mine.get(page)
    assert theirs.submit(f"{BOOK}{number}/edit", remark="ของเครื่องแรก").status_code == 302
    assert mine.resubmit(page, action="ทราบ").status_code == 422
    said = " ".join(mine.errors())
    assert (says or named(world, f"{other}.{HOME}")) in said
    assert (OWN in said) == (other == "clerk")

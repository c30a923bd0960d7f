"""A letter lies before one who directs: it is put before another with an opinion, comes back, and says where it is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from core.base.text.thai import today
from core.platform.timeline.models import TimelineEntry
from core.platform.users.models import Grant, RoleProfile
from core.platform.worklist.models import WorklistRow
from core.storage.base import utc_now
from plugins.saraban.models.endorsements import Endorsement
from tests.plugins.saraban.test_life import LIST, load, propose, register, step
from tests.support import HOME

OPINION = "เห็นควรอนุมัติ เสนอ ผอ.เขต พิจารณา"


@pytest.fixture
def clerk(world):
    return world.browser(f"clerk.{HOME}")


@pytest.fixture
def deputy(world):
    """รองผู้อำนวยการ: directs the office's letters by a role of their own."""
    account, unit = world.account(f"supervisor.{HOME}").id, world.unit()
    with world.session() as s:
        role = s.scalars(select(RoleProfile.id).where(RoleProfile.key == "saraban.director")).one()
        s.add(Grant(user_id=account, role_id=role, unit_id=unit, starts_on=today()))
    return world.browser(f"supervisor.{HOME}")


def links(browser, number: int) -> str:
    browser.get(f"{LIST}{number}")
    return " ".join(browser.tree.xpath("//main//a/@href"))


def begins_to_wait(world, number: int, days: int) -> None:
    """As if it had waited for so many days for whom it waits now."""
    with world.session() as s:
        row = s.scalars(
            select(WorklistRow).where(WorklistRow.kind == "saraban_incoming", WorklistRow.record_id == number)
        ).one()
        row.since = utc_now() - timedelta(days=days)


def waits_since(world, number: int):
    with world.session() as s:
        return s.scalars(
            select(WorklistRow.since).where(WorklistRow.kind == "saraban_incoming", WorklistRow.record_id == number)
        ).one()


def test_a_deputy_puts_a_letter_before_the_director_with_an_opinion(world, clerk, deputy):
    number, chief = register(world), world.account(f"director.{HOME}").id
    propose(world, clerk, number, "supervisor")
    assert "bulk/pass" in links(deputy, number)
    assert step(deputy, "pass", number, holder_id=str(chief), text="").status_code == 422, "an opinion is asked for"
    assert step(deputy, "pass", number, holder_id=str(chief), text=OPINION).status_code == 302, deputy.errors()
    assert load(world, number).holder_id == chief
    with world.session() as s:
        last = s.scalars(select(Endorsement).where(Endorsement.letter_id == number).order_by(Endorsement.id)).all()[-1]
        assert (last.step, last.text) == ("passed", OPINION)
    assert "bulk/direct" not in links(deputy, number), "it lies before the director now"
    director = world.browser(f"director.{HOME}")
    told = f"record_id = {number} and kind = 'saraban_incoming' and user_id"
    assert world.count("core_notice", f"topic = 'saraban.proposed' and {told} = {chief}") == 1
    assert "bulk/direct" in links(director, number)
    assert OPINION in director.text
    assert step(director, "return", number, text="ขอเอกสารเพิ่ม").status_code == 302
    mine = world.account(f"supervisor.{HOME}").id
    back = world.count("core_notice", f"topic = 'saraban.returned' and {told} = {mine}")
    assert back == 1, "whoever put it up hears that it went back"


def test_it_is_not_put_before_oneself_and_not_by_another(world, clerk, deputy):
    number, mine = register(world), str(world.account(f"supervisor.{HOME}").id)
    propose(world, clerk, number, "supervisor")
    step_page = f"{LIST}bulk/pass?ids={number}"
    deputy.get(step_page)
    assert mine not in deputy.tree.xpath("//select[@name='holder_id']/option/@value")
    assert deputy.post(step_page, {"holder_id": mine, "text": OPINION}).status_code == 422
    director = world.browser(f"director.{HOME}")
    assert "bulk/pass" not in links(director, number)
    assert director.sent_late(step_page, holder_id=mine, text=OPINION).status_code == 422
    assert load(world, number).holder_id == int(mine)


def test_where_one_alone_directs_nobody_is_offered_to_put_it_before(world, clerk):
    number = register(world)
    propose(world, clerk, number)
    director = world.browser(f"director.{HOME}")
    offered = links(director, number)
    assert "bulk/direct" in offered
    assert "bulk/pass" not in offered


def test_of_several_who_direct_none_is_chosen_before_the_clerk_chooses(world, clerk, deputy):
    number = register(world)
    address = f"{LIST}bulk/propose?ids={number}"
    clerk.get(address)
    assert clerk.tree.xpath("//select[@name='holder_id']/option/@value")[0] == ""
    assert clerk.resubmit(address, text="เพื่อโปรดพิจารณา").status_code == 422
    assert "Choose one from the list" in " ".join(clerk.errors())
    assert load(world, number).status == "registered"


def test_what_comes_back_waits_for_the_clerks_from_then_on(world, clerk):
    number, director = register(world), world.browser(f"director.{HOME}")
    propose(world, clerk, number)
    begins_to_wait(world, number, 3)
    step(director, "return", number, text="แนบเอกสารไม่ครบ")
    assert utc_now() - waits_since(world, number) < timedelta(hours=1)
    begins_to_wait(world, number, 2)
    propose(world, clerk, number)
    assert utc_now() - waits_since(world, number) < timedelta(hours=1), "and for the director from the second time on"


def test_a_step_is_one_line_of_the_history(world, clerk):
    number, director = register(world), world.browser(f"director.{HOME}")
    propose(world, clerk, number)
    step(director, "return", number, text="แนบเอกสารไม่ครบ")
    of_it = (TimelineEntry.kind == "saraban_incoming", TimelineEntry.record_id == number)
    with world.session() as s:
        said = {one.action: one.changes for one in s.scalars(select(TimelineEntry).where(*of_it))}
    assert "changed" not in said
    assert said["saraban.incoming.returned"]["status"] == ["proposed", "returned"]


def test_its_page_says_before_whom_it_lies_and_a_step_leads_back_to_it(world, clerk):
    number, director = register(world), world.browser(f"director.{HOME}")
    propose(world, clerk, number)
    name = world.account(f"director.{HOME}").get_full_name()
    clerk.get(f"{LIST}{number}")
    assert f"with {name} since" in clerk.tree.xpath("string(//p[@class='now'])")
    director.get(f"{LIST}{number}")
    (address,) = director.tree.xpath("//main//a[contains(@href,'/bulk/direct')]/@href")
    answer = director.submit(address, text="ทราบ")
    assert answer.status_code == 302
    assert answer.location.endswith(f"{LIST}{number}")


def test_a_step_with_what_waits_for_another_does_not_open(world, clerk, deputy):
    number = register(world)
    propose(world, clerk, number)
    assert deputy.sent_late(f"{LIST}bulk/direct?ids={number}", text="ทราบ").status_code == 422
    deputy.get(f"{LIST}bulk/direct?ids={number}")
    deputy.get(deputy.page.location)
    assert world.account(f"director.{HOME}").get_full_name() in " ".join(
        node.text_content() for node in deputy.tree.xpath("//*[contains(@class,'alert')]")
    ), "it says for whom it waits"

"""What waits for whom: kept with each change, counted in the navigation, shown at home, gone with its module."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from core.base.text.thai import today
from core.platform.users.models import Account, Grant
from core.platform.worklist.models import WorklistRow
from core.plugins import migrate, switches
from core.storage.base import utc_now
from plugins.saraban.models.letters import IncomingLetter
from plugins.saraban.work import registers
from tests.core.test_listing import LIST, register
from tests.support import HOME


def count(browser, page: str = LIST) -> int:
    browser.get("/")
    found = browser.tree.xpath(
        f"//nav[@id='nav']//a[@href='{page}']/span[contains(@class,'count')]/span[@translate]/text()"
    )
    return int(found[0]) if found else 0


def at_home(browser) -> list[str]:
    browser.get("/")
    return browser.tree.xpath("//section[contains(@class,'waiting')]//a/span[@class='name']/text()")


@pytest.fixture
def clerk(world):
    world.owner("delete from core_waiting")
    return world.browser(f"clerk.{HOME}")


def test_a_letter_waits_until_an_action_is_written(world, clerk):
    number = register(world, 1)[0]
    assert count(clerk) == 1
    clerk.submit(f"{LIST}{number}/edit", action="ทราบ")
    assert count(clerk) == 0
    assert world.count("core_waiting", "view = 'IncomingView'") == 0


def test_a_cancelled_letter_waits_no_longer(world, clerk):
    number = register(world, 1)[0]
    clerk.submit(f"{LIST}{number}/cancel", reason="ซ้ำ")
    assert count(clerk) == 0


def test_a_letter_given_to_an_officer_waits_for_that_officer_alone(world, clerk):
    number = register(world, 1)[0]
    officer = world.browser(f"director.{HOME}")
    assert count(officer) == 0, "a director may read; the clerks take it"
    clerk.submit(f"{LIST}bulk/assign?ids={number}", officers=str(world.account(f"director.{HOME}").id))
    assert (count(clerk), count(officer, "/saraban/assignments/")) == (0, 1)
    clerk.get("/")
    assert "What I started" in clerk.text


def told(world, user: str) -> list[str]:
    """What the user's page of notices says, the newest first."""
    browser = world.browser(f"{user}.{HOME}", "th")
    browser.get("/notices/")
    return browser.tree.xpath("//main//*[contains(@class,'wait-line')]/span[@class='name']/text()")


def put_before(world, clerk, to: str, *numbers: int) -> None:
    ids = ",".join(map(str, numbers))
    holder = str(world.account(f"{to}.{HOME}").id)
    assert clerk.submit(f"{LIST}bulk/propose?ids={ids}", holder_id=holder).status_code == 302, clerk.errors()


def test_whose_waiting_work_somebody_else_does_is_told_once(world, clerk):
    first, second, third = register(world, 3)
    put_before(world, clerk, "director", first, second, third)
    before = told(world, "director")
    clerk.submit(f"{LIST}{first}/edit", action="ทราบ")
    said, *rest = told(world, "director")
    assert rest == before
    assert "ดำเนินการเรื่องในงานที่รอดำเนินการแล้ว" in said
    clerk.submit(f"{LIST}bulk/act?ids={second},{third}", action="ทราบ")
    several, *rest = told(world, "director")
    assert rest == [said, *before], "one act on several is one notice"
    assert several.endswith("และอีก 1 รายการ")
    assert not any("รอดำเนินการ" in line for line in told(world, "clerk")), "who did it knows"


def test_who_did_it_themselves_or_is_told_of_it_otherwise_hears_nothing_more(world, clerk):
    own, sent_back = register(world, 2)
    put_before(world, clerk, "director", own, sent_back)
    before = told(world, "director")
    director = world.browser(f"director.{HOME}")
    assert director.submit(f"{LIST}bulk/direct?ids={own}", text="ทราบ").status_code == 302, director.errors()
    assert told(world, "director") == before
    assert clerk.submit(f"{LIST}{sent_back}/cancel", reason="ซ้ำ").status_code == 302, clerk.errors()
    assert len(told(world, "director")) == len(before) + 1


def test_who_gave_work_to_somebody_who_can_act_no_more_is_told_once(world, clerk):
    put_before(world, clerk, "director", *register(world, 2))
    before = told(world, "clerk")
    admin, account = world.browser(f"admin.{HOME}"), world.account(f"director.{HOME}")
    assert admin.post(f"/users/{account.id}/lock").status_code == 302
    said, *rest = told(world, "clerk")
    assert rest == before
    assert account.get_full_name() in said
    assert said.endswith("และอีก 1 รายการ")


def test_overdue_comes_first_then_the_most_urgent(world, clerk):
    now = utc_now()
    for subject, speed, due in (("ปกติ", 0, None), ("ด่วนที่สุด", 3, None), ("เลยกำหนด", 0, now - timedelta(hours=1))):
        with world.session(HOME, f"clerk.{HOME}") as session:
            made = register_one(session, world, subject, speed)
            made.due_at = due
    names = [name.split(" ", 1)[1] for name in at_home(clerk)]
    assert names == ["เลยกำหนด", "ด่วนที่สุด", "ปกติ"]
    assert "Overdue" in clerk.text


def register_one(session, world, subject: str, speed: int) -> IncomingLetter:
    from core.base.text.thai import today
    from core.platform.masterdata.models import Unit
    from tests.support import letter

    unit = session.scalars(select(Unit.id).where(Unit.kind == "office")).one()
    clerk = registers.Clerk(session.scope.user_id, "ธุรการ")
    return registers.register_incoming(session, unit, letter(subject=subject, speed=speed), clerk=clerk, today=today())


def test_a_module_that_is_off_has_nothing_waiting(world, clerk):
    register(world, 2)
    assert len(at_home(clerk)) == 2
    with world.session() as session:
        switches.switch(session, world.khet.switchboard, "saraban", on=False)
    assert at_home(clerk) == []
    assert "Letters received each week" not in clerk.text


def test_what_waits_of_a_secret_paper_is_counted_for_its_readers_alone(world, clerk):
    secret = world.account(f"secret.{HOME}")
    with world.session(HOME, f"secret.{HOME}") as session:
        from core.base.text.thai import today
        from core.platform.masterdata.models import Unit
        from tests.support import letter

        unit = session.scalars(select(Unit.id).where(Unit.kind == "office")).one()
        registers.register_incoming(
            session, unit, letter(secrecy=2, subject="ลับ"), clerk=registers.Clerk(secret.id, "ล", 3), today=today()
        )
    assert count(clerk) == 0
    assert count(world.browser(f"secret.{HOME}")) == 1


def test_old_letters_without_an_action_wait_after_the_migration(world):
    world.owner("update saraban_incoming set action = ''")
    wanted = world.count("saraban_incoming", "status <> 'cancelled'")
    engine = world.database.owner_engine()
    migrate.downgrade(engine, world.khet.registry, "saraban", "saraban0001")
    assert world.count("core_waiting", "view = 'IncomingView'") == 0
    letters = world.count("saraban_incoming")
    migrate.upgrade(engine, world.khet.registry)
    engine.dispose()
    assert world.count("core_waiting", "view = 'IncomingView'") == wanted
    assert world.count("saraban_incoming") == letters
    with world.session() as session:
        here = select(WorklistRow).where(WorklistRow.secrecy == 0, WorklistRow.view == "IncomingView")
        item = session.scalars(here.limit(1)).one()
        assert item.label == session.get(IncomingLetter, item.record_id).label


def charts(world, user: str) -> dict[str, list[str]]:
    """The home page's charts: title → what stands at its bars."""
    browser = world.browser(user)
    browser.get("/")
    panels = browser.tree.xpath("//div[@class='charts']/section")
    return {
        panel.xpath("string(h2)"): [
            row.xpath("string(th)") + " " + row.xpath("string(td)") for row in panel.xpath(".//tr")
        ]
        for panel in panels
    }


def test_each_role_finds_its_own_question_answered_at_home(world, clerk):
    number = register(world, 2)[0]
    officer = world.account(f"director.{HOME}")
    clerk.submit(f"{LIST}bulk/assign?ids={number}", officers=str(officer.id))
    assert "Letters received each week" in charts(world, f"clerk.{HOME}")
    waiting = charts(world, f"director.{HOME}")["Letters that wait, by officer"]
    assert sorted(waiting) == sorted([f"{officer.first_name} {officer.last_name} 1", "Nobody 1"])
    roles = charts(world, f"admin.{HOME}")["Users by role"]
    assert any(line.startswith("District administrator ") for line in roles)
    districts = charts(world, "obec")["Districts that use each module"]
    assert "Correspondence 2" in districts


def test_head_office_counts_a_module_no_more_where_it_is_off(world):
    with world.session(HOME, f"admin.{HOME}") as session:
        switches.switch(session, world.khet.switchboard, "saraban", on=False)
    assert "Correspondence 1" in charts(world, "obec")["Districts that use each module"]


def offered(browser, address: str) -> set[str]:
    """The steps that a record's page offers."""
    browser.get(address)
    found = browser.tree.xpath("//main//a/@href[contains(., '/bulk/') or contains(., '/step/')]")
    return {one for one in found if "key=" not in one}


def test_who_takes_a_place_is_offered_every_step_that_waits_for_its_holder(filled):
    """รักษาราชการแทน, in every module: nothing waits for somebody who cannot do it."""
    world = filled[0]
    with world.session() as s:
        named = select(Account).where(Account.id.in_(select(WorklistRow.user_id)), Account.active.is_(True))
        holders = list(s.scalars(named.order_by(Account.id)))
    assert len(holders) > 2
    seen = 0
    for holder in holders:
        stand_in = world.account(f"{'clerk' if holder.username.startswith('school') else 'school'}.{HOME}")
        with world.session() as s:
            held = list(s.scalars(select(Grant).where(Grant.user_id == holder.id, Grant.lasts(today()))))
            s.execute(delete(Grant).where(Grant.user_id == stand_in.id))
            for one in held:
                facts = {"role_id": one.role_id, "unit_id": one.unit_id, "starts_on": today(), "ends_on": today()}
                s.add(Grant(user_id=stand_in.id, stands_in_for_id=holder.id, **facts))
            own = s.scalars(select(WorklistRow).where(WorklistRow.user_id == holder.id)).all()
        first, second = world.browser(holder.username), world.browser(stand_in.username)
        for item in own:
            view = world.khet.views[item.view]
            address = f"{view.route_base}/{item.record_id}"
            wanted = offered(first, address)
            seen += bool(wanted)
            assert wanted <= offered(second, address), (holder.username, address)
    assert seen > 3

"""What came of long work is fetched by who may still do today what it was made by."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.base.text.thai import today
from core.platform.accounts import services as accounts
from core.platform.jobs import runner, services
from core.platform.jobs.models import DONE, Job
from core.platform.users.models import Account, Grant, RoleProfile
from core.plugins import switches
from core.storage.base import utc_now
from core.web.crud import sheets
from tests.core.test_jobs import job_of, load
from tests.core.test_listing import LIST, register
from tests.support import HOME

CLERK = f"clerk.{HOME}"


@pytest.fixture
def exported(world, monkeypatch) -> int:
    """A register's workbook that the clerk has asked for and got."""
    monkeypatch.setattr(sheets, "AT_ONCE", 10)
    register(world, 15, sender="เป้าหมาย")
    browser = world.browser(CLERK)
    number = job_of(browser.post(LIST + "download?q=เป้าหมาย"))
    assert runner.run_all(world.app) == 1
    assert browser.get(f"/jobs/{number}/result").status_code == 200
    return number


def _grants_end(world):
    clerk, admin = world.account(CLERK), world.browser(f"admin.{HOME}")
    with world.session() as session:
        grants = session.scalars(select(Grant.id).where(Grant.user_id == clerk.id)).all()
    for grant in grants:
        admin.post(f"/users/{clerk.id}/grants/{grant}/end")


def _module_off(world):
    with world.session() as session:
        switches.switch(session, world.khet.switchboard, "saraban", on=False)


def _smaller(world):
    """The same right, at one group instead of the office and its groups."""
    _grants_end(world)
    clerk, group = world.account(CLERK), world.unit("group")
    with world.session() as session:
        role = session.scalars(select(RoleProfile.id).where(RoleProfile.key == "saraban.group_clerk")).one()
        session.add(Grant(user_id=clerk.id, role_id=role, unit_id=group, starts_on=today()))


@pytest.mark.parametrize("change", [_grants_end, _module_off, _smaller])
def test_an_export_of_yesterday_asks_the_rights_of_today(world, exported, change):
    change(world)
    browser = world.browser(CLERK)
    assert browser.get(f"/jobs/{exported}/result").status_code == 403
    page = browser.get(f"/jobs/{exported}")
    assert page.status_code == 200, "that it was asked for is one's own history"
    assert f"/jobs/{exported}/result" not in page.get_data(as_text=True)
    assert "rights have changed" in browser.text
    assert f"/jobs/{exported}/result" not in browser.get("/jobs/").get_data(as_text=True)


def test_a_lower_clearance_closes_what_was_made_under_the_higher(world, exported):
    with world.session(HOME, f"admin.{HOME}") as session:
        job = session.get(Job, exported)
        job.params = {**job.params, services.UNDER: {**job.params[services.UNDER], "clearance": 2}}
    assert world.browser(CLERK).get(f"/jobs/{exported}/result").status_code == 403
    clerk = world.account(CLERK)
    with world.session(HOME, f"director.{HOME}") as session:
        accounts.set_clearance(session, session.get(Account, clerk.id), 2, consented=True)
    assert world.browser(CLERK).get(f"/jobs/{exported}/result").status_code == 200


def test_more_rights_close_nothing(world, exported):
    clerk, group = world.account(CLERK), world.unit("group")
    with world.session() as session:
        role = session.scalars(select(RoleProfile.id).where(RoleProfile.key == "saraban.reader")).one()
        session.add(Grant(user_id=clerk.id, role_id=role, unit_id=group, starts_on=today()))
    assert world.browser(CLERK).get(f"/jobs/{exported}/result").status_code == 200


def test_a_result_that_names_no_right_opens_to_nobody(world, exported):
    """As those that were made before rights were noted."""
    with world.session() as session:
        job = session.get(Job, exported)
        job.params = {name: value for name, value in job.params.items() if name != services.UNDER}
    assert world.browser(CLERK).get(f"/jobs/{exported}/result").status_code == 403


def test_no_kind_of_job_keeps_a_file_without_asking_a_right(world):
    clerk = world.account(CLERK)
    with world.session(user=CLERK) as session:
        job = Job(user_id=clerk.id, kind="core.export", title="t", state=DONE, ended_at=utc_now())
        session.add(job)
        session.flush()
        number = job.id
    running = runner.Running(world.app, load(world, number), world.khet.actor(clerk.id), "w")
    with pytest.raises(AssertionError, match="right"):
        running.keep(None, "x")

"""What the matrices of every module (tests/module_check.py) do not say: that doors open, and that a hole would show."""

from __future__ import annotations

from sqlalchemy import event

from core.platform.masterdata.models import School
from core.plugins import switches
from core.storage import scope
from core.storage.scope import KhetSession
from tests.core.doors import samples
from tests.support import HOME, OTHER


def test_a_right_held_opens_the_door(world):
    """The matrices prove refusals; these are the doors each demo account works with."""
    for user, path in (
        ("admin", "/users/"), ("clerk", "/saraban/incoming/new"), ("groupclerk", "/saraban/outgoing/new"),
        ("supervisor", "/saraban/incoming/"), ("groupdirector", "/saraban/incoming/"),
        ("director", "/saraban/outgoing/"), ("school", "/saraban/incoming/new"), ("secret", "/saraban/incoming/new"),
    ):  # fmt: skip
        assert world.browser(f"{user}.{HOME}").get(path).status_code == 200, user
    for path in ("/head-office/districts/", "/head-office/modules/", "/head-office/roles/"):
        assert world.browser("obec").get(path).status_code == 200


def test_a_plugin_that_is_off_is_silent(world):
    browser = world.browser(f"clerk.{HOME}")
    assert "Incoming letters" in browser.get("/").get_data(as_text=True)
    assert "Received today" in browser.page.get_data(as_text=True)
    assert browser.get("/books/").status_code == 200
    with world.session(HOME) as session:
        switches.switch(session, world.khet.switchboard, "saraban", on=False)
    page = browser.get("/").get_data(as_text=True)
    assert "Incoming letters" not in page
    assert "Received today" not in page
    assert browser.get("/books/").status_code == 403, "its number books go with it"


def test_the_matrix_turns_red_when_the_tenant_filter_is_gone(world):
    """Without the tenant filter the same probes find the foreign record (on PostgreSQL row-level security still holds)."""
    there = samples(world, OTHER)
    event.remove(KhetSession, "do_orm_execute", scope.filter_tenant_reads)
    try:
        status = world.browser(f"admin.{HOME}").get(f"/schools/{there[School]}").status_code
    finally:
        event.listen(KhetSession, "do_orm_execute", scope.filter_tenant_reads)
    assert status == (200 if world.backend == "sqlite" else 404)

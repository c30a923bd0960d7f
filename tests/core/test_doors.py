"""The leak matrix and the toggle matrix, generated from the registry.

Every probe first succeeds where it should; then the same probe with another district's record, or with the
plugin off, must find nothing. A new view is walked the day it is registered; a POST without a probe fails.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import event, text

from core.db import scope
from core.db.scope import KhetSession
from core.masterdata.models import School
from core.plugins import switches
from tests.core.doors import (
    KHET,
    PROBES,
    USERS,
    Door,
    doors,
    holders,
    holds,
    names_a_record,
    samples,
    samples_of_both,
    url,
)
from tests.core.marks import mark_district
from tests.support import API, HOME, OTHER, World

LEAK = "รั่วไหลข้ามเขต"
HEAD_OFFICE = (
    "DistrictView", "ModuleRuleView", "RoleRuleView", "NationReportView", "GraveActNationView", "GraveLogNationView",
)  # fmt: skip
#: doors of a signed-out person
SIGNED_OUT = {
    "LoginView.login", "OwnerCodeView.use", "SetupView.start", "SecondStepView.second", "SecondStepView.second_options",
    "SecondStepView.passkey_options", "SecondStepView.passkey",
}  # fmt: skip


def at_home(found: list[Door]) -> list[Door]:
    return [d for d in found if d.endpoint.partition(".")[0] not in HEAD_OFFICE and d.endpoint not in SIGNED_OUT]


def marked(world: World) -> tuple[Any, Any]:
    """A sample of every kind of record in both districts; the other one says the leak's word everywhere."""
    both = samples_of_both(world)
    mark_district(world, LEAK, world.district_id(OTHER))
    return both


@pytest.mark.parametrize("door", at_home(doors("GET")), ids=str)
def test_a_page_opens_to_whom_it_should_and_shows_nothing_of_another_district(standing, door):
    """Right and walls in one visit: each of the demo's accounts opens the page in its own district and next door."""
    world, (here, there) = standing("marked", marked)
    own, foreign = url(world, door, here), url(world, door, there) if names_a_record(door) else ""
    opened = 0
    for user in USERS:
        browser = world.browser(user)
        mine = browser.get(own)
        assert mine.status_code in (200, 302, 403, 404), f"{user}: {mine.status_code}"
        if door.verb and not holds(user, door.view.resource, door.verb):
            assert mine.status_code == 403, f"{user} opened {door} without the right"
        opened += mine.status_code in (200, 302)
        assert LEAK.encode() not in mine.get_data()
        if foreign:
            theirs = browser.get(foreign)
            assert theirs.status_code in (403, 404), f"{user} got {theirs.status_code} for a foreign record"
            assert LEAK.encode() not in theirs.get_data()
            if mine.status_code == 200:
                assert theirs.status_code == 404, "a 403 would tell that the record exists"
    assert opened, "no role of the demo can open this door, so the probe proves nothing"


def test_a_right_held_opens_the_door(world):
    """The matrix above proves refusals; these are the doors each demo account works with."""
    for user, path in (
        ("admin", "/users/"), ("clerk", "/saraban/incoming/new"), ("groupclerk", "/saraban/outgoing/new"),
        ("supervisor", "/saraban/incoming/"), ("groupdirector", "/saraban/incoming/"),
        ("director", "/saraban/outgoing/"), ("school", "/saraban/incoming/new"), ("secret", "/saraban/incoming/new"),
    ):  # fmt: skip
        assert world.browser(f"{user}.{HOME}").get(path).status_code == 200, user
    for path in ("/head-office/districts/", "/head-office/modules/", "/head-office/roles/"):
        assert world.browser("obec").get(path).status_code == 200


@pytest.mark.parametrize("door", [d for d in doors("GET") if d.endpoint not in SIGNED_OUT], ids=str)
def test_a_stranger_is_sent_to_the_login_page(standing, door):
    world, (here, _there) = standing("marked", marked)
    address = url(world, door, here)
    answer = world.browser().get(address)
    if address.startswith(API):
        assert answer.status_code == 401
        assert answer.get_json()["error"]["code"] == "unauthorized"
        return
    if door.view.by_link:
        assert answer.status_code == 200, "who holds the link may read"
        return
    assert answer.status_code in (302, 404)
    if answer.status_code == 302:
        assert "/login/" in answer.location


def test_every_post_has_a_probe():
    missing = {d.endpoint for d in at_home(doors("POST"))} - PROBES.keys()
    assert not missing, f"give tests/core/test_doors.py a probe for {sorted(missing)}"


def _send(world: World, door: Door, user: str, ids: Any, address: str, version_of: Any = None) -> Any:
    browser = world.browser(f"{user}.{HOME}")
    if door.view.by_token:
        return browser.post(address, PROBES[door.endpoint][1](world, ids))
    if "GET" in {d.method for d in doors("GET") if d.endpoint == door.endpoint}:
        browser.get(address)
        version = browser.tree.xpath("//input[@name='version']/@value") if browser.page.status_code == 200 else []
        data = {"version": version[0] if version else ""}
    else:
        data = {}
    data.update(PROBES[door.endpoint][1](world, ids))
    return browser.post(address, data, content_type="multipart/form-data")


@pytest.mark.parametrize("door", [d for d in at_home(doors("POST")) if PROBES.get(d.endpoint)], ids=str)
def test_a_write_reaches_its_own_district_and_never_another(filled, door):
    world, here, there = filled
    user = PROBES[door.endpoint][0]
    other = world.district_id(OTHER)

    def traces() -> int:
        return world.count("core_timeline", f"district_id = {other}")

    before = traces()
    if names_a_record(door):
        foreign = _send(world, door, user, here, url(world, door, there))
        assert foreign.status_code == 404
    uses_ids = PROBES[door.endpoint][1](world, here) != PROBES[door.endpoint][1](world, there)
    brings_its_upload = ("UploadView.upload", "ImportView.add")
    if uses_ids and door.endpoint not in brings_its_upload and ".files" not in door.endpoint:
        smuggled = _send(world, door, user, there, url(world, door, here))
        assert smuggled.status_code in (404, 422), "another district's id in the form was accepted"
    assert traces() == before
    mine = _send(world, door, user, here, url(world, door, here))
    assert mine.status_code in (201, 302) or "attachment" in mine.headers.get("Content-Disposition", ""), mine.get_data(
        as_text=True
    )[-3000:]
    assert "/login/" not in (mine.location or "") or door.endpoint == "LoginView.logout"
    assert traces() == before
    assert most_said(world) <= 1, "an act says in one message what is true"


def most_said(world: World) -> int:
    """How many messages wait for the next page of whoever has most."""
    with world.database.system_engine.connect() as connection:
        kept = [json.loads(data) for data in connection.execute(text("select data from core_session")).scalars()]
    return max((len(one.get("_flashes", ())) for one in kept), default=0)


def without(plugin: str) -> Any:
    """How to prepare a standing installation whose home district has that plugin switched off."""

    def switched_off(world: World) -> tuple[Any, Any]:
        both = samples_of_both(world)
        with world.session(HOME) as session:
            switches.switch(session, world.khet.switchboard, plugin, on=False)
        return both

    return switched_off


def doors_of_plugins() -> list[Door]:
    return [
        d
        for method in ("GET", "POST")
        for d in doors(method)
        if not d.view.public and d.view.plugin not in KHET.registry.always_on
    ]


@pytest.mark.parametrize("door", doors_of_plugins(), ids=str)
def test_a_plugin_that_is_off_has_no_door(standing, door):
    """Closed even to who holds the right; the neighbour keeps it."""
    world, (here, neighbour) = standing(f"without {door.view.plugin}", without(door.view.plugin))
    address = url(world, door, here)
    browser = world.browser(holders(door)[0])
    answer = browser.get(address) if door.method == "GET" else browser.post(address)
    assert answer.status_code == 404
    if door.method == "GET":
        there = url(world, door, neighbour)
        assert any(world.browser(user).get(there).status_code == 200 for user in holders(door, OTHER)), (
            "the other district keeps it"
        )


@pytest.mark.parametrize("plugin", sorted({door.view.plugin for door in doors_of_plugins()}))
def test_a_plugin_that_is_off_is_off_for_every_role(standing, plugin):
    """The answer is given before any view is asked (unit_of_work.identify): one door of each view for every account."""
    world, (here, _neighbour) = standing(f"without {plugin}", without(plugin))
    first = {door.view.endpoint: door for door in reversed(doors_of_plugins()) if door.view.plugin == plugin}
    for door in first.values():
        address = url(world, door, here)
        for user in USERS:
            browser = world.browser(user)
            answer = browser.get(address) if door.method == "GET" else browser.post(address)
            assert answer.status_code == 404, f"{user}: {door}"


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


def test_the_matrix_turns_red_when_the_fence_is_gone(world):
    """Without fence 1 the same probes find the foreign record (on PostgreSQL the third fence still holds)."""
    there = samples(world, OTHER)
    event.remove(KhetSession, "do_orm_execute", scope.fence_reads)
    try:
        status = world.browser(f"admin.{HOME}").get(f"/schools/{there[School]}").status_code
    finally:
        event.listen(KhetSession, "do_orm_execute", scope.fence_reads)
    assert status == (200 if world.backend == "sqlite" else 404)

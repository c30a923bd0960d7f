"""What every module is held to, inherited by its own tests.

    class TestVisitorBook(ModuleCheck):
        module = "visitor_book"

walks every page, form, list and report of that module alone, whether it ships with Khet or is a guest (tests/guests.py):
rights, districts, units, the number of statements, words, tables. A page that is registered tomorrow is walked the same
day. What cannot hold is excused by name, with its reason, in the subclass.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import pytest
from sqlalchemy import text

from core.plugins import switches
from tests.core.doors import (
    KHET,
    PROBES,
    SIGNED_OUT,
    USERS,
    Door,
    at_home,
    doors,
    holders,
    holds,
    names_a_record,
    samples_of_both,
    url,
)
from tests.core.marks import mark_district
from tests.core.statements import MOST, Statements
from tests.core.units import look, unit_of_record, unit_people, variants
from tests.support import API, HOME, OTHER, World

LEAK = "รั่วไหลข้ามเขต"
#: doors that take what was uploaded before, or a file
BRINGS_ITS_UPLOAD = ("UploadView.upload", "ImportView.add")


def marked(world: World) -> tuple[Any, Any]:
    """A sample of every kind of record in both districts; the other one says the leak's word everywhere."""
    both = samples_of_both(world)
    mark_district(world, LEAK, world.district_id(OTHER))
    return both


def without(plugin: str) -> Callable[[World], tuple[Any, Any]]:
    """How to prepare a standing installation whose home district has that plugin switched off."""

    def switched_off(world: World) -> tuple[Any, Any]:
        both = samples_of_both(world)
        with world.session(HOME) as session:
            switches.switch(session, world.khet.switchboard, plugin, on=False)
        return both

    return switched_off


def most_said(world: World) -> int:
    """How many messages wait for the next page of whoever has most."""
    with world.database.system_engine.connect() as connection:
        kept = [json.loads(data) for data in connection.execute(text("select data from core_session")).scalars()]
    return max((len(one.get("_flashes", ())) for one in kept), default=0)


def _send(world: World, door: Door, user: str, ids: Any, address: str) -> Any:
    browser = world.browser(f"{user}.{HOME}")
    if door.view.by_token:
        return browser.post(address, PROBES[door.endpoint][1](world, ids))
    data = {}
    if "GET" in {d.method for d in doors("GET") if d.endpoint == door.endpoint}:
        browser.get(address)
        version = browser.tree.xpath("//input[@name='version']/@value") if browser.page.status_code == 200 else []
        data = {"version": version[0] if version else ""}
    data.update(PROBES[door.endpoint][1](world, ids))
    return browser.post(address, data, content_type="multipart/form-data")


class ModuleCheck:
    """The inherited checks. Each parametrized argument below is a door, list or report of the module."""

    module: ClassVar[str] = ""

    # -- what is walked ----------------------------------------------------------------------------------------------

    def own(self, method: str) -> list[Door]:
        """The module's doors of a method."""
        return [door for door in doors(method) if door.view.plugin == self.module]

    def switchable(self) -> list[Door]:
        """Doors that close when the module is switched off."""
        if self.module in KHET.registry.always_on:
            return []
        return [door for method in ("GET", "POST") for door in self.own(method) if door.view.requires_right]

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """One test a door."""
        found: Mapping[str, Callable[[], list[Any]]] = {
            "page": lambda: at_home(self.own("GET")),
            "entrance": lambda: [door for door in self.own("GET") if door.endpoint not in SIGNED_OUT],
            "page_of_people": lambda: [door for door in at_home(self.own("GET")) if not door.view.by_link],
            "write": lambda: [door for door in at_home(self.own("POST")) if PROBES.get(door.endpoint)],
            "closed": self.switchable,
            "report": lambda: [key for key, owner in KHET.registry.report_owner.items() if owner == self.module],
        }
        for name, cases in found.items():
            if name in metafunc.fixturenames:
                metafunc.parametrize(name, cases(), ids=str)

    # -- rights and districts ----------------------------------------------------------------------------------------

    def test_a_page_opens_to_whom_it_should_and_shows_nothing_of_another_district(self, standing, page):
        """Right, tenancy and cost in one visit: each of the demo's accounts opens the page in its own district and next
        door."""
        world, (here, there) = standing("marked", marked)
        own, foreign = url(world, page, here), url(world, page, there) if names_a_record(page) else ""
        opened = 0
        asked_without = False
        for user in USERS:
            browser = world.reader(user)
            with Statements() as asked:
                mine = browser.get(own)
            if len(asked) > MOST and mine.status_code == 200:  # who comes for the first time is asked for as well
                with Statements() as asked:
                    browser.get(own)
                assert len(asked) <= MOST, f"{user} waits for {len(asked)} statements:\n" + "\n".join(asked)
            assert mine.status_code in (200, 302, 403, 404), f"{user}: {mine.status_code}"
            without = bool(page.verb) and not holds(user, page.view.resource, page.verb)
            if without:
                assert mine.status_code == 403, f"{user} opened {page} without the right"
            opened += mine.status_code in (200, 302)
            assert LEAK.encode() not in mine.get_data(), f"{user} reads another district's words at {own}"
            if foreign and not (without and asked_without):  # the right is asked before the record: the same for all
                theirs = browser.get(foreign)
                assert theirs.status_code in (403, 404), f"{user} got {theirs.status_code} for a foreign record"
                assert LEAK.encode() not in theirs.get_data()
                if mine.status_code == 200:
                    assert theirs.status_code == 404, "a 403 would tell that the record exists"
                asked_without = asked_without or without
        assert opened, "no role of the demo can open this door, so the probe proves nothing"

    def test_a_stranger_is_sent_to_the_login_page(self, standing, entrance):
        world, (here, _there) = standing("marked", marked)
        address = url(world, entrance, here)
        answer = world.browser().get(address)
        if address.startswith(API):
            assert answer.status_code == 401
            assert answer.get_json()["error"]["code"] == "unauthorized"
            return
        if entrance.view.by_link:
            assert answer.status_code == 200, "who holds the link may read"
            return
        assert answer.status_code in (302, 404)
        if answer.status_code == 302:
            assert "/login/" in answer.location

    def test_no_report_shows_anything_of_another_district(self, standing, report):
        """Every district-wide report, as everybody who may take it, over whatever it lets one ask."""
        world, _ids = standing("marked", marked)
        for user in USERS:
            browser = world.reader(user)
            for address in report_pages(browser, report):
                assert LEAK.encode() not in browser.get(address).get_data(), f"{user} reads another district's words"

    def test_every_post_has_a_probe(self):
        missing = {door.endpoint for door in at_home(self.own("POST"))} - PROBES.keys()
        assert not missing, f"say in the probes.py of {self.module}'s tests how these are walked: {sorted(missing)}"

    def test_a_write_reaches_its_own_district_and_never_another(self, filled, write):
        world, here, there = filled
        user = PROBES[write.endpoint][0]
        other = world.district_id(OTHER)

        def traces() -> int:
            return world.count("core_timeline", f"district_id = {other}")

        before = traces()
        if names_a_record(write):
            foreign = _send(world, write, user, here, url(world, write, there))
            assert foreign.status_code == 404
        uses_ids = PROBES[write.endpoint][1](world, here) != PROBES[write.endpoint][1](world, there)
        if uses_ids and write.endpoint not in BRINGS_ITS_UPLOAD and ".files" not in write.endpoint:
            smuggled = _send(world, write, user, there, url(world, write, here))
            assert smuggled.status_code in (404, 422), "another district's id in the form was accepted"
        assert traces() == before
        mine = _send(world, write, user, here, url(world, write, here))
        sent = mine.status_code in (201, 302) or "attachment" in mine.headers.get("Content-Disposition", "")
        assert sent, mine.get_data(as_text=True)[-3000:]
        assert "/login/" not in (mine.location or "") or write.endpoint == "LoginView.logout"
        assert traces() == before
        assert most_said(world) <= 1, "an act says in one message what is true"

    # -- switched off ------------------------------------------------------------------------------------------------

    def test_a_plugin_that_is_off_has_no_door(self, standing, closed):
        """Closed even to who holds the right; the neighbour keeps it."""
        world, (here, neighbour) = standing(f"without {self.module}", without(self.module))
        address = url(world, closed, here)
        browser = world.reader(holders(closed)[0])
        answer = browser.get(address) if closed.method == "GET" else browser.post(address)
        assert answer.status_code == 404
        if closed.method == "GET":
            there = url(world, closed, neighbour)
            assert any(world.reader(user).get(there).status_code == 200 for user in holders(closed, OTHER)), (
                "the other district keeps it"
            )

    def test_a_plugin_that_is_off_is_off_for_every_role(self, standing):
        """The answer is given before any view is asked (unit_of_work.identify): one door of each view for every account."""
        if not (found := self.switchable()):
            return
        world, (here, _neighbour) = standing(f"without {self.module}", without(self.module))
        for door in {door.view.endpoint: door for door in reversed(found)}.values():
            address = url(world, door, here)
            for user in USERS:
                browser = world.reader(user)
                answer = browser.get(address) if door.method == "GET" else browser.post(address)
                assert answer.status_code == 404, f"{user}: {door}"

    # -- units -------------------------------------------------------------------------------------------------------

    def test_a_page_shows_nothing_of_another_unit(self, standing, page_of_people):
        world, (ids, knows) = standing("units", unit_people)
        address, owner = url(world, page_of_people, ids), unit_of_record(world, page_of_people, ids)
        for place, allowed in knows.items():
            for asked in variants(page_of_people, address):
                answer = look(world, place, asked, allowed)
                if owner is not None and owner not in allowed:
                    assert answer.status_code in (403, 404), f"{place} opened a record of unit {owner}"

    def test_no_report_shows_anything_of_another_unit(self, standing, report):
        world, (_ids, knows) = standing("units", unit_people)
        of_a_unit = any(one.name == "unit_id" for one in world.khet.registry.reports[report].parameters)
        for place, allowed in knows.items():
            look(world, place, f"/reports/{report}", allowed)
            for unit in frozenset().union(*knows.values()) - allowed if of_a_unit else ():
                answer = look(world, place, f"/reports/{report}?unit_id={unit}", allowed)
                assert answer.status_code in (403, 404)


def report_pages(browser: Any, key: str) -> list[str]:
    """Addresses of a report with each answer that its page offers, one after another; none where one may not take it."""
    address = f"/reports/{key}"
    if browser.get(address).status_code != 200:
        return []
    asked = {
        select.get("name"): [option.get("value") for option in select.xpath(".//option")]
        for select in browser.tree.xpath("//main//form[@method='get' or not(@method)]//select[@name]")
    }
    return [address, *(f"{address}?{name}={value}" for name, values in asked.items() for value in values[:12])]


__all__ = ["ModuleCheck", "report_pages"]

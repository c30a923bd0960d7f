"""The lines beside every page: each opens for whoever sees it, and no page has two."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from lxml import html
from sqlalchemy import func, select

from core.ops.demo.load import STAFF
from core.plugins import switches
from core.web.crud import CrudView
from tests.core.doors import KHET
from tests.support import HOME, Browser

LINES = "//nav[@id='nav']//a[contains(@class,'nav-link')]/@href"
#: how a list offers to begin a record
NEW = "//a[@data-new]/@href | //div[@class='empty']/a[contains(@class,'btn')]/@href"
ACCOUNTS = [*(f"{name}.{HOME}" for name in STAFF), "obec"]


class Answer(NamedTuple):
    """Status, where it leads, and the page itself, compressed."""

    status: int
    location: str
    page: bytes


class Reader:
    """An account that only looks: nothing here changes what a page says, so each is opened once for all who ask of it."""

    def __init__(self, browser: Browser, known: dict[str, Answer]) -> None:
        self.browser, self.known = browser, known

    def open(self, address: str) -> Answer:
        """What an address answers."""
        if address not in self.known:
            self.browser.opens(address)
            answer = self.browser.page
            page = zlib.compress(answer.get_data(), 1)  # those of all accounts would be a hundred megabytes
            self.known[address] = Answer(answer.status_code, answer.location or "", page)
        return self.known[address]

    def status(self, address: str) -> int:
        """How an address answers."""
        return self.open(address).status

    def ends(self, address: str) -> int:
        """What is answered where an address leads in the end."""
        for _hop in range(4):
            if self.status(address) != 302:
                break
            address = self.open(address).location
        return self.status(address)

    def links(self, address: str, where: str) -> list[str]:
        """Addresses on a page, by where they stand on it."""
        return [str(one) for one in html.fromstring(zlib.decompress(self.open(address).page).decode()).xpath(where)]


@pytest.fixture
def reader(standing: Any) -> Callable[[str], Reader]:
    """reader("clerk.loei3") looks at the demo; `reader.world` is it."""
    world, known = standing("navigation", lambda _world: {})

    def of(user: str) -> Reader:
        return Reader(world.reader(user), known.setdefault(user, {}))

    of.world = world  # type: ignore[attr-defined]
    return of


@pytest.mark.parametrize("user", ACCOUNTS)
def test_every_line_opens_and_none_is_there_twice(reader, user):
    one = reader(user)
    lines = one.links("/", LINES)
    assert lines
    assert sorted(set(lines)) == sorted(lines), "two lines to one page"
    assert {line: one.status(line) for line in lines} == dict.fromkeys(lines, 200)


def test_books_and_reports_of_every_module_stand_behind_one_line_each(world):
    clerk = world.browser(f"groupclerk.{HOME}")
    clerk.get("/")
    [role] = clerk.tree.xpath("//header//span[@class='role']")
    assert "กลุ่มนิเทศ" in role.text_content(), "whose clerk one is stands beside the role"
    assert clerk.tree.xpath(LINES).count("/books/") == 1
    assert clerk.tree.xpath(LINES).count("/reports/") == 1
    reports = clerk.get("/reports/").get_data(as_text=True)
    assert "saraban." in reports
    assert "service_request." in reports
    with world.session(HOME) as session:
        for module in ("saraban", "service_request", "cooperation"):
            switches.switch(session, world.khet.switchboard, module, on=False)
    clerk.get("/")
    assert "/books/" not in clerk.tree.xpath(LINES), "no book is left to register in"


@pytest.mark.parametrize("user", ACCOUNTS)
def test_every_list_offers_only_a_new_record_that_can_be_begun_and_every_report_opens(reader, user):
    one = reader(user)
    offered = []
    for view in KHET.views.values():
        if isinstance(view, CrudView) and one.status(f"{view.route_base}/") == 200:
            offered += one.links(f"{view.route_base}/", NEW)
    if one.status("/reports/") == 200:
        offered += one.links("/reports/", "//main//a[starts-with(@href,'/reports/')]/@href")
    assert {address: one.ends(address) for address in offered} == dict.fromkeys(offered, 200)


def test_a_report_about_something_that_is_not_there_yet_says_so(world):
    clerk = world.browser(f"clerk.{HOME}")
    clerk.get("/reports/")
    assert "/reports/saraban.form18" in clerk.tree.xpath("//main//a/@href")
    said = clerk.get("/reports/saraban.form18", follow_redirects=True).get_data(as_text=True)
    assert "there is none yet: Folder" in said


def test_a_report_s_breadcrumb_names_no_other_module(world):
    clerk = world.browser(f"groupclerk.{HOME}")
    clerk.get("/reports/service_request.load")
    way = clerk.tree.xpath("//nav[contains(@class,'trail')]")
    assert "Correspondence" not in " ".join(node.text_content() for node in way)


#: the steps of a record, and the records that belong to it
BUTTONS = "//*[@class='actions']//a/@href | //section[contains(@class,'panel')]//td/a/@href"


def records(world) -> list[tuple[str, str]]:
    """(endpoint, address) of a record of every kind in each state that the demo has."""
    found = []
    with world.session(HOME) as session:
        for endpoint, view in sorted(KHET.views.items()):
            if not isinstance(view, CrudView) or "show" in view.without or view.system_scope is not None:
                continue
            column = getattr(view.model, getattr(view, "state_field", "status"), None)
            newest = select(func.max(view.model.id))
            ids = session.scalars(newest.group_by(column) if column is not None else newest)
            found += [(endpoint, f"{view.route_base}/{number}") for number in ids if number]
    return found


@pytest.mark.parametrize("user", ACCOUNTS[:-1])
def test_every_button_on_a_record_s_page_opens_for_whoever_sees_it(reader, user):
    one = reader(user)
    shut, opened = {}, 0
    for _endpoint, address in records(reader.world):
        if one.status(address) != 200:
            continue
        for button in one.links(address, BUTTONS):
            if button.startswith(("/", address)):
                opened += 1
                if (status := one.status(button)) not in (200, 302):
                    shut[address, button] = status
    assert shut == {}
    assert opened


@pytest.mark.parametrize("user", ACCOUNTS)
def test_every_link_of_the_home_page_opens(reader, user):
    one = reader(user)
    links = {link for link in one.links("/", "//main//a/@href") if link.startswith("/")}
    assert links
    assert {link: one.status(link) for link in links} == dict.fromkeys(links, 200)

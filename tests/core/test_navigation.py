"""The lines beside every page: each opens for whoever sees it, and no page has two."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from core.ops.demo.load import STAFF
from core.plugins import switches
from core.web.crud import CrudView
from tests.core.doors import KHET
from tests.support import HOME

LINES = "//nav[@id='nav']//a[contains(@class,'nav-link')]/@href"
ACCOUNTS = [*(f"{name}.{HOME}" for name in STAFF), "obec"]


@pytest.fixture(params=["sqlite"])
def backend(request):
    """Which links a page has does not depend on the database; every page is opened on both (tests/module_check.py)."""
    return request.param


@pytest.mark.parametrize("user", ACCOUNTS)
def test_every_line_opens_and_none_is_there_twice(standing, user):
    world, _said = standing("demo", lambda _world: None)
    browser = world.browser(user)
    browser.get("/")
    lines = browser.tree.xpath(LINES)
    assert lines
    assert sorted(set(lines)) == sorted(lines), "two lines to one page"
    assert {line: browser.get(line).status_code for line in lines} == dict.fromkeys(lines, 200)


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
def test_every_list_offers_only_a_new_record_that_can_be_begun_and_every_report_opens(standing, user):
    world, _said = standing("demo", lambda _world: None)
    browser = world.browser(user)
    offered = []
    for view in KHET.views.values():
        if isinstance(view, CrudView) and browser.get(f"{view.route_base}/").status_code == 200:
            offered += browser.tree.xpath(
                "//a[@data-new]/@href | //div[@class='empty']/a[contains(@class,'btn')]/@href"
            )
    if browser.get("/reports/").status_code == 200:
        offered += browser.tree.xpath("//main//a[starts-with(@href,'/reports/')]/@href")
    assert {one: browser.get(one, follow_redirects=True).status_code for one in offered} == dict.fromkeys(offered, 200)


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
BUTTONS = "//*[@class='actions']/a/@href | //section[contains(@class,'panel')]//td/a/@href"


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
def test_every_button_on_a_record_s_page_opens_for_whoever_sees_it(standing, user):
    world, _said = standing("demo", lambda _world: None)
    browser = world.browser(user)
    shut, opened = {}, 0
    for _endpoint, address in records(world):
        if browser.get(address).status_code != 200:
            continue
        for button in browser.tree.xpath(BUTTONS):
            if button.startswith(("/", address)):
                status = browser.get(button).status_code
                opened += 1
                if status not in (200, 302):
                    shut[address, button] = status
    assert shut == {}
    assert opened


@pytest.mark.parametrize("user", ACCOUNTS)
def test_every_link_of_the_home_page_opens(standing, user):
    world, _said = standing("demo", lambda _world: None)
    browser = world.browser(user)
    browser.get("/")
    links = {link for link in browser.tree.xpath("//main//a/@href") if link.startswith("/")}
    assert links
    assert {link: browser.get(link).status_code for link in links} == dict.fromkeys(links, 200)

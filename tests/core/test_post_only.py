"""Addresses that only take a button's press, opened as pages: each leads to the page of its button, with a word why."""

from __future__ import annotations

import re

import pytest

from core.web.crud import CrudView
from tests.core.doors import APP, KHET, PROBES, USERS, doors, samples_of_both, url
from tests.support import HOME

_PAGES = {door.endpoint for door in doors("GET")}
PRESSED = [door for door in doors("POST") if door.endpoint not in _PAGES and not door.view.by_token]
LISTS = [endpoint for endpoint, view in KHET.views.items() if isinstance(view, CrudView)]


@pytest.mark.parametrize("door", PRESSED, ids=str)
def test_an_address_of_a_button_leads_to_its_page(standing, door):
    world, (here, _there) = standing("pressed", samples_of_both)
    first = PROBES.get(door.endpoint)
    address, opened = url(world, door, here), 0
    for user in (*([f"{first[0]}.{HOME}"] if first else ()), "obec", *USERS):
        browser = world.browser(user)
        answer = browser.get(address)
        assert answer.status_code == 302, address
        assert address.startswith(answer.location.rstrip("/")), "a page above it"
        opened = browser.get(answer.location, follow_redirects=True).status_code
        if opened == 200:
            break
    assert opened == 200, "nobody of the demo can read that page"
    assert "only takes the press of a button" in browser.text


def test_a_button_of_what_no_row_can_be_is_not_there(standing):
    """A number that is longer than any: mistyped, or typed by who looks for what breaks."""
    world, (here, _there) = standing("pressed", samples_of_both)
    named = [address for door in PRESSED if re.search(r"/\d+/", address := url(world, door, here))]
    assert named
    browser = world.browser(f"admin.{HOME}")
    for address in named:
        longest = re.sub(r"/\d+/", f"/{'9' * 20}/", address)
        assert browser.get(longest).status_code == 404, longest


def test_a_script_and_another_system_are_told_so_as_before(standing):
    world, (here, _there) = standing("pressed", samples_of_both)
    door = next(door for door in PRESSED if door.endpoint == "ImportView.commit")
    browser = world.browser(f"admin.{HOME}")
    assert browser.get(url(world, door, here), headers={"Accept": "application/json"}).status_code == 405
    assert world.browser().get(url(world, door, here)).status_code == 302, "a stranger is sent to the login page"


@pytest.mark.parametrize("endpoint", LISTS)
def test_a_step_for_many_without_rows_leads_to_its_list(standing, endpoint):
    world, _ids = standing("pressed", samples_of_both)
    view = KHET.views[endpoint]
    with APP.test_request_context():
        steps = [action.key for action in view.actions()]
    opened = 0
    for user in ("obec", *USERS) if steps else ():
        browser = world.browser(user)
        if browser.get(f"{view.route_base}/").status_code != 200:
            continue
        for key in steps:
            answer = browser.get(f"{view.route_base}/bulk/{key}")
            if answer.status_code == 404:
                continue  # not a step that this user's list has
            assert answer.status_code == 302
            assert browser.get(answer.location).status_code == 200
            assert "Choose rows of the list first" in browser.text
            opened += 1
        if opened:
            return
    assert not steps, "nobody of the demo has a step of this list"

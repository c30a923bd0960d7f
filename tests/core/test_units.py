"""Unit against unit: who works in one unit of a district learns nothing of another's.

Every row that belongs to a unit, and what hangs on it, says which unit that is. Then people who hold every role that a
unit gives walk through every door, list, shape and report of every module (tests/module_check.py), and here through
every search, and read no other unit's word.
"""

from __future__ import annotations

import io

import pytest

from tests.core.doors import at_home, doors, names_a_record, url
from tests.core.marks import units_shown
from tests.core.units import PLACES, look, unit_people, variants
from tests.plugins.service_request.world import BASE, ask, step
from tests.support import HOME, Browser, World, real_pdf


@pytest.mark.parametrize("place", PLACES)
def test_who_works_in_a_unit_reads_its_words(standing, place):
    """The marks are there to be seen: without this the walk above would prove nothing."""
    world, (_ids, knows) = standing("units", unit_people)
    lists = ["/saraban/incoming/", "/saraban/outgoing/"]
    lists += ["/saraban/stored/", "/saraban/folders/", "/saraban/dispatches/"] if place in ("office", "reach") else []
    for address in lists:
        shown = units_shown(world.browser(f"all-{place}.{HOME}").get(address))
        assert {unit for unit, _table in shown} & knows[place], address


@pytest.mark.parametrize("place", PLACES)
def test_no_search_or_picker_tells_of_another_unit(standing, place):
    world, (_ids, knows) = standing("units", unit_people)
    everybody = frozenset().union(*knows.values())
    for address in ("/search/?q=ลับหน่วย", "/search/?q=ลับหน่วย&part=1"):
        look(world, place, address, knows[place])
    for unit in everybody - knows[place]:
        answer = look(world, place, f"/saraban/incoming/known?unit_id={unit}", knows[place])
        assert answer.status_code in (403, 404)


# -- what cannot be read cannot be counted ---------------------------------------------------------------------------


def told(world: World, browser: Browser) -> dict[str, str]:
    """What every page without a record says to a user, in every shape: words and numbers, without the forms' keys."""
    browser.bearer()  # its making is told to the account's owner: before the first look, not within it
    found = {}
    asked = [
        address
        for door in at_home(doors("GET"))
        if not door.arguments
        and not names_a_record(door)
        and door.endpoint not in ("ImportView.add", "ImportView.template", "DraftView.read")
        for address in variants(door, url(world, door, {"unit_id": world.unit(), "draft_token": "x"}))
    ]
    asked = [address for address in asked if not address.startswith("/security/")]  # one's own sessions: moments, codes
    for address in [*asked, *(f"/reports/{key}" for key in world.khet.registry.reports)]:
        answer = browser.get(address)
        text = answer.get_data(as_text=True)
        if answer.mimetype == "text/html" and answer.status_code != 302:
            text = browser.text
        found[address] = f"{answer.status_code} {text}"
    return found


def differences(before: dict[str, str], after: dict[str, str]) -> dict[str, str]:
    """The pages that say something else, from the first word that differs."""
    found = {}
    for address, said in after.items():
        if said != before[address]:
            at = next((n for n, pair in enumerate(zip(said, before[address], strict=False)) if pair[0] != pair[1]), -1)
            found[address] = f"{before[address][max(at - 60, 0) : at + 60]!r} → {said[max(at - 60, 0) : at + 60]!r}"
    return found


def test_a_secret_letter_changes_no_page_of_who_is_not_named(world):
    """One in, one out, with a file, timed and proposed: the clerk beside, the director and the administrator see
    every list, report, chart, count and line of history as before."""
    users = [world.browser(f"{name}.{HOME}") for name in ("clerk", "director", "admin")]
    before = [told(world, user) for user in users]
    registrar = world.browser(f"secret.{HOME}")
    for book, more in (("incoming", {}), ("outgoing", {"kind": "external"})):
        file = (io.BytesIO(real_pdf()), "ลับ.pdf")
        staged = registrar.post("/uploads/", {"file": file}, content_type="multipart/form-data").json["id"]
        answer = registrar.submit(
            f"/saraban/{book}/new", secrecy="1", subject="ลับมาก", sender="ก", recipient="ข", doc_no="ลับ 1",
            files=str(staged), **more,
        )  # fmt: skip
        assert answer.status_code == 302, registrar.errors()
    for user, said in zip(users, before, strict=True):
        assert differences(said, told(world, user)) == {}


def test_work_in_another_unit_changes_no_page(world):
    """Letters in and out of the office change nothing that a school's or a group's people see."""
    users = [world.browser(f"{name}.{HOME}") for name in ("school", "supervisor")]
    before = [told(world, user) for user in users]
    clerk = world.browser(f"clerk.{HOME}")
    for book, more in (("incoming", {}), ("outgoing", {"kind": "external"})):
        answer = clerk.submit(
            f"/saraban/{book}/new", subject="งานของสำนักงาน", sender="ก", recipient="ข", doc_no="ท 1", speed="0", **more
        )  # fmt: skip
        assert answer.status_code == 302, clerk.errors()
    for user, said in zip(users, before, strict=True):
        assert differences(said, told(world, user)) == {}


def test_what_a_school_or_a_group_does_changes_no_page_of_the_one_next_door(world):
    """Letters that come and go, a request with a remark to the office: another school's clerk sees every list, report,
    chart, count and line of history as before, and an officer of another group all but the services of the district."""
    school, group = (world.browser(f"{name}2.{HOME}") for name in ("school", "supervisor"))
    before, of_group = told(world, school), told(world, group)
    for name in ("school", "groupclerk"):
        clerk = world.browser(f"{name}.{HOME}")
        for book, more in (("incoming", {}), ("outgoing", {"kind": "external"})):
            answer = clerk.submit(
                f"/saraban/{book}/new", subject="ข้างบ้าน", sender="ก", recipient="ข", doc_no="ท 1", **more
            )
            assert answer.status_code == 302, clerk.errors()
    assert differences(of_group, told(world, group)) == {}
    number = ask(world, "schoolhead", topic="หัวข้อข้างบ้าน")
    assert step(world, number, "submit", "schoolhead").status_code == 302
    head = world.browser(f"schoolhead.{HOME}")
    assert (
        head.post(f"{BASE}{number}/comment", {"text": f"ฝากถึง @school2.{HOME}", "audience": "everybody"}).status_code
        == 302
    )
    assert differences(before, told(world, school)) == {}
    assert school.get(f"{BASE}{number}").status_code == 404

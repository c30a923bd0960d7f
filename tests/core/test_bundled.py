"""What a browser keeps of Khet for ever is of one version: no page runs a script of today beside one of yesterday."""

from __future__ import annotations

import re
from urllib.parse import urljoin

import pytest

from core.web.static_files import Bundle
from tests.support import HOME

ADDRESS = re.compile(r"^/static/v-([0-9a-f]{10})/")
KEPT = "public, max-age=31536000"
#: what a script imports, and what a style sheet names beside itself
NAMED = re.compile(r'(?:from|import)\s*\(?"([^"]+)"|url\(([^)#:]+)\)')


@pytest.fixture(params=["sqlite"])
def backend(request):
    """Files do not know the database."""
    return request.param


def of_page(browser, path: str) -> list[str]:
    """Addresses of files that a page names."""
    assert browser.get(path).status_code == 200
    found = [*browser.tree.xpath("//@src"), *browser.tree.xpath("//link/@href"), *browser.tree.xpath("//use/@href")]
    return sorted({address.partition("#")[0] for address in found if address.startswith("/static")})


def test_every_file_of_a_page_and_what_it_names_is_there_and_of_one_version(standing):
    world, _ids = standing("demo", lambda world: None)
    clerk, stranger = world.browser(f"clerk.{HOME}"), world.browser()
    asked = [*of_page(clerk, "/"), *of_page(clerk, "/saraban/incoming/new"), *of_page(stranger, "/login/")]
    seen: dict[str, str] = {}
    while asked:
        address = asked.pop()
        if address in seen:
            continue
        answer = stranger.get(address)
        assert answer.status_code == 200, address
        assert answer.headers["Cache-Control"] == KEPT, address
        seen[address] = answer.get_data(as_text=True) if answer.mimetype.startswith("text/") else ""
        if "/vendor/" not in address:
            asked += [urljoin(address, one or other) for one, other in NAMED.findall(seen[address])]
    assert len({ADDRESS.match(address)[1] for address in seen}) == 1
    assert any(address.endswith("/khet/router.js") for address in seen)
    assert any(address.endswith(".woff2") for address in seen)


def test_scripts_are_modules_but_the_one_that_runs_before_the_page_is_drawn(standing):
    world, _ids = standing("demo", lambda world: None)
    browser = world.browser(f"clerk.{HOME}")
    browser.get("/saraban/incoming/new")
    classic = browser.tree.xpath("//script[not(@type='module')]/@src")
    assert [address.rpartition("/")[2] for address in classic] == ["theme.js", "bootstrap.bundle.min.js"]
    for address in browser.tree.xpath("//script[@type='module']/@src"):
        assert browser.get(address).get_data(as_text=True).startswith("// "), "the first line says what it is for"


def test_at_the_address_of_another_version_is_nothing(standing):
    world, _ids = standing("demo", lambda world: None)
    stranger = world.browser()
    address = next(one for one in of_page(stranger, "/login/") if one.endswith("khet.js"))
    former = ADDRESS.sub("/static/v-0123456789/", address)
    for path, status in ((former, 404), (ADDRESS.sub("/static/", address), 200), ("/static/plugin/none/x.js", 404)):
        answer = stranger.get(path)
        assert (answer.status_code, answer.headers["Cache-Control"]) == (status, "no-store"), path


def test_any_changed_file_gives_every_file_another_address(tmp_path):
    own, guest = tmp_path / "own", tmp_path / "guest"
    for folder in (own, guest):
        folder.mkdir()
        (folder / "a.js").write_text("1", encoding="utf-8")
    before = Bundle(own, {"guest": guest, "plain": tmp_path / "none"})
    assert before.version == Bundle(own, {"guest": guest}).version
    (guest / "a.js").write_text("2", encoding="utf-8")
    after = Bundle(own, {"guest": guest})
    assert len({before.version, after.version, Bundle(own, {}).version}) == 3
    assert after.place("plugin/guest/a.js") == (guest, "a.js")
    assert after.place("plugin/plain/a.js")[0] is None

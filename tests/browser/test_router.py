"""From page to page without a full load: what khet/router.js promises, by its own functions and by what one sees."""

from __future__ import annotations

import dataclasses

import pytest

from core.web.static_files import Bundle
from tests.core.cookbook import files
from tests.core.test_listing import LIST, register
from tests.support import HOME

pytestmark = pytest.mark.browser
SCHOOLS = "/schools/"
TAKE_HOLD = """async () => {
    const script = document.querySelector("script[src$='/khet/khet.js']");
    window.router = await import(script.src.replace("khet.js", "router.js"));
}"""


@pytest.fixture(params=["sqlite"])
def backend(request):
    """The pages do not know the database."""
    return request.param


@pytest.fixture
def page(open_page):
    """A clerk's list of letters. The router's module hangs on `window` until a full load takes it away."""
    page = open_page(f"clerk.{HOME}", quiet=True)
    page.goto(LIST)
    page.evaluate(TAKE_HOLD)
    return page


def stayed(page) -> bool:
    return page.evaluate("() => Boolean(window.router)")


def at(page, path: str) -> None:
    page.wait_for_function("path => location.pathname === path", arg=path)


def shows(page, title: str) -> None:
    """By the buttons of the browser the address changes first."""
    page.wait_for_function("title => document.title.startsWith(title)", arg=title)


def visit(page, path: str) -> None:
    """Begun, not waited for."""
    page.evaluate("path => { router.visit(path); }", path)


def hold(page, path: str) -> None:
    """Answers from this path wait for `release()`."""
    page.evaluate(
        """path => {
            const at_once = window.fetch;
            const held = new Promise((done) => { window.release = done; });
            window.fetch = async (url, options) => {
                const answer = await at_once(url, options);
                if (new URL(url, location.href).pathname === path) { window.waiting = true; await held; }
                return answer;
            };
        }""",
        path,
    )


def test_back_and_forward_find_the_page_as_it_was_left(world, page):
    register(world, 45)
    page.reload()
    page.evaluate(TAKE_HOLD)
    before = page.evaluate("history.length")
    page.evaluate("window.scrollTo(0, 300)")
    visit(page, SCHOOLS)
    at(page, SCHOOLS)
    assert page.title().startswith("Schools")
    assert page.evaluate("[scrollY, document.activeElement.id]") == [0, "main"], "one reads from the top, by ear too"
    page.go_back()
    shows(page, "Incoming letters")
    at(page, LIST)
    page.wait_for_function("scrollY === 300")
    page.go_forward()
    shows(page, "Schools")
    at(page, SCHOOLS)
    assert page.evaluate("history.length") == before + 1
    assert stayed(page)


def test_what_a_script_does_on_every_page_ends_with_the_page(page):
    page.evaluate(
        """() => {
            window.signals = [];
            router.page((signal) => signals.push(signal));
            router.page(() => { window.foreign = true; }, location.origin + "/static/of/other/pages.js");
        }"""
    )
    visit(page, SCHOOLS)
    at(page, SCHOOLS)
    assert page.evaluate("signals.map((signal) => signal.aborted)") == [True, False]
    assert page.evaluate("window.foreign") is None


def test_a_script_of_a_module_works_on_the_pages_of_that_module_alone(world, page, tmp_path, monkeypatch):
    """The cookbook's, as if it were of correspondence."""
    (tmp_path / "keys.js").write_text(files()["static/keys.js"], encoding="utf-8")
    manifests = world.khet.registry.manifests
    bundle = Bundle(tmp_path, {"saraban": tmp_path})
    for name in ("own", "version"):
        setattr(bundle, name, getattr(world.app.extensions["khet.bundle"], name))
    monkeypatch.setitem(world.app.extensions, "khet.bundle", bundle)
    monkeypatch.setitem(manifests, "saraban", dataclasses.replace(manifests["saraban"], scripts=("keys.js",)))
    visit(page, LIST + "?q=")
    page.wait_for_selector("h1 + .count")
    rows = page.locator("tbody tr[data-id]").count()
    for _turn in range(2):
        visit(page, SCHOOLS)
        at(page, SCHOOLS)
        page.wait_for_selector("tbody tr[data-id]")
        assert page.locator("h1 + .count").count() == 0
        visit(page, LIST)
        at(page, LIST)
        page.wait_for_selector("h1 + .count")
    assert page.locator("h1 + .count").all_inner_texts() == [str(rows)]
    assert stayed(page)


def test_a_page_on_its_way_is_asked_for_once_and_a_file_is_no_page(page):
    same, found, file = page.evaluate(
        """async path => {
            const [one, two] = [router.get(path), router.get(path)];
            const file = await router.get("/api/v1/openapi.json");
            return [one === two, await one, file.page];
        }""",
        SCHOOLS,
    )
    assert same is True
    assert (found["ok"], found["url"].endswith(SCHOOLS), "<main" in found["page"]) == (True, True, True)
    assert file is None
    assert page.evaluate("() => router.show('<p>no page of Khet</p>', '/x', true)") is False
    visit(page, "/nowhere")
    page.wait_for_selector("main[id=main] [data-refusal]")
    assert stayed(page), "an error inside Khet is a page"
    visit(page, "/api/v1/openapi.json")
    page.wait_for_function("() => !window.router")
    at(page, "/api/v1/openapi.json")


def test_a_page_of_another_version_is_opened_as_a_whole(world, page, monkeypatch):
    """Khet was updated while the page was open: nothing of the old one goes on beside the new."""
    bundle = world.app.extensions["khet.bundle"]
    monkeypatch.setattr(bundle, "version", "0123456789")
    monkeypatch.setattr(bundle, "_addresses", {})  # another process has made none yet
    visit(page, SCHOOLS)
    page.wait_for_function("() => !window.router && document.title.startsWith('Schools')")
    page.wait_for_function("() => document.querySelector(\"script[src^='/static/v-0123456789/khet/khet.js']\")")


def test_a_slow_answer_that_a_later_click_overtook_shows_nothing(page):
    hold(page, SCHOOLS)
    before = page.evaluate("history.length")
    visit(page, SCHOOLS)
    page.wait_for_function("() => window.waiting")
    page.locator("#nav").get_by_role("link", name="Home").click()
    at(page, "/")
    page.wait_for_selector(".cards")
    page.evaluate("release()")
    page.evaluate("path => router.get(path)", SCHOOLS)  # the answer is there by then
    page.wait_for_timeout(50)
    assert page.evaluate("location.pathname") == "/"
    assert page.title().startswith("Home")
    assert page.evaluate("history.length") == before + 1
    assert stayed(page)


def test_over_a_dead_line_the_page_stays_and_opens_when_it_is_pressed_again(page):
    page.context.set_offline(True)
    page.fill("main input[type=search]", "กำลังพิมพ์")
    visit(page, SCHOOLS)
    page.wait_for_selector(".unsent")
    assert page.evaluate("location.pathname") == LIST
    assert page.input_value("main input[type=search]") == "กำลังพิมพ์"
    page.context.set_offline(False)
    page.locator(".unsent button").click()
    at(page, SCHOOLS)
    assert stayed(page)


def test_a_refused_form_is_kept_and_an_ended_session_leads_to_the_door(page):
    visit(page, LIST + "new")
    at(page, LIST + "new")
    page.wait_for_selector("#subject")
    page.fill("#subject", "ไม่มีผู้ส่ง")
    page.keyboard.press("Control+s")
    page.wait_for_selector("[data-problems]")
    assert page.input_value("#subject") == "ไม่มีผู้ส่ง"
    assert page.evaluate("document.activeElement.getAttribute('aria-invalid')") == "true"
    assert stayed(page)
    page.context.clear_cookies()
    visit(page, SCHOOLS)
    page.wait_for_selector("#password")
    assert not stayed(page), "the login is no page inside Khet"
    assert page.evaluate("new URLSearchParams(location.search).get('next')") == SCHOOLS

"""axe-core over what opens over a page and over its refusals; the keyboard reaches everything and shows it."""

from __future__ import annotations

import pytest

from tests.browser.axe import SHAPE, Looked, in_other_words, violations
from tests.support import HOME

pytestmark = pytest.mark.browser


@pytest.fixture(params=["sqlite"])
def backend(request):
    """Pages do not know the database."""
    return request.param


PLANTED = """() => {
    document.querySelector("main").insertAdjacentHTML("beforeend",
        '<p id="pale">จาง</p><div id="under"><p id="grey">เทา</p></div>');
    document.getElementById("pale").style.color = "#bbb";
    document.getElementById("under").style.background = "#777";
    document.querySelector(".khet-nav .inner").insertAdjacentHTML("beforeend", '<a id="silent" href="/"></a>');
}"""


def test_what_was_looked_at_before_hides_nothing_new(open_page):
    """A second page of the same kind is looked at for what is new only, and that is found."""
    page, looked = open_page(f"clerk.{HOME}", locale="th"), Looked()
    for address in ("/saraban/incoming/", "/saraban/incoming/1"):
        page.goto(address)
        assert violations(page, looked) == []
    page.goto("/saraban/incoming/2")
    page.evaluate(PLANTED)
    found = " ".join(violations(page, looked))
    assert all(place in found for place in ("#pale", "#grey", "#silent")), found
    page.goto("/saraban/incoming/1")
    assert page.evaluate("document.querySelectorAll('[data-looked]').length") == 0
    assert violations(page, looked) == []
    assert page.evaluate("document.querySelectorAll('[data-looked]').length") > 2, "its surroundings are known"


#: two things to press, with room enough; and as if other words left them none
BESIDE = """() => {
    document.querySelector("main").insertAdjacentHTML("beforeend",
        '<div class="pair"><button class="narrow" type="button">ก</button><button class="narrow" type="button">ข</button></div>');
    const rule = ".narrow { display: inline-block; width: 30px; height: 30px; padding: 0; border: 0; }";
    document.styleSheets[document.styleSheets.length - 1].insertRule(rule);
}"""
CRAMPED = """() => document.styleSheets[document.styleSheets.length - 1].insertRule(
    ".pair .narrow { width: 9px; height: 9px; min-height: 0; font-size: 6px; }")"""
SILENT = """() => document.querySelector("main").insertAdjacentHTML("beforeend", '<a id="silent" href="/"></a>')"""


def test_what_only_the_page_in_another_language_has_is_found(open_page):
    """Of one shape with the page that was looked at it is asked for what words can change, of another for everything."""
    page = open_page(f"clerk.{HOME}", locale="th")
    page.goto("/saraban/incoming/")
    page.evaluate(BESIDE)
    shape = page.evaluate(SHAPE)
    assert in_other_words(page, Looked(), shape) == []
    page.evaluate(CRAMPED)
    assert page.evaluate(SHAPE) == shape
    assert "target-size" in " ".join(in_other_words(page, Looked(), shape))
    page.evaluate(SILENT)
    assert "#silent" in " ".join(in_other_words(page, Looked(), shape))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_opens_over_the_page_violates_nothing_either(open_page, theme):
    page = open_page(f"clerk.{HOME}", locale="th", theme=theme)
    page.goto("/saraban/incoming/")
    page.keyboard.press("Control+k")
    page.wait_for_selector("#palette-hits [role=option]")
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.locator("h1").click()
    page.keyboard.press("?")
    page.wait_for_selector("#keys[open]")
    assert violations(page) == []
    page.keyboard.press("Escape")
    for summary in page.locator("details.pop > summary").all():
        summary.click()
        assert violations(page) == []
    page.locator("tbody .pick input").first.check()
    page.wait_for_selector("[data-bulk]:not([hidden])")
    assert violations(page) == []
    page.goto("/saraban/incoming/new")
    page.locator("[data-pick-date]").first.click()
    page.wait_for_selector(".day-picker[open]")
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.fill("#sender", "")
    page.keyboard.press("Control+s")
    page.wait_for_selector("[data-problems]")
    assert violations(page) == []


def test_the_login_and_its_refusal_violate_nothing(open_page):
    for theme in ("light", "dark"):
        page = open_page(None, theme=theme)
        page.goto("/login/")
        assert violations(page) == []
        page.fill("#username", "nobody")
        page.fill("#password", "wrong password")
        page.keyboard.press("Enter")
        page.wait_for_selector("[role=alert]")
        assert violations(page) == []


@pytest.mark.parametrize("path", ["/", "/saraban/incoming/", "/saraban/incoming/new", "/schools/", "/notices/choices"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_keyboard_reaches_everything_and_shows_where_it_is(open_page, path, width):
    page = open_page(f"admin.{HOME}" if path == "/schools/" else f"clerk.{HOME}", width=width)
    page.goto(path)
    wanted = page.evaluate(
        """() => [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary, td[tabindex]')]
        .filter(e => e.tabIndex >= 0 && !e.disabled && e.checkVisibility({visibilityProperty: true}) && !e.closest('dialog')
                && !e.closest('details:not([open]) > :not(summary)')).length"""
    )
    seen, unseen = set(), []
    for _step in range(wanted + 15):
        page.keyboard.press("Tab")
        found = page.evaluate(
            """() => { const e = document.activeElement; if (!e || e === document.body) return null;
            const all = [...document.querySelectorAll('*')]; const s = getComputedStyle(e);
            return {at: all.indexOf(e), what: e.outerHTML.slice(0, 120), width: parseFloat(s.outlineWidth), style: s.outlineStyle, counted: e.matches('a[href], button, input, select, textarea, summary, td[tabindex]')}; }"""
        )
        if found is None:
            continue
        if found["style"] == "none" or found["width"] < 2:
            unseen.append(found["what"])
        if found["counted"]:
            seen.add(found["at"])
    assert unseen == [], "the focus cannot be seen"
    assert len(seen) >= wanted, f"{len(seen)} of {wanted} were reached"

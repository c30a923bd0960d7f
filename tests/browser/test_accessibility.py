"""axe-core over every page, in both languages and both themes; the keyboard reaches everything and shows it."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.walk import USERS, pages
from tests.support import HOME

pytestmark = pytest.mark.browser
AXE = Axe()
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
#: what a theme can break; everything else is the same page
OF_COLOUR = {
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
    "resultTypes": ["violations"],
}


BACKGROUND = "getComputedStyle(document.body).backgroundColor"


@pytest.fixture(params=["sqlite"])
def backend(request):
    """Pages do not know the database."""
    return request.param


def violations(page, rules=RULES) -> list[str]:
    found = AXE.run(page, options=rules).response["violations"]
    return [f"{v['id']}: {node['target']} {node['failureSummary'][:160]}" for v in found for node in v["nodes"]]


@pytest.mark.parametrize("locale", ["th", "en"])
@pytest.mark.parametrize("user", USERS)
def test_no_page_violates_wcag(world, open_page, user, locale):
    """Every rule in the light theme, and on the same page every rule about colours in the dark one."""
    name = world.khet.actor(world.account(user).id).name
    page = open_page(user, locale=locale, theme="light", quiet=True)
    seen, wrong = 0, []
    for address in pages(world, user):
        page.goto(address)
        assert name in page.locator(".khet-top").inner_text(), f"{address}: not signed in, the probe proves nothing"
        assert page.locator("h1").inner_text().strip(), address
        assert page.evaluate("document.documentElement.lang") == locale
        assert page.evaluate("document.documentElement.dataset.bsTheme") == "light"
        if address == "/saraban/incoming/":
            assert page.locator("tbody tr").count() > 5, "the probe needs rows"
        wrong += [f"{address} {line}" for line in violations(page)]
        lit = page.evaluate(BACKGROUND)
        page.evaluate("document.documentElement.dataset.bsTheme = 'dark'")
        assert page.evaluate(BACKGROUND) != lit, "the probe needs the dark theme"
        wrong += [f"{address} dark: {line}" for line in violations(page, OF_COLOUR)]
        seen += 1
    assert seen, "no page was looked at"
    assert wrong == [], "\n".join(wrong[:20])


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

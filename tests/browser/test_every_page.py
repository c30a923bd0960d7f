"""Every page that shows HTML, by the account it belongs to: axe-core in both languages and both themes, and its width."""

from __future__ import annotations

import pytest

from tests.browser.axe import OF_THEME, SHAPE, Looked, in_other_words, violations
from tests.browser.walk import USERS, pages_by_user

pytestmark = pytest.mark.browser
#: high enough that no field lies under the bar of the buttons, which stays in sight
TALL = 2400
BACKGROUND = "getComputedStyle(document.body).backgroundColor"


@pytest.fixture(params=["sqlite"])
def backend(request):
    """Pages do not know the database."""
    return request.param


@pytest.fixture
def walked(standing):
    """An installation whose pages are only looked at: it, and whose page is whose."""
    return standing("pages", pages_by_user)


@pytest.fixture
def world(walked):
    return walked[0]


#: what a page says of itself, once it stands as it will: the router lays rows under the window's edge a frame later
TOLD = """async () => {
    for (let frame = 0; frame < 3; frame += 1) await new Promise(requestAnimationFrame);
    const page = document.documentElement;
    return {
        name: document.querySelector(".khet-top").innerText, heading: document.querySelector("h1").innerText.trim(),
        locale: page.lang, theme: page.dataset.bsTheme, rows: document.querySelectorAll("tbody tr").length,
    };
}"""
#: a link to it, as any page has, is followed
FOLLOW = """address => {
    document.getElementById("main").dataset.left = "";
    const link = document.createElement("a");
    link.href = address;
    document.body.append(link);
    link.click();
    link.remove();
}"""


@pytest.mark.parametrize("user", USERS)
def test_no_page_violates_wcag_or_is_wider_than_a_phone(walked, world, open_page, user):
    """In Thai by every rule, in the dark theme what is about colours, and the width of a phone; in English by every rule
    where the page is not the Thai one in other words."""
    name = world.khet.actor(world.account(user).id).name
    page = open_page(user, height=TALL, locale="th", theme="light", quiet=True)
    session = {locale: world.browser(user, locale).client.get_cookie("khet").value for locale in ("th", "en")}
    wrong = []
    looked, in_english = Looked(), Looked()
    page.goto("/")

    def follow(address: str, locale: str) -> None:
        page.context.add_cookies([{"name": "khet", "value": session[locale], "url": page.url}])
        page.evaluate(FOLLOW, address)
        page.wait_for_selector("#main:not([data-left])", state="attached")
        told = page.evaluate(TOLD)
        assert name in told["name"], f"{address}: not signed in, the probe proves nothing"
        assert told["heading"], address
        assert (told["locale"], told["theme"]) == (locale, "light"), address
        if address == "/saraban/incoming/":
            assert told["rows"] > 5, "the probe needs rows"

    for address in walked[1][user]:
        follow(address, "th")
        shape = page.evaluate(SHAPE)
        wrong += [f"{address} th {line}" for line in violations(page, looked)]
        lit = page.evaluate(BACKGROUND)
        page.evaluate("document.documentElement.dataset.bsTheme = 'dark'")
        assert page.evaluate(BACKGROUND) != lit, "the probe needs the dark theme"
        wrong += [f"{address} dark: {line}" for line in violations(page, looked, theme="dark", rules=OF_THEME)]
        page.evaluate("document.documentElement.dataset.bsTheme = 'light'")
        page.set_viewport_size({"width": 390, "height": 900})
        if page.evaluate("document.documentElement.scrollWidth") > 390:
            wrong.append(f"{address}: wider than a phone")
        page.set_viewport_size({"width": 1280, "height": TALL})
        follow(address, "en")
        wrong += [f"{address} en {line}" for line in in_other_words(page, in_english, shape)]
    assert wrong == [], "\n".join(wrong[:20])

"""Every page that shows HTML, by the account it belongs to: axe-core in both languages and both themes, and its width."""

from __future__ import annotations

import pytest

from tests.browser.axe import OF_THEME, Looked, violations
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


@pytest.mark.parametrize("user", USERS)
def test_no_page_violates_wcag_or_is_wider_than_a_phone(walked, world, open_page, user):
    """In both languages every rule, in the dark theme what is about colours, and in Thai the width of a phone."""
    name = world.khet.actor(world.account(user).id).name
    page, english = (open_page(user, height=TALL, locale=locale, theme="light", quiet=True) for locale in ("th", "en"))
    wrong = []
    looked = {"th": Looked(), "en": Looked()}
    for address in walked[1][user]:
        for one, locale in ((page, "th"), (english, "en")):
            one.goto(address)
            assert name in one.locator(".khet-top").inner_text(), f"{address}: not signed in, the probe proves nothing"
            assert one.locator("h1").inner_text().strip(), address
            assert one.evaluate("document.documentElement.lang") == locale
            assert one.evaluate("document.documentElement.dataset.bsTheme") == "light"
            if address == "/saraban/incoming/":
                assert one.locator("tbody tr").count() > 5, "the probe needs rows"
            wrong += [f"{address} {locale} {line}" for line in violations(one, looked[locale])]
        lit = page.evaluate(BACKGROUND)
        page.evaluate("document.documentElement.dataset.bsTheme = 'dark'")
        assert page.evaluate(BACKGROUND) != lit, "the probe needs the dark theme"
        wrong += [f"{address} dark: {line}" for line in violations(page, looked["th"], theme="dark", rules=OF_THEME)]
        page.set_viewport_size({"width": 390, "height": 900})
        if page.evaluate("document.documentElement.scrollWidth") > 390:
            wrong.append(f"{address}: wider than a phone")
        page.set_viewport_size({"width": 1280, "height": TALL})
    assert wrong == [], "\n".join(wrong[:20])

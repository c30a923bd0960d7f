"""Every text a person reads went through the catalogue: a crawl in a pseudo-language finds what did not."""

from __future__ import annotations

import functools
import re

import flask_babel
import pytest

from core.web import page_context, sidebar
from tests.core.doors import doors, samples, url
from tests.support import HOME

WRAPPED = re.compile(r"⟦[^⟦⟧]*⟧")
LETTER = re.compile(r"[^\W\d_]")
READ = ("placeholder", "aria-label", "title", "alt", "data-remove", "data-failed", "data-too-large")


class Pseudo:
    """Marks every text that asked to be translated."""

    def ugettext(self, text: str) -> str:
        return f"⟦{text}⟧"

    def ungettext(self, singular: str, plural: str, n: int) -> str:
        return f"⟦{singular if n == 1 else plural}⟧"

    def upgettext(self, context: str, text: str) -> str:
        return f"⟦{text}⟧"

    gettext, ngettext = ugettext, ungettext


@pytest.fixture
def pseudo(monkeypatch):
    monkeypatch.setattr(flask_babel.Domain, "get_translations", lambda self: Pseudo())
    once = (page_context.drawn, sidebar.lines)  # drawn once a process, with real words
    for drawn in once:
        drawn.cache_clear()
    yield
    for drawn in once:
        drawn.cache_clear()


@pytest.fixture(params=["sqlite"])
def backend(request):
    """Words do not depend on the database."""
    return request.param


@functools.cache
def _is_unwrapped(text: str) -> bool:
    """Whether letters stand outside the marks. Most texts stand on every page."""
    while WRAPPED.search(text):
        text = WRAPPED.sub("", text)
    return LETTER.search(text) is not None


def _read(node, own: bool = False):
    """(tag, text) of all that is read, people's data (translate="no") left out; a tail belongs to who encloses it."""
    if not isinstance(node.tag, str) or node.tag in ("script", "style", "textarea"):
        return
    own = node.get("translate", "no" if own else "yes") == "no"
    if not own:
        yield node.tag, node.text or ""
        yield from ((node.tag, node.get(name) or "") for name in READ)
    for child in node:
        yield from _read(child, own)
        if not own:
            yield child.tag, child.tail or ""


def unwrapped(tree) -> list[str]:
    """Texts with letters outside the marks."""
    return [f"<{tag}> {text.strip()[:80]}" for tag, text in _read(tree.find("body")) if _is_unwrapped(text)]


WHO = ("admin", "clerk", "secret", "groupclerk", "groupdirector", "supervisor")


@pytest.mark.parametrize("user", [*(f"{name}.{HOME}" for name in WHO), "obec"])
def test_no_page_holds_a_text_that_was_never_wrapped(standing, pseudo, user):
    world, ids = standing("samples at home", lambda world: samples(world, HOME))
    browser = world.browser(user)
    seen = 0
    for door in doors("GET"):
        browser.get(url(world, door, ids))
        if browser.page.status_code == 200 and browser.page.mimetype == "text/html":
            seen += 1
            assert unwrapped(browser.tree) == [], f"{door} as {user}"
    assert seen > 3


@pytest.mark.parametrize("user", [f"{name}.{HOME}" for name in ("admin", "clerk", "groupclerk", "groupdirector")])
def test_no_refusal_holds_a_text_that_was_never_wrapped(filled, pseudo, user):
    """Every form sent empty, and the error pages."""
    world, ids, _there = filled
    browser = world.browser(user)
    for door in doors("POST"):
        if door.endpoint in ("LoginView.logout", "UploadView.upload"):
            continue
        page = browser.post(url(world, door, ids), {})
        if page.mimetype == "text/html" and page.status_code >= 400:
            assert unwrapped(browser.tree) == [], f"{door}: {page.status_code}"


def test_the_crawl_would_notice():
    from lxml import html

    page = "<html><body><p>⟦Wrapped⟧ 12</p><p translate='no'>ชื่อคน</p><p>Forgotten</p><i title='Also'></i></body></html>"
    assert unwrapped(html.fromstring(page)) == ["<p> Forgotten", "<i> Also"]


def test_a_user_s_language_is_kept_with_the_account(world):
    browser = world.browser(f"clerk.{HOME}", "th")
    assert "ทะเบียนหนังสือรับ" in browser.get("/").get_data(as_text=True)
    browser.post("/language/en", {"next": "/"})
    assert "Incoming letters" in browser.get("/").get_data(as_text=True)
    assert world.account(f"clerk.{HOME}").locale == "en"
    assert browser.post("/language/xx").status_code == 404

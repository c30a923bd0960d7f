"""Every text a person reads went through the catalogue: a crawl in a pseudo-language finds what did not."""

from __future__ import annotations

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

    gettext, ngettext = ugettext, ungettext


@pytest.fixture
def pseudo(monkeypatch):
    monkeypatch.setattr(flask_babel.Domain, "get_translations", lambda self: Pseudo())
    once = (page_context.dialogs, sidebar.lines)  # drawn once a process, with real words
    for drawn in once:
        drawn.cache_clear()
    yield
    for drawn in once:
        drawn.cache_clear()


@pytest.fixture(params=["sqlite"])
def backend(request):
    """Words do not depend on the database."""
    return request.param


def unwrapped(tree) -> list[str]:
    """Texts with letters outside the marks, people's data (translate="no") left out."""
    found = []
    for node in tree.find("body").iter():
        if not isinstance(node.tag, str) or node.tag in ("script", "style", "textarea"):
            continue
        named = [a for a in [node, *node.iterancestors()] if a.get("translate")]
        skip = bool(named) and named[0].get("translate") == "no"
        texts = [node.text or ""] if not skip else []
        texts += [node.get(name) or "" for name in READ] if not skip else []
        parent = node.getparent()
        outer = [a for a in ([parent, *parent.iterancestors()] if parent is not None else []) if a.get("translate")]
        if not (outer and outer[0].get("translate") == "no"):
            texts.append(node.tail or "")
        for text in texts:
            rest = text
            while WRAPPED.search(rest):
                rest = WRAPPED.sub("", rest)
            if LETTER.search(rest):
                found.append(f"<{node.tag}> {text.strip()[:80]}")
    return found


WHO = ("admin", "clerk", "secret", "groupclerk", "groupdirector", "supervisor")


@pytest.mark.parametrize("user", [*(f"{name}.{HOME}" for name in WHO), "obec"])
def test_no_page_holds_a_text_that_was_never_wrapped(world, pseudo, user):
    ids = samples(world, HOME)
    browser = world.browser(user)
    seen = 0
    for door in doors("GET"):
        browser.get(url(world, door, ids))
        if browser.page.status_code == 200 and browser.page.mimetype == "text/html":
            seen += 1
            assert unwrapped(browser.tree) == [], f"{door} as {user}"
    assert seen > 3


@pytest.mark.parametrize("user", [f"{name}.{HOME}" for name in ("admin", "clerk", "groupclerk", "groupdirector")])
def test_no_refusal_holds_a_text_that_was_never_wrapped(world, pseudo, user):
    """Every form sent empty, and the error pages."""
    ids = samples(world, HOME)
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

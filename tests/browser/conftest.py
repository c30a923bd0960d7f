"""A real server on a free port of the loopback, and headless Chromium."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.core.serving import listening
from tests.support import World

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """One browser for this folder's tests. It ends with them: its event loop would hinder whoever needs one."""
    # None is the one that Playwright has fetched; `test.py` sees to it that there is one
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def server(world: World) -> Iterator[str]:
    """Address of a server of this test's installation."""
    with listening(world.app) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def open_page(chromium: Browser, server: str, world: World) -> Iterator[Any]:
    """open_page("clerk.loei3", width=390) gives a signed-in page; console errors fail the test."""
    contexts, errors = [], []

    def open_(
        username: str | None = None,
        *,
        width: int = 1280,
        height: int = 900,
        locale: str = "en",
        theme: str = "light",
        quiet: bool = False,
        touch: bool = False,
    ) -> Page:
        """`quiet`: what is refused, or has no room now, is asked for on purpose; `touch`: a phone, whose pointer is a finger."""
        context = chromium.new_context(
            base_url=server,
            viewport={"width": width, "height": height},
            color_scheme=theme,
            accept_downloads=True,
            has_touch=touch,
            is_mobile=touch,
            reduced_motion="reduce",
        )
        contexts.append(context)
        if username:
            cookie = world.browser(username, locale).client.get_cookie("khet")
            context.add_cookies([{"name": "khet", "value": cookie.value, "url": server}])
        page = context.new_page()
        page.set_default_timeout(15_000)
        expected = ("503", "500", "422", "404", "403", "401", "400", "ERR_INTERNET_DISCONNECTED") if quiet else ("422",)
        page.on(
            "console",
            lambda m: errors.append(m.text) if m.type == "error" and not any(e in m.text for e in expected) else None,
        )
        page.on("pageerror", lambda error: errors.append(str(error)))
        return page

    yield open_
    for context in contexts:
        context.close()
    assert errors == [], "the page's console holds errors (a refused script, a missing file)"

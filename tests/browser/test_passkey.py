"""Passkeys with a real browser: Chromium's virtual authenticator stands for the phone."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support import HOME, Browser, World

pytestmark = pytest.mark.browser

CLERK = f"clerk.{HOME}"


@pytest.fixture
def office(world: World) -> World:
    """The demo's accounts as those of a real office: the demo takes no second factor."""
    world.owner("update ab_user set demo = false" if world.backend == "postgresql" else "update ab_user set demo = 0")
    return world


class Phone:
    """What makes and proves passkeys."""

    def __init__(self, page: Page) -> None:
        self.cdp = page.context.new_cdp_session(page)
        self.cdp.send("WebAuthn.enable")
        facts = {
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
            "isUserVerified": True, "automaticPresenceSimulation": True,
        }  # fmt: skip
        made = self.cdp.send("WebAuthn.addVirtualAuthenticator", {"options": facts})
        self.id = made["authenticatorId"]

    def verifies(self, right: bool) -> None:
        """Whether finger, face or PIN is right from now on."""
        self.cdp.send("WebAuthn.setUserVerified", {"authenticatorId": self.id, "isUserVerified": right})

    def passkeys(self) -> list[Any]:
        return self.cdp.send("WebAuthn.getCredentials", {"authenticatorId": self.id})["credentials"]


def by_name(server: str) -> str:
    """Passkeys belong to a name, not to a number."""
    return server.replace("127.0.0.1", "localhost")


def sign_in(page: Page, base: str) -> None:
    page.goto(f"{base}/login/")
    page.fill("#username", CLERK)
    page.fill("#password", "khet-demo")
    page.click("button:has-text('เข้าสู่ระบบ'):not([data-passkey-go])")


def sign_out(page: Page) -> None:
    page.context.clear_cookies()


def with_passkey(page: Page, base: str) -> Phone:
    """Signed in, and a passkey made."""
    phone = Phone(page)
    sign_in(page, base)
    page.goto(f"{base}/security/factors/")
    page.fill("#name", "โทรศัพท์ของฉัน")
    page.click("[data-passkey-go]")
    page.wait_for_url(re.compile("/security/factors/codes"))
    assert len(phone.passkeys()) == 1
    return phone


@pytest.mark.parametrize("width", [1280, 390])
def test_a_passkey_is_made_and_signs_in_alone_and_as_the_second_factor(office, open_page, server, width):
    base, page = by_name(server), open_page(width=width)
    phone = with_passkey(page, base)
    assert page.locator("ol code").count() == 10
    sign_out(page)
    page.goto(f"{base}/login/?next=/schools/")
    page.click("[data-passkey-go]")
    page.wait_for_url(f"{base}/schools/")
    sign_out(page)
    sign_in(page, base)
    page.wait_for_url(f"{base}/login/second/")
    page.click("[data-passkey-go]")
    page.wait_for_url(f"{base}/")
    assert phone.passkeys()[0]["signCount"] >= 2


def test_without_finger_or_pin_a_passkey_opens_nothing_and_the_page_says_so(office, open_page, server):
    base, page = by_name(server), open_page()
    phone = with_passkey(page, base)
    sign_out(page)
    phone.verifies(False)
    page.goto(f"{base}/login/")
    page.click("[data-passkey-go]")
    expect(page.locator("[data-passkey-failed]")).to_be_visible(timeout=70_000)
    phone.verifies(True)
    page.click("[data-passkey-go]")
    page.wait_for_url(f"{base}/")


def test_the_owner_s_passkey_opens_while_strangers_guess_the_password(office, open_page, server):
    base, page = by_name(server), open_page(quiet=True)
    with_passkey(page, base)
    sign_out(page)
    stranger = Browser(office.app)
    while stranger.submit("/login/", username=CLERK, password="guess").status_code != 429:
        pass
    page.goto(f"{base}/login/")
    page.click("[data-passkey-go]")
    page.wait_for_url(f"{base}/")


def test_a_passkey_that_was_removed_or_whose_account_is_locked_opens_nothing(office, open_page, server):
    base, page = by_name(server), open_page()
    with_passkey(page, base)
    sign_out(page)
    clerk, admin = office.account(CLERK), office.browser(f"admin.{HOME}")
    admin.post(f"/users/{clerk.id}/lock")
    page.goto(f"{base}/login/")
    with page.expect_navigation():
        page.click("[data-passkey-go]")
    expect(page.locator(".alert-danger")).to_contain_text("พาสคีย์")
    admin.post(f"/users/{clerk.id}/lock")
    admin.post(f"/users/{clerk.id}/factors/reset")
    with page.expect_navigation():
        page.click("[data-passkey-go]")
    expect(page.locator(".alert-danger")).to_contain_text("พาสคีย์")
    sign_in(page, base)
    page.wait_for_url(f"{base}/")


def test_an_answer_that_was_overheard_opens_nothing_a_second_time(office, open_page, server):
    base, page = by_name(server), open_page(quiet=True)
    with_passkey(page, base)
    sign_out(page)
    page.goto(f"{base}/login/")
    sent: list[Any] = []
    page.on("request", lambda request: sent.append(request) if request.method == "POST" else None)
    page.click("[data-passkey-go]")
    page.wait_for_url(f"{base}/")
    request = next(one for one in sent if "/login/passkey/" in one.url)
    headers = {k: v for k, v in request.all_headers().items() if k in ("cookie", "content-type")}
    thief = office.app.test_client(use_cookies=False)
    answer = thief.post("/login/passkey/", data=request.post_data, headers=headers, base_url=base)
    assert answer.location.startswith("/login/"), "the challenge is taken once, even with the cookie that held it"


def test_at_an_address_without_a_name_the_page_says_what_is_missing(office, open_page, server):
    page = open_page(CLERK)
    page.goto(f"{server}/security/factors/")
    expect(page.locator("[data-passkey-none]")).to_be_visible()
    expect(page.locator("[data-passkey-go]")).to_be_hidden()

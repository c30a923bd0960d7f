"""What happens to a form when the session ended, the line is dead, or the answer is lost: nothing typed is."""

from __future__ import annotations

import re

import pytest

from core.web.models import FormKey
from plugins.saraban.models.letters import IncomingLetter
from tests.core.test_factors import code, enrolled
from tests.core.test_listing import LIST, register
from tests.support import HOME

pytestmark = pytest.mark.browser
NEW = LIST + "new"


@pytest.fixture(params=["sqlite"])
def backend(request):
    """The pages do not know the database; both databases are walked below the browser."""
    return request.param


def subjects(world, text: str) -> int:
    return world.count("saraban_incoming", f"subject = '{text}'")


def sign_in_as(world, page, user: str | None, server: str) -> None:
    """What another tab of this browser did: signed out, and perhaps somebody else signed in."""
    page.context.clear_cookies()
    if user:
        cookie = world.browser(user).client.get_cookie("khet")
        page.context.add_cookies([{"name": "khet", "value": cookie.value, "url": server}])


def test_a_session_that_ended_is_begun_again_on_the_spot_and_the_form_is_sent(world, open_page, server):
    page = open_page(f"clerk.{HOME}", quiet=True)
    page.goto(NEW)
    sign_in_as(world, page, None, server)
    page.fill("#sender", "สพฐ.")
    page.fill("#subject", "ท่านออกจากระบบแล้ว")
    page.wait_for_selector(".unsent:has-text('You are signed out')")  # said while one types
    page.keyboard.press("Control+s")
    page.wait_for_selector("#signin[open]")
    assert page.input_value("#signin-username") == f"clerk.{HOME}"
    page.keyboard.type("not this one")
    page.keyboard.press("Enter")
    page.wait_for_selector("#signin [role=alert]:not([hidden])")
    assert subjects(world, "ท่านออกจากระบบแล้ว") == 0
    page.keyboard.type("khet-demo")
    page.keyboard.press("Enter")
    page.wait_for_selector(".alert-success")
    assert subjects(world, "ท่านออกจากระบบแล้ว") == 1
    page.goto(NEW)
    assert page.locator("[data-draft-offer]").count() == 0


def test_who_has_a_second_factor_gives_its_code_on_the_spot(world, open_page, server):
    """Nothing is typed twice, no other tab is needed, and a wrong code says so."""
    world.owner("update ab_user set demo = 0")
    secret, _codes = enrolled(world)
    page = open_page(f"clerk.{HOME}", quiet=True)
    page.goto(NEW)
    page.fill("#sender", "สพฐ.")
    page.fill("#subject", "สองขั้น")
    sign_in_as(world, page, None, server)
    page.keyboard.press("Control+s")
    page.wait_for_selector("#signin[open]")
    assert page.locator("#signin-code").is_hidden()
    page.keyboard.type("khet-demo")
    page.keyboard.press("Enter")
    page.wait_for_selector("#signin-code:focus")
    page.keyboard.type("000000")
    page.keyboard.press("Enter")
    page.wait_for_selector("#signin [role=alert]:not([hidden])")
    assert subjects(world, "สองขั้น") == 0, "the password alone sends nothing"
    page.keyboard.type(code(secret))
    page.keyboard.press("Enter")
    page.wait_for_selector(".alert-success")
    assert subjects(world, "สองขั้น") == 1


def test_nobody_s_form_is_sent_under_another_s_name(world, open_page, server):
    page = open_page(f"clerk.{HOME}", quiet=True)
    page.goto(NEW)
    page.fill("#sender", "สพฐ.")
    page.fill("#subject", "ของคนแรก")
    sign_in_as(world, page, f"director.{HOME}", server)
    page.keyboard.press("Control+s")
    page.wait_for_selector("#signin [role=alert]:has-text('is not sent under that name')")
    page.keyboard.type("khet-demo")
    page.keyboard.press("Enter")
    page.wait_for_timeout(300)
    page.get_by_role("button", name="Not now").click()
    page.wait_for_selector(".unsent:has-text('nothing is sent')")
    assert page.input_value("#subject") == "ของคนแรก"
    assert subjects(world, "ของคนแรก") == 0
    sign_in_as(world, page, f"clerk.{HOME}", server)
    page.get_by_role("button", name="Try again").click()
    page.wait_for_selector(".alert-success")
    with world.session() as session:
        made = session.query(IncomingLetter).filter_by(subject="ของคนแรก").one()
        assert session.query(FormKey).order_by(FormKey.id.desc()).first().user_id == world.account(f"clerk.{HOME}").id
    assert made.registered_by == world.khet.actor(world.account(f"clerk.{HOME}").id).name


def test_over_a_dead_line_every_form_says_so_and_waits_for_a_press(world, open_page):
    number = register(world, 1)[0]
    page = open_page(f"clerk.{HOME}", quiet=True)
    page.goto(f"{LIST}bulk/propose?ids={number}")  # a form that keeps no draft
    page.fill("#text", "ความเห็นที่พิมพ์ไว้")
    page.context.set_offline(True)
    page.locator("button[data-save]").click()
    page.wait_for_selector(".unsent:has-text('Nothing is sent')")
    page.locator("#nav").get_by_role("link", name="Incoming letters").click()
    page.wait_for_selector(".unsent:has-text('could not be opened')")
    assert page.input_value("#text") == "ความเห็นที่พิมพ์ไว้"
    page.locator("button[data-save]").click()
    page.wait_for_selector(".unsent:has-text('Nothing is sent')")
    page.context.set_offline(False)
    page.wait_for_selector(".unsent:has-text('The line is back')")
    assert world.count("saraban_incoming", f"id = {number} and status = 'proposed'") == 0, "it waits for a press"
    page.get_by_role("button", name="Try again").click()
    page.wait_for_selector(".alert-success")
    assert world.count("saraban_incoming", f"id = {number} and status = 'proposed'") == 1


def test_what_is_said_above_the_form_pushes_no_typed_field_under_the_bar(world, open_page):
    page = open_page(f"clerk.{HOME}", quiet=True)
    page.set_viewport_size({"width": 1366, "height": 768})
    page.goto(NEW)
    page.context.set_offline(True)
    for field in ("#sender", "#subject", "#remark"):
        page.locator(field).focus()
        page.keyboard.type("ก")
        page.keyboard.press("Control+s")
        page.wait_for_selector(".unsent:has-text('Nothing is sent')")
        page.wait_for_timeout(100)
        below = page.evaluate("document.activeElement.getBoundingClientRect().bottom")
        bar = page.locator("button[data-save]").evaluate(
            "button => button.closest('.form-end, div').getBoundingClientRect().top"
        )
        assert below <= bar, field


def test_an_answer_that_was_lost_is_asked_for_again_and_nothing_is_saved_twice(world, open_page):
    page = open_page(f"clerk.{HOME}", quiet=True)
    page.goto(NEW)
    page.evaluate(
        """() => {
            const real = window.fetch;
            window.fetch = async (url, options) => {
                const answer = await real(url, options);
                if (options?.method === "POST" && String(url).includes("/new")) { window.fetch = real; throw new TypeError("lost"); }
                return answer;
            };
        }"""
    )
    page.fill("#sender", "สพฐ.")
    page.fill("#subject", "คำตอบหายกลางทาง")
    page.keyboard.press("Control+s")
    page.wait_for_selector(".unsent:has-text('not saved twice')")
    assert "Nothing is sent" not in page.locator(".unsent").inner_text(), "that is not known"
    page.fill("#subject", "พิมพ์ใหม่หลังจากนั้น")
    page.locator(".unsent button").click()
    page.wait_for_selector(".alert-info:has-text('saved already when it was first sent')")
    assert (subjects(world, "คำตอบหายกลางทาง"), subjects(world, "พิมพ์ใหม่หลังจากนั้น")) == (1, 0)
    assert world.count("core_draft") == 0, "what was saved is not offered to be typed, and numbered, once more"


def test_a_page_that_fails_after_a_save_does_not_say_that_nothing_was_saved(world, open_page, monkeypatch):
    from plugins.saraban.pages.incoming import IncomingView

    page = open_page(f"clerk.{HOME}", quiet=True)
    page.goto(NEW)
    page.fill("#sender", "สพฐ.")
    page.fill("#subject", "หน้าถัดไปเสีย")

    def broken(*_args):
        raise TypeError("the page after it")

    with monkeypatch.context() as patched:
        patched.setattr(IncomingView, "sections", broken)
        page.locator("button[data-save]").click()
        page.wait_for_selector("[data-refusal]")
        said = page.locator("main").inner_text()
    assert "Registered" in said
    assert "What was saved before it stays saved" in said
    assert "Nothing was saved" not in said
    assert subjects(world, "หน้าถัดไปเสีย") == 1


def test_a_refusal_as_a_whole_does_not_take_the_form_away(world, open_page, monkeypatch):
    from plugins.saraban.pages.incoming import IncomingView

    def broken(*_args):
        raise TypeError("while saving")

    page = open_page(f"clerk.{HOME}", quiet=True)
    page.goto(NEW)
    page.fill("#sender", "สพฐ.")
    page.fill("#subject", "ยังอยู่ในหน้า")
    with monkeypatch.context() as patched:
        patched.setattr(IncomingView, "_register", broken)
        page.locator("button[data-save]").click()
        page.wait_for_selector(".unsent:has-text('Nothing was saved')")
    assert re.search("[0-9a-f]{8}", page.locator(".unsent").inner_text()), "the number to find it by"
    assert page.input_value("#subject") == "ยังอยู่ในหน้า"
    page.get_by_role("button", name="Try again").click()
    page.wait_for_selector(".alert-success")
    assert subjects(world, "ยังอยู่ในหน้า") == 1

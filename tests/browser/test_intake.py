"""What people do, in a real browser: no mouse, on a phone, with a file that is refused."""

from __future__ import annotations

import re

import pytest

from core.base.text.thai import buddhist_year, today
from core.platform.numbering import engine
from plugins.saraban.models.letters import INCOMING
from tests.support import HOME, Browser, near

pytestmark = pytest.mark.browser


@pytest.fixture(params=["sqlite"])
def backend(request):
    """The pages do not know the database; both databases are walked below the browser."""
    return request.param


def test_a_clerk_registers_three_letters_without_a_mouse(world, open_page):
    page = open_page(f"clerk.{HOME}")
    page.goto("/saraban/incoming/new")
    before = world.count("saraban_incoming")
    unit = world.unit()
    with world.session() as session:
        key = engine.BookKey(unit, INCOMING, buddhist_year(today()))
        counter = engine.counter(session, key)
        first = counter.last if counter else 0
    for number in range(1, 4):
        page.locator("#doc_no").focus()
        for value in (f"ศธ 04001/{number}", near(-1), "สพฐ."):
            page.keyboard.type(value)
            page.keyboard.press("Tab")
        page.keyboard.press("Tab")  # ถึง is kept
        page.keyboard.type(f"เรื่องที่ {number}")
        page.keyboard.press("Control+Enter")
        page.wait_for_selector(f".registered strong:text-is('{first + number}')")
        assert page.locator("main .alert").count() == 1
        assert page.locator("#subject").input_value() == ""
    page.keyboard.press("Escape")
    assert world.count("saraban_incoming") == before + 3


def test_ctrl_s_saves_a_new_letter_and_ends_on_it_and_stays_in_a_letter_s_form(open_page):
    page = open_page(f"clerk.{HOME}")
    page.goto("/saraban/incoming/new")
    page.fill("#sender", "สพฐ.")
    page.fill("#subject", "กดบันทึกด้วยแป้น")
    page.keyboard.press("Control+s")
    page.wait_for_url(re.compile(r"/saraban/incoming/\d+$"))
    assert page.locator("main .alert").count() == 1, "the number is said once"
    page.goto(page.url + "/edit")
    page.fill("#action", "ทราบ")
    page.keyboard.press("Control+s")
    page.wait_for_selector(".alert-success")
    assert page.url.endswith("/edit")


def test_slash_goes_to_search(open_page):
    page = open_page(f"clerk.{HOME}")
    page.goto("/saraban/incoming/")
    page.keyboard.press("/")
    page.keyboard.type("ประชุม")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("q="))


def test_an_error_takes_the_keyboard_to_its_field(open_page):
    page = open_page(f"clerk.{HOME}")
    page.goto("/saraban/incoming/new")
    page.fill("#sender", "สพฐ.")
    page.keyboard.press("Control+s")
    page.wait_for_selector("#subject-error")
    assert page.evaluate("document.activeElement.id") == "subject"
    assert page.locator("#sender").input_value() == "สพฐ."


def test_a_refused_file_costs_nothing_of_the_form(open_page, tmp_path):
    lying = tmp_path / "ปลอม.pdf"
    lying.write_bytes(b"MZ program")
    good = tmp_path / "หนังสือเชิญ.pdf"
    good.write_bytes(b"%PDF-1.7 real")
    page = open_page(f"clerk.{HOME}")
    page.goto("/saraban/incoming/new")
    page.fill("#sender", "สพฐ.")
    page.fill("#subject", "มีไฟล์แนบ")
    page.set_input_files("#files", [str(lying), str(good)])
    page.wait_for_selector("text=not what its name says")
    page.wait_for_selector("input[name=files][type=hidden]", state="attached")
    assert page.locator("#subject").input_value() == "มีไฟล์แนบ"
    page.locator("button[data-save]").click()
    page.wait_for_selector("a:has-text('หนังสือเชิญ.pdf')")


def test_a_double_click_saves_once(world, open_page):
    page = open_page(f"clerk.{HOME}")
    page.goto("/saraban/incoming/new")
    before = world.count("saraban_incoming")
    page.fill("#sender", "สพฐ.")
    page.fill("#subject", "กดสองครั้ง")
    page.locator("button[data-save]").dblclick()
    page.wait_for_url(re.compile(r"/saraban/incoming/\d+$"))
    assert world.count("saraban_incoming") == before + 1


def test_a_school_is_looked_up_by_keyboard(open_page):
    page = open_page(f"admin.{HOME}")
    page.goto("/school-groups/")
    page.locator("td a").first.click()
    page.get_by_role("link", name="Add a school").click()
    page.locator("#schools-0-school_id-text").focus()
    page.keyboard.type("บ้านแสงภา")
    page.wait_for_selector(".combo li:first-child:has-text('แสงภา')")
    page.keyboard.press("ArrowDown")
    assert page.locator(".combo li[aria-selected=true]").inner_text() == "โรงเรียนบ้านแสงภา · นาแห้ว"
    page.keyboard.press("Enter")
    assert page.locator("#schools-0-school_id-text").input_value() == "โรงเรียนบ้านแสงภา"
    assert page.locator("input[name='schools-0-school_id']").input_value().isdigit()


@pytest.mark.parametrize(
    "path",
    ["/", "/saraban/incoming/", "/saraban/incoming/new", "/saraban/outgoing/", "/schools/", "/books/", "/password/"],
)
@pytest.mark.parametrize("locale", ["th", "en"])
def test_a_phone_scrolls_one_way_only(open_page, path, locale):
    page = open_page(f"clerk.{HOME}", width=390, locale=locale)
    page.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_navigation_is_a_drawer_on_a_phone(open_page):
    page = open_page(f"clerk.{HOME}", width=390)
    page.goto("/")
    link = page.locator("#nav").get_by_role("link", name="Incoming letters")
    assert not link.is_visible()
    page.get_by_role("button", name="Menu").click()
    link.click()
    page.wait_for_url(re.compile("/saraban/incoming/"))


def test_a_person_signs_in_changes_the_language_and_signs_out(open_page):
    page = open_page()
    page.goto("/saraban/incoming/")
    assert "/login/" in page.url
    page.fill("#username", f"clerk.{HOME}")
    page.fill("#password", "khet-demo")
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('ทะเบียนหนังสือรับ')")
    page.get_by_role("button", name="English").click()
    page.wait_for_selector("h1:has-text('Incoming letters')")
    page.locator(".dropdown-toggle").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(re.compile("/login/"))


def test_the_administrator_switches_the_module_off_and_on(world, open_page):
    admin, clerk = open_page(f"admin.{HOME}"), world.browser(f"clerk.{HOME}")
    admin.goto("/modules/")
    admin.locator("a[href='/modules/saraban/off']").click()
    admin.wait_for_selector("text=Still open in it")
    admin.get_by_role("button", name="Switch off").click()
    admin.wait_for_selector(".badge:text-is('Off')")
    assert clerk.get("/saraban/incoming/").status_code == 404
    assert isinstance(clerk, Browser)
    admin.get_by_role("button", name="Switch on").click()
    admin.wait_for_selector(".badge:text-is('Off')", state="detached")
    assert clerk.get("/saraban/incoming/").status_code == 200


def test_no_request_leaves_for_another_host(open_page, server):
    page = open_page(f"clerk.{HOME}")
    hosts = set()
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    for path in ("/", "/saraban/incoming/", "/saraban/incoming/new", "/schools/"):
        page.goto(path)
    assert hosts == {server.split("/")[2]}


def test_the_thai_font_is_the_bundled_one(open_page):
    page = open_page(f"clerk.{HOME}", locale="th")
    page.goto("/saraban/incoming/")
    page.evaluate("document.fonts.ready")
    loaded = page.evaluate("[...document.fonts].filter(f => f.status === 'loaded').map(f => f.family)")
    assert "Sarabun" in " ".join(loaded)

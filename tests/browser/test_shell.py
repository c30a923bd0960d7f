"""The paths people walk every day, in a real browser."""

from __future__ import annotations

import re
import threading

import pytest

from core.ops.demo.load import STAFF
from core.platform.jobs import runner
from core.web.crud import sheets
from plugins.saraban.models.letters import IncomingLetter
from tests.core.test_listing import LIST, register
from tests.support import HOME, near

pytestmark = pytest.mark.browser


@pytest.fixture(params=["sqlite"])
def backend(request):
    """The pages do not know the database; both databases are walked below the browser."""
    return request.param


class Keys:
    """Counts what is pressed."""

    def __init__(self, page) -> None:
        self.page, self.pressed = page, 0

    def press(self, key: str) -> None:
        self.pressed += key.count("+") + 1
        self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        self.pressed += len(text)
        self.page.keyboard.type(text)


def test_ten_letters_are_registered_by_keyboard_alone(world, open_page):
    page = open_page(f"clerk.{HOME}")
    page.goto(LIST)
    before = world.count("saraban_incoming")
    page.keyboard.press("n")
    page.wait_for_url(re.compile("/new"))
    for number in range(10):
        assert page.evaluate("document.activeElement.id") == "doc_no", "one begins where the letter begins"
        for text in (f"ศธ 04001/{900 + number}", near(-1), "สพฐ."):
            page.keyboard.type(text)
            page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.type(f"เรื่องที่ {number}")
        page.keyboard.press("Control+Enter")
        page.wait_for_function(
            "n => document.querySelectorAll('.alert-success').length && document.getElementById('subject').value === ''",
            arg=number,
        )
    assert world.count("saraban_incoming") == before + 10


DOC_NO, DATE, SENDER = "ศธ 0266/ว 1187", near(-1), "สำนักงานศึกษาธิการจังหวัด"
SUBJECT = "ขอเชิญประชุมโครงการนิเทศบูรณาการโดยใช้พื้นที่เป็นฐาน"


def test_a_letter_costs_few_keys_beyond_its_content(world, open_page):
    """The issue's measure: 107 characters; at most 8 keys beyond them, at most 80 keys in all (16 s at 200 ms)."""
    content = len(DOC_NO + DATE + SENDER + SUBJECT)
    assert content >= 100
    register(world, 2, sender=SENDER)
    world.owner(
        f"update saraban_incoming set doc_no = 'ศธ 0266/11', subject = '{SUBJECT} ครั้งก่อน' where sender = '{SENDER}'"
    )
    page = open_page(f"clerk.{HOME}")
    with page.expect_response(re.compile("/known")):
        page.goto(LIST + "new")
    page.wait_for_timeout(100)
    keys = Keys(page)
    keys.type("ศธ 02")  # the rest of ศธ 0266/ is offered
    keys.press("ArrowRight")
    keys.type("ว 1187")
    keys.press("Tab")
    keys.type(DATE)
    keys.press("Tab")
    keys.type("สำนักงานศึ")  # the right arrow takes what is offered
    keys.press("ArrowRight")
    keys.press("Tab")
    keys.press("Tab")  # ถึง is kept
    keys.type(SUBJECT[:15])
    for _word in range(20):  # Ctrl and the right arrow take the offer word by word
        if page.input_value("#subject") == SUBJECT:
            break
        keys.press("Control+ArrowRight")
    typed = page.input_value("#subject")
    assert typed == SUBJECT
    keys.press("Control+Enter")
    page.wait_for_selector(".alert-success")
    with world.session() as session:
        made = session.query(IncomingLetter).order_by(IncomingLetter.id.desc()).first()
    assert (made.doc_no, made.sender, made.subject) == (DOC_NO, SENDER, SUBJECT)
    assert keys.pressed <= 80, f"{keys.pressed} keys for {content} characters"


def test_without_any_completion_a_letter_costs_eight_keys_beyond_its_content(world, open_page):
    page = open_page(f"clerk.{HOME}")
    page.goto(LIST + "new")
    keys = Keys(page)
    content = ("ศธ 0299/ว 12", near(-1), "หน่วยงานที่ไม่เคยส่ง", "เรื่องที่ไม่เคยมีมาก่อนในทะเบียนของสำนักงานนี้เลยสักครั้งเดียว")
    for text in content[:3]:
        keys.type(text)
        keys.press("Tab")
    keys.press("Tab")
    keys.type(content[3])
    keys.press("Control+Enter")
    page.wait_for_selector(".alert-success")
    beyond = keys.pressed - sum(map(len, content))
    assert beyond <= 8, beyond


def test_a_list_is_filtered_saved_and_opened_again(world, open_page):
    page = open_page(f"clerk.{HOME}")
    page.goto(LIST)
    page.locator(".choose-by > summary").click()
    page.select_option("#f-speed", "1")
    page.locator(".choose-by").get_by_role("button", name="Find").click()
    page.wait_for_selector(".chips:has-text('Speed: Urgent')")
    page.locator("summary[title=Views]").click()
    page.fill("#view-title", "ด่วนของฉัน")
    page.check("#view-default")
    page.locator(".pop[open] button:has-text('Save')").click()
    page.wait_for_selector("text=The view is saved")
    page.get_by_role("link", name="Home").first.click()
    page.locator("#nav").get_by_role("link", name="Incoming letters").click()
    page.wait_for_selector(".chips:has-text('Speed: Urgent')")
    assert "speed=1" in page.url


@pytest.mark.parametrize(("width", "height", "least"), [(1366, 768, 12), (390, 844, 4)])
def test_a_screen_of_an_office_shows_a_dozen_letters_and_a_phone_four(world, open_page, width, height, least):
    register(world, 20)
    page = open_page(f"clerk.{HOME}", width=width, height=height, locale="th")
    page.goto(LIST)
    page.wait_for_selector("tbody tr[data-id]")
    whole = """() => [...document.querySelectorAll('tbody tr[data-id]')].filter(row => {
        const box = row.getBoundingClientRect();
        const bar = document.querySelector('.phone-bar').getBoundingClientRect();
        return box.top >= 0 && box.bottom <= (bar.height ? bar.top : innerHeight);
    }).length"""
    assert page.evaluate(whole) >= least


def test_letters_are_chosen_over_pages_and_given_to_an_officer(world, open_page):
    register(world, 60, sender="เป้าหมาย")
    page = open_page(f"clerk.{HOME}")
    page.goto(LIST + "?q=เป้าหมาย")
    page.locator("tbody .pick input").first.check()
    page.mouse.wheel(0, 20_000)
    page.wait_for_function("() => document.querySelectorAll('tbody tr').length === 60")
    page.locator("tbody .pick input").last.check()
    assert page.locator("[data-picked]").inner_text() == "2"
    page.get_by_role("link", name="Give to officers").click()
    page.wait_for_selector("h1:has-text('Give to officers')")
    page.check(f"input[name=officers][value='{world.account(f'director.{HOME}').id}']")
    page.locator("button[data-save]").click()
    page.wait_for_selector(".alert-success:has-text('Done for 2 records')")
    assert world.count("saraban_incoming", "assignee_id is not null and sender = 'เป้าหมาย'") == 2


def test_everything_that_fits_is_chosen_at_once(world, open_page):
    register(world, 55, sender="เป้าหมาย")
    page = open_page(f"clerk.{HOME}")
    page.goto(LIST + "?q=เป้าหมาย")
    page.check("[data-pick-all]")
    page.get_by_role("button", name=re.compile("Choose all that fit")).click()
    page.get_by_role("link", name="Write the action taken").click()
    page.fill("#action", "ทราบ")
    page.locator("button[data-save]").click()
    page.wait_for_selector(".alert-success:has-text('Done for 55 records')")


def test_a_long_export_is_left_and_found_again(world, open_page, monkeypatch):
    monkeypatch.setattr(sheets, "AT_ONCE", 10)
    register(world, 40, sender="เป้าหมาย")
    page = open_page(f"clerk.{HOME}")
    page.goto(LIST + "?q=เป้าหมาย")
    page.locator(".list-head .pop.end > summary").click()
    page.get_by_role("button", name="Excel of this list").click()
    page.wait_for_selector("progress")
    page.goto("/schools/")  # away
    done = threading.Thread(target=runner.run_all, args=(world.app,))
    done.start()
    done.join(60)
    page.goto("/")
    page.locator(".bell").click()
    page.get_by_role("link", name=re.compile("Done: Incoming letters")).click()
    with page.expect_download() as download:
        page.get_by_role("link", name=re.compile("Download")).click()
    assert download.value.suggested_filename.endswith(".xlsx")


def test_a_job_s_page_follows_it_to_its_end(world, open_page, monkeypatch):
    monkeypatch.setattr(sheets, "AT_ONCE", 10)
    register(world, 20)
    page = open_page(f"clerk.{HOME}")
    page.goto(LIST)
    page.locator(".list-head .pop.end > summary").click()
    page.get_by_role("button", name="Excel of this list").click()
    page.wait_for_selector("progress")
    threading.Thread(target=runner.run_all, args=(world.app,)).start()
    page.wait_for_selector("a:has-text('Download')")


def test_a_cell_is_changed_in_the_list_by_keyboard(world, open_page):
    number = register(world, 1)[0]
    page = open_page(f"clerk.{HOME}")
    page.goto(LIST + "?cols=subject,action")
    cell = page.locator(f"tr[data-id='{number}'] td[data-col=action]")
    cell.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("td textarea")
    page.keyboard.type("เก็บเข้าแฟ้ม")
    page.keyboard.press("Enter")
    page.wait_for_function(
        "n => document.querySelector(`tr[data-id='${n}'] td[data-col=action]`).textContent === 'เก็บเข้าแฟ้ม'", arg=number
    )
    assert world.count("saraban_incoming", f"id = {number} and action = 'เก็บเข้าแฟ้ม'") == 1
    cell.focus()
    page.keyboard.press("e")
    page.wait_for_selector("td textarea")
    page.keyboard.type("ก" * 1200)
    page.keyboard.press("Enter")
    page.wait_for_selector("td [role=alert]:has-text('1000')")
    page.keyboard.press("Escape")
    assert cell.inner_text() == "เก็บเข้าแฟ้ม"


def test_the_palette_goes_anywhere_without_a_mouse(world, open_page):
    register(world, 1, sender="กรมเฉพาะกิจ")
    page = open_page(f"clerk.{HOME}", locale="th")
    page.goto("/")
    page.keyboard.press("Control+k")
    page.wait_for_selector("#palette-hits [role=option]")
    page.keyboard.type("เฉพาะกิจ")
    page.wait_for_selector("#palette-hits [role=option]:has-text('เรื่อง 000')")
    page.keyboard.press("Escape")
    assert page.locator("#palette[open]").count() == 0, "once is enough, whatever was typed"
    page.keyboard.press("Control+k")
    page.wait_for_selector("#palette-hits [role=option]")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/saraban/incoming/\d+$"))
    page.keyboard.press("Control+k")
    page.keyboard.type("schools")
    page.wait_for_selector("#palette-hits [role=option]:has-text('โรงเรียน')")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/schools/"))


def test_the_record_page_goes_to_its_neighbours_in_the_list(world, open_page):
    made = register(world, 3)
    page = open_page(f"clerk.{HOME}")
    page.goto(LIST + "?q=เรื่อง")
    page.locator(f"tr[data-id='{made[1]}'] a").click()
    page.wait_for_selector("[data-neighbours]:not([hidden])")
    page.locator("h1").click()
    page.keyboard.press("j")
    page.wait_for_url(re.compile(f"/{made[0]}$"))
    page.keyboard.press("k")
    page.wait_for_url(re.compile(f"/{made[1]}$"))
    page.get_by_role("link", name="Back to the list").click()
    page.wait_for_url(re.compile("q="))


def test_a_colleague_is_named_in_a_comment_by_keyboard(world, open_page):
    number = register(world, 1)[0]
    page = open_page(f"clerk.{HOME}")
    page.goto(f"{LIST}{number}")
    page.locator("#comment").focus()
    name = world.account(f"director.{HOME}").first_name
    page.keyboard.type(f"ช่วยดู @{name}")
    page.wait_for_selector(f"#comment-list li:first-child:has-text('{name}')")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.input_value("#comment") == f"ช่วยดู @director.{HOME} "
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".timeline :text('ช่วยดู')")
    assert world.count("core_notice", "topic = 'core.mentioned'") == 1


def test_what_is_typed_survives_a_lost_connection_and_a_lost_session(world, open_page):
    page = open_page(f"clerk.{HOME}", quiet=True)
    page.goto(LIST + "new")
    page.context.set_offline(True)
    page.fill("#subject", "พิมพ์ระหว่างเน็ตหลุด")
    page.wait_for_selector("[data-draft-state]:has-text('No connection')")
    page.context.set_offline(False)
    page.wait_for_selector("[data-draft-state]:has-text('Draft kept')")
    page.context.clear_cookies()  # the session ends
    again = open_page(f"clerk.{HOME}")
    again.goto(LIST + "new")
    again.get_by_role("button", name="Bring it back").click()
    again.wait_for_function("() => document.getElementById('subject').value === 'พิมพ์ระหว่างเน็ตหลุด'")
    again.fill("#sender", "สพฐ.")
    again.keyboard.press("Control+Enter")
    again.wait_for_selector(".alert-success")
    again.goto(LIST + "new")
    assert again.locator("[data-draft-offer]").count() == 0


def test_the_browser_s_console_may_complain_of_the_lost_connection_only(open_page):
    """The test above expects network errors; nothing else of it may be silent."""
    page = open_page(f"clerk.{HOME}")
    page.goto(LIST + "new")
    page.fill("#subject", "ปกติ")
    page.wait_for_selector("[data-draft-state]:has-text('Draft kept')")


def test_n_opens_a_form_in_which_one_types_at_once_but_not_on_a_phone(open_page):
    page = open_page(f"groupclerk.{HOME}")
    page.goto("/services/requests/")
    page.keyboard.press("n")
    page.wait_for_selector("form[data-main]")
    first = page.get_attribute("form[data-main]", "data-first")
    assert first
    page.wait_for_function("id => document.activeElement.id === id", arg=first)
    phone = open_page(f"groupclerk.{HOME}", width=390, touch=True)
    phone.goto("/services/requests/new")
    phone.wait_for_selector("form[data-main]")
    assert phone.evaluate("document.activeElement.tagName") == "BODY", (
        "no keyboard over a page that nobody has read yet"
    )


#: what is wrong with the charts of a page: one that leaves its box, letters too small to read or cut off
CHARTS = """() => [...document.querySelectorAll(".chart-wide")].flatMap((box) => {
  const said = [], svg = box.querySelector("svg"), at = box.getBoundingClientRect(), all = svg.getBoundingClientRect();
  if (at.left < 0 || at.right > innerWidth + 1) said.push("wider than the page");
  if (box.scrollWidth > box.clientWidth + 1 && getComputedStyle(box).overflowX !== "auto") said.push("cut off");
  for (const text of svg.querySelectorAll("text")) {
    const one = text.getBoundingClientRect(), size = parseFloat(getComputedStyle(text).fontSize);
    if ((size * all.width) / svg.viewBox.baseVal.width < 11) said.push("too small: " + text.textContent);
    if (one.left < all.left - 1 || one.right > all.right + 1) said.push("torn: " + text.textContent);
  }
  return said;
})"""


@pytest.mark.parametrize("width", [360, 390])
def test_every_chart_of_every_role_is_read_on_a_phone(open_page, width):
    seen, wrong = 0, set()
    for user in (*(f"{name}.{HOME}" for name in STAFF), "obec"):
        page = open_page(user, width=width, height=800, locale="th", quiet=True)
        for path in ("/", "/reports/charts"):
            page.goto(path)
            seen += page.locator(".chart-wide").count()
            wrong |= {f"{user} {path}: {said}" for said in page.evaluate(CHARTS)}
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                wrong.add(f"{user} {path}: the page is wider than the phone")
    assert not wrong, "\n".join(sorted(wrong))
    assert seen > 20


def test_a_day_is_chosen_from_a_buddhist_calendar_by_keyboard(open_page):
    page = open_page(f"clerk.{HOME}", locale="th")
    page.goto(LIST + "new")
    page.fill("#doc_date", "14/6/69")
    page.keyboard.press("Alt+ArrowDown")
    page.wait_for_selector(".day-picker[open] strong:has-text('มิ.ย. 2569')")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.getElementById('doc_date').value === '15/6/2569'")
    assert page.evaluate("document.activeElement.id") == "doc_date"


def test_lines_are_added_and_filled_by_keyboard(open_page):
    page = open_page(f"admin.{HOME}")
    page.goto("/school-groups/")
    page.locator("td a").first.click()
    page.get_by_role("link", name="Add a school").click()
    for number, name in enumerate(("บ้านปากหมัน", "บ้านหนองแห้ว")):
        field = page.locator(f"#schools-{number}-school_id-text")
        field.focus()
        page.keyboard.type(name[:8])
        page.wait_for_selector(f"#schools-{number}-school_id-list li")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        if number == 0:
            page.keyboard.press("Enter")  # the line's other field
            assert page.evaluate("document.activeElement.id") == "schools-0-starts_on"
            page.keyboard.press("Enter")  # the next line
            page.wait_for_selector("#schools-1-school_id-text")
    assert page.locator("input[name='schools-1-school_id']").input_value().isdigit()


def test_a_card_is_moved_on_the_board(world, open_page):
    number = register(world, 1)[0]
    page = open_page(f"clerk.{HOME}")
    page.goto(LIST + "?as=kanban")
    page.locator(f"article[data-id='{number}']").drag_to(page.locator("section[aria-label='With officers']"))
    page.wait_for_url(re.compile(rf"bulk/assign\?ids={number}"))


def test_the_theme_follows_the_system_and_then_the_choice(open_page):
    page = open_page(f"clerk.{HOME}", theme="dark")
    page.goto("/")
    theme = "document.documentElement.dataset.bsTheme"
    assert page.evaluate(theme) == "dark"
    page.locator(".dropdown-toggle").click()
    page.get_by_role("button", name="Light, dark, or as the system").click()
    assert page.evaluate(theme) == "light"
    page.goto(LIST)
    assert page.evaluate(theme) == "light"


def test_the_menu_narrows_and_stays_narrow(open_page):
    page = open_page(f"clerk.{HOME}")
    page.goto("/")
    wide = page.locator("#nav").bounding_box()["width"]
    page.get_by_role("button", name="Narrow or widen the menu").click()
    assert page.locator("#nav").bounding_box()["width"] < wide / 2
    page.goto(LIST)
    assert page.locator("#nav").bounding_box()["width"] < wide / 2


def test_nothing_moves_when_the_font_arrives(open_page):
    page = open_page(f"clerk.{HOME}", locale="th")
    page.goto(LIST)
    page.wait_for_timeout(500)
    shift = page.evaluate(
        """() => new Promise(done => { let sum = 0; new PerformanceObserver(list => { for (const e of list.getEntries()) sum += e.value; })
        .observe({type: 'layout-shift', buffered: true}); setTimeout(() => done(sum), 300); })"""
    )
    assert shift < 0.02, shift


def test_a_list_page_is_light(world, open_page):
    register(world, 60)
    page = open_page(f"clerk.{HOME}", locale="th")
    size = len(page.request.get(LIST).body())
    assert size < 80_000, size


def test_pages_follow_one_another_without_starting_over(open_page):
    """Style and script stay; the address, the title, the way back and what one typed are as in any site."""
    page = open_page(f"clerk.{HOME}", quiet=True)
    page.goto("/")
    page.evaluate("() => { window.stayed = true; }")
    page.locator("#nav").get_by_role("link", name="Incoming letters").click()
    page.wait_for_selector("tbody tr[data-id]")
    assert page.url.endswith(LIST)
    assert page.title().startswith("Incoming letters")
    page.keyboard.press("n")
    page.wait_for_selector("#subject")
    page.fill("#subject", "ยังไม่บันทึก")
    page.go_back()
    page.wait_for_selector("tbody tr[data-id]")
    assert page.url.endswith(LIST)
    assert page.evaluate("() => window.stayed") is True
    page.keyboard.press("n")
    page.wait_for_selector("[data-draft-offer]")  # leaving kept what was typed
    page.get_by_role("button", name="Bring it back").click()
    page.wait_for_function("() => document.getElementById('subject').value === 'ยังไม่บันทึก'")
    page.context.set_offline(True)
    page.fill("#sender", "สพฐ.")
    page.locator("button[data-save]").click()
    page.wait_for_selector(".unsent:has-text('Nothing is sent')")
    assert page.input_value("#subject") == "ยังไม่บันทึก"
    page.context.set_offline(False)
    page.locator("button[data-save]").click()
    page.wait_for_selector(".alert-success")
    page.locator(".dropdown-toggle").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_selector("#password")


def test_the_form_one_comes_back_to_offers_what_was_typed_however_slow_the_line(open_page):
    page = open_page(f"clerk.{HOME}")
    page.goto(LIST)
    page.evaluate(
        """() => {
            const at_once = window.fetch;
            window.fetch = async (url, options) => {
                if (options?.method === "POST") await new Promise((done) => setTimeout(done, 700));
                return at_once(url, options);
            };
        }"""
    )
    page.keyboard.press("n")
    page.wait_for_selector("#subject")
    page.fill("#subject", "พิมพ์ค้างไว้")
    page.go_back()
    page.wait_for_selector("tbody tr[data-id]")
    page.keyboard.press("n")
    page.wait_for_selector("[data-draft-offer]")


def test_what_is_around_the_page_stays_and_works_once(open_page):
    """The menu is not drawn again, and after many pages a press of a button there still counts once."""
    page = open_page(f"clerk.{HOME}")
    page.goto("/")
    page.evaluate("() => { window.menu = document.getElementById('nav'); }")
    menu = page.locator("#nav")
    for _turn in range(3):
        menu.get_by_role("link", name="Incoming letters").click()
        page.wait_for_selector("tbody tr[data-id]")
        menu.get_by_role("link", name="Home").click()
        page.wait_for_selector(".cards")
    assert page.evaluate("() => window.menu === document.getElementById('nav')")
    assert menu.locator("a.active").count() == menu.locator("[aria-current=page]").count() == 1
    assert page.evaluate("document.activeElement.id") == "main", "a reader hears the new page, not the old link"
    page.keyboard.press("Control+k")
    page.keyboard.type("incoming letters")
    page.wait_for_selector("#palette-hits [role=option]")
    page.keyboard.press("Enter")
    page.wait_for_selector("tbody tr[data-id]")
    assert page.locator("dialog[open]").count() == 0
    page.keyboard.press("Control+k")
    assert page.locator("#palette input[type=search]").input_value() == ""
    page.keyboard.press("Escape")
    page.locator(".dropdown-toggle").click()
    page.get_by_role("button", name="Light, dark, or as the system").click()
    assert page.evaluate("localStorage.getItem('khet-theme')") == "light", "one step, not one a page"


def test_finds_and_charts_go_on_by_themselves(open_page):
    page = open_page(f"admin.{HOME}")
    page.goto("/search/?q=นาแห้ว")
    page.locator("main a[href*='/schools/']").first.wait_for()
    page.wait_for_selector("a[rel=next]", state="detached")
    assert page.locator("[data-grown-empty]").is_hidden()
    page.goto("/search/?q=ไม่มีคำนี้แน่นอน")
    page.wait_for_selector("[data-grown-empty]:not([hidden])")
    chief = open_page(f"groupdirector.{HOME}")
    chief.goto("/reports/charts")
    for _report in range(20):
        chief.mouse.wheel(0, 5_000)
        if not chief.locator("a[rel=next]").count():
            break
        chief.wait_for_timeout(300)
    reports = {*chief.locator(".charts section > p").all_inner_texts()}
    assert len(reports) > 1, reports


def test_on_a_phone_the_menu_closes_behind_whoever_chose(open_page):
    page = open_page(f"clerk.{HOME}", width=390)
    page.goto("/")
    for _turn in range(2):
        page.get_by_role("button", name="Menu").click()
        page.wait_for_selector("#nav.show")
        page.locator("#nav").get_by_role("link", name="Incoming letters").click()
        page.wait_for_selector("#nav:not(.show)", state="attached")
        page.wait_for_selector("tbody tr[data-id]")
        assert page.locator(".offcanvas-backdrop").count() == 0
        assert page.evaluate("document.body.style.overflow") == "", "the page can be scrolled again"

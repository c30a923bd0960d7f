"""What the keyboard does to a form: offers, Enter, shortcuts under the Thai layout, related records."""

from __future__ import annotations

import re

import pytest

from plugins.saraban.models.letters import IncomingLetter, OutgoingLetter
from tests.core.test_listing import LIST, register
from tests.support import HOME, near

pytestmark = pytest.mark.browser
NEW = LIST + "new"
#: what Kedmanee writes with a key of the Latin layout; with Shift where the letter is a capital or ?
KEDMANEE = {
    "n": ("ื", "KeyN"), "e": ("ำ", "KeyE"), "j": ("่", "KeyJ"), "k": ("า", "KeyK"), "x": ("ป", "KeyX"),
    "g": ("เ", "KeyG"), "h": ("้", "KeyH"), "s": ("ห", "KeyS"), "d": ("ก", "KeyD"), "/": ("ฝ", "Slash"), "?": ("ฦ", "Slash"),
}  # fmt: skip
CTRL, SHIFT = 2, 8


@pytest.fixture(params=["sqlite"])
def backend(request):
    """The pages do not know the database; both databases are walked below the browser."""
    return request.param


class ThaiKeyboard:
    """Sends the events that a browser gets from a keyboard on which Kedmanee is on."""

    def __init__(self, page) -> None:
        self.cdp = page.context.new_cdp_session(page)

    def press(self, key: str, *, ctrl: bool = False) -> None:
        shown, code = KEDMANEE[key]
        facts = {
            "key": shown, "code": code, "windowsVirtualKeyCode": ord(code[-1]) if code != "Slash" else 191,
            "modifiers": (CTRL if ctrl else 0) | (SHIFT if key == "?" else 0),
        }  # fmt: skip
        self.cdp.send("Input.dispatchKeyEvent", {"type": "keyDown", **({} if ctrl else {"text": shown}), **facts})
        self.cdp.send("Input.dispatchKeyEvent", {"type": "keyUp", **facts})


def focused(page) -> str:
    return page.evaluate("document.activeElement.id")


def offered(page, field: str) -> list[str]:
    return (
        page.locator(f"#{field}-offers li").all_inner_texts() if page.locator(f"#{field}-offers").is_visible() else []
    )


def latest(world) -> IncomingLetter:
    with world.session() as session:
        return session.query(IncomingLetter).order_by(IncomingLetter.id.desc()).first()


def intake(page) -> None:
    """The empty form, with the words of earlier letters there."""
    with page.expect_response(re.compile("/known")):
        page.goto(NEW)
    page.wait_for_timeout(100)


def test_every_shortcut_works_while_the_thai_layout_is_on(world, open_page):
    made = register(world, 3)
    page = open_page(f"clerk.{HOME}")
    keys = ThaiKeyboard(page)
    page.goto(LIST)
    for shown in ("palette", "keys"):
        keys.press("k", ctrl=True) if shown == "palette" else keys.press("?")
        page.wait_for_selector(f"#{shown}[open]")
        page.keyboard.press("Escape")
        page.wait_for_selector(f"#{shown}:not([open])", state="attached")
    keys.press("/")
    assert page.evaluate("document.activeElement.type") == "search"
    page.goto(LIST + "?q=เรื่อง")
    keys.press("j")
    keys.press("j")
    keys.press("k")
    keys.press("x")
    assert page.locator("tbody tr").first.locator(".pick input").is_checked()
    keys.press("d")
    assert page.evaluate("document.activeElement.dataset.action") is not None, "steps lie below all the rows"
    page.locator(f"tr[data-id='{made[1]}'] a").click()
    page.wait_for_selector("[data-neighbours]:not([hidden])")
    keys.press("j")
    page.wait_for_url(re.compile(f"/{made[0]}$"))
    keys.press("e")
    page.wait_for_selector("form[data-main]")
    page.goto("/saraban/assignments/")
    keys.press("g")
    keys.press("h")
    page.wait_for_selector(".cards")
    page.goto(LIST)
    keys.press("n")
    page.wait_for_selector("#subject")
    page.fill("#sender", "สพฐ.")
    page.fill("#subject", "บันทึกขณะพิมพ์ไทย")
    keys.press("s", ctrl=True)
    page.wait_for_selector(".alert-success")
    assert latest(world).subject == "บันทึกขณะพิมพ์ไทย"


@pytest.mark.parametrize("leave", ["Tab", "Control+s", "Control+Enter", "click"])
def test_what_is_offered_is_not_saved_unless_it_was_chosen(world, open_page, leave):
    register(world, 2, sender="โรงเรียนบ้านน้ำพุง")
    world.owner("update saraban_incoming set subject = 'ทดลองเสนอข้อความยาว' where sender = 'โรงเรียนบ้านน้ำพุง'")
    page = open_page(f"clerk.{HOME}")
    intake(page)
    page.locator("#sender").focus()
    page.keyboard.type("โรงเรียนบ้านน้ำพุ")
    assert offered(page, "sender") == ["โรงเรียนบ้านน้ำพุง"]
    page.keyboard.press("Tab")
    assert page.input_value("#sender") == "โรงเรียนบ้านน้ำพุ"
    page.locator("#subject").focus()
    page.keyboard.type("ทดลองเสนอข้อ")
    assert offered(page, "subject") == ["ทดลองเสนอข้อความยาว"]
    if leave.startswith("Control"):
        page.keyboard.press(leave)
    else:
        page.locator("#action").click() if leave == "click" else page.keyboard.press(leave)
        page.locator("button[data-save]").click()
    page.wait_for_selector(".alert-success")
    assert (latest(world).sender, latest(world).subject) == ("โรงเรียนบ้านน้ำพุ", "ทดลองเสนอข้อ")


def test_an_offer_is_chosen_by_arrow_and_enter_by_the_right_arrow_or_a_click(world, open_page):
    for sender in ("โรงเรียนบ้านแก่งไฮ", "โรงเรียนบ้านแก่งครก", "โรงเรียนบ้านแก่ง"):
        register(world, 1, sender=sender)
    world.owner("update saraban_incoming set subject = 'ทดลองประชุมโครงการ' where sender like 'โรงเรียนบ้านแก่ง%'")
    page = open_page(f"clerk.{HOME}")
    intake(page)
    page.locator("#sender").focus()
    page.keyboard.type("โรงเรียนบ้านแก่")
    first, second = offered(page, "sender")[:2]
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert page.input_value("#sender") == "โรงเรียนบ้านแก่", "marking is not taking"
    page.keyboard.press("Enter")
    assert page.input_value("#sender") == second
    assert focused(page) == "sender"
    page.fill("#sender", "")
    page.keyboard.type("โรงเรียนบ้านแก่")
    page.keyboard.press("ArrowRight")
    assert page.input_value("#sender") == first
    page.fill("#sender", "")
    page.keyboard.type("โรงเรียนบ้านแก่ง")
    assert offered(page, "sender") == [], "what is known as it stands is not made longer"
    page.keyboard.press("ArrowRight")
    assert page.input_value("#sender") == "โรงเรียนบ้านแก่ง"
    page.locator("#subject").focus()
    page.keyboard.type("ทดลอง")
    page.keyboard.press("Control+ArrowRight")
    assert page.input_value("#subject") == "ทดลองประชุม"
    page.locator("#subject-offers li").first.click()
    assert page.input_value("#subject") == "ทดลองประชุมโครงการ"


def test_enter_goes_from_field_to_field_and_takes_no_number(world, open_page):
    register(world, 1, sender="สพฐ.")
    world.owner("update saraban_incoming set subject = 'การจัดสรรงบประมาณ' where sender = 'สพฐ.'")
    page = open_page(f"clerk.{HOME}")
    intake(page)
    before, way = world.count("saraban_incoming"), []
    page.locator("#doc_no").focus()
    for text in ("ศธ 04001/5", "", "สพฐ.", "", "การจัดสรรง", "", "", ""):
        if text:
            page.keyboard.type(text)
        page.keyboard.press("Enter")
        way.append(focused(page))
    assert way == ["doc_date", "sender", "recipient", "subject", "speed", "due_on", "due_time", "action"]
    page.keyboard.type("บรรทัดแรก")
    page.keyboard.press("Enter")
    assert page.input_value("#action") == "บรรทัดแรก\n", "several lines keep their Enter"
    assert world.count("saraban_incoming") == before
    page.locator("#remark").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab") if focused(page) == "files" else None
    page.keyboard.press("Control+s")
    page.wait_for_selector(".alert-success")
    assert latest(world).subject == "การจัดสรรง"


def test_a_related_record_is_taken_by_its_key_or_the_field_says_that_none_was(world, open_page):
    page = open_page(f"clerk.{HOME}")
    number = world.count("saraban_outgoing")
    assert number, "the demo sends letters"
    page.goto("/saraban/outgoing/")
    page.locator("tbody tr[data-id] a").first.click()
    page.locator("a[href$='/send']").click()
    field, value = page.locator("#offices-0-unit_id-text"), page.locator("input[name='offices-0-unit_id']")
    field.focus()
    page.keyboard.type("บ้านแสงภา")  # one hit; Tab comes before its answer
    page.keyboard.press("Tab")
    page.wait_for_function("() => document.querySelector(\"[name='offices-0-unit_id']\").value !== ''")
    assert "แสงภา" in field.input_value()
    field.fill("")
    page.keyboard.type("โรงเรียนบ้าน")  # many hits, none marked
    page.wait_for_selector("#offices-0-unit_id-list li:nth-child(3)")
    page.keyboard.press("Tab")
    page.wait_for_selector("#offices-0-unit_id-text-unchosen:has-text('Nothing is chosen yet')")
    assert field.input_value() == "โรงเรียนบ้าน", "what was typed stays"
    field.focus()
    page.keyboard.press("ArrowDown")
    page.wait_for_selector("#offices-0-unit_id-list:not([hidden]) li")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.wait_for_function("() => document.querySelector(\"[name='offices-0-unit_id']\").value !== ''")
    assert value.input_value().isdigit()
    assert page.locator("#offices-0-unit_id-text-unchosen").is_hidden()
    field.fill("ไม่มีหน่วยงานนี้")
    page.locator("button[data-save]").click()
    page.wait_for_selector("[data-problems]")
    assert "ไม่มีหน่วยงานนี้" in page.locator("#offices-0-unit_id-error").inner_text()
    assert page.locator("#offices-0-unit_id-text").input_value() == "ไม่มีหน่วยงานนี้"


@pytest.mark.parametrize("size", [(1366, 768), (390, 844)], ids=str)
def test_no_focused_field_lies_under_a_bar(world, open_page, size):
    """WCAG 2.2, 2.4.11: from the first field to the last and back, the bar with the buttons covers none of them."""
    page = open_page(f"clerk.{HOME}", width=size[0], locale="th")
    page.set_viewport_size({"width": size[0], "height": size[1]})
    with world.session() as session:
        letter = session.query(OutgoingLetter.id).filter(OutgoingLetter.book == "saraban.outgoing").first()[0]
    hidden, looked = [], 0
    for address in (
        NEW,
        "/saraban/outgoing/new",
        f"/saraban/outgoing/{letter}/send",
        "/saraban/drafts/new?kind=external",
    ):
        page.goto(address)
        fields = page.locator("form[data-main] :is(input, select, textarea):not([type=hidden]):visible").count()
        for key in ("Tab", "Shift+Tab"):
            page.evaluate(
                "(last) => { const all = [...document.querySelector('form[data-main]').elements].filter(e => e.checkVisibility() && e.tabIndex >= 0 && e.type !== 'hidden'); all.at(last ? -1 : 0).focus(); }",
                key != "Tab",
            )
            for _step in range(fields + 8):
                found = page.evaluate(
                    """() => { const e = document.activeElement; if (!e.closest('form[data-main]') || e.closest('.form-end')) return null;
                    const box = e.getBoundingClientRect(), bar = document.querySelector('.form-end').getBoundingClientRect();
                    const under = Math.min(box.bottom, innerHeight) - bar.top, room = bar.top;
                    return {what: e.id || e.name || e.outerHTML.slice(0, 60), covered: box.height < room - 20 && under > 1, off: box.bottom < 1 || box.top > innerHeight - 1}; }"""
                )
                if found is not None:
                    looked += 1
                    if found["covered"] or found["off"]:
                        hidden.append((address, key, found["what"]))
                page.keyboard.press(key)
    assert looked > 60, "the probe went nowhere"
    assert hidden == []


def test_numbers_are_typed_as_an_office_writes_them_and_no_arrow_or_wheel_counts(world, open_page):
    """Thai digits, the comma of thousands, the unit's word: the browser lets them stand, and the server reads them."""
    page = open_page(f"school.{HOME}", locale="th", quiet=True)
    page.goto("/services/requests/new")
    for field, typed in (("expected", "๑,๒๐๐ คน"), ("budget", "๑๕,๐๐๐.๕๐ บาท")):
        page.locator(f"#{field}").click()
        page.keyboard.insert_text(typed)
        page.keyboard.press("ArrowDown")
        page.mouse.wheel(0, 200)
        assert page.locator(f"#{field}").input_value() == typed
    for field, typed in (
        ("contact", "ครูสมมติ"), ("phone", "0-0000-0000"), ("topic", "การสอนอ่าน"), ("start_on", near(30)), ("start_time", "0900"),
        ("end_on", near(30)), ("end_time", "1530"), ("venue", "ห้องประชุม"),
    ):  # fmt: skip
        page.fill(f"#{field}", typed)
    page.fill("#expected", "หลายคน")
    page.locator("[data-save]").click()
    page.wait_for_selector("#expected-error")
    assert page.locator("#expected").input_value() == "หลายคน", "what is no number stands there to be put right"
    assert re.search("[ก-๙]", page.locator("#expected-error").inner_text())
    page.fill("#expected", "๑,๒๐๐ คน")
    page.locator("[data-save]").click()
    page.wait_for_selector("[data-record]")
    said = page.locator("main").inner_text()
    assert "1200" in said.replace(",", "")
    assert "15000.50" in said.replace(",", "")


def test_who_writes_a_complaint_is_anonymous_or_named_never_half(world, open_page, monkeypatch):
    from plugins.service_request.feedback import views

    monkeypatch.setattr(views, "QUICKEST", 0)
    page = open_page(None, width=390, locale="th", quiet=True)
    page.goto(f"/say/{HOME}")
    page.fill("#text", "ขอให้ตอบหนังสือเร็วขึ้น")
    assert page.locator("#name").is_hidden()
    page.uncheck("#anonymous")
    page.fill("#name", "นายสมมติ เปิดเผย")
    page.keyboard.press("Enter")
    assert focused(page) == "contact", "Enter sends nothing"
    page.fill("#contact", "081 000 0000")
    page.context.set_offline(True)
    page.locator("form[data-main] button[type=submit]").click()
    page.wait_for_selector(".unsent")
    assert page.input_value("#text") == "ขอให้ตอบหนังสือเร็วขึ้น"
    page.context.set_offline(False)
    page.locator(".unsent button").click()
    page.wait_for_url(re.compile("/say/status/"))
    one = "name = 'นายสมมติ เปิดเผย' and contact = '081 000 0000' and not anonymous"
    assert world.count("service_request_feedback", one) == 1
    page.goto(f"/say/{HOME}")
    page.fill("#text", "ไม่ประสงค์ออกนามในเรื่องนี้")
    page.uncheck("#anonymous")
    page.fill("#name", "ลบไม่หมด")
    page.check("#anonymous")
    page.locator("form[data-main] button[type=submit]").click()
    page.wait_for_url(re.compile("/say/status/"))
    assert world.count("service_request_feedback", "text like 'ไม่ประสงค์%' and anonymous and name = ''") == 1


def test_after_a_wrong_password_one_goes_on_typing_in_the_password_field(world, open_page):
    page = open_page()
    page.goto("/login/")
    page.keyboard.type(f"clerk.{HOME}")
    page.keyboard.press("Tab")
    page.keyboard.type("guess")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-problems]")
    assert page.evaluate("document.activeElement.id") == "password"
    page.keyboard.type("khet-demo")
    page.keyboard.press("Enter")
    page.wait_for_selector("#nav")

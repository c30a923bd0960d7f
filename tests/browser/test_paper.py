"""What is done with paper in hand: somebody signs on the phone for the letters they take, and a list is printed."""

from __future__ import annotations

import io
from typing import Any

import pytest
from playwright.sync_api import Locator
from sqlalchemy import select

from core.platform.documents import watermark
from core.platform.sandbox.refusals import BUSY, Refused
from core.records.files.models import Attachment
from tests.core.test_listing import LIST, register
from tests.plugins.saraban.test_exchange import BOARD, exchange, load, outgoing, send
from tests.support import HOME, pages_pdf

pytestmark = pytest.mark.browser


@pytest.fixture(params=["sqlite"])
def backend(request):
    """Pages do not know the database."""
    return request.param


def test_somebody_signs_with_a_finger_for_what_they_take(world, open_page):
    (one,) = send(world, outgoing(world), [exchange.Recipient("โรงเรียนบ้านหนึ่ง", "hand")])
    page = open_page(f"clerk.{HOME}", width=390, locale="th")
    page.goto(f"{BOARD}bulk/handed?ids={one}")
    page.fill("#proof", "นายมานะ ตั้งใจ")
    canvas = page.locator("canvas[data-draw]")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    page.mouse.move(box["x"] + 40, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 160, box["y"] + 30, steps=5)
    page.mouse.move(box["x"] + 240, box["y"] + 70, steps=5)
    page.mouse.up()
    page.wait_for_selector(".drop li input[type=hidden]", state="attached")
    page.keyboard.press("Control+s")
    page.wait_for_url(lambda url: "bulk" not in url)
    assert load(world, exchange.Dispatch, one).state == "opened"
    with world.session() as s:
        file = s.scalars(select(Attachment).where(Attachment.kind == "saraban_dispatch")).one()
    assert file.content_type == "image/png"
    assert file.size > 500, "there is ink on it"
    page.goto(f"{BOARD}{one}")
    assert "นายมานะ ตั้งใจ" in page.locator("main").inner_text()


def wait_until_drawn(picture: Locator) -> None:
    """Where the machine is busy the page asks for it once more."""
    for _try in range(100):
        if picture.evaluate("one => one.complete && one.naturalWidth"):
            return
        picture.page.wait_for_timeout(300)
    pytest.fail("the page of the paper never came")


def test_of_a_long_paper_only_the_pages_that_come_near_are_fetched(world, open_page):
    clerk = world.browser(f"clerk.{HOME}")
    sent = {"file": (io.BytesIO(pages_pdf(150)), "ยาว.pdf")}
    staged = clerk.post("/uploads/", sent, content_type="multipart/form-data").json["id"]
    answer = clerk.submit("/saraban/incoming/new", sender="สพฐ.", subject="ยาว", files=str(staged))
    page = open_page(f"clerk.{HOME}", width=390, locale="th", quiet=True)  # a machine that is busy draws some late
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/read/" in request.url else None)
    page.goto(f"/saraban/incoming/{answer.location.rpartition('/')[2]}/files/{staged}/read")
    wait_until_drawn(page.locator(".paper").first)
    assert 1 <= len(asked) < 40
    last = page.locator(".paper").last
    last.scroll_into_view_if_needed()
    wait_until_drawn(last)
    assert any("/150" in url for url in asked)


def test_a_page_that_there_was_no_room_to_draw_comes_by_itself(world, open_page, monkeypatch):
    clerk = world.browser(f"clerk.{HOME}")
    sent = {"file": (io.BytesIO(pages_pdf(1)), "หนังสือ.pdf")}
    staged = clerk.post("/uploads/", sent, content_type="multipart/form-data").json["id"]
    answer = clerk.submit("/saraban/incoming/new", sender="สพฐ.", subject="มาก", files=str(staged))
    drawn, refused = watermark.picture, iter(range(2))

    def busy(*asked: Any) -> bytes:
        if next(refused, None) is not None:
            raise Refused(BUSY)
        return drawn(*asked)

    monkeypatch.setattr(watermark, "picture", busy)
    page = open_page(f"clerk.{HOME}", locale="th", quiet=True)
    page.goto(f"/saraban/incoming/{answer.location.rpartition('/')[2]}/files/{staged}/read")
    wait_until_drawn(page.locator(".paper").first)
    assert next(refused, None) is None


#: an A4 sheet upright between the margins that a browser leaves, in its pixels
SHEET = 718
#: what lies beyond the sheet or out of its cell, by its words
CUT = f"""() => [...document.querySelectorAll('.list-table :is(th, td)')].filter(
    cell => cell.offsetParent && (cell.getBoundingClientRect().right > {SHEET} || cell.scrollWidth > cell.clientWidth + 1)
).map(cell => cell.innerText)"""


def test_a_printed_list_is_whole_on_its_sheet_and_says_what_is_not_on_it(world, open_page):
    register(world, 60, sender="สำนักงานคณะกรรมการการศึกษาขั้นพื้นฐานกระทรวงศึกษาธิการ" * 2)
    page = open_page(f"clerk.{HOME}", width=SHEET, locale="th")
    page.emulate_media(media="print")
    page.goto(LIST)
    subject = page.locator("td.subject").first
    assert subject.is_visible()
    assert page.locator(".list-table thead").is_visible(), "a table, and no phone's list"
    assert page.evaluate(CUT) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= SHEET
    assert page.locator(".list-table + div, .actions, .pick input").locator("visible=true").count() == 0
    note = page.locator(".only-print")
    assert "กดปุ่ม PDF" in note.inner_text()
    assert page.evaluate("getComputedStyle(document.querySelector('.printed'), '::before').content") != "none"
    page.emulate_media(media="screen")
    assert not note.is_visible()

"""The registered letter on paper: its stamps, and what was written on it."""

from __future__ import annotations

import io
from datetime import time

import pypdfium2
import pytest
from docx import Document

from core.base.text.thai import thai_digits, today
from core.platform.documents import stamp
from plugins.saraban.models.drafts import Draft
from plugins.saraban.models.letters import IncomingLetter
from plugins.saraban.models.storage import Retention
from plugins.saraban.papers import word
from plugins.saraban.work import registers, storage
from tests.plugins.saraban.test_drafts import png
from tests.support import HOME, OTHER, growth, letter, on_disk, real_pdf

LIST = "/saraban/incoming/"


def words(pdf: bytes) -> list[str]:
    return [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf)]


def upload(browser, data: bytes, name: str) -> int:
    answer = browser.post("/uploads/", {"file": (io.BytesIO(data), name)}, content_type="multipart/form-data")
    return answer.json["id"]


def register(world, browser, data: bytes | None = None, name: str = "หนังสือ.pdf", **changes) -> int:
    files = [upload(browser, data, name)] if data is not None else []
    account, unit = world.account(f"clerk.{HOME}"), world.unit()
    with world.session(user=f"clerk.{HOME}") as s:
        values = letter(files=files, **changes)
        clerk = registers.Clerk(account.id, "เสมียน", 3)
        return registers.register_incoming(s, unit, values, clerk=clerk, today=today()).id


@pytest.fixture
def clerk(world):
    return world.browser(f"clerk.{HOME}")


def test_the_receipt_stamp_stands_on_the_first_page_of_the_scan(world, clerk):
    """แบบที่ 12: unit, เลขรับ, วันที่, เวลา."""
    number = register(world, clerk, real_pdf(), received_time=time(9, 30))
    made = clerk.get(f"{LIST}{number}/stamped")
    assert made.mimetype == "application/pdf"
    first, second = words(made.get_data())
    with world.session() as s:
        one = s.get(IncomingLetter, number)
    assert thai_digits(f"เลขรับ {one.number}/{one.year}") in first
    assert thai_digits("09.30") in first
    assert "หนังสือ" in first, "the paper itself stays"
    assert "เลขรับ" not in second


def test_a_photo_and_a_letter_without_a_file_are_stamped_too(world, clerk):
    photo = register(world, clerk, png(), "ภาพ.png")
    assert "เลขรับ" in words(clerk.get(f"{LIST}{photo}/stamped").get_data())[0]
    bare = register(world, clerk, doc_no="ก/2")
    assert "เลขรับ" in words(clerk.get(f"{LIST}{bare}/stamped").get_data())[0]


def test_what_was_written_follows_with_the_signature_of_that_day(world, clerk):
    director = world.browser(f"director.{HOME}")
    director.submit("/saraban/signature/", files=str(upload(director, png(), "ลายเซ็น.png")))
    number = register(world, clerk, real_pdf())
    holder = str(world.account(f"director.{HOME}").id)
    clerk.submit(f"{LIST}bulk/propose?ids={number}", holder_id=holder, text="เพื่อโปรดพิจารณา")
    director.submit(f"{LIST}bulk/direct?ids={number}", text="มอบกลุ่มนิเทศ")
    data = clerk.get(f"{LIST}{number}/stamped").get_data()
    sheet = words(data)[2]
    assert "เพื่อโปรดพิจารณา" in sheet
    assert "มอบกลุ่มนิเทศ" in sheet
    pictures = [one for one in pypdfium2.PdfDocument(data)[2].get_objects() if one.type == 3]
    assert len(pictures) == 1, "the director's signature; the clerk has none"


def test_a_stored_letter_bears_until_when_it_is_kept(world, clerk):
    """ตรากำหนดเก็บ, ข้อ 55."""
    number = register(world, clerk, real_pdf(), action="ทราบ")
    unit = world.unit()
    with world.session(user=f"clerk.{HOME}") as s:
        storage.fill_classes(s)
        kept = {one.code: one.id for one in s.query(Retention)}
        values = {"unit_id": unit, "code": "ก", "title": "ก", "location": "", "retention_id": kept["routine"]}
        storage.put_away(s, s.get(IncomingLetter, number), storage.save_folder(s, None, values).id, on=today())
    first = words(clerk.get(f"{LIST}{number}/stamped").get_data())[0]
    assert thai_digits(f"เก็บถึง พ.ศ. {today().year + 1 + 543}") in first


def test_a_secret_paper_is_not_printed_with_stamps(world):
    chief = world.browser(f"secret.{HOME}")
    account, unit = world.account(f"secret.{HOME}"), world.unit()
    with world.session(user=f"secret.{HOME}") as s:
        clerk = registers.Clerk(account.id, "นายทะเบียน", 3)
        number = registers.register_incoming(s, unit, letter(secrecy=1), clerk=clerk, today=today()).id
    assert chief.get(f"{LIST}{number}").status_code == 200
    assert chief.get(f"{LIST}{number}/stamped").status_code == 404


def test_another_district_does_not_print_it(world, clerk):
    number = register(world, clerk, real_pdf())
    assert world.browser(f"clerk.{OTHER}").get(f"{LIST}{number}/stamped").status_code == 404


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
def test_a_page_that_the_scanner_turned_is_stamped_where_the_reader_sees_its_corner(turned):
    document = pypdfium2.PdfDocument.new()
    document.new_page(500, 800).set_rotation(turned)
    whole = io.BytesIO()
    document.save(whole)
    made = stamp.pdf(on_disk(whole.getvalue()), [stamp.Stamp(["เลขรับ ๑"])])
    picture = pypdfium2.PdfDocument(made)[0].render(scale=0.5)
    wide, high, stride = picture.width, picture.height, picture.stride
    data, step = bytes(picture.buffer), picture.stride // picture.width if picture.stride % picture.width == 0 else 3
    dark = [
        (x, y) for y in range(high) for x in range(wide) if data[y * stride + x * step + 2] < 120
    ]  # blue ink: little red
    assert dark
    assert min(x for x, _y in dark) > wide / 2
    assert max(y for _x, y in dark) < high / 2


def test_a_damaged_scan_gets_its_stamp_on_a_sheet_of_its_own(world, clerk):
    number = register(world, clerk, b"%PDF-1.7 broken")
    assert "เลขรับ" in words(clerk.get(f"{LIST}{number}/stamped").get_data())[0]


def test_a_paper_of_many_paragraphs_goes_to_word_in_moments():
    """Whoever asked for one held a thread of the server for two minutes; there are eight."""

    def written(many: int) -> tuple[list[str], bytes]:
        said = [f"{number}. ด้วย" for number in range(many)]
        return said, word.write(Draft(kind="external", subject="ขอเชิญประชุม", content={"body": "\n".join(said)}))

    assert growth(written, 2_000) < 9
    said, made = written(200)
    paragraphs = [one for one in Document(io.BytesIO(made)).paragraphs if one.style.name == word.BODY][: len(said)]
    assert [one.text for one in paragraphs] == said[: len(paragraphs)]
    assert len({(one.alignment, one.paragraph_format.first_line_indent) for one in paragraphs}) == 1

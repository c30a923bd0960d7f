"""The registers as a clerk uses them, and every rule that can be broken, broken."""

from __future__ import annotations

import io
import re
import time
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from core.base.text.thai import buddhist_year, today
from core.records.files import store
from core.records.files.models import Attachment
from plugins.saraban.models.letters import CIRCULAR, INCOMING, OUTGOING, IncomingLetter, OutgoingLetter
from plugins.saraban.work import registers
from plugins.saraban.work.registers import Clerk
from tests.support import HOME, OTHER, iso, letter, near

CLERK = Clerk(1, "ธุรการ")
NEW = "/saraban/incoming/new"
TYPED = {"sender": "ศาลากลางจังหวัด", "subject": "ขอเชิญประชุม", "doc_no": "มท 0018/55", "doc_date": ""}


@pytest.fixture
def clerk(world):
    return world.browser(f"clerk.{HOME}")


def letters(world, **where):
    with world.session(user=f"clerk.{HOME}") as s:
        return s.scalars(select(IncomingLetter).filter_by(**where).order_by(IncomingLetter.id)).all()


def register(world, code=HOME, **changes):
    unit = world.unit("office", code)
    with world.session(code, f"clerk.{code}") as s:
        row = registers.register_incoming(s, unit, letter(**changes), clerk=CLERK, today=today())
        return row.id, row.number


def test_a_letter_gets_the_next_number_of_its_book(world):
    first, second = register(world)[1], register(world, doc_no="2")[1]
    assert second == first + 1


def test_a_clerk_registers_and_finds_a_letter(world, clerk):
    assert clerk.submit(NEW, **TYPED).status_code == 302
    page = clerk.get(clerk.page.location)
    assert page.status_code == 200
    assert "ขอเชิญประชุม" in clerk.text
    assert "registered" in clerk.text
    for query in ("ชิญปร", "0018/55", "๐๐๑๘/๕๕", "ศาลากลาง ประชุม"):
        clerk.get("/saraban/incoming/", query_string={"q": query})
        assert "มท 0018/55" in clerk.text, query
    clerk.get("/saraban/incoming/", query_string={"q": "ดาวเทียมวงโคจร"})
    assert "Nothing fits" in clerk.text


def test_search_signs_are_letters_not_wildcards(world, clerk):
    register(world, subject="ลดราคา 50% ทุกชิ้น_พิเศษ")
    for query, hits in (("50%", True), ("5%ก", False), ("ชิ้น_พ", True), ("ชิ้_น", False)):
        clerk.get("/saraban/incoming/", query_string={"q": query})
        assert ("ลดราคา" in clerk.text) == hits, query


def test_register_and_next_keeps_what_stays_the_same(world, clerk):
    clerk.submit(NEW, **TYPED, recipient="รอง ผอ.เขต", received_on=near(-20), _then="new")
    assert clerk.page.location.startswith(NEW)
    clerk.get(clerk.page.location)
    kept = clerk.fields()
    assert kept["recipient"] == ["รอง ผอ.เขต"]
    assert kept["received_on"] == [near(-20)]
    assert kept["subject"] == [""]
    assert "Registered as number" in clerk.text


#: what is typed, the field at which the message stands, and a part of the message
BROKEN = [
    ({"received_on": near(400), "received_on-confirm": iso(400)}, "received_on", "in the future"),
    ({"received_on": "21/11/2026"}, "received_on", "Christian era"),
    ({"received_on": "31/4/2569"}, "received_on", "no such day"),
    ({"received_on": "เมื่อวาน"}, "received_on", "Type a date"),
    ({"received_on": ""}, "received_on", "Fill this in"),
    ({"received_on": "1/1/2500"}, "received_on", "more than a year"),
    ({"doc_date": near(400), "doc_date-confirm": iso(400)}, "doc_date", "in the future"),
    ({"received_on": near(-20), "doc_date": near(-10)}, "doc_date", "after it was received"),
    ({"subject": ""}, "subject", "Fill this in"),
    ({"subject": "   \u3164\u0e48 "}, "subject", "Fill this in"),
    ({"subject": "ก" * 10_000}, "subject", "At most 1000"),
    ({"doc_no": "9" * 81}, "doc_no", "At most 80"),
    ({"sender": ""}, "sender", "Fill this in"),
    ({"received_time": "25.00"}, "received_time", "Type a time"),
    ({"speed": "9"}, "speed", "Not a valid choice"),
    ({"unit_id": "999999"}, "unit_id", "Not a valid choice"),
]


@pytest.mark.parametrize(("typed", "field", "message"), BROKEN)
def test_a_broken_rule_is_told_at_its_field_and_nothing_is_written(world, clerk, typed, field, message):
    rows, numbers = world.count("saraban_incoming"), world.count("core_number")
    page = clerk.submit(NEW, **{**TYPED, "remark": "พิมพ์ไว้แล้ว", **typed})
    assert page.status_code == 422
    error = clerk.tree.xpath(f"//*[@id='{field}-error']")
    assert error, f"no message at {field}: {clerk.errors()}"
    assert message in error[0].text_content()
    assert clerk.fields()["remark"] == ["พิมพ์ไว้แล้ว"], "what was typed is kept"
    assert (world.count("saraban_incoming"), world.count("core_number")) == (rows, numbers)


def test_the_page_cuts_no_paste_silently(world, clerk):
    clerk.get(NEW)
    assert not clerk.tree.xpath("//form[@data-main]//*[@maxlength]")


def test_a_doubted_date_is_saved_when_it_is_confirmed(world, clerk):
    day = today() - timedelta(days=30)
    clerk.submit(NEW, **{**TYPED, "doc_date": f"{day.day}/{day.month}/{day.year}"})
    assert clerk.page.status_code == 422
    assert f"{day:%-d %B %Y}" in clerk.text
    assert clerk.resubmit(NEW).status_code == 302
    assert letters(world)[-1].doc_date == day


@pytest.mark.parametrize(
    "subject", ["=cmd()|'/c calc'!A1", "<script>alert(1)</script>", "🎉 น้ํา ก้้้", "'; drop table ab_user; --"]
)
def test_a_strange_subject_is_kept_as_text(world, clerk, subject):
    clerk.submit(NEW, **{**TYPED, "subject": subject})
    assert clerk.page.status_code == 302
    page = clerk.get(clerk.page.location).get_data(as_text=True)
    assert "<script>alert" not in page
    assert letters(world)[-1].subject == subject.replace("\u0e4d\u0e32", "ำ")


def test_the_same_paper_is_warned_of_once(world, clerk):
    clerk.submit(NEW, **TYPED)
    clerk.submit(NEW, **TYPED)
    assert clerk.page.status_code == 422
    assert any("registered already" in error for error in clerk.errors())
    assert clerk.resubmit(NEW).status_code == 302, "pressing again registers it"


def test_the_same_paper_is_known_however_its_number_and_sender_are_written(world, clerk):
    """Typed once with Thai digits, scanned with Arabic ones; the full name in place of สพฐ."""
    paper = {**TYPED, "doc_no": "ศธ 04006/ว 3321", "sender": "สพฐ.", "doc_date": "1/1/69"}
    clerk.submit(NEW, **paper)
    for other in (
        {"doc_no": "ศธ 04006/ว3321"}, {"doc_no": "ที่ ศธ ๐๔๐๐๖/ว ๓๓๒๑"}, {"sender": "สพฐ"},
        {"sender": "สำนักงานคณะกรรมการการศึกษาขั้นพื้นฐาน"},
    ):  # fmt: skip
        clerk.submit(NEW, **{**paper, **other})
        assert clerk.page.status_code == 422, other
        assert any("registered already" in error for error in clerk.errors())
    for another in (
        {"doc_no": "ศธ 04006/ว 13321"}, {"doc_no": "ศธ 04006/3321"},
        {"sender": "ศาลากลางจังหวัด", "doc_date": "2/1/69"},
    ):  # fmt: skip
        assert clerk.submit(NEW, **{**paper, **another}).status_code == 302, another


def test_a_double_click_registers_once(world, clerk):
    clerk.get(NEW)
    form = {**clerk.fields(), **TYPED}
    before = world.count("saraban_incoming")
    first, second = clerk.client.post(NEW, data=form), clerk.client.post(NEW, data=form)
    assert first.location == second.location
    assert world.count("saraban_incoming") == before + 1


def test_a_form_whose_answer_was_lost_can_be_sent_again(world, clerk):
    """The connection broke between save and answer; the browser sends the form again from a new connection."""
    clerk.get(NEW)
    form = {**clerk.fields(), **TYPED}
    clerk.client.post(NEW, data=form)
    again = world.browser(f"clerk.{HOME}")
    again.client.set_cookie("khet", clerk.client.get_cookie("khet").value)
    assert re.fullmatch(r"/saraban/incoming/\d+", again.client.post(NEW, data=form).location)
    assert len(letters(world, doc_no="มท 0018/55")) == 1


def test_two_clerks_on_one_letter_both_see_both_values(world, clerk):
    letter_id, _ = register(world)
    url = f"/saraban/incoming/{letter_id}/edit"
    colleague = world.browser(f"clerk.{HOME}")
    clerk.get(url)
    colleague.submit(url, action="มอบกลุ่มนิเทศ")
    clerk.resubmit(url, action="เก็บเข้าแฟ้ม")
    assert clerk.page.status_code == 422
    assert "มอบกลุ่มนิเทศ" in clerk.text
    assert clerk.fields()["action"] == ["เก็บเข้าแฟ้ม"]
    assert clerk.resubmit(url).status_code == 302, "the second save decides"
    assert letters(world, id=letter_id)[0].action == "เก็บเข้าแฟ้ม"


def test_number_date_and_subject_change_only_by_a_logged_correction(world, clerk):
    letter_id, number = register(world)
    clerk.get(f"/saraban/incoming/{letter_id}/edit")
    assert not {"subject", "number", "received_on"} & clerk.fields().keys()
    url = f"/saraban/incoming/{letter_id}/correct"
    assert clerk.submit(url, subject="เรื่องที่ถูก").status_code == 422, "a reason is needed"
    assert clerk.resubmit(url, reason="พิมพ์ผิด").status_code == 302
    clerk.get(f"/saraban/incoming/{letter_id}")
    for word in ("ขอเชิญประชุม", "เรื่องที่ถูก", "พิมพ์ผิด", "corrected"):
        assert word in clerk.text
    assert letters(world, id=letter_id)[0].number == number


def test_a_cancelled_letter_stays_legible_and_changes_no_more(world, clerk):
    letter_id, number = register(world)
    url = f"/saraban/incoming/{letter_id}/cancel"
    assert clerk.submit(url, reason=" ").status_code == 422
    open_before = {}
    for step in ("edit", "correct", "cancel"):
        assert clerk.get(f"/saraban/incoming/{letter_id}/{step}").status_code == 200
        open_before[step] = clerk.fields()
    assert clerk.submit(url, reason="ลงซ้ำ").status_code == 302
    clerk.get(f"/saraban/incoming/{letter_id}")
    assert "ลงซ้ำ" in clerk.text
    (before,) = letters(world, id=letter_id)
    for step, fields in open_before.items():
        url = f"/saraban/incoming/{letter_id}/{step}"
        closed = clerk.get(url)
        assert closed.location.endswith(f"/saraban/incoming/{letter_id}"), "no form opens that would be refused"
        clerk.get(closed.location)
        assert "This letter is cancelled." in clerk.text
        typed = {name: "ช้าไป" for name in ("subject", "remark", "reason") if name in fields}
        assert clerk.post(url, {**fields, **typed}).status_code == 422
        assert clerk.resubmit(url).status_code == 422, "nor when what was typed is saved once more"
        assert any("cancelled" in error for error in clerk.errors())
    (after,) = letters(world, id=letter_id)
    assert (after.subject, after.remark, after.version) == (before.subject, before.remark, before.version)
    assert register(world, doc_no="ใหม่")[1] == number + 1


def test_nothing_deletes_a_letter(world, clerk):
    letter_id, _ = register(world)
    for path in (f"/saraban/incoming/{letter_id}/delete", f"/saraban/incoming/{letter_id}"):
        assert clerk.post(path).status_code in (404, 405)


def test_an_outgoing_letter_s_number_is_its_register_number(world, clerk):
    clerk.submit("/saraban/outgoing/new", recipient="สพฐ.", subject="ขอส่งรายงาน")
    assert clerk.page.status_code == 302
    clerk.submit("/saraban/outgoing/new", recipient="โรงเรียน", subject="แจ้งเวียน", circular="y")
    with world.session(user=f"clerk.{HOME}") as s:
        plain, circular = s.scalars(select(OutgoingLetter).order_by(OutgoingLetter.id.desc()).limit(2)).all()[::-1]
    assert plain.doc_no == f"ศธ 04143/{plain.number}"
    assert circular.doc_no == f"ศธ 04143/ว {circular.number}"
    assert circular.book == CIRCULAR


def test_a_reserved_number_is_used_from_the_form(world, clerk):
    base = f"/books/{world.unit()}/{OUTGOING}/"
    clerk.submit(base + "reserve", count="1", reason="คำสั่ง ผอ.")
    clerk.get("/saraban/outgoing/new")
    option = clerk.tree.xpath("//select[@name='reserved']/option[contains(., 'คำสั่ง')]/@value")[0]
    answer = clerk.resubmit("/saraban/outgoing/new", recipient="ก", subject="ข", reserved=option, circular="y")
    assert answer.status_code == 422, "a circular has its own book"
    assert any("another book" in error for error in clerk.errors())
    clerk.get("/saraban/outgoing/new")
    assert clerk.resubmit("/saraban/outgoing/new", recipient="ก", subject="ข", reserved=option).status_code == 302
    clerk.get("/saraban/outgoing/new")
    assert not clerk.tree.xpath("//select[@name='reserved']")


def test_each_unit_keeps_its_own_register(world):
    group = world.browser(f"groupclerk.{HOME}")
    office_letter, _ = register(world)
    assert group.get(f"/saraban/incoming/{office_letter}").status_code == 404
    school = world.browser(f"school.{HOME}")
    assert school.submit(NEW, **TYPED).status_code == 302
    mine = school.page.location
    assert school.get(mine).status_code == 200
    assert group.get(mine).status_code == 404
    director = world.browser(f"director.{HOME}")
    assert director.get(f"/saraban/incoming/{office_letter}").status_code == 200
    assert director.get(f"/saraban/incoming/{office_letter}/cancel").status_code == 403
    assert director.get(mine).status_code == 404, "a school's book is the school's"


@pytest.mark.parametrize(
    ("query", "found"),
    [({"from": near(-5), "to": near()}, True), ({"to": near(-5)}, False), ({"from": near(-1)}, False),
     ({"speed": "3"}, False), ({"status": "cancelled"}, False), ({"status": "registered"}, True),
     ({"book": INCOMING}, True)],
)  # fmt: skip
def test_filters_narrow_the_list(world, clerk, query, found):
    register(world, received_on=today() - timedelta(days=3), doc_date=None, subject="เรื่องที่หา")
    clerk.get("/saraban/incoming/", query_string={"q": "เรื่องที่หา", **query})
    assert ("เรื่องที่หา" in clerk.text) == found


def test_a_filter_date_that_cannot_be_read_is_told_at_its_field(world, clerk):
    clerk.get("/saraban/incoming/", query_string={"from": "31/4/69"})
    assert any("Type a date" in error for error in clerk.errors())


# -- files --------------------------------------------------------------------------------------------------


def office_file(member: str, extra: str = "") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(member, "<x/>")
        if extra:
            archive.writestr(extra, "macro")
    return buffer.getvalue()


def upload(browser, content: bytes, name: str):
    return browser.post("/uploads/", {"file": (io.BytesIO(content), name)}, content_type="multipart/form-data")


def test_a_file_goes_up_on_its_own_and_is_bound_by_the_save(world, clerk):
    staged = upload(clerk, b"%PDF-1.7 hello", "หนังสือเชิญ ๑.pdf")
    assert staged.status_code == 201
    clerk.submit(NEW, **TYPED, files=str(staged.json["id"]))
    clerk.get(clerk.page.location)
    link = clerk.tree.xpath("//a[contains(., 'หนังสือเชิญ')]/@href")[0]
    answer = clerk.get(link)
    assert answer.get_data() == b"%PDF-1.7 hello"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert world.browser(f"groupclerk.{HOME}").get(link).status_code == 404
    stored = [path.name for path in world.khet.settings.files_dir.rglob("*") if path.is_file()]
    assert all("pdf" not in name and len(name) == 40 for name in stored), "random names on disk"


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        (b"MZ\x90\x00 program", "letter.pdf", "not what its name says"),
        (b"%PDF-1.7", "letter.exe", "cannot be attached"),
        (b"%PDF-1.7", "letter", "cannot be attached"),
        (b"PK\x03\x04", "รวม.ZIP", "Unpack it"),
        (b"\x00\x00\x00\x18ftypheic", "IMG_1.HEIC", "Send it as JPEG"),
        (b"PK\x03\x04", "letters.zip", "Allowed: csv, doc"),
        (b"RIFF\x00\x00\x00\x00WAVE", "photo.webp", "not what its name says"),
        (b"MZ\x90\x00 program", "note.txt", "not what its name says"),
        (b"", "empty.pdf", "empty"),
        (office_file("word/document.xml", "word/vbaProject.bin"), "macro.docx", "holds a program"),
        (office_file("word/document.xml", "word/VBAPROJECT.BIN"), "macro.docx", "holds a program"),
        (office_file("evil.txt"), "sheet.xlsx", "not what its name says"),
        (b"<svg onload=alert(1)>", "x.svg", "cannot be attached"),
    ],
)
def test_a_lying_file_is_refused_and_leaves_nothing(world, clerk, content, name, message):
    answer = upload(clerk, content, name)
    assert answer.status_code == 422
    assert message in answer.json["error"]
    assert not [p for p in world.khet.settings.files_dir.rglob("*") if p.is_file()]
    assert world.count("core_attachment") == 0


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (b"RIFF\x24\x00\x00\x00WEBPVP8 ", "photo.webp", "image/webp"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "photo.jfif", "image/jpeg"),
        ("บันทึก".encode("cp874"), "note.txt", "text/plain"),
        ("บันทึก".encode("utf-16"), "note.txt", "text/plain"),
    ],
)
def test_what_phones_and_editors_make_is_kept(world, clerk, content, name, kind):
    assert upload(clerk, content, name).status_code == 201
    assert world.count("core_attachment", f"content_type = '{kind}'") == 1


def test_a_file_that_a_disk_does_not_let_go_undoes_nothing_and_keeps_no_other(world, clerk, monkeypatch):
    """Windows deletes no file that somebody reads."""
    numbers = [upload(clerk, b"%PDF-1.7", f"{n}.pdf").json["id"] for n in range(2)]
    root = world.khet.settings.files_dir
    unlink, refused = Path.unlink, []

    def read_by_somebody(path, **facts):
        if not refused:
            refused.append(path)
            raise PermissionError(13, "used by another process")
        unlink(path, **facts)

    with monkeypatch.context() as windows:
        windows.setattr(Path, "unlink", read_by_somebody)
        with world.session(user=f"clerk.{HOME}") as s:
            for number in numbers:
                store.discard(s, root, s.get(Attachment, number))
    assert world.count("core_attachment") == 0
    assert [path for path in root.glob("*/??/*") if path.is_file()] == refused
    with world.session() as s:
        assert store.sweep_orphans(s, root, time.time() + 2 * store.ORPHAN_AFTER) == 1
    assert not refused[0].exists(), "it goes with the next sweep"


def test_a_huge_upload_is_refused_before_it_is_read(world, clerk):
    token = clerk.token
    answer = clerk.client.post(
        "/uploads/", headers={"X-CSRFToken": token, "Accept": "application/json"},
        content_type="multipart/form-data; boundary=x", environ_overrides={"CONTENT_LENGTH": str(2 * 1024**3)},
    )  # fmt: skip
    assert answer.status_code == 413
    assert "error" in answer.json


def test_a_file_may_not_exceed_the_limit(world, clerk, monkeypatch):
    import dataclasses

    monkeypatch.setattr(world.khet, "settings", dataclasses.replace(world.khet.settings, max_upload=1024 * 1024))
    answer = upload(clerk, b"%PDF-" + b"x" * (1024 * 1024), "big.pdf")
    assert answer.status_code == 422
    assert "larger than 1 MB" in answer.json["error"]


def test_uploads_that_nobody_saves_do_not_fill_the_disk(world, clerk, monkeypatch):
    monkeypatch.setattr("core.records.files.store.MAX_WAITING", 2)
    answers = [upload(clerk, b"%PDF-1.7", "a.pdf").status_code for _ in range(3)]
    assert answers == [201, 201, 422]


def test_somebody_else_s_waiting_file_is_not_there(world, clerk):
    other = upload(world.browser(f"groupclerk.{HOME}"), b"%PDF-1.7", "a.pdf").json["id"]
    foreign = upload(world.browser(f"clerk.{OTHER}"), b"%PDF-1.7", "a.pdf").json["id"]
    clerk.submit(NEW, **TYPED, files=[str(other), str(foreign)])
    assert clerk.page.status_code == 302
    clerk.get(clerk.page.location)
    assert "a.pdf" not in clerk.text


def test_at_the_turn_of_the_year_a_page_says_what_each_book_leaves_behind(world):
    """สมุดของปีที่ผ่านมาปิดเอง; เลขสุดท้าย เลขที่ยกเลิก และหนังสือค้างอยู่ในหน้าเดียว."""
    clerk, unit, year = world.browser(f"clerk.{HOME}"), world.unit(), world.fullest_year()
    clerk.get(f"/reports/saraban.year?unit_id={unit}&year={year}")
    (row,) = [
        [cell.text_content().strip() for cell in line]
        for line in clerk.tree.xpath("//tbody/tr")
        if line[0].text_content().strip() == "Incoming book"
    ]
    used = world.count("saraban_incoming", f"unit_id = {unit} and year = {year} and book = 'saraban.incoming'")
    last = world.count("core_number", f"unit_id = {unit} and year = {year} and book = 'saraban.incoming'")
    assert row[2].replace(",", "") == str(last)
    assert int(row[3].replace(",", "")) + int(row[4]) == used
    assert row[6] == "0"
    assert row[8] == ("Open" if year == buddhist_year(today()) else "Closed with the year")


def test_only_a_form_that_names_its_unit_asks_for_words_to_complete(world):
    clerk, unit = world.browser(f"clerk.{HOME}"), world.unit()
    typed = {"subject": "แจ้งปฏิทิน", "sender": "ก", "recipient": "ข", "doc_no": "ท 1", "speed": "0"}
    assert clerk.submit("/saraban/incoming/new", **typed).status_code == 302
    with world.session() as s:
        number = s.scalars(select(IncomingLetter.id).order_by(IncomingLetter.id.desc())).first()
    assert clerk.get("/saraban/incoming/new").status_code == 200
    asked = clerk.tree.xpath("//form/@data-known")[0]
    assert clerk.get(f"{asked}?unit_id={unit}").status_code == 200
    assert clerk.get(f"/saraban/incoming/{number}/correct").status_code == 200
    assert clerk.tree.xpath("//form/@data-known") == []

"""Scan intake: a stack of paper becomes lines of the register."""

from __future__ import annotations

import io
import json
from contextlib import suppress
from datetime import date
from pathlib import Path

import pypdfium2
import pytest
from sqlalchemy import select

from core.base.errors import RuleError
from core.base.text.thai import today
from core.platform.documents import pages, text_extraction, typeset
from core.platform.jobs import runner
from core.platform.sandbox import Refused
from core.platform.timeline.models import TimelineEntry
from core.records.files.models import Attachment
from plugins.saraban.models.letters import IncomingLetter
from plugins.saraban.models.scans import Scan, ScanPage
from plugins.saraban.work import registers, scans
from plugins.saraban.work.guess import guess
from tests.support import HOME, OTHER, near, on_disk, pages_pdf

SCANS, LIST = "/saraban/scans/", "/saraban/incoming/"
PAPER = """
#let d = json(bytes(sys.inputs.d))
#set text(font: "Khet Sarabun", size: 16pt, lang: "th")
#set page(paper: "a4", margin: (left: 3cm, right: 2cm, top: 3cm))
#for (i, l) in d.enumerate() {
  if i > 0 { pagebreak() }
  if l.len() > 0 [
    #grid(columns: (1fr, 8cm), [ที่ #l.at(0)], l.at(1)) #v(6pt) #h(8cm) #l.at(2)
    #v(6pt) เรื่อง #h(6pt) #l.at(3) #v(6pt) เรียน #h(6pt) ผู้อำนวยการสำนักงานเขตพื้นที่การศึกษา
    #v(6pt) #h(2.5cm) ด้วยมีกำหนดจัดประชุม จึงเรียนมาเพื่อโปรดทราบ
  ] else []
}
"""
ONE = ("ศธ ๐๔๐๑๐/ว ๑๕๖๗", "สำนักงานศึกษาธิการจังหวัดเลย", "๑๔ มกราคม ๒๕๖๙", "ขอเชิญประชุมเชิงปฏิบัติการ")
TWO = ("ลย ๐๐๑๗/๒๓๔", "จังหวัดเลย", "๑๕ มกราคม ๒๕๖๙", "แจ้งแผนรับภัยแล้ง")
BLANK: tuple[str, ...] = ()


def stack(*letters) -> bytes:
    return typeset.compile(PAPER.encode(), json.dumps(letters, ensure_ascii=False), "pdf")


def photographed(*letters) -> bytes:
    """The same as pictures without a text layer, as a scanner makes them."""
    data = on_disk(stack(*letters))
    made = pypdfium2.PdfDocument.new()
    for number in range(len(letters)):
        sheet = pages.cut([[(on_disk(pages.picture(data, number, 1654)), 0)]])[0]
        made.import_pages(pypdfium2.PdfDocument(sheet))
    whole = io.BytesIO()
    made.save(whole)
    return whole.getvalue()


@pytest.fixture
def clerk(world):
    return world.browser(f"clerk.{HOME}")


def take(world, clerk, *files: tuple[str, bytes]) -> int:
    """Drop a stack and have it read."""
    staged = [
        clerk.post("/uploads/", {"file": (io.BytesIO(data), name)}, content_type="multipart/form-data").json["id"]
        for name, data in files
    ]
    answer = clerk.submit(f"{SCANS}new", files=[str(one) for one in staged])
    assert answer.status_code == 302, clerk.errors()
    runner.run_all(world.app)
    return int(answer.location.rpartition("/")[2])


def found(world, scan: int) -> list[scans.Piece]:
    with world.session() as s:
        return scans.pieces(s, s.get(Scan, scan))


def test_a_stack_falls_apart_at_its_blank_pages(world, clerk):
    scan = take(world, clerk, ("กอง.pdf", stack(ONE, TWO, BLANK, TWO)))
    first, second = found(world, scan)
    assert [page.place for page in first.pages] == [1, 2]
    assert [page.place for page in second.pages] == [4]
    with world.session() as s:
        assert [p.blank for p in scans.pages_of(s, s.get(Scan, scan))] == [False, False, True, False]


def test_a_stack_whose_reading_breaks_off_says_so_and_is_read_on_from_there(world, clerk, monkeypatch):
    read, asked = pages.read, []

    def dies_at_the_second(*args):
        asked.append(args)
        return read(*args) if len(asked) == 1 else 1 / 0

    with monkeypatch.context() as dies:
        dies.setattr(pages, "read", dies_at_the_second)
        scan = take(world, clerk, ("ก.pdf", stack(ONE)), ("ข.pdf", stack(TWO)))
    assert len(found(world, scan)) == 1, "what was read is kept"
    clerk.get(f"{SCANS}{scan}")
    assert "The reading broke off" in clerk.text
    assert "being read" not in clerk.text
    assert clerk.get(f"{SCANS}{scan}/register").status_code != 200
    assert world.count("core_waiting", f"view = 'ScanView' and record_id = {scan}") == 1
    clerk.get("/notices/")
    assert "อ่านกองสแกนไม่จบ" in clerk.text, "who asked is told"
    assert clerk.submit(f"{SCANS}{scan}/again").status_code == 302
    runner.run_all(world.app)
    assert [piece.place for piece in found(world, scan)] == [1, 2]
    assert clerk.get(f"{SCANS}{scan}/register").status_code == 200
    clerk.get(clerk.get(f"{SCANS}{scan}/again").location)
    assert "not to be read now" in clerk.text


def test_every_file_begins_a_letter_and_a_photo_is_one_page(world, clerk):
    photo = pages.picture(on_disk(stack(TWO)), 0, 800)
    scan = take(world, clerk, ("ก.pdf", stack(ONE)), ("ข.jpg", photo))
    assert [piece.place for piece in found(world, scan)] == [1, 2]


def test_a_letter_is_parted_and_joined_by_hand(world, clerk):
    scan = take(world, clerk, ("กอง.pdf", stack(ONE, TWO)))
    assert len(found(world, scan)) == 1
    clerk.post(f"{SCANS}{scan}/split", {"place": "2", "begins": "1"})
    assert len(found(world, scan)) == 2
    clerk.post(f"{SCANS}{scan}/split", {"place": "2", "begins": "0"})
    assert len(found(world, scan)) == 1


def test_the_clerk_confirms_what_was_read_and_gets_the_pages_as_the_letter_s_file(world, clerk):
    scan = take(world, clerk, ("กอง.pdf", stack(ONE, BLANK, TWO)))
    form = f"{LIST}new?unit_id={world.unit()}&scan={scan}-1"
    clerk.get(form)
    assert clerk.tree.xpath("//input[@name='subject']/@value") == ["ขอเชิญประชุมเชิงปฏิบัติการ"]
    assert clerk.tree.xpath("//input[@name='doc_no']/@value") == ["ศธ 04010/ว 1567"]
    assert clerk.tree.xpath("//aside[contains(@class,'papers')]//img")
    answer = clerk.submit(form, sender="สนง.ศธจ.เลย", _then="new")
    assert answer.status_code == 302, clerk.errors()
    assert f"scan={scan}-3" in answer.location, "the next letter of the stack follows"
    with world.session() as s:
        page = s.scalars(select(ScanPage).where(ScanPage.scan_id == scan, ScanPage.place == 1)).one()
        letter = s.get(IncomingLetter, page.letter_id)
        assert (letter.doc_no, letter.doc_date, letter.subject) == (
            "ศธ 04010/ว 1567", date(2026, 1, 14), "ขอเชิญประชุมเชิงปฏิบัติการ"
        )  # fmt: skip
        file = s.scalars(select(Attachment).where(Attachment.kind == "saraban_incoming")).one()
    paper = pypdfium2.PdfDocument(clerk.get(f"{LIST}{letter.id}/files/{file.id}").get_data())
    assert len(paper) == 1
    assert "ขอเชิญประชุม" in paper[0].get_textpage().get_text_range()


def test_a_whole_stack_gets_its_numbers_in_one_step(world, clerk):
    scan = take(world, clerk, ("กอง.pdf", stack(ONE, BLANK, TWO)))
    clerk.get(f"{SCANS}{scan}/register")
    answer = clerk.resubmit(
        f"{SCANS}{scan}/register", **{"lines-0-sender": "ศธจ.เลย", "lines-1-sender": "จังหวัดเลย"}
    )  # fmt: skip
    assert answer.status_code == 302, clerk.errors()
    with world.session() as s:
        letters = s.scalars(select(IncomingLetter).order_by(IncomingLetter.id.desc()).limit(2)).all()
        assert s.get(Scan, scan).state == "done"
        assert s.scalars(select(Attachment).where(Attachment.kind == "saraban_scan")).all() == []
        assert not any(page.text for page in scans.pages_of(s, s.get(Scan, scan))), "no second copy stays"
    assert letters[0].number == letters[1].number + 1
    assert [one.subject for one in letters] == ["แจ้งแผนรับภัยแล้ง", "ขอเชิญประชุมเชิงปฏิบัติการ"]
    clerk.get(answer.location)
    said = [f"{one.number_text}/{one.year % 100}" for one in reversed(letters)]
    assert clerk.tree.xpath("//*[@role='status']/strong/text()") == [", ".join(said)], "to be written on the papers"
    assert clerk.tree.xpath("//section[contains(@class, 'piece')]/h2/a/span/text()") == said


def test_one_wrong_line_registers_nothing(world, clerk):
    scan = take(world, clerk, ("กอง.pdf", stack(ONE, BLANK, TWO)))
    before = world.count("saraban_incoming")
    clerk.get(f"{SCANS}{scan}/register")
    answer = clerk.resubmit(
        f"{SCANS}{scan}/register",
        **{"lines-0-sender": "ก", "lines-1-sender": "ข", "lines-1-doc_date": near(3)},
    )
    assert answer.status_code == 422
    assert any("future" in said for said in clerk.errors())
    assert world.count("saraban_incoming") == before


def test_a_piece_is_registered_once(world, clerk):
    scan = take(world, clerk, ("กอง.pdf", stack(ONE, BLANK, TWO)))
    account, root = world.account(f"clerk.{HOME}"), world.khet.settings.files_dir
    values = {"received_on": today(), "sender": "ก", "recipient": "ข", "subject": "ค"}
    by = registers.Clerk(account.id, "เสมียน")
    with world.session(user=f"clerk.{HOME}") as s:
        stacked = s.get(Scan, scan)
        piece = scans.piece_at(s, stacked, 1)
        papers = scans.cut(s, [piece], root)
        scans.register(s, stacked, piece, values, clerk=by, today=today(), root=root, papers=papers)
    with world.session(user=f"clerk.{HOME}") as s, pytest.raises(RuleError, match="already"):
        scans.register(s, s.get(Scan, scan), piece, values, clerk=by, today=today(), root=root, papers=papers)


def test_the_layer_of_khet_s_own_papers_says_every_word_once():
    """A letter that one office made and another scans, or searches."""
    subject = "คำสั่งแต่งตั้งครั้งที่ 1 ทั้งขั้นพื้นฐานและสิ่งที่ขึ้นปีนี้"
    (page,) = pages.read(on_disk(stack((*ONE[:3], subject))), "application/pdf")
    assert subject in " ".join(page.text.split())


@pytest.mark.ocr
def test_of_a_picture_subject_and_sender_are_read_and_number_and_date_are_left_blank(world, clerk):
    """Thai digits are misread by the model; nothing is put where a wrong number could be confirmed."""
    assert not text_extraction.ocr_missing(), "install tesseract-ocr and tesseract-ocr-tha"
    scan = take(world, clerk, ("กอง.pdf", photographed(ONE)))
    with world.session() as s:
        stacked = s.get(Scan, scan)
        said = scans.look(s, stacked, scans.piece_at(s, stacked, 1), today=today())
    assert "เชิญประชุม" in said.values["subject"]
    assert said.sure["subject"] == "likely"
    assert "doc_no" not in said.values
    assert "doc_date" not in said.values
    clerk.get(f"{LIST}new?unit_id={world.unit()}&scan={scan}-1")
    assert "Thai digits cannot be read" in clerk.text


def test_where_tesseract_is_missing_the_pages_say_so_and_the_stack_is_registered_by_hand(world, clerk, monkeypatch):
    monkeypatch.setenv("PATH", str(Path("/nowhere")))
    scan = take(world, clerk, ("กอง.pdf", photographed(ONE)))
    clerk.get(f"{SCANS}{scan}")
    assert "Tesseract is missing" in clerk.text
    assert len(found(world, scan)) == 1
    clerk.get(f"{SCANS}new")
    assert "Tesseract is missing" in clerk.text


def test_a_sender_is_recognised_although_letters_are_misread():
    text = "AS ๐๕๐๑๐/ว ๑๕๒๕ สำนักงานคณะกรรมการการศึกษาขันพิ่นฐาน\nเรือง ขอเชิญ\nเรียน ผอ.สพป.เลย เขต 3"
    known = ["สำนักงานคณะกรรมการการศึกษาขั้นพื้นฐาน", "จังหวัดเลย", "สพป.เลย เขต 3"]
    said = guess(text, "ocr", known, date(2026, 11, 22))
    assert said.values["sender"] == "สำนักงานคณะกรรมการการศึกษาขั้นพื้นฐาน"
    assert said.values["subject"] == "ขอเชิญ"
    assert "sender" not in guess("กรมการข้าว\nเรื่อง ก", "layer", known, date(2026, 11, 22)).values


def test_a_damaged_file_leaves_a_word_and_stops_nobody(world, clerk):
    scan = take(world, clerk, ("เสีย.pdf", b"%PDF-1.7 broken"), ("ดี.pdf", stack(ONE)))
    assert len(found(world, scan)) == 1
    clerk.get(f"{SCANS}{scan}")
    assert "could not be read" in clerk.text
    assert "No page of เสีย.pdf was taken" in clerk.text, "above the pages, not in the history alone"
    assert "No page of ดี.pdf" not in clerk.text


def test_a_stack_of_which_nothing_could_be_read_says_why_and_offers_nothing_that_is_refused(world, clerk, monkeypatch):
    scan = take(world, clerk, ("เสีย.pdf", b"%PDF-1.7 broken"))
    clerk.get(f"{SCANS}{scan}")
    assert "เสีย.pdf: " in " ".join(clerk.tree.xpath("//div[contains(@class,'alert')]//text()")), "why"
    assert world.count("core_job", "kind = 'saraban.read_scan' and message = 'อ่านไม่ได้เลยสักหน้า'") == 1, "and its job"
    clerk.get("/notices/")
    assert "อ่านไม่ได้เลยสักหน้า" in clerk.text, "and no notice that it is done"
    assert f"{SCANS}{scan}/register" not in clerk.page.get_data(as_text=True)
    assert clerk.get(f"{SCANS}{scan}/register").status_code == 302
    empty = take(world, clerk, ("ว่าง.pdf", stack(BLANK)))
    clerk.get(f"{SCANS}{empty}")
    assert "Every page of it is blank" in clerk.text
    assert f"{SCANS}{empty}/register" not in clerk.page.get_data(as_text=True)

    def lost(*_facts):
        raise MemoryError

    monkeypatch.setattr(pages, "read", lost)
    stopped = take(world, clerk, ("ดี.pdf", stack(ONE)))
    clerk.get(f"{SCANS}{stopped}")
    assert "The reading broke off" in clerk.text, "a reading that failed leaves nothing that is read for ever"
    assert f"{SCANS}{stopped}/drop" in clerk.page.get_data(as_text=True)
    monkeypatch.undo()
    world.owner("update core_job set state = 'queued' where state = 'failed'")
    runner.run_all(world.app)
    assert len(found(world, stopped)) == 1, "and is tried again"


def test_a_file_that_was_not_read_to_its_end_stays_until_somebody_drops_it(world, clerk, monkeypatch):
    real = pages.read

    def half(path, kind, first=0, most=5):
        if first:
            raise Refused("unreadable")
        return real(path, kind, first, most)

    monkeypatch.setattr(pages, "read", half)
    scan = take(world, clerk, ("ดี.pdf", stack(ONE)), ("ครึ่ง.pdf", stack(*[TWO] * 5)))
    assert [piece.place for piece in found(world, scan)] == [1], "half a file would look like a whole one"
    form = f"{LIST}new?unit_id={world.unit()}&scan={scan}-1"
    assert clerk.submit(form, sender="สนง.ศธจ.เลย").status_code == 302
    with world.session() as s:
        assert s.get(Scan, scan).state == "ready"
        kept = s.scalars(select(Attachment.name).where(Attachment.kind == "saraban_scan")).all()
    assert "ครึ่ง.pdf" in kept
    clerk.get(f"{SCANS}{scan}")
    assert "No page of ครึ่ง.pdf was taken" in clerk.text
    assert f"{SCANS}{scan}/register" not in clerk.page.get_data(as_text=True)
    assert clerk.submit(f"{SCANS}{scan}/drop").status_code == 302
    assert world.count("core_attachment", "kind = 'saraban_scan'") == 0


def test_a_stack_of_too_many_pages_is_refused_whole_and_never_cut(world, clerk):
    scan = take(world, clerk, ("ยาว.pdf", pages_pdf(pages.MOST_PAGES + 1)))
    assert found(world, scan) == []
    clerk.get(f"{SCANS}{scan}")
    assert "No page of ยาว.pdf was taken" in clerk.text
    with world.session(HOME, f"clerk.{HOME}") as s:
        note = s.scalars(select(TimelineEntry.note).where(TimelineEntry.action == "saraban.scan.unreadable")).one()
    assert note == "ยาว.pdf: ไฟล์มีจำนวนหน้ามากเกินไป กรุณาแบ่งไฟล์"
    assert note in clerk.text


def test_a_word_file_is_no_stack(world, clerk):
    staged = clerk.post("/uploads/", {"file": (io.BytesIO(b"a,b"), "ก.csv")}, content_type="multipart/form-data")
    assert clerk.submit(f"{SCANS}new", files=str(staged.json["id"])).status_code == 422
    assert "PDF, PNG or JPEG" in clerk.text


def test_another_district_and_who_may_not_register_see_no_stack(world, clerk):
    scan = take(world, clerk, ("กอง.pdf", stack(ONE)))
    for user in (f"clerk.{OTHER}", f"admin.{OTHER}", f"supervisor.{HOME}"):
        stranger = world.browser(user)
        for page in (f"{SCANS}{scan}", f"{SCANS}{scan}/pages/1", f"{SCANS}{scan}/register"):
            assert stranger.get(page).status_code in (403, 404), (user, page)
        assert stranger.get(f"{LIST}new?scan={scan}-1").status_code in (403, 404)
        assert "เชิงปฏิบัติการ" not in stranger.page.get_data(as_text=True)


def test_ctrl_s_leads_to_the_stack_since_it_has_no_form_to_stay_in(world, clerk):
    staged = clerk.post("/uploads/", {"file": (io.BytesIO(stack(ONE)), "ก.pdf")}, content_type="multipart/form-data")
    answer = clerk.submit(f"{SCANS}new", files=str(staged.json["id"]), _then="stay")
    assert answer.status_code == 302


def test_a_stack_is_dropped_and_its_files_with_it(world, clerk):
    scan = take(world, clerk, ("กอง.pdf", stack(ONE)))
    assert clerk.submit(f"{SCANS}{scan}/drop").status_code == 302
    with world.session() as s:
        assert s.get(Scan, scan).state == "dropped"
    assert world.count("core_attachment", "kind = 'saraban_scan'") == 0


def test_a_reading_that_was_cut_off_goes_on_where_it_was(world, clerk, monkeypatch):
    """Four pages at once are read and kept; after them the worker is killed."""
    real, calls = pages.read, []

    def cut(path, kind, first=0, most=5):
        calls.append(first)
        if first == 4 and calls.count(4) == 1:
            raise KeyboardInterrupt
        return real(path, kind, first, most)

    monkeypatch.setattr(pages, "read", cut)
    staged = clerk.post(
        "/uploads/", {"file": (io.BytesIO(stack(*[ONE] * 6)), "ก.pdf")}, content_type="multipart/form-data"
    )
    answer = clerk.submit(f"{SCANS}new", files=str(staged.json["id"]))
    scan = int(answer.location.rpartition("/")[2])
    with pytest.raises(KeyboardInterrupt):
        runner.run_all(world.app)
    world.owner("update core_job set lease_until = '2000-01-01 00:00:00', state = 'running' where state <> 'done'")
    runner.run_all(world.app)
    with world.session() as s:
        assert [page.place for page in scans.pages_of(s, s.get(Scan, scan))] == [1, 2, 3, 4, 5, 6]
        assert s.get(Scan, scan).state == "ready"
    assert calls == [0, 4, 4]


def test_a_subject_whose_head_word_was_misread_is_the_line_above_the_addressee():
    text = "ที่ศ5 ๐๕๐๑๐ จังหวัดเลย\nGos ขอเชิญประชุมเชิงปฏิบัติการ\nเรยน ผู้อำนวยการ"
    said = guess(text, "ocr", ["จังหวัดเลย"], date(2026, 11, 22))
    assert said.values["subject"] == "ขอเชิญประชุมเชิงปฏิบัติการ"
    assert said.sure["subject"] == "likely"
    assert "subject" not in guess(text, "layer", ["จังหวัดเลย"], date(2026, 11, 22)).values
    plain = "กระทรวงศึกษาธิการ\nเรียน ผู้อำนวยการ"
    assert "subject" not in guess(plain, "ocr", [], date(2026, 11, 22)).values, "nothing is invented"


def test_the_same_stack_and_the_same_piece_make_one_letter(world, clerk):
    """Dropped twice, registered twice: the second time one reads which letter it became."""
    file = ("กอง.pdf", stack(ONE, BLANK, TWO))
    scan = take(world, clerk, file)

    def again() -> str:
        data = {"file": (io.BytesIO(file[1]), "อีกชื่อ.pdf")}
        staged = clerk.post("/uploads/", data, content_type="multipart/form-data").json["id"]
        answer = clerk.submit(f"{SCANS}new", files=[str(staged)])
        return "" if answer.status_code == 302 else " ".join(clerk.errors())

    assert "Register the letters from there" in again()
    form = f"{LIST}new?unit_id={world.unit()}&scan={scan}-1"
    late = world.browser(f"clerk.{HOME}")
    late.get(form)
    late_all = world.browser(f"clerk.{HOME}")
    late_all.get(f"{SCANS}{scan}/register")
    assert clerk.submit(form, sender="สนง.ศธจ.เลย").status_code == 302
    (piece, _other) = found(world, scan)
    with world.session() as s:
        letter = s.get(IncomingLetter, piece.letter_id)
    number = f"{letter.number_text}/{letter.year}"
    before = world.count("saraban_incoming")
    assert late.resubmit(f"{LIST}new", sender="สนง.ศธจ.เลย").status_code == 422
    assert number in " ".join(late.errors())
    many = {name: "ก" for name in late_all.fields() if name.endswith(("-sender", "-recipient", "-subject"))}
    assert late_all.resubmit(f"{SCANS}{scan}/register", **many).status_code == 422
    assert number in " ".join(late_all.errors())
    assert clerk.get(form).location == f"{LIST}{letter.id}", "no empty form that would make a second one"
    clerk.get(f"{LIST}{letter.id}")
    assert number in clerk.text
    assert number in again()
    assert world.count("saraban_incoming") == before
    clerk.submit(f"{SCANS}{scan}/drop")
    assert number in again(), "what is registered stands in the register, though the rest was given up"
    assert clerk.submit(f"{LIST}{letter.id}/cancel", reason="ออกผิด").status_code == 302
    assert again() == "", "what was given up can be taken in anew"


def test_a_letter_is_registered_of_the_pages_that_its_form_showed_and_of_no_others(world, clerk):
    scan = take(world, clerk, ("กอง.pdf", stack(ONE, TWO)))
    clerk.post(f"{SCANS}{scan}/split", {"place": "2", "begins": "1"})
    form, before = f"{LIST}new?unit_id={world.unit()}&scan={scan}-1", world.count("saraban_incoming")
    one, every = world.browser(f"clerk.{HOME}"), world.browser(f"clerk.{HOME}")
    one.get(form)
    every.get(f"{SCANS}{scan}/register")
    typed = {name: "ก" for name in every.fields() if name.endswith(("-sender", "-recipient", "-subject"))}
    clerk.post(f"{SCANS}{scan}/split", {"place": "2", "begins": "0"})
    for browser, page, words in ((one, f"{LIST}new", {"sender": "ก"}), (every, f"{SCANS}{scan}/register", typed)):
        for _again in range(2):
            assert browser.resubmit(page, **words).status_code == 422, "the second letter would lie within the first"
            assert "parted anew" in " ".join(browser.errors())
    assert world.count("saraban_incoming") == before
    one.get(form)
    clerk.get(f"{SCANS}{scan}/register")
    assert clerk.fields()["lines-0-place"][0] == "1-2", "the clerk reads which pages a line is"
    clerk.submit(f"{SCANS}{scan}/drop")
    for browser, page, words in ((one, f"{LIST}new", {"sender": "ก"}), (every, f"{SCANS}{scan}/register", typed)):
        assert browser.resubmit(page, **words).status_code == 422
        assert "was dropped" in " ".join(browser.errors()), "and not that it stands in the register"
    assert world.count("saraban_incoming") == before


def test_two_jobs_that_read_the_same_stack_keep_each_page_once(world, clerk, monkeypatch):
    """One goes on from the stack's page, one is tried again from the list of jobs."""
    real, calls = pages.read, []

    def another():
        """It reads four pages while the first one still reads these, and is killed."""
        with world.session(user=f"clerk.{HOME}") as s:
            scans._ask(s, s.scalars(select(Scan).order_by(Scan.id.desc())).first())
        with suppress(KeyboardInterrupt):
            runner.run_all(world.app)

    def overtaken(path, kind, first=0, most=5):
        calls.append(first)
        if len(calls) == 1:
            another()
        elif len(calls) == 3:
            raise KeyboardInterrupt
        return real(path, kind, first, most)

    monkeypatch.setattr(pages, "read", overtaken)
    scan = take(world, clerk, ("ก.pdf", stack(*[ONE] * 6)))
    assert calls == [0, 0, 4, 4]
    with world.session() as s:
        assert [(page.place, page.number) for page in scans.pages_of(s, s.get(Scan, scan))] == [
            (number + 1, number) for number in range(6)
        ]
        assert s.get(Scan, scan).state == "ready"


def test_a_file_that_was_taken_in_is_refused_in_every_other_stack(world, clerk):
    first, second, third = (
        (f"{name}.pdf", stack(page)) for name, page in (("ก", ONE), ("ข", TWO), ("ค", (*ONE[:3], "ค")))
    )

    def refused(*files) -> str:
        staged = [
            clerk.post("/uploads/", {"file": (io.BytesIO(data), name)}, content_type="multipart/form-data").json["id"]
            for name, data in files
        ]
        answer = clerk.submit(f"{SCANS}new", files=[str(one) for one in staged])
        return "" if answer.status_code == 302 else " ".join(clerk.errors())

    assert "ค.pdf is chosen twice" in refused(third, third)
    scan = take(world, clerk, first, second)
    assert clerk.submit(f"{LIST}new?unit_id={world.unit()}&scan={scan}-2", sender="จังหวัดเลย").status_code == 302
    with world.session() as s:
        letter = s.get(IncomingLetter, scans.became(s, s.get(Scan, scan), 2))
    number = f"{letter.number_text}/{letter.year}"
    assert "ก.pdf was taken in already" in (said := refused(third, first))
    assert number not in said
    assert "ข.pdf was taken in already" in (said := refused(second))
    assert number in said
    alone = take(world, clerk, third)
    assert clerk.submit(f"{LIST}new?unit_id={world.unit()}&scan={alone}-1", sender="ก").status_code == 302
    assert "ค.pdf was taken in already" in refused(("ใหม่.pdf", stack(BLANK, TWO)), third), "its stack keeps no file"

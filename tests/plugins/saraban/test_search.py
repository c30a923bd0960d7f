"""A word that few letters hold is found at once; the index knows no district, the tenant filter does."""

from __future__ import annotations

import io

import pytest
from sqlalchemy import select

from core.platform.jobs import runner
from core.records.lists import page
from plugins.saraban.models.letters import IncomingLetter
from plugins.saraban.work import registers
from tests.core.test_listing import LIST, register
from tests.plugins.saraban.test_printing import register as enter
from tests.support import HOME, OTHER, real_pdf


@pytest.fixture(params=["sqlite"])
def backend(request):
    """PostgreSQL has its own trigram index, held by tests/core/test_postgres.py."""
    return request.param


def found(world, typed: str, code: str = HOME) -> list[str]:
    with world.session(code, f"clerk.{code}") as session:
        statement = page.search_in(session, select(IncomingLetter), IncomingLetter.search_text, typed)
        return list(session.scalars(statement.with_only_columns(IncomingLetter.sender)))


def test_a_rare_word_is_found_by_any_part_of_it(world):
    register(world, 1, sender="ขอเชิญอบรมการดับเพลิง ๒๕๖๙")
    for typed in ("ดับเพลิง", "ับเพล", "อบรม 2569", "ศธ", "๒๕๖๙"):
        assert "ขอเชิญอบรมการดับเพลิง ๒๕๖๙" in found(world, typed) or typed == "ศธ"
    assert found(world, "ดับเพลิงใหญ่") == []


def test_another_district_s_letter_is_in_the_index_and_not_in_the_answer(world):
    register(world, 1, sender="เรื่องลี้ลับหนึ่งเดียว")
    assert found(world, "ลี้ลับหนึ่งเดียว", OTHER) == []
    browser = world.browser(f"clerk.{OTHER}")
    browser.get(f"{LIST}?q=ลี้ลับหนึ่งเดียว")
    assert "เรื่องลี้ลับ" not in browser.tree.xpath("string(//tbody)")


def test_the_index_follows_corrections(world):
    number = register(world, 1, sender="เดิมผิดพลาด")[0]
    with world.session(HOME, f"clerk.{HOME}") as session:
        made = session.get(IncomingLetter, number)
        from core.base.text.thai import today

        registers.correct(session, made, {"sender": "แก้ถูกต้องแล้ว"}, reason="พิมพ์ผิด", today=today())
    assert found(world, "เดิมผิดพลาด") == []
    assert found(world, "แก้ถูกต้อง") == ["แก้ถูกต้องแล้ว"]


@pytest.mark.parametrize("typed", ['"', 'a"b', "*", "NEAR(", "' OR 1=1", "ab", "%", "_x_"])
def test_signs_of_the_index_s_language_are_only_text(world, typed):
    assert found(world, typed) == [] or typed in ("ab", "%")


def test_a_common_word_is_read_backwards_and_not_looked_up(world, monkeypatch):
    register(world, 3, sender="คำซ้ำซาก")
    monkeypatch.setattr(page, "RARE", 2)
    assert found(world, "คำซ้ำซาก") == ["คำซ้ำซาก"] * 3


def test_a_mistyped_tone_mark_is_forgiven(world):
    register(world, 1, sender="ขอเชิญอบรมผู้บังคับบัญชาลูกเสือ")
    for typed in ("ผู่บังคับ", "ผูบังคับ", "ผู้บังคับ"):
        assert found(world, typed) == ["ขอเชิญอบรมผู้บังคับบัญชาลูกเสือ"]


def test_words_that_stand_only_in_a_file_are_found(world):
    clerk = world.browser(f"clerk.{HOME}")
    file = (io.BytesIO(real_pdf("เอกสารแนบเรื่องพลับพลึงทอง")), "แนบ.pdf")
    staged = clerk.post("/uploads/", {"file": file}, content_type="multipart/form-data").json["id"]
    clerk.submit("/saraban/incoming/new", sender="สพฐ.", subject="ดูสิ่งที่ส่งมาด้วย", files=str(staged))
    number = int(clerk.page.location.rpartition("/")[2])
    runner.run_all(world.app)
    clerk.get(f"{LIST}?q=พลับพลึงทอง")
    assert f'data-id="{number}"' in clerk.page.get_data(as_text=True)
    with world.session() as s:
        version = s.get(IncomingLetter, number).version
    assert version == 1, "nobody's open form becomes a conflict by this"


def test_a_broken_file_is_silently_unread_and_the_others_are_read(world):
    clerk = world.browser(f"clerk.{HOME}")
    staged = []
    for name, data in (("เสีย.pdf", b"%PDF-1.7 nothing"), ("ดี.pdf", real_pdf("ถ้อยคำที่อ่านได้"))):
        sent = {"file": (io.BytesIO(data), name)}
        staged.append(str(clerk.post("/uploads/", sent, content_type="multipart/form-data").json["id"]))
    answer = clerk.submit("/saraban/incoming/new", sender="สพฐ.", subject="สองแฟ้ม", files=staged)
    assert answer.status_code == 302, clerk.errors()
    runner.run_all(world.app)
    assert world.count("saraban_incoming", "file_text like '%ถ้อยคำที่อ่านได้%'") == 1


def test_secret_files_are_not_read(world):
    registrar = world.browser(f"secret.{HOME}")
    file = (io.BytesIO(real_pdf("ถ้อยคำลับเฉพาะ")), "ลับ.pdf")
    staged = registrar.post("/uploads/", {"file": file}, content_type="multipart/form-data").json["id"]
    registrar.submit("/saraban/incoming/new", sender="สพฐ.", subject="ลับ", secrecy="1", files=str(staged))
    runner.run_all(world.app)
    assert world.count("saraban_incoming", "file_text <> ''") == 0


def hits(browser, typed: str) -> list[str]:
    found = browser.client.get(f"/search/?q={typed}", headers={"Accept": "application/json"}).get_json()["groups"]
    return [hit["text"] for group in found for hit in group["hits"] if not group["ours"]]


def test_the_letter_of_this_very_number_stands_first_however_old_it_is(world):
    clerk = world.browser(f"clerk.{HOME}")
    old = enter(world, clerk, doc_no="ศธ 0499/7", subject="ฉบับที่ตรงเลข")
    for number in range(70):
        enter(world, clerk, doc_no=f"ศธ 0499/7{number}", subject="ใกล้เคียง")
    assert old
    assert "ฉบับที่ตรงเลข" in hits(clerk, "ศธ 0499/7")[0]
    assert "ฉบับที่ตรงเลข" in hits(clerk, "ศธ ๐๔๙๙/๗")[0]


def test_words_of_the_subject_come_before_words_that_stand_apart_or_only_elsewhere(world):
    clerk = world.browser(f"clerk.{HOME}")
    enter(world, clerk, subject="ขอเชิญประชุมครูกังฟู", doc_no="ก/1")
    enter(world, clerk, subject="ครูดูหนังกังฟู", doc_no="ก/2")
    enter(world, clerk, subject="เรื่องอื่น", sender="ชมรมครูกังฟู", doc_no="ก/3")
    found = [text.partition(" ")[2] for text in hits(clerk, "ครูกังฟู")]
    assert found[:2] == ["ขอเชิญประชุมครูกังฟู", "เรื่องอื่น"]
    apart = [text.partition(" ")[2] for text in hits(clerk, "ครู กังฟู")]
    assert apart[-1] == "เรื่องอื่น"

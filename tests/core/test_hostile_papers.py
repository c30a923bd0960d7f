"""Papers, pictures and documents that are made to hurt: each is read or refused in bounded time, and in words."""

from __future__ import annotations

import dataclasses
import io
import random
import struct
import zlib

import pypdfium2
import pytest
from PIL import Image

from core.platform import sandbox
from core.platform.documents import docx, pages, stamp, text_extraction, watermark
from core.platform.sandbox import Refused
from core.records.files import office
from core.records.files import pictures as clean
from tests.core import hostile
from tests.support import on_disk, real_pdf

#: what may be said of a bad file; never silence, never a trace
SAID = {
    "unreadable", "encrypted", "too_large", "too_many_pages", "too_many_pixels", "too_much_memory", "too_slow",
    "too_much_output", "not_a_picture", "no_pages",
}  # fmt: skip


def _seconds(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    for name in ("PAGE", "FORM", "JOB"):
        monkeypatch.setattr(sandbox, name, dataclasses.replace(getattr(sandbox, name), seconds=seconds))


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    """A busy machine makes no good file a slow one."""
    _seconds(monkeypatch, 120.0)


@pytest.fixture
def short(monkeypatch, patient):
    """For files that are refused by the clock alone, so that the test does not wait for it."""
    _seconds(monkeypatch, 4.0)


def outcome(function, *arguments):
    """What a function gives, or why it is refused."""
    try:
        return function(*arguments)
    except Refused as error:
        return error.reason if error.reason in SAID else pytest.fail(error.reason)


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("kind", hostile.PDFS)
def test_every_reader_of_papers_comes_to_an_end(kind):
    path = on_disk(hostile.PDFS[kind])
    if outcome(watermark.picture, path, "ผู้อ่าน", 1) == "too_slow":
        return  # and so it would be for each of them
    for function, *more in (
        (watermark.pdf, "ผู้อ่าน"), (pages.picture, 0, 300), (text_extraction.words, "application/pdf"),
        (pages.read, "application/pdf"), (stamp.pdf, [stamp.Stamp(["๑"])]),
    ):  # fmt: skip
        outcome(function, path, *more)
    outcome(pages.cut, [[(path, 0)]])


@pytest.mark.parametrize("side", [14_400, 30_000])
def test_a_page_as_large_as_a_house_is_shown_smaller(side):
    path = on_disk(hostile.pdf(f"0 0 {side} {side}"))
    shown = Image.open(io.BytesIO(watermark.picture(path, "ผู้อ่าน", 1)))
    assert 1000 < shown.width < 4000
    marked = pypdfium2.PdfDocument(watermark.pdf(path, "ผู้อ่าน"))
    assert max(marked[0].get_size()) <= 5000


@pytest.mark.usefixtures("short")
def test_a_drawing_of_itself_is_given_up():
    """By the clock, or by the reader itself where its own limit comes first."""
    said = outcome(watermark.picture, on_disk(hostile.PDFS["a drawing of itself"]), "ผู้อ่าน", 1)
    assert said in ("too_slow", "unreadable")


def test_a_paper_with_a_password_says_so(tmp_path):
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.pdf_utils.writer import copy_into_new_writer

    locked = tmp_path / "locked.pdf"
    writer = copy_into_new_writer(PdfFileReader(io.BytesIO(real_pdf())))
    writer.encrypt("เจ้าของ", "ผู้ใช้")
    with locked.open("wb") as file:
        writer.write(file)
    assert outcome(watermark.count, locked) == "encrypted"
    assert outcome(text_extraction.words, locked, "application/pdf") == "encrypted"


@pytest.mark.usefixtures("short")
def test_broken_copies_of_a_good_paper_are_read_or_refused():
    chance, good = random.Random(15), real_pdf()
    for _n in range(12):
        broken = bytearray(good)
        for _m in range(30):
            broken[chance.randrange(9, len(broken))] = chance.randrange(256)
        path = on_disk(bytes(broken))
        outcome(watermark.picture, path, "ผู้อ่าน", 1)
        outcome(watermark.pdf, path, "ผู้อ่าน")


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("kind", hostile.DOCX)
def test_every_reader_of_word_comes_to_an_end(kind):
    path = on_disk(hostile.DOCX[kind])
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    assert outcome(text_extraction.words, path, kind) in {*SAID, ""}
    assert outcome(docx.texts, path, "Khet Text") in (*SAID, [])


def test_twenty_thousand_paragraphs_are_read():
    path = on_disk(hostile.docx('<w:p><w:pPr><w:pStyle w:val="K"/><w:tabs><w:tab/></w:tabs></w:pPr></w:p>' * 19_999))
    assert sandbox.call(sandbox.FORM, docx.texts, path, "Khet Text") == [""] * 19_999


def png(wide: int, high: int, data: bytes) -> bytes:
    """A picture that says it is as large as that."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", wide, high, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


PICTURES = {
    "60,000 points wide": (png(60_000, 60_000, b"\0" * 1000), "too_many_pixels"),
    "large and empty": (png(30_000, 2_000, b"\0" * 60_002_000), "too_many_pixels"),
    "cut off": (png(100, 100, b"\0" * 10_100)[:60], "not_a_picture"),
    "no picture": (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "not_a_picture"),
    "half a photograph": (b"\xff\xd8\xff\xe0" + b"\0" * 40, "not_a_picture"),
    "another kind": (b"GIF89a" + b"\0" * 40, "not_a_picture"),
    "a paper": (real_pdf(), "not_a_picture"),
}


@pytest.mark.parametrize("kind", PICTURES)
def test_every_reader_of_pictures_comes_to_an_end(kind):
    data, reason = PICTURES[kind]
    path = on_disk(data)
    assert outcome(sandbox.call, sandbox.FORM, clean.child, path) == reason
    if not data.startswith(b"%PDF"):
        outcome(watermark.picture, path, "ผู้อ่าน", 1)
        assert outcome(pages.picture, path, 0, 300) == reason


def test_a_photograph_of_a_telephone_is_taken():
    photo = io.BytesIO()
    Image.effect_noise((9_000, 6_000), 10).save(photo, "JPEG", quality=30)
    made = Image.open(io.BytesIO(sandbox.call(sandbox.FORM, clean.child, on_disk(photo.getvalue()))))
    assert max(made.size) == clean.SIDE


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500
OBJECT = OLE + "\x01Ole10Native".encode("utf-16-le")
OFFICE = {
    "a macro": (hostile.office("word/document.xml", b"", **{"word/VBAPROJECT.BIN": b""}), "macros"),
    "a program": (hostile.office("word/document.xml", b"", **{"word/embeddings/a.EXE": b"MZ"}), "macros"),
    "a program in an object": (
        hostile.office("word/document.xml", b"", **{"word/embeddings/oleObject1.bin": OBJECT + b"C:\\a.EXE\0"}),
        "macros",
    ),
    "a program by its first bytes": (hostile.office("word/document.xml", b"", **{"word/media/a.png": b"MZ"}), "macros"),
    "a macro under another name": (
        hostile.office("word/document.xml", b"", **{"word/a.bin": OLE + "_VBA_PROJECT".encode("utf-16-le")}),
        "macros",
    ),
    "a macro by its relation": (
        hostile.office(
            "word/document.xml",
            b"",
            **{
                "word/_rels/document.xml.rels": '<R Type="http://x/relationships/vbaProject"/>'.encode("utf-16"),
            },
        ),
        "macros",
    ),
    "a sheet of old macros": (
        hostile.office(
            "word/document.xml",
            b"",
            **{
                "[Content_Types].xml": b'<Override ContentType="application/vnd.ms-excel.macrosheet+xml"/>',
            },
        ),
        "macros",
    ),
    "a workbook with macros in it": (
        hostile.office(
            "word/document.xml",
            b"",
            **{
                "word/embeddings/a.xlsx": hostile.office("xl/workbook.xml", b"", **{"xl/vbaProject.bin": b""}),
            },
        ),
        "macros",
    ),
    "another document": (hostile.office("xl/workbook.xml", b""), "not_its_name"),
    "many parts": (hostile.office("word/document.xml", b"", **{f"x{n}": b"" for n in range(20_001)}), "too_large"),
    "no zip": (b"PK\x03\x04" + b"\0" * 100, "not_its_name"),
}


@pytest.mark.parametrize("kind", OFFICE)
def test_a_document_that_is_none_or_holds_a_program_is_refused(kind):
    data, reason = OFFICE[kind]
    with pytest.raises(Refused) as refused:
        sandbox.call(sandbox.FORM, office.check, on_disk(data), "word/document.xml")
    assert refused.value.reason == reason


def test_an_old_document_with_a_macro_is_refused():
    data = OLE + "_VBA_PROJECT".encode("utf-16-le") + b"\0" * 2000
    sheet = OLE + b"\x85\0\x0c\0\x01\x02\x03\x04\0%c\x04\0Makr" + b"\0" * 2000
    for wrong in (data, sheet % 1, OBJECT + b"a.exe\0"):
        with pytest.raises(Refused, match="macros"):
            sandbox.call(sandbox.FORM, office.check, on_disk(wrong), "")
    for good in (data.replace(b"V", b"W"), sheet % 0, OBJECT + b"a.pdf\0"):
        sandbox.call(sandbox.FORM, office.check, on_disk(good), "")


def test_a_document_may_hold_a_formula_a_sheet_and_a_paper():
    parts = {
        "word/embeddings/oleObject1.bin": OLE, "word/embeddings/oleObject2.bin": OBJECT + b"C:\\a.pdf\0",
        "word/embeddings/a.xlsx": hostile.office("xl/workbook.xml", b""), "word/_rels/document.xml.rels": b"<R/>",
    }  # fmt: skip
    sandbox.call(
        sandbox.FORM, office.check, on_disk(hostile.office("word/document.xml", b"", **parts)), "word/document.xml"
    )

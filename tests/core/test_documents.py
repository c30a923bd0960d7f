"""Thai on paper: lines end between words, tables know their pages, pictures are whole."""

from __future__ import annotations

import io
import subprocess
import sys
from datetime import date

import pypdfium2
import pytest
from PIL import Image, ImageChops

from core.exchange.reports import table_pdf
from core.exchange.reports.report import Column
from core.ops.application import ROOT
from core.platform.documents import lines, stamp, watermark
from core.platform.documents import pages as scans
from core.platform.sandbox import Refused
from tests.support import growth, pages_pdf, real_pdf

LONG = (
    "ด้วยสำนักงานเขตพื้นที่การศึกษาประถมศึกษาเลย เขต 3 กำหนดจัดประชุมเชิงปฏิบัติการพัฒนาหลักสูตรอิเล็กทรอนิกส์ ในวันที่ 14 มิถุนายน 2569 "
    "ณ ห้องประชุมชั้น 2 เพื่อให้ข้าราชการครูมีความรู้เกี่ยวกับน้ำใจ ปั้นก๋วยเตี๋ยว ฟั่นเฟือน (ญุ ฐู ฎุ) และนำไปใช้ได้จริง"
)


@pytest.mark.parametrize("room", [60, 120, 200, 300, 450])
def test_lines_lose_and_repeat_nothing_and_fit(room):
    broken = lines.lines(LONG, room, 16)
    assert "".join("".join(broken).split()) == "".join(LONG.split()), "the dictionary's own safe mode repeated parts"
    assert all(lines.width(line) * 16 <= room for line in broken)


@pytest.mark.parametrize("room", [90, 120, 150, 200, 260])
def test_a_line_begins_with_no_mark_and_a_date_stays_whole(room):
    broken = lines.lines(LONG, room, 16)
    assert not any(line[0] in ")ๆฯ,.\u0e31\u0e34\u0e48" for line in broken)
    if room >= 120:
        assert any("14 มิถุนายน 2569" in line for line in broken)
        assert any("เขต 3" in line for line in broken)


def test_a_word_wider_than_the_room_is_cut_between_letters_with_their_marks():
    broken = lines.lines("ก๋วยเตี๋ยวก๋วยเตี๋ยว", 12, 16)
    assert "".join(broken) == "ก๋วยเตี๋ยวก๋วยเตี๋ยว"
    assert not any(line[0] in "\u0e31\u0e34\u0e35\u0e48\u0e49\u0e4b" for line in broken)


#: as long as the text of a paper may be, of what can be read in more ways than one, or has no end
ENDLESS = (
    "ตากลม",
    "ออกรบ",
    "สารกรม",
    "นอบนบ",
    "ออกรบออกรบออกรบออกรบออกรบออกรบออกรบฆ",
    "เ",
    "กา",
    "ๆ",
    "a",
    "1",
    "-",
    "?",
    "(",
)


@pytest.mark.parametrize("said", ENDLESS)
def test_no_text_can_keep_the_breaker_busy(said):
    """Nobody else is served while it looks at words: a page of one kind of them took half a minute of everybody."""

    def broken(letters: int) -> None:
        text = (said * letters)[:letters]
        assert "".join(lines.lines(text, 300, 16)) == text

    assert growth(broken, 15_000) < 9


def test_what_can_be_read_in_many_ways_is_broken_between_words():
    broken = lines.lines("ออกรบ" * 200, 200, 16)
    assert all(line.startswith(("ออก", "รบ")) and line.endswith(("ออก", "รบ")) for line in broken)


def test_all_who_print_first_after_a_start_get_their_papers():
    """The breaker is loaded when it is first needed, which several may find at once."""
    ask = (
        "from concurrent.futures import ThreadPoolExecutor\n"
        "from core.platform.documents import lines\n"
        "with ThreadPoolExecutor(8) as people:\n"
        "    print(set(map(len, people.map(lambda n: lines.lines('ขอเชิญประชุม', 300, 16), range(8)))))"
    )
    done = subprocess.run([sys.executable, "-c", ask], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout == "{1}\n", done.stderr


def pages(content: bytes) -> list[str]:
    return [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(content)]


@pytest.fixture
def printed(world):
    def make(rows, **more):
        columns = [
            Column("ที่", width=10),
            Column("วันที่", "date", 12),
            Column("เรื่อง", width=40),
            Column("จำนวน", "number", 8),
        ]
        with world.app.test_request_context(), table_pdf.write("บัญชี", ["บัญชี", "สพป."], columns, rows, **more) as file:
            return pages(file.read())

    return make


@pytest.fixture(params=["sqlite"])
def backend(request):
    """Paper does not know the database."""
    return request.param


def test_every_page_of_a_table_has_its_heading_and_number(printed):
    found = printed([(str(n), date(2026, 6, 14), f"เรื่องที่ {n}", n) for n in range(120)], signatures=["ผู้รับรอง"])
    assert len(found) > 2
    for number, page in enumerate(found, start=1):
        assert "จำนวน" in "".join(page.split()), "pdfium may read a narrow heading in pieces"
        assert f"{number} / {len(found)}" in page
    assert "ผู้รับรอง" in found[-1]
    everything = "\n".join(found)
    assert all(f"เรื่องที่ {n}" in everything for n in range(120)), "no row is lost between pages"


def test_a_number_is_never_torn_in_a_table_of_many_columns(world):
    columns = [Column("เลขที่", width=13), *(Column(f"คอลัมน์ {n}", width=20) for n in range(11)), Column("ที่", width=8)]
    rows = [(f"{n}/2569", *("ข้อความยาวพอสมควร" for _ in range(11)), f"ศธ 04143.9/{n}") for n in (1, 45, 1234)]
    with world.app.test_request_context(), table_pdf.write("ทะเบียน", ["ทะเบียน"], columns, iter(rows)) as file:
        (page,) = pages(file.read())
    for row in rows:
        assert row[0] in page
        assert row[-1].removeprefix("ศธ ") in page


def test_a_word_is_never_torn_in_a_table_as_wide_as_the_register_of_requests(world):
    """The letters are smaller where the words would not fit else."""
    titles = ("เลขที่", "ผู้ขอ", "กลุ่มโรงเรียน", "บริการ", "รูปแบบ", "เรื่อง", "ล่วงหน้า", "การพิจารณา", "เลขหนังสือตอบ", "วิทยากร")
    columns = [Column(title, width=26) for title in titles] + [Column("ที่", width=16), Column("สถานะ", width=8)]
    row = ("1/2569", "โรงเรียนด่านซ้าย", "กลุ่มโรงเรียนภูเรือ", "ประเมินผล", "วิทยากร", "สมรรถนะ", "34", "ปฏิเสธแล้ว")
    rows = [(*row, "ศธ 04143/9085", "ปัญญาดี", "0004/10", "รอพิจารณา")]
    with world.app.test_request_context():
        size, widths = table_pdf._widths(columns, rows, table_pdf.LONG - 2 * table_pdf.MARGIN)
        assert sum(widths) == pytest.approx(table_pdf.LONG - 2 * table_pdf.MARGIN)
        for cell, room in zip(rows[0], widths, strict=True):
            whole = {piece.strip() for piece in lines.words(cell)}
            for line in lines.lines(cell, room - 2 * table_pdf.PAD_X, size):
                assert {piece.strip() for piece in lines.words(line)} <= whole | {""}, f"{cell} is torn"
    assert table_pdf.SMALLEST <= size <= table_pdf.SIZE


def test_a_day_of_any_month_stands_in_one_line_of_its_column(world):
    columns = [Column("ลงวันที่", kind="date", width=1), *(Column("เรื่อง", width=60) for _n in range(7))]
    with world.app.test_request_context():
        size, widths = table_pdf._widths(columns, [], table_pdf.LONG - 2 * table_pdf.MARGIN)
        for month in range(1, 13):
            said = table_pdf._text(date(2026, month, 28))
            assert lines.lines(said, widths[0] - 2 * table_pdf.PAD_X, size) == [said]


def test_a_long_table_is_set_in_parts_and_counts_through(printed, monkeypatch):
    monkeypatch.setattr(table_pdf, "CHUNK", 50)
    found = printed([(str(n), None, f"แถว {n}", n) for n in range(160)])
    assert [f"{n} / {len(found)}" in page for n, page in enumerate(found, start=1)] == [True] * len(found)


def test_a_row_higher_than_a_page_goes_on_on_the_next(printed):
    found = printed([("1", None, "ยาวมาก " * 1500, 1)])
    assert len(found) > 1
    assert sum(page.count("ยาวมาก") for page in found) == 1500


def test_an_empty_table_is_one_page(printed):
    assert len(printed([])) == 1


def test_what_people_type_is_never_markup(printed):
    found = printed([("#", None, "#panic() $x$ *หนา* \\ @ref <label> #import", 1)])
    assert "#panic() $x$ *หนา*" in found[0]


def test_a_mark_stands_on_every_page_and_a_page_can_be_shown_alone(tmp_path):
    paper = tmp_path / "paper"
    paper.write_bytes(real_pdf())
    marked = watermark.pdf(paper, "นางสาวผู้อ่าน")
    assert all("ผู้อ่าน" in page for page in pages(marked))
    assert watermark.count(paper) == 2
    shown = Image.open(io.BytesIO(watermark.picture(paper, "ผู้อ่าน", 2)))
    assert reddish(shown) > 0.002, "the name stands across the page"
    for page in (0, 3):
        with pytest.raises(Refused, match="no_such_page"):
            watermark.picture(paper, "ผู้อ่าน", page)


def test_no_paper_is_cut_unsaid(tmp_path):
    paper = tmp_path / "paper"
    paper.write_bytes(pages_pdf(401))
    assert watermark.count(paper) == 401
    assert watermark.picture(paper, "ผู้อ่าน", 401).startswith(b"\x89PNG")
    assert len(pypdfium2.PdfDocument(watermark.pdf(paper, "ผู้อ่าน"))) == 401
    assert len(pypdfium2.PdfDocument(stamp.pdf(paper, [stamp.Stamp(["รับ"])]))) == 401
    with pytest.raises(Refused, match="too_many_pages"):
        scans.read(paper, "application/pdf")
    paper.write_bytes(pages_pdf(watermark.MOST_HANDED + 1))
    with pytest.raises(Refused, match="too_many_pages"):
        watermark.pdf(paper, "ผู้อ่าน")


def reddish(image: Image.Image) -> float:
    """Share of points in which red stands out."""
    red, green, _blue = image.convert("RGB").split()
    found = ImageChops.subtract(red, green).histogram()
    return sum(found[40:]) / sum(found)


def test_a_photograph_is_shown_upright_with_the_mark(tmp_path):
    photo = tmp_path / "photo"
    exif = Image.Exif()
    exif[0x0112] = 6  # held to the right
    Image.new("RGB", (400, 200), "white").save(photo, "JPEG", exif=exif)
    shown = Image.open(io.BytesIO(watermark.picture(photo, "ผู้อ่าน", 1)))
    assert shown.size == (200, 400)
    assert reddish(shown) > 0.002
    assert "ผู้อ่าน" in pages(watermark.pdf(photo, "ผู้อ่าน"))[0]

"""The registers as files and on the page: opened and read back."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date
from urllib.parse import unquote

import pypdfium2
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from core.base.text.thai import format_date, today
from core.platform.jobs import runner
from core.platform.masterdata.models import District
from core.platform.timeline.models import TimelineEntry
from core.plugins import switches
from plugins.saraban.models.letters import INCOMING, OUTGOING
from plugins.saraban.work import registers
from tests.support import HOME, letter

FORM_13 = ["เลขทะเบียนรับ", "ที่", "ลงวันที่", "จาก", "ถึง", "เรื่อง", "การปฏิบัติ", "หมายเหตุ"]
FORM_14 = ["เลขทะเบียนส่ง", *FORM_13[1:]]


def cells(content: bytes) -> list[list[object]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python(skip_empty_area=False)


def part(content: bytes, name: str) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(name).decode()


def download(world, book=INCOMING, kind="incoming", locale="th", year=None, as_="xlsx"):
    year = year or today().year + 543
    url = f"/reports/saraban.{kind}/file?unit_id={world.unit()}&book={book}&year={year}"
    return world.browser(f"clerk.{HOME}", locale).post(url, {"kind": as_})


def test_both_registers_have_the_columns_of_their_form(world):
    incoming, outgoing = download(world), download(world, OUTGOING, "outgoing")
    assert cells(incoming.get_data())[3] == FORM_13
    assert cells(outgoing.get_data())[3] == FORM_14
    name = unquote(incoming.headers["Content-Disposition"])
    with world.session() as s:
        short = s.scalars(select(District.short_name).where(District.code == HOME)).one()
    assert f"({format_date(today(), 'short')}).xlsx" in name, "the day as an office writes it"
    assert name.count(short) == 1, "the office's name, once"
    assert f"filename=khet-reports-{today()}.xlsx;" in name, "for a program that reads no Thai"
    assert HOME not in name


def test_a_date_is_a_real_date_shown_in_the_buddhist_era(world):
    content = download(world, year=world.fullest_year()).get_data()
    assert len(cells(content)) > 6
    assert all(isinstance(row[2], date) for row in cells(content)[4:])
    assert "[$-107041E]d mmm yyyy" in part(content, "xl/styles.xml")


def test_text_never_becomes_a_formula(world):
    unit = world.unit()
    with world.session(user=f"clerk.{HOME}") as s:
        registers.register_incoming(
            s, unit, letter(subject="=1+1", sender="@SUM(A1)", doc_no="+66", remark="http://example.invalid"),
            clerk=registers.Clerk(1, "ท"), today=today(),
        )  # fmt: skip
    content = download(world).get_data()
    assert cells(content)[-1][5] == "=1+1"
    sheet = part(content, "xl/worksheets/sheet1.xml")
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet


def test_the_page_is_a4_landscape_with_a_frozen_and_repeated_heading(world):
    content = download(world).get_data()
    sheet = part(content, "xl/worksheets/sheet1.xml")
    assert 'paperSize="9"' in sheet
    assert 'orientation="landscape"' in sheet
    assert 'ySplit="4"' in sheet
    assert "Print_Titles" in part(content, "xl/workbook.xml")


def test_rows_stand_in_the_order_of_their_numbers(world):
    numbers = [
        int(str(row[0]).partition("/")[0]) for row in cells(download(world, year=world.fullest_year()).get_data())[4:]
    ]
    assert numbers == sorted(numbers)
    assert len(numbers) > 3


def test_an_export_is_logged(world):
    download(world)
    with world.session() as s:
        entry = s.scalars(select(TimelineEntry).order_by(TimelineEntry.id.desc())).first()
        assert entry is not None
        assert entry.action == "core.report.exported"
        assert str(today().year + 543) in entry.note


def test_headings_speak_the_user_s_language(world):
    assert cells(download(world, locale="en").get_data())[3][5] == "Subject"


def test_a_long_subject_raises_its_row(world):
    """Wrapped text does not raise its row by itself in a streamed sheet; it would print cut."""
    unit = world.unit()
    with world.session(user=f"clerk.{HOME}") as s:
        for subject in ("สั้น", "ขอเชิญประชุมเชิงปฏิบัติการ" * 20):
            registers.register_incoming(
                s, unit, letter(subject=subject, doc_no=subject[:5]), clerk=registers.Clerk(1, "ท"), today=today()
            )
    sheet = part(download(world).get_data(), "xl/worksheets/sheet1.xml")
    short, long = sheet.split("<row ")[-2:]
    assert 'ht="24"' in short.split(">")[0]
    assert float(long.split('ht="')[1].split('"')[0]) > 100


def test_the_footer_speaks_thai(world):
    assert "พิมพ์จากระบบเขต" in part(download(world).get_data(), "xl/worksheets/sheet1.xml")


def test_the_workbook_draws_the_year_s_months(world):
    content = download(world, year=world.fullest_year()).get_data()
    chart = part(content, "xl/charts/chart1.xml")
    assert "ม.ค." in part(content, "xl/worksheets/sheet2.xml")
    assert "<c:barChart>" in chart
    assert 'typeface="TH SarabunPSK"' in chart


def pages(content: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(content)
    return [page.get_textpage().get_text_range() for page in document]


def test_the_printed_register_has_its_form_s_columns_on_every_page_and_a_place_to_sign(world):
    answer = download(world, year=0, as_="pdf")
    assert answer.mimetype == "application/pdf"
    found = pages(answer.get_data())
    count = len(found)
    for number, page in enumerate(found, start=1):
        assert f"{number} / {count}" in page
        for title in ("ลงวันที่", "จาก", "ถึง", "หมายเหตุ"):
            assert title in page
    assert "ลงชื่อ" in found[-1]
    assert count < 2 or "ลงชื่อ" not in found[0]


def test_the_csv_is_read_by_excel_and_starts_no_formula(world):
    with world.session(user=f"clerk.{HOME}") as s:
        registers.register_incoming(
            s, world.unit(), letter(subject="=1+1"), clerk=registers.Clerk(1, "ท"), today=today()
        )  # fmt: skip
    content = download(world, as_="csv").get_data()
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert rows[0] == FORM_13
    assert rows[-1][5] == "'=1+1"


def test_the_report_s_page_shows_what_the_files_hold(world):
    browser = world.browser(f"clerk.{HOME}", "th")
    browser.get(f"/reports/saraban.incoming?unit_id={world.unit()}&year={world.fullest_year()}")
    heads = [th.text_content() for th in browser.tree.xpath("//table[contains(@class,'align-top')]//th")]
    assert heads == FORM_13
    shown = [tr[0].text_content() for tr in browser.tree.xpath("//table[contains(@class,'align-top')]/tbody/tr")]
    sheet = [str(row[0]) for row in cells(download(world, year=world.fullest_year()).get_data())[4:]]
    assert shown == sheet[:100]


def test_a_report_answers_for_one_s_own_units_alone(world):
    browser = world.browser(f"clerk.{HOME}")
    group = world.unit("sup")
    assert browser.get(f"/reports/saraban.incoming?unit_id={group}").status_code == 404
    assert browser.post(f"/reports/saraban.incoming/file?unit_id={group}", {"kind": "csv"}).status_code == 404
    assert browser.get("/reports/saraban.incoming?year=1400").status_code == 404
    assert browser.get("/reports/saraban.nothing").status_code == 404


def test_a_long_report_is_a_job_that_can_be_found_again(world, monkeypatch):
    monkeypatch.setattr("core.exchange.reports.formats.AT_ONCE", 1)
    browser = world.browser(f"clerk.{HOME}")
    url = f"/reports/saraban.incoming/file?unit_id={world.unit()}&year={world.fullest_year()}"
    assert browser.post(url, {"kind": "pdf"}).status_code == 302
    job = browser.page.location
    assert runner.run_all(world.app) == 1
    assert browser.get(f"{job}/result").get_data().startswith(b"%PDF-")


def test_a_report_of_a_module_that_is_off_is_not_there(world):
    with world.session() as session:
        switches.switch(session, world.khet.switchboard, "saraban", on=False)
    browser = world.browser(f"clerk.{HOME}")
    assert browser.get("/reports/saraban.incoming").status_code == 404
    browser.get("/reports/")
    assert "saraban.incoming" not in browser.text

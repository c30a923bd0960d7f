"""The fast writer says what the plain writer says, cell by cell."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import UTC, date, datetime

import xlsxwriter
from python_calamine import CalamineWorkbook

from core.base.text.thai import BANGKOK
from core.exchange.reports.fast import FastSheet

ROWS = [
    ["ประชุม", 1, date(2025, 11, 21), None],
    ["a & b < c > d", 2.5, datetime(2025, 11, 21, 18, 30, tzinfo=UTC), ""],
    ["=1+1", -3, date(1999, 1, 1), "@x"],
    ["  ขอบว่าง ", 12345678901, date(2568, 1, 1), "บรรทัด\nสอง"],
    ["_x0041_ ปกติ", 0.1, date(2025, 1, 1), "\x07 กระดิ่ง"],
    ["]]>", 10**15, date(2025, 2, 28), "น้ำก๋วยเตี๋ยวฟั่นเฟือน"],
    ["<r>rich?</r>", 0, date(2024, 2, 29), "\uffff \ufffe"],
    ["ก่อน Excel จะนับได้", 1, date(1900, 2, 1), "๒๔๔๓"],
]


def written(fast: bool) -> bytes:
    file = io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, options) as book:
        text, day = book.add_format({"border": 1}), book.add_format({"num_format": "d/m/yyyy"})
        moment = book.add_format({"num_format": "d/m/yyyy hh:mm"})
        sheet = book.add_worksheet("ก", FastSheet) if fast else book.add_worksheet("ก")
        sheet.write_string(0, 0, "หัว", text)
        for number, row in enumerate(ROWS, start=1):
            if fast:
                sheet.write_plain(number, row, text, day, moment, 24)
                continue
            sheet.set_row(number, 24)
            for place, value in enumerate(row):
                if value is None or value == "":
                    sheet.write_blank(number, place, None, text)
                elif value == date(1900, 2, 1):
                    sheet.write_string(number, place, "1 ก.พ. 2443", text)
                elif isinstance(value, date):
                    here = value.astimezone(BANGKOK).replace(tzinfo=None) if isinstance(value, datetime) else value
                    sheet.write_datetime(number, place, here, moment if isinstance(value, datetime) else day)
                elif isinstance(value, int | float):
                    sheet.write_number(number, place, value, text)
                else:
                    sheet.write_string(number, place, value, text)
        sheet.write_string(len(ROWS) + 1, 0, "ท้าย", text)
    return file.getvalue()


def cells(content: bytes) -> dict[str, tuple[str, str]]:
    """Address → (style, what stands in the cell as XML)."""
    sheet = zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml").decode()
    found = re.findall(r'<c r="([A-Z]+\d+)"([^>]*?)(?:/>|>(.*?)</c>)', sheet, re.DOTALL)
    return {address: (" ".join(sorted(facts.split())), inner) for address, facts, inner in found}


def test_every_cell_is_the_same_as_the_plain_writer_s():
    fast, plain = cells(written(True)), cells(written(False))
    rich = [address for address, (_facts, inner) in plain.items() if "<r>rich?" in inner]
    assert fast.keys() == plain.keys()
    for address in plain.keys() - set(rich):
        assert fast[address] == plain[address], address
    assert all("&lt;r&gt;" in fast[address][1] for address in rich), "text that looks like markup stays text"


def test_a_reader_finds_the_same_values():
    def values(content: bytes) -> list[list[object]]:
        return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()

    fast = values(written(True))
    assert fast[0][0] == "หัว"
    assert fast[2][2] == datetime(2025, 11, 22, 1, 30), "as the clocks of Bangkok showed it"
    assert fast[3][0] == "=1+1"
    assert fast[-1][0] == "ท้าย"
    assert [row[1:3] for row in fast] == [row[1:3] for row in values(written(False))]

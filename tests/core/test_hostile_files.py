"""Files that would hurt: each is refused before it costs anything, and the refusal says what to do."""

from __future__ import annotations

import dataclasses
import io
import random
import time
import zipfile

import pytest
import xlsxwriter

from core.exchange.imports import guard, reader
from core.exchange.imports.models import REFUSED
from core.platform import sandbox
from core.platform.sandbox import Refused
from tests.core.old_workbook import old_workbook
from tests.core.test_imports import read
from tests.support import HOME


@pytest.fixture
def admin(world):
    return world.browser(f"admin.{HOME}")


def zipped(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {"xl/workbook.xml": b"<workbook/>", **members}.items():
            archive.writestr(name, content)
    return file.getvalue()


def said_in_one_cell(words: bytes) -> bytes:
    """A workbook as Excel reads it, with that in its second line."""
    book, file = io.BytesIO(), io.BytesIO()
    with xlsxwriter.Workbook(book, {"constant_memory": True}) as made:
        sheet = made.add_worksheet()
        sheet.write_row(0, 0, ["ที่", "เรื่อง"])
        sheet.write_row(1, 0, ["ศธ 1/2569", "SAID"])
    with zipfile.ZipFile(book) as source, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, source.read(name).replace(b"SAID", words))
    return file.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
HOSTILE = {
    "a million columns in 1 KB": (zipped(**{SHEET: b'<row r="1"><c r="XFD1048576"/></row>'}), "too_many_columns"),
    "a million lines in 1 KB": (zipped(**{SHEET: b'<row r="1048576"><c r="A1048576"/></row>'}), "too_many_lines"),
    "entities": (zipped(**{SHEET: b'<!DOCTYPE x [<!ENTITY a "a">]><row/>'}), "not_a_workbook"),
    "many members": (zipped(**{f"x{n}": b"" for n in range(300)}), "too_large"),
    "no workbook": (b"PK\x03\x04 nothing", "not_a_workbook"),
}


@pytest.fixture
def scarce(monkeypatch):
    """A lane on which nothing may take long, so that a test of what does not end is over soon."""
    lane = dataclasses.replace(sandbox.JOB, seconds=8.0)
    monkeypatch.setattr(sandbox, "JOB", lane)


def refusal(tmp_path, content: bytes, kind: str, *tables: str) -> str:
    """Why a file is refused; empty where it is read."""
    path = tmp_path / f"x.{kind}"
    path.write_bytes(content)
    try:
        list(reader.read(path, kind, tables))
    except Refused as error:
        return error.reason
    return ""


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_workbook_is_refused_before_it_costs_anything(tmp_path, kind):
    content, reason = HOSTILE[kind]
    started = time.monotonic()
    assert refusal(tmp_path, content, "xlsx") == reason
    assert time.monotonic() - started < 10


def test_a_line_that_says_more_than_a_book_is_refused(tmp_path):
    """Sixty kilobytes of a workbook; the server would look at each of its letters."""
    assert refusal(tmp_path, said_in_one_cell("ก".encode() * 20_000_000), "xlsx") == "too_long"
    assert refusal(tmp_path, "เรื่อง,จาก\n".encode() + b"," * 100 + "ก".encode() * 100_001, "csv") == "too_long"
    assert refusal(tmp_path, said_in_one_cell("ก".encode() * 20_000), "xlsx") == ""


ENDLESS = {
    "cells that never close": b"<c " * 330_000,
    "references in one cell": b"<c " + b'r="A1" ' * 60_000 + b">",
    "formulas that never close": b'<c r="A1"><f>' * 60_000,
    "cells within cells": b'<row><c r="A1">' * 60_000,
    "a tag without end": b"<c r=" + b'"' + b"A" * 3_000_000,
    "spaces": b'<c r="A1">' + b" " * 3_000_000 + b"<f",
}


@pytest.mark.parametrize("kind", ENDLESS)
def test_no_sheet_keeps_its_reader_busy(tmp_path, scarce, kind):
    """Time grows with the size, whatever stands in the sheet."""
    assert refusal(tmp_path, zipped(**{SHEET: b"<worksheet><sheetData>" + ENDLESS[kind]}), "xlsx") != "too_slow"


def test_a_sheet_is_checked_wherever_it_lies_in_the_workbook(tmp_path):
    hidden = zipped(**{"xl/elsewhere/x.xml": b'<worksheet><row r="1"><c r="XFD1"/></row></worksheet>'})
    assert refusal(tmp_path, hidden, "xlsx") == "too_many_columns"


def test_formulas_without_value_are_counted_and_others_are_not(tmp_path):
    cells = b'<c r="A1"><f>1+1</f></c><x:c r="B1"><x:f>1</x:f><x:v> </x:v></x:c><c r="C1"><f/><v>2</v></c><c r="D1"/>'
    path = tmp_path / "x.xlsx"
    path.write_bytes(zipped(**{SHEET: b'<worksheet xmlns:x="x">' + cells + b"</worksheet>"}))
    assert guard.inspect(path).empty_formulas == {SHEET: ["A1", "B1"]}


DUMPS = {
    "quotes that never close": "INSERT INTO t VALUES ('" * 100_000,
    "brackets that never close": "INSERT INTO t (" * 100_000,
    "tables that never close": "CREATE TABLE t (" * 100_000,
    "rows that never close": "INSERT INTO t VALUES (" * 100_000,
    "spaces": "INSERT INTO t VALUES " + " " * 2_000_000,
    "escapes": "INSERT INTO t VALUES ('" + "\\" * 2_000_001,
    "no columns, again and again": "INSERT INTO t VALUES ;CREATE TABLE u (" * 50_000,
}
TEXTS = {
    "columns": b"a" + b"," * 3_000_000,
    "an endless field": b'"' + b"a" * 3_000_000,
    "NUL": b"a,b\n\x00,1\n",
    "half of UTF-16": b"\xff\xfea",
}


@pytest.mark.parametrize("kind", DUMPS)
def test_no_dump_keeps_its_reader_busy(tmp_path, scarce, kind):
    assert refusal(tmp_path, DUMPS[kind].encode(), "sql", "t") in ("", "too_many_columns")


@pytest.mark.parametrize("kind", TEXTS)
def test_no_text_file_keeps_its_reader_busy(tmp_path, scarce, kind):
    assert refusal(tmp_path, TEXTS[kind], "csv") in ("too_many_columns", "unreadable")


def test_no_old_workbook_keeps_its_reader_busy(tmp_path, scarce):
    good = old_workbook()
    chance = random.Random(15)
    for _n in range(6):
        broken = bytearray(good)
        for _m in range(40):
            broken[chance.randrange(512, len(broken))] = chance.randrange(256)
        assert refusal(tmp_path, bytes(broken), "xls") in ("", "unreadable", "too_much_memory", "too_many_columns")
    assert refusal(tmp_path, good[:700], "xls") == "unreadable"


def test_a_bomb_is_counted_while_it_unpacks(tmp_path, monkeypatch):
    path = tmp_path / "x.xlsx"
    path.write_bytes(zipped(**{"xl/sharedStrings.xml": b"a" * 20_000_000}))
    monkeypatch.setattr(guard, "MOST_BYTES", 10_000_000)
    with pytest.raises(Refused, match="too_large"):
        guard.inspect(path)


def test_a_workbook_with_a_password_says_so(world, admin):
    answer = admin.post(
        "/uploads/", {"file": (io.BytesIO(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600), "ล็อก.xlsx")},
        content_type="multipart/form-data",
    )  # fmt: skip
    assert answer.status_code == 422
    assert "password" in answer.json["error"]


def test_a_refused_file_says_what_to_do(world, admin):
    batch = read(world, admin, HOSTILE["a million columns in 1 KB"][0], "ใหญ่.xlsx")
    assert batch.state == REFUSED
    admin.get(f"/imports/{batch.id}")
    assert "more than 256 columns" in admin.text


def test_an_html_table_named_xls_is_not_accepted(world, admin):
    answer = admin.post("/uploads/", {"file": (io.BytesIO(b"<table>"), "a.xls")}, content_type="multipart/form-data")
    assert answer.status_code == 422

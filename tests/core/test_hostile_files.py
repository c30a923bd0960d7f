"""Files that would hurt: each is refused before it costs anything, and the refusal says what to do."""

from __future__ import annotations

import io
import time
import zipfile

import pytest

from core.imports import guard, reader
from core.imports.models import REFUSED
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


SHEET = "xl/worksheets/sheet1.xml"
HOSTILE = {
    "a million columns in 1 KB": (zipped(**{SHEET: b'<row r="1"><c r="XFD1048576"/></row>'}), "too_many_columns"),
    "a million lines in 1 KB": (zipped(**{SHEET: b'<row r="1048576"><c r="A1048576"/></row>'}), "too_many_lines"),
    "entities": (zipped(**{SHEET: b'<!DOCTYPE x [<!ENTITY a "a">]><row/>'}), "not_a_workbook"),
    "many members": (zipped(**{f"x{n}": b"" for n in range(300)}), "too_large"),
    "no workbook": (b"PK\x03\x04 nothing", "not_a_workbook"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_workbook_is_refused_before_it_costs_anything(tmp_path, kind):
    content, reason = HOSTILE[kind]
    path = tmp_path / "x.xlsx"
    path.write_bytes(content)
    started = time.monotonic()
    with pytest.raises(guard.Refused) as refused:
        list(reader.read(path, "xlsx"))
    assert refused.value.reason == reason
    assert time.monotonic() - started < 5


def test_a_bomb_is_counted_while_it_unpacks(tmp_path, monkeypatch):
    path = tmp_path / "x.xlsx"
    path.write_bytes(zipped(**{"xl/sharedStrings.xml": b"a" * 20_000_000}))
    monkeypatch.setattr(guard, "MOST_BYTES", 10_000_000)
    with pytest.raises(guard.Refused, match="too_large"):
        guard.look(path)


def test_a_child_that_takes_too_much_memory_or_time_is_stopped(tmp_path, monkeypatch):
    path = tmp_path / "x.csv"
    path.write_text("a,b\n" * 2_000_000, encoding="utf-8")
    monkeypatch.setattr(reader, "MOST_MEMORY", 1_000_000)
    with pytest.raises(guard.Refused, match="too_much_memory"):
        list(reader.read(path, "csv"))
    monkeypatch.setattr(reader, "MOST_MEMORY", 10**12)
    monkeypatch.setattr(reader, "MOST_SECONDS", 0.0)
    with pytest.raises(guard.Refused, match="too_slow"):
        list(reader.read(path, "csv"))


def test_a_refused_file_says_what_to_do(world, admin):
    batch = read(world, admin, HOSTILE["a million columns in 1 KB"][0], "ใหญ่.xlsx")
    assert batch.state == REFUSED
    admin.get(f"/imports/{batch.id}")
    assert "more than 256 columns" in admin.text


def test_an_html_table_named_xls_is_not_accepted(world, admin):
    answer = admin.post("/uploads/", {"file": (io.BytesIO(b"<table>"), "a.xls")}, content_type="multipart/form-data")
    assert answer.status_code == 422

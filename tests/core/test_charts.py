"""A figure on a page and in a workbook: every kind is drawn, with its numbers to be read."""

from __future__ import annotations

import io
import zipfile

import pytest
import xlsxwriter
from lxml import html
from python_calamine import CalamineWorkbook

from core.exchange.reports import charts, formats, svg, xlsx
from core.exchange.reports.figure import KINDS, Figure, shares
from core.exchange.reports.report import ReportChart

FIGURE = Figure(["ก", "ข & <b>"], [("มา", [3, 1]), ("ไป", [2, 4])], line=1)
ONE = Figure(["ก", "ข & <b>"], [("", [3, 1])])
DIVERGING = Figure(["ก", "ข & <b>"], [("", [0.5, -1.25])])
OF_KIND = {
    "stacked": FIGURE,
    "stacked_bar": FIGURE,
    "histogram": FIGURE,
    "heat": FIGURE,
    "bullet": FIGURE,
    "diverging": DIVERGING,
}
#: what tells a kind apart in Excel's own drawing
NATIVE = {
    "bar": '<c:barDir val="bar"/>', "column": '<c:barDir val="col"/>', "funnel": "<a:noFill/>",
    "stacked": '<c:grouping val="stacked"/>', "stacked_bar": '<c:grouping val="stacked"/>',
    "histogram": '<c:grouping val="stacked"/>', "diverging": '<c:invertIfNegative val="1"/>', "pareto": "<c:lineChart>",
    "bullet": '<c:gapWidth val="220"/>',
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_chart_is_native_in_the_workbook(kind):
    figure = OF_KIND.get(kind, ONE)
    asked = ReportChart("ภาพ", lambda: figure, kind, names="ชื่อ", numbers="จำนวน")
    with xlsx.tables([formats.chart_sheet(asked, figure, ["ปี 2569"])]) as file:
        rows = CalamineWorkbook.from_filelike(file).get_sheet_by_index(0).to_python()
        assert [rows[0][0], rows[1][0], rows[2][0]] == ["ภาพ", "ปี 2569", "ชื่อ"]
        assert all(str(heading).strip() for heading in rows[2]), "each column of numbers says what it holds"
        file.seek(0)
        book = zipfile.ZipFile(file)
        if kind == "heat":
            assert "<colorScale>" in book.read("xl/worksheets/sheet1.xml").decode(), "the cells themselves are shaded"
            return
        assert NATIVE[kind] in book.read("xl/charts/chart1.xml").decode()


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_chart_is_drawn_on_the_page_with_its_numbers_beside_it(kind):
    figure = OF_KIND.get(kind, ONE)
    tree = html.fromstring(f"<div>{svg.draw(kind, figure)}</div>")
    cells = [cell.text for cell in tree.xpath("//table//td[@class]")]
    assert cells == [f"{numbers[place]:,}" for place in range(2) for _title, numbers in figure.series]
    assert tree.xpath("//table//tbody//th")[1].text == "ข & <b>", "escaped"
    assert kind == "heat" or tree.xpath("//svg[@role='img']/title")


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_to_draw_says_so(kind):
    for nothing in (Figure([], [("a", []), ("b", [])]), Figure(["ก", "ข"], [("a", [0, 0]), ("b", [0, 0])])):
        assert "<svg" not in svg.draw(kind, nothing)
        assert "<table" not in svg.draw(kind, nothing)


def test_a_share_so_far_ends_with_the_whole():
    assert shares([2, 1, 1]) == [50.0, 75.0, 100.0]
    assert shares([0, 0]) == [0.0, 0.0]


def test_a_chart_begins_at_nought_and_names_its_font_for_thai_too():
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet("ก")
        sheet.write_row(1, 0, ["สพป.เลย เขต 3", 1050])
        charts.native(book, sheet, "bar", "หนังสือรับ", top=1, rows=1, series=1, at=(0, 3))
    drawn = zipfile.ZipFile(file).read("xl/charts/chart1.xml").decode()
    assert '<c:min val="0"/>' in drawn, "or 1,050 beside 1,055 looks like nothing beside much"
    assert drawn.count("<a:cs ") == drawn.count("<a:latin ") > 0

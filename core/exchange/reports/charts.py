"""Native Excel charts of a workbook's rows."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from xlsxwriter import Workbook
from xlsxwriter.chart import Chart
from xlsxwriter.worksheet import Worksheet

from core.exchange.reports.figure import Figure, shares
from core.exchange.reports.xlsx import FONT

_latin = Chart._write_a_latin


def _latin_and_thai(self: Chart, attributes: list[tuple[str, str]]) -> None:
    """XlsxWriter names the font of Latin letters alone; Thai would fall to another (checked in LibreOffice)."""
    _latin(self, attributes)
    self._xml_empty_tag("a:cs", attributes)


Chart._write_a_latin = _latin_and_thai


_EXCEL: dict[str, dict[str, str]] = {
    "bar": {"type": "bar"}, "column": {"type": "column"}, "funnel": {"type": "bar", "subtype": "stacked"},
    "stacked": {"type": "column", "subtype": "stacked"}, "stacked_bar": {"type": "bar", "subtype": "stacked"},
    "histogram": {"type": "column", "subtype": "stacked"}, "diverging": {"type": "bar"}, "pareto": {"type": "column"},
    "bullet": {"type": "bar"},
}  # fmt: skip


def columns(kind: str, found: Figure, counted: str) -> list[list[Any]]:
    """The columns of numbers beside the names that a native chart of this kind is drawn from, each under its title.

    A funnel has what stands left of its bars, a Pareto chart the share so far.
    """
    made: list[list[Any]] = [[title or counted, *numbers] for title, numbers in found.series]
    if kind == "funnel":
        most = max([*made[0][1:], 0])
        return [*made, [_("Left of the bar"), *((most - number) / 2 for number in made[0][1:])]]
    if kind == "pareto":
        return [*made, [_("Share so far, per cent"), *shares(made[0][1:])]]
    return made


def native(
    book: Workbook, sheet: Worksheet, kind: str, title: str, *, top: int, rows: int, series: int, at: tuple[int, int],
    names: int = 0, first: int = 1,
) -> None:  # fmt: skip
    """A native chart at the cell `at`, of the `rows` lines from row `top` on; their titles stand in the row above.

    Names stand in the column `names`, numbers from the column `first` on, as `columns` made them; all from 0.
    A heat map is the table itself, shaded.
    """
    name, font = sheet.get_name(), {"name": FONT, "size": 14}
    last = top + rows - 1
    if kind == "heat":
        scale = {"type": "2_color_scale", "min_color": "#FFFFFF", "max_color": "#5B8FD0"}
        sheet.conditional_format(top, first, last, first + series - 1, scale)
        return

    def one(column: int, **more: Any) -> dict[str, Any]:
        place = first + column - 1
        return {
            "name": [name, top - 1, place],
            "categories": [name, top, names, last, names],
            "values": [name, top, place, last, place],
            **more,
        }

    chart = book.add_chart(_EXCEL[kind])
    if kind == "funnel":
        chart.add_series(one(2, fill={"none": True}, border={"none": True}))
        chart.add_series(one(1, data_labels={"value": True, "font": font}, gap=20))
    elif kind == "pareto":
        chart.add_series(one(1))
        line = book.add_chart({"type": "line"})
        line.add_series(one(2, y2_axis=True, marker={"type": "circle"}))
        line.set_y2_axis({"min": 0, "max": 100, "num_font": font})
        chart.combine(line)
    elif kind == "bullet":
        chart.add_series(one(2, gap=40, fill={"color": "#C9D6E8"}))
        chart.add_series(one(1, gap=220, y2_axis=True, fill={"color": "#2F6FB7"}))
    elif kind == "diverging":
        chart.add_series(one(1, invert_if_negative=True, invert_if_negative_color="#C05A1C"))
    else:
        for column in range(1, series + 1):
            chart.add_series(one(column))
    chart.set_title({"name": title, "name_font": {"name": FONT, "size": 16}})
    lying = _EXCEL[kind]["type"] == "bar"
    numbers: dict[str, Any] = {"num_font": font, **({} if kind == "diverging" else {"min": 0})}
    said: dict[str, Any] = {
        "num_font": font,
        **({"reverse": True} if lying else {}),
        "label_position": "low",
        "interval_unit": 1,
    }
    if kind == "funnel":
        numbers |= {"visible": False, "major_gridlines": {"visible": False}}
    chart.set_x_axis(numbers if lying else said)
    chart.set_y_axis(said if lying else numbers)
    if kind == "bullet":
        chart.set_y2_axis({"reverse": True, "visible": False})
    many = kind in ("stacked", "stacked_bar", "histogram", "bullet", "pareto")
    chart.set_legend({"position": "bottom", "font": font} if many else {"none": True})
    chart.set_size({"width": 720, "height": max(320, 26 * rows) if lying else 380})
    sheet.insert_chart(*at, chart, {"description": title})

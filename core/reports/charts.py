"""Native Excel charts of a workbook's rows."""

from __future__ import annotations

from typing import Any

from xlsxwriter.chart import Chart

#: the offices' font; where a computer has none of that name, Excel takes its own
FONT = "TH SarabunPSK"

_latin = Chart._write_a_latin


def _latin_and_thai(self: Any, attributes: Any) -> None:
    """XlsxWriter names the font of Latin letters alone; Thai would fall to another (checked in LibreOffice)."""
    _latin(self, attributes)
    self._xml_empty_tag("a:cs", attributes)


Chart._write_a_latin = _latin_and_thai  # type: ignore[method-assign]


def bars(
    book: Any, sheet: Any, title: str, *, top: int, rows: int, names: int, values: int, at: tuple[int, int]
) -> None:
    """A bar for each of `rows` lines from row `top` on: names and numbers stand in these columns, all from 0.

    It is drawn at the cell `at`, beside the table.
    """
    name, font = sheet.get_name(), {"name": FONT, "size": 14}
    chart = book.add_chart({"type": "bar"})
    chart.add_series(
        {
            "name": title,
            "categories": [name, top, names, top + rows - 1, names],
            "values": [name, top, values, top + rows - 1, values],
        }
    )
    chart.set_title({"name": title, "name_font": {"name": FONT, "size": 16}})
    chart.set_x_axis({"min": 0, "num_font": font})
    chart.set_y_axis({"reverse": True, "num_font": font})
    chart.set_legend({"none": True})
    chart.set_size({"width": 720, "height": max(280, 26 * rows)})
    sheet.insert_chart(*at, chart, {"description": title})

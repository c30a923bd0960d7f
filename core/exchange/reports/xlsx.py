"""Tables as Excel workbooks: streamed in constant memory, text never a formula, dates real and in พ.ศ."""

from __future__ import annotations

import math
import re
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from flask_babel import gettext as _

from core.base.text import thai
from core.base.text.dates import in_english
from core.exchange.reports.report import Column

if TYPE_CHECKING:
    from xlsxwriter import Workbook

    from core.exchange.reports.fast import FastSheet

#: the offices' font; where a computer has none of that name, Excel takes its own
FONT = "TH SarabunPSK"
CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: shows a real date as 21 พ.ย. 2568 (checked in LibreOffice and by reading the cell back)
BUDDHIST_DATE = "[$-107041E]d mmm yyyy;@"
#: and a moment as 21 พ.ย. 2568 13:30
BUDDHIST_MOMENT = "[$-107041E]d mmm yyyy hh:mm;@"
#: the same in an English workbook: 21 Nov 2025
ENGLISH_DATE = "[$-409]d mmm yyyy;@"
ENGLISH_MOMENT = "[$-409]d mmm yyyy hh:mm;@"
LARGEST_CELL = 32_767
LONGEST_NAME = 31  # of a sheet
LAST_ROW = 1_048_576
#: height of a line in points: 16 pt Thai needs it, or upper marks are cut
LINE = 24
HIGHEST_ROW = 400
_ABOVE = re.compile("[\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]")
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "default_date_format": BUDDHIST_DATE,
}


def table(
    title: str,
    heading: list[str],
    columns: Sequence[Column],
    rows: Iterable[tuple[Any, ...]],
    also: Callable[[Workbook, FastSheet, int], None] | None = None,
) -> IO[bytes]:
    """A workbook of one table as an open temporary file at its start; the caller closes it.

    Rows stream to disk; A4 landscape, heading frozen and repeated on every page. `also(book, sheet, rows)` adds
    to it at the end, e.g. a chart.
    """
    return tables([Sheet(title, heading, columns, rows, also)])


@dataclass(frozen=True)
class Sheet:
    """One sheet of a workbook, as `table` takes it."""

    title: str
    heading: list[str]
    columns: Sequence[Column]
    rows: Iterable[tuple[Any, ...]]
    also: Callable[[Workbook, FastSheet, int], None] | None = None


def tables(sheets: Sequence[Sheet]) -> IO[bytes]:
    """The same with several sheets, written one after the other."""
    import xlsxwriter  # loaded when first needed, like the typesetter

    from core.exchange.reports.fast import FastSheet

    file = tempfile.TemporaryFile()  # noqa: SIM115 – handed to the response, which closes it
    with xlsxwriter.Workbook(file, _OPTIONS) as book:
        for one in sheets:
            sheet = book.add_worksheet(_sheet_name(one.title), FastSheet)
            _set_up(book, sheet, one.columns, one.heading)
            written = _fill(book, sheet, one.columns, one.rows, len(one.heading) + 1)
            if one.also is not None:
                one.also(book, sheet, written)
    file.seek(0)
    return file


def _sheet_name(title: str) -> str:
    name = "".join(" " if c in "[]:*?/\\'" else c for c in title)
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1].rstrip(' (')}…"


def _set_up(book: Workbook, sheet: FastSheet, columns: Sequence[Column], heading: list[str]) -> None:
    title = book.add_format({"bold": True, "font_name": FONT, "font_size": 18})
    line = book.add_format({"font_name": FONT, "font_size": 16})
    head = book.add_format(
        {"bold": True, "font_name": FONT, "font_size": 16, "border": 1, "align": "center", "valign": "vcenter",
         "text_wrap": True, "bg_color": "#E8EEF7"}
    )  # fmt: skip
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
    sheet.fit_to_pages(1, 0)
    table_row = len(heading)
    sheet.repeat_rows(0, table_row)
    sheet.freeze_panes(table_row + 1, 0)
    origin = _("Printed from Khet")
    sheet.set_footer(f"&L{origin}&R&P/&N")
    sheet.set_default_row(LINE)
    lines = [_lines(str(column.title), max(column.width * 0.9 - 1, 1)) for column in columns]
    sheet.set_row(table_row, LINE * max(2, *lines))
    for index, column in enumerate(columns):
        sheet.set_column(index, index, column.width)
    for row, text in enumerate(heading):
        sheet.write_string(row, 0, text, title if row == 0 else line)
    for index, column in enumerate(columns):
        sheet.write_string(table_row, index, str(column.title), head)


def _lines(text: str, room: float) -> int:
    """Printed lines of a text where a line holds `room` characters; Thai vowels and tones above take no room."""
    return sum(max(1, math.ceil(len(_ABOVE.sub("", line)) / room)) for line in text.split("\n"))


def _fill(
    book: Workbook, sheet: FastSheet, columns: Sequence[Column], rows: Iterable[tuple[Any, ...]], first: int
) -> int:
    cell = {"font_name": FONT, "font_size": 16, "border": 1, "valign": "top", "text_wrap": True}
    text, english = book.add_format(cell), in_english()
    day = book.add_format({**cell, "num_format": ENGLISH_DATE if english else BUDDHIST_DATE, "align": "center"})
    moment = book.add_format({**cell, "num_format": ENGLISH_MOMENT if english else BUDDHIST_MOMENT, "align": "center"})
    # a word that just fits by count is often wrapped by the printer's font
    rooms = [max(column.width * 0.9 - 1, 1) for column in columns]
    row = first - 1
    for row, values in enumerate(rows, start=first):
        if row >= LAST_ROW:
            raise ValueError("more rows than a sheet holds")
        cells = [_clean(value) if isinstance(value, str) else value for value in values]
        lines = 1  # wrapped text does not raise its row by itself in a streamed sheet
        for value, room in zip(cells, rooms, strict=True):
            if isinstance(value, str) and (len(value) > room or "\n" in value):
                lines = max(lines, _lines(value, room))
        sheet.write_plain(row, cells, text, day, moment, min(LINE * lines, HIGHEST_ROW))
    return row - first + 1


def _clean(value: str) -> str:
    """Text as a cell holds it; what was stored is clean already and passes quickly."""
    return (value if value.isprintable() else thai.clean(value))[:LARGEST_CELL]

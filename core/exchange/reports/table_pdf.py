"""A table as a PDF to print: A4, heading on every page, page n/N, a place to sign at its end.

Heights are known before anything is set, since lines are broken here; so pages are packed here too, their number
needs no second pass, and a long table is set a few hundred rows at a time in a child process.
"""

from __future__ import annotations

import io
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, islice
from typing import IO, Any

from flask_babel import gettext as _

from core.base.text import thai
from core.base.text.dates import shown_date, shown_moment
from core.exchange.reports.report import Column
from core.platform import sandbox
from core.platform.documents import typeset
from core.platform.documents.lines import BOLD, lines, width, words
from core.platform.sandbox.lanes import MEBIBYTE, Lane

LONG, SHORT = 841.89, 595.28
MARGIN, BOTTOM, PAD_X, PAD_Y = 28.0, 40.0, 4.0, 3.0
#: what is set, and how small at least a table whose words would not fit else
SIZE, SMALLEST = 14.0, 10.0
#: a longer word of a cell (an address, a typing without spaces) is broken, in em
LONGEST = 9.0
#: from one line to the next, in em; what khet.typ sets
PITCH = 1.15
#: room that the places to sign take at the end
SIGNING = 100.0
#: the widest day of each month, and the widest moments: what stays in one line, by the column's kind
_DAYS = [f"88 {month} 2588" for month in thai.SHORT_MONTHS]
_STAYS_WHOLE = {
    "date": _DAYS,
    "moment": ["88 Nov 2588 88:88", *(f"88 {month} 88 88.88 น." for month in thai.SHORT_MONTHS)],
}
#: a number as people read it in one go; a longer row of digits is broken like any word
_NUMBER = re.compile(r"(?<![0-9๐-๙,.:/-])[0-9๐-๙](?:[0-9๐-๙,.:/-]{0,11}[0-9๐-๙])?(?![0-9๐-๙,:/-])")
#: rows set at once; the typesetter takes about 115 KB for each
CHUNK = 400
#: nothing foreign stands in a table: it may take its time
LANE = Lane(places=2, each=2, patience=120, seconds=900, memory=2000 * MEBIBYTE, output=600 * MEBIBYTE, nice=5)


def write(
    title: str,
    heading: Sequence[str],
    columns: Sequence[Column],
    rows: Iterable[Sequence[Any]],
    *,
    signatures: Sequence[str] = (),
) -> IO[bytes]:
    """The PDF as an open temporary file at its start; the caller closes it.

    `rows` in the order of `columns`, days as `date`, moments as `datetime` (printed in พ.ศ.); `heading` stands on
    every page, its first line large.
    """
    landscape = len(columns) > 4
    wide, high = (LONG, SHORT) if landscape else (SHORT, LONG)
    rows = iter(rows)
    seen = list(islice(rows, CHUNK))
    size, widths = _widths(columns, seen, wide - 2 * MARGIN)
    rooms = [max(one - 2 * PAD_X, size) for one in widths]
    head = [lines(str(column.title), room, size, BOLD) for column, room in zip(columns, rooms, strict=True)]
    said = [lines(text, wide - 2 * MARGIN, 18.0 if n == 0 else SIZE) for n, text in enumerate(heading) if text]
    top = sum(len(one) * (18.0 if n == 0 else SIZE) * PITCH for n, one in enumerate(said)) + 6
    head_height = _height(max(map(len, head), default=1), size)
    room = high - MARGIN - BOTTOM - top - head_height - 8
    sheets = list(_pack(_broken(chain(seen, rows), rooms, room, size), room, size, SIGNING if signatures else 0.0))
    common = {
        "title": title, "landscape": landscape, "margin": MARGIN, "size": size, "heading": said, "widths": widths,
        "head": head, "head-height": head_height, "kinds": [column.kind for column in columns],
        "origin": f"{_('Printed from Khet')} {shown_date(thai.today(), 'short')}", "pages": len(sheets),
        "signatures": list(signatures),
    }  # fmt: skip
    parts = [{**common, "sheets": part, "before": before} for before, part in _parts(sheets)]
    return _set(parts)


def _widths(columns: Sequence[Column], rows: Sequence[Sequence[Any]], room: float) -> tuple[float, list[float]]:
    """The size of the letters, and the room shared by the columns' widths: a date, a number and a word of these rows
    and of the headings stays whole. Where they do not all fit the letters are smaller, and where that is not enough the
    words of cells are torn before numbers are."""
    firm, all_of_it = [], []
    for place, column in enumerate(columns):
        cells = [row[place] for row in rows]
        stays = [width(word, BOLD) for word in words(str(column.title))]
        stays += [width(said) for said in _STAYS_WHOLE.get(column.kind, ())]
        firm.append(max(stays + [width(number) for cell in cells for number in _numbers(cell)]))
        said = (
            width(word) for cell in cells for word in ([] if isinstance(cell, date) else words(thai.clean(_text(cell))))
        )
        all_of_it.append(max([firm[-1], *(one for one in said if one <= LONGEST)]))
    size = SIZE
    while size > SMALLEST and sum(_padded(one, size) for one in all_of_it) > room:
        size -= 1
    least = [_padded(one, size) for one in all_of_it]
    if sum(least) > room:
        least = [_padded(one, size) for one in firm]
    if sum(least) > room:
        return size, [one * room / sum(least) for one in least]
    fixed: dict[int, float] = {}
    while True:  # what is wider than its share is fixed, and the others share what is left
        free = [place for place in range(len(columns)) if place not in fixed]
        share = (room - sum(fixed.values())) / (sum(columns[place].width for place in free) or 1)
        short = {place: least[place] for place in free if columns[place].width * share < least[place]}
        if not short:
            return size, [fixed.get(place, column.width * share) for place, column in enumerate(columns)]
        fixed |= short


def _padded(em: float, size: float) -> float:
    """The width of a column in which so wide a word stands."""
    return em * size + 2 * PAD_X + 2


def _numbers(value: Any) -> list[str]:
    """What must not be torn in a cell: 1/2569, 04143.9/77, 1,250.00."""
    return [] if isinstance(value, date) else _NUMBER.findall(_text(value))


def _height(count: int, size: float) -> float:
    return max(count, 1) * size * PITCH + 2 * PAD_Y


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return shown_moment(value)
    if isinstance(value, date):
        return shown_date(value, "short")
    if isinstance(value, Decimal):
        return f"{value:,f}"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:,.2f}"


def _broken(
    rows: Iterable[Sequence[Any]], rooms: Sequence[float], room: float, size: float
) -> Iterator[list[list[str]]]:
    """Rows as cells of lines; one that is higher than a page goes on in a row of its own."""
    most = max(int((room - 2 * PAD_Y) / (size * PITCH)), 1)
    for row in rows:
        cells = [lines(_text(value), free, size) for value, free in zip(row, rooms, strict=True)]
        while True:
            yield [cell[:most] for cell in cells]
            cells = [cell[most:] for cell in cells]
            if not any(cells):
                break


def _pack(rows: Iterable[list[list[str]]], room: float, size: float, signing: float) -> Iterator[dict[str, Any]]:
    """Pages of rows with their heights; the last leaves room to sign."""
    page: dict[str, Any] = {"rows": [], "heights": [], "last": False}
    used = 0.0
    for row in rows:
        height = _height(max(map(len, row), default=1), size)
        if page["rows"] and used + height > room:
            yield page
            page, used = {"rows": [], "heights": [], "last": False}, 0.0
        page["rows"].append(row)
        page["heights"].append(height)
        used += height
    if used + signing > room:
        yield page
        page = {"rows": [], "heights": [], "last": False}
    page["last"] = True
    yield page


def _parts(sheets: list[dict[str, Any]]) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    part: list[dict[str, Any]] = []
    before = held = 0
    for number, sheet in enumerate(sheets):
        if part and held + len(sheet["rows"]) > CHUNK:
            yield before, part
            part, held, before = [], 0, number
        part.append(sheet)
        held += len(sheet["rows"])
    yield before, part


def _set(parts: Sequence[dict[str, Any]]) -> IO[bytes]:
    """One part here, many in a child process whose memory goes back with it."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 – handed to the response, which closes it
    if len(parts) == 1:
        file.write(typeset.pdf("table.typ", parts[0]))
    else:
        file.write(sandbox.call(LANE, child, parts))
    file.seek(0)
    return file


def child(parts: Sequence[dict[str, Any]]) -> bytes:
    """In the child: every part set, and all of them joined."""
    import pypdfium2

    whole, made = pypdfium2.PdfDocument.new(), io.BytesIO()
    for part in parts:
        whole.import_pages(pypdfium2.PdfDocument(typeset.pdf("table.typ", part)))
    whole.save(made)
    return made.getvalue()

"""Why a file is not read, in words that say what to do."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

REASONS = {
    "too_large": _l("The file unpacks to more than 400 MB. Split it."),
    "too_many_columns": _l("The file says it has more than 256 columns. Copy the table into a new workbook."),
    "too_many_lines": _l("The file says it has more than 200,000 lines. Copy the table into a new workbook."),
    "too_long": _l("A line of the file holds more than 100,000 characters. Copy the table alone into a new workbook."),
    "encrypted": _l("The file is locked with a password. Save it without one."),
    "not_a_workbook": _l("This is not an Excel workbook (.xlsx). Open it in Excel and save it as .xlsx or CSV."),
    "unreadable": _l("The file could not be read. Open it in Excel and save it again as .xlsx or CSV."),
    "too_much_memory": _l("The file takes too much memory. Copy the table into a new workbook."),
    "too_slow": _l("The file takes too long to read. Split it."),
    "no_table": _l(
        "The dump holds no lines of this register, or it is damaged or cut off. Export the table anew, with its data."
    ),
    "empty": _l("The file is empty."),
}

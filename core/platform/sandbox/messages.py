"""Why a file is not read, in words that say what to do."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

WORDS = {
    "unreadable": _l("The file is damaged, or asks for more than can be given. Save it anew in its program."),
    "encrypted": _l("The file is locked with a password. Save it without one."),
    "too_large": _l("The file unpacks to too much. Split it."),
    "too_many_pages": _l("The file has too many pages. Split it."),
    "too_many_pixels": _l("The picture has too many points: at most 36 million. Make it smaller."),
    "too_much_memory": _l("The file takes too much memory. Split it, or save it anew in its program."),
    "too_slow": _l("The file takes too long to read. Split it, or save it anew in its program."),
    "too_much_output": _l("More comes out of this file than can be taken. Split it."),
    "not_a_picture": _l("Choose one picture, PNG or JPEG."),
    "no_pages": _l("Only PDF and pictures (PNG, JPEG) can be shown page by page."),
    "no_such_page": _l("The file has no such page."),
    "macros": _l("The document holds a program (a macro or a file that runs). Save it without one."),
    "web_page": _l("This is a web page by the name of .xls. Open it in Excel, save it as .xlsx, and choose that file."),
    "not_its_name": _l("The content of this file is not what its name says."),
    "busy": _l("Many files are being read just now. Try again in a minute."),
}

"""Forms of an import: the file, its columns, one line."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField

from core.exchange.imports.declare import Importer, headed
from core.exchange.imports.models import SHEET, Import
from core.web.forms import FilesField, KhetForm, choice, text


def file_form(importer: Importer) -> KhetForm:
    """The file, and what holds for all of it."""

    class FileForm(KhetForm):
        drafts = False
        files = FilesField(
            _l("File"),
            need=True,
            help=_l(
                "An Excel workbook (.xlsx, .xls) or a CSV file; of old registers also the dump of AMSS++ (.sql). "
                "You see every line first."
            ),
        )
        again = BooleanField(_l("The file was taken in before, and is meant to be read once more"))

    bases = (importer.options, FileForm) if importer.options else (FileForm,)
    return _made("ImportForm", bases, {})


def options_of(form: KhetForm) -> dict[str, Any]:
    """What the form says besides the file."""
    return {name: value for name, value in form.values().items() if name not in ("files", "again")}


def mapping_form(importer: Importer, batch: Import, places: int) -> KhetForm:
    """A choice of the file's column for each of ours."""
    headings = [*batch.headings, *([""] * places)][: max(places, len(batch.headings))]
    named = [(str(n), heading or _("Column %(letter)s", letter=letter(n))) for n, heading in enumerate(headings)]
    columns = importer.columns()
    fields: dict[str, Any] = {
        f"c-{column.key}": choice(
            headed(column, columns), [("", "–"), *named], default=str(batch.mapping.get(column.key, ""))
        )
        for column in columns
    }  # fmt: skip
    lines = [("0", _("none: every line is data")), *((str(n), str(n)) for n in range(1, 16))]
    fields["heading"] = choice(_("Heading stands in line"), lines, default=str(batch.heading_line % SHEET))
    return _made("MappingForm", (KhetForm,), {"drafts": False, **fields})


def line_form(importer: Importer, batch: Import) -> KhetForm:
    """The cells of one line as they were typed; the check reads them as it reads the file."""
    fields = {
        f"c-{column.key}": text(column.title, most=5000, need=False)
        for column in importer.columns()
        if column.key in batch.mapping
    }
    return _made("LineForm", (KhetForm,), {"drafts": False, **fields})


def _made(name: str, bases: tuple[type[KhetForm], ...], fields: dict[str, Any]) -> KhetForm:
    """A form whose fields are known only now."""
    made: Any = type(KhetForm)
    form: KhetForm = made(name, bases, fields)()
    return form


def letter(place: int) -> str:
    """0 → A, 26 → AA."""
    name, place = "", place + 1
    while place:
        place, rest = divmod(place - 1, 26)
        name = chr(65 + rest) + name
    return name

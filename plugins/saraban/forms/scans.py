"""Forms of scan intake."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField

from core.web.forms import FilesField, KhetForm, LineForm, LinesField, ThaiDateField, choice, text
from core.web.unit_field import UnitField
from plugins.saraban import permissions
from plugins.saraban.forms.letters import SPEEDS


class ScanForm(KhetForm):
    """A stack."""

    unit_id = UnitField(_l("Register of"), permissions.INCOMING)
    title = text(_l("Name"), need=False, help=_l("Empty: the name of the first file."))
    files = FilesField(
        _l("Scans or photos"),
        need=True,
        help=_l("PDF, PNG or JPEG, several letters at once. Secret papers do not belong here: register them by hand."),
    )


class PieceLine(LineForm):
    """One letter of a stack."""

    #: every page that the line shows as this letter (Piece.span)
    place = text(_l("Page"), most=11, render_kw={"readonly": True, "size": 3})
    doc_no = text(_l("Letter no."), most=80, need=False)
    doc_date = ThaiDateField(_l("Dated"), need=False)
    sender = text(_l("From"))
    recipient = text(_l("To (addressee)"))
    subject = text(_l("Subject"), most=1000)
    speed = choice(_l("Speed"), SPEEDS, coerce=int, default=0)


class PiecesForm(KhetForm):
    """Every letter of a stack at once."""

    received_on = ThaiDateField(_l("Received on"))
    lines = LinesField(
        _l("The letters"),
        PieceLine,
        help=_l("Each gets the next number in this order; a line that you remove stays in the stack."),
    )
    duplicate_ok = HiddenField()

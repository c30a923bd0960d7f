"""To whom a letter goes."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField

from core.web.forms import (
    FilesField,
    KhetForm,
    LineForm,
    LinesField,
    LookupField,
    ThaiDateField,
    choice,
    mail_address,
    several,
    text,
)
from plugins.saraban.models.dispatches import HAND, MAIL, POST

OUTSIDE = [(MAIL, _l("E-mail")), (POST, _l("By post")), (HAND, _l("By hand"))]
CHANNELS = {"khet": _l("Khet"), **dict(OUTSIDE)}


def find_office(unit_id: int) -> tuple[int, str] | None:
    """An office, group or school that letters can be sent to, of any district: their names are public."""
    from plugins.saraban.forms.directory import name_of

    return name_of(unit_id)


class OfficeLine(LineForm):
    """One office of this installation."""

    unit_id = LookupField(_l("Office, group or school"), find_office, "DispatchView.offices")


class OutsideLine(LineForm):
    """One recipient outside."""

    name = text(_l("Recipient"))
    # an empty choice first: a line that nobody touched must stay empty
    channel = choice(_l("How"), [("", ""), *OUTSIDE])
    address = mail_address(_l("E-mail"))


class SendForm(KhetForm):
    """Recipients of a letter, and what goes along."""

    enclosed = several(
        _l("Attached files that go along"),
        coerce=int,
        description=_l("What is not ticked stays in the house and goes along with this letter no more."),
    )
    schools = BooleanField(_l("Every school of the area"))
    office_groups = BooleanField(_l("Every group of the office"))
    school_groups = several(_l("Schools of these groups"), coerce=int)
    offices = LinesField(_l("Offices, groups and schools in Khet"), OfficeLine, need=False)
    others = LinesField(_l("Recipients outside"), OutsideLine, need=False)
    reply_by = ThaiDateField(_l("Answer wanted by"), need=False)
    #: what was shown before sending (exchange/before.py); the same again is the yes
    confirm = HiddenField()


class SealedLine(LineForm):
    """One recipient of a secret letter."""

    name = text(_l("Recipient"))
    channel = choice(_l("How"), [("", ""), (POST, _l("By post")), (HAND, _l("By hand"))])


class SealedForm(KhetForm):
    """Recipients of a secret letter: it goes on paper alone (`services.unsent`)."""

    others = LinesField(_l("Recipients"), SealedLine)
    reply_by = ThaiDateField(_l("Answer wanted by"), need=False)
    confirm = HiddenField()


class ProofForm(KhetForm):
    """Who took it, as it should have been written."""

    proof = text(_l("Who took it, or the number of the post office"), most=300)


class HandedForm(KhetForm):
    """Who took it."""

    proof = text(_l("Who took it, or the number of the post office"), most=300)
    files = FilesField(_l("Their signature"), drawn=True)

"""Forms of the registrar's pages."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from wtforms import validators

from core.web.forms import KhetForm, ThaiDateField, WholeField, required, text

#: characters of a list of numbers
MOST_TYPED = 1_500


def number(label: LazyString, least: int, most: int, help: LazyString | str = "") -> WholeField:
    """A whole number within bounds."""
    message = _l("Give a number from %(least)s to %(most)s.", least=least, most=most)
    return WholeField(label, [required(), validators.NumberRange(least, most, message=message)], description=help)


class ReserveForm(KhetForm):
    """Numbers set aside, or taken in bulk for a stack of letters."""

    count = number(_l("How many"), 1, 200)
    reason = text(_l("What for"), most=300)
    expires_on = ThaiDateField(_l("Valid until"), help=_l("Numbers not used by then stay in the book as cancelled."))


class InsertForm(KhetForm):
    """A number between two others."""

    base = number(_l("After number"), 1, 999_999)
    reason = text(_l("Reason"), most=300)


class StartForm(KhetForm):
    """Where a book begins that was kept on paper before."""

    number = number(_l("Next number"), 1, 999_999, _l("If the paper book ended at 205, type 206."))


class AccountForm(KhetForm):
    """Why numbers of a book have no letter."""

    numbers = text(
        _l("Numbers"), most=MOST_TYPED, help=_l("One after the other, or from the first to the last: 3, 7–9.")
    )
    reason = text(
        _l("Reason"), most=300, help=_l("Stays in the book beside each of these numbers, which are never given out.")
    )


class ReasonForm(KhetForm):
    """A reason, for what cannot be undone silently."""

    reason = text(_l("Reason"), most=300)

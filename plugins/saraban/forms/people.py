"""Before whom something is put: chosen by who puts it there, and by nobody's alphabet."""

from __future__ import annotations

from typing import Any

from wtforms import SelectField

from core.web.forms import KhetForm, choice


def _account(value: Any) -> int:
    """The id of an account; 0 where nobody has been chosen."""
    return int(value or 0)


def somebody(label: Any) -> SelectField:
    """A field for one of the people that `offer` gives it."""
    return choice(label, [], coerce=_account, render_kw={"translate": "no"})


def offer(form: KhetForm, people: list[tuple[int, str]]) -> None:
    """Give the field `holder_id` the one there is; of several none stands there before one is chosen."""
    field: Any = form["holder_id"]
    field.choices = people if len(people) < 2 else [("", ""), *people]

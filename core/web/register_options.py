"""What holds for the whole of an old register that is taken in: whose it is, and the year of lines that say none."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from core.base.text.thai import buddhist_year, today
from core.web.forms import KhetForm, choice
from core.web.unit_field import UnitField

#: so many years back
YEARS = 30


def register_options(resource: str) -> type[KhetForm]:
    """The options of an importer that `registers.register` makes, for who may import `resource`."""

    class RegisterOptions(KhetForm):
        unit_id = UnitField(_l("Register of"), resource, "import")
        year = choice(_l("Year (B.E.)"), [], coerce=int, description=_l("For lines that have no year of their own."))

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            now = buddhist_year(today())
            self.year.choices = [(year, str(year)) for year in range(now, now - YEARS, -1)]

    return RegisterOptions

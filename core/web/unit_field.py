"""A field of a form that chooses among the units at which one holds a right."""

from __future__ import annotations

from typing import Any

from flask import g
from flask_babel import lazy_gettext as _l
from wtforms import SelectField

from core.platform.masterdata import services as masterdata
from core.platform.masterdata.models import GROUP, OFFICE, SCHOOL
from core.web.unit_of_work import db

NO_UNIT = _l("No unit is yours to do this for. The district's administrator gives you a role at a unit that is in use.")


class UnitField(SelectField):
    """One of the units at which the actor may do `verb` to `resource`; its data is the unit's id.

    `kinds` says of which kinds, in which order.
    """

    #: said in its place where there is none
    nothing = NO_UNIT

    def __init__(
        self,
        label: Any,
        resource: str,
        verb: str = "add",
        kinds: tuple[str, ...] = (OFFICE, GROUP, SCHOOL),
        **more: Any,
    ) -> None:
        def offered() -> list[tuple[int, str]]:
            return [(unit.id, unit.name) for unit in masterdata.units_of(db, g.actor.units(resource, verb), kinds)]

        super().__init__(label, choices=offered, coerce=int, render_kw={"translate": "no"}, **more)

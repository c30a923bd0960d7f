"""What many reports ask."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from core.base.identity import Actor
from core.base.text.calendars import school_year
from core.base.text.thai import today
from core.exchange.reports.report import Parameter
from core.platform.masterdata import services as masterdata
from core.storage.scope import KhetSession


def unit_of(resource: str, title: Any = _l("Unit")) -> Parameter:
    """One of the units whose `resource` the actor may export, as `unit_id`."""

    def offered(session: KhetSession, actor: Actor) -> list[tuple[int, str]]:
        return [
            (unit.id, unit.name) for unit in masterdata.units_of(session, actor.units(resource, "export"), ended=True)
        ]

    return Parameter("unit_id", title, offered, int)


def school_years(session: KhetSession, actor: Actor) -> list[tuple[int, str]]:
    """The present school year (พ.ศ.) and nine before it."""
    now = school_year(today())
    return [(year, str(year)) for year in range(now, now - 10, -1)]


YEAR = Parameter("year", _l("School year"), school_years, int)

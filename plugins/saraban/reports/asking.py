"""What the reports of correspondence share: whose register, which year, the lines above, how many rows."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.base.identity import Actor
from core.base.text.thai import buddhist_year, today
from core.exchange.reports.parameters import unit_of
from core.exchange.reports.report import Parameter
from core.platform.masterdata.models import Unit
from core.storage.scope import KhetSession
from plugins.saraban import permissions

EVERY_YEAR = 0
YEARS = 10


def units(resource: str) -> Parameter:
    """One of the units whose `resource` the actor may export."""
    return unit_of(resource, _l("Register of"))


def _years(session: KhetSession, actor: Actor) -> list[tuple[int, Any]]:
    now = buddhist_year(today())
    return [(year, str(year)) for year in range(now, now - YEARS, -1)]


WHICH_UNIT = units(permissions.INCOMING)
WHICH_YEAR = Parameter("year", _l("Year (B.E.)"), _years, int)
#: the same, or every year at once
ANY_YEAR = Parameter(
    "year", _l("Year (B.E.)"), lambda session, actor: [*_years(session, actor), (EVERY_YEAR, _("Every year"))], int
)


def heading(title: Any, session: KhetSession, unit_id: int, year: int | None = None) -> list[str]:
    """The lines above a report: its name, the unit's, and the year where it asks one (0: every year)."""
    unit = session.get(Unit, unit_id)
    lines = [str(title), unit.name if unit is not None else ""]
    if year is not None:
        lines.append(_("Year %(year)s (B.E.)", year=year) if year else _("Every year"))
    return lines


def open_heading(title: Any, session: KhetSession, unit_id: int, year: int | None = None) -> list[str]:
    """The same of a report that is handed round: secret papers are in none, whoever takes it, and each says so."""
    return [*heading(title, session, unit_id, year), _("Without secret papers.")]

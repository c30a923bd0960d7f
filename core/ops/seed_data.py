"""What modules ship for every district: work standards, indicators, catalogues. Written again, it changes nothing.

Every installed module's, whether a district has it on or not: switching on must find everything there.
"""

from __future__ import annotations

from sqlalchemy import select

from core.base.text.calendars import school_year
from core.base.text.thai import today
from core.domain.standards import indicators
from core.domain.standards import services as work
from core.domain.standards.models import Standard
from core.platform.masterdata.models import District
from core.plugins.registry import Registry
from core.storage.database import Database
from core.storage.scope import KhetSession


def write(session: KhetSession, registry: Registry) -> int:
    """Bring one district (the session's) in step; returns how many rows were added or renewed."""
    changed = sum(work.load(session, name, specs) for name, specs in registry.each("khet_standards"))
    year = school_year(today())
    changed += sum(indicators.load_kpis(session, name, specs, year) for name, specs in registry.each("khet_kpis"))
    shipped: int = sum(count for _name, count in registry.each("khet_shipped", session=session))
    return changed + shipped


def sync(database: Database, registry: Registry, *, only_new: bool = False) -> int:
    """Every district in turn, each in a transaction of its own. `only_new`: those that have nothing yet."""
    with database.system("what modules ship") as session:
        wanted = select(District.id).where(District.level != "head_office")
        if only_new:
            wanted = wanted.where(District.id.not_in(select(Standard.district_id)))
        ids = list(session.scalars(wanted))
    changed = 0
    for district_id in ids:
        with database.district(district_id, "what modules ship") as session:
            changed += write(session, registry)
    return changed

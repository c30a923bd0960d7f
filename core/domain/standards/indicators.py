"""Indicators: their targets, what they come to, and whether that is reached. Knows session and values; no Flask.

Rules: domain notes on the kernel (missing data is no nought; a typed value wants evidence; loading is idempotent).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, select

from core.base.errors import RuleError
from core.base.text import figures
from core.base.text.thai import clean
from core.domain.standards.models import Kpi, KpiTarget
from core.domain.standards.services import evidence_of
from core.domain.standards.specs import KpiSpec
from core.storage.scope import KhetSession


def load_kpis(session: KhetSession, module: str, specs: Iterable[KpiSpec], year: int) -> int:
    """Write a module's indicators and this year's targets; what the district has changed stays."""
    changed = 0
    for spec in specs:
        kpi = session.scalars(select(Kpi).filter_by(code=spec.code)).first()
        if kpi is None:
            kpi = Kpi(code=spec.code, module=module, title="", unit_title="")
            session.add(kpi)
            changed += 1
        if not kpi.edited:
            kpi.title, kpi.unit_title = str(spec.title), str(spec.unit)
            kpi.direction, kpi.counted = spec.direction, spec.counted
        session.flush()
        if session.scalar(select(KpiTarget.id).filter_by(kpi_id=kpi.id, year=year)) is None:
            before = select(KpiTarget.target).filter_by(kpi_id=kpi.id).where(KpiTarget.year < year)
            last = session.scalar(before.order_by(KpiTarget.year.desc()).limit(1))
            session.add(KpiTarget(kpi_id=kpi.id, year=year, target=spec.target if last is None else last))
            changed += 1
    session.flush()
    return changed


MET, MISSED, NO_DATA = "met", "missed", "no_data"
RESULTS = {MET: _l("Reached"), MISSED: _l("Not reached"), NO_DATA: _l("No data")}


def result(direction: str, target: float, actual: float | None) -> str:
    """Reached or not; missing data is "no data" and never nought."""
    if actual is None:
        return NO_DATA
    return MET if (actual >= target if direction == "up" else actual <= target) else MISSED


def counted_values(session: KhetSession, wanted: Sequence[tuple[KpiSpec, int]]) -> list[float | None]:
    """What each of these counted indicators comes to in its school year, in their order; None: no data."""
    asked: dict[int, tuple[Select[Any], Select[Any]]] = {
        place: spec.share(session, year) for place, (spec, year) in enumerate(wanted) if spec.share is not None
    }
    columns = [column.scalar_subquery() for pair in asked.values() for column in pair]
    numbers = list(session.execute(select(*columns)).one()) if columns else []
    shares = dict(zip(asked, zip(numbers[::2], numbers[1::2], strict=True), strict=True))
    found: list[float | None] = []
    for place, (spec, year) in enumerate(wanted):
        if place in shares:
            part, whole = shares[place]
            found.append(figures.number(figures.percent(part, whole)))
        else:
            found.append(spec.actual(session, year) if spec.actual is not None else None)
    return found


def actuals(
    session: KhetSession, targets: Sequence[KpiTarget], specs: Mapping[str, KpiSpec]
) -> dict[int, float | None]:  # fmt: skip
    """Actual values by the target's id: counted by their module where that is on, else typed; None: no data."""
    counted = [one for one in targets if one.kpi.counted and one.kpi.code in specs]
    numbers = counted_values(session, [(specs[one.kpi.code], one.year) for one in counted])
    known = {one.id: number for one, number in zip(counted, numbers, strict=True)}
    return {one.id: known.get(one.id) if one.kpi.counted else one.typed for one in targets}


def save_target(session: KhetSession, one: KpiTarget, values: dict[str, Any]) -> KpiTarget:
    """Change target and, for one that people count, the actual value. Raises RuleError for a typed counted value."""
    if one.kpi.counted and values.get("typed") is not None:
        raise RuleError(_("This value is counted by its module and is not typed."), field="typed")
    if values.get("typed") is not None and not evidence_of(session, one):
        raise RuleError(_("A typed value wants evidence: lay it to this indicator first."), field="typed")
    one.target, one.typed, one.note = values["target"], values.get("typed"), clean(values.get("note") or "")
    session.flush()
    return one

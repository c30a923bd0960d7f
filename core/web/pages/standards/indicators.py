"""ตัวชี้วัด: target against actual, year by year."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import g
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from core.base import permissions
from core.base.errors import NotFound
from core.base.text import figures
from core.domain.standards import indicators
from core.domain.standards.models import Kpi, KpiTarget
from core.records import lists
from core.web.crud import CrudView
from core.web.pages.standards.forms import TargetForm
from core.web.unit_of_work import db, effective_plugins, khet


class KpiView(CrudView):
    """ตัวชี้วัด: target against actual, year by year."""

    route_base = "/indicators"
    resource = permissions.KPI
    model = KpiTarget
    title = _l("Indicators")
    icon = "bullseye"
    order = ("year", "id")
    descending = True
    form_class = TargetForm
    without = frozenset({"add"})
    holds_evidence = True
    in_palette = False
    empty_hint = _l("No indicator yet. They come with the modules that are on.")

    def statement(self) -> Select[Any]:
        found = select(KpiTarget).options(joinedload(KpiTarget.kpi))
        return found.where(KpiTarget.kpi.has(Kpi.module.in_(sorted(effective_plugins()))))

    def find(self, record_id: int, verb: str = "show") -> Any:
        one = super().find(record_id, verb)
        if one.kpi.module not in effective_plugins():
            raise NotFound
        return one

    def page_of_rows(self, state: lists.ListState) -> lists.Listing:
        page = super().page_of_rows(state)
        self._count(page.rows)
        return page

    def _count(self, targets: Sequence[Any]) -> dict[int, float | None]:
        """Values by id, counted once a request and for a whole page at once."""
        known: dict[int, float | None] = g.setdefault("kpi_actuals", {})
        if new := [one for one in targets if one.id not in known]:
            known |= indicators.actuals(db, new, khet().registry.kpis)
        return known

    def _actual(self, one: Any) -> float | None:
        return self._count([one])[one.id]

    def columns(self) -> list[lists.Column]:
        def actual(row: Any) -> Any:
            found = self._actual(row)
            return _("No data") if found is None else figures.shown(found)

        return [
            lists.Column("label", _l("Indicator"), self._title, "subject", link=True, sort=False),
            lists.Column("year", _l("School year"), kind="number"),
            lists.Column("target", _l("Target"), lambda row: figures.shown(row.target), "number"),
            lists.Column("typed", _l("Actual"), actual, "number", sort=False, value=self._actual),
            lists.Column("unit", _l("Unit of measure"), self._unit, "label", wide=True, sort=False),
            lists.Column("result", _l("Result"), self._result, "label", sort=False),
        ]

    def _title(self, one: Any) -> Any:
        """In the reader's language, as long as the district has not renamed it."""
        spec = khet().registry.kpis.get(one.kpi.code)
        return one.kpi.title if spec is None or one.kpi.edited else spec.title

    def _unit(self, one: Any) -> Any:
        spec = khet().registry.kpis.get(one.kpi.code)
        return one.kpi.unit_title if spec is None or one.kpi.edited else spec.unit

    def heading(self, record: Any) -> str:
        return f"{self._title(record)} {record.year}"

    def _result(self, one: Any) -> Any:
        return indicators.RESULTS[indicators.result(one.kpi.direction, one.target, self._actual(one))]

    def form(self, record: Any = None) -> Any:
        form = super().form(record)
        if record is not None and record.kpi.counted:
            del form["typed"]
        return form

    def save(self, record: Any, values: dict[str, Any]) -> Any:
        return indicators.save_target(db, record, values)

    def state_of(self, record: Any) -> Any:
        return self._result(record)

    def takes_evidence(self, record: Any) -> bool:
        return not record.kpi.counted and self.may("edit")

    def facts(self, record: Any) -> Sequence[tuple[Any, Any]]:
        how = _("Counted by its module") if record.kpi.counted else _("Typed, with evidence")
        return [*super().facts(record), (_l("How it is counted"), how), (_l("Remark"), record.note)]

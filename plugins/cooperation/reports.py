"""Report 9 of the page: work with other agencies, for the office and for head office."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from sqlalchemy import select

from core.base.text.dates import shown_month
from core.exchange.reports.figure import Figure, counted
from core.exchange.reports.report import Column, ReportChart, column
from core.exchange.reports.yearly import within, yearly
from core.records.letter_links import services as citing
from core.storage.scope import KhetSession
from plugins.cooperation import permissions
from plugins.cooperation.models import SCOPES, Case
from plugins.cooperation.services import ORDERED


def _orders(session: KhetSession, cases: Sequence[Case]) -> Mapping[int, tuple[str]]:
    """The order of each work, where there is one."""
    letters = citing.numbers(session, Case, [case.id for case in cases])
    return {record_id: (number,) for (record_id, role), number in letters.items() if role == ORDERED}


def months(session: KhetSession, year: int) -> Figure:
    """Works by month, inside and outside."""
    cells = [
        (shown_month(one.opened_on.month, one.opened_on.year), str(SCOPES[one.scope]), 1)
        for one in session.scalars(select(Case).where(within(Case.opened_on, year)).order_by(Case.opened_on))
    ]
    return counted(cells, list(dict.fromkeys(cell[0] for cell in cells)), [str(title) for title in SCOPES.values()])


_COLUMNS = (
    Column(lazy_pgettext("record", "No."), width=10, value=lambda case: case.number_text),
    *map(column, (Case.title, Case.agencies, Case.scope)),
    Column(_l("Order"), width=16),
    *map(column, (Case.assignees, Case.status, Case.result, Case.reported_on)),
)
REPORT, NATION = yearly(
    "cooperation.cases", _l("Work with other agencies"), permissions.CASE, _COLUMNS, Case.opened_on, given=_orders,
    charts=(ReportChart(_l("Inside and outside, by month"), months, "stacked_bar", names=_l("Month")),),
)  # fmt: skip

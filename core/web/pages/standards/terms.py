"""ภาคเรียน as this district keeps them."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from core.base import permissions
from core.domain.standards import services
from core.domain.standards.models import Term
from core.records import lists
from core.web.crud import CrudView
from core.web.pages.standards.forms import TermForm
from core.web.unit_of_work import db


class TermView(CrudView):
    """ภาคเรียน as this district keeps them; where there is none, the ministry's dates hold."""

    route_base = "/terms"
    resource = permissions.TERM
    model = Term
    title = _l("Terms")
    new_title = _l("New term")
    icon = "calendar-range"
    order = ("school_year", "number", "id")
    descending = True
    form_class = TermForm
    empty_hint = _l("No term of your own: the ministry's dates hold (16 May to 11 October, 1 November to 1 April).")

    def columns(self) -> list[lists.Column]:
        return [
            lists.Column("school_year", _l("School year"), kind="number", link=True),
            lists.Column("number", _l("Term"), kind="number"),
            lists.Column("starts_on", _l("First day"), kind="date"),
            lists.Column("ends_on", _l("Last day"), kind="date"),
        ]

    def save(self, record: Any, values: dict[str, Any]) -> Any:
        return services.save_term(db, record, values)

"""Pages: declared here, drawn by core."""

from typing import Any

from flask_babel import lazy_gettext as _l

from core.base.text.thai import today
from core.records import lists
from core.storage.fields import Values
from core.web.crud.workflow_view import WorkflowView
from core.web.record_forms import RecordForm, field
from core.web.unit_field import UnitField
from core.web.unit_of_work import db
from khet_visitor_book import permissions, services
from khet_visitor_book.models import WORKFLOW, Visit


class VisitForm(RecordForm):
    """Who came."""

    asks = ("unit_id", Visit.came_on, Visit.name, Visit.organisation, Visit.matter, Visit.purpose)
    unit_id = UnitField(_l("Book of"), permissions.VISIT)


class StrikeForm(RecordForm):
    """Why a line is struck out."""

    asks = ("reason",)
    reason = field(Visit.reason, required=True)


class VisitView(WorkflowView):
    """สมุดผู้มาติดต่อ."""

    route_base = "/visitor_book"
    resource = permissions.VISIT
    model = Visit
    title, new_title, icon = _l("Visitor book"), _l("New visitor"), "person-badge"
    form_class = VisitForm
    descending = True
    searchable = "search_text"
    workflow = WORKFLOW
    transition_forms = {"strike": StrikeForm}
    destructive = frozenset({"strike"})
    board = lists.Board("state", "leave")
    calendar = "came_on"

    def columns(self) -> list[lists.Column]:
        number = lists.Column("number", _l("No."), lambda row: row.number_text, link=True)
        told = map(lists.column, (Visit.came_on, Visit.name, Visit.organisation, Visit.matter, Visit.purpose))
        return [number, *told, self.state_column(), lists.column(Visit.reason, shown=False)]

    def filters(self) -> list[lists.Filter]:
        return [self.state_filter(), lists.choice(Visit.matter), lists.day(Visit.came_on)]

    def dimensions(self) -> list[lists.Dimension]:
        return [self.state_dimension(), lists.dimension(Visit.matter), lists.month(Visit.came_on)]

    def save(self, record: Any, values: Values) -> Any:
        unit_id = values["unit_id"] if record is None else record.unit_id
        return services.enter(db, record, unit_id, values, today=today(), by=self.actor.name)

    def changeable(self, record: Any) -> bool:
        return record.status == "inside"

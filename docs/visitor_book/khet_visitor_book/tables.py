"""What goes out in tables and comes in from them."""

from flask_babel import lazy_gettext as _l

from core.exchange.api.declare import ApiResource, fields, saved_at_unit, schema
from core.exchange.imports.declare import column as taken
from core.exchange.imports.registers import ended, register
from core.exchange.reports.report import Column, column
from core.exchange.reports.yearly import yearly
from core.web.register_options import register_options
from khet_visitor_book.models import Visit
from khet_visitor_book.permissions import VISIT

KEY, TITLE = "visitor_book.visits", _l("Visitor book")
TOLD = (Visit.came_on, Visit.name, Visit.organisation, Visit.matter, Visit.purpose)
COLUMNS = (Column(_l("No."), width=10, value=lambda visit: visit.number_text), *map(column, (*TOLD, Visit.status)))
REPORT, NATION = yearly(
    KEY, TITLE, VISIT, COLUMNS, Visit.came_on, unit=Visit.unit_id, by={_l("Why they came"): Visit.matter}
)
IMPORTER = register(
    KEY, _l("Old visitor book"), Visit, Visit.BOOK, VISIT, register_options(VISIT), lambda: [*map(taken, TOLD)],
    ended(Visit, Visit.came_on, status="left"),
)  # fmt: skip
WRITTEN = schema(*TOLD, unit_id=fields.Integer(required=True, load_only=True))
RESOURCE = ApiResource("visits", TITLE, "VisitView", WRITTEN, saved_at_unit)

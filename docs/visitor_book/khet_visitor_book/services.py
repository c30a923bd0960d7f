"""What decides and changes."""

from datetime import date

from flask_babel import gettext as _

from core.base.errors import RuleError
from core.platform.numbering import engine
from core.storage import fields
from core.storage.fields import Values
from core.storage.scope import KhetSession
from khet_visitor_book.models import Visit


def enter(session: KhetSession, visit: Visit | None, unit_id: int, values: Values, *, today: date, by: str) -> Visit:
    """Enter a visitor, numbered in the unit's book, or correct the line. Raises RuleError for a day to come."""
    if values[Visit.came_on] > today:
        raise RuleError(_("The date lies in the future."), field="came_on")
    if visit is None:
        visit = Visit(unit_id=unit_id)
        engine.give(session, visit, unit_id, today=today, by=by)
        session.add(visit)
    fields.assign(visit, values)
    session.flush()
    return visit

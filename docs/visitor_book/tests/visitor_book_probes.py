"""How a test walks through the doors of visitor_book."""

from __future__ import annotations

from typing import Any

from khet_visitor_book import services
from khet_visitor_book.models import Visit
from sqlalchemy import select

from core.base.text.thai import today
from core.platform.masterdata.models import Unit
from core.storage.fields import Values
from core.storage.scope import KhetSession
from tests.support import near

GRANTS = {"clerk": ["visitor_book.gate"], "director": ["visitor_book.reader"]}
BULK = {"VisitView.bulk": "leave"}


def typed(**changes: Any) -> dict[str, Any]:
    """What the gate types."""
    return {"came_on": near(), "name": "นายก", "matter": "contact", "purpose": "ขอพบ", **changes}


def samples(session: KhetSession) -> dict[Any, Any]:
    """A visitor of the office."""
    unit_id = session.scalars(select(Unit.id).where(Unit.kind == "office")).one()
    line = Values(came_on=today(), name="นายข", purpose="ส่งของ", matter="delivery")
    return {Visit: services.enter(session, None, unit_id, line, today=today(), by="ยาม").id}


PROBES: dict[str, Any] = {
    "VisitView.add": ("clerk", lambda w, i: typed(unit_id=str(i["unit_id"]))),
    "VisitView.edit": ("clerk", lambda w, i: typed()),
    "VisitView.bulk": ("clerk", lambda w, i: {}),
    "VisitsApi.add": ("clerk", lambda w, i: typed(unit_id=i["unit_id"], came_on=today().isoformat())),
}

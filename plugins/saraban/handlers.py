"""What correspondence does when something happens in core: no letter lies in a tray that nobody opens any more."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from core.base.text.thai import today
from core.platform.accounts import services as accounts
from core.platform.events import SchoolMerged, UnitClosed
from core.platform.masterdata.models import Unit
from core.platform.notices import services as notices
from core.platform.timeline import recorder
from core.plugins.registry import Registry
from core.storage.scope import KhetSession
from plugins.saraban import permissions
from plugins.saraban.exchange import arrivals
from plugins.saraban.exchange.models import OPENED, SENT, Arrival, Dispatch

MOVED = "saraban.moved"


def _tray(session: KhetSession, unit_id: int) -> list[Arrival]:
    """What came to a unit and stands in no register yet."""
    lies = select(Arrival).where(Arrival.unit_id == unit_id, Arrival.state.in_((SENT, OPENED)))
    return list(session.scalars(lies.order_by(Arrival.id)))


def school_merged(session: KhetSession, registry: Registry, event: SchoolMerged) -> None:
    """Its tray goes to the school that it was merged into. Where the sender is of this district, its line says so."""
    tray = _tray(session, event.unit_id)
    if not tray:
        return
    was, into = session.get_one(Unit, event.unit_id), session.get_one(Unit, event.into_unit_id)
    way = f"{was.name} → {into.name}"
    for one in tray:
        one.unit_id = into.id
        recorder.describe(session, one, "saraban.arrival.moved", way)
    session.flush()
    own = [one.dispatch_id for one in tray if one.from_district_id == one.district_id]
    for line in session.scalars(select(Dispatch).where(Dispatch.id.in_(own))):
        recorder.note(session, line, "saraban.dispatch.moved", way)
    clerks = accounts.who_may(session, registry.roles(), ("add", permissions.INCOMING), into, today())
    said = _l("%(place)s is merged into yours. What lay in its tray lies in yours, %(count)s letters: %(record)s")
    notices.notify_each(session, clerks, MOVED, said, tray[0], "ArrivalView", place=was.name, count=len(tray))


def unit_closed(session: KhetSession, registry: Registry, event: UnitClosed) -> None:
    """What lies in its tray goes back to its senders, who learn why."""
    for one in _tray(session, event.unit_id):
        arrivals.send_back(session, session.info["files_dir"], one, _("%(place)s is closed.", place=event.what))

"""What correspondence does when something happens in core: no letter lies in a tray that nobody opens any more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from core.base.text.thai import today
from core.platform.accounts import services as accounts
from core.platform.events import UnitClosed, WentOn
from core.platform.masterdata.models import Unit
from core.platform.timeline import recorder
from core.plugins.registry import Registry
from core.storage.scope import KhetSession
from plugins.saraban.models.dispatches import OPENED, PASSED_ON, SENT, Arrival, Dispatch
from plugins.saraban.models.drafts import Draft
from plugins.saraban.models.letters import IncomingLetter
from plugins.saraban.work import arrivals, drafting, life
from plugins.saraban.work.back import tell_back
from plugins.saraban.work.people import CHECK, DIRECT, SIGN, WORK


def _tray(session: KhetSession, unit_id: int) -> list[Arrival]:
    """What came to a unit and stands in no register yet."""
    lies = select(Arrival).where(Arrival.unit_id == unit_id, Arrival.state.in_((SENT, OPENED)))
    return list(session.scalars(lies.order_by(Arrival.id)))


def went_on(session: KhetSession, registry: Registry, event: WentOn) -> None:
    """No letter lies twice in the tray, and none with somebody who does no work where it goes on."""
    was, into = session.get_one(Unit, event.unit_id), session.get_one(Unit, event.into_unit_id)
    way, on = f"{was.name} → {into.name}", today()

    def of(kind: type[Any], ids: Mapping[str, tuple[int, ...]]) -> Sequence[Any]:
        return session.scalars(select(kind).where(kind.id.in_(ids.get(kind.__tablename__, ()))).order_by(kind.id)).all()

    came = of(Arrival, event.moved)
    for one in came:
        if arrivals.is_double(session, one):
            arrivals.pass_on(session, one, way)
            tell_back(session, one, PASSED_ON, reason=way)
    # whoever writes to a school is of its own district
    own = {one.dispatch_id: one for one in came if one.from_district_id == one.district_id}
    for line in session.scalars(select(Dispatch).where(Dispatch.id.in_(own))):
        line.taken_by = into.name
        if own[line.id].state != PASSED_ON:
            recorder.note(session, line, "saraban.dispatch.moved", way)
    roles = registry.roles()
    can = {
        right: accounts.who_hold(session, roles, right, into, on, whole_office=right in (WORK, CHECK))
        for right in (DIRECT, WORK, SIGN, CHECK)
    }
    letters = list(of(IncomingLetter, event.lying))
    given = life.with_officers(session, letters)
    for letter in letters:
        who = can[DIRECT if letter.status == "proposed" else WORK]
        life.left_behind(session, letter, given.get(letter.id, []), who, way)
    for draft in of(Draft, event.moved):
        drafting.left_behind(session, draft, can[CHECK], can[SIGN], way)


def unit_closed(session: KhetSession, registry: Registry, event: UnitClosed) -> None:
    """What lies in its tray goes back to its senders, who learn why."""
    for one in _tray(session, event.unit_id):
        arrivals.send_back(session, session.info["files_dir"], one, _("%(place)s is closed.", place=event.what))

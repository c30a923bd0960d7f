"""What academic services do when something happens in core: a request goes on where its school and its letters do."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from core.base.permissions import UNIT
from core.base.text.thai import today
from core.platform.accounts import services as accounts
from core.platform.events import LetterEnded, SchoolMerged, UnitClosed
from core.platform.masterdata.models import School, Unit
from core.platform.notices import services as notices
from core.platform.timeline import recorder
from core.platform.users.models import Account
from core.plugins.registry import Registry
from core.records.bookings import services as bookings
from core.records.letter_links import ended
from core.storage.scope import KhetSession
from plugins.service_request import permissions
from plugins.service_request.models import Activity, Expense, Nominee, Preparation, Request, Summary, Survey
from plugins.service_request.requests import services
from plugins.service_request.requests.life import OPEN
from plugins.service_request.requests.telling import DECIDED, UNFIT


def _open_at(session: KhetSession, unit_id: int) -> list[Request]:
    """Requests of a unit that are not over."""
    found = select(Request).where(Request.unit_id == unit_id, Request.status.in_(OPEN))
    return list(session.scalars(found.order_by(Request.id)))


def school_merged(session: KhetSession, registry: Registry, event: SchoolMerged) -> None:
    """What a school asked for goes on with the school that it was merged into, and with it what belongs to it."""
    moved = _open_at(session, event.unit_id)
    if not moved:
        return
    was, into = session.get_one(School, event.school_id), session.get_one(School, event.into_id)
    way = f"{was.name} → {into.name}"
    for request in moved:
        for part in (request, *_parts(session, request)):
            recorder.describe(session, part, "service_request.school_merged", way)
            part.unit_id = into.unit_id
        bookings.follow(session, request)
        if request.school_id == was.id:
            services.asked_by(session, request, into, was.name, today())
        session.flush()
    # by a role at the school itself: the office goes on as it did
    roles = [role for role in registry.roles() if role.reach == UNIT]
    unit = session.get_one(Unit, into.unit_id)
    people = accounts.who_may(session, roles, ("edit", permissions.REQUEST), unit, today())
    said = _l("%(place)s is merged into yours, its request for service is yours now: %(record)s")
    theirs = _l(
        "%(place)s, which asked for it, is merged into %(into)s. See whether day and place still hold: %(record)s"
    )
    for request in moved:
        notices.notify_each(session, people, DECIDED, said, request, "RequestView", place=was.name)
        if request.status != "draft":  # which is nobody's at the office yet
            clerks = _clerks(session, registry, request)
            notices.notify_each(session, clerks, UNFIT, theirs, request, "RequestView", place=was.name, into=into.name)


def _parts(session: KhetSession, request: Request) -> list[Any]:
    """What lies at the unit of a request because the request does."""
    activities = session.scalars(select(Activity).filter_by(request_id=request.id)).all()
    held = [one.id for one in activities]
    below = [one for kind in (Expense, Preparation, Summary, Survey) for one in _of(session, kind, held)]
    return [*session.scalars(select(Nominee).filter_by(request_id=request.id)), *activities, *below]


def _of(session: KhetSession, kind: Any, activity_ids: list[int]) -> list[Any]:
    return list(session.scalars(select(kind).where(kind.activity_id.in_(activity_ids)).order_by(kind.id)))


def unit_closed(session: KhetSession, registry: Registry, event: UnitClosed) -> None:
    """Who asked is gone: the office, which has the request, decides what becomes of it. A draft is nobody's yet."""
    for request in _open_at(session, event.unit_id):
        if request.status == "draft":
            continue
        recorder.note(session, request, "service_request.asker_closed", event.what)
        said = _l("%(place)s, which asked for it, is closed. Go on with it, or note that it is withdrawn: %(record)s")
        people = _clerks(session, registry, request)
        notices.notify_each(session, people, UNFIT, said, request, "RequestView", place=event.what)


def letter_ended(session: KhetSession, registry: Registry, event: LetterEnded) -> None:
    """A request that cites it says so, and its clerks learn of it as long as it is not over."""
    request = session.get(Request, event.record_id) if event.kind == Request.__tablename__ else None
    if request is not None:
        people = _clerks(session, registry, request) if request.status in OPEN else []
        ended.tell(session, event, request, "RequestView", people)


def _clerks(session: KhetSession, registry: Registry, request: Request) -> list[Account]:
    """The office's clerks of a request: they receive it and write its letters."""
    unit = session.get_one(Unit, request.unit_id)
    return accounts.who_may(session, registry.roles(), ("receive", permissions.REQUEST), unit, today())

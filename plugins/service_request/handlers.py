"""What academic services do when something happens in core: a request goes on where its school and its letters do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from core.base.text.thai import today
from core.platform.accounts import services as accounts
from core.platform.events import UnitClosed, WentOn
from core.platform.masterdata.models import School, Unit
from core.platform.notices import services as notices
from core.platform.timeline import recorder
from core.platform.users.models import Account
from core.plugins.registry import Registry
from core.records.bookings import services as bookings
from core.records.letter_links import ended
from core.storage.base import utc_now
from core.storage.scope import KhetSession
from plugins.service_request import permissions
from plugins.service_request.models import OPEN, Activity, Nominee, Request
from plugins.service_request.requests import services
from plugins.service_request.requests.telling import ASKED, UNFIT


def _open_at(session: KhetSession, unit_id: int) -> list[Request]:
    """Requests of a unit that are not over."""
    found = select(Request).where(Request.unit_id == unit_id, Request.status.in_(OPEN))
    return list(session.scalars(found.order_by(Request.id)))


def went_on(session: KhetSession, registry: Registry, event: WentOn) -> None:
    """What a school asked for is asked by the one that goes on: its speakers' time lies there, letters name it, and
    they hear of it, as those of a plan's activities do."""
    for activity in session.scalars(
        select(Activity).where(Activity.id.in_(event.moved.get(Activity.__tablename__, ())))
    ):
        bookings.follow(session, activity)
    _tell_speakers(
        session,
        session.scalars(select(Nominee).where(Nominee.id.in_(event.moved.get(Nominee.__tablename__, ())))).all(),
        _l(
            "%(place)s, for which you were asked to speak, has ended, and %(into)s goes on with it. Ask whether day "
            "and place still hold: %(record)s"
        ),
        place=session.get_one(Unit, event.unit_id).name, into=session.get_one(Unit, event.into_unit_id).name,
    )  # fmt: skip
    found = select(Request).where(Request.id.in_(event.moved.get(Request.__tablename__, ())))
    moved = list(session.scalars(found.order_by(Request.id)))
    if not moved:
        return
    was, into = (
        session.scalars(select(School).where(School.unit_id == unit_id)).one()
        for unit_id in (event.unit_id, event.into_unit_id)
    )
    for request in moved:
        bookings.follow(session, request)
        if request.school_id == was.id:
            services.asked_by(session, request, into, was.name, today())
    session.flush()
    said = _l(
        "%(place)s, which asked for it, is merged into %(into)s. See whether day and place still hold: %(record)s"
    )
    _tell_clerks(session, registry, moved, said, place=was.name, into=into.name)


def _tell_speakers(session: KhetSession, asked: Sequence[Nominee], said: Any, **facts: str) -> None:
    """One notice, of the nearest by name, to each who is still to speak, or to say whether they will."""
    theirs: dict[int, list[Nominee]] = {}
    for one in sorted(asked, key=lambda one: (one.starts_at, one.id)):
        awaited = one.answer in ("waiting", "accepted") and one.ends_at > utc_now()
        if awaited and one.user_id not in (None, session.scope.user_id):
            theirs.setdefault(one.user_id, []).append(one)
    for user_id, found in theirs.items():
        if (account := notices.account(session, user_id)) is not None:
            _tell(session, account, ASKED, said, [one.topic for one in found], found[0], "NomineeView", facts)


def _tell(
    session: KhetSession, account: Account, topic: str, said: Any, labels: Sequence[str], record: Any, view: str,
    facts: dict[str, str],
) -> None:  # fmt: skip
    """One notice of several things, the first by name."""
    with force_locale(account.locale):
        what = labels[0][:150]
        if len(labels) > 1:
            what = _("%(record)s and %(count)s more", record=what, count=len(labels) - 1)
        text = str(said) % {"record": what, **facts}
    notices.notify(session, account, topic, text, record, view)


def _tell_clerks(
    session: KhetSession, registry: Registry, requests: Sequence[Request], said: Any, **facts: str
) -> None:  # fmt: skip
    """One notice of several requests, the newest by name, to each clerk of the office that has them. A draft is
    nobody's there yet."""
    theirs: dict[int, tuple[Account, list[Request]]] = {}
    for request in requests:
        for account in _clerks(session, registry, request) if request.status != "draft" else ():
            if account.id != session.scope.user_id:
                theirs.setdefault(account.id, (account, []))[1].append(request)
    for account, found in theirs.values():
        _tell(session, account, UNFIT, said, [one.label for one in reversed(found)], found[-1], "RequestView", facts)


def unit_closed(session: KhetSession, registry: Registry, event: UnitClosed) -> None:
    """Who asked is gone: the office, which has the request, decides what becomes of it. A draft is nobody's yet."""
    found = [one for one in _open_at(session, event.unit_id) if one.status != "draft"]
    for request in found:
        recorder.note(session, request, "service_request.asker_closed", event.what)
    said = _l("%(place)s, which asked for it, is closed. Go on with it, or note that it is withdrawn: %(record)s")
    _tell_clerks(session, registry, found, said, place=event.what)
    said = _l("%(place)s, for which you were asked to speak, is closed. The office decides what is done: %(record)s")
    speakers = select(Nominee).where(Nominee.request_id.in_([one.id for one in found]))
    _tell_speakers(session, session.scalars(speakers).all(), said, place=event.what)


def _clerks(session: KhetSession, registry: Registry, request: Request) -> list[Account]:
    """The office's clerks of a request: they receive it and write its letters."""
    unit = session.get_one(Unit, request.unit_id)
    return accounts.who_may(session, registry.roles(), ("receive", permissions.REQUEST), unit, today())


def _concerned(session: KhetSession, registry: Registry, request: Request) -> list[Account]:
    """Its clerks, as long as it is not over."""
    return _clerks(session, registry, request) if request.status in OPEN else []


letter_ended = ended.follow(Request, "RequestView", _concerned)

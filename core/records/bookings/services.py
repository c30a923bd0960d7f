"""Booking people's time, later that of rooms and cars: taken once at a time, whichever module takes it. No Flask.

The module that keeps the record calls these in its own transaction, beside the change that they follow from.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select, tuple_

from core.base.errors import NotFound, RuleError
from core.base.identity import Actor
from core.base.text.dates import shown_moment
from core.platform.masterdata.models import Person
from core.records.bookings.models import Booking
from core.storage.scope import RAW, KhetSession


@dataclass(frozen=True)
class Busy:
    """A time at which a resource is taken, and by what: empty for who may not read it."""

    resource_id: int
    starts_at: datetime
    ends_at: datetime
    what: str
    firm: bool


def busy(
    session: KhetSession,
    actor: Actor,
    ids: Collection[int],
    starts_at: datetime,
    ends_at: datetime,
    *,
    but: Any = None,
    resource: Any = Person,
    firm: bool = True,
) -> list[Busy]:
    """When these people (or resources) are taken between two moments, by records of every module, the earliest first.

    `but`: a record whose own bookings do not count. `firm` False: also what is only asked for. A booking for something
    that the actor may not read keeps its time, and is not named; so it is also where its module is off.
    """
    found = select(Booking).where(
        Booking.district_id == session.scope.district_id, Booking.resource == resource.__tablename__,
        Booking.resource_id.in_(ids), Booking.starts_at < ends_at, Booking.ends_at > starts_at,
    )  # fmt: skip
    if firm:
        found = found.where(Booking.firm.is_(True))
    if but is not None:
        found = found.where(tuple_(Booking.kind, Booking.record_id) != (but.__tablename__, but.id))
    # past the filters: also who may not read a secret thing cannot be at two places at once
    rows = session.scalars(found.order_by(Booking.starts_at, Booking.id), execution_options=RAW)
    return [
        Busy(one.resource_id, one.starts_at, one.ends_at, one.label if _reads(actor, one) else "", one.firm)
        for one in rows
    ]


def _reads(actor: Actor, booking: Booking) -> bool:
    """Whether the actor may read what a booking is for. What is secret is named to nobody."""
    return not booking.secrecy and actor.may(booking.permission, "show", booking.unit_id)


def check(
    session: KhetSession,
    actor: Actor,
    ids: Collection[int],
    starts_at: datetime,
    ends_at: datetime,
    *,
    but: Any = None,
    resource: Any = Person,
    field: str = "",
) -> None:
    """Raises RuleError (at `field`) that says which of these is taken at that time, when and by what (see `busy`).

    Nobody else books them before this transaction ends. Raises NotFound for one that the district has not.
    """
    if not ids:
        return
    # each waits for the one before them: whoever books somebody locks them first, always in the same order
    names = _names(session, ids, resource, lock=True)
    for one in busy(session, actor, ids, starts_at, ends_at, but=but, resource=resource):
        raise RuleError(said(names[one.resource_id], one), field=field)


def said(name: str, one: Busy) -> str:
    """That somebody is taken, by what and when; for who may not read that, only that they are."""
    if not one.what:
        return _("%(name)s is taken at that time.", name=name)
    return _(
        "%(name)s is taken at that time: %(what)s, %(when)s.", name=name, what=one.what,
        when=shown_moment(one.starts_at),
    )  # fmt: skip


def _names(session: KhetSession, ids: Collection[int], resource: Any, *, lock: bool = False) -> dict[int, str]:
    wanted = select(resource).where(resource.id.in_(ids)).order_by(resource.id)
    if lock:
        wanted = wanted.with_for_update(key_share=True, of=resource)
    found = {one.id: one.label for one in session.scalars(wanted)}
    if found.keys() != set(ids):
        raise NotFound
    return found


def book(
    session: KhetSession,
    actor: Actor,
    record: Any,
    ids: Collection[int],
    starts_at: datetime,
    ends_at: datetime,
    *,
    firm: bool,
    resource: Any = Person,
    field: str = "",
) -> None:
    """A record (`Occupies`) takes these people, or moves them to another time where it has taken them already.

    Firmly only who is free, as `check` says; not `firm`: they are asked and not bound yet, which is always possible.
    """
    if ends_at <= starts_at:
        raise ValueError("a booking ends after it begins")
    if not ids:
        return
    session.flush()  # a new record has its id then
    if firm:
        check(session, actor, ids, starts_at, ends_at, but=record, resource=resource, field=field)
    else:
        _names(session, ids, resource)
    there = {one.resource_id: one for one in _of(session, record, resource)}
    view, permission = record.occupies
    for resource_id in sorted(ids):
        one = there.get(resource_id)
        if one is None:
            one = Booking(resource=resource.__tablename__, resource_id=resource_id)
            session.add(one)
        one.point_at(record, view)
        one.starts_at, one.ends_at, one.firm = starts_at, ends_at, firm
        one.unit_id, one.permission = record.unit_id, permission
    session.flush()


def release(session: KhetSession, record: Any, ids: Collection[int] | None = None, *, resource: Any = Person) -> None:
    """These people, or all whom a record had taken, are free again."""
    for one in _of(session, record, resource):
        if ids is None or one.resource_id in ids:
            session.delete(one)
    session.flush()


def follow(session: KhetSession, record: Any, *, resource: Any = Person) -> None:
    """A record lies at another unit now: who may read there, and nobody else, reads what its bookings are for."""
    for one in _of(session, record, resource):
        one.unit_id = record.unit_id
    session.flush()


def _of(session: KhetSession, record: Any, resource: Any) -> list[Booking]:
    """What a record has taken, whoever may read the record."""
    here = {"kind": record.__tablename__, "record_id": record.id, "resource": resource.__tablename__}
    found = select(Booking).filter_by(district_id=session.scope.district_id, **here)
    return list(session.scalars(found, execution_options=RAW))

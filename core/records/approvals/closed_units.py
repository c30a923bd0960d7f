"""A unit is closed: what waits for a position there goes on with who holds that position elsewhere, else with whom its
chain says next. No Flask.

Nothing is left waiting for a place that is not there any more, and nobody decides for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from core.base.permissions import RoleSpec
from core.base.text.thai import today
from core.platform.events import UnitClosed
from core.platform.masterdata import services as masterdata
from core.platform.masterdata.models import Unit
from core.platform.notices import services as notices
from core.platform.timeline import labels, recorder
from core.platform.users.models import Account
from core.records.approvals import services as approvals
from core.records.approvals.models import AHEAD, CLOSED, WAITING, Approval
from core.storage.scope import KhetSession, owned_classes

GONE_ON = "core.approval.gone_on"
labels.register(actions={GONE_ON: _l("step of the approval gone on, since the unit of its position was closed")})
TELLS = _l("%(place)s is closed, and its approval goes on with you: %(record)s")
STUCK = _l("%(place)s is closed, and nobody else can take its next step, take it back: %(record)s")


@dataclass(frozen=True)
class _Ended:
    """The unit, the roles that there are, and the day."""

    unit: Unit
    roles: Sequence[RoleSpec]
    day: date


def unit_closed(session: KhetSession, registry: Any, event: UnitClosed) -> None:
    """Every step that a position at the unit would take goes on, and who takes the one that waits is told."""
    ended = _Ended(session.get_one(Unit, event.unit_id), registry.roles(), today())
    found = select(Approval).where(Approval.post_unit_id == event.unit_id, Approval.state.in_((AHEAD, WAITING)))
    by_record: dict[tuple[str, int], list[Approval]] = {}
    for step in session.scalars(found.order_by(Approval.kind, Approval.record_id, Approval.seq)).all():
        by_record.setdefault((step.kind, step.record_id), []).append(step)
    models = {model.__tablename__: model for model in owned_classes()}
    for (table, number), steps in by_record.items():
        record = session.get(models[table], number) if table in models else None
        if record is not None and table in approvals.KINDS:
            _go_on(session, approvals.KINDS[table], record, steps, ended)


def _go_on(
    session: KhetSession, kind: approvals.Approving, record: Any, steps: Sequence[Approval], ended: _Ended
) -> None:  # fmt: skip
    waited = any(step.state == WAITING for step in steps)
    said = ", ".join(approvals.who(step.position) for step in steps)
    for step in steps:
        _place_anew(session, kind, record, step, ended)
    recorder.describe(session, record, GONE_ON, f"{ended.unit.name}: {said}")
    record.version += 1  # its item and its history follow it
    session.flush()
    now = approvals.running(session, record)
    if not waited or now is None:
        return
    able = approvals.takers(session, kind, record, now, ended.roles, ended.day)
    words = TELLS if able else STUCK
    people = able or session.scalars(
        select(Account).where(Account.id.in_({now.proposed_by_id, now.owned_by_id} - {None}), Account.active.is_(True))
    ).all()  # fmt: skip
    notices.notify_each(session, people, approvals.TOPIC, words, record, kind.view, place=ended.unit.name)


def _place_anew(session: KhetSession, kind: approvals.Approving, record: Any, step: Approval, ended: _Ended) -> None:
    """Where the unit's matters go on, if the position is held there by who may decide; else where else it is held; else
    the next step of the chain, and in the place of the last one whoever holds the right."""
    elsewhere = approvals.place_of(session, step.position, record.unit_id, ended.day)
    for place in (masterdata.goes_on_at(session, ended.unit).id, elsewhere):
        step.post_unit_id = place
        if place is not None and approvals.takers(session, kind, record, step, ended.roles, ended.day):
            return
    following = [one for one in approvals.rounds(session, record) if one.state == AHEAD and one.seq > step.seq]
    if not following:
        step.position, step.post_unit_id = "", None
        return
    waited, step.state, step.post_unit_id = step.state == WAITING, CLOSED, ended.unit.id
    if waited:
        approvals.wait_for(session, following[0], ended.day)

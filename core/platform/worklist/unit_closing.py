"""What closing a unit costs: its people lose their roles there, and what waits there goes on elsewhere."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _
from sqlalchemy import or_, select

from core.base.errors import RuleError
from core.platform.masterdata.models import OFFICE, School, Unit
from core.platform.users.models import Account, Grant, RoleProfile
from core.storage.scope import KhetSession

SHOWN = 12


@dataclass(frozen=True)
class Loss:
    """People with a role at the unit today or later, by name, and what becomes of what is in work there, in
    sentences."""

    people: Sequence[str]
    fates: Sequence[str]

    def __bool__(self) -> bool:
        return bool(self.people or self.fates)

    @property
    def mark(self) -> str:
        """Changes with what was shown, so that a yes holds for what was seen."""
        return hashlib.sha256(repr((self.people, self.fates)).encode()).hexdigest()[:20]

    def __str__(self) -> str:
        said = []
        if self.people:
            names = ", ".join(self.people[:SHOWN]) + (" …" if len(self.people) > SHOWN else "")
            said.append(_("%(count)s users lose their roles here: %(names)s.", count=len(self.people), names=names))
        return " ".join([*said, *self.fates, _("Save once more to close it all the same.")])


def goes_on_with(session: KhetSession, into_id: int | None) -> Unit | None:
    """Who would go on with a unit's matters: the school of that id, else the office."""
    into = session.get(School, into_id) if into_id else None
    there = select(Unit).where(Unit.kind == OFFICE) if into is None else select(Unit).where(Unit.id == into.unit_id)
    return session.scalars(there.order_by(Unit.id)).first()


def cost_of(
    session: KhetSession, unit: Unit, today: date, place: Unit | None, fates: Sequence[str], *, field: str
) -> Loss:  # fmt: skip
    """What closing the unit would cost. `place` goes on with its matters, `fates` say what becomes of them.

    Raises RuleError (`field`) for the office itself, on which every right of the office and the district hangs,
    and for a unit at which the one who closes holds a role, or whose papers it would open to them.
    """
    if unit.kind == OFFICE:
        raise RuleError(_("The office itself stays in use: the rights of its people hang on it."), field=field)
    people = holders(session, unit, today)
    if session.scope.user_id in {one.id for one in people}:
        raise RuleError(_("You hold a role here yourself, and would lose it. Let somebody else close it."), field=field)
    if place is not None:
        refuse_own_gain(session, place, today, field=field)
    return Loss([f"{one.first_name} {one.last_name}".strip() for one in people], fates)


def refuse_own_gain(session: KhetSession, place: Unit, today: date, *, field: str) -> None:
    """Nobody opens a unit's papers to themselves by ending it: whoever holds a role where its matters go on, but for
    those of core, reads them there. Raises RuleError (`field`)."""
    person = select(Account.person_id).where(Account.id == session.scope.user_id, Account.person_id.is_not(None))
    own = select(Account.id).where(or_(Account.id == session.scope.user_id, Account.person_id.in_(person)))
    held = select(Grant.id).join(RoleProfile, RoleProfile.id == Grant.role_id).where(
        Grant.user_id.in_(own), Grant.unit_id == place.id, Grant.lasts(today), RoleProfile.key.not_like("core.%")
    )  # fmt: skip
    if session.scalar(held.limit(1)) is not None:
        said = _(
            "You hold a role at %(place)s, which would open its papers to you. Let another administrator do it.",
            place=place.name,
        )
        raise RuleError(said, field=field)


def holders(session: KhetSession, unit: Unit, today: date) -> Sequence[Account]:
    """Who holds a role at the unit today or later and may sign in, by name."""
    here = select(Grant.user_id).where(Grant.unit_id == unit.id, Grant.lasts(today))
    name = Account.first_name + " " + Account.last_name
    return session.scalars(
        select(Account).where(Account.id.in_(here), Account.active.is_(True)).order_by(name, Account.id)
    ).all()

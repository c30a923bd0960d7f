"""To whom work can be given: what a list offers and what its form accepts are one question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select

from core.base import permissions
from core.base.text.thai import today
from core.platform.accounts import services as accounts
from core.platform.masterdata.models import SCHOOL, Unit
from core.platform.masterdata.services import position_now, works_as
from core.platform.users.models import Account, Grant, RoleProfile
from core.web.unit_of_work import db, khet


def called(word: str) -> ColumnElement[bool]:
    """SQL: an account whose name, user name, position, unit or school holds a word."""
    name = Account.first_name + " " + Account.last_name
    known = (text.contains(word, autoescape=True) for text in (name, Account.username))
    return or_(*known, works_as(Account.person_id, word, today()))


@dataclass(frozen=True)
class Officers:
    """Accounts in use that hold `verb` on `resource` today, at the office or one of its groups: who is given the work
    can open and do it. A school's people hold some of these rights too, and are nobody's officers.

    Called with an account's id it is a LookupField's `find`.
    """

    verb: str
    resource: str

    def _those(self) -> Select[int, str]:
        right = (self.verb, self.resource)
        keys = [role.key for role in khet().registry.roles() if right in role.rights]
        on = today()
        holding = (
            select(Grant.user_id)
            .join(RoleProfile, RoleProfile.id == Grant.role_id)
            .join(Unit, Unit.id == Grant.unit_id)
            .where(RoleProfile.key.in_(keys), Grant.running(on), Unit.kind != SCHOOL, Unit.active.is_(True))
        )
        name = Account.first_name + " " + Account.last_name
        return select(Account.id, name).where(Account.active.is_(True), Account.id.in_(holding))

    def named(self, typed: str) -> list[tuple[int, str, str]]:
        """(id, name, position or user name) of at most 20: every word typed is found in their name, user name, position
        or unit."""
        found = self._those().add_columns(func.coalesce(position_now(Account.person_id, today()), Account.username))
        for word in typed.split()[:5]:
            found = found.where(called(word))
        return [
            (row[0], row[1], row[2]) for row in db.execute(found.order_by(Account.first_name, Account.id).limit(20))
        ]

    def __call__(self, account_id: int) -> tuple[int, str] | None:
        row = db.execute(self._those().where(Account.id == account_id)).first()
        return (row[0], row[1]) if row is not None else None


def can_take(account: Account, record: Any, *, whole_office: bool = False) -> bool:
    """Whether somebody holds today what they need to take a `Held` record, at its unit. `whole_office`: for the office
    or one of its groups, holding it at any of them counts."""
    unit_id = getattr(record, "unit_id", None)
    if unit_id is None:
        actor, (verb, resource) = khet().actor(account.id), record.GIVEN_TO
        able = actor is not None and actor.may(resource, verb)
    else:
        roles, unit = khet().registry.roles(), db.get_one(Unit, unit_id)
        holders = accounts.who_hold(db, roles, record.GIVEN_TO, unit, today(), whole_office=whole_office)
        able = bool(account.active) and account.id in holders
    return able and not record.keeps_from(db, account)


#: who can do a step of a work standard
OFFICERS = Officers("edit", permissions.WORK)

"""To whom work can be given: what a list offers and what its form accepts are one question."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, func, or_, select

from core.base import permissions
from core.base.text.thai import today
from core.platform.accounts import services as accounts
from core.platform.masterdata.models import SCHOOL, Unit
from core.platform.masterdata.services import position_now, works_as
from core.platform.users.models import Account, Grant, RoleProfile
from core.web.unit_of_work import db, khet

NAME = Account.first_name + " " + Account.last_name


def called(word: str) -> ColumnElement[bool]:
    """SQL: an account whose name, user name, position, unit or school holds a word."""
    known = (text.contains(word, autoescape=True) for text in (NAME, Account.username))
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
        return select(Account.id, NAME).where(Account.active.is_(True), Account.id.in_(holding))

    def ids(self) -> frozenset[int]:
        """All of them."""
        return frozenset(db.scalars(self._those().with_only_columns(Account.id)))

    def named(self, typed: str) -> list[tuple[int, str, str]]:
        """(id, name, position or user name) of at most 20: every word typed is found in their name, user name, position
        or unit."""
        return _named(self._those(), typed)

    def __call__(self, account_id: int) -> tuple[int, str] | None:
        row = db.execute(self._those().where(Account.id == account_id)).first()
        return (row[0], row[1]) if row is not None else None


def called_among(ids: Collection[int], typed: str = "") -> list[tuple[int, str, str]]:
    """As `Officers.named`, of these accounts, where they are in use."""
    return _named(select(Account.id, NAME).where(Account.active.is_(True), Account.id.in_(ids)), typed)


def _named(those: Any, typed: str) -> list[tuple[int, str, str]]:
    found = those.add_columns(func.coalesce(position_now(Account.person_id, today()), Account.username))
    for word in typed.split()[:5]:
        found = found.where(called(word))
    return [(row[0], row[1], row[2]) for row in db.execute(found.order_by(Account.first_name, Account.id).limit(20))]


def who_hold(right: tuple[str, str], unit_id: int | None, *, whole_office: bool = False) -> set[int]:
    """Users that hold what a `Held` record wants of who takes it, at its unit; where it lies at none, the office's
    officers. What lies at the office or a group is nobody's who works at schools alone, however far their role reaches.
    `whole_office`: there, holding it at any of them counts."""
    if unit_id is None:
        return set(Officers(*right).ids())
    roles, unit = khet().registry.roles(), db.get_one(Unit, unit_id)
    found = accounts.who_hold(db, roles, right, unit, today(), whole_office=whole_office)
    if unit.kind == SCHOOL:
        return found
    at_office = select(Grant.user_id).join(Unit, Unit.id == Grant.unit_id)
    at_office = at_office.where(Grant.user_id.in_(found), Grant.running(today()), Unit.kind != SCHOOL)
    return set(db.scalars(at_office))


def why_not(account: Account, record: Any, *, whole_office: bool = False) -> str:
    """Why somebody cannot take a `Held` record today; "" where they can. `whole_office` as in `who_hold`."""
    holders = who_hold(record.GIVEN_TO, getattr(record, "unit_id", None), whole_office=whole_office)
    if not account.active or account.id not in holders:
        return _("%(name)s has no role for this at its unit.", name=account.get_full_name())
    if record.keeps_from(db, account):
        return _("%(name)s has, or had, a part in it already.", name=account.get_full_name())
    return ""


#: who can do a step of a work standard
OFFICERS = Officers("edit", permissions.WORK)

"""Who can be asked: to direct a letter, to work on it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date

from sqlalchemy import func, select

from core.base.permissions import RoleSpec
from core.platform.accounts import services as accounts
from core.platform.masterdata import services as masterdata
from core.platform.masterdata.models import Post, Unit
from core.platform.masterdata.services import position_now
from core.platform.users.models import Account, Grant, RoleProfile
from core.records.approvals import services as approvals
from core.records.files.models import SecretReader
from core.storage.scope import KhetSession
from plugins.saraban import permissions
from plugins.saraban.models.letters import IncomingLetter
from plugins.saraban.work import queries

#: (verb, resource): who directs a letter, signs a paper, checks a draft
DIRECT, SIGN, CHECK = ("direct", permissions.INCOMING), ("sign", permissions.DRAFT), ("edit", permissions.DRAFT)
#: how the position of somebody's deputy begins
DEPUTY = "รอง"
#: who can be given a letter
WORK = ("edit", permissions.ASSIGNMENT)


def directors(session: KhetSession, roles: Iterable[RoleSpec], unit: Unit, on: date) -> list[Account]:
    """Who may direct the letters of a unit; the office's directors direct those of its groups too."""
    return accounts.who_may(session, roles, DIRECT, unit, on)


def officers(session: KhetSession, roles: Iterable[RoleSpec], unit: Unit, on: date) -> list[Account]:
    """Who can be given a letter of a unit: a school's people for the school's, the whole office for the others."""
    return accounts.who_may(session, roles, WORK, unit, on, whole_office=True)


def owners(session: KhetSession, roles: Iterable[RoleSpec], unit: Unit, on: date) -> list[Account]:
    """Whose matter an outgoing letter of a unit can be: who may read it."""
    return accounts.who_may(session, roles, ("show", permissions.OUTGOING), unit, on)


def readers(session: KhetSession, roles: Iterable[RoleSpec], model: queries.Model, unit: Unit, on: date) -> set[int]:
    """Users to whom a secret letter of a unit can be opened once they are named: who reads the register, and whoever
    can be given a letter of it."""
    roles = list(roles)
    resource = permissions.INCOMING if model is IncomingLetter else permissions.OUTGOING
    found = accounts.who_hold(session, roles, ("show", resource), unit, on)
    if model is IncomingLetter:
        found |= accounts.who_hold(session, roles, WORK, unit, on, whole_office=True)
    return found


def signers(session: KhetSession, roles: Iterable[RoleSpec], unit: Unit, on: date) -> list[Account]:
    """Who may sign the papers of a unit."""
    return accounts.who_may(session, roles, SIGN, unit, on)


def drafters(session: KhetSession, roles: Iterable[RoleSpec], unit: Unit, on: date) -> list[Account]:
    """Who can be asked to check a unit's draft."""
    return accounts.who_may(session, roles, CHECK, unit, on, whole_office=True)


def named(session: KhetSession, model: queries.Model, record_ids: Iterable[int], on: date) -> set[int]:
    """Users who can read every one of these secret letters on that day: named for each, in use, and still cleared."""
    ids = set(record_ids)
    highest = select(func.max(model.secrecy)).where(model.id.in_(ids)).scalar_subquery()
    readers = (
        select(SecretReader.user_id)
        .join(Account, Account.id == SecretReader.user_id)
        .where(Account.active.is_(True), Account.clearance >= highest)
        .where(SecretReader.kind == model.__tablename__, SecretReader.record_id.in_(ids))
        .where((SecretReader.ends_on.is_(None)) | (SecretReader.ends_on >= on))
        .group_by(SecretReader.user_id)
        .having(func.count() == len(ids))
    )
    return set(session.scalars(readers))


def places(
    session: KhetSession, roles: Iterable[RoleSpec], right: tuple[str, str], unit: Unit, on: date
) -> dict[int, int]:  # fmt: skip
    """Who is offered only because they take somebody's place: user id → whose. `right`: one of those above."""
    return accounts.in_whose_stead(session, roles, right, unit, on, whole_office=right == CHECK)


def name(account: Account) -> str:
    """A user's name as colleagues know it."""
    return f"{account.first_name} {account.last_name}".strip()


def positions_of(session: KhetSession, account: Account, on: date) -> tuple[str, ...]:
    """The positions that a user's person holds on a day, the newest first."""
    if account.person_id is None:
        return ()
    posts = (
        select(Post.position)
        .where(Post.person_id == account.person_id, Post.starts_on <= on)
        .where((Post.ends_on.is_(None)) | (Post.ends_on >= on))
        .order_by(Post.starts_on.desc(), Post.id.desc())
    )
    return tuple(session.scalars(posts))


def position_of(session: KhetSession, account: Account, on: date) -> str:
    """The position that a user's person holds on a day; the newest where there are several."""
    return next(iter(positions_of(session, account, on)), "")


def own_unit_s(
    session: KhetSession, roles: Iterable[RoleSpec], right: tuple[str, str], unit: Unit, on: date
) -> frozenset[int]:
    """Users that hold a right by a role at the unit itself, or where its matters go on, and by none that reaches it."""
    keys = [role.key for role in roles if right in role.rights]
    there = masterdata.goes_on_at(session, unit).id
    held = select(Grant.user_id).join(RoleProfile, RoleProfile.id == Grant.role_id)
    return frozenset(session.scalars(held.where(RoleProfile.key.in_(keys), Grant.unit_id == there, Grant.running(on))))


def choices(
    session: KhetSession, accounts: Iterable[Account], on: date, places: Mapping[int, int] | None = None,
    own: Collection[int] | None = None,
) -> list[tuple[int, str]]:  # fmt: skip
    """(id, name, position and unit that day, and in whose place they would act) as a form offers users, by name.

    `own`: something is to be put before them, which goes up step by step: first these, of the unit itself, then
    the office's, deputies before the one whose deputies they are. Who has no position is told apart by the user name.
    """
    asked = {account.id: account for account in accounts}
    apart = func.coalesce(position_now(Account.person_id, on), Account.username)
    found = session.execute(select(Account.id, apart).where(Account.id.in_(list(asked))))
    offered = []
    for one, position in found:
        label = f"{name(asked[one])} · {position} {approvals.acting_for(session, (places or {}).get(one), on)}".strip()
        step = (False, False) if own is None else (one not in own, not position.startswith(DEPUTY))
        offered.append((step, label, one))
    return [(one, label) for _step, label, one in sorted(offered)]

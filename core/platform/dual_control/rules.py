"""What is grave or approving, who holds it, and who may consent. Asks the database, whatever role gives a right.

Rules: domain notes on saraban §7 (an administrator sees no content; clearance and registrar are given by name).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from flask_appbuilder.security.sqla.models import Permission, PermissionView, ViewMenu, assoc_permissionview_role
from sqlalchemy import or_, select, tuple_

from core.base.permissions import APPROVING, GRAVE, GRAVE_ACTS, GRAVE_ACTS_NATION, Right
from core.platform.masterdata.models import Unit
from core.platform.users.models import Account, Grant, RoleProfile
from core.storage import cache
from core.storage.scope import RAW, KhetSession

#: as sync-roles writes a verb
_PREFIX = "can_"


def _roles_with(session: KhetSession, rights: Collection[Right]) -> frozenset[int]:
    table = assoc_permissionview_role
    pairs = [(_PREFIX + verb, resource) for verb, resource in sorted(rights)]
    found = (
        select(table.c.role_id)
        .join(PermissionView, PermissionView.id == table.c.permission_view_id)
        .join(Permission, Permission.id == PermissionView.permission_id)
        .join(ViewMenu, ViewMenu.id == PermissionView.view_menu_id)
        .where(tuple_(Permission.name, ViewMenu.name).in_(pairs))
    )
    return frozenset(session.scalars(found, execution_options=RAW))


def grave_roles(session: KhetSession) -> frozenset[int]:
    """Ids of the roles that hold a grave right, of plugins that are gone too."""
    return cache.cached(session, cache.PEOPLE, "grave roles", lambda: _roles_with(session, GRAVE))


def approving_roles(session: KhetSession) -> frozenset[int]:
    """Ids of the roles with which somebody decides or signs, of plugins that are gone too."""
    return cache.cached(session, cache.PEOPLE, "approving roles", lambda: _roles_with(session, APPROVING))


def held(session: KhetSession, user_id: int, today: date) -> list[Grant]:
    """The account's grants of grave roles, those in force and those to come."""
    mine = select(Grant).where(
        Grant.user_id == user_id, Grant.role_id.in_(grave_roles(session)),
        Grant.lasts(today),
    )  # fmt: skip
    return list(session.scalars(mine))


def approves(session: KhetSession, user_id: int, today: date) -> bool:
    """Whether an account decides or signs, now or later: by a role of its own, or in the place of who does."""
    place = select(Grant.stands_in_for_id).where(Grant.user_id == user_id, Grant.lasts(today))
    found = select(Grant.id).where(
        or_(Grant.user_id == user_id, Grant.user_id.in_(place)), Grant.role_id.in_(approving_roles(session)),
        Grant.lasts(today),
    )  # fmt: skip
    return session.scalar(found.limit(1)) is not None


def is_told(session: KhetSession, account: Account, today: date) -> bool:
    """Whether the director hears of what is done to an account: it holds a grave right, or decides."""
    return is_grave(session, account, today) or approves(session, account.id, today)


def is_grave_itself(session: KhetSession, account: Account, today: date) -> bool:
    """Whether an account is cleared, or holds a grave right or will, by what it was given itself."""
    return bool(account.clearance or held(session, account.id, today))


def is_grave(session: KhetSession, account: Account, today: date) -> bool:
    """The same, or it stands in for one that is."""
    if is_grave_itself(session, account, today):
        return True
    places = select(Grant.stands_in_for_id).where(
        Grant.user_id == account.id, Grant.stands_in_for_id.is_not(None),
        Grant.lasts(today),
    )  # fmt: skip
    return any(_is_grave(session, user_id, today) for user_id in session.scalars(places) if user_id)


def _is_grave(session: KhetSession, user_id: int, today: date) -> bool:
    account = session.get(Account, user_id)
    return account is not None and is_grave_itself(session, account, today)


def in_the_place_of(session: KhetSession, user_id: int, today: date) -> list[Grant]:
    """Grants by which others take this account's place, those in force and those to come."""
    places = select(Grant).where(Grant.stands_in_for_id == user_id, Grant.lasts(today))
    return list(session.scalars(places.order_by(Grant.id)))


def grant_is_grave(
    session: KhetSession, user_id: int, role_id: int, stands_in_for_id: int | None, today: date
) -> bool:  # fmt: skip
    """Whether giving this role wants a second person: the role is grave, the place taken is, or the giver takes it,
    also by another account of the same person."""
    if role_id in grave_roles(session) or _is_giver(session, user_id):
        return True
    return bool(stands_in_for_id) and _is_grave(session, stands_in_for_id or 0, today)


def _is_giver(session: KhetSession, user_id: int) -> bool:
    if session.scope.user_id is None or user_id == session.scope.user_id:
        return user_id == session.scope.user_id
    found = select(Account.person_id).where(Account.id.in_([user_id, session.scope.user_id]))
    theirs, own = [*session.scalars(found), None, None][:2]
    return theirs is not None and theirs == own


def grant_approves(session: KhetSession, role_id: int, stands_in_for_id: int | None, today: date) -> bool:
    """Whether giving this role lets somebody decide or sign, which is told to the director."""
    return role_id in approving_roles(session) or (
        stands_in_for_id is not None and approves(session, stands_in_for_id, today)
    )


def grant_is_told(session: KhetSession, role_id: int, stands_in_for_id: int | None, today: date) -> bool:
    """Whether the director hears of the end of such a grant: it let somebody decide or sign, or use a grave right."""
    return (
        role_id in grave_roles(session)
        or grant_approves(session, role_id, stands_in_for_id, today)
        or (stands_in_for_id is not None and _is_grave(session, stands_in_for_id, today))
    )


def consenters(session: KhetSession, today: date, *, but: Collection[int | None] = ()) -> list[Account]:
    """Accounts of the session's district that may consent today, by name, without those named in `but`."""
    holding = (
        select(Grant.user_id)
        .join(RoleProfile, RoleProfile.id == Grant.role_id)
        .join(Unit, Unit.id == Grant.unit_id)
        .where(
            Grant.role_id.in_(_roles_with(session, {("consent", GRAVE_ACTS)})),
            or_(Unit.kind == "office", RoleProfile.reach != "unit"), Unit.active.is_(True),
            Grant.running(today),
        )
    )  # fmt: skip
    found = select(Account).where(Account.id.in_(holding), Account.active.is_(True)).order_by(Account.id)
    return [account for account in session.scalars(found) if account.id not in but]


def head_office(session: KhetSession, today: date) -> list[Account]:
    """Accounts of head office that may consent today, wherever they are; `session` is a system session."""
    holding = select(Grant.user_id).where(
        Grant.role_id.in_(_roles_with(session, {("consent", GRAVE_ACTS_NATION)})),
        Grant.running(today),
    )  # fmt: skip
    found = select(Account).where(Account.id.in_(holding), Account.active.is_(True)).order_by(Account.id)
    return list(session.scalars(found))

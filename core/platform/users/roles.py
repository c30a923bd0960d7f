"""Writes the roles that plugins ship into Flask-AppBuilder's tables, and reads rights back.

Run by one command under a lock (`app.py sync-roles`), never at a worker's start.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from flask_appbuilder.security.sqla.models import (
    Permission,
    PermissionView,
    Role,
    ViewMenu,
    assoc_permissionview_role,
)
from sqlalchemy import select

from core.base.permissions import RoleSpec
from core.platform.users.models import RoleProfile
from core.storage.cache import PEOPLE, bump, stamp
from core.storage.scope import RAW, KhetSession

STAMP = "roles"
PREFIX = "can_"


def _ids(session: KhetSession, model: Any, names: Iterable[str]) -> dict[str, int]:
    """Ids by name, making the rows that are missing."""
    known = {row.name: row.id for row in session.scalars(select(model))}
    for name in sorted(set(names) - known.keys()):
        row = model(name=name)
        session.add(row)
        session.flush()
        known[name] = row.id
    return known


def sync(session: KhetSession, roles: list[RoleSpec]) -> int:
    """Make ab_permission*, ab_role and core_role say what the code says; returns how many rights changed.

    Rights that code no longer gives are taken away; a role whose plugin is gone keeps its rights and its
    grants, because the plugin may come back. Needs a system session that writes.
    """
    wanted = {role.key: role.rights for role in roles}
    permissions = _ids(session, Permission, {PREFIX + verb for rights in wanted.values() for verb, _ in rights})
    resources = _ids(session, ViewMenu, {resource for rights in wanted.values() for _, resource in rights})
    role_ids = _ids(session, Role, wanted)
    pairs = {
        (row.permission_id, row.view_menu_id): row.id
        for row in session.execute(select(PermissionView.id, PermissionView.permission_id, PermissionView.view_menu_id))
    }
    for rights in wanted.values():
        for verb, resource in rights:
            pair = permissions[PREFIX + verb], resources[resource]
            if pair not in pairs:
                given = PermissionView(permission_id=pair[0], view_menu_id=pair[1])
                session.add(given)
                session.flush()
                pairs[pair] = given.id
    changed = 0
    held: dict[int, set[int]] = defaultdict(set)
    table = assoc_permissionview_role
    for row in session.execute(select(table.c.role_id, table.c.permission_view_id), execution_options=RAW):
        held[row.role_id].add(row.permission_view_id)
    for key, rights in wanted.items():
        target = {pairs[permissions[PREFIX + verb], resources[resource]] for verb, resource in rights}
        role_id = role_ids[key]
        if more := target - held[role_id]:
            rows = [{"role_id": role_id, "permission_view_id": pair_id} for pair_id in sorted(more)]
            session.execute(table.insert(), rows, execution_options=RAW)
        if less := held[role_id] - target:
            session.execute(
                table.delete().where(table.c.role_id == role_id, table.c.permission_view_id.in_(less)),
                execution_options=RAW,
            )
        changed += len(more) + len(less)
    changed += _sync_profiles(session, roles, role_ids)
    if changed:
        bump(session, STAMP)
    if not stamp(session, PEOPLE):
        bump(session, PEOPLE)  # its row is there before two administrators could make it at once
    return changed


def _sync_profiles(session: KhetSession, roles: list[RoleSpec], role_ids: dict[str, int]) -> int:
    known = {row.key: row for row in session.scalars(select(RoleProfile))}
    changed = 0
    for spec in roles:
        facts = {"plugin": spec.plugin, "reach": spec.reach, "unit_kinds": ",".join(spec.unit_kinds)}
        row = known.get(spec.key)
        if row is None:
            session.add(RoleProfile(id=role_ids[spec.key], key=spec.key, **facts))
            changed += 1
            continue
        for name, value in facts.items():
            if getattr(row, name) != value:
                setattr(row, name, value)
                changed += 1
    session.flush()
    return changed


def rights_by_role(session: KhetSession) -> dict[int, frozenset[tuple[str, str]]]:
    """Every role's rights as (verb, resource), in one statement."""
    table = assoc_permissionview_role
    rows = session.execute(
        select(table.c.role_id, Permission.name, ViewMenu.name)
        .select_from(table)
        .join(PermissionView, PermissionView.id == table.c.permission_view_id)
        .join(Permission, Permission.id == PermissionView.permission_id)
        .join(ViewMenu, ViewMenu.id == PermissionView.view_menu_id),
        execution_options=RAW,
    )
    rights: dict[int, set[tuple[str, str]]] = defaultdict(set)
    for role_id, permission, resource in rows:
        rights[role_id].add((permission.removeprefix(PREFIX), resource))
    return {role_id: frozenset(found) for role_id, found in rights.items()}

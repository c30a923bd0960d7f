"""Users from a table: each with a first password, which only who took them in gets, once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from core.base import permissions
from core.base.errors import RuleError
from core.base.text import addresses
from core.base.text.thai import today
from core.exchange.imports.declare import ImportColumn, Importer
from core.exchange.imports.models import Import
from core.platform.accounts import services
from core.platform.dual_control import log, rules
from core.platform.dual_control.models import GRANTS
from core.platform.masterdata.models import District, Unit
from core.platform.users.models import Account, Grant, RoleProfile
from core.storage.scope import KhetSession
from core.web.pages.masterdata.importers import (
    full_name_column,
    unit_called,
    unit_column,
    units_by_name,
    without_title,
)
from core.web.unit_of_work import db, khet


@dataclass
class _Known:
    district: District
    names: set[str]
    units: dict[str, int]
    kinds: dict[int, str]
    roles: dict[int, RoleProfile]
    #: roles that want a second person, each time
    grave: frozenset[int]


def _roles(session: KhetSession) -> list[tuple[int, str]]:
    titles = {role.key: str(role.title) for role in khet().registry.roles()}
    return [(role.id, titles.get(role.key, role.key)) for role in services.grantable_roles(session)]


def _columns() -> list[ImportColumn]:
    every, grave = _roles(db), rules.grave_roles(db)
    return [
        ImportColumn(
            "name", _l("User name"), "code", most=40, need=True, names=("ชื่อผู้ใช้", "username"), example="somchai"
        ),
        ImportColumn("first_name", _l("First name"), most=64, need=True, names=("ชื่อ",)),
        ImportColumn("last_name", _l("Last name"), most=64, need=True, names=("สกุล", "นามสกุล", "ชื่อสกุล")),
        full_name_column("first_name", "last_name"),
        ImportColumn(
            "role_id",
            _l("Role"),
            "choice",
            names=("บทบาท", "สิทธิ"),
            choices=[one for one in every if one[0] not in grave],
            also={title: role_id for role_id, title in every if role_id in grave},  # known, to be refused with a reason
            dash=True,
        ),
        unit_column(),
        ImportColumn(
            "mail_address",
            _l("E-mail"),
            most=254,
            names=("อีเมล", "อีเมล์", "email", "mail"),
            example="somchai@example.go.th",
            dash=True,
        ),
    ]


def _start(session: KhetSession, options: dict[str, Any]) -> _Known:
    district = session.scalars(select(District).where(District.id == session.scope.district_id)).one()
    names = {name.rpartition(".")[0] for name in session.scalars(select(Account.username))}
    kinds = {row.id: row.kind for row in session.execute(select(Unit.id, Unit.kind))}
    roles = {role.id: role for role in services.grantable_roles(session)}
    return _Known(district, names, units_by_name(session), kinds, roles, rules.grave_roles(session))


def _check(known: _Known, values: dict[str, Any]) -> dict[str, Any]:
    wrong: dict[str, Any] = {}
    without_title(values)
    values["name"] = values["name"].lower()
    if not values["name"].isascii() or any(not (c.isalnum() or c in "-_") for c in values["name"]):
        wrong["name"] = _("Use a–z, 0–9, - and _ only.")
    elif values["name"] in known.names:
        wrong["name"] = _("This name is taken.")
    if values["mail_address"]:
        try:
            values["mail_address"] = addresses.mail_address(values["mail_address"])
        except ValueError:
            wrong["mail_address"] = _("This is no e-mail address: %(address)s", address=values["mail_address"][:100])
    if values["role_id"] in known.grave:
        wrong["role_id"] = _("This role wants the consent of a second person: ask for it on the user's page.")
    elif (values["role_id"] is None) != (not values["unit"]):
        wrong["unit" if values["role_id"] is not None else "role_id"] = _("Role and unit belong together.")
    if values["unit"]:
        unit_id, role = unit_called(known.units, values["unit"]), known.roles.get(values["role_id"])
        if unit_id is None:
            wrong["unit"] = _("The district has no unit called %(name)s.", name=values["unit"][:60])
        elif role is not None and known.kinds[unit_id] not in role.unit_kinds.split(","):
            wrong["unit"] = _("This role cannot be held at that unit.")
    return wrong


def _prefetch(values: dict[str, Any]) -> tuple[str, str]:
    """Password and its hash, made before the transaction: hashing takes longer than a clerk should wait."""
    password = services.temporary_password()
    return password, services.hash_password(password)


def _make(session: KhetSession, known: _Known, values: dict[str, Any], ready: tuple[str, str]) -> Account:
    if (unit := values["unit"]) and values["role_id"] not in known.roles:
        raise RuleError(_("This role is not yours to give."), field="role_id")
    account = services.create_account(session, known.district, values, ready[0], hashed=ready[1])
    if unit:
        unit_id = unit_called(known.units, unit)
        assert unit_id is not None
        services.add_grant(session, account, values["role_id"], unit_id, starts_on=today(), ends_on=None)
    return account


def _finish(session: KhetSession, batch: Import, known: _Known) -> None:
    """The director hears once of all roles to decide or sign that the file brought."""
    roles = select(RoleProfile.key, func.count()).join(Grant, Grant.role_id == RoleProfile.id).where(
        Grant.import_id == batch.id, RoleProfile.id.in_(rules.approving_roles(session))
    )  # fmt: skip
    if found := {row[0]: row[1] for row in session.execute(roles.group_by(RoleProfile.key))}:
        log.write(session, "taken_in", None, {"what": GRANTS, "roles": found})


USERS = Importer(
    key="core.users",
    title=_l("Users"),
    resource=permissions.USERS,
    columns=_columns,
    models=(Grant, Account),
    make=_make,
    start=_start,
    check=_check,
    unique_keys=lambda values: [values["name"]],
    prefetch=_prefetch,
    finish=_finish,
    asks_password=True,
    result_sheet=((_l("User name"), _l("First password")), lambda record, ready: (record.username, ready[0])),
)

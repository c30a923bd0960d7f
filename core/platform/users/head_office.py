"""What head office changes: districts and the roles that districts may give."""

from __future__ import annotations

import string
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select

from core.base.errors import NotFound, RuleError
from core.base.text.thai import clean
from core.platform.masterdata.models import OFFICE, District, School, Unit
from core.platform.users.models import Account, RoleProfile
from core.platform.users.roles import STAMP
from core.storage.cache import bump
from core.storage.scope import KhetSession


def save_district(session: KhetSession, district: District | None, values: dict[str, Any]) -> District:
    """Add a district with its office unit, or rename one. The code is fixed once given.

    Raises RuleError for a code that is taken or has other signs than a–z and 0–9.
    """
    if district is None:
        code = clean(values["code"]).lower()
        if not code or any(c not in string.ascii_lowercase + string.digits for c in code):
            raise RuleError(_("Use a–z and 0–9 only."), field="code")
        if session.scalar(select(District.id).where(District.code == code)):
            raise RuleError(_("This code is taken."), field="code")
        district = District(code=code, level=values["level"])
        session.add(district)
        district.name, district.short_name = clean(values["name"]), clean(values["short_name"])
        session.flush()
        session.add(Unit(district_id=district.id, kind=OFFICE, code="office", name=district.short_name))
    else:
        district.name, district.short_name = clean(values["name"]), clean(values["short_name"])
        district.level = values["level"]
    session.flush()
    return district


def overview(session: KhetSession) -> dict[int, tuple[int, int]]:
    """Schools and users of every district: {district id: (schools, users)}, two statements."""

    def by_district(model: Any) -> dict[int, int]:
        rows = session.execute(select(model.district_id, func.count()).group_by(model.district_id))
        return {row[0]: row[1] for row in rows}

    schools, users = by_district(School), by_district(Account)
    return {key: (schools.get(key, 0), users.get(key, 0)) for key in schools.keys() | users.keys()}


def set_second_factor(session: KhetSession, role_id: int, needed: bool) -> RoleProfile:
    """Ask for a second factor from whoever holds a role; who has none sets one up next. Raises NotFound."""
    role = session.get(RoleProfile, role_id)
    if role is None:
        raise NotFound
    role.second_factor = needed
    bump(session, STAMP)
    return role


def set_grantable(session: KhetSession, role_id: int, grantable: bool) -> RoleProfile:
    """Let district administrators give a role, or not. Grants already given stay."""
    role = session.get(RoleProfile, role_id)
    if role is None or role.reach == "nation":
        raise NotFound
    role.grantable = grantable
    bump(session, STAMP)
    return role

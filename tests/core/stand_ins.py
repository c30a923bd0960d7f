"""Accounts that take another's place: what they may by one capacity, and what by the other."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select

from core.base.permissions import DISTRICT_REACH, GRAVE, Right, RoleSpec
from core.base.text.thai import today
from core.platform.accounts import services as accounts
from core.platform.masterdata.models import District, Unit
from core.platform.users import roles
from core.platform.users.models import Grant, RoleProfile
from core.web.crud import CrudView
from core.web.views import LOOKING
from tests.core.doors import BULK, GRANTS, KHET, ROLES, STAFF, Door
from tests.support import HOME, World

#: by their own account alone; by that and in a place besides; in a place alone
ALONE, BOTH, ACTING = "by-own", "by-both", "by-place"
READING = frozenset(right for role in ROLES.values() for right in role.rights if right[0] in LOOKING) - GRAVE


def rights_of(user: str) -> frozenset[Right]:
    """What a demo account may."""
    name = user.partition(".")[0]
    return frozenset().union(*(ROLES[key].rights for key in [*STAFF[name][1], *GRANTS.get(name, [])])) - GRAVE


def right_of(door: Door) -> Right | None:
    """The right (verb, resource) to write behind a door; None where it wants none besides reading."""
    view: Any = door.view
    verb = door.verb
    if door.endpoint.endswith(".bulk") and isinstance(view, CrudView):
        verb = next((one.verb for one in view.actions() if one.key == BULK.get(door.endpoint)), None)
    return (verb, view.resource) if verb and verb not in LOOKING else None


def everybody(world: World) -> None:
    """The three accounts, with nothing yet."""
    with world.session(HOME, f"admin.{HOME}") as session:
        district = session.get(District, session.scope.district_id)
        for name in (ALONE, BOTH, ACTING):
            facts = {"name": name, "first_name": "ผู้แทน", "last_name": name, "must_change_password": False}
            accounts.create_account(session, district, facts, "", hashed="x")


def hold(
    world: World, place_of: str, own: frozenset[Right], place: frozenset[Right], reach: str = DISTRICT_REACH
) -> None:
    """ALONE holds `own`, ACTING holds `place` in the place of a user, BOTH holds the two. The place is taken at a unit
    where that user has no roles, so nothing comes along with it; `own` is held at another, as far as `reach` goes."""
    specs = [
        RoleSpec("test.own", "own", own, reach=reach, plugin="core"),
        RoleSpec("test.place", "place", place, reach=DISTRICT_REACH, plugin="core"),
    ]
    with world.database.system("test", write=True) as session:
        roles.sync(session, [*KHET.registry.roles(), *specs])
    whose = world.account(f"{place_of}.{HOME}").id
    with world.session(HOME) as session:
        keys = {one.key: one.id for one in session.scalars(select(RoleProfile))}
        units = list(session.scalars(select(Unit.id).where(Unit.kind == "school").order_by(Unit.id.desc()).limit(2)))
        days = {"starts_on": today(), "ends_on": today() + timedelta(days=1)}
        for name in (ALONE, BOTH, ACTING):
            user_id = world.account(f"{name}.{HOME}").id
            session.execute(delete(Grant).where(Grant.user_id == user_id))
            if name != ACTING:
                session.add(Grant(user_id=user_id, role_id=keys["test.own"], unit_id=units[0], **days))
            if name != ALONE:
                facts = {"role_id": keys["test.place"], "unit_id": units[1], "stands_in_for_id": whose}
                session.add(Grant(user_id=user_id, **facts, **days))
    world.khet.security.clear_cache()

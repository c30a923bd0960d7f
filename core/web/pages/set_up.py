"""What a new district's administrator has to set up before its people can work, each behind a press."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from flask_babel import gettext as _
from sqlalchemy import exists, func, select

from core.base import permissions
from core.base.identity import Actor
from core.platform.masterdata.models import Holiday, Person, School, Unit
from core.platform.users.models import Account
from core.storage.scope import KhetSession
from core.web.unit_of_work import khet


class Todo(NamedTuple):
    """One thing to set up: what, the page where it is done, and whether it is."""

    title: str
    url: str
    done: bool


def to_set_up(session: KhetSession, actor: Actor, today: date) -> list[Todo]:
    """The list for an administrator of the district, in the order one does it; empty where all of it is there."""
    if not actor.may(permissions.USERS, "add"):
        return []
    year = Holiday.day.between(date(today.year, 1, 1), date(today.year, 12, 31))
    accounts = select(func.count()).select_from(Account).where(Account.active.is_(True)).scalar_subquery()
    asked: list[tuple[str, str, Any]] = [
        (_("Take in the schools"), "SchoolView", exists(select(School.id))),
        (_("Add the groups of the office"), "UnitView", exists(select(Unit.id).where(Unit.kind == "group"))),
        (_("Take in the people of the office and their positions"), "PersonView", exists(select(Person.id))),
        (_("Make accounts and give them roles"), "UserView", accounts > 1),
        (_("Add this year's holidays"), "HolidayView", exists(select(Holiday.id).where(year))),
    ]
    views = khet().views
    mine = [one for one in asked if views[one[1]].may("list")]
    found = session.execute(select(*(done for _title, _view, done in mine))).one()
    todo = [
        Todo(title, views[view].url("list"), bool(done)) for (title, view, _sql), done in zip(mine, found, strict=True)
    ]
    return [] if all(one.done for one in todo) else todo

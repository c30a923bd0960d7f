"""Who may take what waits, as SQL; and the one query that feeds navigation, bell and preferences of a page."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, func, literal, or_, select

from core.base.identity import Actor, UnitSet
from core.platform.notices.models import Notice
from core.platform.personal.models import Preference
from core.platform.users.models import Account
from core.platform.worklist.models import WorklistRow
from core.storage.base import UtcDateTime
from core.storage.scope import KhetSession

#: a list in which something waits: its view, the resource, the verb of who worklists it, and whether the one for whom a
#: record waits by name may open it wherever it lies (else only where they hold `show`)
Worklist = tuple[str, str, str, bool]


def open_to(actor: Actor, worklists: Iterable[Worklist], views: Collection[str]) -> ColumnElement[bool]:
    """What waits for this actor and opens to them: by name, or for whoever holds the right at the unit.

    `worklists` are what the navigation declares; `views` those of plugins that are on.
    """
    alike: dict[tuple[UnitSet, str], list[str]] = {}
    for view, resource, verb, _by_name in worklists:
        if view in views and (units := actor.units(resource, verb)):
            alike.setdefault((units, verb), []).append(view)
    by_right = [
        and_(
            WorklistRow.user_id.is_(None),
            WorklistRow.post == "",
            WorklistRow.verb == verb,
            WorklistRow.view.in_(lists),
            units.criterion(WorklistRow.unit_id),
        )  # fmt: skip
        for (units, verb), lists in alike.items()
    ]
    named = [_named(one, worklists, views) for one in actor.each()]
    read: dict[UnitSet, set[str]] = {}
    for view, resource, _verb, _by_name in worklists if actor.posts else ():
        if view in views and (shown := actor.units(resource, "show")):
            read.setdefault(shown, set()).add(view)
    posts = sorted({one.key for one in actor.posts})
    by_post = [
        and_(WorklistRow.post.in_(posts), WorklistRow.view.in_(sorted(lists)), shown.criterion(WorklistRow.unit_id))
        for shown, lists in read.items()
    ]
    return or_(*named, *by_right, *by_post)


def _named(actor: Actor, worklists: Iterable[Worklist], views: Collection[str]) -> ColumnElement[bool]:
    """What waits by name for one capacity of the actor, and opens to them in it."""
    seen: dict[str, UnitSet] = {}
    for view, resource, _verb, by_name in worklists:
        shown = actor.units(resource, "show")
        if not shown or not (by_name or shown.everywhere):
            seen[view] = shown
    within: dict[UnitSet, list[str]] = {}
    for view, shown in seen.items():
        if view in views and shown:
            within.setdefault(shown, []).append(view)
    return and_(
        WorklistRow.user_id.in_(sorted(actor.names)),
        or_(
            among(WorklistRow.view, set(views) - set(seen)),
            *(
                and_(WorklistRow.view.in_(lists), shown.criterion(WorklistRow.unit_id))
                for shown, lists in within.items()
            ),
        ),
    )


def in_place_of(actor: Actor, row: WorklistRow) -> int | None:
    """In whose place something is in the actor's list; None where it waits for themselves, too."""
    if row.user_id is not None:
        return None if row.user_id == actor.user_id else row.user_id
    if row.post:
        places = [one.stands_in_for for one in actor.posts if one.key == row.post]
    else:
        places = actor.capacities(row.resource, row.verb, row.unit_id)
    return None if None in places else next(iter(places), None)


def among(view: Any, views: Collection[str]) -> ColumnElement[bool]:
    """SQL: `view` is one of the many that are on. One value, where IN would send eighty with every page."""
    return literal(f" {' '.join(sorted(views))} ").contains(" " + view + " ")


def urgent_first(statement: Select[Any], now: datetime) -> Select[Any]:
    """Overdue first, then by urgency, then by what is due, then the oldest."""
    overdue = case((WorklistRow.due_at < now, 0), else_=1)
    nearest = case((WorklistRow.due_at.is_(None), 1), else_=0)
    return statement.order_by(
        overdue, WorklistRow.urgency.desc(), nearest, WorklistRow.due_at, WorklistRow.since, WorklistRow.id
    )


@dataclass(frozen=True)
class PageCounts:
    """What every page shows around its content."""

    worklist: dict[str, tuple[int, int]] = field(default_factory=dict)  #: view → (how many, overdue)
    unread: int = 0
    preferences: dict[str, Any] = field(default_factory=dict)


@lru_cache(maxsize=2_000)
def _page_counts(actor: Actor, worklists: tuple[Worklist, ...], views: frozenset[str]) -> Select[Any]:
    """The statement behind `page_counts`; the same for a user on every page until their rights change. Wants `now`."""
    unread = (
        select(func.count(Notice.id))
        .where(Notice.user_id == actor.user_id, Notice.read_at.is_(None), among(Notice.view, views))
        .scalar_subquery()
    )  # fmt: skip
    choices = select(Preference.data).where(Preference.user_id == actor.user_id).scalar_subquery()
    late = case((WorklistRow.due_at < bindparam("now", type_=UtcDateTime), 1))
    here = and_(WorklistRow.district_id == Account.district_id, open_to(actor, worklists, views))
    return (
        select(WorklistRow.view, func.count(WorklistRow.id), func.count(late), unread, choices)
        .select_from(Account)
        .outerjoin(WorklistRow, here)
        .where(Account.id == actor.user_id)
        .group_by(WorklistRow.view)
    )


def page_counts(
    session: KhetSession, actor: Actor, worklists: Iterable[Worklist], views: frozenset[str], now: datetime
) -> PageCounts:
    """Counts of what waits for the actor by list, unread notices of `views`, and the user's choices.

    One statement, whatever the number of plugins.
    """
    rows = session.execute(_page_counts(actor, tuple(worklists), views), {"now": now}).all()
    if not rows:
        return PageCounts()
    return PageCounts({row[0]: (row[1], row[2]) for row in rows if row[0]}, rows[0][3], rows[0][4] or {})

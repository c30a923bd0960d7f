"""Where a unit ends, whoever ends it reads what nobody can take on any more: roles end with it, work does not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from flask import flash
from flask_babel import gettext as _
from sqlalchemy import select, tuple_

from core.base.text.thai import today
from core.platform.masterdata.models import Unit
from core.platform.timeline import labels
from core.platform.users.models import Account, Grant, RoleProfile
from core.platform.worklist.models import WorklistRow
from core.web.officers import who_hold
from core.web.unit_of_work import db, effective_plugins, khet


@contextmanager
def said_afterwards(unit: Unit) -> Iterator[None]:
    """Ends the unit within: what nobody can take on since is said on the next page, how much of which kind."""
    before = _untaken(unit)
    yield
    db.flush()
    anybody: Counter[str] = Counter()
    named: dict[int, Counter[str]] = {}
    for (kind, record_id), user_id in _untaken(unit).items():
        if (kind, record_id) not in before:
            (anybody if user_id is None else named.setdefault(user_id, Counter()))[kind] += 1
    said = [_("Saved.")]
    if anybody:
        said.append(_("Nobody holds a role for this any more, give it to somebody: %(work)s.", work=_in_words(anybody)))
    for user_id, work in named.items():
        name = db.get_one(Account, user_id).get_full_name()
        said.append(_("%(name)s can take this on no more, have it given to somebody else: %(work)s.",
                      name=name, work=_in_words(work)))  # fmt: skip
    if said[1:]:
        flash(" ".join(said), "warning")


def _in_words(work: Counter[str]) -> str:
    return ", ".join(f"{labels.kind_title(kind)} ({much})" for kind, much in work.items())


def _untaken(unit: Unit) -> dict[tuple[str, int], int | None]:
    """What waits, wherever it lies, for a right that roles at this unit give, and nobody in use can take: (kind, id)
    with the user for whom alone it waits. What waits for a position is its holder's, whatever unit ends."""
    given = select(RoleProfile.key).join(Grant, Grant.role_id == RoleProfile.id)
    keys = set(db.scalars(given.where(Grant.unit_id == unit.id, Grant.lasts(today()))))
    rights = {right for role in khet().registry.roles() if role.key in keys for right in role.rights}
    on, views = effective_plugins(), khet().views
    waiting = select(WorklistRow).where(
        tuple_(WorklistRow.verb, WorklistRow.resource).in_(sorted(rights)), WorklistRow.post == ""
    )
    able: dict[tuple[str, str, int, bool], set[int]] = {}
    found: dict[tuple[str, int], int | None] = {}
    for row in db.scalars(waiting.order_by(WorklistRow.id)) if rights else ():
        if views[row.view].plugin not in on:
            continue
        place = row.verb, row.resource, row.unit_id, views[row.view].assignee_may_open
        if place not in able:
            held = who_hold(place[:2], row.unit_id, whole_office=place[3])
            able[place] = set(db.scalars(select(Account.id).where(Account.id.in_(held), Account.active.is_(True))))
        if not (able[place] if row.user_id is None else row.user_id in able[place]):
            found[row.kind, row.record_id] = row.user_id
    return found

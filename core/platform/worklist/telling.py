"""Whose waiting work somebody else does, gives to another or deletes is told so, in the transaction that does it, and
beforehand of what falls due.

What a page says about it itself is better said, and not said once more here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from core.platform.notices import services as notices
from core.platform.users.models import Account
from core.platform.worklist.models import WorklistRow
from core.storage.scope import RAW, KhetSession

TOPIC, DUE_TOPIC = "core.worklist", "core.due"
_LEFT = "worklist_left"

ACTED, TAKEN, GIVEN, DELETED, ENDED, LYING, DUE = "acted", "taken", "given", "deleted", "ended", "lying", "due"
#: %(by)s is who, %(to)s for whom it waits now, %(way)s which unit has ended and where that goes on, %(record)s the
#: thing, or the first of several
SAID: dict[str, Any] = {
    ACTED: _l("%(by)s has acted on what waited for you, it waits for you no longer: %(record)s"),
    TAKEN: _l("%(by)s has taken on what waited for you: %(record)s"),
    GIVEN: _l("%(by)s has given what waited for you to %(to)s: %(record)s"),
    DELETED: _l("%(by)s has deleted what waited for you: %(record)s"),
    ENDED: _l("A unit has ended (%(way)s), and what waited for you there is finished by others: %(record)s"),
    LYING: _l("%(to)s can do no work here any more; what you gave them still lies there: %(record)s"),
    DUE: _l("Waits for you and is due by the end of tomorrow: %(record)s"),
}


@dataclass(frozen=True)
class Left:
    """What waited for somebody when the transaction began, as it was called then. Stands in for a record that may be
    gone."""

    __tablename__: str
    id: int
    district_id: int
    user_id: int
    view: str
    label: str
    secrecy: int
    deleted: bool = False
    #: which unit has ended and where its matters go on, where that is why
    way: str = ""


def leaves(session: KhetSession, item: WorklistRow, *, deleted: bool) -> None:
    """An item that waits for a user is about to change or to go."""
    if item.user_id is None or session.scope.user_id in (None, item.user_id):
        return
    found: dict[tuple[str, int], Left] = session.info.setdefault(_LEFT, {})
    place = item.kind, item.record_id
    first = found.get(place)
    if first is None or deleted:
        user_id = item.user_id if first is None else first.user_id
        found[place] = Left(
            item.kind, item.record_id, item.district_id, user_id, item.view, item.label, item.secrecy, deleted
        )


def told(session: KhetSession, user_id: int) -> None:
    """Whose act it is says to this user itself, in one notice, what has left them in this transaction."""
    session.flush()
    left: dict[tuple[str, int], Left] = session.info.get(_LEFT, {})
    for place in [place for place, one in left.items() if one.user_id == user_id]:
        del left[place]


def unit_ended(session: KhetSession, way: str) -> None:
    """What has left people in this transaction left them since their unit has ended, and nobody has acted on it."""
    session.flush()
    left: dict[tuple[str, int], Left] = session.info.get(_LEFT, {})
    left.update({place: replace(one, way=one.way or way) for place, one in left.items()})


def tell(session: Session) -> None:
    """Before the commit, when it is known where everything has gone: a notice for each, one for several alike."""
    if not isinstance(session, KhetSession) or session.in_nested_transaction():
        return
    session.flush()
    left: dict[tuple[str, int], Left] = session.info.pop(_LEFT, {})
    heard: set[tuple[int, str, str]] = session.info.pop(notices.TOLD_NOW, set())
    if not left:
        return
    now = _now(session, list(left.values()))
    alike: dict[tuple[Any, ...], list[Left]] = {}
    for place, one in left.items():
        to = now.get(place)
        if to == one.user_id or _heard(heard, one):
            continue
        sort = DELETED if one.deleted else ACTED if to is None or one.secrecy else GIVEN
        sort = TAKEN if to == session.scope.user_id and sort == GIVEN else sort
        sort = ENDED if one.way else sort
        # what is secret stands alone: the notice is hidden as its record is
        alone = place if one.secrecy else None
        same = alike.setdefault((one.user_id, sort, to if sort == GIVEN else None, one.way, alone), [])
        if all(other.label != one.label for other in same):
            same.append(one)
    for (user_id, sort, to, _way, _alone), records in alike.items():
        account = notices.account(session, user_id)
        if account is not None and account.district_id == records[0].district_id:
            _say(session, account, sort, to, records)


def tell_givers(session: KhetSession, user_id: int, district_id: int) -> None:
    """Somebody can act no more: whoever gave them what still waits is told, once for several things.

    What is secret stands alone and is hidden as its record is; it is asked for past the filters.
    """
    given: dict[tuple[int, int | None], list[Left]] = {}
    theirs = select(WorklistRow).where(WorklistRow.district_id == district_id, WorklistRow.user_id == user_id)
    for row in session.scalars(theirs.order_by(WorklistRow.id), execution_options=RAW):
        if row.started_by_id not in (None, user_id, session.scope.user_id):
            one = _left(row)
            given.setdefault((row.started_by_id, row.id if row.secrecy else None), []).append(one)
    for (giver_id, _alone), records in given.items():
        giver = notices.account(session, giver_id)
        if giver is not None and giver.district_id == district_id:
            _say(session, giver, LYING, user_id, records)


def tell_due(session: KhetSession, after: datetime, until: datetime) -> None:
    """Whoever has work that falls due after one moment and until another (both aware) is told, once for several things.

    What waits for nobody by name is seen by all who may take it, and is not said here. What is secret stands alone, as
    above.
    """
    due: dict[tuple[int, int | None], list[Left]] = {}
    wanted = select(WorklistRow).where(
        WorklistRow.district_id == session.scope.district_id, WorklistRow.user_id.is_not(None),
        WorklistRow.due_at > after, WorklistRow.due_at <= until,
    )  # fmt: skip
    for row in session.scalars(wanted.order_by(WorklistRow.due_at, WorklistRow.id), execution_options=RAW):
        one = _left(row)
        due.setdefault((one.user_id, row.id if row.secrecy else None), []).append(one)
    for (user_id, _alone), records in due.items():
        account = notices.account(session, user_id)
        if account is not None and account.district_id == session.scope.district_id:
            _say(session, account, DUE, None, records, DUE_TOPIC)


def _left(row: WorklistRow) -> Left:
    assert row.user_id is not None
    return Left(row.kind, row.record_id, row.district_id, row.user_id, row.view, row.label, row.secrecy)


def _say(
    session: KhetSession, account: Account, sort: str, to: int | None, records: Sequence[Left], topic: str = TOPIC
) -> None:
    holder = session.get(Account, to) if to is not None else None
    first = records[0]
    with force_locale(account.locale):
        what = first.label[:200]
        if len(records) > 1:
            what = _("%(record)s and %(count)s more", record=what, count=len(records) - 1)
        name = f"{holder.first_name} {holder.last_name}".strip() if holder is not None else _("somebody else")
        by = session.scope.user_name or session.scope.name
        said = str(SAID[sort]) % {"by": by, "to": name, "way": first.way, "record": what}
    notices.notify(session, account, topic, said, first, first.view)


def _heard(heard: set[tuple[int, str, str]], one: Left) -> bool:
    """Whether they are told of it otherwise: of that kind of record, as a notice may speak of several, or by name."""
    return any(
        user_id == one.user_id and (kind == one.__tablename__ or (one.label and one.label[:200] in said))
        for user_id, kind, said in heard
    )


def _now(session: KhetSession, left: Sequence[Left]) -> dict[tuple[str, int], int | None]:
    """For whom each waits now. Asked past the filters, since who acts on a secret thing may read it no more."""
    found: dict[tuple[str, int], int | None] = {}
    for start in range(0, len(left), 200):
        part = left[start : start + 200]
        places = [(one.__tablename__, one.id) for one in part]
        rows = select(WorklistRow.kind, WorklistRow.record_id, WorklistRow.user_id).where(
            WorklistRow.district_id.in_({one.district_id for one in part}),
            tuple_(WorklistRow.kind, WorklistRow.record_id).in_(places),
        )
        found.update({(kind, record): user for kind, record, user in session.execute(rows, execution_options=RAW)})
    return found


def forget(session: Session, previous: Any = None) -> None:
    """After a rollback nobody is to be told; what a savepoint has taken back is seen before the commit."""
    if previous is None or not previous.nested:
        session.info.pop(_LEFT, None)
        session.info.pop(notices.TOLD_NOW, None)

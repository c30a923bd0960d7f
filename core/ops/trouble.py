"""Somebody hears of what failed in the house itself: head office of broken pages, administrators of errands.

The log tells both, to whoever reads it. A message comes once an hour at most, and while it lies unread once a day. It
names no record: who looks after the server need not be able to open it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from flask_babel import force_locale
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from core.platform.jobs.models import FAILED, Job
from core.platform.masterdata.models import District, Unit
from core.platform.nightly import holders
from core.platform.notices import services as notices
from core.platform.schedule.models import ScheduledWork
from core.platform.users.models import Account
from core.storage.base import utc_now
from core.storage.database import Database
from core.storage.scope import KhetSession
from core.web.metrics import Metrics

BROKEN, ERRANDS = "core.server_errors", "core.errands_failed"
#: head office's own people, and those of a district
ROLES = ("core.head_office", "core.district_admin")
#: between two messages to one person: where the one before was read, and where it was not
READ, UNREAD = timedelta(hours=1), timedelta(days=1)
#: a first message tells of what failed since; jobs are kept no longer
FIRST = timedelta(days=7)
_SAID: dict[str, Any] = {
    BROKEN: _l(
        "The server could not answer %(count)s requests. Tell whoever looks after it; the last has the number %(last)s."
    ),
    ERRANDS: _l("Work that the system does by itself failed (%(count)s). Tell whoever looks after the server."),
}

#: how often something happened since a moment
Count = Callable[[datetime], int]


def tell(database: Database, metrics: Metrics) -> None:
    """Tell of both, if it is time. Runs within a request context: the words are translated."""
    with database.system("trouble") as session:
        levels = session.execute(select(District.id, District.level).order_by(District.id)).all()
        failed = session.execute(
            select(Job.district_id, Job.ended_at).where(
                Job.state == FAILED, Job.quiet.is_(True), Job.ended_at.is_not(None)
            )
        ).all()
        failed += session.execute(
            select(ScheduledWork.district_id, ScheduledWork.failed_at).where(ScheduledWork.failed_at.is_not(None))
        ).all()
    head = [one for one, level in levels if level == "head_office"]
    nobody: list[datetime] = []
    for district_id in sorted({one for one, _at in failed}):
        ended = [at for one, at in failed if one == district_id]
        if _tell_in(database, district_id, ERRANDS, _since(ended)) is None:
            nobody += ended
    for district_id in head if nobody else ():
        _tell_in(database, district_id, ERRANDS, _since(nobody))
    if broken := metrics.broken:
        told = [_tell_in(database, one, BROKEN, lambda _moment: broken, metrics.last_broken) for one in head]
        if set(told) <= {None}:
            offices = [one for one, level in levels if level != "head_office"]
            told = [_tell_in(database, one, BROKEN, lambda _moment: broken, metrics.last_broken) for one in offices]
        if any(told):
            metrics.broken -= broken


def _since(ended: list[datetime]) -> Count:
    return lambda moment: sum(at > moment for at in ended)


def _tell_in(database: Database, district_id: int, topic: str, count: Count, last: str = "") -> bool | None:
    """Tell who looks after a district what they do not know yet; returns whether anybody was told, None where nobody
    looks after it."""
    with database.district(district_id, "trouble", write=False) as session:
        people = holders(session, ROLES)
        due = {one.id: number for one in people if (number := _new(session, one, topic, count))}
    if not due:
        return False if people else None
    with database.district(district_id, "trouble") as session:
        office = session.scalars(select(Unit).where(Unit.kind == "office")).first()
        for account in session.scalars(select(Account).where(Account.id.in_(due))).all():
            with force_locale(account.locale):
                said = str(_SAID[topic]) % {"count": due[account.id], "last": last}
            notices.notify(session, account, topic, said, office, "UnitView", must=True, mail=True)
    return True


def _new(session: KhetSession, account: Account, topic: str, count: Count) -> int:
    """How much there is to tell an account now."""
    last = next(iter(notices.latest(session, account.id, 1, topic=topic)), None)
    if last is not None and utc_now() - last.at < (READ if last.read_at else UNREAD):
        return 0
    return count(last.at if last is not None else utc_now() - FIRST)

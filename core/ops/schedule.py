"""Gives every district its turn of what comes again by itself (core/platform/schedule)."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from core.platform.masterdata.models import District
from core.platform.schedule.models import ScheduledWork
from core.platform.schedule.periodic import AGAIN, Periodic, Turn
from core.plugins.switches import Switchboard
from core.storage.database import Database

log = logging.getLogger(__name__)


def run(database: Database, switchboard: Switchboard, now: datetime) -> None:
    """Do what is due in every district. Runs within a request context: the words are translated.

    What fails keeps nothing after it from its turn; raises ExceptionGroup of all that failed, at the end.
    """
    failed: list[Exception] = []
    for district_id, work, last in _due(database, switchboard, now):
        try:
            last = last or _begin(database, district_id, work, now)
            if work.due(last, now):
                _turn(database, district_id, work, last, now)
        except Exception as error:
            log.error("%s failed in district %s: %s", work.key, district_id, type(error).__name__)
            failed.append(error)
            _failed(database, district_id, work, now)
    if failed:
        raise ExceptionGroup("schedule", failed)


def _due(
    database: Database, switchboard: Switchboard, now: datetime
) -> Iterator[tuple[int, Periodic, datetime | None]]:
    """(district, work, until when it is done): read in one go, so that a round in which nothing is due asks little."""
    with database.system("schedule") as session:
        districts = session.scalars(select(District.id).order_by(District.id)).all()
        rows = {(one.district_id, one.key): one for one in session.scalars(select(ScheduledWork))}
        on = {one: switchboard.effective(session, one) for one in districts}
    for district_id in districts:
        for name, work in switchboard.registry.schedule:
            if name not in on[district_id]:
                continue
            row = rows.get((district_id, work.key))
            if row is None:
                yield district_id, work, None
            elif work.due(row.last_at, now) and (row.failed_at is None or now >= row.failed_at + AGAIN):
                yield district_id, work, row.last_at


def _begin(database: Database, district_id: int, work: Periodic, now: datetime) -> datetime:
    """The first note of a work in a district; returns since when it counts. Another server may have been quicker."""
    since = now - work.every if work.at is None else now
    with suppress(IntegrityError), database.district(district_id, f"schedule {work.key}") as session:
        session.add(ScheduledWork(key=work.key, last_at=since))
    return since


def _turn(database: Database, district_id: int, work: Periodic, last: datetime, now: datetime) -> None:
    """The work and the note that it is done are one commit; of several servers the first to note does it."""
    with database.district(district_id, f"schedule {work.key}") as session:
        mine = (
            update(ScheduledWork)
            .where(ScheduledWork.key == work.key, ScheduledWork.last_at == last)
            .values(last_at=now, failed_at=None)
        )
        if session.execute(mine).rowcount:
            work.run(Turn(session, database.settings, last, now))


def _failed(database: Database, district_id: int, work: Periodic, now: datetime) -> None:
    """Note that a turn failed: the rest is as it was before it."""
    try:
        with database.district(district_id, f"schedule {work.key}") as session:
            session.execute(update(ScheduledWork).where(ScheduledWork.key == work.key).values(failed_at=now))
    except Exception:
        log.exception("that %s failed in district %s could not be noted", work.key, district_id)

"""Chains each district's timeline by hash, after the commit, so that a later forgery shows.

One sealer per district at a time: the chain's unique position makes a second one fail and try later.
"""

from __future__ import annotations

import hashlib
import json
import time

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from core.db.database import Database
from core.db.scope import KhetSession
from core.masterdata.models import District
from core.timeline.models import TimelineEntry, TimelineSeal

BATCH = 500
#: between two batches clerks have the processor, and SQLite's lock, for as long as the last one took; seconds
LONGEST_PAUSE = 0.5
GENESIS = "0" * 64


def link(previous: str, entry: TimelineEntry) -> str:
    """The hash of one entry and the link before it (SHA-256, hex)."""
    content = json.dumps(
        [
            previous, entry.id, entry.district_id, entry.at.isoformat(), entry.actor_id, entry.actor_name,
            entry.kind, entry.record_id, entry.record_label, entry.action, entry.changes, entry.note,
            entry.secrecy,
        ],
        ensure_ascii=False,
        sort_keys=True,
    )  # fmt: skip
    return hashlib.sha256(content.encode()).hexdigest()


def _tip(session: KhetSession, district_id: int) -> tuple[int, str]:
    seal = session.scalars(
        select(TimelineSeal)
        .where(TimelineSeal.district_id == district_id)
        .order_by(TimelineSeal.position.desc())
        .limit(1)
    ).first()
    return (seal.position, seal.hash) if seal else (0, GENESIS)


def _seal_some(session: KhetSession, district_id: int) -> int:
    position, previous = _tip(session, district_id)
    # Not "id > the last sealed": a slow transaction commits a lower id after a faster one's higher id.
    entries = session.scalars(
        select(TimelineEntry)
        .outerjoin(
            TimelineSeal,
            (TimelineSeal.entry_id == TimelineEntry.id) & (TimelineSeal.district_id == TimelineEntry.district_id),
        )
        .where(TimelineEntry.district_id == district_id, TimelineSeal.id.is_(None))
        .order_by(TimelineEntry.id)
        .limit(BATCH)
        .execution_options(khet_raw=True)  # the sealer chains secret entries too; nobody reads them here
    ).all()
    for entry in entries:
        position += 1
        previous = link(previous, entry)
        session.add(TimelineSeal(district_id=district_id, entry_id=entry.id, position=position, hash=previous))
    return len(entries)


def seal(database: Database) -> int:
    """Chain every entry that is not chained yet; returns how many were."""
    total = 0
    with database.system("seal the timeline") as session:
        districts = session.scalars(select(District.id)).all()
    for district_id in districts:
        while True:
            started = time.monotonic()
            try:
                with database.system("seal the timeline", write=True) as session:
                    count = _seal_some(session, district_id)
            except IntegrityError:  # another sealer was faster
                break
            total += count
            if count < BATCH:
                break
            time.sleep(min(time.monotonic() - started, LONGEST_PAUSE))
    return total


def verify(database: Database) -> list[str]:
    """Walk every chain; returns one line per broken link (empty: whole)."""
    broken = []
    with database.system("verify the timeline") as session:
        for district in session.scalars(select(District)).all():
            rows = session.execute(
                select(TimelineSeal, TimelineEntry)
                .join(
                    TimelineEntry,
                    (TimelineSeal.entry_id == TimelineEntry.id)
                    & (TimelineSeal.district_id == TimelineEntry.district_id),
                )
                .where(TimelineSeal.district_id == district.id)
                .order_by(TimelineSeal.position)
                .execution_options(khet_raw=True, yield_per=1000)
            )
            previous, expected = GENESIS, 0
            for seal_row, entry in rows:
                expected += 1
                previous = link(previous, entry)
                if seal_row.position != expected or seal_row.hash != previous:
                    broken.append(f"{district.code}: entry {entry.id} at position {seal_row.position}")
                    previous = seal_row.hash
                    expected = seal_row.position
            sealed = session.scalar(
                select(func.count()).select_from(TimelineSeal).where(TimelineSeal.district_id == district.id)
            )
            if sealed != expected:
                broken.append(f"{district.code}: {sealed} seals, {expected} entries")
    return broken

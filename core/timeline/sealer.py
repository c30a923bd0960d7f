"""Chains each district's timeline under a key, after the commit, so that a later forgery shows (anchors.py says why).

One sealer per district at a time: the chain's unique position makes a second one fail and try later.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from core.config import Settings
from core.db.database import Database
from core.db.scope import KhetSession
from core.masterdata.models import District
from core.timeline import anchors
from core.timeline.anchors import Head, key_name
from core.timeline.models import TimelineEntry, TimelineSeal

BATCH = 500
#: between two batches clerks have the processor, and SQLite's lock, for as long as the last one took; seconds
LONGEST_PAUSE = 0.5
GENESIS = "0" * 64


def link(previous: str, entry: TimelineEntry, position: int = 0, key: bytes | None = None) -> str:
    """The hash of one entry and the link before it (hex): HMAC-SHA-256 under `key`, or plain SHA-256 as once.

    The first link under a key covers the key's name and the last link of what came before, and so seals the change.
    """
    content = json.dumps(
        [
            *([key_name(key), position] if key else []),
            previous, entry.id, entry.district_id, entry.at.isoformat(), entry.actor_id, entry.actor_name,
            entry.kind, entry.record_id, entry.record_label, entry.action, entry.changes, entry.note,
            entry.secrecy,
        ],
        ensure_ascii=False,
        sort_keys=True,
    )  # fmt: skip
    if key:
        return hmac.new(key, content.encode(), hashlib.sha256).hexdigest()
    return hashlib.sha256(content.encode()).hexdigest()


def _tip(session: KhetSession, district_id: int) -> tuple[int, str]:
    seal = session.scalars(
        select(TimelineSeal)
        .where(TimelineSeal.district_id == district_id)
        .order_by(TimelineSeal.position.desc())
        .limit(1)
    ).first()
    return (seal.position, seal.hash) if seal else (0, GENESIS)


def _seal_some(session: KhetSession, district_id: int, key: bytes) -> tuple[int, Head]:
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
        previous = link(previous, entry, position, key)
        session.add(
            TimelineSeal(
                district_id=district_id, entry_id=entry.id, position=position, hash=previous, key=key_name(key)
            )
        )
    return len(entries), Head(district_id, position, previous)


def seal(database: Database) -> int:
    """Chain every entry that is not chained yet, and export the new heads; returns how many were."""
    key = list(anchors.keys(database.settings.seal_key_file).values())[-1]
    total = 0
    heads: dict[int, Head] = {}
    with database.system("seal the timeline") as session:
        districts = session.scalars(select(District.id)).all()
    for district_id in districts:
        while True:
            started = time.monotonic()
            try:
                with database.system("seal the timeline", write=True) as session:
                    count, head = _seal_some(session, district_id, key)
            except IntegrityError:  # another sealer was faster
                break
            total += count
            if count:
                heads[district_id] = head
            if count < BATCH:
                break
            time.sleep(min(time.monotonic() - started, LONGEST_PAUSE))
    anchors.export(database.settings.heads_file, heads.values())
    return total


def export_heads(database: Database, path: Path) -> None:
    """Add the newest link of every district to a file outside the database."""
    with database.system("export the timeline's heads") as session:
        tips = [Head(one, *_tip(session, one)) for one in session.scalars(select(District.id).order_by(District.id))]
    anchors.export(path, [tip for tip in tips if tip.position])


def verify(database: Database, heads: Iterable[Path] = ()) -> list[str]:
    """Walk every chain and compare it with the heads in files, our own and others; returns one line for each thing that
    is wrong (empty: whole)."""
    return [said for found in broken(database, heads).values() for said in found]


def broken(database: Database, heads: Iterable[Path] = (), rest: float = 0.0) -> dict[int, list[str]]:
    """The same by district. `rest`: seconds of rest after each thousand entries, for those who work meanwhile."""
    settings = database.settings
    keys = anchors.keys(settings.seal_key_file)
    exported = anchors.exported([*([settings.heads_file] if settings.heads_file.exists() else []), *heads])
    found: dict[int, list[str]] = {}
    with database.system("verify the timeline") as session:
        for district in session.scalars(select(District).order_by(District.id)).all():
            wanted = exported.pop(district.id, {})
            if said := _of_district(session, district, keys, wanted, settings, rest):
                found[district.id] = said
    return found | {one: [f"district {one}: it was sealed, and is not there"] for one in exported}


def _of_district(
    session: KhetSession, district: District, keys: Mapping[str, bytes], wanted: dict[int, set[str]],
    settings: Settings, rest: float,
) -> list[str]:  # fmt: skip
    # what is sealed meanwhile is another night's: on PostgreSQL each statement would see more than the one before
    upto = (TimelineSeal.district_id == district.id, TimelineSeal.position <= _tip(session, district.id)[0])
    rows = session.execute(
        select(TimelineSeal, TimelineEntry)
        .join(
            TimelineEntry,
            (TimelineSeal.entry_id == TimelineEntry.id) & (TimelineSeal.district_id == TimelineEntry.district_id),
        )
        .where(*upto)
        .order_by(TimelineSeal.position)
        .execution_options(khet_raw=True, yield_per=1000)
    )
    broken: list[str] = []
    previous, expected, keyed = GENESIS, 0, ""
    known: dict[int, str] = {}
    for count, (seal_row, entry) in enumerate(rows, 1):
        if rest and not count % 1000:
            time.sleep(rest)
        expected += 1
        if seal_row.position in wanted:
            known[seal_row.position] = seal_row.hash
        if seal_row.key and seal_row.key not in keys:
            if seal_row.key != keyed:
                broken.append(_unknown_key(district, seal_row, settings))
            previous = seal_row.hash
        elif keyed and not seal_row.key:
            broken.append(f"{district.code}: position {seal_row.position} has no key, those before it have")
            previous = link(previous, entry)
        else:
            previous = link(previous, entry, seal_row.position, keys.get(seal_row.key))
        keyed = seal_row.key or keyed
        if seal_row.position != expected or seal_row.hash != previous:
            broken.append(f"{district.code}: entry {entry.id} at position {seal_row.position}")
            previous = seal_row.hash
            expected = seal_row.position
    sealed = session.scalar(select(func.count()).select_from(TimelineSeal).where(*upto))
    if sealed != expected:
        broken.append(f"{district.code}: {sealed} seals, {expected} entries")
    if said := anchors.disagreement(known, wanted):
        broken.append(f"{district.code}: {said}")
    return broken


def _unknown_key(district: District, seal_row: TimelineSeal, settings: Settings) -> str:
    return (
        f"{district.code}: from position {seal_row.position} on sealed with a key that is not in "
        f"{settings.seal_key_file}: add its line above the last"
    )

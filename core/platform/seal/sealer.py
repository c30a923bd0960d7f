"""Chains each district's timeline under a key, after the commit, so that a later forgery shows (anchors.py says why).

One sealer per district at a time: the chain's unique position makes a second one fail and try later.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from core.base.config import Settings
from core.platform.masterdata.models import District
from core.platform.seal import anchors
from core.platform.seal.anchors import Head, key_name
from core.platform.timeline.models import TimelineEntry, TimelineSeal
from core.storage.base import utc_now
from core.storage.database import Database
from core.storage.scope import KhetSession

BATCH = 500
#: a district's heads are no closer together: so many tell of a forgery soon enough, and can be kept for good
HEADS_EVERY = timedelta(hours=1)
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
    """Chain every entry that is not chained yet, and export new heads, of a district one an hour; returns how many."""
    settings = database.settings
    newest = _newest_heads(database)
    key = list(anchors.keys(settings.seal_key_file).values())[-1]
    total = 0
    heads: list[Head] = []
    for district_id in _districts(database):
        while True:
            started = time.monotonic()
            try:
                with database.system("seal the timeline", write=True) as session:
                    count, head = _seal_some(session, district_id, key)
            except IntegrityError:  # another sealer was faster
                break
            total += count
            if count < BATCH:
                at, position = newest.get(district_id, (None, 0))
                if head.position != position and (at is None or utc_now() - at >= HEADS_EVERY):
                    heads.append(head)
                break
            time.sleep(min(time.monotonic() - started, LONGEST_PAUSE))
    anchors.export(settings.heads_file, heads)
    newest.update({head.district_id: (utc_now(), head.position) for head in heads})
    return total


def _newest_heads(database: Database) -> dict[int, tuple[datetime, int]]:
    """What this process knows of the file of heads; the file is begun where there is neither key nor heads."""
    settings = database.settings
    if not settings.heads_file.exists():
        database.memory.pop(anchors.HEADS, None)
        if settings.seal_key_file.exists():
            anchors.lost(settings.heads_file)
        else:  # a new installation, or one from before the key
            begin(database)
    if anchors.HEADS not in database.memory:
        database.memory[anchors.HEADS] = anchors.newest(settings.heads_file)
    return cast("dict[int, tuple[datetime, int]]", database.memory[anchors.HEADS])


def _districts(database: Database) -> list[int]:
    with database.system("seal the timeline") as session:
        return list(session.scalars(select(District.id).order_by(District.id)))


def _tips(database: Database) -> list[Head]:
    with database.system("export the timeline's heads") as session:
        tips = [Head(one, *_tip(session, one)) for one in session.scalars(select(District.id).order_by(District.id))]
    return [tip for tip in tips if tip.position]


def export_heads(database: Database, path: Path) -> None:
    """Add the newest link of every district to a file outside the database."""
    anchors.export(path, _tips(database))


def begin(database: Database, *others: Path) -> None:
    """Take every chain as it is from here on: its newest link becomes the first head that counts, in our file and in
    `others`. After a restore; and when the operator has looked into why heads were missing."""
    with database.system("export the timeline's heads") as session:
        plain = select(TimelineSeal.district_id, func.max(TimelineSeal.position)).where(TimelineSeal.key == "")
        bounds = {row[0]: row[1] for row in session.execute(plain.group_by(TimelineSeal.district_id))}
    tips = _tips(database)
    for path in (database.settings.heads_file, *others):
        anchors.begin(path, tips, bounds)


def verify(database: Database, heads: Iterable[Path] = ()) -> list[str]:
    """Walk every chain and compare it with the heads in files, our own and others; returns one line for each thing that
    is wrong (empty: whole)."""
    return [said for found in broken(database, heads).values() for said in found]


def broken(database: Database, heads: Iterable[Path] = (), rest: float = 0.0) -> dict[int, list[str]]:
    """The same by district; what is not of one district stands with head office. `rest`: seconds of rest after each
    thousand entries, for those who work meanwhile."""
    settings = database.settings
    ours = [settings.heads_file] if settings.heads_file.exists() else []
    keyed = settings.seal_key_file.exists()
    keys = anchors.keys(settings.seal_key_file) if keyed else {}
    exported = anchors.Heads([*ours, *heads])
    found: dict[int, list[str]] = {}
    with database.system("verify the timeline") as session:
        districts = session.scalars(select(District).order_by(District.id)).all()
        for district in districts:
            # without key and heads an installation is older than both: its plain seals are all it has
            plain = exported.plain(district.id) if keyed or ours else None
            wanted = anchors.Comparison(exported.of(district.id))
            if said := _of_district(session, district, keys, wanted, plain, settings, rest):
                found[district.id] = said
            elif ours and not wanted.any and _tip(session, district.id)[0]:
                found[district.id] = [f"{district.code}: it is sealed, and {ours[0]} has no head of it{_BEGIN}"]
        gone = exported.districts() - {district.id for district in districts}
        sealed = session.scalar(select(TimelineSeal.id).limit(1)) is not None
        said = _of_files(settings, exported, keyed=keyed) if sealed else []
        if said:
            first = next((one.id for one in districts if one.level == "head_office"), districts[0].id)
            found[first] = said + found.get(first, [])
    return found | {one: [f"district {one}: it was sealed, and is not there"] for one in sorted(gone)}


_BEGIN = ". Look at copies kept elsewhere (--heads); `app.py seal --begin` holds the chains as they are from here on"


def _of_files(settings: Settings, exported: anchors.Heads, *, keyed: bool) -> list[str]:
    """What is missing outside the database, though seals were made."""
    ours = settings.heads_file
    said = []
    if ours in exported.lost or (keyed and not ours.exists()):
        said.append(f"the timeline's heads are missing: {ours} was lost or taken away{_BEGIN}")
    said += [f"line {number} of {path} is no head that Khet wrote{_BEGIN}" for path, number in exported.odd]
    if ours.exists() and not keyed:
        said.append(f"the timeline's seal key is missing: put {settings.seal_key_file} back from your copy of it")
    return said


def _of_district(
    session: KhetSession, district: District, keys: Mapping[str, bytes], wanted: anchors.Comparison, plain: int | None,
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
    previous, expected, keyed, bare = GENESIS, 0, "", False
    for count, (seal_row, entry) in enumerate(rows, 1):
        if rest and not count % 1000:
            time.sleep(rest)
        expected += 1
        wanted.seal(seal_row.position, seal_row.hash)
        if seal_row.key and seal_row.key not in keys:
            if seal_row.key != keyed:
                broken.append(_unknown_key(district, seal_row, settings))
            previous = seal_row.hash
        else:
            previous = link(previous, entry, seal_row.position, keys.get(seal_row.key))
        if not seal_row.key and not bare and (keyed or (plain is not None and seal_row.position > plain)):
            bare = True
            broken.append(
                f"{district.code}: position {seal_row.position} has no key, though the chain is sealed with one"
            )
        keyed = seal_row.key or keyed
        if seal_row.position != expected or seal_row.hash != previous:
            broken.append(f"{district.code}: entry {entry.id} at position {seal_row.position}")
            previous = seal_row.hash
            expected = seal_row.position
    sealed = session.scalar(select(func.count()).select_from(TimelineSeal).where(*upto))
    if sealed != expected:
        broken.append(f"{district.code}: {sealed} seals, {expected} entries")
    wanted.end()
    if wanted.said:
        broken.append(f"{district.code}: {wanted.said}")
    return broken


def _unknown_key(district: District, seal_row: TimelineSeal, settings: Settings) -> str:
    return (
        f"{district.code}: from position {seal_row.position} on sealed with a key that is not in "
        f"{settings.seal_key_file}: add its line above the last"
    )

"""Compares every file with its row: what the operator asks with `app.py verify`, and Khet itself every night."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select

from core.platform.masterdata.models import District, Unit
from core.platform.nightly import Mark, holders
from core.platform.notices import services as notices
from core.records.files import store
from core.records.files.models import Attachment
from core.storage.database import Database
from core.storage.scope import RAW

log = logging.getLogger(__name__)

CHUNK = 500
#: seconds of rest after each file: clerks have the disk
REST = 0.01
#: name of the memory of this check
MARK = "files-checked"
TOPIC = "core.files_damaged"


@dataclass(frozen=True)
class Finding:
    """One file: "missing" or "altered" with its row, or "unknown" without one."""

    what: str
    district_id: int
    path: Path
    file_id: int | None = None
    kind: str | None = None
    record_id: int | None = None

    def __str__(self) -> str:
        of = f" (file {self.file_id}, of {self.kind or 'nothing yet'} {self.record_id or ''}".rstrip() + ")"
        return f"{self.what}: {self.path}{of if self.file_id else ''}"


def compare(database: Database, root: Path, district_id: int, *, rest: float = 0.0) -> Iterator[Finding]:
    """What is wrong with the files of a district; secret papers' too, of which only the place is told."""
    last = 0
    while rows := _rows(database, district_id, last):
        for row in rows:
            path = store.place(root, district_id, row.stored_as)
            found = store.damage(path, row.size, row.sha256)
            if found and _still_there(database, district_id, row.id):
                yield Finding(found, district_id, path, row.id, row.kind, row.record_id)
            time.sleep(rest)
        last = rows[-1].id
    yield from _unknown(database, root, district_id)


def _rows(database: Database, district_id: int, after: int) -> list[Attachment]:
    with database.district(district_id, "compare files", write=False) as session:
        wanted = (
            select(Attachment)
            .where(Attachment.district_id == district_id, Attachment.id > after)
            .order_by(Attachment.id)
            .limit(CHUNK)
        )
        # raw: whether a secret's file is whole is asked for everybody who may read it
        return list(session.scalars(wanted, execution_options=RAW))


def _still_there(database: Database, district_id: int, file_id: int) -> bool:
    with database.district(district_id, "compare files", write=False) as session:
        wanted = select(Attachment.id).where(Attachment.id == file_id, Attachment.district_id == district_id)
        return session.scalar(wanted, execution_options=RAW) is not None


def _unknown(database: Database, root: Path, district_id: int) -> Iterator[Finding]:
    old = time.time() - store.ORPHAN_AFTER
    places = (place for place in (root / str(district_id)).glob("??/*") if _changed(place) < old)
    with database.district(district_id, "compare files", write=False) as session:
        for place in places:
            if not store.known(session, district_id, place.name):
                yield Finding("unknown", district_id, place)


def _changed(place: Path) -> float:
    """When a file was written; one that went meanwhile is as new as can be."""
    try:
        return place.stat().st_mtime
    except FileNotFoundError:
        return time.time()


def districts(database: Database) -> list[int]:
    """Every district's id."""
    with database.system("compare files") as session:
        return list(session.scalars(select(District.id).order_by(District.id)))


# -- every night ----------------------------------------------------------------------------------------------------


def mark(data_dir: Path) -> Mark:
    """When the files were last compared, and what was found."""
    return Mark(data_dir / MARK)


def nightly(database: Database, root: Path, data_dir: Path) -> list[Finding]:
    """Compare all files, sweep what belongs to nobody, log what is damaged, and tell a district's administrators of
    what was not known the night before. Returns what is damaged."""
    damaged: list[Finding] = []
    with mark(data_dir).looking() as known:
        for district_id in districts(database):
            found = [one for one in compare(database, root, district_id, rest=REST) if one.what != "unknown"]
            for one in found:
                log.error("file %s", one)
            if new := [one for one in found if str(one.path) not in known]:
                _tell(database, district_id, len(new))
            damaged += found
            with database.district(district_id, "housekeeping", write=False) as session:
                store.sweep_orphans(session, root, time.time())
    mark(data_dir).write(str(one.path) for one in damaged)
    return damaged


def _tell(database: Database, district_id: int, count: int) -> None:
    with database.district(district_id, "compare files") as session:
        office = session.scalars(select(Unit).where(Unit.kind == "office")).first()
        for account in holders(session, ["core.district_admin"]):
            with force_locale(account.locale):
                said = _(
                    "Attached files are missing or altered on the server (%(count)s). Tell whoever looks after it.",
                    count=count,
                )
            notices.notify(session, account, TOPIC, said, office, "UnitView")

"""Backups that Khet writes itself: once a day, each restored for a rehearsal before it counts; older ones go."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flask_babel import force_locale
from flask_babel import lazy_gettext as _l
from sqlalchemy import Table, select, text

from core.base import disk
from core.base.config import Settings
from core.base.text.thai import BANGKOK
from core.ops.backup import backup, plain_row, tables
from core.ops.restore import check, fill_rows
from core.platform.masterdata.models import District, Unit
from core.platform.nightly import holders
from core.platform.notices import services as notices
from core.platform.seal import anchors, sealer
from core.plugins import migrate
from core.plugins.registry import Registry
from core.storage import encrypted_zip
from core.storage.base import utc_now
from core.storage.database import WRITE, Database, make_engine
from core.storage.encrypted_zip import BackupError

log = logging.getLogger(__name__)

TOPIC = "core.backup_failed"
#: in the folder of archives: how the last one went
STATE = ".state.json"
#: what an archive is called until it came back whole, and the folder of its rehearsal
UNPROVEN, REHEARSAL = ".unproven", "rehearsal-"
_NAME = re.compile(r"khet-(\d{4}-\d{2}-\d{2}T\d{4})\.khet")
_STAMP = "%Y-%m-%dT%H%M"
#: what failed is tried again
AGAIN = timedelta(hours=1)
#: the last good archive of a healthy installation is not older
OLDEST = timedelta(hours=50)
#: advisory lock of the one process of several that makes it
LOCK = 0x4B680010


def archives(folder: Path) -> dict[Path, datetime]:
    """The archives in a folder that Khet named, newest first, each with its time."""
    found = [(path, match[1]) for path in folder.iterdir() if (match := _NAME.fullmatch(path.name))]
    made = {path: datetime.strptime(stamp, _STAMP).replace(tzinfo=BANGKOK) for path, stamp in found}
    return dict(sorted(made.items(), key=lambda one: one[1], reverse=True))


def due(settings: Settings, now: datetime) -> bool:
    """Whether one is to be made: none is there since today's hour, and the last try is not just over.

    An office's machine that is off at that hour makes it when it is on again.
    """
    if settings.backup_dir is None:
        return False
    here = now.astimezone(BANGKOK)
    hour = here.replace(hour=settings.backup_hour, minute=0, second=0, microsecond=0)
    if hour > here:
        hour -= timedelta(days=1)
    state = _state(settings.backup_dir)
    if state.get("problem") and _too_soon(settings, datetime.fromisoformat(state["at"]), state.get("key"), now):
        return False
    made = [at for at in archives(settings.backup_dir).values() if at <= now]
    return not made or made[0] < hour


def healthy(settings: Settings, now: datetime) -> bool:
    """Whether the last backup went well and is not old; True where none are wanted, or the first is still to come."""
    if settings.backup_dir is None:
        return True
    try:
        state = _state(settings.backup_dir)
        # one from a day when the clock was wrong is none of today's
        newest = next((at for at in archives(settings.backup_dir).values() if at <= now), None)
    except (OSError, ValueError):
        return False
    return not state or not state.get("problem", "?") and newest is not None and now - newest < OLDEST


def _too_soon(settings: Settings, failed: datetime, key: str | None, now: datetime) -> bool:
    """Whether the last try failed just now, and with the key file that is there still."""
    return timedelta(0) <= now - failed < AGAIN and key == _key_file(settings)


def _key_file(settings: Settings) -> str:
    """Which key file lies there: another one, or one at last, is reason enough to try again."""
    try:
        found = settings.backup_key_file.stat()
    except OSError:
        return ""
    return f"{found.st_ino}-{found.st_mtime_ns}-{found.st_size}"


def _state(folder: Path) -> dict[str, Any]:
    path = folder / STATE
    said = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    if not isinstance(said, dict):
        raise ValueError(f"{path} is not what Khet wrote")
    return said


def _write_state(settings: Settings, now: datetime, problem: str, damaged: Collection[str]) -> None:
    folder = settings.backup_dir
    assert folder is not None
    state = {"at": now.isoformat(), "problem": problem, "key": _key_file(settings), "damaged": list(damaged)}
    made = folder / f"{STATE}.{os.getpid()}"
    made.unlink(missing_ok=True)
    with disk.new_file(made) as file:
        file.write(json.dumps(state, ensure_ascii=False).encode())
    disk.replace(made, folder / STATE)


def nightly(database: Database, registry: Registry, settings: Settings, now: datetime | None = None) -> Path | None:
    """Make, rehearse and thin out, if one is due and no other process is at it; returns the new archive.

    What fails stands in the log, in /health, and with head office as a notice (once a day); no archive is deleted then.
    Attached files that are damaged are told once; the archive is whole without them, and older ones go.
    """
    now = now or utc_now()
    folder = settings.backup_dir
    failed = database.memory.get(TOPIC)
    if failed is not None and _too_soon(settings, failed[0], failed[1], now):
        return None
    try:
        if folder is None or not due(settings, now):
            return None
    except (OSError, ValueError) as error:
        _failed(database, settings, now, f"{folder}: {getattr(error, 'strerror', None) or error}")
        return None
    with _alone(settings) as alone:
        if not alone or not due(settings, now):
            return None
        try:
            made = folder / f"khet-{now.astimezone(BANGKOK).strftime(_STAMP)}.khet"
            key = encrypted_zip.read_key(settings.backup_key_file)
            _sweep(settings)
            unproven = made.with_suffix(UNPROVEN)
            manifest = backup(settings, registry, unproven, key)
            try:
                rehearse(registry, unproven, key, settings.data_dir)
                disk.replace(unproven, made)
            finally:
                unproven.unlink(missing_ok=True)
            sealer.export_heads(database, folder / anchors.HEADS)
            for old in superseded(archives(folder), settings.backup_kept):
                old.unlink()
            _of_damaged(database, folder, manifest["damaged"])
            _write_state(settings, now, "", manifest["damaged"])
        except Exception as error:
            _failed(database, settings, now, str(error) or type(error).__name__)
            return None
    log.info("backup made and rehearsed: %s", made)
    return made


def _sweep(settings: Settings) -> None:
    """Throw away what a backup left that was killed: half archives, ones not rehearsed, and the plain rows of a
    rehearsal. Whoever makes one is alone, so none of it is in use."""
    assert settings.backup_dir is not None
    for path in [*settings.backup_dir.glob(f"khet-*{UNPROVEN}"), *settings.backup_dir.glob(f"khet-*{UNPROVEN}.*.part")]:
        path.unlink(missing_ok=True)
    for place in settings.data_dir.glob(f"{REHEARSAL}*"):
        shutil.rmtree(place, ignore_errors=True)


@contextmanager
def _alone(settings: Settings) -> Iterator[bool]:
    """Whether no other server of this database makes one; SQLite has one server."""
    if settings.sqlite:
        yield True
        return
    engine = make_engine(settings.owner_database_url)
    try:
        with engine.connect() as connection:
            yield bool(connection.execute(text("select pg_try_advisory_lock(:key)"), {"key": LOCK}).scalar_one())
    finally:
        engine.dispose()


# -- the rehearsal --------------------------------------------------------------------------------------------------


def rehearse(registry: Registry, source: Path, key: bytes | None, scratch: Path) -> None:
    """Restore an archive into an SQLite file that is thrown away, and compare every row and file with the archive.

    Raises BackupError.
    """
    with (
        tempfile.TemporaryDirectory(dir=scratch, prefix=REHEARSAL) as place,
        encrypted_zip.open_zip(source, key, Path(place)) as archive,
    ):
        manifest = check(archive, registry)  # the checksums of files are in it
        engine = make_engine(f"sqlite:///{Path(place).absolute().as_posix()}/scratch.sqlite3")
        try:
            migrate.upgrade(engine, registry)
            with engine.execution_options(**{WRITE: True}).connect() as connection, connection.begin():
                fill_rows(connection, archive, manifest)
            with engine.connect() as connection:
                for table in tables():
                    rows = connection.execute(select(table).execution_options(yield_per=1000))
                    if _sum(plain_row(row) for row in rows) != _sum(_lines(archive, table)):
                        raise BackupError(f"{source}: {table.name} comes back otherwise than it went in")
        finally:
            engine.dispose()


def _lines(archive: zipfile.ZipFile, table: Table) -> Iterator[bytes]:
    with archive.open(f"tables/{table.name}.jsonl") as entry:
        for line in entry:
            yield line.rstrip(b"\n")


def _sum(rows: Iterable[bytes]) -> tuple[int, int]:
    """Of rows in any order (the databases sort Thai keys each in their own): how many, and their hashes added up."""
    count = total = 0
    for row in rows:
        count += 1
        total = (total + int.from_bytes(hashlib.sha256(row).digest(), "big")) % 2**256
    return count, total


# -- what is kept ---------------------------------------------------------------------------------------------------


def superseded(found: dict[Path, datetime], kept: tuple[int, int, int]) -> list[Path]:
    """Archives that are neither the newest of one of the last days, weeks or months; `kept` says how many of each."""
    periods: tuple[Callable[[datetime], object], ...] = (
        lambda at: at.date(), lambda at: at.isocalendar()[:2], lambda at: (at.year, at.month)
    )  # fmt: skip
    keep: set[Path] = set()
    for period, most in zip(periods, kept, strict=True):
        newest: dict[object, Path] = {}
        for path, at in found.items():
            newest.setdefault(period(at), path)
        keep.update(list(newest.values())[:most])
    return [path for path in found if path not in keep]


# -- what went wrong ------------------------------------------------------------------------------------------------


def _failed(database: Database, settings: Settings, now: datetime, problem: str) -> None:
    log.error("the backup failed: %s", problem)
    folder = settings.backup_dir
    before = database.memory.get(TOPIC)
    told = before is not None and before[0].date() == now.date()
    database.memory[TOPIC] = now, _key_file(settings)
    if folder is not None and folder.is_dir():
        try:
            state = _state(folder)
            told = told or (bool(state.get("problem")) and state["at"][:10] == now.isoformat()[:10])
            _write_state(settings, now, problem, state.get("damaged", ()))
        except (OSError, ValueError):
            log.exception("how the backup went could not be written down")
    if not told:
        _tell(database, _l("The backup of last night failed. Tell whoever looks after the server."))


def _of_damaged(database: Database, folder: Path, damaged: Collection[str]) -> None:
    """Tell of the files that the archive cannot hold whole and that no archive before it has told of."""
    try:
        known = set(_state(folder).get("damaged", ()))
    except (OSError, ValueError):
        known = set()
    if new := [name for name in damaged if name not in known]:
        for name in new:
            log.error("the backup is whole, but an attached file is missing or altered: %s", name)
        said = _l("Attached files are missing or altered on the server (%(count)s). Tell whoever looks after it.",
                  count=len(new))  # fmt: skip
        _tell(database, said)


def _tell(database: Database, said: Any) -> None:
    """Head office's administrators; where it has none, those of the districts."""
    with database.system("backup") as session:
        rows = session.execute(select(District.id, District.level).order_by(District.id)).all()
    head = [one for one, level in rows if level == "head_office"]
    if not sum(_tell_in(database, one, ("core.head_office",), said) for one in head):
        for one, level in rows:
            if level != "head_office":
                _tell_in(database, one, ("core.district_admin",), said)


def _tell_in(database: Database, district_id: int, roles: Collection[str], said: Any) -> int:
    with database.district(district_id, "backup") as session:
        office = session.scalars(select(Unit).where(Unit.kind == "office")).first()
        accounts = holders(session, roles)
        for account in accounts:
            with force_locale(account.locale):
                words = str(said)
            if not notices.still_unread(session, account.id, TOPIC, office):
                notices.notify(session, account, TOPIC, words, office, "UnitView", must=True)
        return len(accounts)

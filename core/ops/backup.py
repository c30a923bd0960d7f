"""Backup: database and files in one archive with checksums, the same format on both databases (restore.py reads it).

Rows travel as JSON lines per table in the order of foreign keys, so an archive restores on another machine
and into a database of the same schema version. The archive is a zip in an envelope (encrypted_zip.py).
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import zipfile
import zlib
from collections import Counter
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, Engine, Row, Table, select

from core import __version__
from core.base import disk
from core.base.config import Settings
from core.plugins import migrate
from core.plugins.registry import Registry
from core.records.files import store
from core.storage import encrypted_zip
from core.storage.base import Model, utc_now
from core.storage.database import make_engine
from core.storage.encrypted_zip import BackupError

MANIFEST = "manifest.json"
#: sessions end with a restore; a stolen archive opens none
LEFT_OUT = frozenset({"core_session"})


def tables() -> list[Table]:
    """What an archive holds, those that others point at first."""
    return [table for table in Model.metadata.sorted_tables if table.name not in LEFT_OUT]


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, date | datetime | time) else value


def plain_row(row: Row[Any]) -> bytes:
    """A row as an archive holds it: the same from both databases."""
    return json.dumps({k: _plain(v) for k, v in row._mapping.items()}, ensure_ascii=False).encode()


def _write_table(connection: Connection, table: Table, target: IO[bytes]) -> int:
    count = 0
    rows = connection.execute(select(table).order_by(*table.primary_key.columns).execution_options(yield_per=1000))
    for row in rows:
        target.write(plain_row(row) + b"\n")
        count += 1
    return count


def _digest(stream: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while chunk := stream.read(1024 * 1024):
        digest.update(chunk)
    return digest.hexdigest()


def backup(settings: Settings, registry: Registry, target: Path, key: bytes | None = None) -> dict[str, Any]:
    """Write everything to `target`, locked with `key` unless that is None; returns the manifest. The file appears only
    when it is whole. Raises BackupError for a target in the folder of files, and where migrations are pending.

    All tables are read in one transaction, so the archive is one moment's truth while people work on. Of the files it
    holds those that a row speaks of; what is missing or altered stands in the manifest under "damaged".
    """
    if disk.within(target, settings.files_dir):
        raise BackupError(f"{target}: a backup does not lie in the folder of files, {settings.files_dir}")
    engine = make_engine(settings.owner_database_url)
    manifest: dict[str, Any] = {
        "khet": __version__, "made_at": utc_now().isoformat(), "revisions": migrate.heads(registry),
        "tables": {}, "sha256": {},
    }  # fmt: skip
    try:
        if pending := migrate.pending(engine, registry):
            raise BackupError(f"migrations are pending: {', '.join(pending)}")
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f"{target.name}.", suffix=".part")
        os.close(handle)
        try:
            with (
                store.hold(settings.files_dir),
                open(temporary, "wb") as file,
                encrypted_zip.create_zip(file, key) as archive,
            ):
                files = _write_rows(engine, archive, manifest)
                for name in sorted(files):
                    path = settings.files_dir / name.removeprefix("files/")
                    if path.is_file():
                        with path.open("rb") as stream:
                            manifest["sha256"][name] = _digest(stream)
                        archive.write(path, name)
                manifest["damaged"] = _damaged(manifest, files)
                archive.writestr(MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1))
            verify(Path(temporary), key, settings.data_dir, plain=key is None)
            disk.replace(Path(temporary), target)
        finally:
            Path(temporary).unlink(missing_ok=True)
    finally:
        engine.dispose()
    return manifest


def _damaged(manifest: dict[str, Any], files: dict[str, str]) -> list[str]:
    """Names of the files that a row speaks of and the archive has not, or has otherwise."""
    return sorted(name for name, expected in files.items() if manifest["sha256"].get(name) != expected)


def _write_rows(engine: Engine, archive: zipfile.ZipFile, manifest: dict[str, Any]) -> dict[str, str]:
    """Write every table; returns the checksum of each file that a row speaks of, by its name in the archive."""
    file = Model.metadata.tables["core_attachment"]
    options = {} if engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
    with engine.connect().execution_options(**options) as connection, connection.begin():
        for table in tables():
            name = f"tables/{table.name}.jsonl"
            with tempfile.TemporaryFile() as rows:
                manifest["tables"][table.name] = _write_table(connection, table, rows)
                rows.seek(0)
                manifest["sha256"][name] = _digest(rows)
                rows.seek(0)
                with archive.open(name, "w", force_zip64=True) as entry:
                    while chunk := rows.read(1024 * 1024):
                        entry.write(chunk)
        files = connection.execute(select(file.c.district_id, file.c.stored_as, file.c.sha256))
        return {store.place(Path("files"), a, b).as_posix(): digest for a, b, digest in files}


def verify(source: Path, key: bytes | None, scratch: Path, *, plain: bool = False) -> dict[str, Any]:
    """Check every checksum of an archive; returns its manifest. Raises BackupError as `encrypted_zip.open_zip` does,
    and for a damaged one."""
    with encrypted_zip.open_zip(source, key, scratch, plain=plain) as archive:
        return read_manifest(archive)


def read_manifest(archive: zipfile.ZipFile) -> dict[str, Any]:
    """The manifest of an archive all of whose entries agree with it. Raises BackupError."""
    try:
        manifest: dict[str, Any] = json.loads(archive.read(MANIFEST))
        known = {MANIFEST, *manifest["sha256"]}
        counted = Counter(archive.namelist())
        if missing := {"revisions", "tables", "sha256"} - manifest.keys():
            raise BackupError(f"its manifest lacks {sorted(missing)[0]}")
        if unknown := {one for one, n in counted.items() if n > 1 or one not in known}:
            raise BackupError(f"not in the manifest: {sorted(unknown)[0]}")
        for name, expected in manifest["sha256"].items():
            with archive.open(name) as entry:
                if _digest(entry) != expected:
                    raise BackupError(f"{name} is damaged")
    except (zipfile.BadZipFile, zlib.error, KeyError, ValueError, AttributeError, TypeError, EOFError) as error:
        raise BackupError(f"not a whole Khet archive: {error}") from error
    return manifest

"""Backup and restore: database and files in one archive with checksums, the same format on both databases.

Rows travel as JSON lines per table in the order of foreign keys, so an archive restores on another machine
and into a database of the same schema version. The archive is a plain zip.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import zipfile
from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, Engine, Table, func, insert, select, text

from core import __version__, disk
from core.config import Settings
from core.db import migrate
from core.db.base import Model, utc_now
from core.db.database import WRITE, make_engine
from core.files import store
from core.plugins.registry import Registry

MANIFEST = "manifest.json"
CHUNK = 500
#: sessions end with a restore; a stolen archive opens none
LEFT_OUT = frozenset({"core_session"})


class BackupError(Exception):
    """The archive cannot be written or must not be restored; the text says why."""


def _tables() -> list[Table]:
    return [table for table in Model.metadata.sorted_tables if table.name not in LEFT_OUT]


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, date | datetime | time) else value


def _write_table(connection: Connection, table: Table, target: IO[bytes]) -> int:
    count = 0
    rows = connection.execute(select(table).order_by(*table.primary_key.columns).execution_options(yield_per=1000))
    for row in rows:
        line = json.dumps({k: _plain(v) for k, v in row._mapping.items()}, ensure_ascii=False)
        target.write(line.encode() + b"\n")
        count += 1
    return count


def _stored_files(root: Path) -> Iterable[tuple[Path, str]]:
    if root.is_dir():
        for path in sorted(root.rglob("*")):
            if path.is_file() and not path.name.startswith("."):
                yield path, f"files/{path.relative_to(root).as_posix()}"


def _digest(stream: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while chunk := stream.read(1024 * 1024):
        digest.update(chunk)
    return digest.hexdigest()


def backup(settings: Settings, registry: Registry, target: Path) -> dict[str, Any]:
    """Write everything to `target`; returns the manifest. The file appears only when it is whole.

    All tables are read in one transaction, so the archive is one moment's truth while people work on. Files are
    compared with their rows: what is missing or altered stands in the manifest under "damaged".
    """
    engine = make_engine(settings.owner_database_url)
    manifest: dict[str, Any] = {
        "khet": __version__, "made_at": utc_now().isoformat(), "revisions": migrate.heads(registry),
        "tables": {}, "sha256": {},
    }  # fmt: skip
    try:
        if pending := migrate.pending(engine, registry):
            raise BackupError(f"migrations are pending: {', '.join(pending)}")
        handle, temporary = tempfile.mkstemp(dir=target.parent, suffix=".part")
        os.close(handle)
        try:
            with (
                store.hold(settings.files_dir),
                zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive,
            ):
                files = _write_rows(engine, archive, manifest)
                for path, name in _stored_files(settings.files_dir):
                    with path.open("rb") as stream:
                        manifest["sha256"][name] = _digest(stream)
                    archive.write(path, name)
                manifest["damaged"] = _damaged(manifest, files)
                archive.writestr(MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1))
            verify(Path(temporary))
            disk.replace(Path(temporary), target)
        finally:
            Path(temporary).unlink(missing_ok=True)
    finally:
        engine.dispose()
    return manifest


def _damaged(manifest: dict[str, Any], files: list[tuple[str, str]]) -> list[str]:
    """Names of the files that a row speaks of and the archive has not, or has otherwise."""
    return sorted(name for name, expected in files if manifest["sha256"].get(name) != expected)


def _write_rows(engine: Engine, archive: zipfile.ZipFile, manifest: dict[str, Any]) -> list[tuple[str, str]]:
    """Write every table; returns name and checksum of each file that a row speaks of."""
    file = Model.metadata.tables["core_attachment"]
    options = {} if engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
    with engine.connect().execution_options(**options) as connection, connection.begin():
        for table in _tables():
            name = f"tables/{table.name}.jsonl"
            with tempfile.TemporaryFile() as rows:
                manifest["tables"][table.name] = _write_table(connection, table, rows)
                rows.seek(0)
                manifest["sha256"][name] = _digest(rows)
                rows.seek(0)
                with archive.open(name, "w") as entry:
                    while chunk := rows.read(1024 * 1024):
                        entry.write(chunk)
        files = connection.execute(select(file.c.district_id, file.c.stored_as, file.c.sha256))
        return [(f"files/{store.place(Path(), a, b).as_posix()}", digest) for a, b, digest in files]


def verify(source: Path) -> dict[str, Any]:
    """Check every checksum of an archive; returns its manifest. Raises BackupError for a damaged one."""
    try:
        with zipfile.ZipFile(source) as archive:
            manifest: dict[str, Any] = json.loads(archive.read(MANIFEST))
            for name, expected in manifest["sha256"].items():
                with archive.open(name) as entry:
                    if _digest(entry) != expected:
                        raise BackupError(f"{name} is damaged")
            unknown = set(archive.namelist()) - set(manifest["sha256"]) - {MANIFEST}
            if unknown:
                raise BackupError(f"not in the manifest: {sorted(unknown)[0]}")
    except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise BackupError(f"not a whole Khet archive: {error}") from error
    return manifest


def restore(settings: Settings, registry: Registry, source: Path) -> dict[str, int]:
    """Fill an empty installation from an archive; returns rows per table, counted after the copy.

    Raises BackupError for a damaged archive, one of another schema version, or a database with data.
    """
    manifest = verify(source)
    engine = make_engine(settings.owner_database_url)
    try:
        migrate.upgrade(engine, registry)
        if manifest["revisions"] != migrate.heads(registry):
            raise BackupError("the archive is of another version of Khet; restore with that version, then upgrade")
        with zipfile.ZipFile(source) as archive:
            with engine.execution_options(**{WRITE: True}).connect() as connection, connection.begin():
                counts = _restore_rows(connection, archive, manifest)
            for name in manifest["sha256"]:
                if name.startswith("files/"):
                    _restore_file(archive, name, settings.files_dir)
    finally:
        engine.dispose()
    return counts


def _restore_file(archive: zipfile.ZipFile, name: str, root: Path) -> None:
    path = (root / name.removeprefix("files/")).resolve()
    if not path.is_relative_to(root.resolve()):
        raise BackupError(f"{name} leads outside the data folder")
    path.unlink(missing_ok=True)
    with archive.open(name) as entry, disk.new_file(path) as target:
        while chunk := entry.read(1024 * 1024):
            target.write(chunk)


def _restore_rows(connection: Connection, archive: zipfile.ZipFile, manifest: dict[str, Any]) -> dict[str, int]:
    tables = _tables()
    if connection.execute(select(func.count()).select_from(Model.metadata.tables["ab_user"])).scalar_one():
        raise BackupError("this installation has users already; restore into an empty one")
    sqlite = connection.dialect.name == "sqlite"
    if sqlite:
        # Rows of one table may point at later rows of the same table (a school merged into another).
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
    counts = {}
    for table in tables:
        rows: list[dict[str, Any]] = []
        with archive.open(f"tables/{table.name}.jsonl") as entry:
            later = _self_references(table)
            patches: list[dict[str, Any]] = []
            for line in entry:
                row = _typed(table, json.loads(line))
                patch = {name: row[name] for name in later if row[name] is not None}
                if patch and not sqlite:
                    patches.append({"id": row["id"], **patch})
                    row.update(dict.fromkeys(patch))
                rows.append(row)
                if len(rows) == CHUNK:
                    connection.execute(insert(table), rows)
                    rows = []
            if rows:
                connection.execute(insert(table), rows)
            for patch in patches:
                connection.execute(table.update().where(table.c.id == patch.pop("id")).values(**patch))
        counts[table.name] = connection.execute(select(func.count()).select_from(table)).scalar_one()
        if counts[table.name] != manifest["tables"][table.name]:
            raise BackupError(
                f"{table.name}: {counts[table.name]} rows restored, {manifest['tables'][table.name]} expected"
            )
        if not sqlite and "id" in table.c and table.c.id.autoincrement and counts[table.name]:
            connection.execute(
                text(f"select setval(pg_get_serial_sequence('{table.name}', 'id'), (select max(id) from {table.name}))")  # noqa: S608 – names from our own metadata
            )
    return counts


def _self_references(table: Table) -> list[str]:
    """Columns by which rows of a table point at other rows of it."""
    return [
        column.name
        for constraint in table.foreign_key_constraints
        if constraint.referred_table is table
        for column in constraint.columns
        if column.name != "district_id"
    ]


def _typed(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    for name, value in row.items():
        if not isinstance(value, str):
            continue
        python_type = getattr(table.c[name].type, "python_type", str)
        if python_type in (date, datetime, time):
            row[name] = python_type.fromisoformat(value)
        elif python_type is Decimal:
            row[name] = Decimal(value)
    return row

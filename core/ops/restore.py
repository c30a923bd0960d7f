"""Restore: everything is checked before the first row is written, and what fails leaves the installation as it was.

Checksums, paths, tables, columns, values and room come first. Then the files are laid beside their places; rows go in
within one transaction, at whose end the files are moved. Whoever is cut off anywhere tries again.
"""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path, PurePosixPath
from typing import Any

from sqlalchemy import Connection, Engine, Table, func, insert, inspect, select, text
from sqlalchemy.exc import DBAPIError, StatementError

from core.base import disk
from core.base.config import Settings
from core.ops.backup import read_manifest, tables
from core.platform.accounts.factors import totp
from core.platform.notices import encryption
from core.platform.notices.models import Delivery
from core.platform.users.factors import TOTP, Factor
from core.plugins import migrate
from core.plugins.registry import Registry
from core.storage import encrypted_zip, ids
from core.storage.base import Model
from core.storage.database import WRITE, make_engine, shown
from core.storage.encrypted_zip import BackupError
from core.storage.scope import KhetSession

CHUNK = 500
#: in the folder of files: what is unpacked and not yet in its place
STAGE = ".restoring"
#: what a database needs for a byte of rows, roughly: itself, its indexes and its log
SPREAD = 3
#: bytes that stay free
SPARE = 64 * 1024 * 1024


def restore(
    settings: Settings, registry: Registry, source: Path, key: bytes | None = None, *, plain: bool = False
) -> tuple[dict[str, int], dict[str, Any]]:
    """Fill an empty installation from an archive; returns rows per table, counted after the copy, and its manifest.

    Raises BackupError as `encrypted_zip.open_zip` does, for a damaged archive, one of another schema version, too
    little room, or a database with data; nothing is changed then, but an empty database may have got its tables.
    """
    with encrypted_zip.open_zip(source, key, settings.data_dir, plain=plain) as archive:
        manifest = check(archive, registry)
        engine = make_engine(settings.owner_database_url)
        try:
            _refuse_filled(engine, settings)
            _refuse_without_room(settings, archive)
            with _staged(archive, settings.files_dir) as stage:
                migrate.upgrade(engine, registry)
                return _fill(engine, archive, manifest, stage, settings.files_dir), manifest
        except (DBAPIError, StatementError) as error:
            said = str(getattr(error, "orig", error)).splitlines()[0]  # the rest may show rows
            raise BackupError(f"the database refuses the archive's rows: {said}") from error
        finally:
            engine.dispose()


def locked(session: KhetSession, settings: Settings) -> tuple[int, int]:
    """(authenticator apps, messages that wait) which neither secret key of the settings opens: an archive holds them as
    the installation that it was made at has locked them."""
    keys = settings.secret_key, settings.secret_key_old
    apps = select(Factor.secret).where(Factor.kind == TOTP)
    waiting = select(Delivery.body).where(Delivery.state.in_(("waiting", "sending")))
    shut = sum(totp.unseal(sealed, *keys) is None for sealed in session.scalars(apps))
    return shut, sum(not _opens(body, *keys) for body in session.scalars(waiting.execution_options(yield_per=CHUNK)))


def _opens(body: str, key: str, old: str) -> bool:
    try:
        encryption.unseal(key, body, old)
    except ValueError:
        return False
    return True


def check(archive: zipfile.ZipFile, registry: Registry) -> dict[str, Any]:
    """Read all of an archive and refuse (BackupError) what could not be restored; returns its manifest."""
    manifest = read_manifest(archive)
    if manifest["revisions"] != migrate.heads(registry):
        raise BackupError("the archive is of another version of Khet; restore with that version, then upgrade")
    ours = {table.name: table for table in tables()}
    if wrong := sorted(ours.keys() ^ manifest["tables"].keys()):
        raise BackupError(f"the archive's tables are not those of this version: {wrong[0]}")
    for name in manifest["sha256"]:
        folder, _slash, rest = name.partition("/")
        if folder == "files":
            _safe(rest)
        elif folder != "tables" or rest.removesuffix(".jsonl") not in ours:
            raise BackupError(f"{name} is nothing that an archive holds")
    for name, table in ours.items():
        if f"tables/{name}.jsonl" not in manifest["sha256"]:
            raise BackupError(f"the archive has no rows of {name}")
        count = sum(1 for _row in _rows(archive, table))
        if count != manifest["tables"][name]:
            raise BackupError(f"{name}: {count} rows in the archive, {manifest['tables'][name]} expected")
    return manifest


def _safe(path: str) -> PurePosixPath:
    """A file's place below the folder of files. Raises BackupError for one that leads elsewhere."""
    made = PurePosixPath(path)
    odd = any(part.startswith(".") or "\\" in part or ":" in part for part in made.parts)
    if not made.parts or made.is_absolute() or odd or made.as_posix() != path:
        raise BackupError(f"files/{path} leads outside the data folder")
    return made


def _rows(archive: zipfile.ZipFile, table: Table) -> Iterator[dict[str, Any]]:
    """A table's rows as the database takes them. Raises BackupError for what is none."""
    columns = set(table.columns.keys())
    with archive.open(f"tables/{table.name}.jsonl") as entry:
        for number, line in enumerate(entry, 1):
            try:
                row = json.loads(line)
                if not isinstance(row, dict) or row.keys() != columns:
                    other = sorted(set(row) ^ columns)[0] if isinstance(row, dict) else "no object"
                    raise BackupError(f"{table.name}, line {number}: other columns than this version has ({other})")
                yield _typed(table, row)
            except (ValueError, ArithmeticError) as error:
                raise BackupError(f"{table.name}, line {number}: a value cannot be read") from error


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


def _refuse_filled(engine: Engine, settings: Settings) -> None:
    """Before its tables are touched: a database with people in it keeps its version too."""
    with engine.connect() as connection:
        if inspect(connection).has_table("ab_user") and connection.execute(text("select 1 from ab_user")).first():
            raise BackupError(
                f"this installation ({shown(settings.owner_database_url)}) has users already; restore into an empty one"
            )


def _refuse_without_room(settings: Settings, archive: zipfile.ZipFile) -> None:
    sizes = {"files": 0, "tables": 0}
    for entry in archive.infolist():
        folder = entry.filename.partition("/")[0]
        if folder in sizes:
            sizes[folder] += entry.file_size
    needed = sizes["files"] + SPARE + (sizes["tables"] * SPREAD if settings.sqlite else 0)
    free = shutil.disk_usage(disk.folder(settings.files_dir)).free
    if free < needed:
        mebibyte = 1024 * 1024
        raise BackupError(
            f"{settings.data_dir} has {free // mebibyte} MB of room, {needed // mebibyte} MB are needed; "
            "nothing was changed"
        )


@contextmanager
def _staged(archive: zipfile.ZipFile, root: Path) -> Iterator[Path]:
    """Every file of the archive on disk in a folder beside the places they go to; it is gone afterwards."""
    stage = root / STAGE
    shutil.rmtree(stage, ignore_errors=True)  # of one that was killed
    try:
        for entry in archive.infolist():
            if entry.filename.startswith("files/"):
                path = stage / _safe(entry.filename.removeprefix("files/"))
                with archive.open(entry) as packed, disk.new_file(path) as target:
                    shutil.copyfileobj(packed, target, 1024 * 1024)
        yield stage
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _fill(
    engine: Engine, archive: zipfile.ZipFile, manifest: dict[str, Any], stage: Path, root: Path
) -> dict[str, int]:
    """Rows and files. Files move last before the commit: rows without their files would be a loss that nobody sees,
    files without rows are taken over by the next try."""
    moved: list[Path] = []
    try:
        with engine.execution_options(**{WRITE: True}).connect() as connection, connection.begin():
            counts = fill_rows(connection, archive, manifest)
            for path in sorted(path for path in stage.rglob("*") if path.is_file()):
                place = root / path.relative_to(stage)
                disk.folder(place.parent)
                if not place.exists():
                    moved.append(place)
                disk.replace(path, place)
    except BaseException:
        for place in moved:
            place.unlink(missing_ok=True)
        raise
    return counts


def fill_rows(connection: Connection, archive: zipfile.ZipFile, manifest: dict[str, Any]) -> dict[str, int]:
    """Insert every table's rows into an empty database of this version, whose transaction is the caller's; returns
    rows per table as the database counts them. Raises BackupError."""
    if connection.execute(select(func.count()).select_from(Model.metadata.tables["ab_user"])).scalar_one():
        raise BackupError("this installation has users already; restore into an empty one")
    sqlite = connection.dialect.name == "sqlite"
    if sqlite:
        # Rows of one table may point at later rows of the same table (a school merged into another).
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
    counts = {}
    for table in tables():
        _fill_table(connection, archive, table, patching=not sqlite)
        counts[table.name] = connection.execute(select(func.count()).select_from(table)).scalar_one()
        if counts[table.name] != manifest["tables"][table.name]:
            raise BackupError(
                f"{table.name}: {counts[table.name]} rows restored, {manifest['tables'][table.name]} expected"
            )
        if not sqlite and "id" in table.c and table.c.id.autoincrement and counts[table.name]:
            connection.execute(
                text(f"select setval(pg_get_serial_sequence('{table.name}', 'id'), (select max(id) from {table.name}))")  # noqa: S608 – names from our own metadata
            )
    ids.never_again(connection)
    return counts


def _fill_table(connection: Connection, archive: zipfile.ZipFile, table: Table, *, patching: bool) -> None:
    """`patching`: references to rows of the same table are set when all of them are there."""
    rows: list[dict[str, Any]] = []
    patches: list[dict[str, Any]] = []
    later = _self_references(table)
    for row in _rows(archive, table):
        patch = {name: row[name] for name in later if row[name] is not None}
        if patch and patching:
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


def _self_references(table: Table) -> list[str]:
    """Columns by which rows of a table point at other rows of it."""
    return [
        column.name
        for constraint in table.foreign_key_constraints
        if constraint.referred_table is table
        for column in constraint.columns
        if column.name != "district_id"
    ]

"""Engines and the sessions made from them. One `Database` per application."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

from core import disk
from core.config import Settings
from core.db import turns
from core.db.scope import KhetSession, Scope

#: execution option of a connection whose transaction will write
WRITE = "khet_write"
#: connections that stay open: one for each of the server's threads, the workers on jobs and the housekeeping
KEPT_OPEN = 12
#: how long a connection to PostgreSQL lies idle before it is asked whether it still stands
TRUSTED_SECONDS = 2.0


def _configure_sqlite(connection: sqlite3.Connection, record: ConnectionPoolEntry) -> None:
    # synchronous=FULL: what a commit answered stands after a power cut. NORMAL syncs only at a checkpoint, and a letter
    # whose number is on paper already would be gone.
    # The driver's own BEGIN handling would start write transactions as reads: they then fail on a lock.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _ask_after_a_rest(engine: Engine) -> None:
    """Ask a connection that lay idle whether it still stands; where not, the pool takes a new one.

    SQLAlchemy's pool_pre_ping asks every time: with two connections one after the other in every request, twice a page.
    """

    def note(connection: Any, record: ConnectionPoolEntry) -> None:
        record.info["used"] = time.monotonic()

    def ask(connection: Any, record: ConnectionPoolEntry, proxy: Any) -> None:
        if time.monotonic() - record.info.get("used", 0.0) > TRUSTED_SECONDS:
            try:
                engine.dialect.do_ping(connection)
            except engine.dialect.loaded_dbapi.Error as error:
                raise DisconnectionError from error

    event.listen(engine, "checkin", note)
    event.listen(engine, "checkout", ask)


def _will_write(connection: Any) -> bool:
    return bool(connection.get_execution_options().get(WRITE))


def _begin_sqlite(connection: Any) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if _will_write(connection) else "BEGIN")


def _private_file(url: str) -> None:
    """Make the SQLite file before SQLite would, for us alone; its -wal and -shm get the same mode."""
    name = make_url(url).database
    if name and name != ":memory:" and not Path(name).exists() and Path(name).parent.is_dir():
        os.close(os.open(name, os.O_RDWR | os.O_CREAT, disk.FILE))


def make_engine(url: str, **options: Any) -> Engine:
    """An engine with this project's SQLite pragmas and transaction handling; PostgreSQL as it comes.

    Errors name no values: a log is no place for people's data.
    """
    options.setdefault("hide_parameters", True)
    options.setdefault("pool_size", KEPT_OPEN)
    if url.startswith("sqlite"):
        _private_file(url)
        engine = create_engine(url, connect_args={"check_same_thread": False}, **options)
        event.listen(engine, "connect", _configure_sqlite)
        turns.attach(engine, _begin_sqlite, _will_write)
        return engine
    # Prepared statements would get a generic plan for LIKE that skips the trigram index.
    engine = create_engine(url, connect_args={"prepare_threshold": None}, **options)
    _ask_after_a_rest(engine)
    return engine


class Database:
    """The three connections of an installation (design §4) and the scopes opened on them."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.app_engine = make_engine(settings.database_url)
        #: what this process keeps of it (core/accounts/stamps.py)
        self.memory: dict[Hashable, Any] = {}
        one = settings.system_database_url == settings.database_url
        self.system_engine = self.app_engine if one else make_engine(settings.system_database_url)

    @property
    def sqlite(self) -> bool:
        return self.app_engine.dialect.name == "sqlite"

    def session(self, scope: Scope) -> KhetSession:
        """A new session for `scope`; the caller commits and closes it."""
        engine = self.app_engine if scope.district_id is not None else self.system_engine
        if scope.write:
            engine = engine.execution_options(**{WRITE: True})
        return KhetSession(engine, expire_on_commit=False, info={"scope": scope, "memory": self.memory})

    @contextmanager
    def open(self, scope: Scope) -> Iterator[KhetSession]:
        """A session that commits at the end of the block and rolls back on an exception."""
        session = self.session(scope)
        try:
            yield session
            session.commit()
        except BaseException:
            session.rollback()
            raise
        finally:
            session.close()

    def system(self, name: str, *, write: bool = False) -> Any:
        """Every district, for the purpose that `name` says. Reads no secret paper."""
        return self.open(Scope(name=name, district_id=None, write=write))

    def district(self, district_id: int, name: str, *, write: bool = True, **actor: Any) -> Any:
        """One district, for a command or a job."""
        return self.open(Scope(name=name, district_id=district_id, write=write, **actor))

    def owner_engine(self) -> Engine:
        """A fresh engine of the owner of the tables, for migrations; dispose of it after use."""
        return make_engine(self.settings.owner_database_url)

    def reachable(self) -> bool:
        """Whether the serving connection answers."""
        try:
            with self.app_engine.connect() as connection:
                connection.execute(text("select 1"))
        except Exception:
            return False
        return True

    def dispose(self) -> None:
        """Close every pooled connection."""
        self.app_engine.dispose()
        self.system_engine.dispose()

"""Engines and the sessions made from them. One `Database` per application."""

from __future__ import annotations

import logging
import os
import sqlite3
import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

from core.base import disk, logs
from core.base.config import Settings
from core.storage import writer_queue
from core.storage.scope import KhetSession, Scope

if TYPE_CHECKING:
    from core.storage.heartbeat import Heartbeat

log = logging.getLogger(__name__)

#: execution option of a connection whose transaction will write
WRITE = "khet_write"
#: connections that stay open: one for each of the server's threads, the workers on jobs and the housekeeping
KEPT_OPEN = 12
#: statements that a connection to SQLite keeps prepared: each holds some 100 KB, and Python's own 128 of a dozen
#: connections grew to a process's whole size again
KEPT_PREPARED = 24
#: how long a connection to PostgreSQL lies idle before it is asked whether it still stands
TRUSTED_SECONDS = 2.0


def _busy_timeout(seconds: float) -> str:
    return f"busy_timeout={int(seconds * 1000)}"


def _configure_sqlite(connection: sqlite3.Connection, record: ConnectionPoolEntry) -> None:
    # synchronous=FULL: what a commit answered stands after a power cut. NORMAL syncs only at a checkpoint, and a letter
    # whose number is on paper already would be gone.
    # The driver's own BEGIN handling would start write transactions as reads: they then fail on a lock.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", _busy_timeout(writer_queue.LONGEST)):
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
    if not _will_write(connection):
        connection.exec_driver_sql("BEGIN")
    elif (most := writer_queue.patience.get()) == writer_queue.LONGEST:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.exec_driver_sql(f"PRAGMA {_busy_timeout(most)}")
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        finally:
            connection.exec_driver_sql(f"PRAGMA {_busy_timeout(writer_queue.LONGEST)}")


#: PostgreSQL's limits: a connection, a statement or a lock that takes longer is an error, never a thread that hangs.
#: Migrations and backups, which are the owner's, have no limit of time.
CONNECT_SECONDS, STATEMENT_SECONDS, LOCK_SECONDS = 5, 60, 30
_LINE = {
    "connect_timeout": CONNECT_SECONDS, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}  # fmt: skip


def _limits() -> str:
    return f"-c statement_timeout={STATEMENT_SECONDS}s -c lock_timeout={LOCK_SECONDS}s"


def _tell_slow(engine: Engine, seconds: float) -> None:
    """Log a statement that took long, without its values: a log is no place for people's data."""

    def before(connection: Any, *_statement: Any) -> None:
        connection.info["began"] = time.monotonic()

    def after(connection: Any, cursor: Any, statement: str, *_more: Any) -> None:
        took = time.monotonic() - connection.info["began"]
        if took >= seconds:
            told = " ".join(statement.split())[:500]
            log.warning("slow statement of request %s took %.1f s: %s", logs.request_number() or "none", took, told)

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)


def _private_file(url: str) -> None:
    """Make the SQLite file before SQLite would, for us alone; its -wal and -shm get the same mode."""
    name = make_url(url).database
    if name and name != ":memory:" and not Path(name).exists() and Path(name).parent.is_dir():
        os.close(os.open(name, os.O_RDWR | os.O_CREAT, disk.FILE))


def make_engine(url: str, *, limited: bool = False, **options: Any) -> Engine:
    """An engine with this project's SQLite pragmas and transaction handling; PostgreSQL as it comes.

    `limited`: no statement and no wait for a lock lasts longer than people wait. Errors name no values: a log is no
    place for people's data.
    """
    options.setdefault("hide_parameters", True)
    options.setdefault("pool_size", KEPT_OPEN)
    line: dict[str, Any]
    if url.startswith("sqlite"):
        line = {"check_same_thread": False, "cached_statements": KEPT_PREPARED}
        engine = create_engine(url, connect_args=line, **options)
        event.listen(engine, "do_connect", lambda *_connecting: _private_file(url))
        event.listen(engine, "connect", _configure_sqlite)
        writer_queue.attach(engine, _begin_sqlite, _will_write)
        return engine
    # Prepared statements would get a generic plan for LIKE that skips the trigram index.
    line = {"prepare_threshold": None, **_LINE}
    if limited and "options" not in make_url(url).query:
        line["options"] = _limits()
    engine = create_engine(url, connect_args=line, **options)
    _ask_after_a_rest(engine)
    return engine


def shown(url: str) -> str:
    """An address for people: which database it is, without its password."""
    made = make_url(url)
    return str(made.database) if made.drivername == "sqlite" else made.set(drivername="postgresql").render_as_string()


class Database:
    """The three connections of an installation (design §4) and the scopes opened on them."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.app_engine = make_engine(settings.database_url, limited=True)
        #: what this process keeps of it (core/storage/cache.py)
        self.memory: dict[Hashable, Any] = {}
        one = settings.system_database_url == settings.database_url
        self.system_engine = self.app_engine if one else make_engine(settings.system_database_url, limited=True)
        if settings.slow_seconds:
            for engine in {self.app_engine, self.system_engine}:
                _tell_slow(engine, settings.slow_seconds)
        #: to whom what is published in a session is given (core/platform/events.py); the application says it
        self.publisher: Callable[[KhetSession, Any], None] | None = None
        #: set by `watch`
        self.heartbeat: Heartbeat | None = None

    @property
    def sqlite(self) -> bool:
        return self.app_engine.dialect.name == "sqlite"

    def session(self, scope: Scope) -> KhetSession:
        """A new session for `scope`; the caller commits and closes it."""
        engine = self.app_engine if scope.district_id is not None else self.system_engine
        if scope.write:
            engine = engine.execution_options(**{WRITE: True})
        return KhetSession(
            engine,
            expire_on_commit=False,
            info={
                "scope": scope,
                "memory": self.memory,
                "secret_key": self.settings.secret_key,
                "files_dir": self.settings.files_dir,
                "publisher": self.publisher,
            },
        )

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

    def watch(self, locks: Sequence[tuple[int, int]] = ()) -> None:
        """Ask PostgreSQL every second from now on whether it still answers; what serves for long does this.

        `locks` are kept meanwhile, for other processes to see.
        """
        if not self.sqlite and self.heartbeat is None:
            from core.storage.heartbeat import Heartbeat  # psycopg: an office with SQLite has no use for it

            self.heartbeat = Heartbeat(self.settings.database_url, [self.app_engine, self.system_engine], locks)
            self.heartbeat.start()

    @property
    def exists(self) -> bool:
        """False for an SQLite file that was never made."""
        name = self.app_engine.url.database
        return not self.sqlite or not name or name == ":memory:" or Path(name).exists()

    @property
    def answers(self) -> bool:
        """False while the database is known to be out."""
        return self.heartbeat is None or self.heartbeat.alive

    def reachable(self) -> bool:
        """Whether the serving connection answers; at once where it is being watched."""
        if self.heartbeat is not None:
            return self.heartbeat.alive
        try:
            with self.app_engine.connect() as connection:
                connection.execute(text("select 1"))
        except Exception:
            return False
        return True

    def dispose(self) -> None:
        """Close every pooled connection."""
        if self.heartbeat is not None:
            self.heartbeat.stop()
        self.app_engine.dispose()
        self.system_engine.dispose()

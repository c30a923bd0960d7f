"""Writes a plugin's next migration from its models, by comparing them with a database at the newest revision."""

from __future__ import annotations

import json
import re
import tempfile
import warnings
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from textwrap import dedent
from typing import Any

import sqlalchemy as sa
from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext
from alembic.operations import ops

from core.base.config import ConfigError
from core.ops.scaffold.formatting import formatted
from core.plugins import migrate
from core.plugins.registry import Registry
from core.storage.base import Model
from core.storage.database import make_engine

_HEAD = '''"""{what}"""

{imports}

revision = "{revision}"
down_revision = {before}
branch_labels = None
depends_on = None


def upgrade() -> None:
{up}


def downgrade() -> None:
{down}
'''
#: what `tables.owned` adds by itself
_BY_ITSELF = {"id", "district_id", "version"}


def owner_of(table: str, plugins: list[str]) -> str:
    """The plugin whose name begins the table's; the longest where several do, core for Flask-AppBuilder's tables."""
    if table.startswith("ab_"):
        return "core"
    return max((name for name in plugins if table.startswith(f"{name}_")), key=len, default="")


def differences(connection: sa.Connection, registry: Registry, plugin: str) -> list[Any]:
    """Alembic's operations that would make the plugin's tables in this database what its models say."""
    names = list(registry.manifests)

    def belongs(thing: Any, name: str, kind: str, reflected: bool, compared: Any) -> bool:
        table = name if kind == "table" else thing.table.name
        if kind == "index" and reflected and name.endswith("_trgm"):
            return False  # `rls.text_search` writes it, on PostgreSQL alone
        if kind == "unique_constraint" and table.startswith("ab_"):
            return False  # Flask-AppBuilder's, under names of its own
        return owner_of(table, names) == plugin and not re.search(r"_fts(_|$)", table)

    context = MigrationContext.configure(connection, opts={"include_object": belongs, "compare_type": True})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an index over expressions is passed over, and said so each time
        made = produce_migrations(context, Model.metadata).upgrade_ops
    return list(made.ops) if made is not None else []


def write(registry: Registry, plugin: str, what: str) -> Path | None:
    """Write what the plugin's models say beyond its migrations; returns the file, or None where they say the same.

    Raises ConfigError for a plugin without migrations, and for a change that needs a person: a column that must not
    be empty where the rows that are there have no value for it.
    """
    manifest = registry.manifests.get(plugin)
    if manifest is None or not manifest.migrations:
        raise ConfigError(f"There is no plugin {plugin!r} with migrations; there are: {', '.join(registry.manifests)}.")
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite:///{Path(folder) / 'scratch.sqlite3'}")
        try:
            migrate.upgrade(engine, registry)
            with engine.connect() as connection:
                found = differences(connection, registry, plugin)
                changes = ops.UpgradeOps(ops=found)
                up = "\n".join(_lines(changes, forward=True))
                down = "\n".join(_lines(changes.reverse(), forward=False)) if found else ""
        finally:
            engine.dispose()
    if not found:
        return None
    versions = Path(next(iter(import_module(manifest.migrations).__path__))) / "versions"
    before = migrate.heads(registry)[plugin]
    number = f"{len(list(versions.glob('[0-9]*.py'))) + 1:04}"
    slug = "_".join(re.findall(r"[a-z0-9]+", what.lower())[:4]) or "change"
    file = versions / f"{number}_{slug}.py"
    wanted = [name for name in ("rls", "statistics", "tables") if f"{name}." in up + down]
    imports = [
        *(["import sqlalchemy as sa"] if "sa." in up + down else []),
        *(["from alembic import op"]),
        *(["", f"from core.storage import {', '.join(wanted)}"] if wanted else []),
    ]
    said = what.strip().rstrip(".").replace('"', "'") + "."
    text = _HEAD.format(
        what=said, imports="\n".join(imports), revision=f"{plugin}{number}", before=f'"{before}"' if before else None,
        up=_indented(up), down=_indented(down),
    )  # fmt: skip
    file.write_text(text, encoding="utf-8")
    formatted(file)
    return file


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" if line else "" for line in text.splitlines())


def _lines(changes: Any, *, forward: bool) -> Iterator[str]:
    """The statements of one direction. `forward`: rows that are there must get a value for what must not be empty."""
    indexes: dict[str, list[Any]] = {}
    whole = {one.table_name for one in changes.ops if isinstance(one, ops.CreateTableOp | ops.DropTableOp)}
    for change in changes.ops:
        if isinstance(change, ops.ModifyTableOps) and change.table_name in whole:  # indexes come and go with a table
            indexes.setdefault(change.table_name, []).extend(change.ops)
    for change in changes.ops:
        if isinstance(change, ops.CreateTableOp):
            yield from _created(change, change.to_table(), indexes.get(change.table_name, []))
        elif isinstance(change, ops.DropTableOp):
            yield f'tables.drop(op, "{change.table_name}")'
        elif change.table_name not in whole:
            yield from _modified(change, forward=forward)


def _created(change: Any, table: sa.Table, indexes: list[Any]) -> Iterator[str]:
    """One call of `tables.owned` for a table of one district's rows; Alembic's own for another."""
    if "district_id" not in table.columns or "id" not in table.columns:
        yield from _rendered(change, *indexes)
        return
    keys: dict[str, str] = {}
    unique: list[tuple[str, ...]] = []
    over_which: dict[str, tuple[str, ...]] = {}
    by_hand: list[Any] = []
    for constraint in sorted(table.constraints, key=lambda one: str(one.name)):
        over = tuple(column.name for column in getattr(constraint, "columns", ()))
        if isinstance(constraint, sa.ForeignKeyConstraint):
            to = [element.target_fullname.split(".") for element in constraint.elements]
            if over[0] == "district_id" and [column for _table, column in to] == ["district_id", "id"]:
                keys[over[1]] = to[0][0]
            elif over != ("district_id",):
                by_hand.append(ops.CreateForeignKeyOp.from_constraint(constraint))
        elif isinstance(constraint, sa.UniqueConstraint) and over != ("district_id", "id"):
            if over[0] == "district_id":
                unique.append(over[1:])
            else:
                by_hand.append(ops.CreateUniqueConstraintOp.from_constraint(constraint))
    for one in indexes:
        over = tuple(str(part) for part in one.columns)
        if over[0] == "district_id" and not one.unique and not one.kw:
            over_which[one.index_name] = over[1:]
        else:
            by_hand.append(one)
    yield f"tables.owned(\n    op,\n    {table.name!r},"
    yield from (f"    {_column(column)}," for column in table.columns if column.name not in _BY_ITSELF)
    for word, said in (("keys", keys), ("unique", unique), ("indexes", over_which)):
        if said:
            yield f"    {word}={said!r},"
    yield "    versioned=True,\n)" if "version" in table.columns else ")"
    if by_hand:
        yield from _rendered(ops.ModifyTableOps(table.name, by_hand))
    model = Model.metadata.tables.get(table.name)
    for column in model.columns if model is not None else ():
        if "trigrams" in column.info:
            yield f'rls.trigrams_for_sqlite(op, "{table.name}", "{column.name}")'


def _column(column: sa.Column[Any]) -> str:
    kept = column._copy()  # noqa: SLF001 – without the table, whose keys would come along
    kept.server_default = None
    return f"sa.Column({kept.name!r}, {_type(kept.type)}, nullable={kept.nullable!r})"


def _type(kind: Any) -> str:
    """A column's type as the database knows it, whatever Python makes of it."""
    plain = kind.impl if isinstance(kind, sa.types.TypeDecorator) else kind
    said = repr(plain)
    return re.sub(r"length=(\d+)", r"\1", f"sa.{said}")


def _modified(change: Any, *, forward: bool) -> Iterator[str]:
    """The changes of one table; nothing that rows which are there could not bear."""
    name, added = change.table_name, set()
    for one in change.ops:
        if isinstance(one, ops.AddColumnOp):
            added.add(one.column.name)
            if not one.column.nullable:
                one.column = _with_value(name, one.column, forward=forward)
        elif isinstance(one, ops.AlterColumnOp) and one.modify_nullable is False:
            column = Model.metadata.tables[name].c[one.column_name]
            value = _value(name, column, forward=forward)
            if value is not None:
                given = f"{column.name} = {value} WHERE {column.name} IS NULL"
                yield f'op.execute("UPDATE {name} SET {given}")'  # noqa: S608 – names of the models
    yield from _rendered(change)
    if "unit_id" in added:
        yield f'statistics.create_planner_statistics(op, "{name}")'
    if "search_text" in added:
        yield f'rls.text_search(op, "{name}")'


def _with_value(table: str, column: sa.Column[Any], *, forward: bool) -> sa.Column[Any]:
    value = _value(table, column, forward=forward)
    given = column._copy()  # noqa: SLF001 – the model's own column stays as it is
    if value is None:
        given.nullable = True  # one step back: what was lost stays empty
    else:
        said: Any = value[1:-1] if value.startswith("'") else sa.text(value)
        given.server_default = sa.DefaultClause(said)
    return given


def _value(table: str, column: sa.Column[Any], *, forward: bool) -> str | None:
    """SQL of what rows that are there get: the model's default, or nothing as the type says it; None without.

    Raises ConfigError going `forward` where there is none.
    """
    default: Any = column.default
    given: Any = None
    if default is not None and default.is_scalar:
        given = default.arg
    elif default is not None and default.is_callable and isinstance(column.type, sa.JSON):
        given = json.dumps(default.arg(None))
    elif not column.foreign_keys:
        plain = {bool: False, int: 0, str: ""}
        given = plain.get(column.type.python_type) if not isinstance(column.type, sa.Date | sa.DateTime) else None
        given = 0 if isinstance(column.type, sa.Numeric) else given
    if given is None:
        if forward:
            raise ConfigError(
                f"{table}.{column.name} must not be empty, but the rows that are there have no value for it: "
                "let it be empty, or give the model's column a default."
            )
        return None
    if isinstance(given, bool):
        return "true" if given else "false"
    return str(given) if isinstance(given, int | float) else "'" + str(given).replace("'", "''") + "'"


def _rendered(*changes: Any) -> Iterator[str]:
    """Alembic's own words for changes, on columns as the database knows them."""

    def item(kind: str, thing: Any, _context: Any) -> Any:
        return _type(thing) if kind == "type" and isinstance(thing, sa.types.TypeDecorator) else False

    text = render_python_code(
        ops.UpgradeOps(ops=changes), render_as_batch=True, render_item=item, sqlalchemy_module_prefix="sa."
    )
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    for line in dedent("\n".join(lines)).splitlines():
        line = re.sub(r"op\.batch_alter_table\(('\w+'), schema=None\)", r"tables.altered(op, \1)", line)
        yield line.replace("batch_op", "batch")

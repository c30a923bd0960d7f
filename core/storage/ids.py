"""No id is given twice. What history, notices and other systems say of a record by its id is never said of another.

PostgreSQL's sequences see to it by themselves; SQLite gives the highest id again once its row is gone, unless the table
says AUTOINCREMENT. After a restore neither remembers rows that were deleted; the timeline does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from sqlalchemy import Connection, inspect, text

_NUMBERED = re.compile(r"\bid INTEGER\b")
_PLAIN, _ONCE = "PRIMARY KEY (id)", "PRIMARY KEY (id AUTOINCREMENT)"


def given(connection: Connection) -> dict[str, int]:
    """{table: the highest id that the database remembers to have given}; only SQLite has to be asked."""
    if connection.dialect.name != "sqlite" or not inspect(connection).has_table("sqlite_sequence"):
        return {}
    return {row.name: row.seq for row in connection.execute(text("select name, seq from sqlite_sequence"))}


def never_again(connection: Connection, before: Mapping[str, int] | None = None) -> None:
    """See to it that no id in use, in the timeline or in `before` (from `given`) is given to a new row.

    After migrations (`before` from the time before: a table that was rebuilt has forgotten) and after a restore, in
    the transaction of the caller.
    """
    sqlite = connection.dialect.name == "sqlite"
    tables = _given_once(connection) if sqlite else inspect(connection).get_table_names()
    told: dict[str, int] = {}
    if inspect(connection).has_table("core_timeline"):
        of_kinds = text("select kind, max(record_id) as highest from core_timeline group by kind")
        told = {row.kind: row.highest for row in connection.execute(of_kinds)}
    for table in tables:
        known = max(told.get(table, 0), (before or {}).get(table, 0))
        if sqlite:
            _raise_sqlite(connection, table, known)
        elif known:
            sequence = "pg_get_serial_sequence(:table, 'id')"
            ask = text(f"select setval({sequence}, greatest(:known, (select coalesce(max(id), 1) from {table})))")  # noqa: S608 - a table of this database
            connection.execute(ask, {"table": table, "known": known})


def _given_once(connection: Connection) -> list[str]:
    """Say AUTOINCREMENT of every table with an id; returns all that say so.

    It changes nothing of what is stored, so the schema's text is edited, as SQLite's own page on ALTER TABLE allows
    for such changes, and no table is rebuilt.
    """
    schema = text("select name, sql from sqlite_master where type = 'table' and name not like 'sqlite\\_%' escape '\\'")
    found = {name: sql for name, sql in connection.execute(schema) if sql and _NUMBERED.search(sql)}
    lacking = [name for name, sql in found.items() if _PLAIN in sql]
    if lacking:
        connection.exec_driver_sql(f"CREATE TABLE khet_first (id INTEGER, {_ONCE})")  # SQLite then makes its sequences
        connection.exec_driver_sql("DROP TABLE khet_first")
        version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
        connection.exec_driver_sql("PRAGMA writable_schema=ON")
        for name in lacking:
            connection.execute(
                text(
                    "update sqlite_master set sql = replace(sql, :plain, :once) where type = 'table' and name = :name"
                ),
                {"plain": _PLAIN, "once": _ONCE, "name": name},
            )
        connection.exec_driver_sql(f"PRAGMA schema_version={version + 1}")
        connection.exec_driver_sql("PRAGMA writable_schema=RESET")
    return [name for name, sql in found.items() if _PLAIN in sql or _ONCE in sql]


def _raise_sqlite(connection: Connection, table: str, known: int) -> None:
    highest = max(known, connection.exec_driver_sql(f'select coalesce(max(id), 0) from "{table}"').scalar_one())  # noqa: S608 - a table of this database
    changed = connection.execute(
        text("update sqlite_sequence set seq = max(seq, :highest) where name = :table"),
        {"highest": highest, "table": table},
    )
    if not changed.rowcount:
        connection.execute(
            text("insert into sqlite_sequence (name, seq) values (:table, :highest)"),
            {"highest": highest, "table": table},
        )

"""Words written into every text that people read, so that a test sees whose row a page shows.

Nothing is listed by table: what `owned_classes` knows is marked, so a new module's rows are marked the day they exist.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sqlalchemy import String, Table

from core.storage.database import WRITE
from core.storage.scope import owned_classes
from tests.support import World

#: a shorter column holds a key, a number or a code, not what people say
SHORTEST = 100
#: long ones that a program reads
MACHINE = frozenset({
    "body", "content_type", "email", "levels", "mail_address", "page", "password", "query", "result", "sheet", "url", "username",
    "sort_key", "province",
})  # fmt: skip
#: short ones that people say
SAID = frozenset({"first_name", "last_name"})
#: what everybody of a district knows: its schools, units, people and their posts, and what a person's own things are
KNOWN_TO_ALL = frozenset({"core_school", "core_unit", "core_post", "core_person", "ab_user", "core_number"})

UNIT_MARK = re.compile(r"ลับหน่วย(\d+)-(\w+)")


def texts(table: Table) -> list[str]:
    """Columns of a table that hold people's words."""
    return [
        column.name
        for column in table.columns
        if isinstance(column.type, String)
        and column.name not in MACHINE
        and ((column.type.length or SHORTEST) >= SHORTEST or column.name in SAID)
    ]


def owned_tables() -> list[Table]:
    """Tables of district-owned rows."""
    return sorted((cls.__table__ for cls in owned_classes()), key=lambda table: table.name)


#: what makes a history append-only, by database: how it is found, and how it is taken away
GUARDS = {
    "sqlite": (
        "select name, tbl_name from sqlite_master where type = 'trigger' and name like '%\\_no\\_update' escape '\\'",
        'drop trigger "{0}"',
    ),
    "postgresql": (
        "select distinct trigger_name, event_object_table from information_schema.triggers"
        " where trigger_name like '%%\\_append\\_only'",
        "alter table {1} disable trigger {0}",
    ),
}


def run(world: World, statements: list[str]) -> None:
    """Plain SQL as the owner of the tables, past all tenant filters; histories can be written on from then on."""
    found, away = GUARDS[world.backend]
    engine = world.database.owner_engine()
    with engine.execution_options(**{WRITE: True}).begin() as connection:
        guards = [away.format(*row) for row in connection.exec_driver_sql(found).all()]
        for statement in [*guards, *statements]:
            connection.exec_driver_sql(statement)
    engine.dispose()


def _set(table: Table, word: str, where: str) -> str:
    pairs = ", ".join(f'"{name}" = {word}' for name in texts(table))
    return f"update {table.name} set {pairs} where {where}"


def mark_district(world: World, word: str, district_id: int) -> None:
    """Write `word` and the row's id into everything that a page could show of a district."""
    here = f"district_id = {district_id}"
    run(world, [_set(table, f"'{word}' || id", here) for table in owned_tables() if texts(table)])


def mark_units(world: World, district_id: int) -> None:
    """Write into every row of a district that belongs to a unit, and into what hangs on it, which unit that is."""
    here = f"district_id = {district_id}"
    tables = [table for table in owned_tables() if texts(table) and table.name not in KNOWN_TO_ALL]
    of_units = [table for table in tables if "unit_id" in table.columns]
    marked = {table.name for table in of_units}
    whole = f"{here} and unit_id is not null"
    statements = [_set(table, f"'ลับหน่วย' || unit_id || '-{table.name}'", whole) for table in of_units]
    for table in tables:
        for column, parent in _parents(table, marked) if table.name not in marked else ():
            whose = f"select unit_id from {parent} p where p.id = {table.name}.{column}"
            there = f"{here} and {column} in (select id from {parent} where unit_id is not null)"
            there += f" and kind = '{parent}'" if column == "record_id" else ""
            statements.append(_set(table, f"'ลับหน่วย' || ({whose}) || '-{table.name}'", there))
    run(world, statements)


def _parents(table: Table, marked: set[str]) -> Iterator[tuple[str, str]]:
    """(column, table) by which a row hangs on a row of a unit."""
    if {"kind", "record_id"} <= set(table.columns.keys()):
        for name in sorted(marked):
            yield "record_id", name
    for constraint in table.foreign_key_constraints:
        parent = constraint.referred_table.name
        for column in constraint.columns:
            if column.name != "district_id" and parent in marked:
                yield column.name, parent


def units_shown(answer: Any) -> set[tuple[int, str]]:
    """(unit, table) of the marks in an answer."""
    data = answer.get_data()
    if "ลับหน่วย".encode() not in data:
        return set()
    return {(int(unit), name) for unit, name in UNIT_MARK.findall(data.decode("utf-8", "replace"))}

"""Many rows of every kind, so that a page which asks the database once a row is seen."""

from __future__ import annotations

from collections import Counter
from itertools import cycle
from typing import Any

from sqlalchemy import Connection, Integer, Table, UniqueConstraint, func, select
from sqlalchemy.exc import IntegrityError

from core.storage.database import WRITE
from core.web.crud import CrudView
from tests.core.doors import KHET, samples
from tests.support import HOME, World

COPIES = 12
#: a page asks the same for its frame, its list and its panels, but not once a row
OFTEN = 5


def many_rows(world: World) -> Any:
    """The samples of the home district, each with COPIES like it: another number or name, and other parents."""
    ids = samples(world, HOME)
    engine = world.database.owner_engine()
    with engine.execution_options(**{WRITE: True}).begin() as connection:
        for view in KHET.views.values():
            if isinstance(view, CrudView) and view.model.__tablename__ != "ab_user":
                copy_row(connection, view.model.__table__, ids.get(view.endpoint, ids.get(view.model)))
    engine.dispose()
    return ids


def copy_row(connection: Connection, table: Table, record_id: int | None) -> None:
    """COPIES like a row, each told apart and with other parents; none where it stands alone by its nature."""
    row = connection.execute(select(table).where(table.c.id == record_id)).mappings().first()
    if row is None:
        return
    last = connection.scalar(select(func.max(table.c.id))) or 0
    parents = {name: cycle(found) for name, found in _parents(connection, table, row).items()}
    for turn in range(1, COPIES + 1):
        values = {**row, "id": last + turn, **{name: next(found) for name, found in parents.items()}}
        values |= {column.name: _another(connection, column, row, turn) for column in _told_apart(table)}
        try:
            with connection.begin_nested():
                connection.execute(table.insert().values(values))
        except IntegrityError:
            return  # it stands alone by its nature: one a year, one for each person


def _parents(connection: Connection, table: Table, row: Any) -> dict[str, list[int]]:
    """Ids that a key of the row could hold as well; its unit stays, since that is who sees it."""
    found = {}
    for key in table.foreign_key_constraints:
        target = key.referred_table
        for column in key.columns:
            if column.name not in ("district_id", "unit_id") and row[column.name] and "district_id" in target.columns:
                same = select(target.c.id).where(target.c.district_id == row["district_id"]).order_by(target.c.id)
                found[column.name] = list(connection.scalars(same.limit(COPIES)))
    return found


def _told_apart(table: Table) -> list[Any]:
    """For each unique key a column that is no key to another table."""
    pointing = {column.name for key in table.foreign_key_constraints for column in key.columns} | {"id"}
    keys = [one for one in table.constraints if isinstance(one, UniqueConstraint)]
    keys += [one for one in table.indexes if one.unique]
    # the last column of a key is its number; the first may say which book it is
    found = [next((c for c in reversed(list(one.columns)) if c.name not in pointing), None) for one in keys]
    return [column for column in found if column is not None]


def _another(connection: Connection, column: Any, row: Any, turn: int) -> Any:
    if isinstance(column.type, Integer):
        return (connection.scalar(select(func.max(column))) or 0) + turn
    value = row[column.name]
    return f"{value[: (column.type.length or 100) - 3]}{turn}" if isinstance(value, str) else value


def asked_again(statements: list[str]) -> dict[str, int]:
    """Statements that were sent so often that rows must have asked them."""
    return {said: number for said, number in Counter(statements).items() if number > OFTEN}

"""Tables of one district's rows, as migrations make, change and drop them: what holds the district is not forgotten.

Migrations import from here, so what a helper does never changes once released; a new effect gets a new name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from core.storage import rls, statistics


def owned(
    op: Any,
    table: str,
    *columns: sa.Column[Any],
    keys: Mapping[str, str] | None = None,
    unique: Sequence[Sequence[str]] = (),
    indexes: Mapping[str, Sequence[str]] | None = None,
    versioned: bool = False,
) -> None:
    """Make `table` for rows of one district: `columns` and, by itself, id, district_id, keys and row-level security.

    `keys`: column → table of the same district that it points to. `unique`, `indexes` (by name): columns; district_id
    stands before them by itself. `versioned`: the column that `Versioned` asks for. A table with a unit_id is told to
    PostgreSQL's planner, one with a search_text is indexed for any part of a word.
    """
    named = {column.name for column in columns}
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        *columns,
        *([sa.Column("version", sa.Integer(), nullable=False)] if versioned else []),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f(f"fk_{table}_district_id")),
        *(
            sa.ForeignKeyConstraint(
                ["district_id", column], [f"{to}.district_id", f"{to}.id"], name=op.f(key_name(table, column))
            )
            for column, to in (keys or {}).items()
        ),
        *(
            sa.UniqueConstraint("district_id", *one, name=op.f(f"uq_{table}_district_id_{'_'.join(one)}"))
            for one in (("id",), *unique)
        ),
    )
    for name, over in (indexes or {}).items():
        op.create_index(name, table, ["district_id", *over])
    rls.enable_rls(op, table)
    if "unit_id" in named:
        statistics.create_planner_statistics(op, table)
    if "search_text" in named:
        rls.text_search(op, table)


def drop(op: Any, table: str) -> None:
    """Undo `owned`: the table goes, and what waits of its rows."""
    op.execute(sa.text("DELETE FROM core_waiting WHERE kind = :kind").bindparams(kind=table))
    rls.drop_trigrams_for_sqlite(op, table)
    op.drop_table(table)


def key_name(table: str, column: str) -> str:
    """The name of a key that holds the district, as the models' naming convention makes it."""
    return f"fk_{table}_district_id_{column}"


@contextmanager
def altered(op: Any, table: str) -> Iterator[Any]:
    """Change columns and keys of `table`: a batch of Alembic's operations.

    SQLite makes the table anew where it has to and so loses its triggers (search index, append-only); they are put
    back as they were.
    """
    triggers = sa.text("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table ORDER BY name")
    connection, on_sqlite = op.get_bind(), op.get_bind().dialect.name == "sqlite"
    before = connection.execute(triggers, {"table": table}).scalars().all() if on_sqlite else []
    with op.batch_alter_table(table) as batch:
        yield batch
    after = set(connection.execute(triggers, {"table": table}).scalars()) if on_sqlite else set()
    for statement in before:
        if statement not in after:
            connection.exec_driver_sql(statement)


def add_owner(op: Any, table: str) -> None:
    """Let a district's record have somebody who is responsible for it: `owner_id` and the name as it was, `owner`.

    Of rows that are there it is whoever began them: the history's first line names them, where their account is still
    here.
    """
    with altered(op, table) as batch:
        batch.add_column(sa.Column("owner_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("owner", sa.String(150), nullable=False, server_default=""))
        batch.create_foreign_key(
            key_name(table, "owner_id"), "ab_user", ["district_id", "owner_id"], ["district_id", "id"]
        )
    first = (
        f"FROM core_timeline t JOIN ab_user u ON u.id = t.actor_id AND u.district_id = t.district_id "
        f"WHERE t.kind = '{table}' AND t.district_id = {table}.district_id AND t.record_id = {table}.id "
        "ORDER BY t.id LIMIT 1"
    )
    op.execute(f"UPDATE {table} SET owner_id = (SELECT t.actor_id {first})")  # noqa: S608
    op.execute(f"UPDATE {table} SET owner = COALESCE((SELECT t.actor_name {first}), '')")  # noqa: S608


def drop_owner(op: Any, table: str) -> None:
    """Take that away again."""
    with altered(op, table) as batch:
        batch.drop_constraint(key_name(table, "owner_id"), type_="foreignkey")
        batch.drop_column("owner")
        batch.drop_column("owner_id")


def begin_approvals(op: Any, table: str, view: str, proposed: str) -> None:
    """Let records in the state `proposed` wait for the one step that whoever holds the right takes, since when they
    wait. The table has an owner, who is taken for who proposed it."""
    waits = f"FROM core_waiting w WHERE w.kind = '{table}' AND w.district_id = r.district_id AND w.record_id = r.id"  # noqa: S608
    op.execute(
        "INSERT INTO core_approval (district_id, kind, record_id, view, label, secrecy, round, seq, position, state, "  # noqa: S608
        'proposed_by_id, proposed_by, since, "by", acting_for, remark) '
        f"SELECT r.district_id, '{table}', r.id, '{view}', r.title, 0, 1, 1, '', 'waiting', r.owner_id, r.owner, "
        f"(SELECT w.since {waits}), '', '', '' FROM {table} r WHERE r.status = '{proposed}'"
    )


def drop_approvals(op: Any, table: str) -> None:
    """Forget by which steps records of `table` were approved; what waited for a position waits for the right."""
    op.execute(f"DELETE FROM core_approval WHERE kind = '{table}'")  # noqa: S608
    op.execute(f"DELETE FROM core_approval_chain WHERE kind = '{table}'")  # noqa: S608
    op.execute(f"UPDATE core_waiting SET post = '' WHERE kind = '{table}'")  # noqa: S608

"""What PostgreSQL's planner has to be told about columns that go together."""

from __future__ import annotations

from typing import Any

TOGETHER = "district_id, unit_id"


def create_planner_statistics(op: Any, table: str) -> None:
    """In a migration: a unit of `table` lies in one district. Nothing to do on SQLite.

    Without it the planner multiplies the two shares, expects a hundredth of a unit's rows, and sorts all of them
    where reading an index backwards would stop at the first page.
    """
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"create statistics stx_{table} (dependencies) on {TOGETHER} from {table}")


def drop_planner_statistics(op: Any, table: str) -> None:
    """Undo `create_planner_statistics`."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"drop statistics if exists stx_{table}")

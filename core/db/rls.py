"""Row-level security, written into migrations. SQLite has none and every helper then does nothing.

Migrations import from here, so a helper's effect never changes once released; a new effect gets a new name.
"""

from __future__ import annotations

from typing import Any

POLICY = "district_wall"
_DISTRICT = "nullif(current_setting('khet.district_id', true), '')::int"


def wall(op: Any, table: str) -> None:
    """Let the app role see and write only rows of the district that the transaction names.

    ENABLE, not FORCE: forced policies would make the owner's data migrations silently change nothing.
    """
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY {POLICY} ON {table} USING (district_id = {_DISTRICT}) WITH CHECK (district_id = {_DISTRICT})"
    )


def append_only(op: Any, table: str) -> None:
    """Refuse UPDATE and DELETE on `table` for everybody, on both databases."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION khet_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ "
            "BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION khet_append_only()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )


def drop_append_only(op: Any) -> None:
    """Remove what `append_only` shares between tables, after the tables are gone."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION IF EXISTS khet_append_only()")


def text_search(op: Any, table: str, column: str = "search_text") -> None:
    """Index `column` for any part of a word: a trigram index on PostgreSQL, nothing yet on SQLite."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE INDEX ix_{table}_{column}_trgm ON {table} USING gin ({column} gin_trgm_ops) "
            # a pending list would make the planner shun the index until the next vacuum
            "WITH (fastupdate = off)"
        )

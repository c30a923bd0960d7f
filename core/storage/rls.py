"""Row-level security, written into migrations. SQLite has none and every helper then does nothing.

Migrations import from here, so a helper's effect never changes once released; a new effect gets a new name.
"""

from __future__ import annotations

from typing import Any

POLICY = "district_wall"
_DISTRICT = "nullif(current_setting('khet.district_id', true), '')::int"


def enable_rls(op: Any, table: str) -> None:
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


def lift_append_only(op: Any, table: str) -> None:
    """Let this migration change rows of an `append_only` table; it calls `append_only` again when it is done."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
        return
    for verb in ("update", "delete"):
        op.execute(f"DROP TRIGGER {table}_no_{verb}")


def drop_append_only(op: Any) -> None:
    """Remove what `append_only` shares between tables, after the tables are gone."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION IF EXISTS khet_append_only()")


def text_search(op: Any, table: str, column: str = "search_text") -> None:
    """Index `column` for any part of a word: a trigram index on PostgreSQL; SQLite has `trigrams_for_sqlite`."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE INDEX ix_{table}_{column}_trgm ON {table} USING gin ({column} gin_trgm_ops) "
            # a pending list would make the planner shun the index until the next vacuum
            "WITH (fastupdate = off)"
        )


def trigrams_for_sqlite(op: Any, table: str, column: str) -> None:
    """SQLite's twin of the trigram index: `<table>_fts`, kept by triggers, empty of text of its own.

    A later migration that rebuilds `table` (batch_alter_table) loses the triggers and has to call this again.
    """
    if op.get_bind().dialect.name != "sqlite":
        return
    index, new, old = f"{table}_fts", f"(new.id, new.{column})", f"('delete', old.id, old.{column})"
    op.execute(
        f"CREATE VIRTUAL TABLE {index} USING fts5({column}, content='{table}', content_rowid='id', "
        "tokenize='trigram', detail='none')"
    )
    op.execute(f"INSERT INTO {index}({index}) VALUES ('rebuild')")  # noqa: S608 – names from the migration
    add = f"INSERT INTO {index}(rowid, {column}) VALUES {new};"  # noqa: S608 – names from the migration
    take = f"INSERT INTO {index}({index}, rowid, {column}) VALUES {old};"  # noqa: S608
    op.execute(f"CREATE TRIGGER {index}_add AFTER INSERT ON {table} BEGIN {add} END")
    op.execute(f"CREATE TRIGGER {index}_take AFTER DELETE ON {table} BEGIN {take} END")
    op.execute(f"CREATE TRIGGER {index}_change AFTER UPDATE OF {column} ON {table} BEGIN {take} {add} END")


def drop_trigrams_for_sqlite(op: Any, table: str) -> None:
    """Take the index away."""
    if op.get_bind().dialect.name != "sqlite":
        return
    for name in ("add", "take", "change"):
        op.execute(f"DROP TRIGGER IF EXISTS {table}_fts_{name}")
    op.execute(f"DROP TABLE IF EXISTS {table}_fts")


def without_tone_marks(table: str, column: str) -> str:
    """SQL that takes tone marks and ์ out of an index of words, as `thai.search_text` does from then on."""
    folded = column
    for mark in "\u0e48\u0e49\u0e4a\u0e4b\u0e4c":
        folded = f"replace({folded}, '{mark}', '')"
    return f"UPDATE {table} SET {column} = {folded}"  # noqa: S608 – names from the migration

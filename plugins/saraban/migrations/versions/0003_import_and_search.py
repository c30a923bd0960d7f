"""Letters that an import brings, and on SQLite the index that finds any part of a word."""

import sqlalchemy as sa
from alembic import op

from core.storage import rls

revision = "saraban0003"
down_revision = "saraban0002"
branch_labels = None
depends_on = None

TABLES = ("saraban_incoming", "saraban_outgoing")


def upgrade() -> None:
    brought = sa.text("import_id is not null")
    for table in TABLES:
        op.add_column(table, sa.Column("import_id", sa.Integer(), nullable=True))
        op.create_index(
            f"ix_{table}_import", table, ["district_id", "import_id"], sqlite_where=brought, postgresql_where=brought
        )
        rls.trigrams_for_sqlite(op, table, "search_text")


def downgrade() -> None:
    for table in reversed(TABLES):
        rls.drop_trigrams_for_sqlite(op, table)
        op.drop_index(f"ix_{table}_import", table_name=table)
        op.drop_column(table, "import_id")

"""A stack of scans knows its files again."""

import sqlalchemy as sa
from alembic import op

from core.storage import tables

revision = "saraban0010"
down_revision = "saraban0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with tables.altered(op, "saraban_scan") as batch:
        batch.add_column(sa.Column("digest", sa.String(length=64), server_default="", nullable=False))


def downgrade() -> None:
    with tables.altered(op, "saraban_scan") as batch:
        batch.drop_column("digest")

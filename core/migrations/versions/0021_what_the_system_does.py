"""What the system does by itself is noted for each district."""

import sqlalchemy as sa
from alembic import op

from core.storage import tables

revision = "core0021"
down_revision = "core0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    tables.owned(
        op,
        "core_schedule",
        sa.Column("key", sa.String(60), nullable=False),
        sa.Column("last_at", sa.DateTime(), nullable=False),
        sa.Column("failed_at", sa.DateTime(), nullable=True),
        unique=[("key",)],
    )


def downgrade() -> None:
    tables.drop(op, "core_schedule")

"""Seals of the timeline say which key they were made with."""

import sqlalchemy as sa
from alembic import op

revision = "core0014"
down_revision = "core0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # empty: a plain hash, as all were before
    op.add_column("core_timeline_seal", sa.Column("key", sa.String(16), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("core_timeline_seal", "key")

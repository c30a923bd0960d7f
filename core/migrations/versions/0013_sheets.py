"""Imports of several sheets."""

import sqlalchemy as sa
from alembic import op

revision = "core0013"
down_revision = "core0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("core_import", sa.Column("sheets", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    op.drop_column("core_import", "sheets")

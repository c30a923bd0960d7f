"""Cited letters: what became of one that is not valid any more."""

import sqlalchemy as sa
from alembic import op

revision = "core0016"
down_revision = "core0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("core_cited_letter", sa.Column("ended", sa.String(10), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("core_cited_letter", "ended")

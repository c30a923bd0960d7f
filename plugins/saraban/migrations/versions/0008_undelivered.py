"""Why a letter did not reach a recipient."""

import sqlalchemy as sa
from alembic import op

revision = "saraban0008"
down_revision = "saraban0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("saraban_dispatch", sa.Column("problem", sa.String(length=300), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("saraban_dispatch", "problem")

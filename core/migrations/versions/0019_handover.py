"""Lines of an import keep, sealed, what is handed over at its end."""

import sqlalchemy as sa
from alembic import op

revision = "core0019"
down_revision = "core0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("core_import_line", sa.Column("handover", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("core_import_line", "handover")

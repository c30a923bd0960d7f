"""The outbox: what a message is about; what was said is not kept once it has gone out."""

import sqlalchemy as sa
from alembic import op

revision = "core0010"
down_revision = "core0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("core_delivery", sa.Column("kind", sa.String(length=60), nullable=False, server_default=""))
    op.add_column("core_delivery", sa.Column("record_id", sa.Integer(), nullable=True))
    op.add_column("core_delivery", sa.Column("view", sa.String(length=60), nullable=False, server_default=""))
    op.execute("update core_delivery set body = '' where state in ('sent', 'failed')")


def downgrade() -> None:
    # sealed words would go out as they stand
    op.execute("update core_delivery set state = 'failed', body = '' where body like 'gAAAA%'")
    op.drop_column("core_delivery", "view")
    op.drop_column("core_delivery", "record_id")
    op.drop_column("core_delivery", "kind")

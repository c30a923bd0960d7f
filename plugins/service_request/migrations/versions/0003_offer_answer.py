"""Requests: what who asked said to another time."""

import sqlalchemy as sa
from alembic import op

revision = "service_request0003"
down_revision = "service_request0002"
branch_labels = None
depends_on = None

TABLE = "service_request_request"


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("offer_answer", sa.String(500), nullable=False, server_default=""))
    op.add_column(TABLE, sa.Column("offer_answered_by", sa.String(150), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column(TABLE, "offer_answered_by")
    op.drop_column(TABLE, "offer_answer")

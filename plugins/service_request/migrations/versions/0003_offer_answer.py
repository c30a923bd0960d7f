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
    """A no to the offered time is not known there: the offer waits for its answer again."""
    unfit = "SELECT id FROM service_request_request WHERE status = 'unfit'"
    op.execute(f"UPDATE core_waiting SET verb = 'edit' WHERE kind = '{TABLE}' AND record_id IN ({unfit})")  # noqa: S608
    op.execute(f"UPDATE {TABLE} SET status = 'rescheduling' WHERE status = 'unfit'")  # noqa: S608
    op.drop_column(TABLE, "offer_answered_by")
    op.drop_column(TABLE, "offer_answer")

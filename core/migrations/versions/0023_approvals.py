"""How records are approved is a district's to set; something can wait for whoever holds a position."""

import sqlalchemy as sa
from alembic import op

from core.storage import tables

revision = "core0023"
down_revision = "core0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("core_waiting", sa.Column("post", sa.String(140), nullable=False, server_default=""))
    op.create_index("ix_core_waiting_post", "core_waiting", ["district_id", "post"])
    tables.owned(
        op,
        "core_approval_chain",
        sa.Column("kind", sa.String(60), nullable=False),
        sa.Column("steps", sa.JSON(), nullable=False),
        unique=[["kind"]],
        versioned=True,
    )
    tables.owned(
        op,
        "core_approval",
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column("seq", sa.SmallInteger(), nullable=False),
        sa.Column("position", sa.String(120), nullable=False),
        sa.Column("post_unit_id", sa.Integer(), nullable=True),
        sa.Column("days", sa.SmallInteger(), nullable=True),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("proposed_by_id", sa.Integer(), nullable=True),
        sa.Column("proposed_by", sa.String(150), nullable=False),
        sa.Column("owned_by_id", sa.Integer(), nullable=True),
        sa.Column("since", sa.DateTime(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("by", sa.String(150), nullable=False),
        sa.Column("acting_for", sa.String(300), nullable=False),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.Column("remark", sa.String(500), nullable=False),
        sa.Column("kind", sa.String(60), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("view", sa.String(60), nullable=False),
        sa.Column("label", sa.String(300), nullable=False),
        sa.Column("secrecy", sa.SmallInteger(), nullable=False),
        keys={
            "post_unit_id": "core_unit",
            "proposed_by_id": "ab_user",
            "owned_by_id": "ab_user",
            "by_id": "ab_user",
        },
        unique=[["kind", "record_id", "round", "seq"]],
    )


def downgrade() -> None:
    """What waits for whoever holds a position waits for whoever holds the right."""
    tables.drop(op, "core_approval")
    tables.drop(op, "core_approval_chain")
    op.drop_index("ix_core_waiting_post", "core_waiting")
    with tables.altered(op, "core_waiting") as batch:
        batch.drop_column("post")

"""Refused looks at secret letters are counted by person, letter and day."""

import sqlalchemy as sa
from alembic import op

from core.storage import rls

revision = "saraban0009"
down_revision = "saraban0008"
branch_labels = None
depends_on = None

TABLE = "saraban_refused_look"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("user_name", sa.String(length=150), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("secrecy", sa.SmallInteger(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f(f"fk_{TABLE}_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
        sa.UniqueConstraint("district_id", "id", name=op.f(f"uq_{TABLE}_district_id_id")),
        sa.UniqueConstraint(
            "district_id", "kind", "record_id", "user_id", "day",
            name=op.f(f"uq_{TABLE}_district_id_kind_record_id_user_id_day"),
        ),
    )  # fmt: skip
    op.create_index(f"ix_{TABLE}_day", TABLE, ["district_id", "user_id", "day"], unique=False)
    rls.enable_rls(op, TABLE)


def downgrade() -> None:
    # that a recipient sends back what is not theirs is not known there
    op.execute("UPDATE saraban_dispatch SET state = 'failed' WHERE state = 'returned'")
    op.execute("UPDATE saraban_arrival SET state = 'recalled' WHERE state = 'returned'")
    op.drop_table(TABLE)

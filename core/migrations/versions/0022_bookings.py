"""Bookings: who is taken when, by records of every module; firm ones of one person never overlap."""

import sqlalchemy as sa
from alembic import op

from core.storage import tables

revision = "core0022"
down_revision = "core0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    tables.owned(
        op,
        "core_booking",
        sa.Column("resource", sa.String(60), nullable=False),
        sa.Column("resource_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(), nullable=False),
        sa.Column(
            "ends_at",
            sa.DateTime(),
            sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_core_booking_times")),
            nullable=False,
        ),
        sa.Column("firm", sa.Boolean(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("permission", sa.String(60), nullable=False),
        sa.Column("kind", sa.String(60), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("view", sa.String(60), nullable=False),
        sa.Column("label", sa.String(300), nullable=False),
        sa.Column("secrecy", sa.SmallInteger(), nullable=False),
        keys={"unit_id": "core_unit"},
        unique=[("kind", "record_id", "resource", "resource_id")],
        indexes={"ix_core_booking_resource": ("resource", "resource_id", "ends_at")},
    )
    if op.get_bind().dialect.name == "postgresql":
        # a range of one id instead of "=": that needs no extension. An id is of one district alone.
        op.execute(
            "ALTER TABLE core_booking ADD CONSTRAINT ex_core_booking_person EXCLUDE USING gist ("
            "int4range(resource_id, resource_id, '[]') WITH &&, tsrange(starts_at, ends_at) WITH &&) "
            "WHERE (firm AND resource = 'core_person')"
        )


def downgrade() -> None:
    tables.drop(op, "core_booking")

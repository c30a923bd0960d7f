"""Activities of a plan have speakers, who are asked as those of a request are."""

import sqlalchemy as sa
from alembic import op

from core.storage import tables

revision = "service_request0009"
down_revision = "service_request0008"
branch_labels = None
depends_on = None

TABLE, UNIQUE = "service_request_nominee", "uq_service_request_nominee_district_id_activity_id_person_id"


def upgrade() -> None:
    with tables.altered(op, TABLE) as batch:
        batch.alter_column("request_id", existing_type=sa.Integer(), nullable=True)
        batch.add_column(sa.Column("activity_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(
            tables.key_name(TABLE, "activity_id"),
            "service_request_activity",
            ["district_id", "activity_id"],
            ["district_id", "id"],
        )
        batch.create_unique_constraint(UNIQUE, ["district_id", "activity_id", "person_id"])


def downgrade() -> None:
    """Speakers of a plan's activities are not known there, nor what waits for them; the history keeps them."""
    of_plans = f"SELECT id FROM {TABLE} WHERE request_id IS NULL"  # noqa: S608
    op.execute(f"DELETE FROM core_waiting WHERE kind = '{TABLE}' AND record_id IN ({of_plans})")  # noqa: S608
    op.execute(f"DELETE FROM {TABLE} WHERE request_id IS NULL")  # noqa: S608
    op.execute("DELETE FROM core_booking WHERE kind = 'service_request_activity'")
    with tables.altered(op, TABLE) as batch:
        batch.drop_constraint(UNIQUE, type_="unique")
        batch.drop_constraint(tables.key_name(TABLE, "activity_id"), type_="foreignkey")
        batch.drop_column("activity_id")
        batch.alter_column("request_id", existing_type=sa.Integer(), nullable=False)

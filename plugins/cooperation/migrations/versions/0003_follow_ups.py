"""A task is a follow-up: who gave it and when, when it was acknowledged and done, and what was done."""

import sqlalchemy as sa
from alembic import op

from core.storage import tables

revision = "cooperation0003"
down_revision = "cooperation0002"
branch_labels = None
depends_on = None

TABLE = "cooperation_task"
KEYS = ("given_by_id", "done_by_id")
COLUMNS = ("given_by", "given_by_id", "given_at", "known_at", "done_at", "done_by_id", "report")
#: who gave it, where their account is still here: who began it, as its history says
FIRST = (
    "FROM core_timeline t JOIN ab_user u ON u.id = t.actor_id AND u.district_id = t.district_id WHERE "
    f"t.kind = '{TABLE}' AND t.district_id = {TABLE}.district_id AND t.record_id = {TABLE}.id ORDER BY t.id LIMIT 1"
)


def upgrade() -> None:
    op.execute(f"ALTER TABLE {TABLE} RENAME COLUMN status TO state")
    with tables.altered(op, TABLE) as batch:
        for name in ("given_at", "known_at", "done_at"):
            batch.add_column(sa.Column(name, sa.DateTime(), nullable=True))
        for name, length in (("given_by", 150), ("report", 1000)):
            batch.add_column(sa.Column(name, sa.String(length), nullable=False, server_default=""))
        for name in KEYS:
            batch.add_column(sa.Column(name, sa.Integer(), nullable=True))
            batch.create_foreign_key(
                tables.key_name(TABLE, name), "ab_user", ["district_id", name], ["district_id", "id"]
            )
    op.execute(
        f"UPDATE {TABLE} SET state = CASE state WHEN 'open' THEN 'given' ELSE state END, "  # noqa: S608
        f"given_at = COALESCE((SELECT t.at {FIRST}), CURRENT_TIMESTAMP), given_by_id = (SELECT t.actor_id {FIRST}), "
        f"given_by = COALESCE((SELECT t.actor_name {FIRST}), '')"
    )
    with tables.altered(op, TABLE) as batch:
        batch.alter_column("given_at", existing_type=sa.DateTime(), nullable=False)


def downgrade() -> None:
    """What was taken back is done there: nothing is left to do."""
    op.execute(
        f"UPDATE {TABLE} SET state = CASE WHEN state IN ('given', 'known') THEN 'open' ELSE 'done' END"  # noqa: S608
    )
    with tables.altered(op, TABLE) as batch:
        for name in KEYS:
            batch.drop_constraint(tables.key_name(TABLE, name), type_="foreignkey")
        for name in COLUMNS:
            batch.drop_column(name)
    op.execute(f"ALTER TABLE {TABLE} RENAME COLUMN state TO status")

"""A letter given to an officer is a follow-up: the officer's name as of that day, and the accounts of who gave and did it."""

import sqlalchemy as sa
from alembic import op

from core.storage import tables

revision = "saraban0014"
down_revision = "saraban0013"
branch_labels = None
depends_on = None

TABLE = "saraban_assignment"
KEYS = ("given_by_id", "done_by_id")
OFFICER = f"FROM ab_user u WHERE u.district_id = {TABLE}.district_id AND u.id = {TABLE}.user_id"
#: who gave it, where their account is still here: who began it, as its history says
FIRST = (
    "FROM core_timeline t JOIN ab_user u ON u.id = t.actor_id AND u.district_id = t.district_id WHERE "
    f"t.kind = '{TABLE}' AND t.district_id = {TABLE}.district_id AND t.record_id = {TABLE}.id ORDER BY t.id LIMIT 1"
)


def upgrade() -> None:
    op.execute(f"ALTER TABLE {TABLE} RENAME COLUMN title TO what")
    with tables.altered(op, TABLE) as batch:
        batch.add_column(sa.Column("who", sa.String(150), nullable=False, server_default=""))
        for name in KEYS:
            batch.add_column(sa.Column(name, sa.Integer(), nullable=True))
            batch.create_foreign_key(
                tables.key_name(TABLE, name), "ab_user", ["district_id", name], ["district_id", "id"]
            )
    op.execute(
        f"UPDATE {TABLE} SET who = SUBSTR((SELECT u.first_name || ' ' || u.last_name {OFFICER}), 1, 150), "  # noqa: S608
        f"given_by_id = (SELECT t.actor_id {FIRST})"
    )


def downgrade() -> None:
    with tables.altered(op, TABLE) as batch:
        for name in KEYS:
            batch.drop_constraint(tables.key_name(TABLE, name), type_="foreignkey")
        for name in ("who", *KEYS):
            batch.drop_column(name)
    op.execute(f"ALTER TABLE {TABLE} RENAME COLUMN what TO title")

"""A draft of a unit that has ended is nobody's until somebody goes on with it; who has a sent letter in its recipient's place."""

import sqlalchemy as sa
from alembic import op

from core.storage import tables

revision = "saraban0015"
down_revision = "saraban0014"
branch_labels = None
depends_on = None

TABLE, SENT = "saraban_draft", "saraban_dispatch"
#: whose it would have been: who began it, as its history says, else any account of its district
FIRST = (
    "SELECT t.actor_id FROM core_timeline t JOIN ab_user u ON u.id = t.actor_id AND u.district_id = t.district_id WHERE "
    f"t.kind = '{TABLE}' AND t.district_id = {TABLE}.district_id AND t.record_id = {TABLE}.id ORDER BY t.id LIMIT 1"
)
ANY = f"SELECT MIN(u.id) FROM ab_user u WHERE u.district_id = {TABLE}.district_id"


def upgrade() -> None:
    with tables.altered(op, TABLE) as batch:
        batch.alter_column("drafted_by_id", existing_type=sa.Integer(), nullable=True)
    with tables.altered(op, SENT) as batch:
        batch.add_column(sa.Column("taken_by", sa.String(200), nullable=False, server_default=""))


def downgrade() -> None:
    with tables.altered(op, SENT) as batch:
        batch.drop_column("taken_by")
    op.execute(f"UPDATE {TABLE} SET drafted_by_id = COALESCE(({FIRST}), ({ANY})) WHERE drafted_by_id IS NULL")  # noqa: S608
    with tables.altered(op, TABLE) as batch:
        batch.alter_column("drafted_by_id", existing_type=sa.Integer(), nullable=False)

"""Both registers: a unit lies in one district."""

from alembic import op

from core.storage import statistics

revision = "saraban0006"
down_revision = "saraban0005"
branch_labels = None
depends_on = None

TABLES = ("saraban_incoming", "saraban_outgoing")


def upgrade() -> None:
    for table in TABLES:
        statistics.create_planner_statistics(op, table)


def downgrade() -> None:
    for table in TABLES:
        statistics.drop_planner_statistics(op, table)

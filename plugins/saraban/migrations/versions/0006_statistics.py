"""Both registers: a unit lies in one district."""

from alembic import op

from core.db import statistics

revision = "saraban0006"
down_revision = "saraban0005"
branch_labels = None
depends_on = None

TABLES = ("saraban_incoming", "saraban_outgoing")


def upgrade() -> None:
    for table in TABLES:
        statistics.tell(op, table)


def downgrade() -> None:
    for table in TABLES:
        statistics.forget(op, table)

"""Requests: a unit lies in one district."""

from alembic import op

from core.storage import statistics

revision = "service_request0002"
down_revision = "service_request0001"
branch_labels = None
depends_on = None

TABLES = ("service_request_request",)


def upgrade() -> None:
    for table in TABLES:
        statistics.create_planner_statistics(op, table)


def downgrade() -> None:
    for table in TABLES:
        statistics.drop_planner_statistics(op, table)

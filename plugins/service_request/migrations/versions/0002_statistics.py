"""Requests: a unit lies in one district."""

from alembic import op

from core.db import statistics

revision = "service_request0002"
down_revision = "service_request0001"
branch_labels = None
depends_on = None

TABLES = ("service_request_request",)


def upgrade() -> None:
    for table in TABLES:
        statistics.tell(op, table)


def downgrade() -> None:
    for table in TABLES:
        statistics.forget(op, table)

"""What is proposed of plans waits for a step of its approval chain."""

from alembic import op

from core.storage import tables

revision = "service_request0008"
down_revision = "service_request0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    tables.begin_approvals(op, "service_request_plan", "PlanView", "proposed")


def downgrade() -> None:
    tables.drop_approvals(op, "service_request_plan")

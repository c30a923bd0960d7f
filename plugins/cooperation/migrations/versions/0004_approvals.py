"""What is proposed of works waits for a step of its approval chain."""

from alembic import op

from core.storage import tables

revision = "cooperation0004"
down_revision = "cooperation0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    tables.begin_approvals(op, "cooperation_case", "CaseView", "proposed")


def downgrade() -> None:
    tables.drop_approvals(op, "cooperation_case")

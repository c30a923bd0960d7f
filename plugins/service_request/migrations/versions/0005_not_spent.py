"""What was not spent on an activity that is called off wants no papers."""

from alembic import op

revision = "service_request0005"
down_revision = "service_request0004"
branch_labels = None
depends_on = None

UNSPENT = """SELECT id FROM service_request_expense WHERE status = 'open' AND EXISTS (
    SELECT 1 FROM service_request_activity a WHERE a.district_id = service_request_expense.district_id
    AND a.id = service_request_expense.activity_id AND a.status = 'called_off')"""


def upgrade() -> None:
    op.execute(f"DELETE FROM core_waiting WHERE kind = 'service_request_expense' AND record_id IN ({UNSPENT})")
    op.execute(f"UPDATE service_request_expense SET status = 'void' WHERE id IN ({UNSPENT})")  # noqa: S608


def downgrade() -> None:
    """That it was not spent is not known there: the cost is as it was, without its papers, and waits for nobody."""
    op.execute("UPDATE service_request_expense SET status = 'open' WHERE status = 'void'")

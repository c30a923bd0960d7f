"""A letter that its sender took back has a state of its own, and is nobody's work."""

from alembic import op

revision = "saraban0011"
down_revision = "saraban0010"
branch_labels = None
depends_on = None

OPEN = "('registered', 'returned', 'proposed', 'directed', 'assigned')"
TAKEN_BACK = """SELECT record_id FROM core_timeline WHERE kind = 'saraban_incoming'
    AND action = 'saraban.incoming.recalled'"""
RECALLED = "SELECT id FROM saraban_incoming WHERE status = 'recalled'"


def upgrade() -> None:
    op.execute(
        "UPDATE saraban_incoming SET status = 'recalled', holder_id = NULL, assignee_id = NULL"
        f" WHERE status IN {OPEN} AND id IN ({TAKEN_BACK})"
    )
    op.execute(
        f"UPDATE saraban_assignment SET state = 'withdrawn' WHERE state IN ('given', 'known') AND letter_id IN ({RECALLED})"
    )
    op.execute(f"DELETE FROM core_waiting WHERE kind = 'saraban_incoming' AND record_id IN ({RECALLED})")
    op.execute(
        "DELETE FROM core_waiting WHERE kind = 'saraban_assignment' AND record_id IN"
        f" (SELECT id FROM saraban_assignment WHERE state = 'withdrawn' AND letter_id IN ({RECALLED}))"
    )


def downgrade() -> None:
    op.execute("UPDATE saraban_incoming SET status = 'registered' WHERE status = 'recalled'")

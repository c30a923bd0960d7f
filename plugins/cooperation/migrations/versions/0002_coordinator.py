"""A work has somebody who coordinates it, for whom it waits."""

from alembic import op

from core.storage import tables

revision = "cooperation0002"
down_revision = "cooperation0001"
branch_labels = None
depends_on = None

TABLE = "cooperation_case"


def upgrade() -> None:
    tables.add_owner(op, TABLE)
    case = f"FROM {TABLE} c WHERE c.district_id = core_waiting.district_id AND c.id = core_waiting.record_id"  # noqa: S608
    theirs = f"kind = '{TABLE}' AND verb = 'edit'"
    op.execute(f"UPDATE core_waiting SET user_id = (SELECT c.owner_id {case}) WHERE {theirs}")  # noqa: S608
    # nobody: who approves names one
    op.execute(f"UPDATE core_waiting SET verb = 'approve' WHERE {theirs} AND user_id IS NULL")  # noqa: S608


def downgrade() -> None:
    # whom it waited for is not known there: for everybody who works on such works
    op.execute(
        f"UPDATE core_waiting SET user_id = NULL, verb = 'edit' WHERE kind = '{TABLE}' "  # noqa: S608
        f"AND record_id IN (SELECT id FROM {TABLE} WHERE status <> 'proposed')"
    )
    tables.drop_owner(op, TABLE)

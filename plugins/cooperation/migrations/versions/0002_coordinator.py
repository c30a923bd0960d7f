"""A work has somebody who coordinates it, for whom it waits."""

import sqlalchemy as sa
from alembic import op

from core.storage import tables

revision = "cooperation0002"
down_revision = "cooperation0001"
branch_labels = None
depends_on = None

TABLE = "cooperation_case"


def upgrade() -> None:
    with tables.altered(op, TABLE) as batch:
        batch.add_column(sa.Column("owner_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("owner", sa.String(150), nullable=False, server_default=""))
        batch.create_foreign_key(
            tables.key_name(TABLE, "owner_id"), "ab_user", ["district_id", "owner_id"], ["district_id", "id"]
        )
    _own()


def _own() -> None:
    """Whoever began it coordinates it: the history's first line names them, and their account is still here."""
    first = (
        f"FROM core_timeline t JOIN ab_user u ON u.id = t.actor_id AND u.district_id = t.district_id "
        f"WHERE t.kind = '{TABLE}' AND t.district_id = {TABLE}.district_id AND t.record_id = {TABLE}.id "
        "ORDER BY t.id LIMIT 1"
    )
    op.execute(f"UPDATE {TABLE} SET owner_id = (SELECT t.actor_id {first})")  # noqa: S608
    op.execute(f"UPDATE {TABLE} SET owner = COALESCE((SELECT t.actor_name {first}), '')")  # noqa: S608
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
    with tables.altered(op, TABLE) as batch:
        batch.drop_constraint(tables.key_name(TABLE, "owner_id"), type_="foreignkey")
        batch.drop_column("owner")
        batch.drop_column("owner_id")

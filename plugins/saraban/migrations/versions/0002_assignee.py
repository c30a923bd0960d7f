"""ผู้ปฏิบัติ of a letter, and what waits for an action in the shared table."""

import sqlalchemy as sa
from alembic import op

revision = "saraban0002"
down_revision = "saraban0001"
branch_labels = None
depends_on = None

#: a register number as it is written: 12/2569 or 12/1/2569
NUMBER = "number || CASE WHEN suffix > 0 THEN '/' || suffix ELSE '' END || '/' || year"
TABLES = ("saraban_incoming", "saraban_outgoing")


def upgrade() -> None:
    for table in TABLES:
        with op.batch_alter_table(table) as batch:
            batch.add_column(sa.Column("assignee_id", sa.Integer(), nullable=True))
            batch.create_foreign_key(
                f"fk_{table}_district_id_assignee_id", "ab_user", ["district_id", "assignee_id"], ["district_id", "id"]
            )
    op.execute(
        "INSERT INTO core_waiting (district_id, kind, record_id, view, label, secrecy, unit_id, resource, verb, "  # noqa: S608
        "urgency, due_at, since) SELECT district_id, 'saraban_incoming', id, 'IncomingView', "
        f"CASE WHEN secrecy = 0 THEN substr({NUMBER} || ' ' || subject, 1, 300) ELSE {NUMBER} END, "
        "secrecy, unit_id, 'saraban.incoming', 'edit', speed, due_at, registered_at "
        "FROM saraban_incoming WHERE status = 'registered' AND action = ''"
    )


def downgrade() -> None:
    op.execute("DELETE FROM core_waiting WHERE kind = 'saraban_incoming'")
    for table in TABLES:
        with op.batch_alter_table(table) as batch:
            batch.drop_constraint(f"fk_{table}_district_id_assignee_id", type_="foreignkey")
            batch.drop_column("assignee_id")

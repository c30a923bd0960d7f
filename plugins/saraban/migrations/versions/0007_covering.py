"""The index of the newest letters holds all that a list's count asks: it no longer fetches a thousand rows for a number."""

from alembic import op

revision = "saraban0007"
down_revision = "saraban0006"
branch_labels = None
depends_on = None

TABLES = ("saraban_incoming", "saraban_outgoing")
NEWEST = ["district_id", "unit_id", "id"]


def _replace(columns: list[str]) -> None:
    for table in TABLES:
        op.drop_index(f"ix_{table}_newest", table_name=table)
        op.create_index(f"ix_{table}_newest", table, columns, unique=False)


def upgrade() -> None:
    _replace([*NEWEST, "secrecy", "import_id"])


def downgrade() -> None:
    _replace(NEWEST)

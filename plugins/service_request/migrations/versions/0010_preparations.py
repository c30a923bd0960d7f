"""What is to be got ready for an activity has its person and its day: the lists become records of their own."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from core.storage import tables

revision = "service_request0010"
down_revision = "service_request0009"
branch_labels = None
depends_on = None

TABLE, ACTIVITIES = "service_request_preparation", "service_request_activity"
ACTIVITY = sa.table(
    ACTIVITIES, *map(sa.column, ("id", "district_id", "unit_id", "status")), sa.column("day", sa.Date()),
    sa.column("checklist", sa.JSON()),
)  # fmt: skip


def upgrade() -> None:
    tables.owned(
        op,
        TABLE,
        sa.Column("activity_id", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(300), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("who", sa.String(150), nullable=False),
        sa.Column("given_by", sa.String(150), nullable=False),
        sa.Column("given_by_id", sa.Integer(), nullable=True),
        sa.Column("given_at", sa.DateTime(), nullable=False),
        sa.Column("known_at", sa.DateTime(), nullable=True),
        sa.Column("done_at", sa.DateTime(), nullable=True),
        sa.Column("done_by_id", sa.Integer(), nullable=True),
        sa.Column("report", sa.String(1000), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        keys={
            "activity_id": ACTIVITIES, "unit_id": "core_unit", "user_id": "ab_user", "given_by_id": "ab_user",
            "done_by_id": "ab_user",
        },
        indexes={f"ix_{TABLE}_activity": ["activity_id"]},
        versioned=True,
    )  # fmt: skip
    bind, now = op.get_bind(), datetime.now(UTC).replace(tzinfo=None)
    made = sa.table(TABLE, *map(sa.column, (
        "activity_id", "district_id", "unit_id", "what", "due_on", "state", "who", "given_by", "given_at", "report",
        "version",
    )))  # fmt: skip
    rows = [
        {
            "activity_id": one.id, "district_id": one.district_id, "unit_id": one.unit_id, "what": item["item"][:300],
            "due_on": one.day, "who": "", "given_by": "", "given_at": now, "report": "", "version": 1,
            "state": "done" if item["done"] else "given" if one.status == "planned" else "released",
        }
        for one in bind.execute(sa.select(ACTIVITY))
        for item in one.checklist or ()
    ]  # fmt: skip
    if rows:
        bind.execute(sa.insert(made), rows)
    with tables.altered(op, ACTIVITIES) as batch:
        batch.drop_column("checklist")


def downgrade() -> None:
    """Person, day and what was said of it are not known there; what was taken back is on no list."""
    with tables.altered(op, ACTIVITIES) as batch:
        batch.add_column(sa.Column("checklist", sa.JSON(), nullable=False, server_default="[]"))
    bind, one = op.get_bind(), sa.table(TABLE, *map(sa.column, ("id", "activity_id", "what", "state")))
    lists: dict[int, list[dict[str, object]]] = {}
    for row in bind.execute(sa.select(one).where(one.c.state != "withdrawn").order_by(one.c.id)):
        lists.setdefault(row.activity_id, []).append({"item": row.what[:200], "done": row.state == "done"})
    for activity_id, items in lists.items():
        bind.execute(sa.update(ACTIVITY).where(ACTIVITY.c.id == activity_id).values(checklist=items))
    tables.drop(op, TABLE)

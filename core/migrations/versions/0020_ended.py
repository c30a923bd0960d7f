"""A role that somebody ended keeps the moment: its last day no longer lies before its first."""

from datetime import timedelta

import sqlalchemy as sa
from alembic import op

revision = "core0020"
down_revision = "core0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("core_grant", sa.Column("ended_at", sa.DateTime(), nullable=True))


def downgrade() -> None:
    """What was ended stays ended: its last day becomes the day before, as it was kept until now."""
    grant = sa.table(
        "core_grant", sa.column("id"), sa.column("ends_on", sa.Date()), sa.column("ended_at", sa.DateTime())
    )
    bind = op.get_bind()
    for row in bind.execute(sa.select(grant.c.id, grant.c.ended_at).where(grant.c.ended_at.is_not(None))).all():
        # a moment is kept in UTC; the day is Bangkok's
        day = (row.ended_at + timedelta(hours=7)).date() - timedelta(days=1)
        bind.execute(sa.update(grant).where(grant.c.id == row.id).values(ends_on=day))
    op.drop_column("core_grant", "ended_at")

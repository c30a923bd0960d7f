"""Jobs: how often their process died, and which go first."""

import sqlalchemy as sa
from alembic import op

revision = "core0008"
down_revision = "core0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("core_job", sa.Column("deaths", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("core_job", sa.Column("rank", sa.SmallInteger(), nullable=False, server_default="1"))
    op.execute("update core_job set rank = case when kind = 'saraban.read_files' then 2 else 0 end where quiet")
    op.create_index("ix_core_job_next", "core_job", ["state", "rank", "id"])


def downgrade() -> None:
    op.drop_index("ix_core_job_next", "core_job")
    op.drop_column("core_job", "rank")
    op.drop_column("core_job", "deaths")

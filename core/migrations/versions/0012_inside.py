"""Files that leave the house with no letter."""

import sqlalchemy as sa
from alembic import op

revision = "core0012"
down_revision = "core0011"
branch_labels = None
depends_on = None

#: how numbering has called the copies that the manual keeps in the house
COPIES = ("Owner''s copy", "Central copy", "สำเนาเจ้าของเรื่อง", "สำเนาสารบรรณกลาง")


def upgrade() -> None:
    op.add_column("core_attachment", sa.Column("inside", sa.Boolean(), nullable=False, server_default=sa.false()))
    for copy in COPIES:
        op.execute(
            f"update core_attachment set inside = true where kind = 'saraban_outgoing' and name like '% {copy}.pdf'"
        )


def downgrade() -> None:
    op.drop_column("core_attachment", "inside")

"""Where e-mail to a user goes, apart from the key that Flask-AppBuilder makes of it."""

import sqlalchemy as sa
from alembic import op

revision = "core0018"
down_revision = "core0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ab_user", sa.Column("mail_address", sa.String(254), nullable=False, server_default=""))
    op.execute("update ab_user set mail_address = email where email not like '%.invalid' and length(email) <= 254")


def downgrade() -> None:
    op.drop_column("ab_user", "mail_address")

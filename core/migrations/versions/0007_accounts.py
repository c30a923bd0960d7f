"""Sessions that name their user, failed logins, tokens that end with the account's sessions."""

import json

import sqlalchemy as sa
from alembic import op

from core.storage import rls

revision = "core0007"
down_revision = "core0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("core_session") as table:
        table.add_column(sa.Column("user_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("address", sa.String(length=45), nullable=False, server_default=""))
        table.add_column(sa.Column("agent", sa.String(length=300), nullable=False, server_default=""))
        table.add_column(sa.Column("began_at", sa.DateTime(), nullable=True))
    session = sa.table("core_session", *(sa.column(name) for name in ("id", "data", "user_id", "seen_at", "began_at")))
    connection = op.get_bind()
    for key, data in connection.execute(sa.select(session.c.id, session.c.data)).all():
        user_id = json.loads(data).get("_user_id")
        mine = session.c.id == key
        if user_id is None:  # a stranger's: it lies in a cookie from now on
            connection.execute(sa.delete(session).where(mine))
        else:
            began = {"user_id": int(user_id), "began_at": session.c.seen_at}
            connection.execute(sa.update(session).where(mine).values(began))
    with op.batch_alter_table("core_session") as table:
        table.alter_column("address", server_default=None)
        table.alter_column("agent", server_default=None)
        table.alter_column("began_at", nullable=False)
        table.create_index("ix_core_session_user_id", ["user_id"])
    op.create_table(
        "core_failed_login",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(length=12), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("agent", sa.String(length=300), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "user_id"],
            ["ab_user.district_id", "ab_user.id"],
            name=op.f("fk_core_failed_login_district_id_user_id"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f("fk_core_failed_login_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_failed_login")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_core_failed_login_district_id_id")),
    )
    op.create_index("ix_core_failed_login_user", "core_failed_login", ["district_id", "user_id", "at"], unique=False)
    rls.enable_rls(op, "core_failed_login")
    with op.batch_alter_table("core_api_token") as table:
        table.add_column(sa.Column("epoch", sa.Integer(), nullable=False, server_default="1"))
    op.execute(
        "update core_api_token set epoch = (select epoch from ab_user where ab_user.id = core_api_token.user_id)"
    )
    with op.batch_alter_table("core_api_token") as table:
        table.alter_column("epoch", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("core_api_token") as table:
        table.drop_column("epoch")
    op.drop_table("core_failed_login")
    with op.batch_alter_table("core_session") as table:
        table.drop_index("ix_core_session_user_id")
        for name in ("began_at", "agent", "address", "user_id"):
            table.drop_column(name)

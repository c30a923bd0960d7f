"""Second factors, recovery codes, and roles that ask for one."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from core.storage import rls

revision = "core0011"
down_revision = "core0010"
branch_labels = None
depends_on = None


def _of_user(table: str) -> list[sa.Column[Any] | sa.Constraint]:
    return [
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "user_id"],
            ["ab_user.district_id", "ab_user.id"],
            name=op.f(f"fk_{table}_district_id_user_id"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f(f"fk_{table}_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("district_id", "id", name=op.f(f"uq_{table}_district_id_id")),
    ]


def upgrade() -> None:
    op.add_column("core_role", sa.Column("second_factor", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "core_factor",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("credential", sa.Text(), nullable=False),
        sa.Column("credential_hash", sa.String(length=64), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("last_step", sa.Integer(), nullable=False),
        sa.Column("skew", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("last_used_at", sa.DateTime(), nullable=True),
        *_of_user("core_factor"),
    )
    op.create_index("ix_core_factor_user", "core_factor", ["district_id", "user_id"], unique=False)
    op.create_index("ix_core_factor_credential", "core_factor", ["credential_hash"], unique=False)
    op.create_table(
        "core_recovery_code",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("used_at", sa.DateTime(), nullable=True),
        *_of_user("core_recovery_code"),
    )
    op.create_index("ix_core_recovery_code_user", "core_recovery_code", ["district_id", "user_id"], unique=False)
    rls.enable_rls(op, "core_factor")
    rls.enable_rls(op, "core_recovery_code")


def downgrade() -> None:
    op.drop_table("core_recovery_code")
    op.drop_table("core_factor")
    op.drop_column("core_role", "second_factor")

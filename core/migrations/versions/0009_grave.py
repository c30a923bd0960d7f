"""Grave rights: what is asked and decided, the log of it, and the codes by which owners set a password."""

import sqlalchemy as sa
from alembic import op

from core.storage import rls

revision = "core0009"
down_revision = "core0008"
branch_labels = None
depends_on = None


def _key(table: str) -> tuple[sa.Constraint, ...]:
    return (
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f(f"fk_{table}_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("district_id", "id", name=op.f(f"uq_{table}_district_id_id")),
    )


def _points(table: str, column: str, to: str) -> sa.Constraint:
    name = op.f(f"fk_{table}_district_id_{column}")
    return sa.ForeignKeyConstraint(["district_id", column], [f"{to}.district_id", f"{to}.id"], name=name)


def upgrade() -> None:
    act, log, code = "core_grave_act", "core_grave_log", "core_owner_code"
    op.create_table(
        act,
        sa.Column("what", sa.String(length=12), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("user_name", sa.String(length=150), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("asked_by", sa.String(length=150), nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_by", sa.String(length=150), nullable=False),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.Column("answer", sa.String(length=400), nullable=False),
        sa.Column("done_at", sa.DateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        _points(act, "user_id", "ab_user"),
        _points(act, "unit_id", "core_unit"),
        *_key(act),
    )
    op.create_index("ix_core_grave_act_user", act, ["district_id", "user_id", "state"], unique=False)
    op.create_index("ix_core_grave_act_state", act, ["state", "expires_at"], unique=False)
    op.create_table(
        log,
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor_name", sa.String(length=150), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("user_name", sa.String(length=150), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        *_key(log),
    )
    op.create_index("ix_core_grave_log_user", log, ["district_id", "user_id", "id"], unique=False)
    op.create_table(
        code,
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=True),
        sa.Column("proven_at", sa.DateTime(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        _points(code, "user_id", "ab_user"),
        sa.UniqueConstraint("district_id", "user_id", name=op.f("uq_core_owner_code_district_id_user_id")),
        *_key(code),
    )
    for table in (act, log, code):
        rls.enable_rls(op, table)
    rls.append_only(op, log)


def downgrade() -> None:
    for table in ("core_owner_code", "core_grave_log", "core_grave_act"):
        op.drop_table(table)

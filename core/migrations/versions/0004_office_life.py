"""Holidays, and whose place a user takes for a while."""

import sqlalchemy as sa
from alembic import op

from core.storage import rls

revision = "core0004"
down_revision = "core0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "core_holiday",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f("fk_core_holiday_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_holiday")),
        sa.UniqueConstraint("district_id", "day", name=op.f("uq_core_holiday_district_id_day")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_core_holiday_district_id_id")),
    )
    rls.enable_rls(op, "core_holiday")
    for table in ("core_school", "core_person"):
        op.execute(rls.without_tone_marks(table, "search_text"))
    op.add_column("core_secret_reader", sa.Column("ends_on", sa.Date(), nullable=True))
    op.add_column("core_job", sa.Column("quiet", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("core_grant") as batch:
        batch.add_column(sa.Column("stands_in_for_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(
            "fk_core_grant_district_id_stands_in_for_id", "ab_user", ["district_id", "stands_in_for_id"],
            ["district_id", "id"],
        )  # fmt: skip


def downgrade() -> None:
    op.drop_column("core_job", "quiet")
    op.drop_column("core_secret_reader", "ends_on")
    with op.batch_alter_table("core_grant") as batch:
        batch.drop_constraint("fk_core_grant_district_id_stands_in_for_id", type_="foreignkey")
        batch.drop_column("stands_in_for_id")
    op.drop_table("core_holiday")

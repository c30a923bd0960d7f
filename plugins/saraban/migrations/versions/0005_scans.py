"""Scan intake: stacks of paper and their pages."""

import sqlalchemy as sa
from alembic import op

from core.storage import rls

revision = "saraban0005"
down_revision = "saraban0004"
branch_labels = None
depends_on = None

WALLED = ("saraban_scan", "saraban_scan_page")


def upgrade() -> None:
    op.create_table(
        "saraban_scan",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("made_by", sa.String(length=150), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "unit_id"],
            ["core_unit.district_id", "core_unit.id"],
            name=op.f("fk_saraban_scan_district_id_unit_id"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f("fk_saraban_scan_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saraban_scan")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_saraban_scan_district_id_id")),
    )
    op.create_index("ix_saraban_scan_state", "saraban_scan", ["district_id", "unit_id", "state", "id"], unique=False)
    op.create_table(
        "saraban_scan_page",
        sa.Column("scan_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("how", sa.String(length=8), nullable=False),
        sa.Column("blank", sa.Boolean(), nullable=False),
        sa.Column("begins", sa.Boolean(), nullable=False),
        sa.Column("letter_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "letter_id"],
            ["saraban_incoming.district_id", "saraban_incoming.id"],
            name=op.f("fk_saraban_scan_page_district_id_letter_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "scan_id"],
            ["saraban_scan.district_id", "saraban_scan.id"],
            name=op.f("fk_saraban_scan_page_district_id_scan_id"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f("fk_saraban_scan_page_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saraban_scan_page")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_saraban_scan_page_district_id_id")),
        sa.UniqueConstraint(
            "district_id", "scan_id", "place", name=op.f("uq_saraban_scan_page_district_id_scan_id_place")
        ),
    )
    for table in WALLED:
        rls.enable_rls(op, table)


def downgrade() -> None:
    op.drop_table("saraban_scan_page")
    op.drop_index("ix_saraban_scan_state", table_name="saraban_scan")
    op.drop_table("saraban_scan")

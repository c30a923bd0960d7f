"""The registers of incoming and outgoing letters."""

import sqlalchemy as sa
from alembic import op

from core.storage import rls

revision = "saraban0001"
down_revision = None
branch_labels = None
depends_on = None

#: tables under row-level security
WALLED = (
    "saraban_incoming",
    "saraban_outgoing",
)


def upgrade() -> None:
    op.create_table(
        "saraban_incoming",
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("received_time", sa.Time(), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("book", sa.String(length=40), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("suffix", sa.Integer(), nullable=False),
        sa.Column("number_id", sa.Integer(), nullable=False),
        sa.Column("doc_no", sa.String(length=80), nullable=False),
        sa.Column("doc_date", sa.Date(), nullable=True),
        sa.Column("sender", sa.String(length=200), nullable=False),
        sa.Column("recipient", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.String(length=1000), nullable=False),
        sa.Column("action", sa.String(length=1000), nullable=False),
        sa.Column("remark", sa.String(length=500), nullable=False),
        sa.Column("speed", sa.SmallInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=True),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("registered_on", sa.Date(), nullable=False),
        sa.Column("registered_at", sa.DateTime(), nullable=False),
        sa.Column("registered_by", sa.String(length=150), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("secrecy", sa.SmallInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "number_id"],
            ["core_number.district_id", "core_number.id"],
            name=op.f("fk_saraban_incoming_district_id_number_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "unit_id"],
            ["core_unit.district_id", "core_unit.id"],
            name=op.f("fk_saraban_incoming_district_id_unit_id"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f("fk_saraban_incoming_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saraban_incoming")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_saraban_incoming_district_id_id")),
        sa.UniqueConstraint("district_id", "number_id", name=op.f("uq_saraban_incoming_district_id_number_id")),
        sa.UniqueConstraint(
            "district_id",
            "unit_id",
            "book",
            "year",
            "number",
            "suffix",
            name=op.f("uq_saraban_incoming_district_id_unit_id_book_year_number_suffix"),
        ),
    )
    op.create_index("ix_saraban_incoming_day", "saraban_incoming", ["district_id", "registered_on"], unique=False)
    op.create_index("ix_saraban_incoming_newest", "saraban_incoming", ["district_id", "unit_id", "id"], unique=False)
    op.create_index("ix_saraban_incoming_same_paper", "saraban_incoming", ["district_id", "doc_no"], unique=False)
    op.create_table(
        "saraban_outgoing",
        sa.Column("circular", sa.Boolean(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("book", sa.String(length=40), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("suffix", sa.Integer(), nullable=False),
        sa.Column("number_id", sa.Integer(), nullable=False),
        sa.Column("doc_no", sa.String(length=80), nullable=False),
        sa.Column("doc_date", sa.Date(), nullable=True),
        sa.Column("sender", sa.String(length=200), nullable=False),
        sa.Column("recipient", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.String(length=1000), nullable=False),
        sa.Column("action", sa.String(length=1000), nullable=False),
        sa.Column("remark", sa.String(length=500), nullable=False),
        sa.Column("speed", sa.SmallInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=True),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("registered_on", sa.Date(), nullable=False),
        sa.Column("registered_at", sa.DateTime(), nullable=False),
        sa.Column("registered_by", sa.String(length=150), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("secrecy", sa.SmallInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "number_id"],
            ["core_number.district_id", "core_number.id"],
            name=op.f("fk_saraban_outgoing_district_id_number_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "unit_id"],
            ["core_unit.district_id", "core_unit.id"],
            name=op.f("fk_saraban_outgoing_district_id_unit_id"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f("fk_saraban_outgoing_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saraban_outgoing")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_saraban_outgoing_district_id_id")),
        sa.UniqueConstraint("district_id", "number_id", name=op.f("uq_saraban_outgoing_district_id_number_id")),
        sa.UniqueConstraint(
            "district_id",
            "unit_id",
            "book",
            "year",
            "number",
            "suffix",
            name=op.f("uq_saraban_outgoing_district_id_unit_id_book_year_number_suffix"),
        ),
    )
    op.create_index("ix_saraban_outgoing_day", "saraban_outgoing", ["district_id", "registered_on"], unique=False)
    op.create_index("ix_saraban_outgoing_newest", "saraban_outgoing", ["district_id", "unit_id", "id"], unique=False)
    op.create_index("ix_saraban_outgoing_same_paper", "saraban_outgoing", ["district_id", "doc_no"], unique=False)
    for table in ("saraban_incoming", "saraban_outgoing"):
        rls.text_search(op, table)
    for table in WALLED:
        rls.enable_rls(op, table)


def downgrade() -> None:
    op.drop_index("ix_saraban_outgoing_same_paper", table_name="saraban_outgoing")
    op.drop_index("ix_saraban_outgoing_day", table_name="saraban_outgoing")
    op.drop_index("ix_saraban_outgoing_newest", table_name="saraban_outgoing")
    op.drop_table("saraban_outgoing")
    op.drop_index("ix_saraban_incoming_same_paper", table_name="saraban_incoming")
    op.drop_index("ix_saraban_incoming_day", table_name="saraban_incoming")
    op.drop_index("ix_saraban_incoming_newest", table_name="saraban_incoming")
    op.drop_table("saraban_incoming")

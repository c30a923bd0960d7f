"""Visitors."""

import sqlalchemy as sa
from alembic import op

from core.storage import tables

revision = "visitor_book0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    tables.owned(
        op,
        "visitor_book_visit",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("came_on", sa.Date(), nullable=False),
        sa.Column("name", sa.String(150), nullable=False),
        sa.Column("organisation", sa.String(200), nullable=False),
        sa.Column("matter", sa.String(12), nullable=False),
        sa.Column("purpose", sa.String(300), nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("search_text", sa.String(900), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("number_id", sa.Integer(), nullable=False),
        sa.Column("book", sa.String(40), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=True),
        keys={"number_id": "core_number", "unit_id": "core_unit"},
        unique=[("unit_id", "book", "year", "number")],
        versioned=True,
    )
    with tables.altered(op, "visitor_book_visit") as batch:
        batch.create_index(
            "ix_visitor_book_visit_import",
            ["district_id", "import_id"],
            unique=False,
            sqlite_where=sa.text("import_id is not null"),
            postgresql_where=sa.text("import_id is not null"),
        )


def downgrade() -> None:
    tables.drop(op, "visitor_book_visit")

"""Imports with their lines, tokens of other systems, and the column by which an import hides what is unfinished."""

import sqlalchemy as sa
from alembic import op

from core.storage import rls

revision = "core0003"
down_revision = "core0002"
branch_labels = None
depends_on = None

WALLED = ("core_api_token", "core_idempotency", "core_import", "core_import_line")
#: tables whose records an import may bring
IMPORTABLE = ("ab_user", "core_grant", "core_number", "core_person", "core_post", "core_school", "core_unit")


def upgrade() -> None:
    op.create_table(
        "core_api_token",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("hint", sa.String(length=8), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(), nullable=True),
        sa.Column("last_used_at", sa.DateTime(), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "user_id"],
            ["ab_user.district_id", "ab_user.id"],
            name=op.f("fk_core_api_token_district_id_user_id"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f("fk_core_api_token_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_api_token")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_core_api_token_district_id_id")),
    )
    op.create_index("ix_core_api_token_hash", "core_api_token", ["hash"], unique=False)
    op.create_index("ix_core_api_token_user", "core_api_token", ["district_id", "user_id"], unique=False)
    op.create_table(
        "core_import",
        sa.Column("importer", sa.String(length=60), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("sheet", sa.String(length=100), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("heading_line", sa.Integer(), nullable=False),
        sa.Column("headings", sa.JSON(), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("good", sa.Integer(), nullable=False),
        sa.Column("bad", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("problem", sa.String(length=500), nullable=False),
        sa.Column("visible", sa.Boolean(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "user_id"],
            ["ab_user.district_id", "ab_user.id"],
            name=op.f("fk_core_import_district_id_user_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "unit_id"],
            ["core_unit.district_id", "core_unit.id"],
            name=op.f("fk_core_import_district_id_unit_id"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f("fk_core_import_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_import")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_core_import_district_id_id")),
    )
    op.create_index("ix_core_import_newest", "core_import", ["district_id", "id"], unique=False)
    op.create_table(
        "core_idempotency",
        sa.Column("token_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("request", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "token_id"],
            ["core_api_token.district_id", "core_api_token.id"],
            name=op.f("fk_core_idempotency_district_id_token_id"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f("fk_core_idempotency_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_idempotency")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_core_idempotency_district_id_id")),
        sa.UniqueConstraint(
            "district_id", "token_id", "key", name=op.f("uq_core_idempotency_district_id_token_id_key")
        ),
    )
    op.create_index("ix_core_idempotency_at", "core_idempotency", ["at"], unique=False)
    op.create_table(
        "core_import_line",
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("cells", sa.JSON(), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("errors", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "import_id"],
            ["core_import.district_id", "core_import.id"],
            name=op.f("fk_core_import_line_district_id_import_id"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f("fk_core_import_line_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_import_line")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_core_import_line_district_id_id")),
        sa.UniqueConstraint(
            "district_id", "import_id", "line", name=op.f("uq_core_import_line_district_id_import_id_line")
        ),
    )
    op.create_index(
        "ix_core_import_line_state", "core_import_line", ["district_id", "import_id", "state", "line"], unique=False
    )
    for table in WALLED:
        rls.enable_rls(op, table)
    brought = sa.text("import_id is not null")
    for table in IMPORTABLE:
        op.add_column(table, sa.Column("import_id", sa.Integer(), nullable=True))
        op.create_index(
            f"ix_{table}_import", table, ["district_id", "import_id"], sqlite_where=brought, postgresql_where=brought
        )


def downgrade() -> None:
    for table in reversed(IMPORTABLE):
        op.drop_index(f"ix_{table}_import", table_name=table)
        op.drop_column(table, "import_id")
    for table in ("core_import_line", "core_import", "core_idempotency", "core_api_token"):
        op.drop_table(table)

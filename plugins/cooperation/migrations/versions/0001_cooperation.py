"""Agencies, agreements, works and tasks."""

import sqlalchemy as sa
from alembic import op

from core.storage import rls

revision = "cooperation0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cooperation_agency",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("scope", sa.String(length=10), nullable=False),
        sa.Column("mission", sa.String(length=2000), nullable=False),
        sa.Column("authority", sa.String(length=2000), nullable=False),
        sa.Column("contacts", sa.JSON(), nullable=False),
        sa.Column("search_text", sa.String(length=300), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f("fk_cooperation_agency_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cooperation_agency")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_cooperation_agency_district_id_id")),
        sa.UniqueConstraint("district_id", "name", name=op.f("uq_cooperation_agency_district_id_name")),
    )
    op.create_table(
        "cooperation_agreement",
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "agency_id"],
            ["cooperation_agency.district_id", "cooperation_agency.id"],
            name=op.f("fk_cooperation_agreement_district_id_agency_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["core_district.id"], name=op.f("fk_cooperation_agreement_district_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cooperation_agreement")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_cooperation_agreement_district_id_id")),
    )
    op.create_index(
        "ix_cooperation_agreement_agency", "cooperation_agreement", ["district_id", "agency_id"], unique=False
    )
    op.create_table(
        "cooperation_case",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("book", sa.String(length=40), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("number_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("scope", sa.String(length=10), nullable=False),
        sa.Column("direction", sa.String(length=10), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("analysis", sa.String(length=3000), nullable=False),
        sa.Column("objective", sa.String(length=2000), nullable=False),
        sa.Column("proposal", sa.String(length=3000), nullable=False),
        sa.Column("agreement_id", sa.Integer(), nullable=True),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("budget", sa.Numeric(precision=12, scale=2), nullable=True),
        sa.Column("output", sa.String(length=1000), nullable=False),
        sa.Column("decided_by", sa.String(length=150), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("result", sa.String(length=3000), nullable=False),
        sa.Column("problems", sa.String(length=2000), nullable=False),
        sa.Column("next_steps", sa.String(length=2000), nullable=False),
        sa.Column("shared_with", sa.String(length=500), nullable=False),
        sa.Column("reported_on", sa.Date(), nullable=True),
        sa.Column("published_on", sa.Date(), nullable=True),
        sa.Column("agencies", sa.String(length=600), nullable=False),
        sa.Column("assignees", sa.String(length=600), nullable=False),
        sa.Column("search_text", sa.String(length=900), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "agreement_id"],
            ["cooperation_agreement.district_id", "cooperation_agreement.id"],
            name=op.f("fk_cooperation_case_district_id_agreement_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "number_id"],
            ["core_number.district_id", "core_number.id"],
            name=op.f("fk_cooperation_case_district_id_number_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "unit_id"],
            ["core_unit.district_id", "core_unit.id"],
            name=op.f("fk_cooperation_case_district_id_unit_id"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f("fk_cooperation_case_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cooperation_case")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_cooperation_case_district_id_id")),
        sa.UniqueConstraint(
            "district_id",
            "unit_id",
            "book",
            "year",
            "number",
            name=op.f("uq_cooperation_case_district_id_unit_id_book_year_number"),
        ),
    )
    op.create_index("ix_cooperation_case_opened", "cooperation_case", ["district_id", "opened_on", "id"], unique=False)
    op.create_index("ix_cooperation_case_status", "cooperation_case", ["district_id", "status", "id"], unique=False)
    op.create_table(
        "cooperation_case_agency",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "agency_id"],
            ["cooperation_agency.district_id", "cooperation_agency.id"],
            name=op.f("fk_cooperation_case_agency_district_id_agency_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "case_id"],
            ["cooperation_case.district_id", "cooperation_case.id"],
            name=op.f("fk_cooperation_case_agency_district_id_case_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["core_district.id"], name=op.f("fk_cooperation_case_agency_district_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cooperation_case_agency")),
        sa.UniqueConstraint(
            "district_id", "case_id", "agency_id", name=op.f("uq_cooperation_case_agency_district_id_case_id_agency_id")
        ),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_cooperation_case_agency_district_id_id")),
    )
    op.create_table(
        "cooperation_case_person",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=150), nullable=False),
        sa.Column("duty", sa.String(length=300), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "case_id"],
            ["cooperation_case.district_id", "cooperation_case.id"],
            name=op.f("fk_cooperation_case_person_district_id_case_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "person_id"],
            ["core_person.district_id", "core_person.id"],
            name=op.f("fk_cooperation_case_person_district_id_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["core_district.id"], name=op.f("fk_cooperation_case_person_district_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cooperation_case_person")),
        sa.UniqueConstraint(
            "district_id", "case_id", "person_id", name=op.f("uq_cooperation_case_person_district_id_case_id_person_id")
        ),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_cooperation_case_person_district_id_id")),
    )
    op.create_table(
        "cooperation_task",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(length=300), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("who", sa.String(length=150), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "case_id"],
            ["cooperation_case.district_id", "cooperation_case.id"],
            name=op.f("fk_cooperation_task_district_id_case_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "unit_id"],
            ["core_unit.district_id", "core_unit.id"],
            name=op.f("fk_cooperation_task_district_id_unit_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "user_id"],
            ["ab_user.district_id", "ab_user.id"],
            name=op.f("fk_cooperation_task_district_id_user_id"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f("fk_cooperation_task_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cooperation_task")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_cooperation_task_district_id_id")),
    )
    op.create_index("ix_cooperation_task_case", "cooperation_task", ["district_id", "case_id"], unique=False)
    rls.enable_rls(op, "cooperation_agency")
    rls.enable_rls(op, "cooperation_agreement")
    rls.enable_rls(op, "cooperation_case")
    rls.enable_rls(op, "cooperation_case_agency")
    rls.enable_rls(op, "cooperation_case_person")
    rls.enable_rls(op, "cooperation_task")
    rls.text_search(op, "cooperation_case")


def downgrade() -> None:
    op.drop_table("cooperation_task")
    op.drop_table("cooperation_case_person")
    op.drop_table("cooperation_case_agency")
    op.drop_table("cooperation_case")
    op.drop_table("cooperation_agreement")
    op.drop_table("cooperation_agency")

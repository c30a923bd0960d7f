"""Work standards, evidence, indicators, terms, and letters that records cite."""

import sqlalchemy as sa
from alembic import op

from core.storage import rls

revision = "core0005"
down_revision = "core0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "core_cited_letter",
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("letter_kind", sa.String(length=60), nullable=False),
        sa.Column("letter_id", sa.Integer(), nullable=True),
        sa.Column("view", sa.String(length=60), nullable=False),
        sa.Column("number", sa.String(length=100), nullable=False),
        sa.Column("dated", sa.Date(), nullable=True),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f("fk_core_cited_letter_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_cited_letter")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_core_cited_letter_district_id_id")),
        sa.UniqueConstraint(
            "district_id",
            "kind",
            "record_id",
            "role",
            name=op.f("uq_core_cited_letter_district_id_kind_record_id_role"),
        ),
    )
    op.create_index(
        "ix_core_cited_letter_letter", "core_cited_letter", ["district_id", "letter_kind", "letter_id"], unique=False
    )
    op.create_table(
        "core_evidence",
        sa.Column("sort", sa.String(length=12), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("dated", sa.Date(), nullable=True),
        sa.Column("by", sa.String(length=150), nullable=False),
        sa.Column("visibility", sa.String(length=10), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("view", sa.String(length=60), nullable=False),
        sa.Column("label", sa.String(length=300), nullable=False),
        sa.Column("secrecy", sa.SmallInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f("fk_core_evidence_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_evidence")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_core_evidence_district_id_id")),
    )
    op.create_index("ix_core_evidence_record", "core_evidence", ["district_id", "kind", "record_id"], unique=False)
    op.create_table(
        "core_kpi",
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("module", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("unit_title", sa.String(length=60), nullable=False),
        sa.Column("direction", sa.String(length=4), nullable=False),
        sa.Column("counted", sa.Boolean(), nullable=False),
        sa.Column("edited", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f("fk_core_kpi_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_kpi")),
        sa.UniqueConstraint("district_id", "code", name=op.f("uq_core_kpi_district_id_code")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_core_kpi_district_id_id")),
    )
    op.create_table(
        "core_term",
        sa.Column("school_year", sa.SmallInteger(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f("fk_core_term_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_term")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_core_term_district_id_id")),
        sa.UniqueConstraint(
            "district_id", "school_year", "number", name=op.f("uq_core_term_district_id_school_year_number")
        ),
    )
    op.create_table(
        "core_work_standard",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("edition", sa.SmallInteger(), nullable=False),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.Column("module", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("doc_code", sa.String(length=60), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("objectives", sa.String(length=2000), nullable=False),
        sa.Column("scope", sa.String(length=2000), nullable=False),
        sa.Column("definitions", sa.String(length=2000), nullable=False),
        sa.Column("refs", sa.String(length=3000), nullable=False),
        sa.Column("unit_title", sa.String(length=200), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("edited", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f("fk_core_work_standard_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_work_standard")),
        sa.UniqueConstraint(
            "district_id", "code", "edition", name=op.f("uq_core_work_standard_district_id_code_edition")
        ),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_core_work_standard_district_id_id")),
    )
    op.create_index(
        "ix_core_work_standard_current", "core_work_standard", ["district_id", "current", "code"], unique=False
    )
    op.create_table(
        "core_kpi_target",
        sa.Column("kpi_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("target", sa.Float(), nullable=False),
        sa.Column("typed", sa.Float(), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "kpi_id"],
            ["core_kpi.district_id", "core_kpi.id"],
            name=op.f("fk_core_kpi_target_district_id_kpi_id"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f("fk_core_kpi_target_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_kpi_target")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_core_kpi_target_district_id_id")),
        sa.UniqueConstraint("district_id", "kpi_id", "year", name=op.f("uq_core_kpi_target_district_id_kpi_id_year")),
    )
    op.create_table(
        "core_work_run",
        sa.Column("standard_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("term", sa.SmallInteger(), nullable=False),
        sa.Column("scope_kind", sa.String(length=40), nullable=False),
        sa.Column("scope_id", sa.Integer(), nullable=False),
        sa.Column("scope_label", sa.String(length=200), nullable=False),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "standard_id"],
            ["core_work_standard.district_id", "core_work_standard.id"],
            name=op.f("fk_core_work_run_district_id_standard_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "unit_id"],
            ["core_unit.district_id", "core_unit.id"],
            name=op.f("fk_core_work_run_district_id_unit_id"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f("fk_core_work_run_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_work_run")),
        sa.UniqueConstraint(
            "district_id",
            "code",
            "year",
            "term",
            "scope_kind",
            "scope_id",
            name=op.f("uq_core_work_run_district_id_code_year_term_scope_kind_scope_id"),
        ),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_core_work_run_district_id_id")),
    )
    op.create_index("ix_core_work_run_year", "core_work_run", ["district_id", "year", "code"], unique=False)
    op.create_table(
        "core_work_step",
        sa.Column("standard_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.String(length=20), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("leaf", sa.Boolean(), nullable=False),
        sa.Column("activity", sa.String(length=1000), nullable=False),
        sa.Column("timing", sa.String(length=200), nullable=False),
        sa.Column("timing_rule", sa.String(length=40), nullable=False),
        sa.Column("quality", sa.String(length=1000), nullable=False),
        sa.Column("responsible", sa.String(length=300), nullable=False),
        sa.Column("evidence", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "standard_id"],
            ["core_work_standard.district_id", "core_work_standard.id"],
            name=op.f("fk_core_work_step_district_id_standard_id"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f("fk_core_work_step_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_work_step")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_core_work_step_district_id_id")),
        sa.UniqueConstraint(
            "district_id", "standard_id", "seq", name=op.f("uq_core_work_step_district_id_standard_id_seq")
        ),
    )
    op.create_table(
        "core_work_progress",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("step_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("term", sa.SmallInteger(), nullable=False),
        sa.Column("seq", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("assignee_id", sa.Integer(), nullable=True),
        sa.Column("assignee", sa.String(length=150), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("evidence", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("done_by_id", sa.Integer(), nullable=True),
        sa.Column("verified_by_id", sa.Integer(), nullable=True),
        sa.Column("verified_by", sa.String(length=150), nullable=False),
        sa.Column("verified_at", sa.DateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "assignee_id"],
            ["ab_user.district_id", "ab_user.id"],
            name=op.f("fk_core_work_progress_district_id_assignee_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "run_id"],
            ["core_work_run.district_id", "core_work_run.id"],
            name=op.f("fk_core_work_progress_district_id_run_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "step_id"],
            ["core_work_step.district_id", "core_work_step.id"],
            name=op.f("fk_core_work_progress_district_id_step_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "unit_id"],
            ["core_unit.district_id", "core_unit.id"],
            name=op.f("fk_core_work_progress_district_id_unit_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "verified_by_id"],
            ["ab_user.district_id", "ab_user.id"],
            name=op.f("fk_core_work_progress_district_id_verified_by_id"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f("fk_core_work_progress_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_work_progress")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_core_work_progress_district_id_id")),
        sa.UniqueConstraint(
            "district_id",
            "run_id",
            "step_id",
            "term",
            name=op.f("uq_core_work_progress_district_id_run_id_step_id_term"),
        ),
    )
    op.create_index(
        "ix_core_work_progress_assignee", "core_work_progress", ["district_id", "assignee_id", "status"], unique=False
    )
    op.create_index(
        "ix_core_work_progress_unit", "core_work_progress", ["district_id", "unit_id", "status", "due_on"], unique=False
    )
    rls.enable_rls(op, "core_cited_letter")
    rls.enable_rls(op, "core_evidence")
    rls.enable_rls(op, "core_kpi")
    rls.enable_rls(op, "core_term")
    rls.enable_rls(op, "core_work_standard")
    rls.enable_rls(op, "core_kpi_target")
    rls.enable_rls(op, "core_work_run")
    rls.enable_rls(op, "core_work_step")
    rls.enable_rls(op, "core_work_progress")


def downgrade() -> None:
    op.drop_table("core_work_progress")
    op.drop_table("core_work_step")
    op.drop_table("core_work_run")
    op.drop_table("core_kpi_target")
    op.drop_table("core_work_standard")
    op.drop_table("core_term")
    op.drop_table("core_kpi")
    op.drop_table("core_evidence")
    op.drop_table("core_cited_letter")

"""Requests, activities, surveys, feedback, plans."""

import sqlalchemy as sa
from alembic import op

from core.storage import rls

revision = "service_request0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "service_request_service",
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("area", sa.SmallInteger(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id"], ["core_district.id"], name=op.f("fk_service_request_service_district_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_request_service")),
        sa.UniqueConstraint("district_id", "code", name=op.f("uq_service_request_service_district_id_code")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_service_request_service_district_id_id")),
    )
    op.create_table(
        "service_request_survey_template",
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id"], ["core_district.id"], name=op.f("fk_service_request_survey_template_district_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_request_survey_template")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_service_request_survey_template_district_id_id")),
        sa.UniqueConstraint("district_id", "title", name=op.f("uq_service_request_survey_template_district_id_title")),
    )
    op.create_table(
        "service_request_setting",
        sa.Column("served_by_id", sa.Integer(), nullable=True),
        sa.Column("lead_days", sa.SmallInteger(), nullable=False),
        sa.Column("decision_days", sa.SmallInteger(), nullable=False),
        sa.Column("closing_days", sa.SmallInteger(), nullable=False),
        sa.Column("summary_days", sa.SmallInteger(), nullable=False),
        sa.Column("answer_days", sa.SmallInteger(), nullable=False),
        sa.Column("fee_hour", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "served_by_id"],
            ["core_unit.district_id", "core_unit.id"],
            name=op.f("fk_service_request_setting_district_id_served_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["core_district.id"], name=op.f("fk_service_request_setting_district_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_request_setting")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_service_request_setting_district_id_id")),
        sa.UniqueConstraint("district_id", name=op.f("uq_service_request_setting_district_id")),
    )
    op.create_table(
        "service_request_analysis",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("approach", sa.String(length=10), nullable=False),
        sa.Column("schools", sa.String(length=1000), nullable=False),
        sa.Column("team", sa.String(length=1000), nullable=False),
        sa.Column("objective", sa.String(length=2000), nullable=False),
        sa.Column("secondary", sa.String(length=3000), nullable=False),
        sa.Column("primary", sa.String(length=3000), nullable=False),
        sa.Column("synthesis", sa.String(length=3000), nullable=False),
        sa.Column("draft_plan", sa.String(length=3000), nullable=False),
        sa.Column("critique", sa.String(length=3000), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "run_id"],
            ["core_work_run.district_id", "core_work_run.id"],
            name=op.f("fk_service_request_analysis_district_id_run_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "unit_id"],
            ["core_unit.district_id", "core_unit.id"],
            name=op.f("fk_service_request_analysis_district_id_unit_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["core_district.id"], name=op.f("fk_service_request_analysis_district_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_request_analysis")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_service_request_analysis_district_id_id")),
    )
    op.create_index(
        "ix_service_request_analysis_year", "service_request_analysis", ["district_id", "year", "id"], unique=False
    )
    op.create_table(
        "service_request_request",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("served_by_id", sa.Integer(), nullable=False),
        sa.Column("book", sa.String(length=40), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("number_id", sa.Integer(), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("requester_type", sa.String(length=10), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=True),
        sa.Column("requester", sa.String(length=200), nullable=False),
        sa.Column("network", sa.String(length=200), nullable=False),
        sa.Column("contact", sa.String(length=150), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=True),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("area", sa.SmallInteger(), nullable=False),
        sa.Column("sort", sa.String(length=12), nullable=False),
        sa.Column("topic", sa.String(length=300), nullable=False),
        sa.Column("objective", sa.String(length=1000), nullable=False),
        sa.Column("audience", sa.String(length=300), nullable=False),
        sa.Column("expected", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("starts_at", sa.DateTime(), nullable=False),
        sa.Column("ends_at", sa.DateTime(), nullable=False),
        sa.Column("alternatives", sa.String(length=300), nullable=False),
        sa.Column("venue", sa.String(length=300), nullable=False),
        sa.Column("speakers_wanted", sa.String(length=300), nullable=False),
        sa.Column("budget", sa.Numeric(precision=12, scale=2), nullable=True),
        sa.Column("lead_days", sa.Integer(), nullable=True),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("urgent_reason", sa.String(length=500), nullable=False),
        sa.Column("decision", sa.String(length=10), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_by", sa.String(length=150), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(length=10), nullable=False),
        sa.Column("reason_text", sa.String(length=500), nullable=False),
        sa.Column("told_on", sa.Date(), nullable=True),
        sa.Column("offered_start", sa.DateTime(), nullable=True),
        sa.Column("offered_end", sa.DateTime(), nullable=True),
        sa.Column("cancel_reason", sa.String(length=500), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("search_text", sa.String(length=900), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "decided_by_id"],
            ["ab_user.district_id", "ab_user.id"],
            name=op.f("fk_service_request_request_district_id_decided_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "number_id"],
            ["core_number.district_id", "core_number.id"],
            name=op.f("fk_service_request_request_district_id_number_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["core_school.district_id", "core_school.id"],
            name=op.f("fk_service_request_request_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "served_by_id"],
            ["core_unit.district_id", "core_unit.id"],
            name=op.f("fk_service_request_request_district_id_served_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "service_id"],
            ["service_request_service.district_id", "service_request_service.id"],
            name=op.f("fk_service_request_request_district_id_service_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "unit_id"],
            ["core_unit.district_id", "core_unit.id"],
            name=op.f("fk_service_request_request_district_id_unit_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["core_district.id"], name=op.f("fk_service_request_request_district_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_request_request")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_service_request_request_district_id_id")),
        sa.UniqueConstraint(
            "district_id",
            "served_by_id",
            "book",
            "year",
            "number",
            name=op.f("uq_service_request_request_district_id_served_by_id_book_year_number"),
        ),
    )
    op.create_index(
        "ix_service_request_request_asked", "service_request_request", ["district_id", "asked_on", "id"], unique=False
    )
    op.create_index(
        "ix_service_request_request_status", "service_request_request", ["district_id", "status", "id"], unique=False
    )
    op.create_index("ix_service_request_request_token", "service_request_request", ["token"], unique=False)
    op.create_index(
        "ix_service_request_request_unit", "service_request_request", ["district_id", "unit_id", "id"], unique=False
    )
    op.create_table(
        "service_request_nominee",
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=150), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("answer", sa.String(length=10), nullable=False),
        sa.Column("delegate_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("topic", sa.String(length=300), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("starts_at", sa.DateTime(), nullable=False),
        sa.Column("ends_at", sa.DateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "delegate_id"],
            ["core_person.district_id", "core_person.id"],
            name=op.f("fk_service_request_nominee_district_id_delegate_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "person_id"],
            ["core_person.district_id", "core_person.id"],
            name=op.f("fk_service_request_nominee_district_id_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "request_id"],
            ["service_request_request.district_id", "service_request_request.id"],
            name=op.f("fk_service_request_nominee_district_id_request_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "unit_id"],
            ["core_unit.district_id", "core_unit.id"],
            name=op.f("fk_service_request_nominee_district_id_unit_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["core_district.id"], name=op.f("fk_service_request_nominee_district_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_request_nominee")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_service_request_nominee_district_id_id")),
        sa.UniqueConstraint(
            "district_id",
            "request_id",
            "person_id",
            name=op.f("uq_service_request_nominee_district_id_request_id_person_id"),
        ),
    )
    op.create_index(
        "ix_service_request_nominee_person",
        "service_request_nominee",
        ["district_id", "person_id", "starts_at"],
        unique=False,
    )
    op.create_table(
        "service_request_plan",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("analysis_id", sa.Integer(), nullable=True),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("objectives", sa.String(length=2000), nullable=False),
        sa.Column("themes", sa.JSON(), nullable=False),
        sa.Column("budget", sa.Numeric(precision=12, scale=2), nullable=True),
        sa.Column("targets", sa.String(length=2000), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("approved_by_id", sa.Integer(), nullable=True),
        sa.Column("approved_by", sa.String(length=150), nullable=False),
        sa.Column("approved_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "analysis_id"],
            ["service_request_analysis.district_id", "service_request_analysis.id"],
            name=op.f("fk_service_request_plan_district_id_analysis_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "approved_by_id"],
            ["ab_user.district_id", "ab_user.id"],
            name=op.f("fk_service_request_plan_district_id_approved_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "unit_id"],
            ["core_unit.district_id", "core_unit.id"],
            name=op.f("fk_service_request_plan_district_id_unit_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["core_district.id"], name=op.f("fk_service_request_plan_district_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_request_plan")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_service_request_plan_district_id_id")),
    )
    op.create_index("ix_service_request_plan_year", "service_request_plan", ["district_id", "year", "id"], unique=False)
    op.create_table(
        "service_request_review",
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("met_on", sa.Date(), nullable=False),
        sa.Column("told_on", sa.Date(), nullable=True),
        sa.Column("attendees", sa.String(length=1000), nullable=False),
        sa.Column("delegates", sa.String(length=500), nullable=False),
        sa.Column("activity_decision", sa.String(length=1000), nullable=False),
        sa.Column("budget_decision", sa.String(length=1000), nullable=False),
        sa.Column("by", sa.String(length=150), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "request_id"],
            ["service_request_request.district_id", "service_request_request.id"],
            name=op.f("fk_service_request_review_district_id_request_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["core_district.id"], name=op.f("fk_service_request_review_district_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_request_review")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_service_request_review_district_id_id")),
    )
    op.create_index(
        "ix_service_request_review_request", "service_request_review", ["district_id", "request_id"], unique=False
    )
    op.create_table(
        "service_request_activity",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=True),
        sa.Column("plan_id", sa.Integer(), nullable=True),
        sa.Column("area", sa.SmallInteger(), nullable=False),
        sa.Column("network", sa.String(length=200), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("starts_at", sa.DateTime(), nullable=False),
        sa.Column("ends_at", sa.DateTime(), nullable=False),
        sa.Column("actual_start", sa.DateTime(), nullable=True),
        sa.Column("actual_end", sa.DateTime(), nullable=True),
        sa.Column("venue", sa.String(length=300), nullable=False),
        sa.Column("agenda", sa.String(length=3000), nullable=False),
        sa.Column("checklist", sa.JSON(), nullable=False),
        sa.Column("attendance", sa.Integer(), nullable=True),
        sa.Column("minutes_planned", sa.Integer(), nullable=False),
        sa.Column("minutes_delivered", sa.Integer(), nullable=True),
        sa.Column("held_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "plan_id"],
            ["service_request_plan.district_id", "service_request_plan.id"],
            name=op.f("fk_service_request_activity_district_id_plan_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "request_id"],
            ["service_request_request.district_id", "service_request_request.id"],
            name=op.f("fk_service_request_activity_district_id_request_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "unit_id"],
            ["core_unit.district_id", "core_unit.id"],
            name=op.f("fk_service_request_activity_district_id_unit_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["core_district.id"], name=op.f("fk_service_request_activity_district_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_request_activity")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_service_request_activity_district_id_id")),
    )
    op.create_index(
        "ix_service_request_activity_request", "service_request_activity", ["district_id", "request_id"], unique=False
    )
    op.create_index(
        "ix_service_request_activity_starts",
        "service_request_activity",
        ["district_id", "starts_at", "id"],
        unique=False,
    )
    op.create_table(
        "service_request_feedback",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("category", sa.String(length=12), nullable=False),
        sa.Column("text", sa.String(length=3000), nullable=False),
        sa.Column("anonymous", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(length=150), nullable=False),
        sa.Column("contact", sa.String(length=150), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("owner", sa.String(length=150), nullable=False),
        sa.Column("answer", sa.String(length=3000), nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("plan_id", sa.Integer(), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "owner_id"],
            ["ab_user.district_id", "ab_user.id"],
            name=op.f("fk_service_request_feedback_district_id_owner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "plan_id"],
            ["service_request_plan.district_id", "service_request_plan.id"],
            name=op.f("fk_service_request_feedback_district_id_plan_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "unit_id"],
            ["core_unit.district_id", "core_unit.id"],
            name=op.f("fk_service_request_feedback_district_id_unit_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["core_district.id"], name=op.f("fk_service_request_feedback_district_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_request_feedback")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_service_request_feedback_district_id_id")),
    )
    op.create_index(
        "ix_service_request_feedback_status", "service_request_feedback", ["district_id", "status", "id"], unique=False
    )
    op.create_index("ix_service_request_feedback_token", "service_request_feedback", ["token"], unique=False)
    op.create_table(
        "service_request_change",
        sa.Column("activity_id", sa.Integer(), nullable=False),
        sa.Column("sort", sa.String(length=10), nullable=False),
        sa.Column("was", sa.String(length=300), nullable=False),
        sa.Column("now", sa.String(length=300), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("by", sa.String(length=150), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "activity_id"],
            ["service_request_activity.district_id", "service_request_activity.id"],
            name=op.f("fk_service_request_change_district_id_activity_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["core_district.id"], name=op.f("fk_service_request_change_district_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_request_change")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_service_request_change_district_id_id")),
    )
    op.create_index(
        "ix_service_request_change_activity", "service_request_change", ["district_id", "activity_id"], unique=False
    )
    op.create_table(
        "service_request_expense",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("activity_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("sort", sa.String(length=10), nullable=False),
        sa.Column("payer", sa.String(length=10), nullable=False),
        sa.Column("amount", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("evidence_due", sa.Date(), nullable=False),
        sa.Column("submitted_on", sa.Date(), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "activity_id"],
            ["service_request_activity.district_id", "service_request_activity.id"],
            name=op.f("fk_service_request_expense_district_id_activity_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "unit_id"],
            ["core_unit.district_id", "core_unit.id"],
            name=op.f("fk_service_request_expense_district_id_unit_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["core_district.id"], name=op.f("fk_service_request_expense_district_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_request_expense")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_service_request_expense_district_id_id")),
    )
    op.create_index(
        "ix_service_request_expense_activity", "service_request_expense", ["district_id", "activity_id"], unique=False
    )
    op.create_index(
        "ix_service_request_expense_due",
        "service_request_expense",
        ["district_id", "status", "evidence_due"],
        unique=False,
    )
    op.create_table(
        "service_request_summary",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("activity_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("attended", sa.Integer(), nullable=False),
        sa.Column("result", sa.String(length=2000), nullable=False),
        sa.Column("problems", sa.String(length=2000), nullable=False),
        sa.Column("suggestions", sa.String(length=2000), nullable=False),
        sa.Column("lessons", sa.String(length=2000), nullable=False),
        sa.Column("sent_to", sa.String(length=300), nullable=False),
        sa.Column("sent_on", sa.Date(), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "activity_id"],
            ["service_request_activity.district_id", "service_request_activity.id"],
            name=op.f("fk_service_request_summary_district_id_activity_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "unit_id"],
            ["core_unit.district_id", "core_unit.id"],
            name=op.f("fk_service_request_summary_district_id_unit_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["core_district.id"], name=op.f("fk_service_request_summary_district_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_request_summary")),
        sa.UniqueConstraint(
            "district_id", "activity_id", name=op.f("uq_service_request_summary_district_id_activity_id")
        ),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_service_request_summary_district_id_id")),
    )
    op.create_table(
        "service_request_survey",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("activity_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("link", sa.String(length=40), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "activity_id"],
            ["service_request_activity.district_id", "service_request_activity.id"],
            name=op.f("fk_service_request_survey_district_id_activity_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "unit_id"],
            ["core_unit.district_id", "core_unit.id"],
            name=op.f("fk_service_request_survey_district_id_unit_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["core_district.id"], name=op.f("fk_service_request_survey_district_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_request_survey")),
        sa.UniqueConstraint(
            "district_id", "activity_id", name=op.f("uq_service_request_survey_district_id_activity_id")
        ),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_service_request_survey_district_id_id")),
    )
    op.create_index("ix_service_request_survey_token", "service_request_survey", ["token"], unique=False)
    op.create_table(
        "service_request_survey_answer",
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("remark", sa.String(length=1000), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "survey_id"],
            ["service_request_survey.district_id", "service_request_survey.id"],
            name=op.f("fk_service_request_survey_answer_district_id_survey_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["core_district.id"], name=op.f("fk_service_request_survey_answer_district_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_request_survey_answer")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_service_request_survey_answer_district_id_id")),
    )
    op.create_index(
        "ix_service_request_survey_answer_survey",
        "service_request_survey_answer",
        ["district_id", "survey_id"],
        unique=False,
    )
    op.create_table(
        "service_request_survey_ballot",
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "survey_id"],
            ["service_request_survey.district_id", "service_request_survey.id"],
            name=op.f("fk_service_request_survey_ballot_district_id_survey_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["core_district.id"], name=op.f("fk_service_request_survey_ballot_district_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_request_survey_ballot")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_service_request_survey_ballot_district_id_id")),
        sa.UniqueConstraint(
            "district_id", "survey_id", "hash", name=op.f("uq_service_request_survey_ballot_district_id_survey_id_hash")
        ),
    )
    rls.enable_rls(op, "service_request_service")
    rls.enable_rls(op, "service_request_survey_template")
    rls.enable_rls(op, "service_request_setting")
    rls.enable_rls(op, "service_request_analysis")
    rls.enable_rls(op, "service_request_request")
    rls.enable_rls(op, "service_request_nominee")
    rls.enable_rls(op, "service_request_plan")
    rls.enable_rls(op, "service_request_review")
    rls.enable_rls(op, "service_request_activity")
    rls.enable_rls(op, "service_request_feedback")
    rls.enable_rls(op, "service_request_change")
    rls.enable_rls(op, "service_request_expense")
    rls.enable_rls(op, "service_request_summary")
    rls.enable_rls(op, "service_request_survey")
    rls.enable_rls(op, "service_request_survey_answer")
    rls.enable_rls(op, "service_request_survey_ballot")
    rls.text_search(op, "service_request_request")


def downgrade() -> None:
    op.drop_table("service_request_survey_ballot")
    op.drop_table("service_request_survey_answer")
    op.drop_table("service_request_survey")
    op.drop_table("service_request_summary")
    op.drop_table("service_request_expense")
    op.drop_table("service_request_change")
    op.drop_table("service_request_feedback")
    op.drop_table("service_request_activity")
    op.drop_table("service_request_review")
    op.drop_table("service_request_plan")
    op.drop_table("service_request_nominee")
    op.drop_table("service_request_request")
    op.drop_table("service_request_analysis")
    op.drop_table("service_request_setting")
    op.drop_table("service_request_survey_template")
    op.drop_table("service_request_service")

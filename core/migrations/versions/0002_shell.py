"""The shell: waiting items, notices and their outbox, jobs, saved views, drafts, recent pages."""

import sqlalchemy as sa
from alembic import op

from core.storage import rls

revision = "core0002"
down_revision = "core0001"
branch_labels = None
depends_on = None

#: tables under row-level security
WALLED = (
    "core_delivery",
    "core_draft",
    "core_job",
    "core_notice",
    "core_preference",
    "core_recent",
    "core_saved_view",
    "core_waiting",
    "core_webhook",
)


def upgrade() -> None:
    op.create_table(
        "core_delivery",
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("address", sa.String(length=500), nullable=False),
        sa.Column("topic", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("digest", sa.Boolean(), nullable=False),
        sa.Column("not_before", sa.DateTime(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("lease_until", sa.DateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=300), nullable=False),
        sa.Column("sent_at", sa.DateTime(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f("fk_core_delivery_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_delivery")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_core_delivery_district_id_id")),
    )
    op.create_index("ix_core_delivery_due", "core_delivery", ["state", "not_before"], unique=False)
    op.create_table(
        "core_webhook",
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("signing_key", sa.String(length=64), nullable=False),
        sa.Column("topics", sa.JSON(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f("fk_core_webhook_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_webhook")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_core_webhook_district_id_id")),
    )
    op.create_table(
        "core_waiting",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("resource", sa.String(length=60), nullable=False),
        sa.Column("verb", sa.String(length=20), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("started_by_id", sa.Integer(), nullable=True),
        sa.Column("urgency", sa.SmallInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=True),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("view", sa.String(length=60), nullable=False),
        sa.Column("label", sa.String(length=300), nullable=False),
        sa.Column("secrecy", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "unit_id"],
            ["core_unit.district_id", "core_unit.id"],
            name=op.f("fk_core_waiting_district_id_unit_id"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f("fk_core_waiting_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_waiting")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_core_waiting_district_id_id")),
        sa.UniqueConstraint(
            "district_id", "kind", "record_id", name=op.f("uq_core_waiting_district_id_kind_record_id")
        ),
    )
    op.create_index("ix_core_waiting_starter", "core_waiting", ["district_id", "started_by_id"], unique=False)
    op.create_index("ix_core_waiting_unit", "core_waiting", ["district_id", "unit_id", "view", "due_at"], unique=False)
    op.create_index("ix_core_waiting_user", "core_waiting", ["district_id", "user_id", "due_at"], unique=False)
    op.create_table(
        "core_draft",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("page", sa.String(length=200), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("saved_at", sa.DateTime(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "user_id"],
            ["ab_user.district_id", "ab_user.id"],
            name=op.f("fk_core_draft_district_id_user_id"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f("fk_core_draft_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_draft")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_core_draft_district_id_id")),
        sa.UniqueConstraint("district_id", "user_id", "page", name=op.f("uq_core_draft_district_id_user_id_page")),
    )
    op.create_index(op.f("ix_core_draft_saved_at"), "core_draft", ["saved_at"], unique=False)
    op.create_table(
        "core_job",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("locale", sa.String(length=5), nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("cursor", sa.Integer(), nullable=False),
        sa.Column("message", sa.String(length=300), nullable=False),
        sa.Column("result", sa.String(length=64), nullable=False),
        sa.Column("result_name", sa.String(length=200), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("worker", sa.String(length=40), nullable=False),
        sa.Column("lease_until", sa.DateTime(), nullable=True),
        sa.Column("queued_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "user_id"],
            ["ab_user.district_id", "ab_user.id"],
            name=op.f("fk_core_job_district_id_user_id"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f("fk_core_job_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_job")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_core_job_district_id_id")),
    )
    op.create_index("ix_core_job_state", "core_job", ["state", "lease_until"], unique=False)
    op.create_index("ix_core_job_user", "core_job", ["district_id", "user_id", "id"], unique=False)
    op.create_table(
        "core_notice",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(length=60), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("read_at", sa.DateTime(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("view", sa.String(length=60), nullable=False),
        sa.Column("label", sa.String(length=300), nullable=False),
        sa.Column("secrecy", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "user_id"],
            ["ab_user.district_id", "ab_user.id"],
            name=op.f("fk_core_notice_district_id_user_id"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f("fk_core_notice_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_notice")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_core_notice_district_id_id")),
    )
    op.create_index("ix_core_notice_unread", "core_notice", ["district_id", "user_id", "read_at"], unique=False)
    op.create_index("ix_core_notice_user", "core_notice", ["district_id", "user_id", "id"], unique=False)
    op.create_table(
        "core_preference",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "user_id"],
            ["ab_user.district_id", "ab_user.id"],
            name=op.f("fk_core_preference_district_id_user_id"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f("fk_core_preference_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_preference")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_core_preference_district_id_id")),
        sa.UniqueConstraint("district_id", "user_id", name=op.f("uq_core_preference_district_id_user_id")),
    )
    op.create_table(
        "core_recent",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("view", sa.String(length=60), nullable=False),
        sa.Column("label", sa.String(length=300), nullable=False),
        sa.Column("secrecy", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "user_id"],
            ["ab_user.district_id", "ab_user.id"],
            name=op.f("fk_core_recent_district_id_user_id"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f("fk_core_recent_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_recent")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_core_recent_district_id_id")),
        sa.UniqueConstraint(
            "district_id",
            "user_id",
            "kind",
            "record_id",
            name=op.f("uq_core_recent_district_id_user_id_kind_record_id"),
        ),
    )
    op.create_index("ix_core_recent_user", "core_recent", ["district_id", "user_id", "at"], unique=False)
    op.create_table(
        "core_saved_view",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("view", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("query", sa.String(length=2000), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "user_id"],
            ["ab_user.district_id", "ab_user.id"],
            name=op.f("fk_core_saved_view_district_id_user_id"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f("fk_core_saved_view_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_saved_view")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_core_saved_view_district_id_id")),
        sa.UniqueConstraint(
            "district_id", "user_id", "view", "title", name=op.f("uq_core_saved_view_district_id_user_id_view_title")
        ),
    )
    op.create_index("ix_core_saved_view_view", "core_saved_view", ["district_id", "view"], unique=False)
    for table in WALLED:
        rls.enable_rls(op, table)


def downgrade() -> None:
    for table in reversed(WALLED):
        op.drop_table(table)

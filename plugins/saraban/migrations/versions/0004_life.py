"""The life of an incoming letter: what is written on it, who has it, how long it took; letters between offices; drafts; storage; settings of a unit."""

import sqlalchemy as sa
from alembic import op

from core.storage import rls

revision = "saraban0004"
down_revision = "saraban0003"
branch_labels = None
depends_on = None

WALLED = (
    "saraban_setting", "saraban_endorsement", "saraban_assignment", "saraban_work_time", "saraban_dispatch",
    "saraban_arrival", "saraban_draft", "saraban_draft_version", "saraban_signature", "saraban_retention", "saraban_folder",
    "saraban_stored", "saraban_loan", "saraban_destruction", "saraban_committee", "saraban_destruction_line",
)  # fmt: skip
#: what was one column and an officer becomes a state
STATES = (
    "UPDATE {table} SET status = 'done' WHERE status = 'registered' AND (action <> '' OR import_id IS NOT NULL)",
    "UPDATE {table} SET status = 'assigned' WHERE status = 'registered' AND assignee_id IS NOT NULL",
)
TABLES = ("saraban_incoming", "saraban_outgoing")


def upgrade() -> None:
    op.create_table(
        "saraban_retention",
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("years", sa.Integer(), nullable=True),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f("fk_saraban_retention_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saraban_retention")),
        sa.UniqueConstraint("district_id", "code", name=op.f("uq_saraban_retention_district_id_code")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_saraban_retention_district_id_id")),
    )
    op.create_table(
        "saraban_destruction",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("surveyed_by_id", sa.Integer(), nullable=False),
        sa.Column("surveyed_by", sa.String(length=150), nullable=False),
        sa.Column("order_no", sa.String(length=80), nullable=False),
        sa.Column("approved_by", sa.String(length=300), nullable=False),
        sa.Column("approved_at", sa.DateTime(), nullable=True),
        sa.Column("archives_on", sa.Date(), nullable=True),
        sa.Column("archives_answer", sa.String(length=300), nullable=False),
        sa.Column("destroyed_on", sa.Date(), nullable=True),
        sa.Column("method", sa.String(length=200), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "unit_id"],
            ["core_unit.district_id", "core_unit.id"],
            name=op.f("fk_saraban_destruction_district_id_unit_id"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f("fk_saraban_destruction_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saraban_destruction")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_saraban_destruction_district_id_id")),
        sa.UniqueConstraint(
            "district_id", "unit_id", "year", name=op.f("uq_saraban_destruction_district_id_unit_id_year")
        ),
    )
    op.create_table(
        "saraban_folder",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("location", sa.String(length=200), nullable=False),
        sa.Column("retention_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "retention_id"],
            ["saraban_retention.district_id", "saraban_retention.id"],
            name=op.f("fk_saraban_folder_district_id_retention_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "unit_id"],
            ["core_unit.district_id", "core_unit.id"],
            name=op.f("fk_saraban_folder_district_id_unit_id"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f("fk_saraban_folder_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saraban_folder")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_saraban_folder_district_id_id")),
        sa.UniqueConstraint("district_id", "unit_id", "code", name=op.f("uq_saraban_folder_district_id_unit_id_code")),
    )
    op.create_table(
        "saraban_setting",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("days_normal", sa.Integer(), nullable=False),
        sa.Column("days_urgent", sa.Integer(), nullable=False),
        sa.Column("circular_shared", sa.Boolean(), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("owner", sa.String(length=200), nullable=False),
        sa.Column("phone", sa.String(length=100), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "unit_id"],
            ["core_unit.district_id", "core_unit.id"],
            name=op.f("fk_saraban_setting_district_id_unit_id"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f("fk_saraban_setting_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saraban_setting")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_saraban_setting_district_id_id")),
        sa.UniqueConstraint("district_id", "unit_id", name=op.f("uq_saraban_setting_district_id_unit_id")),
    )
    op.create_table(
        "saraban_work_time",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("who", sa.String(length=150), nullable=False),
        sa.Column("step", sa.String(length=30), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("letters", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "unit_id"],
            ["core_unit.district_id", "core_unit.id"],
            name=op.f("fk_saraban_work_time_district_id_unit_id"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f("fk_saraban_work_time_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saraban_work_time")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_saraban_work_time_district_id_id")),
    )
    op.create_index("ix_saraban_work_time_day", "saraban_work_time", ["district_id", "unit_id", "on"], unique=False)
    op.create_table(
        "saraban_committee",
        sa.Column("destruction_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=150), nullable=False),
        sa.Column("position", sa.String(length=150), nullable=False),
        sa.Column("chair", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "destruction_id"],
            ["saraban_destruction.district_id", "saraban_destruction.id"],
            name=op.f("fk_saraban_committee_district_id_destruction_id"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f("fk_saraban_committee_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saraban_committee")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_saraban_committee_district_id_id")),
    )
    op.create_index("ix_saraban_committee_of", "saraban_committee", ["district_id", "destruction_id"], unique=False)
    op.create_table(
        "saraban_signature",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "user_id"],
            ["ab_user.district_id", "ab_user.id"],
            name=op.f("fk_saraban_signature_district_id_user_id"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f("fk_saraban_signature_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saraban_signature")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_saraban_signature_district_id_id")),
    )
    op.create_index("ix_saraban_signature_user", "saraban_signature", ["district_id", "user_id", "id"], unique=False)
    op.create_table(
        "saraban_stored",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("letter_id", sa.Integer(), nullable=False),
        sa.Column("folder_id", sa.Integer(), nullable=False),
        sa.Column("stored_on", sa.Date(), nullable=False),
        sa.Column("register_no", sa.String(length=40), nullable=False),
        sa.Column("doc_no", sa.String(length=80), nullable=False),
        sa.Column("doc_date", sa.Date(), nullable=True),
        sa.Column("subject", sa.String(length=1000), nullable=False),
        sa.Column("keep_until", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("remark", sa.String(length=300), nullable=False),
        sa.Column("secrecy", sa.SmallInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "folder_id"],
            ["saraban_folder.district_id", "saraban_folder.id"],
            name=op.f("fk_saraban_stored_district_id_folder_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "unit_id"],
            ["core_unit.district_id", "core_unit.id"],
            name=op.f("fk_saraban_stored_district_id_unit_id"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f("fk_saraban_stored_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saraban_stored")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_saraban_stored_district_id_id")),
        sa.UniqueConstraint(
            "district_id", "kind", "letter_id", name=op.f("uq_saraban_stored_district_id_kind_letter_id")
        ),
        sa.UniqueConstraint(
            "district_id", "unit_id", "number", name=op.f("uq_saraban_stored_district_id_unit_id_number")
        ),
    )
    op.create_index(
        "ix_saraban_stored_due", "saraban_stored", ["district_id", "unit_id", "state", "keep_until"], unique=False
    )
    op.create_table(
        "saraban_arrival",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("from_district_id", sa.Integer(), nullable=False),
        sa.Column("dispatch_id", sa.Integer(), nullable=False),
        sa.Column("sender", sa.String(length=200), nullable=False),
        sa.Column("doc_no", sa.String(length=80), nullable=False),
        sa.Column("doc_date", sa.Date(), nullable=True),
        sa.Column("recipient", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.String(length=1000), nullable=False),
        sa.Column("speed", sa.SmallInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=True),
        sa.Column("reply_by", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("arrived_at", sa.DateTime(), nullable=False),
        sa.Column("opened_at", sa.DateTime(), nullable=True),
        sa.Column("letter_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "letter_id"],
            ["saraban_incoming.district_id", "saraban_incoming.id"],
            name=op.f("fk_saraban_arrival_district_id_letter_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "unit_id"],
            ["core_unit.district_id", "core_unit.id"],
            name=op.f("fk_saraban_arrival_district_id_unit_id"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f("fk_saraban_arrival_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saraban_arrival")),
        sa.UniqueConstraint(
            "district_id",
            "from_district_id",
            "dispatch_id",
            name=op.f("uq_saraban_arrival_district_id_from_district_id_dispatch_id"),
        ),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_saraban_arrival_district_id_id")),
    )
    op.create_index("ix_saraban_arrival_letter", "saraban_arrival", ["district_id", "letter_id"], unique=False)
    op.create_index(
        "ix_saraban_arrival_tray", "saraban_arrival", ["district_id", "unit_id", "state", "id"], unique=False
    )
    op.create_table(
        "saraban_assignment",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("lead", sa.Boolean(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("task", sa.String(length=1000), nullable=False),
        sa.Column("given_by", sa.String(length=150), nullable=False),
        sa.Column("given_at", sa.DateTime(), nullable=False),
        sa.Column("urgency", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("known_at", sa.DateTime(), nullable=True),
        sa.Column("done_at", sa.DateTime(), nullable=True),
        sa.Column("report", sa.String(length=1000), nullable=False),
        sa.Column("letter_id", sa.Integer(), nullable=False),
        sa.Column("secrecy", sa.SmallInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "letter_id"],
            ["saraban_incoming.district_id", "saraban_incoming.id"],
            name=op.f("fk_saraban_assignment_district_id_letter_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "unit_id"],
            ["core_unit.district_id", "core_unit.id"],
            name=op.f("fk_saraban_assignment_district_id_unit_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "user_id"],
            ["ab_user.district_id", "ab_user.id"],
            name=op.f("fk_saraban_assignment_district_id_user_id"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f("fk_saraban_assignment_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saraban_assignment")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_saraban_assignment_district_id_id")),
        sa.UniqueConstraint(
            "district_id", "letter_id", "user_id", name=op.f("uq_saraban_assignment_district_id_letter_id_user_id")
        ),
    )
    op.create_index(
        "ix_saraban_assignment_user", "saraban_assignment", ["district_id", "user_id", "state", "id"], unique=False
    )
    op.create_table(
        "saraban_destruction_line",
        sa.Column("destruction_id", sa.Integer(), nullable=False),
        sa.Column("stored_id", sa.Integer(), nullable=False),
        sa.Column("decision", sa.String(length=10), nullable=False),
        sa.Column("extend_until", sa.Date(), nullable=True),
        sa.Column("in_favour", sa.Integer(), nullable=False),
        sa.Column("against", sa.Integer(), nullable=False),
        sa.Column("dissent", sa.String(length=500), nullable=False),
        sa.Column("kept", sa.String(length=2000), nullable=False),
        sa.Column("secrecy", sa.SmallInteger(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "destruction_id"],
            ["saraban_destruction.district_id", "saraban_destruction.id"],
            name=op.f("fk_saraban_destruction_line_district_id_destruction_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "stored_id"],
            ["saraban_stored.district_id", "saraban_stored.id"],
            name=op.f("fk_saraban_destruction_line_district_id_stored_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["core_district.id"], name=op.f("fk_saraban_destruction_line_district_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saraban_destruction_line")),
        sa.UniqueConstraint(
            "district_id",
            "destruction_id",
            "stored_id",
            name=op.f("uq_saraban_destruction_line_district_id_destruction_id_stored_id"),
        ),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_saraban_destruction_line_district_id_id")),
    )
    op.create_table(
        "saraban_dispatch",
        sa.Column("letter_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("doc_no", sa.String(length=80), nullable=False),
        sa.Column("subject", sa.String(length=1000), nullable=False),
        sa.Column("recipient", sa.String(length=200), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("to_district_id", sa.Integer(), nullable=True),
        sa.Column("to_unit_id", sa.Integer(), nullable=True),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reply_by", sa.Date(), nullable=True),
        sa.Column("queued_at", sa.DateTime(), nullable=False),
        sa.Column("sent_at", sa.DateTime(), nullable=True),
        sa.Column("opened_at", sa.DateTime(), nullable=True),
        sa.Column("registered_at", sa.DateTime(), nullable=True),
        sa.Column("their_number", sa.String(length=40), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(), nullable=True),
        sa.Column("answered_at", sa.DateTime(), nullable=True),
        sa.Column("proof", sa.String(length=300), nullable=False),
        sa.Column("reminded_at", sa.DateTime(), nullable=True),
        sa.Column("search_text", sa.String(length=1500), nullable=False),
        sa.Column("secrecy", sa.SmallInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "letter_id"],
            ["saraban_outgoing.district_id", "saraban_outgoing.id"],
            name=op.f("fk_saraban_dispatch_district_id_letter_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "unit_id"],
            ["core_unit.district_id", "core_unit.id"],
            name=op.f("fk_saraban_dispatch_district_id_unit_id"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f("fk_saraban_dispatch_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saraban_dispatch")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_saraban_dispatch_district_id_id")),
    )
    op.create_index("ix_saraban_dispatch_letter", "saraban_dispatch", ["district_id", "letter_id", "id"], unique=False)
    op.create_index(
        "ix_saraban_dispatch_state", "saraban_dispatch", ["district_id", "unit_id", "state", "id"], unique=False
    )
    op.create_index("ix_saraban_dispatch_token", "saraban_dispatch", ["token"], unique=False)
    op.create_table(
        "saraban_draft",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=14), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("subject", sa.String(length=1000), nullable=False),
        sa.Column("speed", sa.SmallInteger(), nullable=False),
        sa.Column("circular", sa.Boolean(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("holder_id", sa.Integer(), nullable=True),
        sa.Column("drafted_by_id", sa.Integer(), nullable=False),
        sa.Column("drafted_by", sa.String(length=150), nullable=False),
        sa.Column("typed_by", sa.String(length=150), nullable=False),
        sa.Column("checked_by", sa.String(length=150), nullable=False),
        sa.Column("signed_by", sa.String(length=300), nullable=False),
        sa.Column("signed_at", sa.DateTime(), nullable=True),
        sa.Column("signature_id", sa.Integer(), nullable=True),
        sa.Column("signed_hash", sa.String(length=64), nullable=False),
        sa.Column("letter_id", sa.Integer(), nullable=True),
        sa.Column("answers_id", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("search_text", sa.String(length=1500), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "answers_id"],
            ["saraban_incoming.district_id", "saraban_incoming.id"],
            name=op.f("fk_saraban_draft_district_id_answers_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "drafted_by_id"],
            ["ab_user.district_id", "ab_user.id"],
            name=op.f("fk_saraban_draft_district_id_drafted_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "holder_id"],
            ["ab_user.district_id", "ab_user.id"],
            name=op.f("fk_saraban_draft_district_id_holder_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "letter_id"],
            ["saraban_outgoing.district_id", "saraban_outgoing.id"],
            name=op.f("fk_saraban_draft_district_id_letter_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "unit_id"],
            ["core_unit.district_id", "core_unit.id"],
            name=op.f("fk_saraban_draft_district_id_unit_id"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f("fk_saraban_draft_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saraban_draft")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_saraban_draft_district_id_id")),
    )
    op.create_index("ix_saraban_draft_unit", "saraban_draft", ["district_id", "unit_id", "status", "id"], unique=False)
    op.create_table(
        "saraban_endorsement",
        sa.Column("step", sa.String(length=20), nullable=False),
        sa.Column("text", sa.String(length=1000), nullable=False),
        sa.Column("addressed", sa.String(length=500), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=150), nullable=False),
        sa.Column("position", sa.String(length=120), nullable=False),
        sa.Column("acting_for", sa.String(length=300), nullable=False),
        sa.Column("signature", sa.String(length=64), nullable=False),
        sa.Column("letter_id", sa.Integer(), nullable=False),
        sa.Column("secrecy", sa.SmallInteger(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "letter_id"],
            ["saraban_incoming.district_id", "saraban_incoming.id"],
            name=op.f("fk_saraban_endorsement_district_id_letter_id"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f("fk_saraban_endorsement_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saraban_endorsement")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_saraban_endorsement_district_id_id")),
    )
    op.create_index(
        "ix_saraban_endorsement_letter", "saraban_endorsement", ["district_id", "letter_id", "id"], unique=False
    )
    op.create_table(
        "saraban_loan",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("stored_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("borrower", sa.String(length=150), nullable=False),
        sa.Column("purpose", sa.String(length=300), nullable=False),
        sa.Column("approved_by", sa.String(length=150), nullable=False),
        sa.Column("lent_on", sa.Date(), nullable=False),
        sa.Column("lent_by", sa.String(length=150), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("returned_on", sa.Date(), nullable=True),
        sa.Column("returned_by", sa.String(length=150), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "stored_id"],
            ["saraban_stored.district_id", "saraban_stored.id"],
            name=op.f("fk_saraban_loan_district_id_stored_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "unit_id"],
            ["core_unit.district_id", "core_unit.id"],
            name=op.f("fk_saraban_loan_district_id_unit_id"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f("fk_saraban_loan_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saraban_loan")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_saraban_loan_district_id_id")),
    )
    op.create_index(
        "ix_saraban_loan_open", "saraban_loan", ["district_id", "unit_id", "returned_on", "due_on"], unique=False
    )
    op.create_table(
        "saraban_draft_version",
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=1000), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by", sa.String(length=150), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "draft_id"],
            ["saraban_draft.district_id", "saraban_draft.id"],
            name=op.f("fk_saraban_draft_version_district_id_draft_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["core_district.id"], name=op.f("fk_saraban_draft_version_district_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saraban_draft_version")),
        sa.UniqueConstraint(
            "district_id", "draft_id", "number", name=op.f("uq_saraban_draft_version_district_id_draft_id_number")
        ),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_saraban_draft_version_district_id_id")),
    )
    for table in WALLED:
        rls.enable_rls(op, table)
    rls.append_only(op, "saraban_endorsement")
    rls.append_only(op, "saraban_draft_version")
    op.add_column(
        "saraban_outgoing", sa.Column("kind", sa.String(length=14), nullable=False, server_default="external")
    )
    op.add_column("saraban_outgoing", sa.Column("verify", sa.String(length=64), nullable=False, server_default=""))
    rls.drop_trigrams_for_sqlite(op, "saraban_incoming")
    with op.batch_alter_table("saraban_incoming") as batch:
        for name in ("propose_by", "proposed_at", "done_at"):
            batch.add_column(sa.Column(name, sa.DateTime(), nullable=True))
        batch.add_column(sa.Column("holder_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(
            "fk_saraban_incoming_district_id_holder_id", "ab_user", ["district_id", "holder_id"], ["district_id", "id"]
        )
    for table in TABLES:
        op.add_column(table, sa.Column("file_text", sa.Text(), nullable=False, server_default=""))
        op.execute(rls.without_tone_marks(table, "search_text"))
    op.create_index(
        "ix_saraban_incoming_status", "saraban_incoming", ["district_id", "status", "unit_id", "id"], unique=False
    )
    rls.trigrams_for_sqlite(op, "saraban_incoming", "search_text")
    for table in TABLES:
        for statement in STATES:
            op.execute(statement.format(table=table))
    # whoever had a letter has an assignment now, and that is what waits for them
    op.execute(
        "INSERT INTO saraban_assignment (district_id, unit_id, letter_id, user_id, lead, title, task, given_by, "
        "given_at, urgency, due_at, state, report, version, secrecy) "
        f"SELECT i.district_id, i.unit_id, i.id, i.assignee_id, {_true()}, coalesce(w.label, ''), '', i.registered_by, "
        "i.registered_at, i.speed, i.due_at, 'given', '', 1, i.secrecy FROM saraban_incoming i "
        "LEFT JOIN core_waiting w ON w.kind = 'saraban_incoming' AND w.record_id = i.id "
        "AND w.district_id = i.district_id WHERE i.status = 'assigned'"
    )
    op.execute(
        "UPDATE core_waiting SET kind = 'saraban_assignment', view = 'AssignmentView', "
        "resource = 'saraban.assignment', record_id = (SELECT a.id FROM saraban_assignment a WHERE "
        "a.district_id = core_waiting.district_id AND a.letter_id = core_waiting.record_id) "
        "WHERE kind = 'saraban_incoming' AND EXISTS (SELECT 1 FROM saraban_assignment a WHERE "
        "a.district_id = core_waiting.district_id AND a.letter_id = core_waiting.record_id)"
    )


def _true() -> str:
    return "true" if op.get_bind().dialect.name == "postgresql" else "1"


def downgrade() -> None:
    op.execute(
        "UPDATE core_waiting SET kind = 'saraban_incoming', view = 'IncomingView', resource = 'saraban.incoming', "
        "record_id = (SELECT a.letter_id FROM saraban_assignment a WHERE a.district_id = core_waiting.district_id "
        "AND a.id = core_waiting.record_id) WHERE kind = 'saraban_assignment' AND EXISTS (SELECT 1 FROM "
        "saraban_assignment a WHERE a.district_id = core_waiting.district_id AND a.id = core_waiting.record_id "
        f"AND a.lead = {_true()})"
    )
    op.execute("DELETE FROM core_waiting WHERE kind = 'saraban_assignment'")
    for table in TABLES:
        op.execute(f"UPDATE {table} SET status = 'registered' WHERE status <> 'cancelled'")  # noqa: S608
    rls.drop_trigrams_for_sqlite(op, "saraban_incoming")
    op.drop_index("ix_saraban_incoming_status", table_name="saraban_incoming")
    with op.batch_alter_table("saraban_incoming") as batch:
        batch.drop_constraint("fk_saraban_incoming_district_id_holder_id", type_="foreignkey")
        for name in ("holder_id", "done_at", "proposed_at", "propose_by"):
            batch.drop_column(name)
    rls.trigrams_for_sqlite(op, "saraban_incoming", "search_text")
    for table in TABLES:
        op.drop_column(table, "file_text")
    op.drop_column("saraban_outgoing", "verify")
    op.drop_column("saraban_outgoing", "kind")
    op.drop_table("saraban_draft_version")
    op.drop_index("ix_saraban_loan_open", table_name="saraban_loan")
    op.drop_table("saraban_loan")
    op.drop_index("ix_saraban_endorsement_letter", table_name="saraban_endorsement")
    op.drop_table("saraban_endorsement")
    op.drop_index("ix_saraban_draft_unit", table_name="saraban_draft")
    op.drop_table("saraban_draft")
    op.drop_index("ix_saraban_dispatch_token", table_name="saraban_dispatch")
    op.drop_index("ix_saraban_dispatch_state", table_name="saraban_dispatch")
    op.drop_index("ix_saraban_dispatch_letter", table_name="saraban_dispatch")
    op.drop_table("saraban_dispatch")
    op.drop_table("saraban_destruction_line")
    op.drop_index("ix_saraban_assignment_user", table_name="saraban_assignment")
    op.drop_table("saraban_assignment")
    op.drop_index("ix_saraban_arrival_tray", table_name="saraban_arrival")
    op.drop_index("ix_saraban_arrival_letter", table_name="saraban_arrival")
    op.drop_table("saraban_arrival")
    op.drop_index("ix_saraban_stored_due", table_name="saraban_stored")
    op.drop_table("saraban_stored")
    op.drop_index("ix_saraban_signature_user", table_name="saraban_signature")
    op.drop_table("saraban_signature")
    op.drop_index("ix_saraban_committee_of", table_name="saraban_committee")
    op.drop_table("saraban_committee")
    op.drop_index("ix_saraban_work_time_day", table_name="saraban_work_time")
    op.drop_table("saraban_work_time")
    op.drop_table("saraban_setting")
    op.drop_table("saraban_folder")
    op.drop_table("saraban_destruction")
    op.drop_table("saraban_retention")

"""The foundation: accounts, master data, numbers, timeline, files, switches."""

import sqlalchemy as sa
from alembic import op

from core.storage import rls

revision = "core0001"
down_revision = None
branch_labels = None
depends_on = None

#: tables under row-level security
WALLED = (
    "ab_user",
    "core_attachment",
    "core_counter",
    "core_form_key",
    "core_grant",
    "core_number",
    "core_person",
    "core_plugin_switch",
    "core_post",
    "core_school",
    "core_school_group",
    "core_school_group_member",
    "core_secret_reader",
    "core_timeline",
    "core_timeline_seal",
    "core_unit",
)


def upgrade() -> None:
    op.create_table(
        "ab_group",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("label", sa.String(length=150), nullable=True),
        sa.Column("description", sa.String(length=512), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "ab_permission",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "ab_register_user",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("first_name", sa.String(length=64), nullable=False),
        sa.Column("last_name", sa.String(length=64), nullable=False),
        sa.Column("username", sa.String(length=128), nullable=False),
        sa.Column("password", sa.String(length=256), nullable=True),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("registration_date", sa.DateTime(), nullable=True),
        sa.Column("registration_hash", sa.String(length=256), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("email"),
        sa.UniqueConstraint("username"),
    )
    op.create_table(
        "ab_role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "ab_view_menu",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=250), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "core_district",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("short_name", sa.String(length=100), nullable=False),
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_district")),
        sa.UniqueConstraint("code", name=op.f("uq_core_district_code")),
    )
    op.create_table(
        "core_session",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_session")),
    )
    op.create_index(op.f("ix_core_session_seen_at"), "core_session", ["seen_at"], unique=False)
    op.create_table(
        "core_setting",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("value", sa.String(length=500), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_core_setting")),
    )
    op.create_table(
        "core_stamp",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_core_stamp")),
    )
    op.create_table(
        "ab_group_role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=True),
        sa.Column("role_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["group_id"], ["ab_group.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["role_id"], ["ab_role.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("group_id", "role_id"),
    )
    op.create_index("idx_group_id", "ab_group_role", ["group_id"], unique=False)
    op.create_index("idx_group_role_id", "ab_group_role", ["role_id"], unique=False)
    op.create_table(
        "ab_permission_view",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("permission_id", sa.Integer(), nullable=False),
        sa.Column("view_menu_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["permission_id"],
            ["ab_permission.id"],
        ),
        sa.ForeignKeyConstraint(
            ["view_menu_id"],
            ["ab_view_menu.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("permission_id", "view_menu_id"),
    )
    op.create_index("idx_permission_id", "ab_permission_view", ["permission_id"], unique=False)
    op.create_index("idx_view_menu_id", "ab_permission_view", ["view_menu_id"], unique=False)
    op.create_table(
        "core_attachment",
        sa.Column("kind", sa.String(length=60), nullable=True),
        sa.Column("record_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("stored_as", sa.String(length=64), nullable=False),
        sa.Column("content_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(), nullable=False),
        sa.Column("uploaded_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.Column("secrecy", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f("fk_core_attachment_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_attachment")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_core_attachment_district_id_id")),
        sa.UniqueConstraint("district_id", "stored_as", name=op.f("uq_core_attachment_district_id_stored_as")),
    )
    op.create_index("ix_core_attachment_record", "core_attachment", ["district_id", "kind", "record_id"], unique=False)
    op.create_table(
        "core_form_key",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("url", sa.String(length=300), nullable=False),
        sa.Column("used_at", sa.DateTime(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f("fk_core_form_key_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_form_key")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_core_form_key_district_id_id")),
        sa.UniqueConstraint("district_id", "user_id", "key", name=op.f("uq_core_form_key_district_id_user_id_key")),
    )
    op.create_index(op.f("ix_core_form_key_used_at"), "core_form_key", ["used_at"], unique=False)
    op.create_table(
        "core_person",
        sa.Column("title", sa.String(length=40), nullable=False),
        sa.Column("first_name", sa.String(length=64), nullable=False),
        sa.Column("last_name", sa.String(length=64), nullable=False),
        sa.Column("search_text", sa.String(length=300), nullable=False),
        sa.Column("sort_key", sa.String(length=300), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f("fk_core_person_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_person")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_core_person_district_id_id")),
    )
    op.create_index("ix_core_person_sort", "core_person", ["district_id", "sort_key", "id"], unique=False)
    op.create_table(
        "core_plugin_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plugin", sa.String(length=40), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=True),
        sa.Column("mode", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f("fk_core_plugin_rule_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_plugin_rule")),
    )
    op.create_table(
        "core_plugin_switch",
        sa.Column("plugin", sa.String(length=40), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f("fk_core_plugin_switch_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_plugin_switch")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_core_plugin_switch_district_id_id")),
        sa.UniqueConstraint("district_id", "plugin", name=op.f("uq_core_plugin_switch_district_id_plugin")),
    )
    op.create_table(
        "core_role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("plugin", sa.String(length=40), nullable=False),
        sa.Column("reach", sa.String(length=10), nullable=False),
        sa.Column("unit_kinds", sa.String(length=60), nullable=False),
        sa.Column("grantable", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["ab_role.id"], name=op.f("fk_core_role_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_role")),
        sa.UniqueConstraint("key", name=op.f("uq_core_role_key")),
    )
    op.create_table(
        "core_school_group",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f("fk_core_school_group_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_school_group")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_core_school_group_district_id_id")),
        sa.UniqueConstraint("district_id", "name", name=op.f("uq_core_school_group_district_id_name")),
    )
    op.create_table(
        "core_timeline",
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor_name", sa.String(length=150), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("record_label", sa.String(length=300), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.Column("secrecy", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f("fk_core_timeline_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_timeline")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_core_timeline_district_id_id")),
    )
    op.create_index("ix_core_timeline_district", "core_timeline", ["district_id", "id"], unique=False)
    op.create_index(
        "ix_core_timeline_record", "core_timeline", ["district_id", "kind", "record_id", "id"], unique=False
    )
    op.create_table(
        "core_unit",
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("letter_prefix", sa.String(length=40), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f("fk_core_unit_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_unit")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_core_unit_district_id_id")),
        sa.UniqueConstraint("district_id", "kind", "code", name=op.f("uq_core_unit_district_id_kind_code")),
    )
    op.create_table(
        "ab_permission_view_role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("permission_view_id", sa.Integer(), nullable=True),
        sa.Column("role_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["permission_view_id"], ["ab_permission_view.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["role_id"], ["ab_role.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("permission_view_id", "role_id"),
    )
    op.create_index("idx_permission_view_id", "ab_permission_view_role", ["permission_view_id"], unique=False)
    op.create_index("idx_role_id", "ab_permission_view_role", ["role_id"], unique=False)
    op.create_table(
        "ab_user",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("first_name", sa.String(length=64), nullable=False),
        sa.Column("last_name", sa.String(length=64), nullable=False),
        sa.Column("username", sa.String(length=128), nullable=False),
        sa.Column("password", sa.String(length=256), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=True),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("last_login", sa.DateTime(), nullable=True),
        sa.Column("login_count", sa.Integer(), nullable=True),
        sa.Column("fail_login_count", sa.Integer(), nullable=True),
        sa.Column("created_on", sa.DateTime(), nullable=True),
        sa.Column("changed_on", sa.DateTime(), nullable=True),
        sa.Column("created_by_fk", sa.Integer(), nullable=True),
        sa.Column("changed_by_fk", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("clearance", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("locale", sa.String(length=5), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["changed_by_fk"],
            ["ab_user.id"],
        ),
        sa.ForeignKeyConstraint(
            ["created_by_fk"],
            ["ab_user.id"],
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "person_id"],
            ["core_person.district_id", "core_person.id"],
            name=op.f("fk_ab_user_district_id_person_id"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f("fk_ab_user_district_id")),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_ab_user_district_id_id")),
        sa.UniqueConstraint("email"),
        sa.UniqueConstraint("username"),
    )
    op.create_table(
        "core_counter",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("book", sa.String(length=40), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("reopened", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "unit_id"],
            ["core_unit.district_id", "core_unit.id"],
            name=op.f("fk_core_counter_district_id_unit_id"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f("fk_core_counter_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_counter")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_core_counter_district_id_id")),
        sa.UniqueConstraint(
            "district_id",
            "unit_id",
            "book",
            "year",
            name=op.f("uq_core_counter_district_id_unit_id_book_year"),
        ),
    )
    op.create_table(
        "core_number",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("book", sa.String(length=40), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("suffix", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("taken_on", sa.Date(), nullable=False),
        sa.Column("taken_at", sa.DateTime(), nullable=False),
        sa.Column("taken_by", sa.String(length=150), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "unit_id"],
            ["core_unit.district_id", "core_unit.id"],
            name=op.f("fk_core_number_district_id_unit_id"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f("fk_core_number_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_number")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_core_number_district_id_id")),
        sa.UniqueConstraint(
            "district_id",
            "unit_id",
            "book",
            "year",
            "number",
            "suffix",
            name=op.f("uq_core_number_district_id_unit_id_book_year_number_suffix"),
        ),
    )
    op.create_index(
        "ix_core_number_state",
        "core_number",
        ["district_id", "unit_id", "book", "year", "state"],
        unique=False,
    )
    op.create_table(
        "core_post",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.String(length=120), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "person_id"],
            ["core_person.district_id", "core_person.id"],
            name=op.f("fk_core_post_district_id_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "unit_id"],
            ["core_unit.district_id", "core_unit.id"],
            name=op.f("fk_core_post_district_id_unit_id"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f("fk_core_post_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_post")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_core_post_district_id_id")),
    )
    op.create_index("ix_core_post_person", "core_post", ["district_id", "person_id"], unique=False)
    op.create_table(
        "core_school",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("subdistrict", sa.String(length=100), nullable=False),
        sa.Column("amphoe", sa.String(length=100), nullable=False),
        sa.Column("province", sa.String(length=100), nullable=False),
        sa.Column("levels", sa.String(length=100), nullable=False),
        sa.Column("size", sa.String(length=10), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("status_on", sa.Date(), nullable=True),
        sa.Column("merged_into_id", sa.Integer(), nullable=True),
        sa.Column("search_text", sa.String(length=600), nullable=False),
        sa.Column("sort_key", sa.String(length=600), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "merged_into_id"],
            ["core_school.district_id", "core_school.id"],
            name=op.f("fk_core_school_district_id_merged_into_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "unit_id"],
            ["core_unit.district_id", "core_unit.id"],
            name=op.f("fk_core_school_district_id_unit_id"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f("fk_core_school_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_school")),
        sa.UniqueConstraint("district_id", "code", name=op.f("uq_core_school_district_id_code")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_core_school_district_id_id")),
        sa.UniqueConstraint("district_id", "unit_id", name=op.f("uq_core_school_district_id_unit_id")),
    )
    op.create_index("ix_core_school_sort", "core_school", ["district_id", "sort_key", "id"], unique=False)
    op.create_table(
        "core_timeline_seal",
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "entry_id"],
            ["core_timeline.district_id", "core_timeline.id"],
            name=op.f("fk_core_timeline_seal_district_id_entry_id"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f("fk_core_timeline_seal_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_timeline_seal")),
        sa.UniqueConstraint("district_id", "entry_id", name=op.f("uq_core_timeline_seal_district_id_entry_id")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_core_timeline_seal_district_id_id")),
        sa.UniqueConstraint("district_id", "position", name=op.f("uq_core_timeline_seal_district_id_position")),
    )
    op.create_table(
        "ab_api_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=256), nullable=False),
        sa.Column("key_hash", sa.String(length=256), nullable=False),
        sa.Column("lookup_hash", sa.String(length=256), nullable=True),
        sa.Column("key_prefix", sa.String(length=16), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_on", sa.DateTime(), nullable=True),
        sa.Column("expires_on", sa.DateTime(), nullable=True),
        sa.Column("revoked_on", sa.DateTime(), nullable=True),
        sa.Column("last_used_on", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("lookup_hash"),
        sa.UniqueConstraint("uuid"),
    )
    op.create_index("idx_api_key_lookup_hash", "ab_api_key", ["lookup_hash"], unique=True)
    op.create_index("idx_api_key_prefix", "ab_api_key", ["key_prefix"], unique=False)
    op.create_index("idx_api_key_user_id", "ab_api_key", ["user_id"], unique=False)
    op.create_table(
        "ab_user_group",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("group_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["group_id"], ["ab_group.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("user_id", "group_id"),
    )
    op.create_index("idx_user_group_id", "ab_user_group", ["group_id"], unique=False)
    op.create_index("idx_user_id", "ab_user_group", ["user_id"], unique=False)
    op.create_table(
        "ab_user_role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("role_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["role_id"], ["ab_role.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("user_id", "role_id"),
    )
    op.create_table(
        "core_grant",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("role_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "unit_id"],
            ["core_unit.district_id", "core_unit.id"],
            name=op.f("fk_core_grant_district_id_unit_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "user_id"],
            ["ab_user.district_id", "ab_user.id"],
            name=op.f("fk_core_grant_district_id_user_id"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f("fk_core_grant_district_id")),
        sa.ForeignKeyConstraint(["role_id"], ["core_role.id"], name=op.f("fk_core_grant_role_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_grant")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_core_grant_district_id_id")),
    )
    op.create_index("ix_core_grant_user", "core_grant", ["district_id", "user_id"], unique=False)
    op.create_table(
        "core_school_group_member",
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "group_id"],
            ["core_school_group.district_id", "core_school_group.id"],
            name=op.f("fk_core_school_group_member_district_id_group_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["core_school.district_id", "core_school.id"],
            name=op.f("fk_core_school_group_member_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["core_district.id"], name=op.f("fk_core_school_group_member_district_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_school_group_member")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_core_school_group_member_district_id_id")),
    )
    op.create_index(
        "ix_core_school_group_member_group",
        "core_school_group_member",
        ["district_id", "group_id"],
        unique=False,
    )
    op.create_table(
        "core_secret_reader",
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "user_id"],
            ["ab_user.district_id", "ab_user.id"],
            name=op.f("fk_core_secret_reader_district_id_user_id"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["core_district.id"], name=op.f("fk_core_secret_reader_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_secret_reader")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_core_secret_reader_district_id_id")),
        sa.UniqueConstraint(
            "district_id",
            "kind",
            "record_id",
            "user_id",
            name=op.f("uq_core_secret_reader_district_id_kind_record_id_user_id"),
        ),
    )
    op.execute("CREATE UNIQUE INDEX uq_core_plugin_rule ON core_plugin_rule (plugin, coalesce(district_id, 0))")
    for table in ("core_timeline", "core_timeline_seal"):
        rls.append_only(op, table)
    for table in ("core_school", "core_person"):
        rls.text_search(op, table)
    for table in WALLED:
        rls.enable_rls(op, table)


def downgrade() -> None:
    op.drop_table("core_secret_reader")
    op.drop_index("ix_core_school_group_member_group", table_name="core_school_group_member")
    op.drop_table("core_school_group_member")
    op.drop_index("ix_core_grant_user", table_name="core_grant")
    op.drop_table("core_grant")
    op.drop_table("ab_user_role")
    op.drop_index("idx_user_id", table_name="ab_user_group")
    op.drop_index("idx_user_group_id", table_name="ab_user_group")
    op.drop_table("ab_user_group")
    op.drop_index("idx_api_key_user_id", table_name="ab_api_key")
    op.drop_index("idx_api_key_prefix", table_name="ab_api_key")
    op.drop_index("idx_api_key_lookup_hash", table_name="ab_api_key")
    op.drop_table("ab_api_key")
    op.drop_table("core_timeline_seal")
    op.drop_index("ix_core_school_sort", table_name="core_school")
    op.drop_table("core_school")
    op.drop_index("ix_core_post_person", table_name="core_post")
    op.drop_table("core_post")
    op.drop_index("ix_core_number_state", table_name="core_number")
    op.drop_table("core_number")
    op.drop_table("core_counter")
    op.drop_table("ab_user")
    op.drop_index("idx_role_id", table_name="ab_permission_view_role")
    op.drop_index("idx_permission_view_id", table_name="ab_permission_view_role")
    op.drop_table("ab_permission_view_role")
    op.drop_table("core_unit")
    op.drop_index("ix_core_timeline_record", table_name="core_timeline")
    op.drop_index("ix_core_timeline_district", table_name="core_timeline")
    op.drop_table("core_timeline")
    op.drop_table("core_school_group")
    op.drop_table("core_role")
    op.drop_table("core_plugin_switch")
    op.drop_table("core_plugin_rule")
    op.drop_index("ix_core_person_sort", table_name="core_person")
    op.drop_table("core_person")
    op.drop_index(op.f("ix_core_form_key_used_at"), table_name="core_form_key")
    op.drop_table("core_form_key")
    op.drop_index("ix_core_attachment_record", table_name="core_attachment")
    op.drop_table("core_attachment")
    op.drop_index("idx_view_menu_id", table_name="ab_permission_view")
    op.drop_index("idx_permission_id", table_name="ab_permission_view")
    op.drop_table("ab_permission_view")
    op.drop_index("idx_group_role_id", table_name="ab_group_role")
    op.drop_index("idx_group_id", table_name="ab_group_role")
    op.drop_table("ab_group_role")
    op.drop_table("core_stamp")
    op.drop_table("core_setting")
    op.drop_index(op.f("ix_core_session_seen_at"), table_name="core_session")
    op.drop_table("core_session")
    op.drop_table("core_district")
    op.drop_table("ab_view_menu")
    op.drop_table("ab_role")
    op.drop_table("ab_register_user")
    op.drop_table("ab_permission")
    op.drop_table("ab_group")
    rls.drop_append_only(op)

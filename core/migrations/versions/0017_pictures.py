"""Pictures that a field for pictures took in are marked: they alone stand on papers."""

import sqlalchemy as sa
from alembic import op

revision = "core0017"
down_revision = "core0016"
branch_labels = None
depends_on = None

#: records of which a picture is set on papers
KINDS = ("saraban_signature", "saraban_dispatch", "saraban_setting")


def upgrade() -> None:
    op.add_column("core_attachment", sa.Column("picture", sa.Boolean(), nullable=False, server_default=sa.false()))
    _mark(op.get_bind())


def _mark(bind: sa.Connection) -> None:
    """What the field took is a PNG, since it writes pictures anew as such, and no remark speaks of it by its name."""
    file = sa.table("core_attachment", *map(sa.column, (
        "id", "district_id", "kind", "record_id", "name", "content_type", "remark", "picture",
    )))  # fmt: skip
    entry = sa.table(
        "core_timeline",
        *map(sa.column, ("district_id", "kind", "record_id", "action")),
        sa.column("changes", sa.JSON()),
    )
    said: dict[tuple[int, str, int], list[str]] = {}
    remarks = sa.select(entry).where(entry.c.kind.in_(KINDS), entry.c.action.like("core.comment.%"))
    for one in bind.execute(remarks):
        if names := (one.changes or {}).get("files"):
            said.setdefault((one.district_id, one.kind, one.record_id), []).append(names[1])
    wanted = sa.select(file).where(
        file.c.kind.in_(KINDS), file.c.content_type == "image/png", file.c.remark == sa.false()
    )
    for one in bind.execute(wanted).all():
        if not any(one.name in names for names in said.get((one.district_id, one.kind, one.record_id), ())):
            bind.execute(sa.update(file).where(file.c.id == one.id).values(picture=True))


def downgrade() -> None:
    op.drop_column("core_attachment", "picture")

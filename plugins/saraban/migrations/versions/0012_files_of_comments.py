"""Files of comments from before they were marked stay with their letter, too, and go out with none."""

import sqlalchemy as sa
from alembic import op

revision = "saraban0012"
down_revision = "saraban0011"
branch_labels = None
depends_on = None

#: records whose files are sent, printed or read as theirs; of such only a comment has written a line with files
KINDS = ("saraban_outgoing", "saraban_incoming", "saraban_arrival", "saraban_scan")


def upgrade() -> None:
    bind = op.get_bind()
    file = sa.table(
        "core_attachment",
        *map(sa.column, ("id", "district_id", "kind", "record_id", "name", "uploaded_by_id", "inside")),
        sa.column("uploaded_at", sa.DateTime()),
    )
    entry = sa.table(
        "core_timeline",
        *map(sa.column, ("id", "district_id", "actor_id", "kind", "record_id", "action")),
        sa.column("at", sa.DateTime()),
        sa.column("changes", sa.JSON()),
    )
    comments = sa.select(entry).where(entry.c.kind.in_(KINDS), entry.c.action.like("core.comment.%"))
    for one in bind.execute(comments.order_by(entry.c.id)).all():
        if not (names := (one.changes or {}).get("files")):
            continue
        # an enclosure may be called the same: the comment's came last before it was written, and from its writer
        before = sa.select(file.c.id, file.c.name).where(
            file.c.district_id == one.district_id, file.c.kind == one.kind, file.c.record_id == one.record_id,
            file.c.uploaded_by_id == one.actor_id, file.c.uploaded_at <= one.at, file.c.inside == sa.false(),
        )  # fmt: skip
        rest, came = f", {names[1]}, ", []
        for found in bind.execute(before.order_by(file.c.id.desc())):
            if (name := f", {found.name}, ") in rest:
                rest = rest.replace(name, ", ", 1)
                came.append(found.id)
        bind.execute(sa.update(file).where(file.c.id.in_(came)).values(inside=True))


def downgrade() -> None:
    """What is marked stays so: the mark is older than this step."""

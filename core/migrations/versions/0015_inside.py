"""Remarks of the office from before one could choose stay inside it, and so do the files that came with them."""

import re
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

from core.storage import rls

revision = "core0015"
down_revision = "core0014"
branch_labels = None
depends_on = None

_MENTION = re.compile(r"@([a-z0-9_-]+\.[a-z0-9_-]+)")


def upgrade() -> None:
    op.add_column("core_timeline", sa.Column("inside", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("core_attachment", sa.Column("remark", sa.Boolean(), nullable=False, server_default=sa.false()))
    rls.lift_append_only(op, "core_timeline")
    op.execute("update core_timeline set inside = true where action = 'core.comment.inside'")
    _keep_inside(op.get_bind())
    rls.append_only(op, "core_timeline")


def _keep_inside(bind: sa.Connection) -> None:
    """A remark of who worked at the office or a group of it, on a record that is no unit's of the office, was never
    meant for a school, unless it names somebody outside with @. Its files belong to it."""
    unit, grant, account, entry, file = (
        sa.table(name, *(sa.column(one, _TYPES.get(one)) for one in columns)) for name, columns in _COLUMNS.items()
    )
    of_office = sa.select(unit.c.district_id, unit.c.id).where(unit.c.kind != "school")
    office = {(row.district_id, row.id) for row in bind.execute(of_office)}
    wanted = sa.select(grant.c.district_id, grant.c.user_id, grant.c.unit_id, grant.c.starts_on, grant.c.ends_on)
    held: dict[tuple[int, int], list[tuple[date, date]]] = {}
    for district, user, at, starts, ends in bind.execute(wanted):
        if (district, at) in office:
            held.setdefault((district, user), []).append((starts, ends or date.max))
    known = bind.execute(sa.select(account.c.district_id, account.c.username, account.c.id)).all()
    outside = {(district, name) for district, name, user in known if (district, user) not in held}
    remarks = bind.execute(sa.select(entry).where(entry.c.action == "core.comment.written")).all()
    where = {kind: _units(bind, kind) for kind in {one.kind for one in remarks}}
    for one in remarks:
        day = (one.at + timedelta(hours=7)).date()  # as in Thailand
        if not any(starts <= day <= ends for starts, ends in held.get((one.district_id, one.actor_id), ())):
            continue
        if any((one.district_id, name) in outside for name in _MENTION.findall(one.note.lower())):
            continue
        if (one.district_id, where[one.kind].get(one.record_id)) in office:
            continue
        bind.execute(sa.update(entry).where(entry.c.id == one.id).values(inside=True))
        if names := (one.changes or {}).get("files"):
            of = sa.and_(
                file.c.district_id == one.district_id, file.c.kind == one.kind, file.c.record_id == one.record_id,
                file.c.uploaded_by_id == one.actor_id,
            )  # fmt: skip
            came = [
                found.id
                for found in bind.execute(sa.select(file.c.id, file.c.name).where(of))
                if found.name in names[1]
            ]
            bind.execute(sa.update(file).where(file.c.id.in_(came)).values(remark=True))


#: what is read of each table, in the order in which it is unpacked
_COLUMNS = {
    "core_unit": ("id", "district_id", "kind"),
    "core_grant": ("district_id", "user_id", "unit_id", "starts_on", "ends_on"),
    "ab_user": ("id", "district_id", "username"),
    "core_timeline": (
        "id",
        "district_id",
        "at",
        "actor_id",
        "kind",
        "record_id",
        "action",
        "changes",
        "note",
        "inside",
    ),
    "core_attachment": ("id", "district_id", "kind", "record_id", "name", "uploaded_by_id", "remark"),
}
_TYPES: dict[str, Any] = {
    "at": sa.DateTime(), "changes": sa.JSON(), "inside": sa.Boolean(), "remark": sa.Boolean(), "starts_on": sa.Date(),
    "ends_on": sa.Date(),
}  # fmt: skip


def _units(bind: sa.Connection, kind: str) -> dict[int, int]:
    """The unit of each record of a kind; empty where its table is gone or knows none."""
    found = sa.inspect(bind)
    if not found.has_table(kind) or "unit_id" not in {one["name"] for one in found.get_columns(kind)}:
        return {}
    rows = sa.table(kind, sa.column("id"), sa.column("unit_id"))
    return {row.id: row.unit_id for row in bind.execute(sa.select(rows.c.id, rows.c.unit_id))}


def downgrade() -> None:
    op.drop_column("core_attachment", "remark")
    op.drop_column("core_timeline", "inside")

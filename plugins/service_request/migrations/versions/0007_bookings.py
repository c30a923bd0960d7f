"""Who has agreed to speak, or is asked, is booked for that time."""

from collections import defaultdict
from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "service_request0007"
down_revision = "service_request0006"
branch_labels = None
depends_on = None

ASKED = """SELECT n.district_id, n.person_id, n.unit_id, n.answer, n.starts_at, n.ends_at, r.id, r.number, r.year, r.topic
    FROM service_request_nominee n JOIN service_request_request r
    ON r.district_id = n.district_id AND r.id = n.request_id
    WHERE n.answer IN ('accepted', 'waiting') AND n.starts_at < n.ends_at
    AND r.status NOT IN ('cancelled', 'called_off', 'declined') ORDER BY n.id"""
BOOKING = sa.table(
    "core_booking",
    *(
        sa.column(name)
        for name in ("district_id", "resource", "resource_id", "unit_id", "permission", "kind", "record_id", "view")
    ),
    *(sa.column(name) for name in ("label", "secrecy", "firm")),
    sa.column("starts_at", sa.DateTime()),
    sa.column("ends_at", sa.DateTime()),
)


def upgrade() -> None:
    """Who had agreed to two things at once is firmly booked for the earlier yes; the other is found at its approval."""
    bind, rows = op.get_bind(), []
    taken: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    times = {"starts_at": sa.DateTime(), "ends_at": sa.DateTime()}
    for one in bind.execute(sa.text(ASKED).columns(**times)).all():
        free = all(one.ends_at <= begun or ended <= one.starts_at for begun, ended in taken[one.person_id])
        firm = one.answer == "accepted" and free
        if firm:
            taken[one.person_id].append((one.starts_at, one.ends_at))
        label = f"{one.number}/{one.year} {one.topic}" if one.number else one.topic
        rows.append(
            {
                "district_id": one.district_id, "resource": "core_person", "resource_id": one.person_id,
                "unit_id": one.unit_id, "permission": "service_request.request", "kind": "service_request_request",
                "record_id": one.id, "view": "RequestView", "label": label[:300], "secrecy": 0, "firm": firm,
                "starts_at": one.starts_at, "ends_at": one.ends_at,
            }
        )  # fmt: skip
    if rows:
        bind.execute(BOOKING.insert(), rows)


def downgrade() -> None:
    op.execute("DELETE FROM core_booking WHERE kind = 'service_request_request'")

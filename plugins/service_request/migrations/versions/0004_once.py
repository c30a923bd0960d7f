"""What somebody said is kept once; who is responsible for plans, analyses and templates; what was called off."""

import hashlib

import sqlalchemy as sa
from alembic import op

from core.storage import tables

revision = "service_request0004"
down_revision = "service_request0003"
branch_labels = None
depends_on = None

#: records that somebody is responsible for
OWNED = ("service_request_plan", "service_request_analysis", "service_request_survey_template")
TABLE, KEY = "service_request_feedback", "uq_service_request_feedback_district_id_token"


def upgrade() -> None:
    _part_doubles()
    op.execute(
        "UPDATE service_request_survey SET status = 'closed' WHERE EXISTS (SELECT 1 FROM service_request_activity a "
        "WHERE a.district_id = service_request_survey.district_id AND a.id = service_request_survey.activity_id "
        "AND a.status = 'called_off')"
    )
    with tables.altered(op, TABLE) as batch:
        batch.create_unique_constraint(KEY, ["district_id", "token"])
    for table in OWNED:
        tables.add_owner(op, table)


def _part_doubles() -> None:
    """Doubles stay with the office; the link leads to the one that is answered, else to the first."""
    said = sa.table(TABLE, *(sa.column(name) for name in ("id", "district_id", "token", "answer")))
    bind, seen = op.get_bind(), set()
    order = (said.c.district_id, said.c.token, sa.case((said.c.answer != "", 0), else_=1), said.c.id)
    for row in bind.execute(sa.select(said.c.id, said.c.district_id, said.c.token).order_by(*order)).all():
        key = row.district_id, row.token
        if key in seen:  # a link that nobody holds
            token = hashlib.sha256(f"{row.token}:{row.id}".encode()).hexdigest()
            bind.execute(sa.update(said).where(said.c.id == row.id).values(token=token))
        seen.add(key)


def downgrade() -> None:
    for table in OWNED:
        tables.drop_owner(op, table)
    # that it was the office which called it off is not known there: the history keeps it
    op.execute("UPDATE service_request_request SET status = 'cancelled' WHERE status = 'called_off'")
    with tables.altered(op, TABLE) as batch:
        batch.drop_constraint(KEY, type_="unique")

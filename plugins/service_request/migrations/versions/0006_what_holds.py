"""A request is summarised when its summary was sent; of an offered time that was settled the history alone tells."""

from alembic import op

revision = "service_request0006"
down_revision = "service_request0005"
branch_labels = None
depends_on = None

#: requests that counted as summarised by a summary which nobody was sent
ONLY_WRITTEN = """SELECT r.id FROM service_request_request r WHERE r.status = 'summarised' AND NOT EXISTS (
    SELECT 1 FROM service_request_summary s JOIN service_request_activity a
    ON a.district_id = s.district_id AND a.id = s.activity_id
    WHERE a.district_id = r.district_id AND a.request_id = r.id AND s.status = 'sent')"""


def upgrade() -> None:
    op.execute(f"DELETE FROM core_waiting WHERE kind = 'service_request_request' AND record_id IN ({ONLY_WRITTEN})")
    op.execute(f"UPDATE service_request_request SET status = 'delivered' WHERE id IN ({ONLY_WRITTEN})")  # noqa: S608
    settled = "status NOT IN ('rescheduling', 'unfit')"
    op.execute(
        "UPDATE service_request_request SET offered_start = NULL, offered_end = NULL, offer_answer = '', "
        f"offer_answered_by = '' WHERE {settled}"  # noqa: S608
    )
    op.execute(
        f"UPDATE service_request_request SET reason = '', reason_text = '' WHERE {settled} AND decision <> 'declined'"  # noqa: S608
    )


def downgrade() -> None:
    """A request whose summary is only written stands as held there: sending it closes the same way."""

"""What the demo says has happened lies behind us."""

from __future__ import annotations

from sqlalchemy import Date, DateTime, func, select

from core.base.text.thai import today
from core.storage.base import Model, utc_now

#: days that may lie ahead: when something is due, is to be, or ends
AHEAD = {
    "due_on", "due_at", "ends_on", "ends_at", "starts_on", "starts_at", "day", "expires_on", "evidence_due",
    "closes_on", "keep_until", "not_before", "next_at", "send_at", "lease_until", "leased_until",
}  # fmt: skip
#: what is over, though its day may lie ahead for the others: (table, column of the state, states, column of the day)
OVER = (
    ("service_request_request", "status", ("delivered", "closed"), "day"),
    ("service_request_activity", "status", ("held",), "day"),
)


def _latest(world, column, *where):
    with world.database.system_engine.connect() as connection:
        return connection.execute(select(func.max(column)).where(*where)).scalar()


def test_no_day_on_which_something_was_done_lies_ahead(standing):
    world, _ids = standing("demo", lambda world: (None, None))
    ahead, looked = {}, 0
    for table in Model.metadata.sorted_tables:
        for column in table.columns:
            if not isinstance(column.type, Date | DateTime) and getattr(column.type, "impl", None) is None:
                continue
            if column.type.python_type.__name__ not in ("date", "datetime") or column.name in AHEAD:
                continue
            latest = _latest(world, column)
            looked += latest is not None
            limit = utc_now() if column.type.python_type.__name__ == "datetime" else today()
            if latest is not None and str(latest)[:19] > str(limit)[:19]:
                ahead[str(column)] = str(latest)
    assert not ahead
    assert looked > 20, "the demo fills these columns"
    tables = Model.metadata.tables
    for name, state, states, day in OVER:
        columns = tables[name].c
        latest = _latest(world, columns[day], columns[state].in_(states))
        assert latest is not None
        assert latest <= today(), name

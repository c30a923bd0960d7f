"""What stands in somebody's list only because they take another's place says whose it is, wherever it stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import g
from sqlalchemy import select

from core.base.text.thai import today
from core.platform.worklist import queries
from core.platform.worklist.models import WorklistRow
from core.platform.worklist.sync import InWorklist
from core.records.approvals import services as approvals
from core.web import page_context
from core.web.unit_of_work import db


def of_rows(rows: Sequence[WorklistRow]) -> dict[int, str]:
    """{id of the row: รักษาราชการแทน whom}, without what waits for the actor themselves."""
    found = {row.id: place for row in rows if (place := queries.in_place_of(g.actor, row)) is not None}
    words = approvals.acting_for_each(db, set(found.values()), today())
    return {row_id: words[place] for row_id, place in found.items()}


def of_records(records: Sequence[Any]) -> dict[int, str]:
    """The same by the ids of records of one kind: of those that wait in the actor's list. Who takes nobody's place is
    not asked for."""
    if not (g.actor.stands_in_for and records and issubclass(type(records[0]), InWorklist)):
        return {}
    mine = queries.open_to(g.actor, page_context.worklists(), page_context.open_views())
    kind, ids = records[0].__tablename__, [record.id for record in records]
    rows = db.scalars(select(WorklistRow).where(mine, WorklistRow.kind == kind, WorklistRow.record_id.in_(ids))).all()
    said = of_rows(rows)
    return {row.record_id: said[row.id] for row in rows if row.id in said}

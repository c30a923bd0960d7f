"""รอฉัน: everything that waits for this person, over all modules, and the next one after each step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import g, redirect, request
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, func, select

from core.platform.users.models import Account
from core.platform.worklist import queries
from core.platform.worklist.models import WorklistRow
from core.records.lists.declare import holds
from core.storage.base import utc_now
from core.web import in_place, page_context
from core.web.crud.declared import QUEUE
from core.web.personal import OwnView
from core.web.unit_of_work import db, khet
from core.web.views import expose

ROWS = 50
#: degrees of urgency, as the regulation calls them
URGENCY = ("", _l("Urgent"), _l("Very urgent"), _l("Most urgent"))


def mine() -> ColumnElement[bool]:
    """SQL: rows that wait for the actor and open to them."""
    return queries.open_to(g.actor, page_context.worklists(), page_context.open_views())


def begun_by(rows: Sequence[WorklistRow]) -> dict[int, str]:
    """{account: name} of those who began what waits in these rows."""
    ids = {row.started_by_id for row in rows if row.started_by_id}
    if not ids:
        return {}
    name = Account.first_name + " " + Account.last_name
    found = db.execute(select(Account.id, name).where(Account.id.in_(ids)))
    return {row[0]: row[1] for row in found}


class WaitingView(OwnView):
    """One's own waiting list. Badge, chips and rows count the same: `mine`."""

    route_base = "/waiting"

    def _asked(self) -> Select[Any]:
        """What waits, as the address narrows it: `list` (a view), `late`, and the words `q`."""
        found = select(WorklistRow).where(mine())
        if name := request.args.get("list", ""):
            found = found.where(WorklistRow.view == name)
        if request.args.get("late"):
            found = found.where(WorklistRow.due_at < utc_now())
        return found.where(*holds(request.args.get("q", "")[:100], WorklistRow.label))

    @expose("/")
    def list(self) -> Any:
        """What waits for me, the most urgent first."""
        now, asked = utc_now(), self._asked()
        raw = request.args.get("after", "")
        first = int(raw) if raw.isdecimal() and len(raw) < 6 else 0
        rows = db.scalars(queries.urgent_first(asked, now).offset(first).limit(ROWS + 1)).all()
        counts = page_context.page_counts().worklist
        views: Any = khet().views
        shown = rows[:ROWS]
        return self.render(
            "khet/waiting.html", waiting=shown, now=now, places=in_place.of_rows(shown), begun_by=begun_by(shown),
            urgency=URGENCY, total=db.scalar(select(func.count()).select_from(asked.subquery())),
            after=first + ROWS if len(rows) > ROWS else None, first=first,
            chips=[(view, views[view].title, count) for view, (count, _late) in counts.items() if count],
            late=sum(late for _count, late in counts.values()),
        )  # fmt: skip

    @expose("/next")
    def follow(self) -> Any:
        """The record that comes next in the list after the one that `view` and `record` name, or the list where there
        is none."""
        after = request.args.get("view", ""), request.args.get("record", "")
        ordered = queries.urgent_first(select(WorklistRow).where(mine()), utc_now()).limit(ROWS)
        rows = db.scalars(ordered).all()
        place = next((at for at, row in enumerate(rows) if (row.view, str(row.record_id)) == after), None)
        rest = rows if place is None else [*rows[place + 1 :], *rows[:place]]
        address = next((url for row in rest if (url := in_queue(row))), "")
        return redirect(address or self.url("list"))


def in_queue(row: WorklistRow) -> str:
    """Where a waiting record opens so that after its step the next one follows; empty where its module is off."""
    address = page_context.record_url(row)
    return f"{address}?{QUEUE}=1" if address else ""


VIEWS = [WaitingView]

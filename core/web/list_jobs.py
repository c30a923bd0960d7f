"""Core's own kinds of job: a long export, and one step for many records."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import or_, select
from werkzeug.datastructures import MultiDict

from core.platform.jobs.kind import JobKind
from core.platform.jobs.runner import Running
from core.platform.timeline.models import COMMENTS, TimelineEntry
from core.records import lists
from core.records.lists import ListState
from core.storage.scope import KhetSession

#: records in one transaction: on SQLite nobody else writes meanwhile
CHUNK = 25
#: key in a job's params: what it left out, in words
LEFT = "left"
#: of those; a job's message has room for no more
MOST_NAMED = 5


def export(running: Running) -> None:
    """A list's workbook. Changes nothing, so it may run again."""
    view = running.view(running.params["view"], "export")
    with running.page(running.params["query"], system_scope=view.system_scope):
        from flask import request

        state = ListState.read(request.args)
        kind = running.params.get("kind", "xlsx")
        with view.sheet(state, running.progress, kind) as file:
            running.keep(file, view.file_name(kind))
    with running.page(write=True, system_scope=view.system_scope) as session:
        view._log_export(running.result_name)
        running.beat(session)


def bulk(running: Running) -> None:
    """A step for many records, a few at a time. Records and cursor are committed together, so whoever
    takes over goes on behind the last one."""
    view = running.view(running.params["view"], "list")
    form = MultiDict([(name, value) for name, values in running.params["form"].items() for value in values])
    while _chunk(running, view, form):
        pass
    if left := running.params.get(LEFT):
        rows, more = left[:MOST_NAMED], len(left) - MOST_NAMED
        if more > 0:
            rows = [*rows, _("and %(number)s more", number=more)]
        running.message = _("Left out, since they were changed meanwhile: %(rows)s", rows="; ".join(rows))


def _changed(running: Running, session: KhetSession, records: Sequence[Any]) -> set[int]:
    """Ids of records that were changed since the page of the step was opened: until it was sent by anybody, afterwards
    by anybody but who sent it, for whom the job works."""
    if not records or "opened" not in running.params:
        return set()
    opened, pressed = (datetime.fromisoformat(running.params[name]) for name in ("opened", "pressed"))
    said = select(TimelineEntry).where(
        TimelineEntry.kind == records[0].__tablename__,
        TimelineEntry.record_id.in_([record.id for record in records]),
        TimelineEntry.at >= opened, TimelineEntry.action.not_in(COMMENTS),
        or_(TimelineEntry.at < pressed, TimelineEntry.actor_id.is_(None), TimelineEntry.actor_id != running.user_id),
    )  # fmt: skip
    return {one.record_id for one in session.scalars(said) if one.changes or one.action == "created"}


def _chunk(running: Running, view: Any, form: MultiDict[str, str]) -> bool:
    from flask import request

    with running.page(running.params["query"], form, write=True, system_scope=view.system_scope) as session:
        action = next(a for a in view.list_actions() if a.key == running.params["action"])
        what = view.list_spec(ListState.read(request.args))
        statement, *_rest = lists.page.narrow(
            session, view.statement(), what["state"], what["filters"], what["search"], what["dimensions"]
        )
        model = what["model"]
        rows = statement.where(model.id > running.cursor, *view._at(action)).order_by(None).order_by(model.id)
        records = list(session.scalars(rows.limit(CHUNK)).unique())
        if not records:
            return False
        typed = action.form() if action.form else None
        if typed is not None and action.offer is not None:
            action.offer(typed, statement.where(model.id.in_([record.id for record in records])))
        if typed is not None and not typed.validate():
            raise ValueError("the form was checked before the job was written")
        changed = _changed(running, session, records)
        for record in records:
            if record.id not in changed:
                view.take_step(action, record, typed.values() if typed is not None else {})
        if changed:
            # what ended is told by e-mail, too, and a secret paper is named in none
            named = [
                _("a secret one") if getattr(one, "secrecy", 0) else str(view.told_apart(one))
                for one in records if one.id in changed
            ]  # fmt: skip
            running.params[LEFT] = [*running.params.get(LEFT, []), *named]
            running.beat(session, params=running.params)
        session.flush()
        running.cursor = records[-1].id
        running.done += len(records)
        running.beat(session, cursor=running.cursor, done=running.done)
    return len(records) == CHUNK


KINDS = [
    JobKind("core.export", export, repeatable=True, failed=None),
    JobKind("core.bulk", bulk, repeatable=True, failed=None),
]

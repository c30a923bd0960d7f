"""Core's own kinds of job: a long export, and one step for many records."""

from __future__ import annotations

from typing import Any

from werkzeug.datastructures import MultiDict

from core.platform.jobs.kind import JobKind
from core.platform.jobs.runner import Running
from core.records import lists
from core.records.lists import ListState

#: records in one transaction: on SQLite nobody else writes meanwhile
CHUNK = 25


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
        for record in records:
            action.apply(record, typed.values() if typed is not None else {})
        session.flush()
        running.cursor = records[-1].id
        running.done += len(records)
        running.beat(session, cursor=running.cursor, done=running.done)
    return len(records) == CHUNK


KINDS = [
    JobKind("core.export", export, repeatable=True, failed=None),
    JobKind("core.bulk", bulk, repeatable=True, failed=None),
]

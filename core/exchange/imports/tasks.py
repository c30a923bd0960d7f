"""The long steps of an import, as jobs: read, check, take, undo. Each goes on where a killed worker stopped.

No transaction holds SQLite's write lock for long: lines are staged and records are made a few at a time, with a
pause in which clerks come first. Others see nothing of it until the one flip at the end of `commit_import`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from operator import itemgetter
from pathlib import Path
from typing import Any

from flask import g
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError

from core.base.errors import RuleError, parts_of
from core.base.text.thai import heading_key, today
from core.exchange.imports.declare import Importer, guess, missing, staged
from core.exchange.imports.models import (  # fmt: skip
    BAD,
    CHECKED,
    CHECKING,
    DONE,
    DROPPED,
    GOOD,
    MAPPING,
    REFUSED,
    SHEET,
    STATES,
    TAKEN,
    UNDONE,
    Import,
    ImportLine,
)
from core.exchange.imports.reader import read as read_file
from core.exchange.imports.reasons import REASONS
from core.exchange.imports.services import DUMP, file_of, kind_of, same_as, settle, weigh
from core.exchange.reports import sheet
from core.platform.jobs.kind import JobKind
from core.platform.jobs.runner import Running
from core.platform.notices.encryption import seal, unseal
from core.platform.sandbox import Refused
from core.platform.timeline import recorder
from core.records.approvals import services as approvals
from core.records.files import store
from core.records.lists.declare import Column as ListColumn
from core.storage import cache
from core.storage.scope import KhetSession, Scope

#: staged lines in one transaction, and records
STAGED, MADE = 200, 20
#: a heading stands in one of the first lines
HEADING_WITHIN = 15
#: characters of a heading that are looked at
LONGEST_HEADING = 200


@contextmanager
def _session(running: Running, *, write: bool = False, own: bool = False) -> Iterator[KhetSession]:
    """A session of the user who asked, in whose place they do; `own` sees the unfinished records of this import."""
    actor = running.actor
    scope = Scope(
        "import", running.district_id, actor.user_id, actor.name, actor.clearance,
        import_id=running.params["import_id"] if own else None, write=write,
    )  # fmt: skip
    with running.database.open(scope) as session:
        recorder.act_for(session, g.get("acting_for", ""))
        yield session


def _pause(started: float) -> None:
    """Leave the writer's lock to others for about as long as it was held: who waits for it looks every few ms."""
    time.sleep(min(max(0.01, time.monotonic() - started), 0.06))


def _owner(running: Running, batch: Import) -> str:
    return str(running.app.extensions["khet"].registry.importer_owner[batch.importer])


def _importer(running: Running, batch: Import) -> Importer:
    khet = running.app.extensions["khet"]
    importer: Importer = khet.registry.importers[batch.importer]
    with running.database.district(running.district_id, "switches", write=False) as session:
        on = khet.switchboard.effective(session, running.district_id)
    each = running.actor.each()
    held = next((one for one in each if one.may(importer.resource, "import", batch.unit_id)), None)
    if khet.registry.importer_owner[batch.importer] not in on or held is None:
        raise RuleError(_("You may not do this any more."))
    with _session(running) as mine:
        g.acting_for = approvals.acting_for(mine, held.stead, today())
    return importer


@contextmanager
def _at_work(running: Running, *, refuses: bool = False) -> Iterator[tuple[Import, Importer]]:
    """The import and its importer; the job ends with how far it is. With `refuses`, a file that cannot be used is said
    on the import, where its owner looks; else the job fails and can be tried again."""
    with running.app.test_request_context(), force_locale(running.locale):
        g.actor = running.actor
        with _session(running) as session:
            batch = session.get(Import, running.params["import_id"])
            assert batch is not None
        try:
            yield batch, _importer(running, batch)
        except RuleError as error:
            if not refuses:
                raise
            said = REASONS.get(getattr(error, "reason", ""), error.message)
            with _session(running, write=True) as session:
                fresh = session.get(Import, batch.id)
                assert fresh is not None
                fresh.state, fresh.problem = REFUSED, str(said)[:500]
                again = any(not one["read"] for one in fresh.sheets)
            if not again:
                _forget_file(running, batch.id)
        with _session(running) as session:
            fresh = session.get(Import, batch.id)
            # a step that is done is no import that is: whoever is told reads how far it is
            running.message = str(dict(STATES)[fresh.state]) if fresh is not None else ""


def read(running: Running) -> None:
    """Stage every line of the file, guess the columns, and check at once where nothing is in doubt."""
    with _at_work(running, refuses=True) as (batch, importer):
        with _session(running) as session:
            file = file_of(session, batch)
            if file is None:
                return  # read to its end already, by a process that was killed before it could say so
            _found, path = store.locate(session, running.app.extensions["khet"].settings.files_dir, batch, file.id)
        _clear_lines(running, batch.id)
        wanted = running.params.get("sheet", "")
        facts = _stage(running, batch.id, path, kind_of(file, importer) or "", importer.tables)
        if not facts["lines"]:
            raise Refused("no_table" if batch.file_name.lower().endswith(f".{DUMP}") and file.size else "empty")
        columns = importer.columns()
        main, heading, headings, mapping = _main(facts["sheets"], columns, wanted)
        read, lines = _keep_alike(running, batch.id, facts["sheets"], main, heading, headings)
        clear = heading and not missing(columns, mapping)
        notes = []
        if left := [one["name"] for one in facts["sheets"] if one["name"] not in read]:
            notes.append(_("These sheets are not read, their headings are others: %(sheets)s.", sheets=", ".join(left)))
        if merged := [m for m in facts["sheets"][main]["merged"] if m[0] + main * SHEET == heading]:
            notes.append(_("The heading has merged cells; check that every column is the right one."))
        if facts["formulas"]:
            cells = ", ".join(facts["formulas"][:10])
            notes.append(_("Formulas without a saved value count as empty: %(cells)s", cells=cells))
        with _session(running, write=True) as session:
            fresh = session.get(Import, batch.id)
            assert fresh is not None
            fresh.sheet, fresh.heading_line = ", ".join(read)[:100], heading
            fresh.sheets = [{"name": one["name"], "read": one["name"] in read} for one in facts["sheets"]]
            fresh.headings, fresh.mapping = headings, mapping
            fresh.total, fresh.problem = lines - (1 if heading else 0), " ".join(notes)[:500]
            fresh.state = CHECKING if clear and not merged else MAPPING
        if clear and not merged:
            _check(running, importer, batch.id)


def _clear_lines(running: Running, import_id: int, after: int = -1, until: int = 2**31 - 1) -> None:
    here = (ImportLine.import_id == import_id, ImportLine.line > after, ImportLine.line <= until)
    while True:
        started = time.monotonic()
        with _session(running, write=True) as session:
            ids = list(session.scalars(select(ImportLine.id).where(*here).limit(2000)))
            session.execute(delete(ImportLine).where(ImportLine.id.in_(ids)))
        if not ids:
            return
        _pause(started)


def _stage(running: Running, import_id: int, path: Path, kind: str, tables: Sequence[str]) -> dict[str, Any]:
    facts: dict[str, Any] = {"formulas": [], "lines": 0, "sheets": []}
    waiting: list[ImportLine] = []

    def flush() -> None:
        started = time.monotonic()
        with _session(running, write=True) as session:
            batch = session.get(Import, import_id)  # held, or the tenant filter would look it up for every line
            session.add_all(waiting)
            session.flush()
            assert batch is not None
            running.beat(session, done=facts["lines"])
        waiting.clear()
        _pause(started)

    for item in read_file(path, kind, tables):
        if "sheet" in item:
            facts["sheets"].append({"name": item["sheet"], "merged": item["merged"], "first": [], "lines": 0})
        elif "formulas" in item:
            facts["formulas"] = item["formulas"]
        elif "open_quote" in item:
            said = _(
                'In line %(line)s a quotation mark (") is opened and not closed, so the lines below it stand inside '
                "it. Close it, or write it twice where it is meant, or save the table as .xlsx; then choose the file "
                "again.",
                line=item["open_quote"],
            )
            raise RuleError(said)
        elif "line" in item:
            sheet_of = facts["sheets"][-1]
            number = item["line"] + (len(facts["sheets"]) - 1) * SHEET
            facts["lines"] += 1
            sheet_of["lines"] += 1
            if len(sheet_of["first"]) < HEADING_WITHIN:
                sheet_of["first"].append((number, item["cells"]))
            waiting.append(ImportLine(import_id=import_id, line=number, cells=_trimmed(item["cells"])))
            if len(waiting) == STAGED:
                flush()
    flush()
    return facts


def _trimmed(cells: list[Any]) -> list[Any]:
    while cells and cells[-1] == "":
        cells.pop()
    return [cell[:5000] if isinstance(cell, str) else cell for cell in cells]


def _heading(first: list[tuple[int, list[Any]]], columns: Any) -> tuple[int, list[str], dict[str, int]]:
    """(line of the heading or 0, what stands there, guessed mapping): the line that names most columns."""
    best: tuple[int, list[str], dict[str, int]] = (0, [], {})
    for line, cells in first:
        texts = [str(cell)[:LONGEST_HEADING] if not isinstance(cell, dict) else "" for cell in cells]
        mapping = guess(columns, texts)
        if len(mapping) > len(best[2]):
            best = line, [text[:100] for text in texts], mapping
    return best


def _main(sheets: list[dict[str, Any]], columns: Any, wanted: str) -> tuple[int, int, list[str], dict[str, int]]:
    """(place of the sheet that is read, its heading line, headings, mapping): the one that is asked for, else the first
    of those whose heading names most columns."""
    found = [(place, *_heading(one["first"], columns)) for place, one in enumerate(sheets)]
    named = [one for one in found if sheets[one[0]]["name"] == wanted] if wanted else found
    return max(named or found, key=lambda one: (len(one[3]), -one[0]))


def _keep_alike(
    running: Running, import_id: int, sheets: list[dict[str, Any]], main: int, heading: int, headings: list[str]
) -> tuple[list[str], int]:
    """Keep the lines of the main sheet and, below their own heading, of every sheet with the same headings (a sheet a
    month); returns the names of those sheets and how many lines there are."""
    alike = [heading_key(text) for text in headings]
    read, lines, away = [], 0, []
    for place, one in enumerate(sheets):
        same = next(
            (n for n, cells in one["first"] if heading and [heading_key(_words(cell)) for cell in cells] == alike), 0
        )
        first, last = place * SHEET, (place + 1) * SHEET
        if place == main:
            lines += one["lines"]
        elif same:
            away.append((first, same))
            lines += one["lines"] - sum(1 for n, _cells in one["first"] if n <= same)
        else:
            away.append((first, last))
            continue
        read.append(one["name"])
    for first, last in away:
        _clear_lines(running, import_id, first, last)
    return read, lines


def _words(cell: Any) -> str:
    return "" if isinstance(cell, dict) else str(cell)[:100]


def check(running: Running) -> None:
    """The dry run: read every line, say what is wrong, change nothing else."""
    with _at_work(running, refuses=True) as (batch, importer):
        _check(running, importer, batch.id)


def _check(running: Running, importer: Importer, import_id: int) -> None:
    columns = importer.columns()
    seen: dict[Any, int] = {}
    counts, withheld = {GOOD: 0, BAD: 0}, False
    with _session(running) as session:
        batch = session.get(Import, import_id)
        assert batch is not None
        known = importer.start(session, batch.options)
    after = 0
    while True:
        started = time.monotonic()
        with _session(running, write=True) as session:
            found = select(ImportLine).where(ImportLine.import_id == import_id, ImportLine.line > after)
            lines = list(session.scalars(found.order_by(ImportLine.line).limit(STAGED)))
            for line in lines:
                after = line.line
                if _is_heading(batch, line.line):
                    line.state, line.errors, line.values = DROPPED, {}, {}
                    continue
                if line.errors and not line.cells:  # withheld: nothing is left of it to be read again
                    counts[line.state], withheld = counts[line.state] + 1, True
                    continue
                values, errors = weigh(importer, known, columns, batch.mapping, line.cells)
                keys = list(importer.unique_keys(values))
                if double := next((seen[key] for key in keys if key in seen), 0):
                    errors.setdefault("", same_as(batch, double))
                if not errors:
                    seen.update(dict.fromkeys(keys, line.line))
                settle(line, values, errors)
                counts[line.state] += 1
                withheld = withheld or (line.state == BAD and not line.cells)
            running.beat(session, done=sum(counts.values()), total=batch.total)
        if len(lines) < STAGED:
            break
        _pause(started)
    with _session(running, write=True) as session:
        fresh = session.get(Import, import_id)
        assert fresh is not None
        fresh.good, fresh.bad, fresh.total, fresh.state = counts[GOOD], counts[BAD], sum(counts.values()), CHECKED
    if withheld:  # the file still says what the lines do not
        _forget_file(running, import_id)


def _forget_file(running: Running, import_id: int) -> None:
    """What the file held stands in the lines now, or must not stand anywhere."""
    root = running.app.extensions["khet"].settings.files_dir
    with _session(running, write=True) as session:
        batch = session.get(Import, import_id)
        assert batch is not None
        if (file := file_of(session, batch)) is not None:
            store.discard(session, root, file)


def _is_heading(batch: Import, line: int) -> bool:
    """Whether it is the heading, or stands above it on the same sheet."""
    return line // SHEET == batch.heading_line // SHEET and line <= batch.heading_line


def commit_import(running: Running) -> None:
    """Make a record of every good line; then let all of them be seen at once."""
    with _at_work(running) as (batch, importer):
        with _session(running, own=True) as session:
            known = importer.start(session, batch.options)
        while _commit_some(running, importer, batch, known):
            pass
        with _session(running, write=True, own=True) as session:
            fresh = session.get(Import, batch.id)
            assert fresh is not None
            if said := importer.finish(session, fresh, known):
                fresh.problem = said[:500]
            count = select(func.count(ImportLine.id)).where(ImportLine.import_id == batch.id, ImportLine.state == TAKEN)
            fresh.taken, fresh.visible, fresh.state = session.scalar(count) or 0, True, DONE
            fresh.good, fresh.bad = 0, fresh.total - fresh.taken
            recorder.describe(session, fresh, "core.import.done", _("%(count)s records", count=fresh.taken))
            cache.bump(session, cache.PEOPLE)  # its schools and offices are there from now on
        _forget_file(running, batch.id)
        if importer.result_sheet and (handed := _handed(running, batch)):
            running.need(_owner(running, batch), importer.resource, "import")
            headings, _row = importer.result_sheet
            columns = [ListColumn(str(n), title, itemgetter(n)) for n, title in enumerate(headings)]
            with sheet.write(str(importer.title), [batch.file_name], columns, handed) as file:
                running.keep(file, f"{importer.title}.xlsx")


def _commit_some(running: Running, importer: Importer, batch: Import, known: Any) -> bool:
    key = running.app.extensions["khet"].settings.secret_key
    with _session(running) as session:
        found = select(ImportLine).where(ImportLine.import_id == batch.id, ImportLine.state == GOOD)
        lines = list(session.scalars(found.order_by(ImportLine.line).limit(MADE)))
    columns = importer.columns()
    values = [staged(columns, line.values) for line in lines]
    ready = [importer.prefetch(one) for one in values]
    started = time.monotonic()
    with _session(running, write=True, own=True) as session:
        ids = [line.id for line in lines]
        fresh = list(session.scalars(select(ImportLine).where(ImportLine.id.in_(ids)).order_by(ImportLine.line)))
        try:
            with session.begin_nested():
                made = [importer.make(session, known, *pair) for pair in zip(values, ready, strict=True)]
                session.flush()
        except (RuleError, IntegrityError):  # somebody was faster since the check: find out which line it is
            made = [_one(session, importer, known, *three) for three in zip(fresh, values, ready, strict=True)]
        for line, record, prepared in zip(fresh, made, ready, strict=True):
            if record is not None:
                line.state, line.record_id = TAKEN, record.id
                if importer.result_sheet:
                    line.handover = seal(key, json.dumps(importer.result_sheet[1](record, prepared)))
        running.done += len(lines)
        running.beat(session, done=running.done, total=batch.good)
    _pause(started)
    return len(lines) == MADE


def _handed(running: Running, batch: Import) -> list[Any]:
    """What its taken lines hand over, whichever process took them. The sweep wipes it when the job is over."""
    settings = running.app.extensions["khet"].settings
    keys = settings.secret_key, settings.secret_key_old
    with _session(running) as session:
        kept = select(ImportLine.handover).where(
            ImportLine.import_id == batch.id, ImportLine.state == TAKEN, ImportLine.handover != ""
        )
        return [json.loads(unseal(keys[0], row, keys[1])) for row in session.scalars(kept.order_by(ImportLine.line))]


def _one(
    session: KhetSession, importer: Importer, known: Any, line: ImportLine, values: dict[str, Any], ready: Any
) -> Any:  # fmt: skip
    """The record of one line, or None with the reason on the line."""
    try:
        with session.begin_nested():
            record = importer.make(session, known, values, ready)
            session.flush()
            return record
    except RuleError as error:
        settle(line, values, {one.field or "": str(one.message) for one in parts_of(error)})
    except IntegrityError:
        settle(line, values, {"": _("Another record has the same number or name. Nothing was saved.")})
    return None


def undo(running: Running) -> None:
    """Delete what the import brought; it is hidden already."""
    with _at_work(running) as (batch, importer):
        for model in importer.models:
            while True:
                started = time.monotonic()
                with _session(running, write=True, own=True) as session:
                    rows = list(session.scalars(select(model).where(model.import_id == batch.id).limit(MADE)))
                    for row in rows:
                        session.delete(row)
                    running.done += len(rows)
                    running.beat(session, done=running.done, total=batch.taken * len(importer.models))
                if not rows:
                    break
                _pause(started)
        with _session(running, write=True) as session:
            fresh = session.get(Import, batch.id)
            assert fresh is not None
            importer.on_undo(session, fresh, running.params.get("facts"))
            fresh.state, fresh.taken = UNDONE, 0


KINDS_OF_JOB = [
    JobKind("core.import_read", read, repeatable=True, failed=None),
    JobKind("core.import_check", check, repeatable=True, failed=None),
    JobKind("core.import_take", commit_import, repeatable=True, failed=None),
    JobKind("core.import_undo", undo, repeatable=True, failed=None),
]

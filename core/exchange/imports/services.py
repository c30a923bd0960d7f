"""What people decide about an import. The long steps between stand in work.py."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, func, inspect, or_, select, update

from core.base.errors import NotFound, RuleError
from core.base.text.thai import today
from core.exchange.imports.declare import (
    WITHHELD,
    ImportColumn,
    Importer,
    Line,
    from_json,
    missing,
    part,
    read_cell,
    staged,
    to_json,
)
from core.exchange.imports.models import (  # fmt: skip
    BAD,
    BUSY,
    CHECKED,
    CHECKING,
    DONE,
    DROPPED,
    GOOD,
    MAPPING,
    READING,
    REFUSED,
    SHEET,
    TAKING,
    UNDOING,
    UNDONE,
    Import,
    ImportLine,
)
from core.platform.jobs import services as jobs
from core.platform.jobs.models import DONE as JOB_DONE
from core.platform.jobs.models import FAILED, Job
from core.platform.timeline import recorder
from core.platform.timeline.models import COMMENTS, TimelineEntry
from core.records.files import store
from core.records.files.models import Attachment
from core.storage import cache
from core.storage.base import Importable, Tracked, Versioned, utc_now
from core.storage.scope import KhetSession, owned_classes

#: how long the lines and the file of an import that is over stay
KEPT = timedelta(days=30)
KINDS = {"xlsx": "xlsx", "xls": "xls", "csv": "csv", "tsv": "csv", "txt": "csv"}
#: a database's dump, where the importer knows its tables
DUMP = "sql"


def begin(
    session: KhetSession, importer: Importer, file_ids: list[int], options: dict[str, Any], *, locale: str, again: bool
) -> Import:
    """Take a waiting upload as an import and have it read. `again`: the same file once more is meant.

    Raises RuleError (files) for none or several files, another kind, or a file that was taken in already.
    """
    importer.allow(session, options)
    found = store.staged(session, file_ids)
    if len(found) != 1:
        raise RuleError(_("Choose one file."), field="files")
    file = found[0]
    if kind_of(file, importer) is None:
        raise RuleError(_("Choose an Excel workbook (.xlsx, .xls) or a CSV file."), field="files")
    if not again and (before := _taken_before(session, importer, file)):
        raise RuleError(
            _("This file was taken in already: %(name)s. Tick the box to read it all the same.", name=before.file_name),
            field="files",
        )
    batch = Import(
        importer=importer.key, user_id=session.scope.user_id, unit_id=options.get("unit_id"), file_name=file.name,
        sha256=file.sha256, options=options,
    )  # fmt: skip
    session.add(batch)
    session.flush()
    store.attach(session, batch, [file.id])
    _start(session, batch, "core.import_read", READING, locale)
    return batch


def file_of(session: KhetSession, batch: Import) -> Attachment | None:
    """The file that was handed in, by what it holds; None where it is not kept any more. What else lies with the import
    is none of it."""
    return next((one for one in store.enclosures(session, batch) if one.sha256 == batch.sha256), None)


def kind_of(file: Attachment, importer: Importer) -> str | None:
    """How a file is read; None for what is not read at all."""
    ending = file.name.rpartition(".")[2].lower()
    return DUMP if ending == DUMP and importer.tables else KINDS.get(ending)


def _taken_before(session: KhetSession, importer: Importer, file: Attachment) -> Import | None:
    return session.scalars(
        select(Import).where(Import.importer == importer.key, Import.sha256 == file.sha256, Import.state == DONE)
    ).first()


def _start(session: KhetSession, batch: Import, kind: str, state: str, locale: str, **facts: Any) -> None:
    batch.state = state
    params = {"import_id": batch.id, **facts}
    job = jobs.enqueue(session, kind, batch.file_name, params, locale=locale, total=batch.total)
    batch.job_id = job.id
    session.flush()


def require(batch: Import, *states: str) -> None:
    """Raises RuleError when the import is not in one of these states."""
    if batch.state not in states:
        raise RuleError(_("The import is not at this step any more. Load the page again."))


def map_columns(
    session: KhetSession, batch: Import, columns: Sequence[ImportColumn], mapping: dict[str, int], heading: int,
    *, locale: str,
) -> None:  # fmt: skip
    """Say which place of a line is which column, and which line is the heading (0: none); then check.

    Raises RuleError at a column that is needed and has no place, or whose place is taken twice.
    """
    require(batch, MAPPING, CHECKED, REFUSED)
    for column in missing(columns, mapping):
        raise RuleError(_("Choose the column of the file."), field=column.key)
    for column in columns:
        if column.key in mapping and list(mapping.values()).count(mapping[column.key]) > 1:
            raise RuleError(_("This column of the file is chosen twice."), field=column.key)
    main = next((n for n, one in enumerate(batch.sheets) if one["read"]), 0)
    batch.mapping, batch.heading_line = mapping, heading + main * SHEET if heading else 0
    _start(session, batch, "core.import_check", CHECKING, locale)


def read_sheet(session: KhetSession, batch: Import, name: str, *, locale: str) -> None:
    """Read the file anew by another of its sheets, and all that have the same headings.

    Raises NotFound, and RuleError where the file is not kept any more.
    """
    require(batch, MAPPING, CHECKED, REFUSED)
    if file_of(session, batch) is None:
        raise RuleError(_("The file is not kept any more. Choose it once more."))
    if name not in [one["name"] for one in batch.sheets]:
        raise NotFound
    _start(session, batch, "core.import_read", READING, locale, sheet=name)


def place_of(batch: Import, line: int) -> str:
    """Where a line stands: its number, behind the sheet's name where several are read."""
    sheet, number = divmod(line, SHEET)
    several = sum(one["read"] for one in batch.sheets) > 1
    return f"{batch.sheets[sheet]['name']} {number}" if several else str(number)


def understood(session: KhetSession, batch: Import, columns: Sequence[ImportColumn]) -> list[tuple[Any, int, Any, Any]]:
    """(column, how many, earliest, latest) of every column of days in the good lines: what a reader checks first."""
    wanted = [column for column in columns if column.kind == "date" and column.key in batch.mapping]
    days: dict[str, list[Any]] = {column.key: [] for column in wanted}
    good = select(ImportLine.values).where(ImportLine.import_id == batch.id, ImportLine.state == GOOD)
    for values in session.scalars(good.execution_options(yield_per=1000)) if wanted else ():
        for key, found in days.items():
            if (day := from_json(values.get(key))) is not None:
                found[:] = [found[0] + 1, min(found[1], day), max(found[2], day)] if found else [1, day, day]
    return [(column, *days[column.key]) for column in wanted if days[column.key]]


def assumed(batch: Import, columns: Sequence[ImportColumn], read: Sequence[tuple[Any, ...]]) -> list[tuple[Any, int]]:
    """(column, in how many good lines) of every day that the file does not say and that is taken all the same; `read`
    is what `understood` found."""
    counts = {column.key: count for column, count, *_days in read}
    missing = [(column, batch.good - counts.get(column.key, 0)) for column in columns if column.otherwise]
    return [(column, count) for column, count in missing if count > 0]


def commit_import(session: KhetSession, batch: Import, importer: Importer, *, locale: str) -> None:
    """Take the good lines. Raises RuleError while another import of the kind is being taken, or with none good."""
    require(batch, CHECKED)
    if not batch.good:
        raise RuleError(_("No line is good yet."))
    busy = select(func.count(Import.id)).where(Import.importer == batch.importer, Import.state.in_([TAKING, UNDOING]))
    if session.scalar(busy):
        raise RuleError(_("Another import of this kind is at work. Wait until it is done."))
    importer.allow(session, batch.options)
    importer.before_commit(session, batch)
    _start(session, batch, "core.import_take", TAKING, locale)
    recorder.describe(session, batch, "core.import.begun")


@dataclass(frozen=True)
class Judged:
    """A line as it was typed on screen: its cells, what was read from them, and what is wrong by column, "" for the
    line as a whole."""

    cells: list[Any]
    values: dict[str, Any]
    errors: dict[str, str]


def judge(session: KhetSession, batch: Import, importer: Importer, line: ImportLine, typed: dict[str, str]) -> Judged:
    """Read a line anew, as a check does. Only reads, and all that the check has to know: before the writer is held."""
    cells = list(line.cells)
    for key, place in batch.mapping.items():
        if key in typed:
            cells += [""] * (place + 1 - len(cells))
            cells[place] = typed[key]
    known = importer.start(session, batch.options)
    columns = importer.columns()
    values, errors = weigh(importer, known, columns, batch.mapping, cells)
    if double := _same_in_file(session, batch, importer, line, values):
        errors.setdefault("", same_as(batch, double))
    return Judged(cells, values, errors)


def fix(session: KhetSession, batch: Import, line: ImportLine, judged: Judged) -> None:
    """Correct a line on screen, as `judge` found it. What somebody else made of it meanwhile, taking it in finds."""
    require(batch, CHECKED)
    if line.state not in (BAD, GOOD, DROPPED):
        raise NotFound
    was_good = line.state == GOOD
    line.cells = judged.cells
    settle(line, judged.values, judged.errors)
    now_good = line.state == GOOD
    batch.good += now_good - was_good
    batch.bad -= now_good - was_good
    session.flush()


def _same_in_file(
    session: KhetSession, batch: Import, importer: Importer, line: ImportLine, values: dict[str, Any]
) -> int:
    keys = set(importer.unique_keys(values))
    if not keys:
        return 0
    others = select(ImportLine).where(
        ImportLine.import_id == batch.id, ImportLine.state == GOOD, ImportLine.id != line.id
    )
    columns = importer.columns()
    for other in session.scalars(others.execution_options(yield_per=1000)):
        if keys & set(importer.unique_keys(staged(columns, other.values))):
            return other.line
    return 0


def weigh(
    importer: Importer, known: Any, columns: Sequence[ImportColumn], mapping: dict[str, int], cells: Sequence[Any]
) -> tuple[Line, dict[str, str]]:
    """Values of a line and all that is wrong with it: what its cells say, and the rules of its importer, whichever of
    the cells can be read."""
    values, errors = read_line(columns, mapping, cells)
    for key, text in importer.check(known, values).items():
        errors.setdefault(key, str(text))
    return values, errors


def same_as(batch: Import, line: int) -> str:
    """What is said of a line that the file has already."""
    return _("The same stands in line %(line)s.", line=place_of(batch, line))


def read_line(
    columns: Sequence[ImportColumn], mapping: dict[str, int], cells: Sequence[Any]
) -> tuple[Line, dict[str, str]]:
    """Values and errors of a line, by column key; a column that the file has not is left empty."""
    values: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for column in columns:
        place = mapping.get(column.key)
        raw = cells[place] if place is not None and place < len(cells) else ""
        values[column.key], wrong = read_cell(column, raw, today())
        if wrong:
            errors[column.key] = wrong
    part(columns, mapping, values, errors)
    return Line(values, errors), errors


def settle(line: ImportLine, values: dict[str, Any], errors: dict[str, str]) -> None:
    """Write what a check found; of what is withheld neither words nor values stay."""
    if WITHHELD in errors:
        line.cells, values, errors = [], {}, {"": errors[WITHHELD]}
    line.values = {key: to_json(value) for key, value in values.items()}
    line.errors = errors
    line.state = BAD if errors else GOOD


def undo(session: KhetSession, batch: Import, importer: Importer, *, locale: str) -> None:
    """Hide what the import brought, at once, and have it deleted. Raises RuleError when it was used since."""
    job = session.get(Job, batch.job_id) if batch.job_id else None
    if not (batch.state == TAKING and job is not None and job.state == FAILED):  # given up half-way
        require(batch, DONE)
    if problem := used_since(session, batch, importer):
        raise RuleError(problem)
    facts = importer.before_undo(session, batch)
    batch.visible, batch.problem = False, ""
    _start(session, batch, "core.import_undo", UNDOING, locale, facts=facts)
    recorder.note(session, batch, "core.import.undone")
    cache.bump(session, cache.PEOPLE)  # its schools and offices are gone


def used_since(session: KhetSession, batch: Import, importer: Importer) -> str:
    """Why the records can no longer be taken back, or an empty text."""
    for model in importer.models:
        brought = select(model.id).where(model.import_id == batch.id)
        if issubclass(model, Versioned):
            changed = session.scalars(select(model).where(model.import_id == batch.id, model.version > 1)).first()
            if changed is not None:
                return _("Changed since: %(record)s. Correct it by hand.", record=changed.label)
        for other, column in _pointing_at(model):
            pointing = select(other.id).where(getattr(other, column).in_(brought))
            if issubclass(other, Importable):
                pointing = pointing.where((other.import_id != batch.id) | other.import_id.is_(None))
            if session.scalar(pointing.limit(1)) is not None:
                record = session.scalars(
                    select(model).where(model.id.in_(select(getattr(other, column))), model.import_id == batch.id)
                ).first()
                name = record.label if isinstance(record, Tracked) else ""
                return _("Used since: %(record)s. Correct it by hand.", record=name)
        attached = select(Attachment.id).where(
            Attachment.kind == model.__tablename__, Attachment.record_id.in_(brought)
        )
        if session.scalar(attached.limit(1)) is not None:
            return _("Files were attached since. Correct it by hand.")
        remarked = select(TimelineEntry.record_label).where(
            TimelineEntry.kind == model.__tablename__,
            TimelineEntry.record_id.in_(brought),
            TimelineEntry.action.in_(COMMENTS),
        )
        if (record := session.scalar(remarked.limit(1))) is not None:
            return _("Commented on since: %(record)s. Correct it by hand.", record=record)
    return ""


def _pointing_at(model: Any) -> list[tuple[Any, str]]:
    """(class, attribute) of every foreign key of a district's table that points at `model`."""
    found = []
    for other in owned_classes():
        mapper: Any = inspect(other)
        for constraint in mapper.local_table.foreign_key_constraints:
            if constraint.referred_table is not model.__table__:
                continue
            columns = [c.name for c in constraint.columns if c.name != "district_id"]
            if columns:
                found.append((other, mapper.get_property_by_column(mapper.local_table.c[columns[0]]).key))
    return found


def lines(session: KhetSession, batch: Import, state: str, after: int = 0, limit: int = 50) -> list[ImportLine]:
    """Lines of one state, in the file's order."""
    found = select(ImportLine).where(
        ImportLine.import_id == batch.id, ImportLine.state == state, ImportLine.line > after
    )
    return list(session.scalars(found.order_by(ImportLine.line).limit(limit)))


def line_of(session: KhetSession, batch: Import, line_id: int) -> ImportLine:
    """One line of this import. Raises NotFound."""
    line = session.get(ImportLine, line_id)
    if line is None or line.import_id != batch.id:
        raise NotFound
    return line


def sweep(session: KhetSession, root: Path) -> None:
    """Forget the lines and files of imports that are over since KEPT: people's data is not kept for its own sake.

    The file of one that was taken in goes at once: its lines say what was in it, without what must not be read.
    """
    over = select(Import.id).where(Import.at < utc_now() - KEPT, Import.state.not_in(BUSY))
    ids = session.scalars(select(ImportLine.id).where(ImportLine.import_id.in_(over)).limit(2000)).all()
    session.execute(delete(ImportLine).where(ImportLine.id.in_(ids)))
    taken = select(Import.id).where(Import.state.in_((DONE, UNDONE)))
    still = select(Job.id).where(Job.state != JOB_DONE)  # its sheet may have to be written once more
    handed = select(Import.id).where(Import.id.in_(taken), Import.job_id.not_in(still))
    session.execute(
        update(ImportLine).where(ImportLine.import_id.in_(handed), ImportLine.handover != "").values(handover="")
    )
    files = select(Attachment).where(
        Attachment.kind == Import.__tablename__, or_(Attachment.record_id.in_(over), Attachment.record_id.in_(taken))
    )
    for file in session.scalars(files.limit(50)).all():
        store.discard(session, root, file)


def busy(batch: Import) -> bool:
    """Whether a job is at work on it."""
    return batch.state in BUSY

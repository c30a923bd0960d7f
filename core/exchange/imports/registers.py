"""Taking in an old register whose lines have numbers: they are kept, and what is missing between them is declared.

Rules: domain notes on saraban §5 and §9 (moving in from a paper register or an Excel file); they hold for every book.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from sqlalchemy import Select, func, select

from core.base.errors import RuleError
from core.base.text.thai import BUDDHIST_OFFSET, buddhist_year, today
from core.exchange.imports.declare import ImportColumn, Importer, Line, Unproven, from_json
from core.exchange.imports.models import BAD, GOOD, TAKEN, Import, ImportLine
from core.platform.numbering import engine
from core.platform.numbering.models import LedgerNumber
from core.storage import fields
from core.storage.scope import RAW, KhetSession

#: more missing numbers than this are a mistake in the file, not gaps in a register
MOST_GAPS = 2_000
#: the highest number a book reaches in a year
HIGHEST = 200_000
FIRST_YEAR = 2500


@dataclass
class Register:
    """The book that lines are taken into: `year` (พ.ศ.) is that of lines which say none, `by` who takes them in."""

    unit_id: int
    year: int
    book: str
    by: str
    #: (year, number) of what stands in it
    taken: set[tuple[int, int]] = field(default_factory=set)

    def number(self, session: KhetSession, values: dict[str, Any], on: date) -> LedgerNumber:
        """The number of a line, used on that day."""
        return engine.keep(
            session, engine.BookKey(self.unit_id, self.book, values["year"]), values["number"], on=on, by=self.by
        )


def first_day(year: int) -> date:
    """1 January of a year of พ.ศ."""
    return date(year - BUDDHIST_OFFSET, 1, 1)


def register(
    key: str, title: Any, model: Any, book: str, resource: str, options: Any,
    columns: Callable[[], Sequence[ImportColumn]], make: Callable[[KhetSession, Register, dict[str, Any]], Any], *,
    check: Callable[[dict[str, Any]], dict[str, Any]] = lambda values: {}, headings: Sequence[str] = (),
    number: Any = lazy_pgettext("record", "No."), tables: Sequence[str] = (),
) -> Importer:  # fmt: skip
    """The importer of a numbered book.

    `columns` are those beside number and year, `headings` what offices write above the number. `check(values)` says
    what is wrong with a line beside its number and year, which it has by then, or None where they cannot be read.
    `make(session, register, values)` adds its record, with the number that `register.number` gives. `options` is what
    `register_options` in core/web makes.
    """
    return Importer(
        key=key, title=title, resource=resource, columns=lambda: (*_numbers_of(number, headings), *columns()),
        models=(model, LedgerNumber), make=lambda session, known, values, _prefetched: make(session, known, values),
        start=partial(_start, book), check=partial(_check, check),
        unique_keys=lambda values: [(values["year"], values["number"])], before_commit=partial(_before_commit, book),
        finish=_finish, unproven=partial(_unproven, book, model), before_undo=_before_undo,
        on_undo=partial(_on_undo, book), options=options, tables=tables,
    )  # fmt: skip


def ended(model: Any, day: fields.Attribute, **given: Any) -> Callable[[KhetSession, Register, dict[str, Any]], Any]:
    """A `make` for records that are over: their columns are what the line says and what is `given`. `day` is the column
    of the day on which they were entered."""

    def make(session: KhetSession, old: Register, values: dict[str, Any]) -> Any:
        record: Any = model(unit_id=old.unit_id, **given)
        engine.bear(record, old.number(session, values, values[day.key]))
        fields.assign(record, values)
        session.add(record)
        session.flush()
        return record

    return make


def _numbers_of(title: Any, headings: Sequence[str]) -> tuple[ImportColumn, ImportColumn]:
    names = (*headings, "เลขทะเบียน", "register_number")
    return (
        ImportColumn("number", title, "number", need=True, names=names, example="123"),
        ImportColumn("year", _l("Year (B.E.)"), "number", names=("ปี", "ปี พ.ศ.", "พ.ศ.", "year"), example="2568"),
    )


def _start(book: str, session: KhetSession, options: dict[str, Any]) -> Register:
    unit_id = int(options["unit_id"])
    rows = session.execute(
        select(LedgerNumber.year, LedgerNumber.number).where(
            LedgerNumber.unit_id == unit_id, LedgerNumber.book == book, LedgerNumber.suffix == 0
        )
    )
    taken = {(row.year, row.number) for row in rows}
    return Register(unit_id, int(options["year"]), book, session.scope.user_name, taken)


def _check(more: Callable[[dict[str, Any]], dict[str, Any]], known: Register, values: Line) -> dict[str, Any]:
    wrong: dict[str, Any] = {}
    if "year" not in values.unread:
        values["year"] = values["year"] or known.year
        if not FIRST_YEAR <= values["year"] <= buddhist_year(today()):
            wrong["year"] = _("This year cannot be: %(year)s", year=values["year"])
    if values["number"] is None:
        return wrong | more(values)
    if not 1 <= values["number"] <= HIGHEST:
        wrong["number"] = _("This number cannot be: %(number)s", number=values["number"])
    elif (values["year"], values["number"]) in known.taken:
        year, number = values["year"], values["number"]
        wrong["number"] = _("Number %(number)s of %(year)s is in the book already.", number=number, year=year)
    return wrong | more(values)


def _numbers(session: KhetSession, batch: Import, *states: str) -> dict[int, list[int]]:
    """Numbers of the lines in these states, by year."""
    found: dict[int, list[int]] = defaultdict(list)
    lines = select(ImportLine.values).where(ImportLine.import_id == batch.id, ImportLine.state.in_(states))
    for values in session.scalars(lines.execution_options(yield_per=1000)):
        if values.get("number"):  # a refused line may have none, and no year that was filled in for it
            found[from_json(values["year"]) or int(batch.options["year"])].append(from_json(values["number"]))
    return found


def _before_commit(book: str, session: KhetSession, batch: Import) -> None:
    """Refuse a file with wild numbers, and keep the clerks' counters clear of what comes."""
    known = _start(book, session, batch.options)
    for year, numbers in _numbers(session, batch, GOOD).items():
        low, high = min(numbers), max(numbers)
        there = sum(1 for of, number in known.taken if of == year and low <= number <= high)
        if high - low + 1 - len(numbers) - there > MOST_GAPS:
            raise RuleError(
                _(
                    "In %(year)s more than %(most)s numbers are missing; look for a mistyped one.",
                    year=year,
                    most=MOST_GAPS,
                )
            )
        engine.keep_clear(session, known.unit_id, book, year, high)


def _finish(session: KhetSession, batch: Import, known: Register) -> None:
    """Declare the gaps between the numbers that were taken in.

    Nothing is declared while lines are refused: a gap may be the number of one of them, which is corrected and taken in
    later, or of a secret letter that its registrar enters.
    """
    refused = session.scalar(
        select(ImportLine.id).where(ImportLine.import_id == batch.id, ImportLine.state == BAD).limit(1)
    )
    if refused is not None:
        return
    for year, low, high in session.execute(_reach(batch)).all():
        engine.declare_gaps(
            session, known.unit_id, known.book, year, low, high, today=today(), actor_name=known.by,
            reason=_("Not in the register that was taken in"),
        )  # fmt: skip


def _reach(batch: Import) -> Select[int, int, int]:
    """(year, lowest, highest) of the numbers that an import brought."""
    return (
        select(LedgerNumber.year, func.min(LedgerNumber.number), func.max(LedgerNumber.number))
        .where(LedgerNumber.import_id == batch.id)
        .group_by(LedgerNumber.year)
        .order_by(LedgerNumber.year)
    )


def _unproven(book: str, model: Any, session: KhetSession, batch: Import) -> list[Unproven]:
    """What its registrar has to account for: what is missing in the books it touched, but no refused line's number."""
    refused = _numbers(session, batch, BAD)
    found = []
    for year, _low, _high in session.execute(_reach(batch)).all():
        key = engine.BookKey(int(batch.options["unit_id"]), book, year)
        missing = engine.check(session, key, model, today()).missing
        if empty := [number for number in missing if number not in refused.get(year, ())]:
            found.append(Unproven(key.unit_id, book, year, empty))
    return found


def _before_undo(session: KhetSession, batch: Import) -> list[int]:
    """Years whose books it touched: by its numbers, and by its lines where it did not come to the end."""
    # Raw, because of an import that stopped half-way nothing is seen; the district is stated.
    mine = select(LedgerNumber.year).where(
        LedgerNumber.district_id == session.scope.district_id, LedgerNumber.import_id == batch.id
    )
    years = set(session.scalars(mine.distinct(), execution_options=RAW))
    return sorted(years | set(_numbers(session, batch, GOOD, TAKEN)))


def _on_undo(book: str, session: KhetSession, batch: Import, years: list[int] | None) -> None:
    """The numbers stand in the old book again: where nobody took one since, this book goes on as if they never came."""
    for year in years or ():
        engine.settle(session, engine.BookKey(int(batch.options["unit_id"]), book, year))

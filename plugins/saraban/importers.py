"""Old registers: numbers are kept, what is missing between them is declared, nothing waits for an action.

Rules: domain notes on saraban §5 and §9 (moving in from a paper register or an Excel file).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any

from flask import g
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, func, select

from core.base.errors import RuleError
from core.base.text.thai import BUDDHIST_OFFSET, buddhist_year, format_date, heading_key, today
from core.exchange.imports.declare import WITHHELD, ImportColumn, Importer, Unproven, from_json
from core.exchange.imports.models import BAD, GOOD, TAKEN, Import, ImportLine
from core.platform.masterdata.models import Unit
from core.platform.numbering import engine
from core.platform.numbering.models import LedgerNumber
from core.storage.scope import RAW, KhetSession
from core.web.forms import KhetForm, choice
from core.web.unit_of_work import db
from plugins.saraban import models, permissions, services
from plugins.saraban.forms import NO_UNIT
from plugins.saraban.models import IncomingLetter, OutgoingLetter

#: AMSS++ keeps both registers of an office in these tables (the columns' names stand among those of each column;
#: where an office's version has others, the page asks for them)
AMSS_TABLES = {IncomingLetter: ("bookregister_receive",), OutgoingLetter: ("bookregister_send",)}
#: more missing numbers than this are a mistake in the file, not gaps in a register
MOST_GAPS = 2_000
#: the highest number a book reaches in a year
HIGHEST = 200_000
FIRST_YEAR = 2500
#: what a register says of a letter that anybody of the unit may read
OPEN_LETTERS = frozenset({"", "0", "ปกติ", "ไม่ลับ", "no", "false"})


class RegisterOptions(KhetForm):
    """Whose register it is, and the year of lines that say none."""

    empty = {"unit_id": NO_UNIT}

    unit_id = choice(_l("Register of"), [], coerce=int)
    year = choice(_l("Year (B.E.)"), [], coerce=int, description=_l("For lines that have no year of their own."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        held = g.actor.units(self.resource, "import")
        units = db.scalars(
            select(Unit).where(held.criterion(Unit.id), Unit.active.is_(True)).order_by(Unit.kind, Unit.name).limit(300)
        )
        self.unit_id.choices = [(unit.id, unit.name) for unit in units]
        now = buddhist_year(today())
        self.year.choices = [(year, str(year)) for year in range(now, now - 30, -1)]


class IncomingOptions(RegisterOptions):
    """Options of the incoming register."""

    resource = permissions.INCOMING


class OutgoingOptions(RegisterOptions):
    """Options of the outgoing register."""

    resource = permissions.OUTGOING


def _columns(incoming: bool) -> list[ImportColumn]:
    number = _l("Receipt no.") if incoming else _l("Dispatch no.")
    names = ("เลขทะเบียนรับ", "เลขรับ", "ทะเบียนรับ") if incoming else ("เลขทะเบียนส่ง", "เลขส่ง", "ทะเบียนส่ง")
    found = [
        ImportColumn(
            "number", number, "number", need=True, names=(*names, "เลขทะเบียน", "register_number"), example="123"
        ),
        ImportColumn("year", _l("Year (B.E.)"), "number", names=("ปี", "ปี พ.ศ.", "พ.ศ.", "year"), example="2568"),
        ImportColumn("doc_no", _l("Letter no."), most=80, names=("ที่", "เลขที่หนังสือ", "ที่หนังสือ", "book_no")),
        ImportColumn("doc_date", _l("Dated"), "date", names=("ลงวันที่", "ลงวันที่ เดือน ปี", "signdate")),
        ImportColumn("sender", _l("From"), need=True, names=("จาก", "ผู้ส่ง", "หน่วยงานที่ส่ง", "book_from")),
        ImportColumn("recipient", _l("To (addressee)"), names=("ถึง", "เรียน", "ผู้รับ", "book_to")),
        ImportColumn("subject", _l("Subject"), most=1000, need=True, names=("เรื่อง", "subject")),
        ImportColumn("action", _l("Action taken"), most=1000, names=("การปฏิบัติ", "การดำเนินการ", "operation")),
        ImportColumn("remark", _l("Remark"), most=500, names=("หมายเหตุ", "comment")),
        ImportColumn("secrecy", _l("Secrecy"), names=("ชั้นความลับ", "ความลับ", "ลับ", "secret")),
    ]
    if incoming:
        found.insert(
            2,
            ImportColumn(
                "received_on",
                _l("Received on"),
                "date",
                names=("วันที่รับ", "รับวันที่", "วันรับ", "วันลงทะเบียน", "register_date"),
                otherwise=_l("the day of the letter, or 1 January of the book's year where it has none or is older"),
            ),
        )
    return found


@dataclass
class _Known:
    unit_id: int
    year: int
    book: str
    clerk: str
    taken: set[tuple[int, int]] = field(default_factory=set)


def _start(book: str, session: KhetSession, options: dict[str, Any]) -> _Known:
    unit_id = int(options["unit_id"])
    rows = session.execute(
        select(LedgerNumber.year, LedgerNumber.number).where(
            LedgerNumber.unit_id == unit_id, LedgerNumber.book == book, LedgerNumber.suffix == 0
        )
    )
    taken = {(row.year, row.number) for row in rows}
    return _Known(unit_id, int(options["year"]), book, session.scope.user_name, taken)


def _check(known: _Known, values: dict[str, Any]) -> dict[str, Any]:
    wrong: dict[str, Any] = {}
    values["year"] = values["year"] or known.year
    if not FIRST_YEAR <= values["year"] <= buddhist_year(today()):
        wrong["year"] = _("This year cannot be: %(year)s", year=values["year"])
    if not 1 <= values["number"] <= HIGHEST:
        wrong["number"] = _("This number cannot be: %(number)s", number=values["number"])
    elif (values["year"], values["number"]) in known.taken:
        year, number = values["year"], values["number"]
        wrong["number"] = _("Number %(number)s of %(year)s is in the book already.", number=number, year=year)
    if heading_key(values.pop("secrecy", "") or "") not in OPEN_LETTERS:
        return {WITHHELD: _("A secret letter is not taken in here. Its registrar enters it by hand.")}
    return wrong | _days(values)


def _days(values: dict[str, Any]) -> dict[str, Any]:
    """What the form would refuse or ask about: nobody looks at each of a thousand days."""
    wrong: dict[str, Any] = {}
    dated, received = values.get("doc_date"), values.get("received_on")
    for name, day in (("doc_date", dated), ("received_on", received)):
        if day is not None and day > today():
            wrong[name] = _("The date lies in the future.")
    if dated is not None and received is not None and dated > received:
        wrong.setdefault("received_on", _("It came before the day on which it is dated."))
    entered, name = (received, "received_on") if received is not None else (dated, "doc_date")
    if entered is not None and "received_on" in values and name == "doc_date":
        return wrong | _not_of(entered, values["year"], name, earlier=1)
    if entered is not None:
        wrong |= _not_of(entered, values["year"], name)
    if dated is not None and name == "received_on":
        wrong |= _not_of(dated, values["year"], "doc_date", earlier=1)
    return wrong


def _not_of(day: date, year: int, name: str, earlier: int = 0) -> dict[str, Any]:
    """A day that cannot stand in the book of that year; `earlier`: so many years before it may be."""
    if year - earlier <= buddhist_year(day) <= year:
        return {}
    said = _("%(day)s does not belong into the book of %(year)s.", day=format_date(day, "short"), year=year)
    return {name: said}


def _make(model: Any, session: KhetSession, known: _Known, values: dict[str, Any], ready: Any) -> Any:
    begins = date(values["year"] - BUDDHIST_OFFSET, 1, 1)
    day = values.get("received_on") or max(values["doc_date"] or begins, begins)
    return services.enter_old(session, model, known.unit_id, known.book, values, on=day, by=known.clerk)


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


def _finish(session: KhetSession, batch: Import, known: _Known) -> None:
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
            session, known.unit_id, known.book, year, low, high, today=today(), actor_name=known.clerk,
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


def _importer(key: str, title: Any, model: Any, book: str, resource: str, options: Any) -> Importer:
    return Importer(
        key=key, title=title, resource=resource, columns=partial(_columns, model is IncomingLetter),
        models=(model, LedgerNumber), make=partial(_make, model), start=partial(_start, book), check=_check,
        unique_keys=lambda values: [(values["year"], values["number"])], before_commit=partial(_before_commit, book),
        finish=_finish, unproven=partial(_unproven, book, model), before_undo=_before_undo,
        on_undo=partial(_on_undo, book), options=options,
        tables=AMSS_TABLES[model],
    )  # fmt: skip


IMPORTERS = [
    _importer(
        "saraban.incoming", _l("Old register of incoming letters"), IncomingLetter, models.INCOMING,
        permissions.INCOMING, IncomingOptions,
    ),
    _importer(
        "saraban.outgoing", _l("Old register of outgoing letters"), OutgoingLetter, models.OUTGOING,
        permissions.OUTGOING, OutgoingOptions,
    ),
]  # fmt: skip

"""Both registers in the exact column order of the official forms (แบบที่ 13 and 14)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from sqlalchemy import func, select

from core.base.text.dates import shown_month
from core.base.text.thai import buddhist_year, today
from core.exchange.reports.nation import NationReport
from core.exchange.reports.report import Column, Parameter, Report, ReportChart
from core.platform.numbering import engine
from core.storage.scope import KhetSession
from plugins.saraban import kinds, permissions
from plugins.saraban.models.letters import (
    CIRCULAR,
    INCOMING,
    OUTGOING,
    SECRET_BOOKS,
    SECRET_INCOMING,
    SECRET_OUTGOING,
    IncomingLetter,
    OutgoingLetter,
)
from plugins.saraban.reports import asking
from plugins.saraban.work import queries

INCOMING_BOOKS: dict[str, Any] = {
    INCOMING: _l("Incoming book"),
    SECRET_INCOMING: _l("Secret incoming book"),
}
OUTGOING_BOOKS: dict[str, Any] = {
    OUTGOING: _l("Outgoing book"),
    CIRCULAR: _l("Circular book"),
    SECRET_OUTGOING: _l("Secret outgoing book"),
}


def _parameters(resource: str, books: dict[str, Any]) -> tuple[Parameter, ...]:
    """What a register asks: whose, which book, which year. A secret book is not for printing here."""
    open_books = [(key, title) for key, title in books.items() if key not in SECRET_BOOKS]
    return (
        asking.units(resource),
        Parameter("book", _l("Book"), lambda session, actor: open_books),
        asking.ANY_YEAR,
    )


def _columns(number_title: Any) -> tuple[Column, ...]:
    return (
        Column(number_title, width=13),
        Column(_l("Letter no."), width=18),
        Column(_l("Dated"), "date", 13),
        Column(_l("From"), width=24),
        Column(_l("To (addressee)"), width=24),
        Column(_l("Subject"), width=48),
        Column(_l("Action taken"), width=22),
        Column(_l("Remark"), width=18),
    )


def _rows(model: queries.Model, session: KhetSession, unit_id: int, book: str, year: int) -> Iterable[tuple[Any, ...]]:
    cancelled = _("Cancelled")
    wanted = (
        model.year, model.number, model.suffix, model.doc_no, model.doc_date, model.sender, model.recipient,
        model.subject, model.action, model.remark, model.status,
    )  # fmt: skip
    statement = queries.register(model, unit_id, book, year).with_only_columns(*wanted)
    with session.execute(statement.execution_options(yield_per=2000)) as letters:
        for written, number, suffix, doc_no, dated, sender, recipient, subject, action, remark, status in letters:
            said = f"{cancelled} {remark}".strip() if status == "cancelled" else remark
            text = f"{number}/{suffix}" if suffix else str(number)
            text = text if year else f"{text} ({written})"
            yield text, doc_no, dated, sender, recipient, subject, action, said


def _heading(title: Any, books: dict[str, Any], session: KhetSession, unit_id: int, book: str, year: int) -> list[str]:
    return asking.heading(f"{title} ({books.get(book, book)})", session, unit_id, year)


def _letters_by_month(model: queries.Model) -> ReportChart:
    """(month, letters) of a register; of every year, (year, letters)."""
    return ReportChart(
        _l("Letters by month"), lambda session, **asked: queries.by_month_of(session, model, **asked),
        names=_l("Month or year"), numbers=lazy_pgettext("how many", "Letters"),
    )  # fmt: skip


INCOMING_REGISTER: Report = Report(
    key="saraban.incoming",
    title=_l("Register of incoming letters"),
    resource=permissions.INCOMING,
    columns=_columns(_l("Receipt no.")),
    rows=lambda session, **p: _rows(IncomingLetter, session, **p),
    heading=lambda session, **p: _heading(INCOMING_REGISTER.title, INCOMING_BOOKS, session, **p),
    size=lambda session, **p: queries.size(session, IncomingLetter, **p),
    parameters=_parameters(permissions.INCOMING, INCOMING_BOOKS),
    charts=(_letters_by_month(IncomingLetter),),
    signatures=(_l("Registrar"), _l("Checked by")),
)
OUTGOING_REGISTER: Report = Report(
    key="saraban.outgoing",
    title=_l("Register of outgoing letters"),
    resource=permissions.OUTGOING,
    columns=_columns(_l("Dispatch no.")),
    rows=lambda session, **p: _rows(OutgoingLetter, session, **p),
    heading=lambda session, **p: _heading(OUTGOING_REGISTER.title, OUTGOING_BOOKS, session, **p),
    size=lambda session, **p: queries.size(session, OutgoingLetter, **p),
    parameters=_parameters(permissions.OUTGOING, OUTGOING_BOOKS),
    charts=(_letters_by_month(OutgoingLetter),),
    signatures=(_l("Registrar"), _l("Checked by")),
)


def _books(session: KhetSession, unit_id: int, year: int) -> Iterable[tuple[Any, ...]]:
    """Each book of a year as its check finds it, and how many of its letters still wait."""
    books = engine.checks(session, unit_id, year, BOOK_MODELS, today())
    waiting: dict[str, int] = {}
    for model in {*BOOK_MODELS.values()}:
        waits = select(model.book, func.count(model.id)).where(
            model.unit_id == unit_id, model.book.in_(books), model.year == year,
            model.status.in_(("registered", "proposed", "directed", "assigned", "returned")),
        )  # fmt: skip
        waiting |= {row[0]: row[1] for row in session.execute(waits.group_by(model.book))}
    for book, found in books.items():
        missing = sum(len(one) for one in (found.missing, found.duplicate, found.orphaned, found.ahead))
        state = _("Open") if year == buddhist_year(today()) or found.reopened else _("Closed with the year")
        yield (
            str(BOOK_TITLES[book]), found.first if found.last else 0, found.last, found.used, len(found.cancelled),
            len(found.reserved), missing, waiting.get(book, 0), state,
        )  # fmt: skip


BOOK_TITLES = {**INCOMING_BOOKS, **OUTGOING_BOOKS, **kinds.ISSUED_BOOKS}
BOOK_MODELS: dict[str, Any] = {
    key: IncomingLetter if key in INCOMING_BOOKS else OutgoingLetter for key in BOOK_TITLES if key not in SECRET_BOOKS
}
#: ขึ้นปีใหม่: a book closes by itself with 31 December, and the next begins at 1; what it leaves behind stands here
YEAR_END: Report = Report(
    key="saraban.year",
    title=_l("Books of a year, for the turn of the year"),
    resource=permissions.INCOMING,
    columns=(
        Column(_l("Book"), width=26), Column(_l("First number"), "number", 11), Column(_l("Last number"), "number", 11),
        Column(_l("Used"), "number", 10), Column(_l("Cancelled"), "number", 10), Column(_l("Reserved"), "number", 10),
        Column(_l("Missing or doubled"), "number", 13), Column(_l("Letters that still wait"), "number", 13),
        Column(_l("State"), width=18),
    ),
    rows=_books,
    heading=lambda session, **asked: asking.open_heading(YEAR_END.title, session, **asked),
    size=None,  # a line for each book
    parameters=(asking.WHICH_UNIT, asking.WHICH_YEAR),
    signatures=(_l("Registrar"), _l("Checked by")),
)  # fmt: skip
REPORTS = [INCOMING_REGISTER, OUTGOING_REGISTER, YEAR_END]


def _by_month(session: KhetSession, year: int) -> Iterable[tuple[Any, ...]]:
    """(month, received, without an action, sent) of a calendar year; secret papers are not counted."""
    received = queries.by_month(session, IncomingLetter, year)
    open_ones = queries.by_month(session, IncomingLetter, year, waiting=True)
    sent = queries.by_month(session, OutgoingLetter, year)
    return [
        (shown_month(month), received.get(month, 0), open_ones.get(month, 0), sent.get(month, 0))
        for month in range(1, 13)
    ]


LETTERS_BY_MONTH = NationReport(
    key="saraban.by_month",
    title=_l("Letters by month"),
    columns=(
        Column(_l("Month"), width=12),
        Column(_l("Incoming letters"), "number", 16),
        Column(_l("Without an action taken"), "number", 16),
        Column(_l("Outgoing letters"), "number", 16),
    ),
    rows=_by_month,
    note=_l("Without secret papers."),
)
NATION_REPORTS = [LETTERS_BY_MONTH]

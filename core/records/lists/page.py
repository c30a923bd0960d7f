"""Runs a list: search, filters, keyset pages, bounded counts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import (
    Date,
    DateTime,
    Integer,
    ScalarResult,
    Select,
    SmallInteger,
    func,
    literal,
    literal_column,
    or_,
    select,
    text,
    tuple_,
)

from core.base.text import thai
from core.base.text.dates import shown_date
from core.records.lists.declare import Column, Dimension, Filter, contains
from core.records.lists.state import ListState
from core.storage.scope import RAW, KhetSession

PAGE = 50
COUNT_LIMIT = 10_000
#: a list page counts this far: counting ten thousand rows would cost more than the page
LISTED = 1_000
#: and of what was searched for this far: every row looked at costs a comparison of its text
FOUND = 200
#: up to here a word is rare: its rows are looked up one by one
RARE = 2_000
#: a number of a book as it stands on every page, with its year: 769/2569, 769/1/2569, 769/69
_OF_A_YEAR = re.compile(r"(\d{1,7})(?:/(\d{1,3}))?/(?:25)?(\d\d)")


@dataclass(frozen=True)
class Chip:
    """A filter in force: what it says, and the address without it."""

    title: str
    value: str
    link: str


@dataclass
class Listing:
    """One page of a list with everything its template needs."""

    rows: list[Any]
    columns: list[Column]
    all_columns: list[Column]
    filters: list[Filter]
    values: dict[str, str]
    errors: dict[str, str]
    chips: list[Chip]
    state: ListState
    sort: str
    descending: bool
    count: int
    #: there are more than `count`
    at_least: bool
    next_after: int | None
    paged: bool
    sortable: frozenset[str] = frozenset()
    #: names of the filters' place in the address, so that a form can carry the rest
    statement: Any = None
    dimensions: list[Dimension] = field(default_factory=list)

    @property
    def query(self) -> str:
        return self.state.get("q")

    @property
    def count_text(self) -> str:
        return f"{self.count:,}+" if self.at_least else f"{self.count:,}"

    @property
    def filtered(self) -> bool:
        return bool(self.query or self.chips)

    @property
    def kept(self) -> dict[str, str]:
        """Arguments that the filter form carries along without showing them."""
        shown = {"q", "after", "view", *(item.name for item in self.filters)}
        return {name: value for name, value in self.state.values.items() if name not in shown}


def search_in(session: KhetSession, statement: Select[Any], column: Any, typed: str) -> Select[Any]:
    """The statement behind `contains`; on SQLite a rare word is found in the trigram index first.

    A common one is not: the newest rows that hold it are found at once by reading backwards. A number of a book is
    found as it is written, with its year, which is not among the words.
    """
    words = thai.search_text(typed).split()[:8]
    numbers = {word: _bears(column.class_, word) for word in words}
    plain = " ".join(word for word in words if numbers[word] is None)
    rare = _rare(session, column, plain) if session.get_bind().dialect.name == "sqlite" else None
    if rare is not None:
        statement = statement.where(column.class_.id.in_(rare))
    for word, number in numbers.items():
        said = contains(column, word)
        statement = statement.where(*said) if number is None else statement.where(or_(number, *said))
    return statement


def _bears(model: Any, word: str) -> Any:
    """SQL: the record bears this number of its book; None where the word is none, or its records bear none."""
    found = _OF_A_YEAR.fullmatch(word)
    if found is None or "number_id" not in model.__table__.c:
        return None
    number, suffix, year = found.groups()
    bears = (model.number == int(number)) & (model.year == 2500 + int(year))
    return bears & (model.suffix == int(suffix or 0)) if "suffix" in model.__table__.c else bears


def _rare(session: KhetSession, column: Any, words: str) -> list[int] | None:
    """Ids of every row, of whatever district, that may hold the words; None when there are many, or no index."""
    index = column.info.get("trigrams")
    grams = {word[at : at + 3] for word in words.split() for at in range(len(word) - 2)}
    if not index or not grams:
        return None
    match = " AND ".join('"' + gram.replace('"', '""') + '"' for gram in sorted(grams)[:60])
    wanted = f"select rowid from {index} where {index} match :match limit :most"  # noqa: S608 – the model names it
    rows = session.execute(text(wanted), {"match": match, "most": RARE + 1}, execution_options=RAW).all()
    return [row[0] for row in rows] if len(rows) <= RARE else None


def narrow(
    session: KhetSession,
    statement: Select[Any],
    state: ListState,
    filters: list[Filter],
    search: Any,
    dimensions: list[Dimension],
) -> tuple[Select[Any], dict[str, str], dict[str, str], list[Chip]]:
    """The statement behind search, filters and chosen groups; with values, errors by filter, and chips.

    A value that cannot be read is reported at its filter and ignored.
    """
    values: dict[str, str] = {}
    errors: dict[str, str] = {}
    chips: list[Chip] = []
    if (query := state.get("q")) and search is not None:
        statement = search_in(session, statement, search, query)
    for item in filters:
        raw = state.get(item.name, 60)
        values[item.name] = raw
        if not raw:
            continue
        titles = {str(value): title for value, title in item.choices}
        if item.kind == "date":
            day = _read_date(raw)
            if day is None:
                errors[item.name] = _("Type a date like 14/6/69 or 14 มิ.ย. 2569.")
                continue
            statement, shown = item.apply(statement, day), shown_date(day)
        elif raw in titles:
            statement, shown = item.apply(statement, raw), str(titles[raw])
        else:
            continue
        chips.append(Chip(str(item.title), shown, state.link(**{item.name: None})))
    for dimension in dimensions:
        name = f"is-{dimension.key}"
        if name in state.values and (typed := _typed(dimension, state.get(name))) is not None:
            try:
                shown = str(dimension.label(typed))
            except (LookupError, ValueError):
                continue  # an address typed by hand names a value that does not exist
            statement = statement.where(dimension.expression == typed)
            chips.append(Chip(str(dimension.title), shown, state.link(**{name: None})))
    return statement, values, errors, chips


def _typed(dimension: Dimension, raw: str) -> Any:
    """The value of a dimension from the address, in its column's type; None where it is none."""
    kind = dimension.expression.type
    if isinstance(kind, Integer):
        longest = 4 if isinstance(kind, SmallInteger) else 9
        return int(raw) if raw.isascii() and raw.isdigit() and len(raw) <= longest else None
    return thai.clean(raw)


def count_of(session: KhetSession, statement: Select[Any], most: int = COUNT_LIMIT) -> int:
    """How many rows, at most one more than `most`.

    Of a statement in an order that an index has, PostgreSQL reads no more than these; without an order it would
    collect the places of all of them first.
    """
    return session.scalar(counting(statement, most)) or 0


def counting(statement: Select[Any], most: int = LISTED) -> Select[Any]:
    """The statement that counts those rows, at most one more than `most`."""
    # a constant alone would leave the table out of a statement without conditions, and count one row of nothing
    ones: Select[Any] = statement.with_only_columns(literal_column("1"), maintain_column_froms=True)
    return select(func.count()).select_from(ones.limit(most + 1).subquery())


def bounded(count: int, most: int = LISTED) -> str:
    """Such a number as people read it: 1,000+ where there are more."""
    return f"{most:,}+" if count > most else f"{count:,}"


def _sorted_by(model: Any, column: Column) -> Any:
    """SQL that a column sorts by, empty values first; None where it cannot."""
    if column.sort is False:
        return None
    expression = column.sort if column.sort is not None else getattr(model, column.key, None)
    if expression is None or not hasattr(expression, "type"):
        return None
    if not getattr(getattr(expression, "expression", None), "nullable", True):
        return expression
    kind = expression.type
    empty: Any = ""
    if isinstance(kind, Date):
        empty = date.min
    elif isinstance(kind, DateTime) or hasattr(kind, "process_bind_param"):
        empty = datetime(1, 1, 2, tzinfo=thai.BANGKOK)
    elif isinstance(kind, Integer | SmallInteger):
        empty = -1
    return func.coalesce(expression, empty)


def _order(
    model: Any, columns: list[Column], state: ListState, order: tuple[Any, ...], descending: bool
) -> tuple[tuple[Any, ...], bool, str, frozenset[str]]:
    sorts = {column.key: _sorted_by(model, column) for column in columns}
    sortable = frozenset(key for key, expression in sorts.items() if expression is not None)
    wanted = state.get("sort")
    key = wanted.removeprefix("-")
    if key in sortable:
        return (sorts[key], model.id), wanted.startswith("-"), key, sortable
    return order, descending, "", sortable


def _chosen(columns: list[Column], state: ListState) -> list[Column]:
    by_key = {column.key: column for column in columns}
    wanted = [by_key[key] for key in dict.fromkeys(state.get("cols", 400).split(",")) if key in by_key]
    if not wanted:
        return [column for column in columns if column.shown]
    link = next((column for column in columns if column.link), None)
    # the column that opens the record is never lost
    return wanted if link is None or link in wanted else [link, *wanted]


def make(
    session: KhetSession,
    statement: Select[Any],
    *,
    model: Any,
    columns: list[Column],
    state: ListState,
    order: tuple[Any, ...],
    descending: bool = False,
    filters: list[Filter] | None = None,
    search: Any = None,
    dimensions: list[Dimension] | None = None,
) -> Listing:
    """Run one page of `statement`: its rows, a bounded count where they are not all, one more after the first page.

    `order` must end with the id. A page begins after a row that `statement` itself holds: after any other one, e.g. of
    another unit, the order of the rows would tell what stands in it.
    """
    filters, own = filters or [], statement
    statement, values, errors, chips = narrow(session, statement, state, filters, search, dimensions or [])
    order, descending, sort, sortable = _order(model, columns, state, order, descending)
    raw = state.get("after")
    narrowed, anchor = statement, None
    if raw.isdecimal() and len(raw) < 10:
        anchor = session.execute(own.with_only_columns(*order).where(model.id == int(raw)).order_by(None)).first()
    if anchor is not None:
        at = tuple_(*(literal(value, column.type) for value, column in zip(anchor, order, strict=True)))
        statement = statement.where(tuple_(*order) < at if descending else tuple_(*order) > at)
    rows = list(session.scalars(in_order(statement, order, descending).limit(PAGE + 1)).unique())
    more = len(rows) > PAGE
    rows = rows[:PAGE]
    count, most = len(rows), FOUND if search is not None and state.get("q") else LISTED
    if more or anchor is not None:
        # an order of the reader's choice has no index, and would sort every row for its number
        count = count_of(session, narrowed if sort else in_order(narrowed, order, descending), most)
    # a lazy title would be looked up again in every cell
    named = [replace(column, title=str(column.title)) for column in columns]
    return Listing(
        rows=rows, columns=_chosen(named, state), all_columns=named, filters=filters, values=values, errors=errors,
        chips=chips, state=state, sort=sort, descending=descending, count=min(count, most), at_least=count > most,
        next_after=rows[-1].id if more else None, paged=anchor is not None, sortable=sortable, statement=narrowed,
        dimensions=dimensions or [],
    )  # fmt: skip


def in_order(statement: Select[Any], order: tuple[Any, ...], descending: bool) -> Select[Any]:
    """The statement sorted."""
    return statement.order_by(*(column.desc() if descending else column.asc() for column in order))


def every_row(
    session: KhetSession, statement: Select[Any], *, model: Any, columns: list[Column], state: ListState,
    order: tuple[Any, ...], descending: bool = False, filters: list[Filter] | None = None, search: Any = None,
    dimensions: list[Dimension] | None = None,
) -> tuple[list[Column], int, ScalarResult[Any]]:  # fmt: skip
    """What the list shows, whole: its columns, a bounded count, and every row in order, streamed.

    The caller closes the rows: a stream left open would keep its connection at an old moment.
    """
    statement, *_rest = narrow(session, statement, state, filters or [], search, dimensions or [])
    order, descending, *_sorts = _order(model, columns, state, order, descending)
    rows = in_order(statement, order, descending).execution_options(yield_per=500)
    return _chosen(columns, state), count_of(session, statement), session.scalars(rows)


def _read_date(raw: str) -> date | None:
    try:
        return thai.parse_date(raw, thai.today()).day
    except thai.DateError:
        return None

"""Lists: search, filters, keyset pages, bounded counts. State lives in the URL."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, func, literal_column, select, tuple_

from core.db.scope import KhetSession
from core.text import thai

PAGE = 50
COUNT_LIMIT = 10_000


@dataclass(frozen=True)
class Column:
    """A column: heading, how a row becomes a cell, and how it looks (text, number, date, badge)."""

    title: Any
    cell: Callable[[Any], Any]
    kind: str = "text"
    #: the cell that links to the record
    link: bool = False
    #: hidden on a phone
    wide: bool = False


@dataclass(frozen=True)
class Filter:
    """A filter in the URL: a choice or a date. `apply(statement, value)` narrows the list."""

    name: str
    title: Any
    apply: Callable[[Select[Any], Any], Select[Any]]
    kind: str = "choice"
    choices: list[tuple[str, Any]] = field(default_factory=list)


@dataclass
class Listing:
    """One page of a list with everything its template needs."""

    rows: list[Any]
    columns: list[Column]
    filters: list[Filter]
    values: dict[str, str]
    errors: dict[str, str]
    query: str
    count: int
    next_after: int | None
    paged: bool

    @property
    def count_text(self) -> str:
        return f"{COUNT_LIMIT:,}+" if self.count > COUNT_LIMIT else f"{self.count:,}"

    @property
    def filtered(self) -> bool:
        return bool(self.query or any(self.values.values()))


def contains(column: Any, typed: str) -> Any:
    """SQL: every word typed stands somewhere in a search_text column, as any part of a word."""
    words = thai.search_text(typed).split()[:8]
    escaped = (word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") for word in words)
    return [column.like(f"%{word}%", escape="\\") for word in escaped]


def make(
    session: KhetSession,
    statement: Select[Any],
    *,
    model: Any,
    columns: list[Column],
    args: dict[str, str],
    order: tuple[Any, ...],
    descending: bool = False,
    filters: list[Filter] | None = None,
    search: Any = None,
) -> Listing:
    """Run one page of `statement`: two statements (page, bounded count), one more after the first page.

    `order` must end with the id; `args` are the URL's: q, after and the filters' names. A date filter that
    cannot be read is reported at its field and ignored.
    """
    filters = filters or []
    query = args.get("q", "").strip()[:200]
    values: dict[str, str] = {}
    errors: dict[str, str] = {}
    if query and search is not None:
        statement = statement.where(*contains(search, query))
    for item in filters:
        raw = args.get(item.name, "").strip()[:60]
        values[item.name] = raw
        if not raw:
            continue
        if item.kind == "date":
            day = _read_date(raw)
            if day is None:
                errors[item.name] = _("Type a date like 14/6/69 or 14 มิ.ย. 2569.")
            else:
                statement = item.apply(statement, day)
        elif raw in {str(value) for value, _title in item.choices}:
            statement = item.apply(statement, raw)
    count = session.scalar(
        select(func.count()).select_from(
            statement.with_only_columns(literal_column("1")).order_by(None).limit(COUNT_LIMIT + 1).subquery()
        )
    )
    after = args.get("after", "")
    anchor = session.get(model, int(after)) if after.isdigit() and len(after) < 10 else None
    if anchor is not None:
        at = tuple_(*(getattr(anchor, column.key) for column in order))
        statement = statement.where(tuple_(*order) < at if descending else tuple_(*order) > at)
    ordered = [column.desc() if descending else column.asc() for column in order]
    rows = list(session.scalars(statement.order_by(*ordered).limit(PAGE + 1)).unique())
    more = len(rows) > PAGE
    rows = rows[:PAGE]
    # a lazy title would be looked up again in every cell
    columns = [replace(column, title=str(column.title)) for column in columns]
    return Listing(
        rows=rows, columns=columns, filters=filters, values=values, errors=errors, query=query,
        count=count or 0, next_after=rows[-1].id if more else None, paged=anchor is not None,
    )  # fmt: skip


def _read_date(raw: str) -> date | None:
    try:
        return thai.parse_date(raw, thai.today()).day
    except thai.DateError:
        return None

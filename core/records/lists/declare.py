"""What a plugin says about a list. Nothing here touches a request or a database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from sqlalchemy import ColumnElement, Integer, Select, cast, extract, func, or_

from core.base.text import thai
from core.base.text.calendars import span
from core.base.text.dates import shown_date, shown_moment, shown_month

#: looks of what a sheet sorts, filters and adds up by its value
TYPED = ("date", "moment", "number")
_VALUES = date | int | float | Decimal
SPANS = (
    ("today", _l("Today")),
    ("week", _l("This week")),
    ("month", _l("This month")),
    ("term", _l("This term")),
    ("calendar_year", _l("This year")),
    ("budget_year", _l("This budget year")),
    ("last_budget_year", _l("Last budget year")),
    ("school_year", _l("This school year")),
)


@dataclass(frozen=True)
class Column:
    """A column of a list and of its sheet.

    `key` names it in the address. `cell(row)` is what the screen shows (default: the attribute `key`), a day or a
    moment as such;
    `value(row)` what a sheet gets (default: the attribute where it is a day, a moment or a number, else the cell).
    `kind` is its look: text, number, date, moment, label (a word of ours), name or subject.
    """

    key: str
    title: Any
    cell: Callable[[Any], Any] | None = None
    kind: str = "text"
    #: the cell that links to the record
    link: bool = False
    #: hidden on a phone
    wide: bool = False
    #: part of the list until its reader chooses otherwise
    shown: bool = True
    #: SQL to sort by (default: the model's column `key`); False where sorting makes no sense
    sort: Any = None
    #: name of the edit form's field that can be changed in the list
    edit: str = ""
    value: Callable[[Any], Any] | None = None
    #: on a sheet, in characters; by its kind where it is 0
    width: float = 0

    def show(self, row: Any) -> Any:
        """What stands in the cell: a dash where nothing is known."""
        found = self._found(row)
        if isinstance(found, datetime):
            return shown_moment(found)
        if isinstance(found, date):
            return shown_date(found)
        return "–" if found is None else found

    def _found(self, row: Any) -> Any:
        return getattr(row, self.key) if self.cell is None else self.cell(row)

    def plain(self, row: Any) -> Any:
        """What stands in a sheet: days, moments and numbers as such, everything else as text."""
        if self.value is not None:
            return self.value(row)
        kept = getattr(row, self.key, None)
        found = kept if self.kind in TYPED and isinstance(kept, _VALUES) else self._found(row)
        return found if isinstance(found, _VALUES) else str("" if found is None else found)


@dataclass(frozen=True)
class Filter:
    """A filter in the address. `apply(statement, value)` narrows the list.

    Kinds: choice (one of `choices`), date (typed in พ.ศ.; the value is a date).
    """

    name: str
    title: Any
    apply: Callable[[Select[Any], Any], Select[Any]]
    kind: str = "choice"
    choices: list[tuple[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Dimension:
    """What a list can be grouped by: SQL for the value, and how a value is called."""

    key: str
    title: Any
    expression: Any
    label: Callable[[Any], Any] = str
    #: values in the order people expect, where that is not by size
    order: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Measure:
    """What a pivot adds up; `expression` is an SQL aggregate."""

    key: str
    title: Any
    expression: Any


@dataclass(frozen=True)
class Action:
    """Something done to one record or to many: `apply(record, values)` with the values of `form`.

    The actor must hold `verb` at every record's unit; one that is missing refuses the whole step.
    """

    key: str
    title: Any
    verb: str
    apply: Callable[[Any, dict[str, Any]], Any]
    form: Callable[[], Any] | None = None
    icon: str = "check-circle"
    #: raises RuleError where the record as it is does not allow the step, whatever its form says: then that form does
    #: not open, the record's page does not offer it, and it is refused
    guard: Callable[[Any], object] | None = None
    #: called with the form and the statement of the chosen records before the form is shown or read: it offers what
    #: can be chosen for every one of them
    offer: Callable[[Any, Select[Any]], None] | None = None
    #: called once with the records and the form, after a step that was done at once
    after: Callable[[Any, Any], None] | None = None


@dataclass(frozen=True)
class Board:
    """Kanban: one dimension's values as columns; `action` (a key) is what moving a card begins."""

    dimension: str
    action: str = ""


def overdue(*late: ColumnElement[bool]) -> Filter:
    """The filter of what is late, as SQL says it."""
    return Filter(
        "late",
        lazy_pgettext("due", "Time"),
        lambda s, _v: s.where(*late),
        choices=[("1", _l("Overdue"))],
    )


def contains(column: Any, typed: str) -> list[Any]:
    """SQL: every word typed stands somewhere in a search_text column, as any part of a word."""
    words = thai.search_text(typed).split()[:8]
    escaped = (word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") for word in words)
    return [column.like(f"%{word}%", escape="\\") for word in escaped]


def holds(typed: str, *columns: Any) -> list[ColumnElement[bool]]:
    """SQL: each of the first five words typed stands in one of these columns, as it was written there."""
    return [or_(*(column.contains(word, autoescape=True) for column in columns)) for word in typed.split()[:5]]


def period(name: str, title: Any, column: Any) -> Filter:
    """A choice of spans (today … this budget year, this term) over a date column."""

    def apply(statement: Select[Any], value: str) -> Select[Any]:
        days = span(value, thai.today())
        return statement if days is None else statement.where(column.between(*days))

    return Filter(name, title, apply, choices=list(SPANS))


def month_of(key: str, title: Any, column: Any) -> Dimension:
    """Group a date column by calendar month; the value is year × 100 + month in ค.ศ., 0 where there is none."""

    def label(value: Any) -> str:
        year, month = divmod(int(value), 100)
        return shown_month(month, year) if month else "–"

    return Dimension(key, title, _month(column), label)


@lru_cache
def _month(column: Any) -> Any:
    """SQL of a date's month; made once, since every list names it."""
    return func.coalesce(cast(extract("year", column) * 100 + extract("month", column), Integer), 0)

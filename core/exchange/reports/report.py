"""What a report is: columns, what it asks, rows, charts. How it becomes a page or a file stands in kinds.py."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from core.exchange.reports.figure import Figure, Number, figure
from core.storage import fields
from core.storage.scope import KhetSession


@dataclass(frozen=True)
class Column:
    """One column: its heading, what stands in it (text, number, date or moment) and its width in characters.

    `value(record)` gives its cell to `line`. What is `private` does not leave the district.
    """

    title: Any
    kind: str = "text"
    width: float = 20
    value: Callable[[Any], Any] | None = None
    private: bool = False


_KINDS = {"date": ("date", 13.0), "amount": ("number", 14.0), "whole": ("number", 10.0), "choice": ("text", 16.0)}


def column(attribute: fields.Attribute, *, width: float = 0) -> Column:
    """The column of a field that the model declares."""
    spec = fields.shown(attribute)
    kind, usual = _KINDS.get(spec.kind, ("text", 20.0))
    value = lambda record: spec.plain(getattr(record, attribute.key))  # noqa: E731 – a cell, as a Column wants it
    return Column(spec.label, kind, width or spec.width or usual, value, spec.private)


def line(columns: Iterable[Column], record: Any, *given: Any) -> tuple[Any, ...]:
    """The cells of a record; a column without `value` takes the next of `given`."""
    more = iter(given)
    return tuple(next(more) if column.value is None else column.value(record) for column in columns)


@dataclass(frozen=True)
class Parameter:
    """What a report asks. `choices(session, actor)` gives (value, title) of what this actor may ask for, the first
    by default; whatever is not among them is refused."""

    name: str
    title: Any
    choices: Callable[..., Iterable[tuple[Any, Any]]]
    coerce: Callable[[Any], Any] = str


@dataclass(frozen=True)
class ReportChart:
    """A drawing that answers a question, of one of the KINDS in figure.py.

    `points(session, **parameters)` gives (name, number) pairs or a Figure. `names` and `numbers` head its table in a
    workbook: what the names are, and what is counted where the figure's series do not say it.
    """

    title: Any
    points: Callable[..., Figure | Iterable[tuple[str, Number]]]
    kind: str = "bar"
    names: Any = _l("Item")
    numbers: Any = _l("How many")

    def figure(self, session: KhetSession, parameters: dict[str, Any]) -> Figure:
        """What is drawn for these parameters."""
        return figure(self.points(session, **parameters))


@dataclass(frozen=True)
class Report:
    """A report declared once: it comes out as table on a page, Excel, CSV and PDF.

    `rows(session, **parameters)` yields tuples in the order of `columns`; days as `date`, moments as `datetime`.
    `heading(session, **parameters)` gives the lines above the table. `resource` is the right to export it.
    `size(session, **parameters)` says how many rows there are, so that a long one becomes a job; None where they are
    few and made in one piece.
    """

    key: str
    title: Any
    resource: str
    columns: tuple[Column, ...]
    rows: Callable[..., Iterable[tuple[Any, ...]]]
    heading: Callable[..., list[str]]
    size: Callable[..., int] | None
    parameters: tuple[Parameter, ...] = field(default=())
    charts: tuple[ReportChart, ...] = ()
    #: who signs the printed one
    signatures: tuple[Any, ...] = ()

    def first(self, session: KhetSession, most: int, **parameters: Any) -> tuple[list[tuple[Any, ...]], int]:
        """The first rows, at most so many, and how many there are."""
        if self.size is None:
            rows = list(self.rows(session, **parameters))
            return rows[:most], len(rows)
        size = self.size(session, **parameters)
        return (list(islice(self.rows(session, **parameters), most)) if size else []), size


def size_of(session: KhetSession, statement: Any) -> int:
    """Rows of a statement, whatever it selects."""
    return session.scalar(select(func.count()).select_from(statement.order_by(None).subquery())) or 0

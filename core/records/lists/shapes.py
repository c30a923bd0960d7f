"""The same rows in other shapes: groups, pivot, kanban, calendar. Each is a bounded number of statements."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, func, select, union_all

from core.base.text import calendars
from core.base.text.dates import shown_month
from core.records.lists.declare import Dimension, Measure
from core.records.lists.page import in_order
from core.storage.scope import KhetSession

MOST_GROUPS = 200
MOST_CELLS = 5_000
CARDS = 20
MOST_EVENTS = 500
EVENTS_A_DAY = 4


@dataclass(frozen=True)
class Group:
    """One value of a dimension, and how many rows have it."""

    value: Any
    title: str
    count: int

    @property
    def pair(self) -> tuple[str, int]:
        """As a chart draws it."""
        return self.title, self.count


def groups(session: KhetSession, statement: Select[Any], dimension: Dimension) -> list[Group]:
    """The values of a dimension with their counts, at most MOST_GROUPS; biggest first, months in time."""
    value, number = dimension.expression.label("value"), func.count().label("number")
    counted = statement.with_only_columns(value, number).order_by(None).group_by(value)
    rows = session.execute(counted.order_by(number.desc()).limit(MOST_GROUPS)).all()
    found = [Group(row.value, str(dimension.label(row.value)), row.number) for row in rows]
    if dimension.order:
        place = {value: index for index, value in enumerate(dimension.order)}
        return sorted(found, key=lambda group: place.get(group.value, len(place)))
    if found and all(isinstance(group.value, int) and group.value > 100_000 for group in found):
        return sorted(found, key=lambda group: group.value)
    return found


@dataclass(frozen=True)
class Pivot:
    """Rows × columns of one measure; `cells[row value, column value]`."""

    rows: list[Group]
    columns: list[Group]
    cells: dict[tuple[Any, Any], Any]


def pivot(session: KhetSession, statement: Select[Any], rows: Dimension, columns: Dimension, measure: Measure) -> Pivot:
    """One statement grouped by both dimensions; at most MOST_CELLS cells."""
    down, across = rows.expression.label("down"), columns.expression.label("across")
    amount = measure.expression.label("amount")
    counted = statement.with_only_columns(down, across, amount).order_by(None).group_by(down, across)
    found = session.execute(counted.limit(MOST_CELLS)).all()
    cells = {(row.down, row.across): row.amount or 0 for row in found}

    def along(dimension: Dimension, at: int) -> list[Group]:
        totals: dict[Any, Any] = {}
        for key, amount in cells.items():
            totals[key[at]] = totals.get(key[at], 0) + amount
        made = [Group(value, str(dimension.label(value)), total) for value, total in totals.items()]
        place = {value: index for index, value in enumerate(dimension.order)}
        numbers = all(isinstance(group.value, int) for group in made)
        return sorted(
            made, key=lambda g: place.get(g.value, len(place)) if place else (g.value if numbers else g.title)
        )

    return Pivot(along(rows, 0), along(columns, 1), cells)


@dataclass(frozen=True)
class Lane:
    """One column of a board."""

    value: Any
    title: str
    cards: list[Any]
    more: bool


def lanes(
    session: KhetSession, statement: Select[Any], dimension: Dimension, order: tuple[Any, ...], descending: bool
) -> list[Lane]:
    """The first CARDS rows of each of the dimension's ordered values, in one statement."""
    model = statement.column_descriptions[0]["entity"]
    firsts = [
        in_order(statement.where(dimension.expression == value), order, descending)
        .limit(CARDS + 1).with_only_columns(model.id).subquery()
        for value in dimension.order
    ]  # fmt: skip
    rows = statement.where(model.id.in_(union_all(*(select(first.c.id) for first in firsts))))
    lanes_of: dict[Any, list[Any]] = {value: [] for value in dimension.order}
    for row, value in session.execute(in_order(rows, order, descending).add_columns(dimension.expression)).unique():
        lanes_of[value].append(row)
    return [
        Lane(value, str(dimension.label(value)), cards[:CARDS], len(cards) > CARDS) for value, cards in lanes_of.items()
    ]


@dataclass(frozen=True)
class Day:
    """One day of the calendar."""

    day: date
    inside: bool
    today: bool
    rows: list[Any]
    more: int


@dataclass(frozen=True)
class Month:
    """A month in weeks from Monday, with its neighbours' names for the address."""

    title: str
    weeks: list[list[Day]]
    before: str
    after: str
    cut: bool


def calendar(session: KhetSession, statement: Select[Any], column: Any, raw: str, today: date) -> Month:
    """The rows of one month by `column` (a date); `raw` is YYYY-MM in ค.ศ., else this month."""
    first, last = calendars.month(_month(raw, today))
    start = first - timedelta(days=first.weekday())
    end = last + timedelta(days=6 - last.weekday())
    rows = list(
        session.scalars(
            statement.where(column.between(start, end)).order_by(None).order_by(column).limit(MOST_EVENTS + 1)
        ).unique()
    )
    by_day: dict[date, list[Any]] = {}
    for row in rows[:MOST_EVENTS]:
        by_day.setdefault(getattr(row, column.key), []).append(row)
    days = [start + timedelta(days=index) for index in range((end - start).days + 1)]
    made = [
        Day(d, first <= d <= last, d == today, by_day.get(d, [])[:EVENTS_A_DAY], len(by_day.get(d, [])) - EVENTS_A_DAY)
        for d in days
    ]
    return Month(
        title=shown_month(first.month, first.year, short=False),
        weeks=[made[index : index + 7] for index in range(0, len(made), 7)],
        before=f"{first - timedelta(days=1):%Y-%m}",
        after=f"{last + timedelta(days=1):%Y-%m}",
        cut=len(rows) > MOST_EVENTS,
    )


def _month(raw: str, today: date) -> date:
    year, _dash, number = raw.partition("-")
    if year.isdecimal() and number.isdecimal() and 1900 <= int(year) <= 2200 and 1 <= int(number) <= 12:
        return date(int(year), int(number), 1)
    return today


def counts(key: str, title: Any) -> Measure:
    """The measure every list has: how many."""
    return Measure(key, title, func.count())


__all__ = ["Day", "Group", "Lane", "Month", "Pivot", "calendar", "counts", "groups", "lanes", "pivot"]

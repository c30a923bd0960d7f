"""Days on which no office works, and counting the days on which it does.

The days fixed by date are those the cabinet keeps every year (ประกาศสำนักนายกรัฐมนตรี เรื่อง กำหนดเวลาทำงานและ
วันหยุดราชการ); those that follow the moon, and special ones, an administrator adds.
"""

from __future__ import annotations

from collections.abc import Set
from datetime import date, datetime, time, timedelta

from sqlalchemy import select

from core.base.text.thai import BANGKOK
from core.platform.masterdata.models import Holiday
from core.storage import cache
from core.storage.scope import KhetSession

FIXED = (
    (1, 1, "วันขึ้นปีใหม่"), (4, 6, "วันจักรี"), (4, 13, "วันสงกรานต์"), (4, 14, "วันสงกรานต์"), (4, 15, "วันสงกรานต์"),
    (5, 4, "วันฉัตรมงคล"), (6, 3, "วันเฉลิมพระชนมพรรษาสมเด็จพระนางเจ้าฯ พระบรมราชินี"),
    (7, 28, "วันเฉลิมพระชนมพรรษาพระบาทสมเด็จพระเจ้าอยู่หัว"),
    (8, 12, "วันแม่แห่งชาติ"), (10, 13, "วันนวมินทรมหาราช"), (10, 23, "วันปิยมหาราช"), (12, 5, "วันพ่อแห่งชาติ"),
    (12, 10, "วันรัฐธรรมนูญ"), (12, 31, "วันสิ้นปี"),
)  # fmt: skip
#: the stamp behind which they are kept
HOLIDAYS = "holidays"
cache.invalidates(HOLIDAYS, Holiday)
#: the office closes
CLOSING = time(16, 30)


def fill(session: KhetSession, year: int) -> int:
    """Add the fixed days of a year (ค.ศ.) that the district does not have yet; returns how many."""
    there = of(session, date(year, 1, 1), date(year, 12, 31))
    missing = [(date(year, month, day), name) for month, day, name in FIXED if date(year, month, day) not in there]
    session.add_all(Holiday(day=day, name=name) for day, name in missing)
    session.flush()
    return len(missing)


def of(session: KhetSession, first: date, last: date) -> frozenset[date]:
    """The district's holidays between two days, both included."""
    every = cache.cached(session, HOLIDAYS, "days", lambda: frozenset(session.scalars(select(Holiday.day))))
    return frozenset(day for day in every if first <= day <= last)


def works(day: date, holidays: Set[date]) -> bool:
    """Whether offices work on that day."""
    return day.weekday() < 5 and day not in holidays


def after(session: KhetSession, day: date, count: int) -> date:
    """The day that is `count` working days after `day`; 0 is the day itself, or the next working day."""
    holidays = of(session, day, day + timedelta(days=2 * count + 40))
    while not works(day, holidays):
        day += timedelta(days=1)
        if works(day, holidays) and count > 0:
            count -= 1
    while count > 0:
        day += timedelta(days=1)
        count -= works(day, holidays)
    return day


def between(session: KhetSession, first: date, last: date) -> int:
    """Working days after `first`, up to and including `last`."""
    return count(first, last, of(session, first, last))


def count(first: date, last: date, holidays: Set[date]) -> int:
    """The same, where the holidays between the two are known."""
    return sum(works(first + timedelta(days=n), holidays) for n in range(1, (last - first).days + 1))


def closing(day: date) -> datetime:
    """The moment at which the office closes that day."""
    return datetime.combine(day, CLOSING, BANGKOK)

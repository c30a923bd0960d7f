"""The three years an office lives by, and the spans of days that filters name.

Calendar year: 1 January (letters, orders). Budget year: 1 October, named by the year it ends in. School year:
16 May (ระเบียบกระทรวงศึกษาธิการว่าด้วยปีการศึกษา การเปิดและปิดสถานศึกษา พ.ศ. 2549: term 1 is 16 พ.ค.–11 ต.ค.,
term 2 is 1 พ.ย.–1 เม.ย.). All days are Gregorian dates; the years returned are พ.ศ.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

from core.base.text.thai import BUDDHIST_OFFSET

Span = tuple[date, date]


def budget_year(day: date) -> int:
    """The budget year (ปีงบประมาณ) of a day, in พ.ศ.; 1 Oct 2026 lies in 2570."""
    return day.year + BUDDHIST_OFFSET + (day.month >= 10)


def school_year(day: date) -> int:
    """The school year (ปีการศึกษา) of a day, in พ.ศ.; before 16 May it is last year's."""
    return day.year + BUDDHIST_OFFSET - ((day.month, day.day) < (5, 16))


def school_year_of(year: int) -> Span:
    """First and last day of a school year (พ.ศ.)."""
    begins = year - BUDDHIST_OFFSET
    return date(begins, 5, 16), date(begins + 1, 5, 15)


def term(day: date) -> Span:
    """The term of a day, first and last day; in the holidays the term that has just ended."""
    year = school_year(day) - BUDDHIST_OFFSET
    first, second = (date(year, 5, 16), date(year, 10, 11)), (date(year, 11, 1), date(year + 1, 4, 1))
    return second if day >= second[0] else first


def month(day: date) -> Span:
    """The calendar month of a day."""
    return day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1])


def span(name: str, today: date) -> Span | None:
    """The days that a named span covers, both ends included; None for an unknown name.

    Names: today, week (Monday to Sunday), month, term, calendar_year, budget_year, last_budget_year,
    school_year.
    """
    match name:
        case "today":
            return today, today
        case "week":
            monday = today - timedelta(days=today.weekday())
            return monday, monday + timedelta(days=6)
        case "month":
            return month(today)
        case "term":
            return term(today)
        case "calendar_year":
            return date(today.year, 1, 1), date(today.year, 12, 31)
        case "budget_year" | "last_budget_year":
            ends = budget_year(today) - BUDDHIST_OFFSET - (name == "last_budget_year")
            return date(ends - 1, 10, 1), date(ends, 9, 30)
        case "school_year":
            return school_year_of(school_year(today))
    return None

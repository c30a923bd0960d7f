"""When a step is due: the manual's timing rule, the district's terms and holidays. No date is typed in code.

A school year (ปีการศึกษา, พ.ศ.) begins with its first term; months are those of that year. A due day on which no
office works moves to the last working day before it: what the manual wants by then is there by then.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta

from sqlalchemy import select

from core.base.text import calendars
from core.base.text.thai import BUDDHIST_OFFSET
from core.domain.standards.models import Term
from core.platform.masterdata import holidays
from core.storage.scope import KhetSession

YEAR_END = frozenset({"ALL_YEAR", "ACADEMIC_YEAR_END", "EVERY_ACADEMIC_YEAR", "ONCE_A_YEAR"})
PER_TERM = frozenset({"EVERY_TERM", "TERM_END", "MIN_2_PER_TERM"})

Terms = Mapping[int, tuple[date, date]]


def terms(session: KhetSession, year: int) -> Terms:
    """First and last day of both terms of a school year: the district's own, else the ministry's."""
    found = {
        row.number: (row.starts_on, row.ends_on) for row in session.scalars(select(Term).filter_by(school_year=year))
    }
    first = date(year - BUDDHIST_OFFSET, 5, 16)
    return {1: calendars.term(first), 2: calendars.term(date(year - BUDDHIST_OFFSET, 11, 1)), **found}


def rounds(rule: str, run_term: int) -> tuple[int, ...]:
    """Terms for which a step is to be done once each; (0,) where it is done once a run."""
    if rule not in PER_TERM:
        return (0,)
    return (run_term,) if run_term else (1, 2)


def due(rule: str, year: int, term: int, known: Terms) -> date | None:
    """The day by which a step is due; None where it follows an event, a phase or nobody's rule.

    `term` is 0 for the whole year. Raises ValueError for a rule that is none.
    """
    name, _colon, number = rule.partition(":")
    if rule in PER_TERM:
        return known[term or 2][1]
    if rule in YEAR_END:
        return known[2][1]
    if name == "MONTH":
        month = int(number)
        of = year - BUDDHIST_OFFSET + (month < known[1][0].month)
        return date(of, month, monthrange(of, month)[1])
    if rule in ("", "PER_EVENT") or name in ("LEAD_DAYS", "PHASE"):
        return None
    raise ValueError(rule)


def workday(session: KhetSession, day: date | None) -> date | None:
    """The day itself, or the last working day before it."""
    if day is None:
        return None
    closed = holidays.of(session, day - timedelta(days=30), day)
    while not holidays.works(day, closed):
        day -= timedelta(days=1)
    return day

"""The three years of an office, and the spans that filters name."""

from __future__ import annotations

from datetime import date

import pytest

from core.base.text import calendars


@pytest.mark.parametrize(
    ("day", "budget", "school"),
    [
        (date(2026, 9, 30), 2569, 2569),
        (date(2026, 10, 1), 2570, 2569),
        (date(2026, 5, 15), 2569, 2568),
        (date(2026, 5, 16), 2569, 2569),
        (date(2027, 1, 1), 2570, 2569),
    ],
)
def test_the_budget_year_begins_in_october_and_the_school_year_in_may(day, budget, school):
    assert calendars.budget_year(day) == budget
    assert calendars.school_year(day) == school


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("today", date(2026, 11, 21), date(2026, 11, 21)),
        ("week", date(2026, 11, 16), date(2026, 11, 22)),
        ("month", date(2026, 11, 1), date(2026, 11, 30)),
        ("term", date(2026, 11, 1), date(2027, 4, 1)),
        ("calendar_year", date(2026, 1, 1), date(2026, 12, 31)),
        ("budget_year", date(2026, 10, 1), date(2027, 9, 30)),
        ("last_budget_year", date(2025, 10, 1), date(2026, 9, 30)),
        ("school_year", date(2026, 5, 16), date(2027, 5, 15)),
    ],
)
def test_a_named_span_is_what_the_office_means_by_it(name, first, last):
    assert calendars.span(name, date(2026, 11, 21)) == (first, last)


def test_in_the_holidays_this_term_is_the_one_that_has_just_ended():
    assert calendars.term(date(2026, 10, 20)) == (date(2026, 5, 16), date(2026, 10, 11))
    assert calendars.term(date(2027, 4, 20)) == (date(2026, 11, 1), date(2027, 4, 1))
    assert calendars.span("nonsense", date(2026, 1, 1)) is None

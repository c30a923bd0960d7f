"""Days, moments and months as the language of the page writes them: พ.ศ. in Thai, the common era in English.

Papers are Thai whoever makes them, and use `thai.format_date`; so does whatever is kept as words.
"""

from __future__ import annotations

from datetime import date, datetime, time

from flask_babel import get_locale

from core.base.text import thai

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def in_english() -> bool:
    """Whether what is written now is for an English page or file."""
    locale = get_locale()
    return locale is not None and locale.language == "en"


def shown_month(month: int, year: int | None = None, *, short: bool = True) -> str:
    """A month from 1 to 12, of a year (ค.ศ.) or of any: มิ.ย. 2569, Jun 2026."""
    if in_english():
        name = MONTHS[month - 1][:3] if short else MONTHS[month - 1]
        return name if year is None else f"{name} {year}"
    name = (thai.SHORT_MONTHS if short else thai.MONTHS)[month - 1]
    return name if year is None else f"{name} {year + thai.BUDDHIST_OFFSET}"


def shown_date(day: date | None, style: str = "list") -> str:
    """A day in one of the styles list, short, letter of `thai.format_date`; in English 14 Jun 2026 or 14 June 2026."""
    if day is None or not in_english():
        return thai.format_date(day, style)
    return f"{day.day} {shown_month(day.month, day.year, short=style != 'letter')}"


def shown_moment(moment: datetime | None) -> str:
    """A moment by the clocks of Bangkok: 14 มิ.ย. 69 09.30 น., 14 Jun 2026 09:30. Naive values are taken as UTC."""
    if moment is None or not in_english():
        return thai.format_moment(moment)
    here = thai.local(moment)
    return f"{shown_date(here.date())} {shown_clock(here.time())}"


def shown_clock(at: time) -> str:
    """A time of day: 09.30 น., 09:30."""
    return f"{at:%H:%M}" if in_english() else f"{at:%H.%M} น."

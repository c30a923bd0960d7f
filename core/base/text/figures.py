"""Figures as an office prints them: exact, rounded half up once, the same on page, in Excel, in PDF and as indicator.

Binary floats round 3.625 down and half of all ties wrongly, which moves a mean from one band to the next. Where there
is no data the figure is None, never nought.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from typing import Any

#: far more digits than any figure here has
_WIDE = Context(prec=60, rounding=ROUND_HALF_UP)


def _exact(value: Any) -> Fraction:
    """The number as it is written: 0.1 is a tenth, not what a float holds."""
    return Fraction(str(value)) if isinstance(value, float) else Fraction(value)


def half_up(value: Any, places: int = 0) -> Decimal:
    """The number to so many places, a tie away from nought."""
    exact = _exact(value)
    scaled = abs(exact) * 10**places
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Decimal(-whole if exact < 0 else whole).scaleb(-places, _WIDE)


def ratio(part: Any, whole: Any, places: int = 1) -> Decimal | None:
    """`part` in one of `whole`; None where there is no whole."""
    return half_up(_exact(part) / _exact(whole), places) if whole else None


def percent(part: Any, whole: Any, places: int = 1) -> Decimal | None:
    """Per cent of the whole; None where there is no whole."""
    return ratio(100 * _exact(part), whole, places)


def mean(values: Iterable[Any], places: int = 2) -> Decimal | None:
    """The arithmetic mean; None of nothing."""
    found = [_exact(value) for value in values]
    return ratio(sum(found), len(found), places)


def deviation(values: Iterable[Any], places: int = 2) -> Decimal | None:
    """The sample standard deviation (n − 1); None of fewer than two."""
    found = [_exact(value) for value in values]
    count = len(found)
    if count < 2:
        return None
    total = sum(found, Fraction())
    variance = (count * sum((one * one for one in found), Fraction()) - total * total) / (count * (count - 1))
    root = _WIDE.sqrt(_WIDE.divide(Decimal(variance.numerator), Decimal(variance.denominator)))
    return half_up(root, places)


@dataclass(frozen=True)
class Described:
    """What some answers come to: how many there are, how many were left out, mean and standard deviation."""

    n: int
    missing: int
    mean: Decimal | None
    deviation: Decimal | None


def describe(values: Iterable[Any]) -> Described:
    """Answers, None where somebody gave none: what is left out is not nought."""
    every = list(values)
    given = [value for value in every if value is not None]
    return Described(len(given), len(every) - len(given), mean(given), deviation(given))


def band(value: Decimal | None, bands: Sequence[tuple[Any, Any]]) -> Any:
    """The name of the band in which a mean lies; `bands` are (least, name), the highest first. Empty without a mean."""
    if value is None:
        return ""
    shown = half_up(value, 2)
    return next(name for least, name in bands if shown >= Decimal(str(least)))


def number(value: Decimal | None) -> float | None:
    """For a cell that computes (Excel, charts): the rounded figure itself."""
    return None if value is None else float(value)


def shown(value: Decimal | float | None, places: int | None = None) -> str:
    """The figure on paper: with so many places, or as short as it is (90, 87.9). Empty where there is none."""
    if value is None:
        return ""
    if places is not None:
        return f"{half_up(value, places):,f}"
    text = f"{half_up(value, 6):,f}"
    return text.rstrip("0").rstrip(".")


def amount(value: Any) -> str:
    """Money: 33,000.00. Empty where there is none."""
    return "" if value is None else f"{half_up(value, 2):,f}"

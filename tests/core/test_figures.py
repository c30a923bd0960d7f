"""Means, deviations, percents and amounts: exact, half up, and made in one place."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal, localcontext

import pytest

from core.base.text import figures
from core.ops.application import ROOT

BANDS = (("4.51", 5), ("3.51", 4), ("2.51", 3), ("1.51", 2), ("0", 1))


def again(number: Decimal, places: int) -> Decimal:
    """The second way: decimal's own rounding of a quotient of 60 digits."""
    return number.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def test_every_mean_that_up_to_two_hundred_answers_can_have():
    with localcontext() as context:
        context.prec = 60
        for n in range(1, 201):
            for total in range(n, 5 * n + 1, 3):
                wanted = again(Decimal(total) / n, 2)
                assert figures.ratio(total, n, 2) == wanted
                if n <= 40:  # a mean is that ratio, whatever the answers
                    low, more = divmod(total, n)
                    assert figures.mean([low] * (n - more) + [low + 1] * more) == wanted
                assert figures.band(wanted, BANDS) == next(b for least, b in BANDS if wanted >= Decimal(least))


@pytest.mark.parametrize(
    ("answers", "mean", "band"), [([3] * 3 + [4] * 5, "3.63", 4), ([3] * 99 + [4] * 101, "3.51", 4)]
)
def test_ties_that_a_float_rounds_down(answers, mean, band):
    assert figures.mean(answers) == Decimal(mean)
    assert figures.band(figures.mean(answers), BANDS) == band


def test_the_sample_deviation_by_a_second_way():
    with localcontext() as context:
        context.prec = 60
        for answers in ([1, 5], [4, 4, 5], [5, 4, 3, 2, 1], [3] * 3 + [4] * 5, [1] * 7 + [5] * 2):
            middle = Decimal(sum(answers)) / len(answers)
            spread = (sum((one - middle) ** 2 for one in answers) / (len(answers) - 1)).sqrt()
            assert figures.deviation(answers) == again(spread, 2)


def test_what_was_left_out_is_counted_and_is_not_nought():
    found = figures.describe([5, None, 4, None])
    assert (found.n, found.missing, found.mean) == (2, 2, Decimal("4.50"))
    empty = figures.describe([None])
    assert (empty.n, empty.missing, empty.mean, empty.deviation) == (0, 1, None, None)
    assert figures.percent(0, 0) is None
    assert figures.percent(0, 5) == 0
    assert figures.shown(None) == figures.amount(None) == figures.band(None, BANDS) == ""


def test_percents_and_amounts():
    assert figures.percent(29, 33) == Decimal("87.9")
    assert figures.percent(1, 16, 2) == Decimal("6.25")
    assert figures.percent(1, 160) == Decimal("0.6")
    assert figures.percent(1, 80) == Decimal("1.3"), "1.25: half up"
    assert figures.amount(Decimal("0.005")) == "0.01"
    assert figures.amount(2.675) == "2.68", "as it was typed, not as a float holds it"
    assert figures.amount(33000) == "33,000.00"
    assert figures.half_up(-2.5) == -3
    assert [figures.shown(one) for one in (90.0, 87.9, 3.51, 1200)] == ["90", "87.9", "3.51", "1,200"]


#: what is drawn or measured on paper, not told as a figure
DRAWS = (
    "core/exchange/reports/svg.py",
    "core/exchange/reports/table_pdf.py",
    "core/platform/documents/",
    "plugins/saraban/scans/",
    "core/base/text/figures.py",
    "core/platform/jobs/",
)


def test_nothing_else_rounds_a_figure():
    """`round`, `statistics` and `:.2f` halve to even or to whatever a float holds: figures come from one module."""
    own = re.compile(r"(?<![\w.])round\(|^from statistics import|^import statistics|:,?\.[0-9]f\}", re.MULTILINE)
    files = [path for folder in ("core", "plugins") for path in (ROOT / folder).rglob("*.py")]
    names = {path.relative_to(ROOT).as_posix(): path for path in files if "migrations" not in path.parts}
    found = {name for name, path in names.items() if not name.startswith(DRAWS) and own.search(path.read_text("utf-8"))}
    assert found == set()

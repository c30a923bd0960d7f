"""What a chart draws, whether on a page (svg.py) or in a workbook (charts.py)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.base.text import figures

#: bar: by size · column: in time · funnel: stages, each at most the one before · stacked, stacked_bar: parts of a whole
#: · histogram: bins with a line between two of them · heat: how much where · diverging: above and below nought
#: · pareto: by size with the share so far · bullet: what was reached beside what was aimed at
KINDS = (
    "bar", "column", "funnel", "stacked", "stacked_bar", "histogram", "heat", "diverging", "pareto", "bullet",
)  # fmt: skip

Number = int | float


@dataclass(frozen=True)
class Figure:
    """Numbers over names: every series has one for every name."""

    names: Sequence[str]
    #: (what it is, its numbers); bullet: what was reached, then the aim
    series: Sequence[tuple[str, Sequence[Number]]]
    #: histogram: the line stands before the bin of this place
    line: int | None = None

    @property
    def empty(self) -> bool:
        """Whether there is nothing to be seen."""
        return not any(number for _title, numbers in self.series for number in numbers)

    def totals(self) -> list[Number]:
        """The sum over the series, name by name."""
        return [sum(numbers[place] for _title, numbers in self.series) for place in range(len(self.names))]


def figure(points: Figure | Iterable[tuple[str, Number]]) -> Figure:
    """A figure of (name, number) pairs; a figure stays as it is."""
    if isinstance(points, Figure):
        return points
    pairs = list(points)
    return Figure([name for name, _number in pairs], [("", [number for _name, number in pairs])])


def counted(cells: Iterable[tuple[str, str, Number]], names: Sequence[str], series: Sequence[str]) -> Figure:
    """A figure of (name, series, number) cells, in these orders; what is not among the cells is nought."""
    found: dict[tuple[str, str], Number] = {}
    for name, one, number in cells:
        found[name, one] = found.get((name, one), 0) + number
    return Figure(names, [(one, [found.get((name, one), 0) for name in names]) for one in series])


def shares(numbers: Sequence[Number]) -> list[float]:
    """Per cent of the whole that each number makes with those before it, one digit."""
    whole, so_far, found = sum(numbers), 0.0, []
    for number in numbers:
        so_far += number
        found.append(figures.number(figures.percent(so_far, whole)) or 0.0)
    return found

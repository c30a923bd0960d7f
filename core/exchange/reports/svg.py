"""Figures on a page: SVG with its numbers beside it as a table, so that nobody has to see colours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask_babel import gettext as _
from markupsafe import Markup, escape

from core.exchange.reports.figure import Figure, Number, figure, shares

WIDTH = 600
#: where a bar begins, right of the names; how long the longest is
LEFT, LONGEST = 208, 330
LINE = 28
#: lines that are drawn; the table has them all
MOST = 20
#: height of the columns' ground and of the highest column
GROUND, HIGHEST, WIDEST = 155, 130, 72
#: colours that a legend tells apart; further series begin again
COLOURS = 6
SHADES = 4


def draw(kind: str, points: Any) -> Markup:
    """The figure as HTML: drawing, legend, table. `points` is a Figure or (name, number) pairs."""
    found = figure(points)
    if found.empty:  # columns of nought would be a row of dates under an empty box
        return Markup('<p class="text-secondary mb-0">{}</p>').format(_("Nothing here yet."))
    if kind == "heat":
        return _heat(found)
    title = escape(_("As a table"))
    table = f'<details class="small"><summary>{title}</summary>{_table(found)}</details>'
    return Markup(_KINDS[kind](found) + _legend(kind, found) + table)  # noqa: S704 – escaped where it is made


def _text(number: Number) -> str:
    return f"{number:,}"


def _svg(height: int, found: Figure, parts: list[str]) -> str:
    totals = found.totals() if len(found.series) > 1 else found.series[0][1]
    said = "; ".join(f"{name}: {_text(number)}" for name, number in zip(found.names, totals, strict=True))
    return (
        f'<div class="chart-wide" tabindex="0"><svg class="chart" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'translate="no">'
        f"<title>{escape(said)}</title>{''.join(parts)}</svg></div>"
    )


def _rect(x: float, y: float, width: float, height: float, kind: str = "") -> str:
    look = f' class="{kind}"' if kind else ""
    return f'<rect{look} x="{x:.0f}" y="{y:.0f}" width="{max(width, 1):.0f}" height="{height:.0f}" rx="2"></rect>'


def _label(x: float, y: float, text: str, at: str = "start", kind: str = "") -> str:
    look = f' class="{kind}"' if kind else ""
    return f'<text{look} x="{x:.0f}" y="{y:.0f}" text-anchor="{at}">{escape(text)}</text>'


def _name(place: int, name: str) -> str:
    name = name or "–"
    return _label(200, place * LINE + 19, name if len(name) <= 30 else f"{name[:29]}…", "end", "axis")


def _bars(found: Figure) -> str:
    numbers = found.series[0][1][:MOST]
    most = max(*numbers, 1)
    parts = []
    for place, number in enumerate(numbers):
        length = LONGEST * number / most
        parts += [
            _name(place, found.names[place]), _rect(LEFT, place * LINE + 5, length, 18),
            _label(LEFT + length + 6, place * LINE + 19, _text(number)),
        ]  # fmt: skip
    return _svg(len(numbers) * LINE + 4, found, parts)


def _funnel(found: Figure) -> str:
    """Bars around a middle, each stage under the one that it comes from."""
    numbers, parts = found.series[0][1], []
    most = max(*numbers, 1)
    middle = LEFT + LONGEST / 2
    for place, number in enumerate(numbers):
        length = LONGEST * number / most
        parts += [
            _name(place, found.names[place]), _rect(middle - length / 2, place * LINE + 3, length, 22),
            _label(LEFT + LONGEST + 10, place * LINE + 19, _text(number)),
        ]  # fmt: skip
    return _svg(len(numbers) * LINE + 4, found, parts)


def _stacked_bars(found: Figure) -> str:
    totals, parts = found.totals()[:MOST], []
    most = max(*totals, 1)
    for place, total in enumerate(totals):
        at: float = LEFT
        parts.append(_name(place, found.names[place]))
        for which, (_title, numbers) in enumerate(found.series):
            if numbers[place]:
                length = LONGEST * numbers[place] / most
                parts.append(_rect(at, place * LINE + 5, length - 1, 18, f"s{which % COLOURS}"))
                at += length
        parts.append(_label(at + 6, place * LINE + 19, _text(total)))
    return _svg(len(totals) * LINE + 4, found, parts)


def _diverging(found: Figure) -> str:
    """Bars to the right above nought, to the left below."""
    numbers, parts = found.series[0][1][:MOST], []
    most = max([abs(number) for number in numbers] + [0.01])
    middle, half = LEFT + LONGEST / 2, LONGEST / 2 - 30
    for place, number in enumerate(numbers):
        length = half * abs(number) / most
        below = number < 0
        parts += [
            _name(place, found.names[place]),
            _rect(middle - length if below else middle, place * LINE + 5, length, 18, "s1" if below else "s0"),
            _label(middle - length - 5 if below else middle + length + 5, place * LINE + 19, f"{number:+,}",
                   "end" if below else "start"),
        ]  # fmt: skip
    height = len(numbers) * LINE + 4
    parts.append(f'<line class="rule" x1="{middle:.0f}" y1="0" x2="{middle:.0f}" y2="{height}"></line>')
    return _svg(height, found, parts)


def _bullets(found: Figure) -> str:
    """What was reached as a bar over the aim's wide one, with a mark where the aim stands."""
    (_reached, reached), (_aim, aims) = found.series
    most, parts = max([*reached, *aims, 1]), []
    for place, (number, aim) in enumerate(zip(reached, aims, strict=True)):
        mark = LEFT + LONGEST * aim / most
        length = LONGEST * number / most
        parts += [
            _name(place, found.names[place]), _rect(LEFT, place * LINE + 3, mark - LEFT, 22, "aim"),
            _rect(LEFT, place * LINE + 9, length, 10),
            f'<line class="mark" x1="{mark:.0f}" y1="{place * LINE + 2}" x2="{mark:.0f}" '
            f'y2="{place * LINE + 26}"></line>',
            _label(max(LEFT + length, mark) + 6, place * LINE + 19, _text(number)),
        ]  # fmt: skip
    return _svg(len(reached) * LINE + 4, found, parts)


def _columns(found: Figure, kinds: Sequence[str] = ("",), most: Number | None = None) -> tuple[str, float]:
    """Stacked columns with the sum above and the name below; and how wide a place is."""
    wide = WIDTH / len(found.names)
    totals = found.totals()
    top = most if most is not None else max([*totals, 1])
    parts = []
    for place, total in enumerate(totals):
        broad = min(wide * 2 / 3, WIDEST)
        x, y = place * wide + (wide - broad) / 2, float(GROUND)
        for which, (_title, numbers) in enumerate(found.series):
            if numbers[place]:
                high = HIGHEST * numbers[place] / top
                y -= high
                parts.append(_rect(x, y, broad, max(high - (len(found.series) > 1), 1), kinds[which % len(kinds)]))
        middle = place * wide + wide / 2
        if total:
            parts.append(_label(middle, y - 5, _text(total), "middle"))
        for line, words in enumerate(_two_lines(found.names[place], wide)):
            parts.append(_label(middle, 172 + 16 * line, words, "middle", "axis"))
    return "".join(parts), wide


def _two_lines(name: str, wide: float) -> list[str]:
    """A name that is too wide for its column is broken at its last blank, or cut."""
    room = max(int(wide / 8), 3)
    first, _blank, second = name.rpartition(" ") if len(name) > room else ("", "", name)
    return [part if len(part) <= room + 2 else f"{part[:room]}…" for part in (first, second) if part]


def _column(found: Figure) -> str:
    return _svg(196, found, [_columns(found)[0]])


def _stacked(found: Figure) -> str:
    return _svg(196, found, [_columns(found, [f"s{n}" for n in range(COLOURS)])[0]])


def _histogram(found: Figure) -> str:
    parts, wide = _columns(found, ("s1", "s0"))
    line = ""
    if found.line is not None:
        at = wide * found.line
        line = f'<line class="mark" x1="{at:.0f}" y1="0" x2="{at:.0f}" y2="{GROUND}"></line>'
    return _svg(196, found, [parts, line])


def _pareto(found: Figure) -> str:
    """Columns by size and the line of the share so far; the columns' ground to the top is the whole."""
    numbers = found.series[0][1]
    parts, wide = _columns(found, most=max(sum(numbers), 1))
    so_far = shares(numbers)
    points = [(wide * (place + 0.5), GROUND - HIGHEST * share / 100) for place, share in enumerate(so_far)]
    line = " ".join(f"{x:.0f},{y:.0f}" for x, y in points)
    said = [
        _label(x + 8, y + 4, f"{share:g} %", kind="axis")
        for (x, y), share in list(zip(points, so_far, strict=True))[1:]
    ]  # fmt: skip
    dots = [f'<circle cx="{x:.0f}" cy="{y:.0f}" r="3"></circle>' for x, y in points]
    return _svg(196, found, [parts, f'<polyline points="{line}"></polyline>', *dots, *said])


def _legend(kind: str, found: Figure) -> str:
    titles = [title for title, _numbers in found.series]
    if len(titles) < 2:
        return ""
    looks = {"histogram": ["s1", "s0"], "bullet": ["", "aim"]}.get(kind) or [
        f"s{n % COLOURS}" for n in range(len(titles))
    ]
    lines = "".join(
        f'<li><svg class="chart swatch" viewBox="0 0 12 12" aria-hidden="true">{_rect(0, 0, 12, 12, look)}</svg> '
        f"{escape(title)}</li>"
        for title, look in zip(titles, looks, strict=False)
    )
    return f'<ul class="legend" translate="no">{lines}</ul>'


def _table(found: Figure, shade: Callable[[Number], str] = lambda number: "number") -> str:
    several = len(found.series) > 1
    head = "".join(f'<th scope="col" class="number">{escape(title)}</th>' for title, _numbers in found.series)
    lines = "".join(
        f'<tr><th scope="row" class="fw-normal">{escape(name or "–")}</th>'
        + "".join(
            f'<td class="{shade(numbers[place])}">{_text(numbers[place])}</td>' for _title, numbers in found.series
        )
        + "</tr>"
        for place, name in enumerate(found.names)
    )
    top = f"<thead><tr><td></td>{head}</tr></thead>" if several else ""
    return (
        '<div class="table-responsive" tabindex="0"><table class="table table-sm w-auto" translate="no">'
        f"{top}<tbody>{lines}</tbody></table></div>"
    )


def _heat(found: Figure) -> Markup:
    """A table whose cells are the darker the more stands in them: the numbers stay readable."""
    most = max([number for _title, numbers in found.series for number in numbers] + [1])
    return Markup(_table(found, lambda number: f"number heat-{-(-SHADES * number // most):.0f}"))  # noqa: S704 – escaped where it is made


_KINDS: dict[str, Callable[[Figure], str]] = {
    "bar": _bars, "column": _column, "funnel": _funnel, "stacked": _stacked, "stacked_bar": _stacked_bars,
    "histogram": _histogram, "diverging": _diverging, "pareto": _pareto, "bullet": _bullets,
}  # fmt: skip

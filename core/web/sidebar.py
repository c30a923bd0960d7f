"""The side navigation as HTML: home, what waits, a person's few daily lists, and the modules, of which one is open.

A line is the same on every page of a language, so a process draws it once; what waits there is put in. Every line
stands once and opens without script; no more than `ROOM` are seen at a time, the others behind a heading that opens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from flask import url_for
from flask_babel import gettext as _
from markupsafe import Markup, escape

from core.plugins.registry import Registry

#: from here on nobody counts
MOST_SHOWN = 1000
#: lines that are seen at once
ROOM = 12
#: lists at the top: those that the person pinned, then those of every day; one fewer beside a module's own
MOST_DAILY = 3

Waiting = Mapping[str, tuple[int, int]]


class Line(NamedTuple):
    """One line without its count: its module and that one's icon, the heading it is folded under, its view, and how it
    begins, elsewhere and on its own page."""

    module: str
    icon: Markup
    fold: str
    view: str
    waits: bool
    daily: bool
    elsewhere: str
    here: str


@lru_cache(maxsize=16)
def lines(registry: Registry, locale: str, root: str, icon: Callable[[str], Markup]) -> tuple[Line, ...]:
    """Every line of the navigation in a language, for an application that lies under `root`."""
    found = []
    for name, item in registry.navigation():
        title, address = escape(str(item.title)), escape(url_for(item.endpoint))
        inside = f'href="{address}"{{}} title="{title}">{icon(item.icon)}<span>{title}</span>'
        found.append(
            Line(
                str(item.section or registry.manifests[name].title),
                icon(item.icon if item.section else registry.manifests[name].icon),
                str(item.fold or ""),
                item.endpoint.partition(".")[0],
                bool(item.worklist_verbs),
                item.daily,
                '<a class="nav-link" ' + inside.format(""),
                '<a class="nav-link active" ' + inside.format(' aria-current="page"'),
            )
        )
    return tuple(found)


class Parts(NamedTuple):
    """Lines as a page shows them: at the top, of the module that is open (seen, folded), and those of the others."""

    daily: Sequence[Line]
    open: Sequence[Line]
    folded: Sequence[Line]
    others: Mapping[str, Sequence[Line]]


def parts(shown: Sequence[Line], here: str, pinned: Sequence[str]) -> Parts:
    """How these lines are laid out on a page of the view `here`; `pinned` names the views that the person put first.

    A daily list stands in its module while that is open, else at the top. What leaves too little room is folded away,
    never the line of the page itself.
    """
    module = next((line.module for line in shown if line.view == here), "")
    by_view = {line.view: line for line in shown if line.module != module}
    mine = [line for line in shown if line.module == module] if module else []
    daily = dict.fromkeys([*pinned, *(view for view, line in by_view.items() if line.daily)])
    top = [by_view[view] for view in daily if view in by_view][: MOST_DAILY - bool(mine)]
    first = [line for line in mine if not line.fold]
    room = ROOM - 3 - len(top)  # home, what waits, and the other modules
    seen = first[: room if len(mine) <= room else room - 1]
    if current := [line for line in mine if line.view == here and line not in seen]:
        seen = [*seen[: room - 2], *current]
    others: dict[str, list[Line]] = {}
    for line in shown:
        if line.module != module:
            others.setdefault(line.module, [])
            if line not in top:
                others[line.module].append(line)
    return Parts(top, seen, [line for line in mine if line not in seen], others)


def drawn(
    shown: Sequence[Line], here: str, waiting: Waiting, pinned: Sequence[str], icon: Callable[[str], Markup]
) -> Markup:
    """These lines as `parts` lays them out; `waiting` as in queries.PageCounts."""
    laid = parts(shown, here, pinned)

    def each(some: Iterable[Line]) -> str:
        return "\n".join(_line(line, here, waiting) for line in some)

    def by_fold(some: Sequence[Line]) -> str:
        inside = each(line for line in some if not line.fold)
        for fold in dict.fromkeys(line.fold for line in some if line.fold):
            inside += f"\n<h3>{escape(fold)}</h3>\n{each(line for line in some if line.fold == fold)}"
        return inside

    out = [each(laid.daily)]
    if laid.open:
        out.append(f'<h2 class="wide-only">{escape(laid.open[0].module)}</h2>\n{each(laid.open)}')
    if laid.folded:
        out.append(_folded(_("More"), icon("chevron-down"), by_fold(laid.folded), sum_of(laid.folded, waiting)))
    modules = {
        module: _folded(module, some[0].icon, by_fold(some), sum_of(some, waiting))
        for module, some in laid.others.items()
        if some
    }
    # on a page of no module the modules are what one looks for
    room = 0 if laid.open else ROOM - 2 - len(laid.daily)
    kept = list(modules)[: room if len(modules) <= room else max(room - 1, 0)]
    out += [modules[module] for module in kept]
    if rest := [module for module in modules if module not in kept]:
        waits = sum_of([line for module in rest for line in laid.others[module]], waiting)
        out.append(_folded(_("Other modules"), icon("columns-gap"), "\n".join(modules[one] for one in rest), waits))
    return Markup("\n".join(out))  # noqa: S704 – escaped above


def sum_of(some: Iterable[Line], waiting: Waiting) -> tuple[int, int]:
    """(how many wait, how many of them are late) in these lists together."""
    found = [waiting.get(line.view, (0, 0)) for line in some if line.waits]
    return sum(count for count, _late in found), sum(late for _count, late in found)


def _line(line: Line, here: str, waiting: Waiting) -> str:
    current = line.view == here
    count, late = waiting.get(line.view, (0, 0)) if line.waits or current else (0, 0)
    return f"{line.here if current else line.elsewhere}{counted(count, late)}</a>"


def _folded(title: str, icon: Markup, inside: str, waits: tuple[int, int]) -> str:
    return (
        f'<details><summary class="nav-link" title="{escape(title)}">{icon}<span>{escape(title)}</span>'
        f"{counted(*waits)}</summary>\n{inside}</details>"
    )


def counted(count: int, late: int) -> Markup:
    """How many wait, beside a line; nothing where none does."""
    if not count:
        return Markup()
    shown = count if count < MOST_SHOWN else f"{MOST_SHOWN - 1}+"
    said, behind = escape(_("waiting")), escape(_("overdue"))
    overdue = f', <span translate="no">{late}</span> {behind}' if late else ""
    return Markup(  # noqa: S704 – numbers and words of ours
        f'<span class="count{" late" if late else ""}"><span translate="no">{shown}</span>'
        f'<span class="visually-hidden"> {said}{overdue}</span></span>'
    )

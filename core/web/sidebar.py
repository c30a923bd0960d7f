"""The side navigation as HTML. A line is the same on every page of a language, so a process draws it once; what
waits there is put in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from flask import url_for
from flask_babel import gettext as _
from markupsafe import Markup, escape

from core.plugins.registry import Registry

#: from here on nobody counts
MOST_SHOWN = 1000


class Line(NamedTuple):
    """One line without its count: its heading, its view, and how it begins, elsewhere and on its own page."""

    heading: str
    view: str
    waits: bool
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
                f'<h2 class="wide-only">{escape(str(item.section or registry.manifests[name].title))}</h2>',
                item.endpoint.partition(".")[0],
                bool(item.worklist_verbs),
                '<a class="nav-link" ' + inside.format(""),
                '<a class="nav-link active" ' + inside.format(' aria-current="page"'),
            )
        )
    return tuple(found)


def drawn(shown: Iterable[Line], here: str, waiting: Mapping[str, tuple[int, int]]) -> Markup:
    """These lines under their headings; `here` is the view of the page, `waiting` as in queries.PageCounts."""
    sections: dict[str, list[str]] = {}
    for line in shown:
        current = line.view == here
        count, late = waiting.get(line.view, (0, 0)) if line.waits or current else (0, 0)
        begin = line.here if current else line.elsewhere
        sections.setdefault(line.heading, [line.heading]).append(f"{begin}{_count(count, late)}</a>")
    return Markup("\n".join("\n".join(section) for section in sections.values()))  # noqa: S704 – escaped above


def _count(count: int, late: int) -> str:
    if not count:
        return ""
    shown = count if count < MOST_SHOWN else f"{MOST_SHOWN - 1}+"
    said, behind = escape(_("waiting")), escape(_("overdue"))
    overdue = f', <span translate="no">{late}</span> {behind}' if late else ""
    return (
        f'<span class="count{" late" if late else ""}"><span translate="no">{shown}</span>'
        f'<span class="visually-hidden"> {said}{overdue}</span></span>'
    )

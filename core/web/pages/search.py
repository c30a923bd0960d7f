"""One box over letters, schools, people and pages: everything this person may open, nothing else."""

from __future__ import annotations

from typing import Any

from flask import jsonify, request, url_for
from flask_babel import force_locale, get_locale
from flask_babel import gettext as _

from core.base.text.thai import arabic_digits, clean, search_text
from core.records.lists import page
from core.web.errors import wants_json
from core.web.unit_of_work import db, effective_plugins, khet
from core.web.views import KhetView, expose

#: kinds of record asked at once: a page's statements stay bounded whatever the number of plugins
KINDS_AT_ONCE = 3
HITS = 5
#: the newest that hold the words, of which the best are shown
RANKED = 60
SHORTEST = 2


class SearchView(KhetView):
    """The palette asks here; the same answers are a page of their own."""

    route_base = "/search"
    requires_right = False  # each kind asks its own right
    default_view = "search"

    @expose("/")
    def search(self) -> Any:
        """Hits for `q`; JSON for the palette: {groups: [{title, icon, hits: [{text, url}]}], next}."""
        typed = request.args.get("q", "").strip()[:100]
        raw = request.args.get("part", "0")
        part = int(raw) if raw.isdecimal() and len(raw) < 4 else 0
        groups = self._pages(typed) if part == 0 else []
        views = self._kinds() if len(typed) >= SHORTEST else []
        at = part * KINDS_AT_ONCE
        for view in views[at : at + KINDS_AT_ONCE]:
            if hits := self._hits(view, typed):
                groups.append({"title": str(view.title), "icon": view.icon, "hits": hits, "ours": False})
        more = part + 1 if len(views) > at + KINDS_AT_ONCE else None
        if wants_json():
            return jsonify(groups=groups, next=more)
        return self.render("khet/search.html", groups=groups, typed=typed, more=more)

    def _kinds(self) -> list[Any]:
        """Lists of records that can be searched, in the order of the navigation."""
        on = effective_plugins()
        order = {item.endpoint: item.order for _name, item in khet().registry.navigation()}
        found = [
            view
            for view in khet().views.values()
            if getattr(view, "searchable", None) and view.in_palette and view.plugin in on and view.system_scope is None
            and self.actor.may(view.resource, "list")
        ]  # fmt: skip
        return sorted(found, key=lambda view: order.get(f"{view.endpoint}.list", 999))

    def _hits(self, view: Any, typed: str) -> list[dict[str, str]]:
        newest = view.model.id.desc()
        column = getattr(view.model, view.searchable)
        found = page.search_in(db, view.statement(), column, typed).order_by(None).order_by(newest).limit(RANKED)
        rows = list(db.scalars(found).unique())
        if view.known_by:
            same = view.statement().where(getattr(view.model, view.known_by) == clean(arabic_digits(typed)))
            rows = [*db.scalars(same.order_by(None).order_by(newest).limit(HITS)).unique(), *rows]
        best = sorted(
            dict.fromkeys(rows), key=lambda row: -_fits(str(row.label), getattr(row, view.known_by, ""), typed)
        )
        return [{"text": str(row.label), "url": view.url("show", record_id=row.id)} for row in best[:HITS]]

    def _pages(self, typed: str) -> list[dict[str, Any]]:
        """Pages and commands whose Thai or English name holds what was typed; all of them for nothing."""
        registry, on = khet().registry, effective_plugins()
        words = search_text(typed).split()
        shown = str(get_locale())
        hits = []
        for name, item in registry.navigation():
            if name not in on or not item.shown(registry, self.actor, on):
                continue
            entries = [(item.title, url_for(item.endpoint))]
            view: Any = khet().view_of(item.endpoint)
            if getattr(view, "new_title", None) and view.offers_new():
                entries.append((view.new_title, view.url("add")))
            for title, address in entries:
                said = []
                for locale in ("th", "en"):
                    with force_locale(locale):
                        said.append(str(title))
                if all(word in search_text(*said) for word in words):
                    hits.append({"text": said[0] if shown.startswith("th") else said[1], "url": address})
        return [{"title": _("Pages"), "icon": "window", "hits": hits[:12], "ours": True}] if hits else []


def _fits(label: str, known_by: str, typed: str) -> int:
    """How well a record fits: it bears this very number, its name says these words together, each of them, or only
    something behind the name does (a file, an action). Equal ones stay newest first."""
    said, asked = search_text(label), search_text(typed)
    if asked and search_text(known_by) == asked:
        return 3
    if asked in said:
        return 2
    return int(all(word in said for word in asked.split()))


VIEWS = [SearchView]

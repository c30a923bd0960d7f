"""Help: first steps and glossary of every module that is on."""

from __future__ import annotations

from typing import Any

from flask import abort

from core.errors import NotFound
from core.views import KhetView, expose
from core.web.unit_of_work import effective_plugins, khet


class HelpView(KhetView):
    """Every signed-in user reads the help of the modules the district has on."""

    route_base = "/help"
    public = True
    default_view = "index"

    @expose("/")
    def index(self) -> Any:
        """Which modules have help."""
        if self.actor is None:
            abort(401)
        on = effective_plugins()
        registry = khet().registry
        found = [registry.manifests[name] for name in registry.helps if name in on]
        return self.render("khet/help_index.html", manifests=found)

    @expose("/<name>")
    def module(self, name: str) -> Any:
        """First steps and glossary of one module."""
        if self.actor is None:
            abort(401)
        registry = khet().registry
        if name not in effective_plugins() or name not in registry.helps:
            raise NotFound
        return self.render("khet/help.html", manifest=registry.manifests[name], help=registry.helps[name])


VIEWS = [HelpView]

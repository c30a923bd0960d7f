"""Help: first steps and glossary of every module that is on."""

from __future__ import annotations

from typing import Any

from core.base.errors import NotFound
from core.web.unit_of_work import effective_plugins, khet
from core.web.views import KhetView, expose


class HelpView(KhetView):
    """Every signed-in user reads the help of the modules the district has on."""

    route_base = "/help"
    requires_right = False
    default_view = "index"

    @expose("/")
    def index(self) -> Any:
        """Which modules have help."""
        on = effective_plugins()
        registry = khet().registry
        found = [registry.manifests[name] for name in registry.helps if name in on]
        return self.render("khet/help_index.html", manifests=found)

    @expose("/<name>")
    def module(self, name: str) -> Any:
        """First steps and glossary of one module."""
        registry = khet().registry
        if name not in effective_plugins() or name not in registry.helps:
            raise NotFound
        return self.render("khet/help.html", manifest=registry.manifests[name], help=registry.helps[name])


VIEWS = [HelpView]

"""Loads every installed plugin, checks the contract and remembers who owns what."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from importlib import import_module
from typing import Any

import pluggy

from core.base.permissions import ROLE_TITLES, RoleSpec
from core.domain.standards.specs import KpiSpec
from core.exchange.imports.declare import Importer
from core.exchange.reports.report import Report
from core.platform.numbering.models import SECRET_BOOKS
from core.platform.schedule.periodic import Periodic
from core.platform.timeline import labels
from core.plugins import hookspecs
from core.plugins.manifest import Book, Manifest, NavItem

log = logging.getLogger(__name__)

#: core's own module, a plugin like the others
CORE = "core.ops.core_plugin"
#: modules of the plugins that ship with Khet, one on a line; guests come through the entry-point group below
BUNDLED = (
    CORE,
    "plugins.saraban.plugin",
    "plugins.service_request.plugin",
    "plugins.cooperation.plugin",
)
ENTRY_POINTS = "khet.plugins"


class PluginError(Exception):
    """A plugin breaks the contract; the process does not start."""


class Registry:
    """Every installed plugin, in an order in which dependencies come first: the same in every process."""

    def __init__(self, modules: Iterable[str | Any] = BUNDLED, *, guests: bool = True, trace: bool = False):
        """Load `modules` (names or modules) and, with `guests`, the entry points.

        Raises PluginError for a misspelt hook, a missing or circular dependency, a name used twice.
        """
        self.pm = pluggy.PluginManager("khet")
        self.pm.add_hookspecs(hookspecs)
        given: list[Any] = [import_module(module) if isinstance(module, str) else module for module in modules]
        for module in given:
            self.pm.register(module)
        if guests:
            self.pm.load_setuptools_entrypoints(ENTRY_POINTS)
        named = [(name, plugin) for name, plugin in self.pm.list_name_plugin() if plugin not in given]
        guest_plugins = [plugin for _name, plugin in sorted(named, key=lambda pair: pair[0]) if plugin is not None]
        try:
            self.pm.check_pending()
        except pluggy.PluginValidationError as error:
            raise PluginError(str(error)) from error
        if trace:
            self.pm.enable_tracing()
            self.pm.trace.root.setwriter(lambda line: log.info("hook %s", line.rstrip()))
        self._plugins: dict[str, Any] = {}
        manifests: dict[str, Manifest] = {}
        # pluggy's own `get_plugins` is a set: another order in every process, and so other pages
        for plugin in (*given, *guest_plugins):
            manifest = plugin.khet_manifest()
            if manifest.name in manifests:
                raise PluginError(f"two plugins are called {manifest.name!r}")
            manifests[manifest.name] = manifest
            self._plugins[manifest.name] = plugin
        self.manifests = {name: manifests[name] for name in _in_order(manifests)}
        self.modules = [self._plugins[name] for name in self.manifests]
        self.always_on = frozenset(name for name, m in manifests.items() if m.always_on)
        self.books: dict[str, Book] = {}
        self.book_owner: dict[str, str] = {}
        self.reports: dict[str, Report] = {}
        self.report_owner: dict[str, str] = {}
        self.job_kinds = {kind.key: kind for _name, found in self.each("khet_jobs") for kind in found}
        #: (plugin, work) of what comes again by itself
        self.schedule: list[tuple[str, Periodic]] = [
            (name, work) for name, found in self.each("khet_schedule") for work in found
        ]
        self.importers: dict[str, Importer] = {}
        self.importer_owner: dict[str, str] = {}
        for name, made in self.each("khet_importers"):
            for importer in made:
                self.importers[importer.key], self.importer_owner[importer.key] = importer, name
        self.nation_reports = {r.key: r for _name, made in self.each("khet_nation_reports") for r in made}
        self.nation_owner = {r.key: name for name, made in self.each("khet_nation_reports") for r in made}
        self.api = [(name, resource) for name, made in self.each("khet_api") for resource in made]
        self.topics = [(name, topic) for name, found in self.each("khet_topics") for topic in found]
        self.providers = [(name, one) for name, found in self.each("khet_provides") for one in found]
        self.handlers = [(name, one) for name, found in self.each("khet_handlers") for one in found]
        self.helps = dict(self.each("khet_help"))
        self.kpis: dict[str, KpiSpec] = {one.code: one for _name, found in self.each("khet_kpis") for one in found}
        ROLE_TITLES.update({role.key: role.title for role in self._roles})
        for name, found in self.each("khet_books"):
            for book in found:
                self.books[book.key], self.book_owner[book.key] = book, name
                if book.secret:
                    SECRET_BOOKS.add(book.key)
        for name, found in self.each("khet_reports"):
            for report in found:
                self.reports[report.key], self.report_owner[report.key] = report, name
        modules = {name: manifest.title for name, manifest in self.manifests.items()}
        books = {book.key: book.title for book in self.books.values()}
        labelled = {
            "core_plugin_switch": modules,
            "core_plugin_rule": modules,
            "core_number": books,
            "core_counter": books,
            "core_schedule": {work.key: work.title for _name, work in self.schedule},
            "core_grant": {role.key: role.title for role in self.roles()},
        }
        labels.register(values={(kind, "label"): named for kind, named in labelled.items()})

    def each(self, hook: str, only: Collection[str] | None = None, **arguments: Any) -> list[tuple[str, Any]]:
        """(plugin, answer) of every plugin in `only` (default: all) that implements the hook, in order.

        The one choke point for hook calls: with `only` = the district's effective plugins,
        a plugin that is off is not asked.
        """
        answers = []
        for name in self.manifests:
            if only is not None and name not in only:
                continue
            others = [plugin for other, plugin in self._plugins.items() if other != name]
            caller = self.pm.subset_hook_caller(hook, remove_plugins=others)
            answers += [(name, answer) for answer in caller(**arguments)]
        return answers

    @cached_property
    def _roles(self) -> list[RoleSpec]:
        return [role for _, roles in self.each("khet_roles") for role in roles]

    @cached_property
    def _navigation(self) -> list[tuple[str, NavItem]]:
        found = [(name, item) for name, items in self.each("khet_navigation") for item in items]
        return sorted(found, key=lambda pair: pair[1].order)

    def roles(self) -> list[RoleSpec]:
        """Every role of every plugin; asked once."""
        return self._roles

    def navigation(self) -> list[tuple[str, NavItem]]:
        """Every line of the navigation with its plugin, in order; asked once."""
        return self._navigation

    def books_of(self, actor: Any, on: Collection[str]) -> list[Book]:
        """Books of the plugins in `on` in which the actor may register."""
        kept = ((key, book) for key, book in self.books.items() if self.book_owner[key] in on)
        return [book for _key, book in kept if actor.may(book.resource, "number")]

    def reports_of(self, actor: Any, on: Collection[str]) -> list[Report]:
        """Reports of the plugins in `on` that the actor may take."""
        made = ((key, report) for key, report in self.reports.items() if self.report_owner[key] in on)
        return [report for _key, report in made if actor.may(report.resource, "export")]

    def dependents(self, name: str) -> list[str]:
        """Plugins that are off when `name` is off, directly or through others."""
        found: list[str] = []
        for other, manifest in self.manifests.items():
            if name in manifest.depends or any(dep in found for dep in manifest.depends):
                found.append(other)
        return found


def _in_order(manifests: dict[str, Manifest]) -> list[str]:
    for name, manifest in manifests.items():
        if missing := [dep for dep in manifest.depends if dep not in manifests]:
            raise PluginError(f"plugin {name!r} depends on {', '.join(missing)}, which is not installed")
    core_first = {name: [one for one in ("core", *m.depends) if one != name] for name, m in manifests.items()}
    try:
        return list(TopologicalSorter(core_first).static_order())
    except CycleError as error:
        raise PluginError(f"plugins depend on one another in a circle: {error.args[1]}") from error

"""The contract between core and plugins: what core asks, when, and what comes back.

Each hook here has at least one plugin that answers it; CONTRIBUTING.md lists them and a test compares.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from core.base.identity import Actor
    from core.base.permissions import RoleSpec
    from core.domain.standards.specs import KpiSpec, StandardSpec
    from core.exchange.api.declare import ApiResource
    from core.exchange.imports.declare import Importer
    from core.exchange.reports.nation import NationReport
    from core.exchange.reports.report import Report
    from core.platform.jobs.kind import JobKind
    from core.platform.schedule.periodic import Periodic
    from core.plugins.demo import DemoDistrict
    from core.plugins.events import Handler
    from core.plugins.manifest import ActionLink, Book, Card, Chart, Help, Manifest, NavItem, OpenItem, Topic
    from core.records.integrations import Provider
    from core.storage.scope import KhetSession

hookspec = pluggy.HookspecMarker("khet")
hookimpl = pluggy.HookimplMarker("khet")


def says(thing: Any) -> Callable[[], Any]:
    """A hook that always gives the same: `khet_manifest = says(MANIFEST)`."""

    @hookimpl
    def said() -> Any:
        return thing

    return said


def answers(*things: Any) -> Callable[[], list[Any]]:
    """A hook whose answer is always the same list: `khet_roles = answers(*ROLES)`."""

    @hookimpl
    def answer() -> list[Any]:
        return list(things)

    return answer


@hookspec
def khet_manifest() -> Manifest:  # type: ignore[empty-body]
    """The plugin's visiting card.

    Called once per plugin when the process loads it.
    Example: plugins/saraban/plugin.py
    """


@hookspec
def khet_views() -> list[type[Any]]:  # type: ignore[empty-body]
    """View classes to register (core.web.views.KhetView).

    Called once at start-up, for every plugin, switched on or off: doors are gated per request.
    Example: plugins/saraban/plugin.py
    """


@hookspec
def khet_roles() -> list[RoleSpec]:  # type: ignore[empty-body]
    """Roles that ship with the plugin.

    Called by sync-roles, for every plugin.
    Example: plugins/saraban/permissions.py
    """


@hookspec
def khet_navigation() -> list[NavItem]:  # type: ignore[empty-body]
    """Lines of the side navigation.

    Called at start-up; each page shows those of plugins that its district has on and its user may open.
    Example: plugins/saraban/plugin.py
    """


@hookspec
def khet_books() -> list[Book]:  # type: ignore[empty-body]
    """Number books that the plugin keeps.

    Called at start-up; the registrar's pages show those of plugins that the district has on.
    Example: plugins/saraban/plugin.py
    """


@hookspec
def khet_reports() -> list[Report]:  # type: ignore[empty-body]
    """Reports the plugin can write.

    Called at start-up; the export command finds them by key and asks the switch as every door does.
    Example: plugins/saraban/reports/letters.py
    """


@hookspec
def khet_nation_reports() -> list[NationReport]:  # type: ignore[empty-body]
    """Tables that head office takes over every district in one workbook.

    Called at start-up; a district that has the plugin off is listed as such.
    Example: plugins/saraban/reports/letters.py
    """


@hookspec
def khet_open_items(session: KhetSession) -> list[OpenItem]:  # type: ignore[empty-body]
    """What is unfinished in the session's district.

    Called for the one plugin that a district is about to switch off, for the preview. Core counts what the
    statements find.
    Example: plugins/saraban/plugin.py
    """


@hookspec
def khet_home(session: KhetSession, actor: Actor, today: date) -> list[Card | Chart]:  # type: ignore[empty-body]
    """Cards and charts for this person's home page.

    Called per request, only on plugins the district has on. A card names a list and its filters: core counts those of
    all plugins in one statement. A chart asks one statement itself.
    Example: plugins/saraban/plugin.py
    """


@hookspec
def khet_jobs() -> list[JobKind]:  # type: ignore[empty-body]
    """Kinds of long work that the plugin does.

    Called at start-up; a job of a plugin that is off does not run.
    Example: core/ops/core_plugin.py
    """


@hookspec
def khet_schedule() -> list[Periodic]:  # type: ignore[empty-body]
    """Work that comes again by itself in every district.

    Called at start-up; a district that has the plugin off has no turn of it.
    Example: plugins/service_request/plugin.py
    """


@hookspec
def khet_importers() -> list[Importer]:  # type: ignore[empty-body]
    """What the plugin can take in from Excel and CSV.

    Called at start-up; the import page offers those of plugins that are on to who holds the right.
    Example: plugins/saraban/importers.py
    """


@hookspec
def khet_api() -> list[ApiResource]:  # type: ignore[empty-body]
    """Kinds of record that other systems reach under /api/v1.

    Called at start-up; a resource of a plugin that is off is 404 and stands in no description.
    Example: plugins/saraban/api.py
    """


@hookspec
def khet_topics() -> list[Topic]:  # type: ignore[empty-body]
    """Kinds of notice that the plugin sends.

    Called at start-up; each user chooses how those of plugins that are on reach them.
    Example: plugins/saraban/plugin.py
    """


@hookspec
def khet_provides() -> list[Provider]:  # type: ignore[empty-body]
    """What the plugin can do for others: objects that implement protocols of core/records/integrations.py.

    Called at start-up; others ask those of plugins that their district has on.
    Example: plugins/saraban/plugin.py
    """


@hookspec
def khet_handlers() -> list[Handler[Any]]:  # type: ignore[empty-body]
    """What the plugin does when something happens in core (core/platform/events.py), in the same transaction.

    Called at start-up; a handler runs where its plugin is on, and its RuleError refuses what was about to happen.
    Example: plugins/cooperation/plugin.py
    """


@hookspec
def khet_action_links(session: KhetSession, actor: Actor, record: Any) -> list[ActionLink]:  # type: ignore[empty-body]
    """Next steps that the plugin offers on the page of another plugin's record.

    Called for every record page; answer [] at once for a record that is none of yours.
    Example: plugins/service_request/plugin.py
    """


@hookspec
def khet_standards() -> list[StandardSpec]:  # type: ignore[empty-body]
    """Work standards (มาตรฐานงาน) of the manual's chapter that the plugin serves.

    Called by sync-data, which writes them into every district.
    Example: plugins/service_request/plugin.py
    """


@hookspec
def khet_kpis() -> list[KpiSpec]:  # type: ignore[empty-body]
    """Indicators (ตัวชี้วัด) with how their actual value is counted.

    Called at start-up; sync-data writes their rows into every district.
    Example: plugins/service_request/kpis.py
    """


@hookspec
def khet_shipped(session: KhetSession) -> int:  # type: ignore[empty-body]
    """Write what the plugin ships for a district beside standards and indicators; returns how many rows were added.

    Called by sync-data and for a new district; written again, it changes nothing.
    Example: plugins/service_request/plugin.py
    """


@hookspec
def khet_help() -> Help:  # type: ignore[empty-body]
    """First steps and glossary of the module.

    Called at start-up; its page is there where the district has the plugin on.
    Example: plugins/saraban/help.py
    """


@hookspec
def khet_demo(session: KhetSession, district: DemoDistrict) -> Any:
    """Fill one district of the demo.

    Called once per demo district, after core made its units, schools, people and accounts.
    Example: plugins/saraban/demo.py
    """

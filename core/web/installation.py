"""The parts of a running application, as everything between HTTP and the database finds them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.base.config import Settings
from core.base.identity import Actor
from core.base.limiter import Limiter
from core.platform.jobs.queue import Queue
from core.plugins.events import publisher
from core.plugins.registry import Registry
from core.plugins.switches import Switchboard
from core.storage.database import Database
from core.web.metrics import Metrics

if TYPE_CHECKING:
    from core.web.security.manager import KhetSecurityManager
    from core.web.views import KhetView


class Khet:
    """The parts of a running application, at app.extensions['khet']."""

    #: endpoints that belong to nobody: static files, what the operator watches, and whose the browser's session is
    open_endpoints = frozenset({"static", "operation.health", "operation.metrics", "pages.who"})

    def __init__(self, settings: Settings, database: Database, registry: Registry) -> None:
        self.settings = settings
        self.database = database
        self.registry = registry
        self.switchboard = Switchboard(registry)
        database.publisher = self.publisher = publisher(registry, self.switchboard)
        self.views: dict[str, KhetView] = {}
        self.security: KhetSecurityManager
        self.queue: Queue
        self.limiter = Limiter(settings.ratelimit_storage)
        self.metrics = Metrics()

    def view_of(self, endpoint: str | None) -> KhetView | None:
        """The view that owns an endpoint."""
        return self.views.get((endpoint or "").partition(".")[0])

    def actor(self, user_id: int) -> Actor | None:
        """A user as they stand today; None when gone or locked."""
        return self.security.actor(user_id)

    def use(self, database: Database, security: KhetSecurityManager) -> None:
        """Serve from another database from now on (tests give every test its own copy)."""
        self.database.dispose()
        self.database = security.database = database
        database.publisher = self.publisher
        self.switchboard.clear_cache()
        security.clear_cache()

"""The parts of a running application, as everything between HTTP and the database finds them."""

from __future__ import annotations

from typing import Any

from core.base.config import Settings
from core.base.identity import Actor
from core.base.limiter import Limiter
from core.platform.jobs.queue import Queue
from core.plugins.registry import Registry
from core.plugins.switches import Switchboard
from core.storage.database import Database
from core.web.metrics import Metrics


class Khet:
    """The parts of a running application, at app.extensions['khet']."""

    #: endpoints that belong to nobody: static files, what the operator watches, and whose the browser's session is
    open_endpoints = frozenset({"static", "operation.health", "operation.metrics", "pages.who"})

    def __init__(self, settings: Settings, database: Database, registry: Registry) -> None:
        self.settings = settings
        self.database = database
        self.registry = registry
        self.switchboard = Switchboard(registry)
        database.publisher = self.switchboard.publish
        #: by endpoint: a KhetView each
        self.views: dict[str, Any] = {}
        self.security: Any  #: a KhetSecurityManager
        self.queue: Queue
        self.limiter = Limiter(settings.ratelimit_storage)
        self.metrics = Metrics()

    def view_of(self, endpoint: str | None) -> Any:
        """The view that owns an endpoint; None where nobody does."""
        return self.views.get((endpoint or "").partition(".")[0])

    def actor(self, user_id: int) -> Actor | None:
        """A user as they stand today; None when gone or locked."""
        found: Actor | None = self.security.actor(user_id)
        return found

    def use(self, database: Database, security: Any) -> None:
        """Serve from another database from now on (tests give every test its own copy)."""
        self.database.dispose()
        self.database = security.database = database
        database.publisher = self.switchboard.publish
        self.switchboard.clear_cache()
        security.clear_cache()

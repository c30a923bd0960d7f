"""Whether this process can serve, and what somebody must look after meanwhile."""

from __future__ import annotations

import hmac
import shutil
from datetime import datetime
from typing import Any

from flask import Blueprint, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy import func, select

from core.base.config import Settings
from core.ops import backups
from core.platform.jobs.models import QUEUED, RUNNING, Job
from core.platform.notices.models import Delivery
from core.platform.seal import verification as chains
from core.plugins import migrate
from core.plugins.registry import Registry
from core.records.files import verification
from core.storage.base import utc_now
from core.storage.database import Database
from core.web.unit_of_work import khet

blueprint = Blueprint("operation", __name__)
#: bytes; with less free the next upload may find no room
LEAST_FREE = 100 * 1024 * 1024
#: seconds; what waits longer stands still. A mail that was tried so often does, too
LONGEST_WAIT, TRIED = 900, 3


@blueprint.get("/health")
def health() -> Any:
    """Whether this process can serve: database reachable, migrations current, room on the disk; 503 where not.

    Beside it what somebody must look after while people still work: the last backup, files against their rows, the
    timeline's chain. Those change the status for `/health?all` alone: a watcher asks that, what chooses among servers
    does not. Who shows KHET_HEALTH_TOKEN (`Authorization: Bearer …`) reads how many jobs and mails wait, too. It tells
    no version: what is known of a version's faults is nobody's to look up.
    """
    database = khet().database
    reachable = database.reachable()
    found = {
        "database": reachable,
        "migrations": reachable and _current(database, khet().registry),
        "disk": shutil.disk_usage(khet().settings.data_dir).free >= LEAST_FREE,
    }
    data_dir = khet().settings.data_dir
    kept = {
        "backup": backups.healthy(khet().settings, utc_now()),
        "files": verification.mark(data_dir).well,
        "timeline": chains.mark(data_dir).well,
    }
    told: dict[str, Any] = {}
    if reachable and _is_operator(khet().settings.health_token):
        told = _waiting(khet().settings, database, utc_now())
        kept |= {"jobs": told["jobs"]["well"], "mail": told["mail"]["well"]}
        told = {"waiting": told}
    asked = {**found, **kept} if "all" in request.args else found
    return jsonify(**found, **kept, **told), 200 if all(asked.values()) else 503


@blueprint.get("/metrics")
def metrics() -> Any:
    """The same and more for a monitor, in Prometheus's text format. Without the token there is no such page."""
    database = khet().database
    if not _is_operator(khet().settings.health_token):
        return "Not found\n", 404, {"Content-Type": "text/plain"}
    waiting = _waiting(khet().settings, database, utc_now()) if database.reachable() else None
    return khet().metrics.written(database, waiting), 200, {"Content-Type": CONTENT_TYPE_LATEST}


def _is_operator(token: str) -> bool:
    """Whether who asks shows the operator's token."""
    shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return bool(token) and hmac.compare_digest(shown.encode(), token.encode())


def _waiting(settings: Settings, database: Database, now: datetime) -> dict[str, dict[str, Any]]:
    """Of jobs and of the outbox: how many wait, since how many seconds the oldest does, how many were left by a worker
    or a sender that is gone, how many mails were tried in vain, and whether all that moves."""
    due = [Delivery.state == "waiting", Delivery.not_before < now]
    if not settings.smtp_url:  # nobody expects it to leave
        due.append(Delivery.channel != "mail")
    with database.system("health") as session:

        def of(model: Any, *where: Any) -> int:
            return session.scalar(select(func.count(model.id)).where(*where)) or 0

        queued = session.scalar(select(func.min(Job.queued_at)).where(Job.state == QUEUED))
        oldest = session.scalar(select(func.min(Delivery.not_before)).where(*due))
        found = {
            "jobs": {
                "count": of(Job, Job.state == QUEUED),
                "oldest_seconds": _seconds(queued, now),
                "left": of(Job, Job.state == RUNNING, Job.lease_until < now),
            },
            "mail": {
                "count": of(Delivery, *due),
                "oldest_seconds": _seconds(oldest, now),
                "left": of(Delivery, Delivery.state == "sending", Delivery.lease_until < now),
                "in_vain": of(Delivery, Delivery.state == "waiting", Delivery.attempts >= TRIED),
            },
        }
    for said in found.values():
        said["well"] = said["oldest_seconds"] < LONGEST_WAIT and not said["left"] and not said.get("in_vain")
    return found


def _seconds(since: datetime | None, now: datetime) -> int:
    return int((now - since).total_seconds()) if since is not None else 0


def _current(database: Database, registry: Registry) -> bool:
    """Whether no migration is pending; once current, a process's own code stays so, and nobody is asked again."""
    if not database.memory.get("migrated"):
        database.memory["migrated"] = not migrate.pending(database.app_engine, registry)
    return bool(database.memory["migrated"])

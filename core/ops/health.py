"""Whether this process can serve, and what somebody must look after meanwhile."""

from __future__ import annotations

import shutil
from typing import Any

from flask import Blueprint, jsonify, request

from core.ops import backups
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


@blueprint.get("/health")
def health() -> Any:
    """Whether this process can serve: database reachable, migrations current, room on the disk; 503 where not.

    Beside it what somebody must look after while people still work: the last backup, files against their rows, the
    timeline's chain. Those change the status for `/health?all` alone: a watcher asks that, what chooses among servers
    does not. It tells no version: what is known of a version's faults is nobody's to look up.
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
    asked = {**found, **kept} if "all" in request.args else found
    return jsonify(**found, **kept), 200 if all(asked.values()) else 503


def _current(database: Database, registry: Registry) -> bool:
    """Whether no migration is pending; once current, a process's own code stays so, and nobody is asked again."""
    if not database.memory.get("migrated"):
        database.memory["migrated"] = not migrate.pending(database.app_engine, registry)
    return bool(database.memory["migrated"])

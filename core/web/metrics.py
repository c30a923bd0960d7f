"""What a monitor reads of a server, in Prometheus's words: what this process did, and what waits in the database.

Nothing in it names a person, a record or an address: a monitor's own door is not Khet's.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily
from sqlalchemy import func, select, text

from core.platform.jobs.models import FAILED, QUEUED, RUNNING, Job
from core.platform.notices.models import Delivery
from core.storage.database import Database

#: seconds; what takes less than the first nobody feels, and behind the last nobody waits any more
BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """What this process counts since its start."""

    def __init__(self) -> None:
        #: requests that ended in an error since somebody was told of them (trouble.py), and the number of the last
        self.broken, self.last_broken = 0, ""
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._answers = Counter("khet_requests", "Requests by status.", ["status"], registry=self.registry)
        self._seconds = Histogram(
            "khet_request_seconds", "Seconds until a request was answered.", buckets=BUCKETS, registry=self.registry
        )

    def answered(self, number: str, status: str, seconds: float) -> None:
        """One request was answered; static files are not counted."""
        if status == "500":  # 503 is an outage, which its page and /health tell
            self.broken, self.last_broken = self.broken + 1, number
        self._answers.labels(status).inc()
        self._seconds.observe(seconds)

    def written(self, database: Database, waiting: dict[str, dict[str, Any]] | None) -> bytes:
        """All of it as a monitor reads it. `waiting`: of /health; None where the database does not answer."""
        found = CollectorRegistry(auto_describe=False)
        found.register(_Once([*_of_database(database, waiting)]))
        return generate_latest(self.registry) + generate_latest(found)


class _Once:
    """Gauges that were read for this one answer."""

    def __init__(self, gauges: list[GaugeMetricFamily]) -> None:
        self._gauges = gauges

    def describe(self) -> list[GaugeMetricFamily]:
        return []

    def collect(self) -> list[GaugeMetricFamily]:
        return self._gauges


def _gauge(name: str, told: str, values: dict[tuple[str, ...], float], labels: tuple[str, ...] = ()) -> Any:
    made = GaugeMetricFamily(f"khet_{name}", told, labels=labels)
    for key, value in values.items():
        made.add_metric(key, value)
    return made


def _of_database(database: Database, waiting: dict[str, dict[str, Any]] | None) -> Iterator[Any]:
    """A few counts by index, in a session that only reads; what has ended well is not counted: it is most of it."""
    yield _gauge("database_up", "Whether the database answers.", {(): waiting is not None})
    if waiting is None:
        return
    with database.system("metrics") as session:
        jobs = session.execute(
            select(Job.kind, Job.state, Job.quiet, func.count(Job.id))
            .where(Job.state.in_([QUEUED, RUNNING, FAILED]))
            .group_by(Job.kind, Job.state, Job.quiet)
        ).all()
        outbox = session.execute(
            select(Delivery.channel, Delivery.state, func.count(Delivery.id))
            .where(Delivery.state.in_(["waiting", "sending", "failed"]))
            .group_by(Delivery.channel, Delivery.state)
        ).all()
    counted: dict[tuple[str, ...], float] = {}
    for kind, state, _quiet, count in jobs:
        counted[kind, state] = counted.get((kind, state), 0) + count
    yield _gauge("jobs", "Long work that waits, runs, or failed in the last week.", counted, ("kind", "state"))
    errands = sum(count for _kind, state, quiet, count in jobs if quiet and state == FAILED)
    yield _gauge("errands_failed", "Work of the house itself that failed in the last week.", {(): errands})
    sent: dict[tuple[str, ...], float] = {(channel, state): count for channel, state, count in outbox}
    yield _gauge("outbox", "Messages that have not gone out.", sent, ("channel", "state"))
    oldest: dict[tuple[str, ...], float] = {(what,): said["oldest_seconds"] for what, said in waiting.items()}
    yield _gauge("oldest_waiting_seconds", "Since when the oldest waits.", oldest, ("what",))
    left: dict[tuple[str, ...], float] = {(what,): said["left"] for what, said in waiting.items()}
    yield _gauge("left", "What was begun by a worker or sender that is gone.", left, ("what",))
    yield _gauge("database_bytes", "Size of the database.", {(): _size(database)})


def _size(database: Database) -> int:
    """Of SQLite the file, with what is not yet in it."""
    if not database.sqlite:
        with database.system_engine.connect() as connection:
            return int(connection.execute(text("select pg_database_size(current_database())")).scalar_one())
    file = database.app_engine.url.database or ""
    paths = [Path(f"{file}{ending}") for ending in ("", "-wal", "-shm")]
    return sum(path.stat().st_size for path in paths if path.is_file())

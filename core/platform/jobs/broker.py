"""Workers in processes of their own, woken over Redis or PostgreSQL by huey (KHET_JOBS_URL)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from huey import Huey, PostgresHuey, RedisHuey
from huey.consumer import Consumer
from huey.exceptions import ConfigurationError
from huey.serializer import SignedSerializer

from core.base.config import ConfigError, Settings


class _Workers(Consumer):
    """Huey's worker threads beside a web server, which keeps the signals to itself."""

    def _set_signal_handlers(self) -> None:
        pass


class Broker:
    """Carries wake-ups between processes of one address and one secret key. Raises ConfigError for another address."""

    def __init__(self, settings: Settings, work: Callable[[int], None]) -> None:
        self._huey = _huey(settings)
        self._task = self._huey.task(name="khet.run_job")(work)
        self._workers: _Workers | None = None

    def put(self, job_id: int) -> None:
        """Wake a worker, wherever it is."""
        self._task(job_id)

    def start(self, number: int) -> None:
        """Work here too."""
        self._workers = _Workers(self._huey, workers=number, periodic=False, max_delay=1.0)
        self._workers.start()

    def stop(self) -> None:
        """Let the workers end after what they are at."""
        if self._workers is not None:
            with suppress(Exception):
                self._workers.stop()
            self._workers = None


def _huey(settings: Settings) -> Huey:
    common = {"results": False, "serializer": SignedSerializer(secret=settings.secret_key, salt="khet-jobs")}
    if settings.jobs_url.startswith(("redis://", "rediss://")):
        try:
            return RedisHuey("khet", url=settings.jobs_url, **common)
        except (ConfigurationError, ValueError) as error:  # the package redis is not there
            raise ConfigError(f"KHET_JOBS_URL: {error}") from error
    if settings.jobs_url.startswith(("postgresql://", "postgres://")):
        try:
            return PostgresHuey("khet", dsn=settings.jobs_url, **common)
        except Exception as error:  # of whichever driver is installed
            said = str(error).strip().partition("\n")[0]
            raise ConfigError(
                f"KHET_JOBS_URL: {said}. On PostgreSQL it takes the owner's address (KHET_OWNER_DATABASE_URL): the "
                "wake-ups have a table of their own."
            ) from error
    raise ConfigError("KHET_JOBS_URL begins with redis://, rediss:// or postgresql://.")

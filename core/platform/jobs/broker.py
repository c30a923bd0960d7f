"""Workers in processes of their own, woken over Redis or PostgreSQL by huey (KHET_JOBS_URL)."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import Full, Queue

from huey import Huey, PostgresHuey, RedisHuey
from huey.consumer import Consumer
from huey.exceptions import ConfigurationError
from huey.serializer import SignedSerializer

from core.base.config import ConfigError, Settings

log = logging.getLogger(__name__)

#: wake-ups that wait for a broker; with more of them there is no use in another
MOST_WAITING = 100
#: how long a Redis may take to be reached, and to answer; its consumer asks for a second at a time
REDIS_LIMITS = "socket_connect_timeout=3&socket_timeout=5"


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
        self._waiting: Queue[int] = Queue(MOST_WAITING)
        self._sender: threading.Thread | None = None
        self._begin = threading.Lock()

    def put(self, job_id: int) -> None:
        """Wake a worker, wherever it is: soon, and not in the time of who asks. Where the broker is away nobody is
        woken; workers find the rows by themselves."""
        with self._begin:
            if self._sender is None:
                self._sender = threading.Thread(target=self._send, daemon=True, name="wake")
                self._sender.start()
        with suppress(Full):
            self._waiting.put_nowait(job_id)

    def _send(self) -> None:
        away = False
        while True:
            job_id = self._waiting.get()
            try:
                self._task(job_id)
                if away:
                    log.warning("the broker of jobs answers again")
                away = False
            except Exception as error:
                if not away:
                    log.warning("no worker could be woken, they look by themselves: %s", error)
                away = True

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
    signed = SignedSerializer(secret=settings.secret_key, salt="khet-jobs")
    if settings.jobs_url.startswith(("redis://", "rediss://")):
        try:
            url = settings.jobs_url
            limited = url if "socket_timeout" in url else f"{url}{'&' if '?' in url else '?'}{REDIS_LIMITS}"
            return RedisHuey("khet", url=limited, results=False, serializer=signed)
        except (ConfigurationError, ValueError) as error:  # the package redis is not there
            raise ConfigError(f"KHET_JOBS_URL: {error}") from error
    if settings.jobs_url.startswith(("postgresql://", "postgres://")):
        try:
            return PostgresHuey("khet", dsn=settings.jobs_url, results=False, serializer=signed)
        except Exception as error:  # of whichever driver is installed
            said = str(error).strip().partition("\n")[0]
            raise ConfigError(
                f"KHET_JOBS_URL: {said}. On PostgreSQL it takes the owner's address (KHET_OWNER_DATABASE_URL): the "
                "wake-ups have a table of their own."
            ) from error
    raise ConfigError("KHET_JOBS_URL begins with redis://, rediss:// or postgresql://.")

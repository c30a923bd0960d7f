"""Counts of what is allowed so many times in so long: in this process, or in a store that several servers share.

A store that is away keeps nobody from signing in: meanwhile each process counts for itself, as Flask-Limiter's
in-memory fallback does, asks the store again now and then, and the log says once that it went and once that it is back.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from limits import RateLimitItem, WindowStats
from limits.errors import ConfigurationError, StorageError
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import MovingWindowRateLimiter

from core.base.config import ConfigError

log = logging.getLogger(__name__)
_T = TypeVar("_T")

#: seconds until a store that did not answer is asked again
PAUSE = 30.0
#: seconds that Redis has to answer: whoever signs in waits for it
PATIENCE = 2.0


class Limiter:
    """A moving window over `address` (`memory://`, `redis://…`, as the library limits takes it).

    Raises ConfigError for an address that is none, and where its driver is not installed.
    """

    def __init__(self, address: str) -> None:
        redis = address.startswith("redis")
        more: dict[str, Any] = {"socket_timeout": PATIENCE, "socket_connect_timeout": PATIENCE} if redis else {}
        try:
            self.storage: Any = storage_from_string(address, wrap_exceptions=True, **more)
        except (ConfigurationError, ValueError) as error:
            said = str(error).partition("\n")[0]
            raise ConfigError(f"KHET_RATELIMIT_STORAGE: {said} Redis needs `pip install redis`.") from error
        self._shared = MovingWindowRateLimiter(self.storage)
        self._own = MovingWindowRateLimiter(MemoryStorage())
        self._guard = threading.Lock()
        self._away = False
        self._ask_again = 0.0

    def hit(self, limit: RateLimitItem, *key: str) -> bool:
        """Count one; False where no more is allowed."""
        return self._ask(lambda limiter: limiter.hit(limit, *key))

    def get_window_stats(self, limit: RateLimitItem, *key: str) -> WindowStats:
        """How many are left, and when the first of those that were counted is forgotten."""
        return self._ask(lambda limiter: limiter.get_window_stats(limit, *key))

    def clear(self, limit: RateLimitItem, *key: str) -> None:
        """Forget what was counted."""
        self._ask(lambda limiter: limiter.clear(limit, *key))

    def _ask(self, question: Callable[[MovingWindowRateLimiter], _T]) -> _T:
        if self._away and time.monotonic() < self._ask_again:
            return question(self._own)
        try:
            answer = question(self._shared)
        except StorageError as error:
            self._ask_again = time.monotonic() + PAUSE
            self._is(away=True, why=type(error.storage_error).__name__)
            return question(self._own)
        self._is(away=False)
        return answer

    def _is(self, *, away: bool, why: str = "") -> None:
        with self._guard:
            if self._away == away:
                return
            self._away = away
        if away:
            log.error("the store of attempts does not answer (%s): each process counts for itself meanwhile", why)
        else:
            log.warning("the store of attempts answers again")

"""How long a receiver may hold a sender: to connect, between two bytes, and altogether."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import Any

CONNECT, SILENT, ALTOGETHER = 5.0, 10.0, 30.0


class Deadline:
    """Ends a connection when the time is up, whatever its other side does; for use in a `with`.

    A limit on each read alone is none: a byte every few seconds keeps below it for ever.
    """

    def __init__(self, seconds: float | None = None) -> None:
        self.over = False
        self._twin: socket.socket | None = None
        self._timer = threading.Timer(ALTOGETHER if seconds is None else seconds, self._end)
        self._timer.daemon = True

    def hold(self, connection: Any) -> Any:
        """Watch a connected socket; it may be wrapped for TLS afterwards. Returns it."""
        self._twin = socket.fromfd(connection.fileno(), connection.family, connection.type)
        if self.over:
            self._end()
        return connection

    def _end(self) -> None:
        self.over = True
        if self._twin is not None:
            with suppress(OSError):
                self._twin.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Deadline:
        self._timer.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._timer.cancel()
        if self._twin is not None:
            self._twin.close()
        if self.over and isinstance(error[1], Exception):
            raise TimeoutError("the receiver took too long") from error[1]

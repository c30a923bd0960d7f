"""The log of a process: lines on stderr, and never more of one kind than somebody would read; requests in a file.

An outage makes the same error hundreds of times a minute. Of each kind the first few keep their traceback, some more
their line, and what comes after them is counted.
"""

from __future__ import annotations

import logging
import os
import secrets
import threading
import time
from contextvars import ContextVar
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

from core.base import disk

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
#: of one kind in one minute
TRACEBACKS, LINES = 3, 30
SECONDS = 60.0
#: the file of requests: bytes after which it is put aside, and how many of those are kept
ACCESS_BYTES, ACCESS_KEPT = 10 * 1024 * 1024, 10
#: one line a request (core/web/access_log.py); nowhere until `keep_access`
access = logging.getLogger("khet.access")
access.propagate = False
access.addHandler(logging.NullHandler())

_request: ContextVar[str] = ContextVar("request", default="")


def new_request() -> str:
    """Number the request that this thread answers from now on."""
    number = secrets.token_hex(4)
    _request.set(number)
    return number


def request_number() -> str:
    """The number of the request that is being answered; empty outside of one."""
    return _request.get()


class _Requests(RotatingFileHandler):
    """The file of requests, ours alone."""

    def _open(self) -> Any:
        return open(self.baseFilename, "a", encoding="utf-8", opener=lambda p, flags: os.open(p, flags, disk.FILE))

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """No request fails, and no other log fills, where this one cannot be written: /health tells of a full disk."""


def keep_access(path: Path) -> None:
    """Write a line for each request into a file from now on. Raises OSError where it cannot be made."""
    for handler in list(access.handlers):
        access.removeHandler(handler)
        handler.close()
    made = _Requests(path, maxBytes=ACCESS_BYTES, backupCount=ACCESS_KEPT, encoding="utf-8")
    made.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    access.addHandler(made)
    access.setLevel(logging.INFO)


class Brief(logging.Filter):
    """Passes some records of a kind a minute. A kind: logger, text without its values, exception."""

    def __init__(self) -> None:
        super().__init__()
        self._guard = threading.Lock()
        self._seen: dict[tuple[str, str, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        raised = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else ""
        key, now = (record.name, str(record.msg), raised), time.monotonic()
        with self._guard:
            since, count = self._seen.get(key, (now, 0))
            if now - since >= SECONDS:
                self._tell(record, count - LINES)
                since, count = now, 0
            self._seen[key] = since, count + 1
            if len(self._seen) > 1000:
                self._seen.clear()
        if raised and count >= TRACEBACKS:
            record.msg, record.args = f"{record.getMessage()}: {raised}: {_first_line(record)}", ()
            record.exc_info = record.exc_text = None
        return count < LINES

    @staticmethod
    def _tell(record: logging.LogRecord, left_out: int) -> None:
        if left_out > 0:
            record.msg, record.args = f"{record.getMessage()} (and {left_out} more of these before)", ()


def _first_line(record: logging.LogRecord) -> str:
    return str(record.exc_info[1]).partition("\n")[0] if record.exc_info else ""


def start() -> None:
    """Log to stderr, briefly. Where somebody else has set up handlers already, they stay as they are."""
    root = logging.getLogger()
    ours = not root.handlers
    logging.basicConfig(level=logging.INFO, format=FORMAT)
    for handler in root.handlers if ours else ():
        handler.addFilter(Brief())
    logging.getLogger("alembic").setLevel(logging.WARNING)

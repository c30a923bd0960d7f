"""A database that does not answer, is overrun, has no room, or can only be read: told from a fault of ours."""

from __future__ import annotations

import errno
from typing import Literal

from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

Kind = Literal["down", "busy", "full", "readonly"]
#: kinds with which nothing can be saved, and what is there can be read
READABLE: frozenset[Kind] = frozenset({"full", "readonly"})

_NO_ROOM = frozenset({errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)})
#: SQLite's primary result codes
_SQLITE: dict[int, Kind] = {5: "busy", 6: "busy", 8: "readonly", 10: "down", 13: "full", 14: "down"}
#: PostgreSQL's codes, or their first two characters
_POSTGRES: dict[str, Kind] = {
    "08": "down", "57P01": "down", "57P02": "down", "57P03": "down", "58": "down",
    "53100": "full", "25006": "readonly",
    "53": "busy", "57014": "busy", "55P03": "busy", "40001": "busy", "40P01": "busy",
}  # fmt: skip


class DatabaseDown(OperationalError):
    """Nobody asks a database that is known not to answer; whoever minds a broken connection minds this as one."""

    def __init__(self) -> None:
        super().__init__("", None, ConnectionError("the database does not answer"))


class QueueFull(Exception):
    """So many wait to write that one more would keep readers from their pages."""


def kind_of(error: BaseException | None) -> Kind | None:
    """What kind of outage an exception tells of; None for any other."""
    while error is not None:
        if isinstance(error, DatabaseDown):
            return "down"
        if isinstance(error, QueueFull | PoolTimeout):
            return "busy"
        if isinstance(error, OSError) and error.errno in _NO_ROOM:
            return "full"
        if isinstance(error, OSError) and error.errno == errno.EROFS:
            return "readonly"
        if isinstance(error, DBAPIError):
            return _of_driver(error)
        error = error.__cause__
    return None


def _of_driver(error: DBAPIError) -> Kind | None:
    if (code := getattr(error.orig, "sqlite_errorcode", None)) is not None:
        return _SQLITE.get(code & 0xFF)
    if (state := getattr(error.orig, "sqlstate", None)) is not None:
        return _POSTGRES.get(state) or _POSTGRES.get(state[:2])
    # psycopg has no code of the server where none arrived: not connected, or cut off
    lost = type(error.orig).__name__ in ("OperationalError", "ConnectionTimeout", "InterfaceError", "AdminShutdown")
    return "down" if error.connection_invalidated or lost else None

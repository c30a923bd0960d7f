"""What a setting may be. Each kind takes a text and returns the value, or raises ValueError saying what it takes.

A setting that means something else than its writer thought is worse than one that is refused: no hour 25, no "maybe".
"""

from __future__ import annotations

import os
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from core.base.settings_file import ROOT

_YES, _NO = ("1", "true", "yes", "on"), ("0", "false", "no", "off")
DAYS, WEEKS, MONTHS = 3660, 520, 120


def flag(text: str) -> bool:
    """Yes or no."""
    if text.lower() not in _YES + _NO:
        raise ValueError("1 (yes) or 0 (no)")
    return text.lower() in _YES


def whole(least: int, most: int, of: str = "") -> Callable[[str], int]:
    """A whole number within limits; `of` names the setting that `most` is the value of."""

    def read(text: str) -> int:
        if not text.isdecimal() or len(text) > 9 or not least <= int(text) <= most:
            raise ValueError(f"a whole number from {least} to {most}{f', the value of {of}' if of else ''}")
        return int(text)

    return read


def kept(text: str) -> tuple[int, int, int]:
    """How many days, weeks and months keep a backup."""
    try:
        days, weeks, months = (
            whole(least, most)(part.strip())
            for part, least, most in zip(text.split(","), (1, 0, 0), (DAYS, WEEKS, MONTHS), strict=True)
        )
    except ValueError as error:
        most = f"days (1 to {DAYS}), weeks (0 to {WEEKS}) and months (0 to {MONTHS})"
        raise ValueError(f"how many {most} keep a backup, e.g. 14,8,12") from error
    return days, weeks, months


def folder(text: str) -> Path:
    """A folder, there or not; relative to Khet's own: a command typed elsewhere means the same."""
    if os.path.exists(ROOT / text) and not os.path.isdir(ROOT / text):
        raise ValueError("a folder, and this is a file")
    return (ROOT / text).absolute()


def file(text: str) -> Path:
    """A file, there or not."""
    if os.path.isdir(ROOT / text):
        raise ValueError("a file, and this is a folder")
    return ROOT / text


def file_or_off(text: str) -> Path | None:
    """A file, or none."""
    return None if text.lower() in _NO else file(text)


def addresses(text: str) -> tuple[str, ...]:
    """Addresses of machines, as the server sees them."""
    try:
        return tuple(str(ip_address(part.strip())) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise ValueError("IP addresses (no names, no networks), comma separated, e.g. 127.0.0.1,::1") from error


def mailbox(text: str) -> str:
    """An e-mail address, with a name before it or not."""
    name, opened, address = text.rpartition("<")
    whole = not opened or address.endswith(">")
    parts = (address.removesuffix(">") if opened else address).split("@")
    stray = any(one in "<>" or one.isspace() for one in "".join(parts))
    if not whole or stray or len(parts) != 2 or not all(parts) or "<" in name or ">" in name:
        raise ValueError("an e-mail address, e.g. Khet <khet@example.go.th>")
    return text


def site(text: str) -> str:
    """The address that browsers use."""
    parts = _address(text, ("https", "http"))
    if parts is None or not parts.hostname or parts.username or parts.path not in ("", "/") or parts.query:
        raise ValueError("https://, a host name and nothing after it (Khet has a host name of its own)")
    return text.rstrip("/")


def mail_server(text: str) -> str:
    """Where e-mail is handed over."""
    parts = _address(text, ("smtp", "smtps"))
    if parts is None or not parts.hostname:
        raise ValueError("smtp://user:password@host:587 or smtps://…")
    return text


def broker(text: str) -> str:
    """Where workers are woken."""
    parts = _address(text, ("redis", "rediss", "postgresql", "postgres"))
    if parts is None or not parts.hostname:
        raise ValueError("redis://…, rediss://… or postgresql://…, with a host")
    return text


def counter(text: str) -> str:
    """Where attempts are counted."""
    parts = _address(text, ("memory", "redis", "rediss", "redis+unix", "redis+sentinel", "redis+cluster"))
    if parts is None or parts.scheme != "memory" and not (parts.netloc or parts.path):
        raise ValueError("memory:// or redis://…")
    return text


def database(text: str) -> str:
    """A database, as SQLAlchemy wants its address."""
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    made = normalise_url(text)
    try:
        parsed = make_url(made)
    except (ArgumentError, ValueError):
        parsed = None
    if parsed is None or parsed.drivername not in ("sqlite", "postgresql+psycopg") or not parsed.database:
        raise ValueError("postgresql://user:password@host/name, or sqlite:/// and a file")
    if parsed.drivername == "sqlite" and not _may_be_sqlite(parsed.database):
        raise ValueError("sqlite:/// and a file of SQLite's, and this is another")
    return made


def _may_be_sqlite(path: str) -> bool:
    """Whether it is one, or nothing yet: another's file is neither written nor closed to its readers."""
    if not os.path.exists(path):
        return True
    try:
        with open(path, "rb") as there:
            return there.read(16) in (b"", b"SQLite format 3\0")
    except IsADirectoryError:
        return False
    except OSError:  # not ours to read: said where it is opened
        return True


def normalise_url(url: str) -> str:
    """PostgreSQL addresses in the form SQLAlchemy's psycopg 3 dialect wants, SQLite's as a path that is absolute."""
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    if url.startswith("sqlite:///") and url != "sqlite:///":
        return "sqlite:///" + (ROOT / url.removeprefix("sqlite:///")).as_posix()
    return url


def key(shortest: int, empty: str = "Khet makes one") -> Callable[[str], str]:
    """A key that nobody guesses; `empty` says what none means."""

    def read(text: str) -> str:
        if len(text) < shortest:
            raise ValueError(f"at least {shortest} characters that nobody guesses; empty: {empty}")
        return text

    return read


def _address(text: str, schemes: tuple[str, ...]) -> SplitResult | None:
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 – raises for one that is no number
    except ValueError:
        return None
    return parts if parts.scheme in schemes and not any(map(str.isspace, text)) else None

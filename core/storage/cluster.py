"""Several processes at one PostgreSQL: what they must share, said where one of them does not.

Each keeps advisory locks on a line of its own, one for every thing that must be the same for all; whoever starts looks
whose locks differ. A lock ends with its process, so nothing has to be cleared away.
"""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path

from sqlalchemy import Engine, text

from core.base import disk
from core.base.config import ConfigError, Settings

#: first key of our locks: "Khet" and what is compared
KEY, FILES, SERVING = 0x4B680001, 0x4B680002, 0x4B680003
#: names a store of files, so that two servers know whether theirs is one
STORE_NAME = ".store"

_HELD = text(
    "select objid::bigint, count(*) from pg_locks where locktype = 'advisory' and classid::bigint = :what "
    "and objsubid = 2 and database = (select oid from pg_database where datname = current_database()) group by objid"
)
DIFFERENT = {
    KEY: "Another Khet at this database signs with another key: set one KHET_SECRET_KEY on every server, or share the "
    "file secret_key. Forms of one would be refused by the other.",
    FILES: "Another Khet at this database keeps its files in another folder: KHET_DATA_DIR/files must be one shared "
    "folder on every server. What is uploaded at one would be missing at the other.",
}


def _number(value: str) -> int:
    return int.from_bytes(hashlib.sha256(value.encode()).digest()[:4], "big") & 0x7FFFFFFF


def store_name(root: Path) -> str:
    """The random name of a store of files, given to it by whoever looks first."""
    path = disk.folder(root) / STORE_NAME
    if not path.exists():
        made = root / f"{STORE_NAME}.{secrets.token_hex(4)}"
        with disk.new_file(made) as file:
            file.write(secrets.token_hex(16).encode())
        try:
            made.rename(path)
        except FileExistsError:  # on Windows; elsewhere the last one's name holds, and is read below
            made.unlink()
    return path.read_text(encoding="ascii")


def shared_settings(settings: Settings) -> dict[int, int]:
    """What this process must have in common with others."""
    salted = _number(f"khet {settings.secret_key}")
    return {KEY: salted, FILES: _number(store_name(settings.files_dir))}


def check(engine: Engine, settings: Settings) -> list[str]:
    """Raises ConfigError where another process does not share what it must; returns what is only to be warned of."""
    warnings = []
    with engine.connect() as connection:
        for what, own in shared_settings(settings).items():
            if any(other != own for other, _count in connection.execute(_HELD, {"what": what})):
                raise ConfigError(DIFFERENT[what])
        others = sum(count for _one, count in connection.execute(_HELD, {"what": SERVING}))
    if others and settings.ratelimit_storage.startswith("memory"):
        warnings.append("Another server is at work: set KHET_RATELIMIT_STORAGE, or each counts login attempts alone.")
    if others and not settings.jobs_url:
        warnings.append("Another server is at work: set KHET_JOBS_URL and run `app.py work`, or each works on jobs.")
    return warnings


def locks(settings: Settings, *, serving: bool) -> list[tuple[int, int]]:
    """The advisory locks that this process keeps for others to see."""
    return [*shared_settings(settings).items(), *([(SERVING, 0)] if serving else [])]

"""What keeps the timeline's chain honest from outside the database: the key of its seals, and its exported heads.

Who can write to the database can recompute a chain of plain hashes. Without the key's file nobody makes a seal that
fits; and a chain that was cut off, or made anew by somebody who has the key too, no longer agrees with the heads: one
line for the newest link of each district and round, only ever added, best copied to another machine.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from core import disk
from core.config import ConfigError
from core.db.base import utc_now

#: name of the file of heads, beside the files and in the folder of backups
HEADS = "timeline-heads"
_KEY = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Head:
    """The newest link of a district's chain at some moment."""

    district_id: int
    position: int
    hash: str


def key_name(key: bytes) -> str:
    """What a seal says of its key, and nothing about it."""
    return hashlib.sha256(b"khet seal key " + key).hexdigest()[:16]


def keys(path: Path) -> dict[str, bytes]:
    """The keys in a file by name; the last seals, those before it prove older seals. Made where there is none.

    Raises ConfigError for a file that was cut off.
    """
    if not path.exists():
        made = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        with disk.new_file(made) as file:
            file.write(secrets.token_hex(32).encode() + b"\n")
        with suppress(FileExistsError):  # another process was quicker: its key holds
            os.link(made, path)
        made.unlink()
        disk.sync_folder(path.parent)
    disk.make_private(path)
    lines = path.read_text(encoding="ascii", errors="replace").split()
    if not lines or not all(_KEY.fullmatch(line) for line in lines):
        raise ConfigError(f"{path} is empty or cut off: put the timeline's seal key back from your copy of it.")
    return {key_name(key): key for key in map(bytes.fromhex, lines)}


def export(path: Path, heads: Iterable[Head]) -> None:
    """Add heads to a file; they are on disk afterwards."""
    now = utc_now().isoformat(timespec="seconds")
    lines = [json.dumps({"at": now, **vars(head)}) + "\n" for head in heads]
    if not lines:
        return
    new = not path.exists()
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, disk.FILE)
    with os.fdopen(handle, "ab") as file:
        file.write("".join(lines).encode())
        file.flush()
        os.fsync(file.fileno())
    if new:
        disk.sync_folder(path.parent)


def exported(paths: Iterable[Path]) -> dict[int, dict[int, set[str]]]:
    """Every head in these files: hashes by district and position. A line that a power cut halved says nothing."""
    found: dict[int, dict[int, set[str]]] = {}
    for path in paths:
        with path.open(encoding="utf-8") as file:
            for line in file:
                with suppress(ValueError, KeyError):
                    head = json.loads(line)
                    found.setdefault(head["district_id"], {}).setdefault(head["position"], set()).add(head["hash"])
    return found


def disagreement(seals: Mapping[int, str], heads: Mapping[int, set[str]]) -> str:
    """What the heads of a district say against its seals at their positions; empty where they agree."""
    for position in sorted(heads):
        if position not in seals:
            return f"the chain ends before position {position}, which was sealed: it was cut off"
        if heads[position] != {seals[position]}:
            return f"the chain up to position {position} is not the one that was sealed: it was made anew"
    return ""

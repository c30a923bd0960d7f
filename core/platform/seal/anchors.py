"""What keeps the timeline's chain honest from outside the database: the key of its seals, and its exported heads.

Who can write to the database can recompute a chain of plain hashes. Without the key's file nobody makes a seal that
fits; and a chain that was cut off, or made anew by somebody who has the key too, no longer agrees with the heads: a
line for the newest link of each district, at most one an hour, only ever added, best copied to another machine. A new
installation, and one from before the key, begins its heads before its key is made; where there is a key and no heads,
they were lost or taken away, and that is said until the operator lets them begin anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from core.base import disk
from core.base.config import ConfigError
from core.storage.base import utc_now

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
    _append(path, [vars(head) for head in heads])


def begin(path: Path, heads: Iterable[Head], plain: Mapping[int, int]) -> None:
    """Let a file's heads begin anew with these; the older ones in it count no more. `plain` says up to which position
    a district's seals may be without a key: those from before there was one."""
    _append(path, [{"begun": True}, *({**vars(head), "plain": plain.get(head.district_id, 0)} for head in heads)])


def lost(path: Path) -> None:
    """Begin a file where there should have been one; what was in it stays missing until somebody lets it `begin`."""
    _append(path, [{"lost": True}])


def _append(path: Path, lines: Sequence[Mapping[str, object]]) -> None:
    if not lines:
        return
    now = utc_now().isoformat(timespec="seconds")
    new = not path.exists()
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, disk.FILE)
    with os.fdopen(handle, "ab") as file:
        file.write("".join(json.dumps({"at": now, **line}) + "\n" for line in lines).encode())
        file.flush()
        os.fsync(file.fileno())
    if new:
        disk.sync_folder(path.parent)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """What stands in a file of heads; {"odd": its number} for a line that Khet did not write.

    A line that a power cut halved says nothing.
    """
    with path.open(encoding="utf-8", errors="replace") as file:
        for number, line in enumerate(file, 1):
            with suppress(ValueError):
                said = json.loads(line)
                yield said if _well_formed(said) else {"odd": number}


def _well_formed(said: Any) -> bool:
    """Whether it is a head, the beginning of some or their loss, as `_append` writes them."""
    if not isinstance(said, dict) or not isinstance(said.get("at"), str):
        return False
    try:
        datetime.fromisoformat(said["at"])
    except ValueError:
        return False
    numbers = [said.get("district_id"), said.get("position"), said.get("plain", 0)]
    head = isinstance(said.get("hash"), str) and all(type(number) is int for number in numbers)
    return head or said.get("begun") is True or said.get("lost") is True


def newest(path: Path) -> dict[int, tuple[datetime, int]]:
    """The last head of each district in a file: when it was written, and its position."""
    found = {}
    for line in _lines(path):
        if "hash" in line:
            found[line["district_id"]] = datetime.fromisoformat(line["at"]), line["position"]
    return found


class Heads:
    """Every head in these files by district and position, in a table on disk that is gone with the object: of years
    of heads only one district's next is in memory."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self.lost: list[Path] = []
        #: lines that Khet did not write, by file
        self.odd: list[tuple[Path, int]] = []
        self._table = sqlite3.connect("")  # SQLite's name for a temporary file
        self._table.executescript(
            "create table head (file, district, position, hash, primary key (district, position, hash, file));"
            "create table plain (file, district, upto)"
        )
        for number, path in enumerate(paths):
            self._read(number, path)

    def _read(self, number: int, path: Path) -> None:
        lost = False
        for line in _lines(path):
            if "begun" in line:
                self._table.execute("delete from head where file = ?", (number,))
                self._table.execute("delete from plain where file = ?", (number,))
                lost = False
            elif "lost" in line:
                lost = True
            elif "odd" in line:
                self.odd.append((path, line["odd"]))
            elif "hash" in line:
                district, position = line["district_id"], line["position"]
                row = number, district, position, line["hash"]
                self._table.execute("insert or ignore into head values (?, ?, ?, ?)", row)
                if "plain" in line:
                    self._table.execute("insert into plain values (?, ?, ?)", (number, district, line["plain"]))
        if lost:
            self.lost.append(path)

    def of(self, district_id: int) -> Iterator[tuple[int, str]]:
        """Position and hash of each head of a district, in order."""
        wanted = "select distinct position, hash from head where district = ? order by position"
        return iter(self._table.execute(wanted, (district_id,)))

    def plain(self, district_id: int) -> int:
        """Up to which position a district's seals may be without a key."""
        return int(
            self._table.execute("select max(upto) from plain where district = ?", (district_id,)).fetchone()[0] or 0
        )

    def districts(self) -> set[int]:
        """The districts that have a head."""
        return {district for (district,) in self._table.execute("select distinct district from head")}


class Comparison:
    """Walks a district's heads beside its seals, which come in the order of their positions."""

    def __init__(self, heads: Iterator[tuple[int, str]]) -> None:
        self._heads = heads
        self._next = next(heads, None)
        self.any = self._next is not None
        #: what the heads say against the seals; empty where they agree
        self.said = ""

    def seal(self, position: int, hash_: str) -> None:
        """One seal, as it is."""
        while self._next and self._next[0] <= position:
            if self._next[0] < position:
                self._cut()
            elif self._next[1] != hash_:
                self.said = self.said or (
                    f"the chain up to position {position} is not the one that was sealed: it was made anew"
                )
            self._next = next(self._heads, None)

    def end(self) -> None:
        """No seal is left."""
        if self._next:
            self._cut()

    def _cut(self) -> None:
        assert self._next
        self.said = self.said or (f"the chain ends before position {self._next[0]}, which was sealed: it was cut off")

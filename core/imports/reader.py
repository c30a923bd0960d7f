"""Reads an untrusted file: guard first, then a child process whose memory and time are watched."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import psutil

from core.imports import guard
from core.imports.guard import Refused

#: bytes that the child may take; the watch works on every system, Windows too
MOST_MEMORY = 1500 * 1024 * 1024
MOST_SECONDS = 180.0
_WATCH_SECONDS = 0.05
ROOT = Path(__file__).resolve().parent.parent.parent


def read(path: Path, kind: str, tables: Sequence[str] = ()) -> Iterator[dict[str, Any]]:
    """The items of core/imports/child.py, with {"formulas": [cells]} before the end where values are missing.

    `kind`: xlsx, xls, csv or sql (a dump, of which one of `tables` is read). Raises Refused: too_large,
    too_many_columns, too_many_lines, encrypted, not_a_workbook, unreadable, too_much_memory, too_slow.
    """
    seen = guard.Seen()
    if kind != "xlsx":
        if path.stat().st_size > guard.LONGEST_TEXT_FILE:
            raise Refused("too_large")
    else:
        seen = guard.look(path)
    command = [sys.executable, "-m", "core.imports.child", str(path.resolve()), kind, *tables]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)  # noqa: S603
    stopped: list[str] = []
    watcher = threading.Thread(target=watch, args=(process, stopped), daemon=True)
    watcher.start()
    ended = False
    lines = 0
    try:
        assert process.stdout is not None
        for raw in process.stdout:
            try:
                item = json.loads(raw)
            except ValueError:
                break  # killed in the middle of a line
            if "line" in item:
                lines += 1
                if len(item["cells"]) > guard.MOST_COLUMNS:
                    raise Refused("too_many_columns")
                if lines > guard.MOST_LINES:
                    raise Refused("too_many_lines")
            if "end" in item:
                ended = True
                formulas = [cell for cells in seen.empty_formulas.values() for cell in cells]
                yield {"formulas": formulas}
            yield item
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        watcher.join()
    if stopped:
        raise Refused(stopped[0])
    if not ended:
        raise Refused("unreadable")


def watched(module: str, *arguments: str) -> bytes | None:
    """What a child process of ours prints; None where it failed, or was stopped for its memory or time."""
    command = [sys.executable, "-m", module, *arguments]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)  # noqa: S603
    stopped: list[str] = []
    watcher = threading.Thread(target=watch, args=(process, stopped), daemon=True)
    watcher.start()
    said, _error = process.communicate()
    watcher.join()
    return None if stopped or process.returncode else said


def watch(process: subprocess.Popen[bytes], stopped: list[str]) -> None:
    """Kill a child that takes too much memory or time; `stopped` then says which. Runs in a thread of its own."""
    until = time.monotonic() + MOST_SECONDS
    try:
        child = psutil.Process(process.pid)
        while process.poll() is None:
            if child.memory_info().rss > MOST_MEMORY:
                stopped.append("too_much_memory")
            elif time.monotonic() > until:
                stopped.append("too_slow")
            if stopped:
                process.kill()
                return
            time.sleep(_WATCH_SECONDS)
    except psutil.NoSuchProcess:
        return

"""What tests have done in a child process: nothing that a good file would."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.platform.sandbox import Refused


def back(data: bytes, place: Path, values: list[Any], word: Any = None) -> list[Any]:
    return [data, place, values, word]


def count(most: int) -> Iterator[dict[str, int]]:
    yield from ({"n": n} for n in range(most))


def refuse(reason: str) -> None:
    raise Refused(reason)


def fail() -> None:
    raise KeyError("ข้อความในแฟ้ม")


def abort() -> None:
    os.abort()


def spin() -> None:
    while True:
        pass


def rest(*_given: Any) -> None:
    time.sleep(600)


def eat() -> int:
    return len([bytearray(20_000_000) for _n in range(1000)])


def say() -> bytes:
    return b"x" * 20_000_000


def write() -> None:
    with Path("large").open("wb") as file:
        for _n in range(1000):
            file.write(b"x" * 1_000_000)


def start(told: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as process:  # noqa: S603
        told.write_text(str(process.pid))


def mark(told: Path) -> None:
    told.write_text(str(os.getpid()))
    time.sleep(600)


def surroundings() -> list[Any]:
    return [str(Path.cwd()), tempfile.gettempdir(), sorted(os.environ)]

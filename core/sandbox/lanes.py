"""How much a child may take, and how many run at once: many hostile files together must leave room for people."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from core.sandbox.refusals import BUSY, Refused

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Lane:
    """Limits of each child, and of all of them together in this process."""

    #: children at once
    places: int
    #: seconds to wait for a place
    patience: float
    #: of the clock and of the processor
    seconds: float
    memory: int
    output: int
    #: steps of priority below other children
    nice: int = 0
    _free: threading.BoundedSemaphore = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_free", threading.BoundedSemaphore(self.places))

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold a place. Raises Refused (busy) where none becomes free in time."""
        if not self._free.acquire(timeout=self.patience):
            raise Refused(BUSY)
        try:
            yield
        finally:
            self._free.release()


#: what somebody looks at. Of the server's eight threads three may work long; who finds no place goes soon
PAGE = Lane(places=3, patience=1.5, seconds=15, memory=900 * MEBIBYTE, output=100 * MEBIBYTE)
#: what a form brings; short, and kept apart so that no page's reader takes its places
FORM = Lane(places=2, patience=5, seconds=15, memory=900 * MEBIBYTE, output=100 * MEBIBYTE)
#: what jobs read: nobody waits for the answer
JOB = Lane(places=2, patience=600, seconds=180, memory=1500 * MEBIBYTE, output=400 * MEBIBYTE, nice=5)

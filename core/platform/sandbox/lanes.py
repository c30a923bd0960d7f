"""How much a child may take, and how many run at once: many hostile files together must leave room for people."""

from __future__ import annotations

import threading
import time
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from core.platform.sandbox.refusals import BUSY, Refused

MEBIBYTE = 1024 * 1024
#: seconds that anybody waits for a place
LONGEST = 15.0
#: seconds without a free place after which those go who came when as many waited as are at work: the server's threads
#: are eight
CROWDED = 1.0


@dataclass(frozen=True)
class Lane:
    """Limits of each child, and of all of them together in this process."""

    #: children at once
    places: int
    #: of them, those that one person may hold
    each: int
    #: seconds to wait while no place becomes free; as long as others come to an end one waits on, up to LONGEST
    patience: float
    #: of the clock and of the processor
    seconds: float
    memory: int
    output: int
    #: steps of priority below other children
    nice: int = 0
    #: the patience of those who come when as many wait as are at work; a job holds up no thread that answers people
    crowded: float | None = None
    _turn: _Turn = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_turn", _Turn())

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold a place; one person holds at most `each`, so that nobody's paper keeps all others from theirs.

        Raises Refused (busy) where none becomes free in time.
        """
        turn, arrived, who = self._turn, time.monotonic(), asker.get()
        with turn.changed:
            patience = self.patience if turn.waiting < self.places else self._crowded
            turn.waiting += 1
            try:
                while not self._free(who):
                    until = min(max(arrived, turn.freed) + patience, arrived + max(LONGEST, patience))
                    if time.monotonic() >= until:
                        raise Refused(BUSY)
                    turn.changed.wait(until - time.monotonic())
            finally:
                turn.waiting -= 1
            turn.held.append(who)
        try:
            yield
        finally:
            with turn.changed:
                turn.held.remove(who)
                turn.freed = time.monotonic()
                turn.changed.notify_all()

    @property
    def _crowded(self) -> float:
        return min(CROWDED if self.crowded is None else self.crowded, self.patience)

    def _free(self, who: Hashable) -> bool:
        held = self._turn.held
        return len(held) < self.places and (who is None or held.count(who) < self.each)


class _Turn:
    """Who holds places of a lane, and when one was given back last."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.held: list[Hashable] = []
        self.waiting, self.freed = 0, 0.0


#: for whom this thread reads; nobody's are the jobs
asker: ContextVar[Hashable] = ContextVar("asker", default=None)

#: what somebody looks at: a browser asks for six pages at once
PAGE = Lane(places=3, each=2, patience=6, seconds=15, memory=900 * MEBIBYTE, output=100 * MEBIBYTE)
#: what a form brings; short, and kept apart so that no page's reader takes its places
FORM = Lane(places=2, each=1, patience=5, seconds=15, memory=900 * MEBIBYTE, output=100 * MEBIBYTE)
#: what jobs read: nobody waits for the answer
JOB = Lane(
    places=2, each=2, patience=600, crowded=600, seconds=180, memory=1500 * MEBIBYTE, output=400 * MEBIBYTE, nice=5
)

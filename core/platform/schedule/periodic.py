"""What a module says about work that comes again by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from core.base.text.thai import BANGKOK

if TYPE_CHECKING:
    from core.base.config import Settings
    from core.storage.scope import KhetSession

#: by so much the clocks of two servers may differ
AHEAD = timedelta(minutes=10)
#: before people begin their day
MORNING = time(7)
#: between a turn that failed and the next try
AGAIN = timedelta(hours=1)


@dataclass(frozen=True)
class Turn:
    """One turn of a work in one district: it writes with `session`, which is committed with the note that it was done.

    What came about after `since` and until `now` (both aware) is its to do; between two turns lie days where the server
    was off, or the module.
    """

    session: KhetSession
    settings: Settings
    since: datetime
    now: datetime


@dataclass(frozen=True)
class Periodic:
    """A work that `run(turn)` does in every district where its module is on.

    `at`: once a day, from this hour in Bangkok on; a new district waits for the next one. Without it: whenever `every`
    has passed, and at once where it was never done. A turn that fails writes nothing; it is tried again within the hour
    and the administrator hears of it.
    """

    key: str
    title: Any
    run: Callable[[Turn], object]
    at: time | None = None
    every: timedelta = timedelta(hours=1)

    def next(self, last: datetime) -> datetime:
        """When it is due after a turn at `last`."""
        if self.at is None:
            return last + self.every
        there = last.astimezone(BANGKOK)
        clock = datetime.combine(there.date(), self.at, BANGKOK)
        return clock if clock > there else clock + timedelta(days=1)

    def due(self, last: datetime, now: datetime) -> bool:
        """Whether it is to be done now. A clock that was wrong at the last turn keeps nobody waiting until that day."""
        return now >= self.next(last) or last > now + AHEAD

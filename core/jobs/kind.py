"""What a plugin says about a kind of job."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.jobs.runner import Running


@dataclass(frozen=True)
class JobKind:
    """`run(running)` does the work. `repeatable`: after a killed worker it may simply run again, because it
    changes nothing or goes on from its cursor; otherwise it then fails visibly."""

    key: str
    run: Callable[[Running], None]
    repeatable: bool = False

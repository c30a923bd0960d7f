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
    changes nothing or goes on from its cursor; otherwise it then fails visibly.

    `quiet`: an errand of the house (a delivery), not a person's work: it stands in nobody's list, counts against
    nobody's limit, ends without a notice, and runs even where who caused it is gone.
    """

    key: str
    run: Callable[[Running], None]
    repeatable: bool = False
    quiet: bool = False

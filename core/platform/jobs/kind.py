"""What a plugin says about a kind of job."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

#: who goes first: errands between offices, what people wait for, and what only makes search better
FIRST, USUAL, LAST = 0, 1, 2


@dataclass(frozen=True)
class JobKind:
    """`run(running)` does the work; it is given a runner.Running. `repeatable`: after a killed worker it may simply run
    again, because it changes nothing or goes on from its cursor; otherwise it then fails visibly.

    `quiet`: an errand of the house (a delivery), not a person's work: it stands in nobody's list, counts against
    nobody's limit, ends well without a notice, and runs even where who caused it is gone.

    `failed(running, why)` is asked once more when it ends badly, however that came: it leaves no record that waits for
    ever or says what was not done, and tells whoever must know. Asked again where its worker died meanwhile. Every kind
    has to say it: None where no record waits for the job or promises its work; who asked then gets a notice.
    """

    key: str
    run: Callable[[Any], None]
    repeatable: bool = False
    quiet: bool = False
    failed: Callable[[Any, str], None] | None = field(kw_only=True)

"""The robot's day is always the same: what the demo holds, and so what the robot walks, depends on it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
import time_machine

from core.base.text.thai import BANGKOK

#: a working day in the midst of a term
DAY = datetime(2026, 11, 25, 9, 0, tzinfo=BANGKOK)


@pytest.fixture
def day() -> Iterator[str]:
    with time_machine.travel(DAY):
        yield DAY.date().isoformat()

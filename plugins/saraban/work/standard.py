"""The manual's steps with their minutes (manual 000, งานธุรการ: ขั้นตอนการรับหนังสือ, ขั้นตอนการส่งหนังสือ)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l

from core.storage.scope import KhetSession
from plugins.saraban.models.endorsements import WorkTime


@dataclass(frozen=True)
class StandardStep:
    """A step of the manual, its minutes for one letter, and whether Khet can time it by itself."""

    key: str
    kind: str  #: incoming or outgoing
    title: Any
    minutes: int
    timed: bool = True


STEPS = (
    StandardStep("in.take", "incoming", _l("Take letters over from central registry or outside"), 2, timed=False),
    StandardStep("in.sort", "incoming", _l("Sort, check and classify letters"), 5, timed=False),
    StandardStep("in.register", "incoming", _l("Register incoming letters"), 3),
    StandardStep("in.hand", "incoming", _l("Hand letters to the head of the group"), 2),
    # the six fields of the register (เลขทะเบียนส่ง, ที่, ลงวันที่, จาก, ถึง, เรื่อง), 2 minutes each, are one form
    StandardStep("out.register", "outgoing", _l("Number, date, from, to, subject of a letter that goes out"), 12),
    StandardStep("out.action", "outgoing", _l("Write down the action taken"), 20),
)
BY_KEY = {step.key: step for step in STEPS}


def timed(
    session: KhetSession, step: str, unit_id: int, seconds: int | None, *, user_id: int, who: str, on: date,
    letters: int = 1,
) -> None:  # fmt: skip
    """Keep how long a step of the standard took; unknown time is kept as nothing, never as zero."""
    if seconds is not None and letters > 0:
        session.add(
            WorkTime(
                unit_id=unit_id, user_id=user_id, who=who, step=step, on=on, seconds=seconds,
                letters=letters,
            )
        )  # fmt: skip

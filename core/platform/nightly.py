"""What Khet checks by itself every night, and what it remembers of it from night to night.

Beside the data lies one file for each check: its time says when that was last done, its lines what was found then.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from core.base import disk
from core.base.text.thai import BANGKOK, today
from core.platform.users.models import Account, Grant, RoleProfile
from core.storage.scope import KhetSession

#: hours of the night; an office's machine may be off then, so after a day and a half it is any hour
NIGHT = range(1, 5)
EVERY_NIGHT, AT_LATEST = 20 * 3600, 36 * 3600
#: seconds by which the clocks of two servers may differ
AHEAD = 600


@dataclass(frozen=True)
class Mark:
    """The memory of one check."""

    path: Path

    def due(self, now: datetime) -> bool:
        """Whether it is to be done now; the first look at a new installation begins the count."""
        if not self.path.exists():
            self.write([])
            return False
        age = now.timestamp() - self.path.stat().st_mtime
        if age < -AHEAD:  # a clock was wrong when it was last done: nobody waits until that day
            return True
        return age > AT_LATEST or (age > EVERY_NIGHT and now.astimezone(BANGKOK).hour in NIGHT)

    @contextmanager
    def looking(self) -> Iterator[set[str]]:
        """Around a look: gives what was found the last time; another server that shares the folder need not begin too.

        A look that fails is remembered as a finding: nobody is told that all is well.
        """
        os.utime(self.path)
        known = self.found()
        try:
            yield known
        except Exception as error:
            self.write({*known, f"not looked at to the end: {error or type(error).__name__}"})
            raise

    def found(self) -> set[str]:
        """What was found the last time."""
        return set(json.loads(self.path.read_text(encoding="utf-8") or "[]")) if self.path.exists() else set()

    def write(self, found: Iterable[str]) -> None:
        """Remember what was found."""
        made = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        made.unlink(missing_ok=True)
        with disk.new_file(made) as file:
            file.write(json.dumps(sorted(found), ensure_ascii=False).encode())
        disk.replace(made, self.path)

    @property
    def well(self) -> bool:
        """Whether nothing was found the last time; False too where that cannot be read."""
        try:
            return not self.found()
        except (OSError, ValueError):
            return False


def holders(session: KhetSession, roles: Collection[str]) -> list[Account]:
    """The accounts of a district that hold one of these roles today: who is told."""
    held = (
        select(Grant.user_id)
        .join(RoleProfile, RoleProfile.id == Grant.role_id)
        .where(
            RoleProfile.key.in_(roles),
            Grant.running(today()),
        )
    )
    return list(session.scalars(select(Account).where(Account.id.in_(held), Account.active.is_(True))))

"""Counters in the database by which every worker learns that something it keeps has changed."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.accounts.models import Stamp


def stamps(session: Session) -> dict[str, int]:
    """Every counter, in one statement."""
    return {row.name: row.version for row in session.scalars(select(Stamp))}


def stamp(session: Session, name: str) -> int:
    """One counter; 0 before its first bump."""
    return session.scalar(select(Stamp.version).where(Stamp.name == name)) or 0


def bump(session: Session, name: str) -> None:
    """Count up, in the transaction of the change itself."""
    session.flush()
    changed = session.execute(update(Stamp).where(Stamp.name == name).values(version=Stamp.version + 1))
    if changed.rowcount == 0:  # type: ignore[attr-defined]
        session.add(Stamp(name=name, version=1))

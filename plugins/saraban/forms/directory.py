"""The offices that letters can be sent to. Names of offices and schools are public, so this list alone looks over
the own district; of other districts it knows the offices, of the own every group and school too."""

from __future__ import annotations

from typing import Any

from flask import g
from sqlalchemy import func, or_, select

from core.platform.masterdata.models import District, Unit
from core.platform.masterdata.services import place_of
from core.storage.scope import KhetSession
from core.web.unit_of_work import khet
from plugins.saraban.models.dispatches import KHET
from plugins.saraban.work.exchange import Recipient

LIMIT = 20


def _known(session: KhetSession) -> Any:
    """Units that whoever asks may write to."""
    here = g.actor.district_id
    return (
        select(Unit.id, Unit.name, Unit.district_id)
        .join(District, District.id == Unit.district_id)
        .where(Unit.active.is_(True), Unit.import_id.is_(None), or_(Unit.district_id == here, Unit.kind == "office"))
    )


def find(words: list[str]) -> list[tuple[int, str, str]]:
    """(unit id, name, a school's amphoe) of at most LIMIT offices whose names hold all these words; the own district's
    first."""
    with khet().database.system("directory of offices") as session:
        found = _known(session).add_columns(func.coalesce(place_of(Unit.id), ""))
        for word in words[:5]:
            found = found.where(Unit.name.contains(word, autoescape=True))
        order = (Unit.district_id != g.actor.district_id, Unit.kind == "school", Unit.name)
        return [(row[0], row[1], row[3]) for row in session.execute(found.order_by(*order).limit(LIMIT))]


def _one(unit_id: int) -> Any:
    with khet().database.system("directory of offices") as session:
        return session.execute(_known(session).where(Unit.id == unit_id)).first()


def name_of(unit_id: int) -> tuple[int, str] | None:
    """(id, name) of an office one may write to."""
    row = _one(unit_id)
    return (row[0], row[1]) if row is not None else None


def recipient(unit_id: int) -> Recipient | None:
    """The office as a recipient."""
    row = _one(unit_id)
    return Recipient(row[1], KHET, row[2], row[0]) if row is not None else None

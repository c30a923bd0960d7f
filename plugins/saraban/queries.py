"""Named questions to the registers, shared by lists, reports and tests."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Select, func, select

from core.identity import UnitSet
from plugins.saraban.models import IncomingLetter, OutgoingLetter

Model = type[IncomingLetter] | type[OutgoingLetter]


def visible(model: Model, units: UnitSet) -> Select[Any]:
    """Letters of these units; district, secrecy and naming are the session's fence."""
    return select(model).where(units.criterion(model.unit_id))


def register(model: Model, unit_id: int, book: str, year: int) -> Select[Any]:
    """One book of one year in the order of its numbers, as the printed register has it."""
    return (
        select(model)
        .where(model.unit_id == unit_id, model.book == book, model.year == year)
        .order_by(model.number, model.suffix)
    )


def registered_on(model: Model, units: UnitSet, day: date) -> Select[Any]:
    """How many lines were registered on a day, for the home page."""
    return select(func.count(model.id)).where(units.criterion(model.unit_id), model.registered_on == day)

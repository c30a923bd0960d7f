"""What each unit's registry does its own way."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from flask_babel import gettext as _
from sqlalchemy import select

from core.base.errors import RuleError
from core.base.text.thai import buddhist_year, clean
from core.platform.documents import typeset
from core.platform.numbering.models import Counter
from core.storage import cache
from core.storage.scope import KhetSession
from plugins.saraban.models.letters import CIRCULAR, OUTGOING, UnitSetting

#: working days from receipt to the first proposal (ปกติ 2, any ด่วน 1), where a unit has not said otherwise
DEFAULTS: dict[str, Any] = {
    "days_normal": 2, "days_urgent": 1, "circular_shared": False, "address": "", "owner": "", "phone": "",
}  # fmt: skip


#: what stands on the unit's papers
ON_PAPER = ("address", "owner", "phone")
#: the stamp behind which they are kept
STAMP = "saraban settings"
cache.invalidates(STAMP, UnitSetting)


class OfUnit(NamedTuple):
    """A unit's settings as they stand; `id` is None where it has none of its own."""

    id: int | None
    days_normal: int
    days_urgent: int
    circular_shared: bool
    address: str
    owner: str
    phone: str


def of_unit(session: KhetSession, unit_id: int) -> OfUnit:
    """A unit's settings; the usual ones where it has none."""

    def read() -> OfUnit:
        columns = [getattr(UnitSetting, name) for name in OfUnit._fields]
        found = session.execute(select(*columns).where(UnitSetting.unit_id == unit_id)).first()
        return OfUnit(*found) if found is not None else OfUnit(id=None, **DEFAULTS)

    return cache.cached(session, STAMP, unit_id, read)


def save(session: KhetSession, setting: UnitSetting | None, values: dict[str, Any], today: date) -> UnitSetting:
    """Add or change a unit's settings.

    Raises RuleError at its field, also for letters that no paper shows.
    Whether circulars have a counter of their own is fixed within a year: it changes before the year's first number.
    """
    if setting is None:
        if session.scalar(select(UnitSetting.id).where(UnitSetting.unit_id == values["unit_id"])):
            raise RuleError(_("This unit has its settings already."), field="unit_id")
        setting = UnitSetting(unit_id=values["unit_id"], **DEFAULTS)
        session.add(setting)
    if bool(values["circular_shared"]) != setting.circular_shared:
        begun = select(Counter.id).where(
            Counter.unit_id == setting.unit_id, Counter.year == buddhist_year(today), Counter.last > 0,
            Counter.book == (OUTGOING if setting.circular_shared else CIRCULAR),
        )  # fmt: skip
        if session.scalar(begun):
            raise RuleError(
                _("Circulars are numbered this year already; this can change in January."), field="circular_shared"
            )
    typeset.require_printable({name: values[name] for name in ON_PAPER})
    for name in DEFAULTS:
        value = values[name]
        setattr(setting, name, clean(value) if isinstance(value, str) else value)
    session.flush()
    return setting

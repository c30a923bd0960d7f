"""Head office as the second person: requests and logs of every district, through a named scope."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from core.base import permissions
from core.base.errors import NotFound
from core.platform.dual_control.models import GraveAct
from core.platform.masterdata.models import District
from core.records import lists
from core.web import notify
from core.web.pages.dual_control.views import ActPages, LogPages
from core.web.unit_of_work import db, khet


def _districts() -> dict[int, str]:
    return {one.id: one.short_name for one in db.scalars(select(District))}


class GraveActNationView(ActPages):
    """What districts ask: where there is no director yet, or the director is whom it is for."""

    route_base = "/head-office/grave-acts"
    resource = permissions.GRAVE_ACTS_NATION
    system_scope = "head office: grave rights"

    def columns(self) -> list[lists.Column]:
        names = _districts()
        district = lists.Column(
            "district_id", _l("District"), lambda row: names.get(row.district_id, ""), "name", sort=False
        )
        return [super().columns()[0], district, *super().columns()[1:]]

    def find(self, record_id: int, verb: str = "show") -> Any:
        record = db.get(GraveAct, record_id)
        if record is None:
            raise NotFound
        return record

    def decide(self, record: GraveAct, change: Any) -> Any:
        district_id, act_id, by = record.district_id, record.id, self._decider()
        notify.notify_head_office_soon()
        db.rollback()  # nothing is written yet, and what follows needs SQLite's only writer
        with khet().database.district(
            district_id, "head office decides", user_id=self.actor.user_id, user_name=self.actor.name
        ) as own:
            return change(own, own.get_one(GraveAct, act_id), by)


class GraveLogNationView(LogPages):
    """The log of every district; of what happened to secret papers no more than that it did."""

    route_base = "/head-office/grave-log"
    resource = permissions.GRAVE_LOG_NATION
    system_scope = "head office: log of grave rights"

    def whole(self) -> bool:
        return False

    def columns(self) -> list[lists.Column]:
        names = _districts()
        district = lists.Column(
            "district_id", _l("District"), lambda row: names.get(row.district_id, ""), "name", sort=False
        )
        return [super().columns()[0], district, *super().columns()[1:]]


VIEWS = [GraveActNationView, GraveLogNationView]

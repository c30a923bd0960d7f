"""Head office hears of what nobody in a district may decide, and it stands in head office's waiting list.

The district's rows are read in the district's scope, head office's written in its own. Done anew with every round of
housekeeping, since who may decide changes with locks, roles and days, and at once after each step with a request.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select

from core.base.permissions import GRAVE_ACTS_NATION
from core.base.text.thai import today
from core.platform.consents import services
from core.platform.dual_control import log, rules
from core.platform.dual_control.models import ASKED, GraveAct, GraveEntry
from core.platform.masterdata.models import OFFICE, District, Unit
from core.platform.notices import services as notices
from core.platform.notices.models import Notice
from core.platform.users.models import Account
from core.platform.worklist.models import WorklistRow
from core.storage.base import utc_now
from core.storage.database import Database
from core.storage.scope import KhetSession

VIEW, LOG_VIEW = "GraveActNationView", "GraveLogNationView"
#: how long it is news that a district's last who may consent is gone
NEWS = timedelta(days=30)
#: requests that are looked at in one round
MOST = 500


@dataclass(frozen=True)
class Gone:
    """The line that says so, as head office's notices point at it."""

    __tablename__: ClassVar[str] = GraveEntry.__tablename__
    id: int
    label: str


@dataclass(frozen=True)
class Alone:
    """A request that only head office may decide, as head office's rows point at it."""

    __tablename__: ClassVar[str] = GraveAct.__tablename__
    id: int
    label: str
    facts: dict[str, Any]
    asked_at: datetime
    expires_at: datetime


def notify_head_office(database: Database) -> None:
    """Bring head office's waiting list in step, and tell its accounts of each request once."""
    now = utc_now()
    with database.system("head office: grave rights") as every:
        open_now = select(GraveAct.district_id).where(GraveAct.state == ASKED, GraveAct.expires_at > now)
        districts = set(every.scalars(open_now.distinct()))
        names = {one.id: one.short_name for one in every.scalars(select(District).where(District.id.in_(districts)))}
        accounts = rules.head_office(every, today())
        waiting = set(every.scalars(select(WorklistRow.district_id).where(WorklistRow.view == VIEW)))
        offices = {account.district_id for account in accounts} | waiting
        said = select(GraveEntry).where(GraveEntry.action == "last_gone", GraveEntry.at > now - NEWS).limit(MOST)
        lines = [(line.district_id, Gone(line.id, line.user_name)) for line in every.scalars(said)]
        found = select(District).where(District.id.in_({district_id for district_id, _line in lines}))
        names |= {one.id: one.short_name for one in every.scalars(found)}
        deciding = {one: [account.id for account in accounts if account.district_id == one] for one in offices}
    alone = [act for district_id in sorted(districts) for act in _alone_in(database, district_id, names, now)]
    for district_id in sorted(offices):
        with database.district(district_id, "head office: grave rights") as own:
            _keep_list(own, alone)
            for user_id in deciding[district_id]:
                account = own.get_one(Account, user_id)
                for act in alone:
                    _tell(own, account, act)
                for lost_in, line in lines:
                    _tell_gone(own, account, names[lost_in], line)


def _alone_in(database: Database, district_id: int, names: dict[int, str], now: datetime) -> list[Alone]:
    with database.district(district_id, "head office: grave rights", write=False) as own:
        acts = own.scalars(select(GraveAct).where(GraveAct.state == ASKED, GraveAct.expires_at > now).limit(MOST))
        return [
            Alone(act.id, f"{names[district_id]}: {act.user_name}", dict(act.facts), act.asked_at, act.expires_at)
            for act in acts
            if not services.deciders(own, act, today())
        ]


def _keep_list(own: KhetSession, alone: list[Alone]) -> None:
    item: WorklistRow | None
    kept = {one.record_id: one for one in own.scalars(select(WorklistRow).where(WorklistRow.view == VIEW))}
    for record_id, item in kept.items():
        if record_id not in {act.id for act in alone}:
            own.delete(item)
    office = own.scalars(select(Unit.id).where(Unit.kind == OFFICE).order_by(Unit.id)).first()
    for act in alone:
        if act.id in kept or office is None:
            continue
        here = select(WorklistRow).where(WorklistRow.kind == act.__tablename__, WorklistRow.record_id == act.id)
        item = own.scalars(here).first()  # of head office's own district: nobody there sees it otherwise
        if item is None:
            item = WorklistRow()
            own.add(item)
        item.point_at(act, VIEW)
        item.resource, item.verb, item.unit_id, item.user_id = GRAVE_ACTS_NATION, "consent", office, None
        item.urgency, item.due_at, item.since = 2, act.expires_at, act.asked_at
    own.flush()


def _was_told(own: KhetSession, account: Account, view: str, record_id: int) -> bool:
    told = select(Notice.id).where(
        Notice.user_id == account.id, Notice.topic == log.TOPIC, Notice.view == view, Notice.record_id == record_id
    )
    return own.scalar(told.limit(1)) is not None


def _tell_gone(own: KhetSession, account: Account, district: str, line: Gone) -> None:
    if _was_told(own, account, LOG_VIEW, line.id):
        return
    with force_locale(account.locale):
        said = _(
            "%(district)s: %(who)s was the last there who may consent to grave rights; head office decides until "
            "somebody else may",
            district=district, who=line.label,
        )  # fmt: skip
    notices.notify(own, account, log.TOPIC, said, line, LOG_VIEW, must=True, webhooks=False)


def _tell(own: KhetSession, account: Account, act: Alone) -> None:
    if _was_told(own, account, VIEW, act.id):
        return
    with force_locale(account.locale):
        said = _(
            "Nobody there may decide, so head office does: %(who)s, %(what)s", who=act.label, what=log.phrase(act.facts)
        )
    notices.notify(own, account, log.TOPIC, said, act, VIEW, must=True, mail=True, webhooks=False)

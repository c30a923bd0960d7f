"""What falls away with an activity that is not held, and what comes back with it. No Flask."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from core.platform.follow_ups.models import GIVEN, RELEASED, WITH_DOER
from core.platform.timeline import recorder
from core.storage.scope import KhetSession
from plugins.service_request.models import CALLED_OFF, VOID, Activity, Expense, Preparation, Survey


def call_off(session: KhetSession, activity: Activity, said: str, reason: str) -> list[Expense]:
    """It is not held: its survey takes no answers, and no papers are asked for what was not spent. Returns those costs.

    `said`: what its history calls it.
    """
    activity.status = CALLED_OFF
    recorder.describe(session, activity, said, reason)  # before the queries below, which flush
    for survey in session.scalars(select(Survey).filter_by(activity_id=activity.id, status="open")):
        survey.status = "closed"
    unspent = list(session.scalars(select(Expense).filter_by(activity_id=activity.id, status="open")))
    for expense in unspent:
        expense.status = VOID
    fall_away(session, activity)
    session.flush()
    return unspent


def take_up(session: KhetSession, activity: Activity, reason: str) -> None:
    """It is to be held after all, with the costs that fell away; its survey is opened by hand, for a new day."""
    activity.status = "planned"
    recorder.describe(session, activity, "service_request.resumed", reason)  # before the query below, which flushes
    for expense in session.scalars(select(Expense).filter_by(activity_id=activity.id, status=VOID)):
        expense.status = "open"
    for one in session.scalars(select(Preparation).filter_by(activity_id=activity.id, state=RELEASED)):
        one.state = GIVEN
    session.flush()


def fall_away(session: KhetSession, activity: Activity) -> None:
    """What is not ready is not asked for any more."""
    mine = select(Preparation).where(Preparation.activity_id == activity.id, Preparation.state.in_(WITH_DOER))
    for one in session.scalars(mine):
        one.state = RELEASED


def shift(session: KhetSession, activity: Activity, day: date, today: date) -> None:
    """The activity goes to another day: what is not ready is due as long before it, but not before today."""
    open_ = Preparation.state.in_((*WITH_DOER, RELEASED))
    for one in session.scalars(select(Preparation).where(Preparation.activity_id == activity.id, open_)):
        one.due_on = max(one.due_on + (day - activity.day), today)

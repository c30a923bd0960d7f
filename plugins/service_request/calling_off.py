"""What falls away with an activity that is not held, and what comes back with it. No Flask."""

from __future__ import annotations

from sqlalchemy import select

from core.platform.timeline import recorder
from core.storage.scope import KhetSession
from plugins.service_request.models import CALLED_OFF, VOID, Activity, Expense, Survey


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
    session.flush()
    return unspent


def take_up(session: KhetSession, activity: Activity, reason: str) -> None:
    """It is to be held after all, with the costs that fell away; its survey is opened by hand, for a new day."""
    activity.status = "planned"
    recorder.describe(session, activity, "service_request.resumed", reason)  # before the query below, which flushes
    for expense in session.scalars(select(Expense).filter_by(activity_id=activity.id, status=VOID)):
        expense.status = "open"
    session.flush()

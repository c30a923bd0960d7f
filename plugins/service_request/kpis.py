"""Indicators of academic services with how each is counted (domain notes §8); a school year is พ.ศ.

No data is None and never nought: a year without a request has no share of requests with a letter. What is not due yet
counts neither way.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, func, or_, select

from core.base.text import figures
from core.base.text.calendars import school_year_of
from core.base.text.thai import today
from core.domain.standards.specs import KpiSpec
from core.platform.masterdata import holidays
from core.records.letter_links.models import CitedLetter
from core.storage.scope import KhetSession
from plugins.service_request.catalogue import setting
from plugins.service_request.models import (
    APPROVED,
    CALLED_OFF,
    COUNTED,
    DECLINED,
    SENT,
    Activity,
    Expense,
    Feedback,
    Request,
    Summary,
)
from plugins.service_request.requests.life import GIVEN_UP
from plugins.service_request.requests.services import INCOMING, REPLY
from plugins.service_request.surveys.services import told_in

#: the part and the whole, one number each
Share = tuple[Select[Any], Select[Any]]


def _count(model: Any, *where: Any) -> Select[Any]:
    return select(func.count(model.id)).where(*where)


def _letter(role: str) -> Any:
    return (
        select(CitedLetter.id)
        .where(
            CitedLetter.kind == Request.__tablename__, CitedLetter.record_id == Request.id, CitedLetter.role == role,
            CitedLetter.district_id == Request.district_id, CitedLetter.ended == "", CitedLetter.number != "",
        )
        .exists()
    )  # fmt: skip


def _with_letter(session: KhetSession, year: int) -> Share:
    asked = (Request.asked_on.between(*school_year_of(year)), Request.status.not_in(("draft", "cancelled")))
    return _count(Request, *asked, _letter(INCOMING)), _count(Request, *asked)


def _in_time(session: KhetSession, year: int) -> Share:
    asked = (Request.asked_on.between(*school_year_of(year)), Request.lead_days.is_not(None))
    wanted = setting(session).lead_days
    return _count(Request, *asked, Request.lead_days >= wanted), _count(Request, *asked)


def _decided(session: KhetSession, year: int) -> float | None:
    first, last = school_year_of(year)
    found = session.execute(
        select(Request.received_on, Request.decided_on).where(
            Request.asked_on.between(first, last), Request.received_on.is_not(None), Request.decided_on.is_not(None)
        )
    ).all()
    overdue = session.scalar(
        _count(
            Request, Request.asked_on.between(first, last), Request.due_on < today(), Request.decided_on.is_(None),
            Request.status.not_in(GIVEN_UP),
        )
    ) or 0  # fmt: skip
    if not found and not overdue:
        return None
    closed = holidays.of(session, first, last + timedelta(days=120))
    limit = setting(session).decision_days
    in_time = sum(holidays.count(came, done, closed) <= limit for came, done in found if came and done)
    return figures.number(figures.percent(in_time, len(found) + overdue))


def _answered_before(session: KhetSession, year: int) -> Share:
    held = (
        Request.asked_on.between(*school_year_of(year)),
        Request.decision == APPROVED,
        Request.status.in_(("delivered", "summarised", "closed")),
    )
    before = (
        select(CitedLetter.id)
        .where(
            CitedLetter.kind == Request.__tablename__, CitedLetter.record_id == Request.id, CitedLetter.role == REPLY,
            CitedLetter.district_id == Request.district_id, CitedLetter.dated <= Request.day,
            CitedLetter.ended == "",
        )
        .exists()
    )  # fmt: skip
    return _count(Request, *held, before), _count(Request, *held)


def _served(session: KhetSession, year: int) -> Share:
    ended = (
        Request.asked_on.between(*school_year_of(year)), Request.decision.in_((APPROVED, DECLINED)),
        Request.status != "cancelled",  # withdrawn by who asked, the office neither serves nor refuses it
    )  # fmt: skip
    served = (Request.decision == APPROVED, Request.status != CALLED_OFF)
    return _count(Request, *ended, *served), _count(Request, *ended)


def _satisfaction(session: KhetSession, year: int) -> float | None:
    told = told_in(session, *school_year_of(year)).values()
    given = [value for one in told for values in one for value in values if value is not None]
    return figures.number(figures.mean(given))


def _minutes(session: KhetSession, year: int) -> Share:
    held = (Activity.day.between(*school_year_of(year)), Activity.status == "held")
    whole = (Activity.minutes_delivered >= Activity.minutes_planned,)
    return _count(Activity, *held, *whole), _count(Activity, *held)


def _papers(session: KhetSession, year: int) -> Share:
    over = or_(Expense.evidence_due < today(), Expense.submitted_on.is_not(None))
    due = (Expense.evidence_due.between(*school_year_of(year)), Expense.status.in_(COUNTED), over)
    in_time = (Expense.submitted_on <= Expense.evidence_due,)
    return _count(Expense, *due, *in_time), _count(Expense, *due)


def _summaries(session: KhetSession, year: int) -> Share:
    held = (
        Activity.day.between(*school_year_of(year)), Activity.status == "held",
        or_(
            Activity.held_on < today() - timedelta(days=setting(session).summary_days),
            select(Summary.id)
            .where(
                Summary.activity_id == Activity.id, Summary.district_id == Activity.district_id,
                Summary.status == SENT
            )
            .exists(),
        ),
    )  # fmt: skip
    sent = (Summary.held_on.between(*school_year_of(year)), Summary.sent_on <= Summary.due_on)
    return _count(Summary, *sent), _count(Activity, *held)


def _complaints(session: KhetSession, year: int) -> Share:
    over = or_(Feedback.due_on < today(), Feedback.answered_on.is_not(None))
    came = (Feedback.received_on.between(*school_year_of(year)), Feedback.category == "complaint", over)
    return _count(Feedback, *came, Feedback.answered_on <= Feedback.due_on), _count(Feedback, *came)


PERCENT = _l("per cent")
KPIS = (
    KpiSpec("svc.letter", _l("Requests with a letter"), PERCENT, 100, share=_with_letter),
    KpiSpec("svc.lead", _l("Requests asked in time"), PERCENT, 90, share=_in_time),
    KpiSpec("svc.decision", _l("Decided within the working days"), PERCENT, 100, actual=_decided),
    KpiSpec("svc.reply", _l("Answered before it was held"), PERCENT, 100, share=_answered_before),
    KpiSpec("svc.served", _l("Served of those decided"), PERCENT, 90, share=_served),
    KpiSpec("svc.satisfaction", _l("Mean satisfaction"), _l("of 5"), 3.51, actual=_satisfaction),
    KpiSpec("svc.minutes", _l("Activities whose minutes were made up"), PERCENT, 100, share=_minutes),
    KpiSpec("svc.papers", _l("Money papers in time"), PERCENT, 90, share=_papers),
    KpiSpec("svc.summary", _l("Summaries sent in time"), PERCENT, 90, share=_summaries),
    KpiSpec("svc.complaint", _l("Complaints answered in time"), PERCENT, 100, share=_complaints),
)

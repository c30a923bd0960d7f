"""What academic services do for core: who has agreed to speak, and how that is given on or called off."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import select

from core.storage.base import utc_now
from core.storage.scope import KhetSession
from core.web.unit_of_work import khet
from plugins.service_request.models import Activity, Nominee, Request
from plugins.service_request.requests import services, telling
from plugins.service_request.requests.desk import SPEAKERS


class Speakers:
    """Speakers of requests and of the activities of plans (`Engagements`, core/records/integrations.py)."""

    asks = SPEAKERS.verb, SPEAKERS.resource

    def engaged(self, session: KhetSession, user_id: int) -> list[Nominee]:
        """Where an account has agreed to speak."""
        agreed = (
            select(Nominee, Request, Activity)
            .outerjoin(Request, Request.id == Nominee.request_id)
            .outerjoin(Activity, Activity.id == Nominee.activity_id)
            .where(Nominee.user_id == user_id, Nominee.answer == "accepted", Nominee.ends_at > utc_now())
        )
        found = session.execute(agreed.order_by(Nominee.starts_at, Nominee.id)).all()
        return [one for one, request, activity in found if services.waits_for_answers(request or activity)]

    def give_up(self, session: KhetSession, record: Any, heir_id: int | None, reason: str) -> None:
        """The step by which speakers answer: a delegate is named, or they cannot come."""
        view: Any = khet().views["NomineeView"]
        step = view.workflow.transition("answer")
        said = "delegated" if heir_id is not None else "refused"
        view.apply(record, step, {"answer": said, "delegate_id": heir_id, "reason": reason})
        telling.speaker_leaves(services.asked_of(session, cast(Nominee, record)), given_on=heir_id is not None)

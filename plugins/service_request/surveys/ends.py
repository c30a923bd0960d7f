"""Whoever works on an activity hears that its survey has taken its last answer."""

from __future__ import annotations

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import func, select

from core.base.text.thai import BANGKOK
from core.platform.notices import services as notices
from core.platform.schedule.periodic import Turn
from plugins.service_request.activities.services import speakers_of
from plugins.service_request.models import Activity, Survey, SurveyAnswer

TOPIC = "service_request.survey"


def tell(turn: Turn) -> None:
    """Of the surveys whose last day has passed since the turn before. One that was closed by hand is known."""
    first, today = (moment.astimezone(BANGKOK).date() for moment in (turn.since, turn.now))
    over = select(Survey).where(Survey.status == "open", Survey.closes_on >= first, Survey.closes_on < today)
    for survey in turn.session.scalars(over.order_by(Survey.id)).all():
        answered = select(func.count(SurveyAnswer.id)).where(SurveyAnswer.survey_id == survey.id)
        count = turn.session.scalar(answered) or 0
        for user_id in sorted(speakers_of(turn.session, turn.session.get_one(Activity, survey.activity_id))):
            account = notices.account(turn.session, user_id)
            if account is not None:
                with force_locale(account.locale):
                    said = _("The survey is over, with %(count)s answers: %(record)s", count=count, record=survey.label)
                notices.notify(turn.session, account, TOPIC, said, survey, "SurveyView")

"""The acting user at their desk."""

from __future__ import annotations

from collections.abc import Sequence

from flask import flash

from core.base.text.thai import today
from core.platform.users.models import Account
from core.records.bookings import services as bookings
from core.web.officers import Officers
from core.web.unit_of_work import db, integrations
from core.web.views import KhetView
from plugins.service_request import permissions
from plugins.service_request.models import Nominee
from plugins.service_request.requests.services import Asked, Desk

#: who can answer when asked to speak
SPEAKERS = Officers("answer", permissions.NOMINEE)


def desk(view: KhetView) -> Desk:
    """The acting user at their desk."""
    account = db.get(Account, view.actor.user_id)
    person_id = account.person_id if account is not None else None
    return Desk(view.actor, person_id, today(), integrations(), lambda account_id: SPEAKERS(account_id) is not None)


def warn_of_taken(view: KhetView, asked: Asked, speakers: Sequence[Nominee]) -> None:
    """Tell who asks them which of these speakers have agreed to something else at that time: another is sought at once,
    and not when the answer comes."""
    names = {one.person_id: one.name for one in speakers}
    for one in bookings.busy(db, view.actor, list(names), asked.starts_at, asked.ends_at, but=asked):
        flash(bookings.said(names[one.resource_id], one), "warning")

"""The acting user at their desk."""

from __future__ import annotations

from core.base.text.thai import today
from core.platform.users.models import Account
from core.web.officers import Officers
from core.web.unit_of_work import db, integrations
from core.web.views import KhetView
from plugins.service_request import permissions
from plugins.service_request.requests.services import Desk

#: who can answer when asked to speak
SPEAKERS = Officers("answer", permissions.NOMINEE)


def desk(view: KhetView) -> Desk:
    """The acting user at their desk."""
    account = db.get(Account, view.actor.user_id)
    person_id = account.person_id if account is not None else None
    return Desk(view.actor, person_id, today(), integrations(), lambda account_id: SPEAKERS(account_id) is not None)

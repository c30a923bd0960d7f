"""The acting user at their desk."""

from __future__ import annotations

from core.accounts.models import Account
from core.text.thai import today
from core.views import KhetView
from core.web.unit_of_work import db, neighbours
from core.work.officers import Officers
from plugins.service_request import permissions
from plugins.service_request.requests.services import Desk

#: who can answer when asked to speak
SPEAKERS = Officers("answer", permissions.NOMINEE)


def desk(view: KhetView) -> Desk:
    """The acting user at their desk."""
    account = db.get(Account, view.actor.user_id)
    person_id = account.person_id if account is not None else None
    return Desk(view.actor, person_id, today(), neighbours(), lambda account_id: SPEAKERS(account_id) is not None)

"""The acting user at their desk."""

from __future__ import annotations

from core.accounts.models import Account
from core.text.thai import today
from core.views import KhetView
from core.web.unit_of_work import db, neighbours
from plugins.service_request.requests.services import Desk


def desk(view: KhetView) -> Desk:
    """The acting user at their desk."""
    account = db.get(Account, view.actor.user_id)
    return Desk(view.actor, account.person_id if account is not None else None, today(), neighbours())

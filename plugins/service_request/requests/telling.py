"""Who is told of what becomes of a request."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from core.accounts import services as accounts
from core.accounts.models import Account
from core.masterdata.models import Unit
from core.notices.telling import tell
from core.text.thai import today
from core.web.unit_of_work import db, khet
from plugins.service_request import permissions
from plugins.service_request.models import Nominee, Request

#: kinds of notice
ASKED, DECIDED, UNFIT = "service_request.asked", "service_request.decided", "service_request.unfit"


def _holders(verb: str, request: Request) -> list[Account]:
    unit = db.get_one(Unit, request.unit_id)
    return accounts.who_may(db, khet().registry.roles(), (verb, permissions.REQUEST), unit, today())


def speaker(one: Nominee) -> None:
    """Whoever is asked to speak, or named as a delegate, learns of it."""
    account = db.get(Account, one.user_id) if one.user_id else None
    if account is not None and account.active:
        tell(account, ASKED, _l("%(who)s asks whether you would speak: %(record)s"), one, "NomineeView")


def speaker_lost(request: Request) -> None:
    """Whoever asks speakers learns that one who had accepted cannot come."""
    for account in _holders("circulate", request):
        tell(account, ASKED, _l("A speaker cannot come, ask another: %(record)s"), request, "RequestView")


def unfit(request: Request) -> None:
    """Whoever offers times learns that the one offered does not fit."""
    for account in _holders("consider", request):
        tell(
            account,
            UNFIT,
            _l("%(who)s says that the time you offered does not fit: %(record)s"),
            request,
            "RequestView",
        )


def requester(request: Any) -> None:
    """Whoever may answer at the school that asked learns of the decision."""
    if db.get_one(Unit, request.unit_id).kind != "school":
        return
    for account in _holders("edit", request):
        tell(account, DECIDED, _l("Your request has been decided: %(record)s"), request, "RequestView")

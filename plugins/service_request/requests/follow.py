"""Where a request is, for who has its link and no account."""

from __future__ import annotations

from typing import Any

from limits import parse
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from core.base.errors import NotFound
from core.records.letter_links import services as citing
from core.web.security import throttle
from core.web.unit_of_work import khet
from core.web.views import KhetView, expose
from plugins.service_request.models import Request
from plugins.service_request.requests import services
from plugins.service_request.requests.life import (
    DECISIONS,
    WORKFLOW,
)
from plugins.service_request.requests.services import REPLY

PER_ADDRESS = parse("600 per minute")


class RequestStatusView(KhetView):
    """Where a request is, for who has its link and no account."""

    route_base = "/services/follow"
    by_link = True
    default_view = "show"

    @expose("/<token>")
    def show(self, token: str) -> Any:
        """State and decision; no name of the office's people."""
        throttle.of_strangers(PER_ADDRESS, "follow")
        with khet().database.system("request by link") as session:
            found = session.scalars(
                select(Request).options(joinedload(Request.service)).where(Request.token == services.token_hash(token))
            ).first()
            if found is None or "service_request" not in khet().switchboard.effective(session, found.district_id):
                raise NotFound
            reply = citing.cited(session, found).get(REPLY)
            return self.render(
                "service_request/status.html", one=found, state=WORKFLOW.states[found.status], reply=reply,
                decision=DECISIONS.get(found.decision, ""),
            )  # fmt: skip


VIEWS = [RequestStatusView]

"""Who works: the acting user as the services need them, and the page that lists to whom a step can be given."""

from __future__ import annotations

from typing import Any

from flask import request

from core.base import permissions
from core.domain.standards import services
from core.web.officers import OFFICERS
from core.web.views import KhetView, expose, lookup_answer, right


def who(view: KhetView) -> services.Who:
    """The acting user as a service needs them."""
    return services.Who(view.actor.user_id, view.actor.name)


class PeopleView(KhetView):
    """Accounts to whom a step can be given, by name."""

    route_base = "/standards/people"
    resource = permissions.RUN
    default_view = "lookup"

    @expose("/lookup")
    @right("add")
    def lookup(self) -> Any:
        """At most 20 accounts whose name holds what was typed."""
        return lookup_answer(OFFICERS.named(request.args.get("q", "")))

"""Records that somebody is responsible for: plans, analyses, templates. Others read them."""

from __future__ import annotations

from typing import Any

from flask import abort

from core.platform.users.models import Account
from core.web.crud import CrudView
from core.web.unit_of_work import db
from core.web.views import KhetView
from plugins.service_request import permissions


def administers(view: KhetView, unit_id: int | None = None) -> bool:
    """Whether the actor answers for all services: who plans every activity, or keeps the settings."""
    may = view.actor.may
    return may(permissions.ACTIVITY, "add", unit_id) or may(permissions.SETTING, "edit")


class Owned(CrudView):
    """A record with `owner_id`: changed by who is responsible for it, and by who administers services."""

    def writes(self, record: Any) -> bool:
        """Whether the actor may change it."""
        return record.owner_id in self.actor.names or administers(self, getattr(record, "unit_id", None))

    def find(self, record_id: int, verb: str = "show") -> Any:
        record = super().find(record_id, verb)
        if verb == "edit" and not self.writes(record):
            abort(403)
        return record

    def takes_evidence(self, record: Any) -> bool:
        return self.writes(record)

    def own(self, record: Any) -> Any:
        """A new one is its writer's."""
        if record.owner_id is None:
            account = db.get_one(Account, self.actor.user_id)
            record.owner_id, record.owner = account.id, account.get_full_name()[:150]
            db.flush()
        return record

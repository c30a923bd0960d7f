"""Plans, analyses and templates: who is responsible for them, and who administers services."""

from __future__ import annotations

from typing import Any

from core.web.crud.owned import OwnedView
from core.web.views import KhetView
from plugins.service_request import permissions


def administers(view: KhetView, unit_id: int | None = None) -> bool:
    """Whether the actor answers for all services: who plans every activity, or keeps the settings."""
    may = view.actor.may
    return may(permissions.ACTIVITY, "add", unit_id) or may(permissions.SETTING, "edit")


class Owned(OwnedView):
    """A record that who administers services changes besides who is responsible for it."""

    def administers(self, record: Any) -> bool:
        return administers(self, getattr(record, "unit_id", None))

    def takes_evidence(self, record: Any) -> bool:
        return self.writes(record)

"""Records that somebody is responsible for: others read them."""

from __future__ import annotations

from typing import Any

from flask import abort

from core.web.crud import CrudView


class OwnedView(CrudView):
    """A record with `owner_id`: changed by who is responsible for it, and by who `administers` it."""

    def administers(self, record: Any) -> bool:
        """Whether the actor answers for all of them, this one among them; nobody by default."""
        return False

    def writes(self, record: Any) -> bool:
        """Whether the actor may change it, where their role lets them change such records at all."""
        return record.owner_id in self.actor.names or self.administers(record)

    def find(self, record_id: int, verb: str = "show") -> Any:
        """As every view; nobody else finds it to edit: 403."""
        record = super().find(record_id, verb)
        if verb == "edit" and not self.writes(record):
            abort(403)
        return record

"""The district's timeline for its administrator: every change, newest first."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_babel import lazy_gettext as _l

from core import listing, permissions
from core.text.thai import format_moment
from core.timeline.models import TimelineEntry
from core.timeline.words import action_title, kind_title
from core.views import CrudView, expose, right


class TimelineView(CrudView):
    """All entries of the district; secret papers' entries only for who is cleared and named."""

    route_base = "/timeline"
    resource = permissions.TIMELINE
    model = TimelineEntry
    title = _l("Timeline")
    descending = True
    include_route_methods = {"list"}

    def columns(self) -> list[listing.Column]:
        return [
            listing.Column(_l("When"), lambda row: format_moment(row.at)),
            listing.Column(_l("Who"), lambda row: row.actor_name),
            listing.Column(_l("What"), lambda row: action_title(row.action), "label"),
            listing.Column(_l("Record"), lambda row: kind_title(row.kind), "label"),
            listing.Column(_l("Name"), lambda row: row.record_label),
            listing.Column(_l("Note"), lambda row: row.note, wide=True),
        ]

    @expose("/")
    @right("list")
    def list(self) -> Any:
        """The entries."""
        return self.render(self.list_template, page=self.page_of_rows(request.args.to_dict()))


VIEWS = [TimelineView]

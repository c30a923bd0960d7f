"""The district's timeline for its administrator: every change, newest first."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from core import listing, permissions
from core.crud import CrudView
from core.text.thai import format_moment
from core.timeline.models import TimelineEntry
from core.timeline.words import KINDS, action_title, kind_title, label_title, who


class TimelineView(CrudView):
    """All entries of the district; secret papers' entries only for who is cleared and named."""

    route_base = "/timeline"
    resource = permissions.TIMELINE
    model = TimelineEntry
    title = _l("Timeline")
    descending = True
    without = frozenset({"show", "add", "edit", "comment"})

    def columns(self) -> list[listing.Column]:
        return [
            listing.Column("at", _l("When"), lambda row: format_moment(row.at), sort=False),
            listing.Column("actor_name", _l("Who"), who, sort=False),
            listing.Column("action", _l("What"), lambda row: action_title(row.action), "label", sort=False),
            listing.Column("kind", _l("Record"), lambda row: kind_title(row.kind), "label", sort=False),
            listing.Column("record_label", _l("Name"), lambda row: label_title(row.kind, row.record_label), sort=False),
            listing.Column("note", _l("Note"), wide=True, sort=False),
        ]

    def filters(self) -> list[listing.Filter]:
        kinds = sorted(KINDS.items(), key=lambda pair: str(pair[1]))
        return [
            listing.Filter("kind", _l("Record"), lambda s, v: s.where(TimelineEntry.kind == v), choices=kinds),
        ]


VIEWS = [TimelineView]

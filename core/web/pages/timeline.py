"""The district's timeline for its administrator: every change, newest first."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from core.base import permissions
from core.platform.timeline.labels import KINDS, action_title, kind_title, label_title, who
from core.platform.timeline.models import TimelineEntry
from core.records import lists
from core.records.files.models import Attachment
from core.records.letter_links.models import CitedLetter
from core.web.crud import CrudView
from core.web.unit_of_work import khet

#: parts of records of every module: called by words of what they belong to
PARTS = frozenset({Attachment.__tablename__, CitedLetter.__tablename__})


def _resources() -> dict[str, str]:
    """The resource of the view that opens a kind of record."""
    views = [view for view in khet().views.values() if getattr(view, "model", None) is not None and view.resource]
    return {view.model.__tablename__: view.resource for view in reversed(views)}


class TimelineView(CrudView):
    """All entries of the district; secret papers' entries only for who is cleared and named."""

    route_base = "/timeline"
    resource = permissions.TIMELINE
    model = TimelineEntry
    title = _l("Timeline")
    descending = True
    without = frozenset({"show", "add", "edit", "comment"})

    def columns(self) -> list[lists.Column]:
        return [
            lists.Column("at", _l("When"), kind="moment", sort=False),
            lists.Column("actor_name", _l("Who"), who, sort=False),
            lists.Column("action", _l("What"), lambda row: action_title(row.action), "label", sort=False),
            lists.Column("kind", _l("Record"), lambda row: kind_title(row.kind), "label", sort=False),
            lists.Column("record_label", _l("Name"), self._label, sort=False),
            lists.Column("note", _l("Note"), self._note, wide=True, sort=False),
        ]

    def _label(self, row: TimelineEntry) -> str:
        return label_title(row.kind, row.record_label) if self._may_open(row.kind) else ""

    def _note(self, row: TimelineEntry) -> str:
        return row.note if self._may_open(row.kind) and (self.actor.inside or not row.inside) else ""

    def _may_open(self, kind: str) -> bool:
        """Whether the reader may open every record of a kind: what a letter is about and what is said of it is for who
        has the letters, and their own pages tell its history. That something was done, when and by whom is here."""
        resource = _resources().get(kind)
        if resource is not None:
            return self.actor.units(resource, "list").everywhere
        return kind.startswith("core_") and kind not in PARTS

    def filters(self) -> list[lists.Filter]:
        kinds = sorted(KINDS.items(), key=lambda pair: str(pair[1]))
        return [
            lists.Filter("kind", _l("Record"), lambda s, v: s.where(TimelineEntry.kind == v), choices=kinds),
        ]


VIEWS = [TimelineView]

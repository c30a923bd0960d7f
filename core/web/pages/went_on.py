"""What was in work at a unit that has ended, and where that is finished now."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.base.errors import NotFound
from core.platform import succession
from core.platform.masterdata import services as masterdata
from core.platform.masterdata.models import Unit
from core.platform.timeline import labels
from core.storage.scope import owned_classes
from core.web import page_context
from core.web.crud import Related
from core.web.unit_of_work import db, khet
from core.web.views import KhetView, expose

MOST = 200


class WentOnView(KhetView):
    """One page for each unit: of every kind of record what its reader may list, nothing else."""

    route_base = "/went-on"
    requires_right = False  # each kind asks its own right
    default_view = "show"
    model = Unit

    @expose("/<int:record_id>")
    def show(self, record_id: int) -> Any:
        """What went on from a unit."""
        unit = db.get(Unit, record_id)
        if unit is None:
            raise NotFound
        into = masterdata.goes_on_at(db, unit)
        return self.render("khet/went_on.html", unit=unit, into=into, panels=self._panels(unit))

    def _panels(self, unit: Unit) -> list[Related]:
        on, kinds, found = page_context.open_views(), succession.kinds_from(db, unit), []
        for model in owned_classes():
            how = getattr(model, "GOES_ON", None)
            view: Any = khet().views.get(how.view) if how is not None and how.view in on else None
            if view is None or model.__tablename__ not in kinds or not view.may("list"):
                continue
            went = view.statement().where(model.id.in_(succession.went_on_from(unit, model.__tablename__)))
            records = db.scalars(went.order_by(None).order_by(model.id.desc()).limit(MOST)).unique()
            rows = [(view.url("show", record_id=one.id), [one.label, view.state_of(one)]) for one in records]
            if rows:
                title = f"{labels.kind_title(model.__tablename__)} ({len(rows)})"
                found.append(Related(title, [_l("Name"), _l("State")], rows, view.icon))
        return found

    def heading(self, unit: Unit) -> str:
        """What the page is called."""
        return _("What went on from %(place)s", place=unit.name)


VIEWS = [WentOnView]

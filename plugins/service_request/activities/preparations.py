"""What is to be got ready for an activity, by whom and until when."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from core.base.text.thai import today
from core.storage.fields import Values
from core.web.crud.follow_ups import FollowUpView, Source
from plugins.service_request import permissions
from plugins.service_request.activities import services
from plugins.service_request.activities.views import works_on
from plugins.service_request.models import Activity, Preparation


class PreparationView(FollowUpView):
    """รายการเตรียมการ."""

    route_base = "/services/preparations"
    resource = permissions.PREPARATION
    model = Preparation
    source = Source(Activity, "activity_id", "ActivityView", _l("The activity"), "easel")
    title = _l("To get ready")
    without = frozenset({"add"})
    order = ("due_on", "id")
    calendar = "due_on"
    empty_hint = _l("Nothing to get ready yet. Add it on the page of its activity.")

    def gives(self, source: Any) -> bool:
        return works_on(self, source)

    def does(self, record: Any) -> bool:
        """Also who works on the activity, who sees that it is ready."""
        return super().does(record) or works_on(self, self.source.of(record))

    def is_over(self, source: Any, key: str) -> bool:
        return bool(source.status != "planned") and key != "evidence"

    def keep(self, source: Any, record: Any, values: Values) -> Any:
        services.check_preparation(source, record, values[Preparation.due_on], today=today())
        return super().keep(source, record, values)


VIEWS = [PreparationView]

"""What is to be done in a work, by whom and until when."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.base.text.thai import today
from core.storage.fields import Values
from core.web.crud.follow_ups import FollowUpView, Source
from plugins.cooperation import permissions, services
from plugins.cooperation.models import FINAL, WORKFLOW, Case, Task


class TaskView(FollowUpView):
    """Tasks of cases."""

    route_base = "/cooperation/tasks"
    resource = permissions.TASK
    model = Task
    source = Source(Case, "case_id", "CaseView", _l("The work"), "people")
    topics = (services.GIVEN, services.TAKEN)
    title = _l("Tasks")
    new_title = _l("New task")
    order = ("due_on", "id")
    calendar = "due_on"
    empty_hint = _l("No task yet. Add it on the page of the work.")

    def gives(self, source: Any) -> bool:
        return services.coordinates(self.actor, source)

    def is_over(self, source: Any, key: str) -> bool:
        # what was left open when its work was published can still be ended, or the work could not
        return source.status in (("closed",) if key in ("report", "evidence") else FINAL)

    def keep(self, source: Any, record: Any, values: Values) -> Any:
        services.check_task(source, record, values, today=today())
        return super().keep(source, record, values)

    def closed_because(self, record: Any) -> str:
        case = self.source.of(record)
        if case.status in FINAL:  # the task's own state is no reason
            return _("It cannot be changed while it is “%(state)s”.", state=str(WORKFLOW.states[case.status]))
        return super().closed_because(record)

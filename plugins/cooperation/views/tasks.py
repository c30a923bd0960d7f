"""What is to be done in a work, by whom and until when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import abort, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.base.errors import NotFound
from core.base.text.thai import today
from core.base.workflow import Transition
from core.platform.users.models import Account
from core.records import lists
from core.storage.fields import Values, label
from core.web.crud import ActionLink
from core.web.crud.workflow_view import WorkflowView
from core.web.forms import LookupField
from core.web.notify import notify_user
from core.web.officers import Officers
from core.web.record_forms import RecordForm
from core.web.unit_of_work import db
from core.web.views import expose, lookup_answer, right
from plugins.cooperation import permissions, services
from plugins.cooperation.models import TASKS, WORKFLOW, Case, Task

#: who can do a task
OFFICERS = Officers("edit", permissions.TASK)


class TaskForm(RecordForm):
    """A piece of work."""

    asks = (Task.what, "user_id", Task.due_on)
    user_id = LookupField(label(Task.user_id), OFFICERS, "TaskView.people", need=False)


class TaskView(WorkflowView):
    """Tasks of cases."""

    route_base = "/cooperation/tasks"
    resource = permissions.TASK
    model = Task
    title = _l("Tasks")
    new_title = _l("New task")
    begun_elsewhere = True
    icon = "check2-square"
    order = ("due_on", "id")
    in_palette = False
    form_class = TaskForm
    holds_evidence = True
    calendar = "due_on"
    workflow = TASKS
    empty_hint = _l("No task yet. Add it on the page of the work.")

    def columns(self) -> list[lists.Column]:
        return [
            lists.column(Task.what, link=True),
            lists.column(Task.who),
            lists.column(Task.due_on),
            self.state_column(),
        ]

    def filters(self) -> list[lists.Filter]:
        late = Task.due_on < today()
        return [
            self.state_filter(),
            lists.Filter(
                "late", _l("Time"), lambda s, _v: s.where(Task.status == "open", late), choices=[("1", _l("Overdue"))]
            ),
        ]

    def _case(self) -> Case:
        raw = request.args.get("case", "")
        found = db.get(Case, int(raw)) if raw.isdecimal() and len(raw) < 10 else None
        if found is None:
            raise NotFound
        self.require_at("add", found.unit_id)
        if not services.coordinates(self.actor, found):
            abort(403)
        return found

    def find(self, record_id: int, verb: str = "show") -> Any:
        record = super().find(record_id, verb)
        if verb == "edit" and not services.coordinates(self.actor, db.get_one(Case, record.case_id)):
            abort(403)
        return record

    @expose("/new", methods=("GET", "POST"))
    @right("add")
    def add(self) -> Any:
        """A task of the case that `case` names."""
        self._case()
        return super().add()

    def begun_at(self) -> str:
        return url_for("CaseView.show", record_id=self._case().id)

    def save(self, record: Any, values: Values) -> Any:
        case = db.get(Case, record.case_id) if record is not None else self._case()
        assert case is not None
        before = record.user_id if record is not None else None
        task = services.save_task(db, record, case, values, today=today())
        account = db.get(Account, task.user_id) if task.user_id not in (None, before) else None
        if account is not None:
            notify_user(account, services.GIVEN, _l("%(who)s gives you a task: %(record)s"), task, "TaskView")
        former = db.get(Account, before) if before not in (None, task.user_id) else None
        if former is not None:
            notify_user(former, services.TAKEN, _l("A task is with you no longer: %(record)s"), task, "TaskView")
        return task

    def after_save(self, record: Any) -> str:
        return url_for("CaseView.show", record_id=record.case_id)

    def changeable(self, record: Any) -> bool:
        case = db.get_one(Case, record.case_id)
        return record.status == "open" and case.status not in services.FINAL and services.coordinates(self.actor, case)

    def closed_because(self, record: Any) -> str:
        case = db.get_one(Case, record.case_id)
        if case.status in services.FINAL:  # the task's own state is no reason
            return _("It cannot be changed while it is “%(state)s”.", state=str(WORKFLOW.states[case.status]))
        return super().closed_because(record)

    def fits(self, record: Any, transition: Transition) -> bool:
        case = db.get_one(Case, record.case_id)
        # what was left open when its work was published can still be ended, or the work could not
        over = ("closed",) if transition.key == "finish" else services.FINAL
        return case.status not in over and services.is_for(record, self.actor.names)

    def takes_evidence(self, record: Any) -> bool:
        return self.may("edit", record.unit_id) and db.get_one(Case, record.case_id).status != "closed"

    def action_links(self, record: Any) -> Sequence[ActionLink]:
        found = list(super().action_links(record))
        if self.takes_evidence(record):
            found.append(
                ActionLink(_l("Lay evidence"), url_for("EvidenceView.add", of=f"TaskView:{record.id}"), "paperclip")
            )
        return [*found, ActionLink(_l("The work"), url_for("CaseView.show", record_id=record.case_id), "people")]

    @expose("/people")
    @right("edit")
    def people(self) -> Any:
        """Accounts to whom a task can be given."""
        return lookup_answer(OFFICERS.named(request.args.get("q", "")))

"""My steps; a keeper of standards sees everybody's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import flash
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, or_, select
from sqlalchemy.orm import joinedload

from core.base import permissions
from core.base.errors import NotFound
from core.base.text.dates import shown_date, shown_moment
from core.base.text.thai import today
from core.base.workflow import Transition
from core.domain.standards import services
from core.domain.standards.models import CLOSED, Evidence, Progress, StandardStep
from core.platform.accounts import services as accounts
from core.platform.masterdata.models import Unit
from core.platform.users.models import Account
from core.records import lists
from core.web.crud import ActionLink, Section
from core.web.crud.workflow_view import WorkflowView
from core.web.notify import notify_user
from core.web.officers import OFFICERS
from core.web.pages.standards.forms import AssignForm, NoteForm
from core.web.pages.standards.people import who
from core.web.unit_of_work import db, khet

#: what is told of a step to who may verify it
TO_VERIFIER = {
    "hand_in": _l("%(who)s hands in a step, verify it: %(record)s"),
    "fetch": _l("%(who)s fetched back a step that was handed in; there is nothing to verify yet: %(record)s"),
}


class ProgressView(WorkflowView):
    """My steps; a keeper of standards sees everybody's."""

    route_base = "/steps"
    resource = permissions.WORK
    assignee_may_open = True
    model = Progress
    title = _l("My steps")
    icon = "list-check"
    order = ("due_on", "id")
    without = frozenset({"add", "edit"})
    holds_evidence = True
    in_palette = False
    board = lists.Board("state")
    calendar = "due_on"
    workflow = services.WORKFLOW
    transition_forms = {"hand_in": NoteForm, "verify": NoteForm, "back": NoteForm, "leave_out": NoteForm}
    destructive = frozenset({"back", "leave_out"})
    empty_hint = _l("No step is given to you. A round of a work standard gives them out.")

    def _mine(self) -> Any:
        return Progress.assignee_id.in_(sorted(self.actor.names_with(self.resource, "list")))

    def statement(self) -> Select[Any]:
        found = select(Progress).options(joinedload(Progress.run))
        return found.where(or_(self._mine(), self.units("verify").criterion(Progress.unit_id)))

    def find(self, record_id: int, verb: str = "show") -> Any:
        """A step of one's own, or of a unit whose steps one verifies; 404 for every other."""
        one = db.get(Progress, record_id)
        names = self.actor.names_with(self.resource, "show")
        if one is None or not (one.assignee_id in names or self.may("verify", one.unit_id)):
            raise NotFound
        return one

    def columns(self) -> list[lists.Column]:
        return [
            lists.Column("seq", _l("Step"), sort=False),
            lists.Column("title", _l("What is done"), kind="subject", link=True),
            lists.Column("run", _l("Work"), lambda row: row.run.label, "subject", wide=True, sort=False),
            lists.Column("assignee", _l("Officer"), kind="name", wide=True),
            lists.Column("due_on", _l("Due on"), kind="date"),
            self.state_column(),
            lists.Column("verified_by", _l("Verified by"), kind="name", wide=True, shown=False),
        ]

    def filters(self) -> list[lists.Filter]:
        open_ = Progress.status.not_in(CLOSED)
        proof = select(Evidence.id).where(
            Evidence.kind == Progress.__tablename__, Evidence.record_id == Progress.id,
            Evidence.district_id == Progress.district_id,
        )  # fmt: skip
        return [
            self.state_filter(),
            lists.Filter("mine", _l("Whose"), lambda s, _v: s.where(self._mine()), choices=[("1", _l("Mine"))]),
            lists.overdue(open_, Progress.due_on < today()),
            lists.Filter(
                "gap", _l("Evidence"),
                lambda s, _v: s.where(Progress.evidence.is_(True), Progress.status != "na", ~proof.exists()),
                choices=[("1", _l("Not there yet"))],
            ),
            lists.period("due", _l("Due on"), Progress.due_on),
        ]  # fmt: skip

    def dimensions(self) -> list[lists.Dimension]:
        return [
            self.state_dimension(),
            lists.Dimension("assignee", _l("Officer"), Progress.assignee, lambda v: v or _("Nobody")),
            lists.month_of("month", _l("Month"), Progress.due_on),
        ]

    def actions(self) -> list[lists.Action]:
        give = lists.Action(
            "assign", _l("Give to"), "verify", self._assign, form=AssignForm, icon="person-plus",
            guard=services.check_assign,
        )  # fmt: skip
        return [*super().actions(), give]

    def _assign(self, one: Any, values: dict[str, Any]) -> None:
        before = one.assignee_id
        services.assign(db, one, values["assignee_id"], values["due_on"], by_rule=values["by_rule"])
        if one.assignee_id != before:
            self._tell(before, one, _l("%(who)s gives your step to somebody else: %(record)s"))
            self._tell_officer(one, _l("%(who)s gives you a step: %(record)s"))

    def _tell_officer(self, one: Any, said: Any, why: str = "") -> None:
        self._tell(one.assignee_id, one, said, why)

    def _tell(self, user_id: int | None, one: Any, said: Any, why: str = "") -> None:
        account = db.get(Account, user_id) if user_id else None
        if account is not None and account.active:
            notify_user(account, services.TOLD, said, one, "ProgressView", why=why)

    def fits(self, record: Any, transition: Transition) -> bool:
        if record.run.archived:
            return False
        theirs = record.assignee_id in self.actor.names
        if transition.key == "fetch" and not (theirs or self.actor.was(record.done_by_id)):
            return False  # whoever verifies sends it back
        return transition.verb != "edit" or theirs or self.may("verify", record.unit_id)

    def apply(self, record: Any, transition: Transition, values: dict[str, Any]) -> None:
        officer = record.assignee
        orphaned = transition.key == "back" and bool(record.assignee_id) and OFFICERS(record.assignee_id) is None
        note = values.get("note") or ""
        services.apply(db, record, transition.key, who=who(self), today=today(), note=note, orphaned=orphaned)
        if orphaned:
            flash(
                _(
                    "%(name)s can do no work here any more. Give “%(record)s” to somebody else.",
                    name=officer,
                    record=record.label,
                ),
                "warning",
            )
        elif transition.key == "back":
            said = _l("%(who)s sends your step back: %(record)s")
            self._tell_officer(record, said, note)
        if (told := TO_VERIFIER.get(transition.key)) is not None:
            unit, right = db.get_one(Unit, record.unit_id), ("verify", permissions.WORK)
            for account in accounts.who_may(db, khet().registry.roles(), right, unit, today()):
                notify_user(account, services.TOLD, told, record, "ProgressView")

    def takes_evidence(self, record: Any) -> bool:
        return record.status not in CLOSED

    def action_links(self, record: Any) -> Sequence[ActionLink]:
        found = list(super().action_links(record))
        if self.may("verify", record.unit_id) and not self.shut_step("assign", record):
            to = self.url("bulk", key="assign", ids=record.id, back="record")
            found.append(ActionLink(_l("Give to"), to, "person-plus"))
        return found

    def sections(self, record: Any) -> Sequence[Section]:
        step = db.get(StandardStep, record.step_id)
        assert step is not None
        work = [
            (_l("Work"), record.run.label),
            (_l("Step"), record.seq),
            (_l("What is done"), step.activity),
            (_l("Time"), step.timing),
            (_l("Quality standard"), step.quality),
            (_l("Responsible"), step.responsible),
            (_l("Wants evidence"), _("Yes") if record.evidence else _("No")),
        ]
        far = [
            (_l("Officer"), record.assignee),
            (_l("Due on"), shown_date(record.due_on, "letter")),
            (_l("Term"), record.term or ""),
            (_l("Handed in on"), shown_date(record.done_on, "letter")),
            (_l("Verified by"), record.verified_by),
            (_l("Verified"), shown_moment(record.verified_at)),
            (_l("Remark"), record.note),
        ]
        return [Section(_l("The step"), work), Section(_l("Progress"), far)]

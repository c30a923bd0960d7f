"""A kind of record with a workflow: each step is a button on its page and a step for many in its list."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, ClassVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.base.errors import RuleError, refusal
from core.base.identity import Actor
from core.base.text.dates import shown_date
from core.base.text.thai import today
from core.base.workflow import Transition, Workflow
from core.platform.timeline import labels, recorder
from core.plugins.manifest import ActionLink
from core.records import lists
from core.storage import fields
from core.web import capacities
from core.web.crud import CrudView
from core.web.unit_of_work import db


class WorkflowView(CrudView):
    """A subclass names its workflow and the forms of transitions that ask something; `apply` does one."""

    workflow: ClassVar[Workflow]
    #: forms by the transition's key; one without one only wants to be confirmed
    transition_forms: ClassVar[Mapping[str, Callable[[], Any]]] = {}
    #: transitions that end something: drawn in red
    destructive: ClassVar[frozenset[str]] = frozenset()
    #: the step that people take next is drawn first in its colour
    state_field: ClassVar[str] = "status"

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "workflow" in vars(cls) and "model" in vars(cls):
            titles = {one.key: one.title for one in cls.workflow.transitions}
            labels.steps(vars(cls.model)["__tablename__"], titles)

    def apply(self, record: Any, transition: Transition, values: dict[str, Any]) -> None:
        """Do the step with what its form asked. Raises RuleError where a rule forbids it.

        By itself it moves the record and keeps what was asked; a step that does more calls its service.
        """
        self.workflow.apply(record, transition.key, self.state_field)
        fields.assign(record, values)
        db.flush()

    def check_state(self, record: Any, transition: Transition) -> None:
        """Raises RuleError where the record's state does not allow the step."""
        self.workflow.check(record, transition.key, self.state_field)

    def take(self, record: Any, transition: Transition, values: dict[str, Any]) -> None:
        """What a step is, around what the view does by itself; an ApprovalView lets its chain decide."""
        self.apply(record, transition, values)

    def fits(self, record: Any, transition: Transition) -> bool:
        """Whether the step is there for this record and this user, besides state and right."""
        return True

    def not_yet(self, record: Any, transition: Transition) -> str:
        """Why a step that is this user's has to wait, as its page and the refusal say it; empty where it has not."""
        return ""

    def due(self, record: Any, transition: Transition) -> date | None:
        """The last day of a step by a rule; None where no rule gives one.

        A late step is taken all the same: its page says so before, and the history by how many days it was.
        """
        return None

    def done_on(self, record: Any, transition: Transition, values: dict[str, Any]) -> date:
        """The day as of which a step was taken: today, unless its form or its letter names another."""
        return today()

    def before_step(self, key: str, record: Any) -> str:
        step = next((one for one in self.workflow.transitions if one.key == key), None)
        due = self.due(record, step) if step is not None else None
        if due is None or due >= today():
            return ""
        return _(
            "This was due by %(day)s, %(count)s days ago. It can still be done; the history says by how many days it "
            "was late.",
            day=shown_date(due, "letter"), count=(today() - due).days,
        )  # fmt: skip

    def open_to(self, record: Any, transition: Transition) -> bool:
        """Whether the step can be taken with this record: the one answer for its page and for a step for many."""
        return self._is_theirs(record, transition) and not self.not_yet(record, transition)

    def _is_theirs(self, record: Any, transition: Transition) -> bool:
        return self._capacity_of(record, transition) is not None

    def _capacity_of(self, record: Any, transition: Transition) -> Actor | None:
        """In which of their capacities, with its right, unit and names alone, the actor takes a step of the state."""
        if getattr(record, self.state_field) not in transition.sources:
            return None
        return capacities.first(
            lambda: self.may(transition.verb) and self._is_at(transition, record) and self.fits(record, transition)
        )

    def _capacity_for(self, step: lists.Action, record: Any) -> Actor | None:
        transition = next((one for one in self.workflow.transitions if one.key == step.key), None)
        if transition is None:
            return super()._capacity_for(step, record)
        return self._capacity_of(record, transition)  # where there is none it is refused in words

    def actions(self) -> list[lists.Action]:
        return [
            lists.Action(
                one.key, one.title, one.verb, self._apply_checked(one), form=self.transition_forms.get(one.key),
                icon=one.icon,
            )
            for one in self.workflow.transitions
        ]  # fmt: skip

    def _apply_checked(self, transition: Transition) -> Callable[[Any, dict[str, Any]], None]:
        def apply(record: Any, values: dict[str, Any]) -> None:
            self._check_open(record, transition)
            due = self.due(record, transition)
            self.take(record, transition, values)
            late = (self.done_on(record, transition, values) - due).days if due is not None else 0
            if late > 0:
                recorder.note(db, record, labels.LATE, str(late))

        return apply

    def _check_open(self, record: Any, transition: Transition) -> None:
        """Raises RuleError with why the step cannot be taken: its state, whose it is, or what it waits for."""
        self.check_state(record, transition)
        if not self._is_theirs(record, transition):
            raise RuleError(
                _("“%(step)s” is not for this record: %(record)s", step=str(transition.title), record=str(record.label))
            )
        if why := self.not_yet(record, transition):
            raise RuleError(why)

    def shut_step(self, key: str, record: Any) -> str:
        step = next((one for one in self.workflow.transitions if one.key == key), None)
        if step is None:
            return super().shut_step(key, record)
        return refusal(lambda: self._check_open(record, step))

    def waiting_steps(self, record: Any) -> list[tuple[Any, str]]:
        """(step, why it has to wait): what is this user's to do next, and its page does not offer yet."""
        theirs = [one for one in self.workflow.transitions if self._is_theirs(record, one)]
        return [(one.title, why) for one in theirs if (why := self.not_yet(record, one))]

    def state_of(self, record: Any) -> Any:
        return self.workflow.states[getattr(record, self.state_field)]

    def action_link(self, record: Any, transition: Transition, *, first: bool = False) -> ActionLink:
        """The button of a step."""
        look = "danger" if transition.key in self.destructive else "primary" if first else "secondary"
        return ActionLink(
            transition.title, self.url("bulk", key=transition.key, ids=record.id, back="record"), transition.icon, look
        )

    def action_links(self, record: Any) -> Sequence[ActionLink]:
        allowed = [one for one in self.workflow.transitions if self.open_to(record, one)]
        forward = next((one for one in allowed if one.key not in self.destructive), None)
        found = [self.action_link(record, one, first=one is forward) for one in allowed]
        if "edit" not in self.without and self.in_one(lambda: self.changes(record)):
            found.append(ActionLink(_l("Change"), self.url("edit", record_id=record.id), "pencil"))
        return found

    def changeable(self, record: Any) -> bool:
        """Whether the record's own form is open in this state."""
        return True

    def changes(self, record: Any) -> bool:
        """Whether its form is open to the actor, in the capacity in which this is asked."""
        return self.may("edit", getattr(record, "unit_id", None)) and self.changeable(record)

    def closed_because(self, record: Any) -> str:
        if self.in_one(lambda: self.changes(record)):
            return ""
        return _("It cannot be changed while it is “%(state)s”.", state=str(self.state_of(record)))

    def state_filter(self) -> lists.Filter:
        """The filter over the workflow's states."""
        column = getattr(self.model, self.state_field)
        states = list(self.workflow.states.items())
        return lists.Filter("state", _l("State"), lambda s, v: s.where(column == v), choices=states)

    def state_dimension(self) -> lists.Dimension:
        """Group by the workflow's states, in their order."""
        column, states = getattr(self.model, self.state_field), self.workflow.states
        return lists.Dimension("state", _l("State"), column, lambda v: states[v], order=tuple(states))

    def state_column(self) -> lists.Column:
        """The column that says the state."""
        return lists.Column(
            self.state_field, _l("State"), lambda row: self.workflow.states[getattr(row, self.state_field)], "label"
        )

"""A kind of record with a workflow: each step is a button on its page and a step for many in its list."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core import listing
from core.crud import CrudView
from core.crud.parts import Step
from core.errors import RuleError
from core.workflow import Transition, Workflow


class LifeView(CrudView):
    """A subclass names its workflow and the forms of steps that ask something; `take` does a step."""

    life: ClassVar[Workflow]
    #: forms by the step's key; a step without one only wants to be confirmed
    step_forms: ClassVar[Mapping[str, Callable[[], Any]]] = {}
    #: steps that end something: drawn in red
    grave: ClassVar[frozenset[str]] = frozenset()
    #: the step that people take next is drawn first in its colour
    state_field: ClassVar[str] = "status"

    def take(self, record: Any, step: Transition, values: dict[str, Any]) -> None:
        """Do the step with what its form asked. Raises RuleError where a rule forbids it."""
        raise NotImplementedError

    def fits(self, record: Any, step: Transition) -> bool:
        """Whether the step is there for this record and this user, besides state and right."""
        return True

    def open_to(self, record: Any, step: Transition) -> bool:
        """Whether the step can be taken with this record: the one answer for its page and for a step for many."""
        return (
            getattr(record, self.state_field) in step.sources
            and self.may(step.verb, getattr(record, "unit_id", None))
            and self.fits(record, step)
        )

    def actions(self) -> list[listing.Action]:
        return [
            listing.Action(
                step.key, step.title, step.verb, self._taking(step), form=self.step_forms.get(step.key), icon=step.icon
            )
            for step in self.life.transitions
        ]

    def _taking(self, step: Transition) -> Callable[[Any, dict[str, Any]], None]:
        def taken(record: Any, values: dict[str, Any]) -> None:
            self.life.check(record, step.key, self.state_field)
            if not self.open_to(record, step):
                raise RuleError(
                    _("“%(step)s” is not for this record: %(record)s", step=str(step.title), record=str(record.label))
                )
            self.take(record, step, values)

        return taken

    def state_of(self, record: Any) -> Any:
        return self.life.states[getattr(record, self.state_field)]

    def step(self, record: Any, step: Transition, *, first: bool = False) -> Step:
        """The button of a step."""
        look = "danger" if step.key in self.grave else "primary" if first else "secondary"
        return Step(step.title, self.url("bulk", key=step.key, ids=record.id, back="record"), step.icon, look)

    def steps(self, record: Any) -> Sequence[Step]:
        unit_id = getattr(record, "unit_id", None)
        allowed = [step for step in self.life.transitions if self.open_to(record, step)]
        forward = next((step for step in allowed if step.key not in self.grave), None)
        found = [self.step(record, step, first=step is forward) for step in allowed]
        if "edit" not in self.without and self.may("edit", unit_id) and self.changeable(record):
            found.append(Step(_l("Change"), self.url("edit", record_id=record.id), "pencil"))
        return found

    def changeable(self, record: Any) -> bool:
        """Whether the record's own form is open in this state."""
        return True

    def closed_because(self, record: Any) -> str:
        if self.changeable(record):
            return ""
        return _("It cannot be changed while it is “%(state)s”.", state=str(self.state_of(record)))

    def state_filter(self) -> listing.Filter:
        """The filter over the workflow's states."""
        column = getattr(self.model, self.state_field)
        states = list(self.life.states.items())
        return listing.Filter("state", _l("State"), lambda s, v: s.where(column == v), choices=states)

    def state_dimension(self) -> listing.Dimension:
        """Group by the workflow's states, in their order."""
        column, states = getattr(self.model, self.state_field), self.life.states
        return listing.Dimension("state", _l("State"), column, lambda v: states[v], order=tuple(states))

    def state_column(self) -> listing.Column:
        """The column that says the state."""
        return listing.Column(
            self.state_field, _l("State"), lambda row: self.life.states[getattr(row, self.state_field)], "label"
        )

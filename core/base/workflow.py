"""A workflow as a table in a plugin's code: states, and the steps that lead from one to the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from core.base.errors import RuleError


@dataclass(frozen=True)
class Transition:
    """A step of a workflow: from any of `sources` to `target` ("": it stays where it is); `verb` is the right it needs
    at the record's unit."""

    key: str
    title: Any
    sources: tuple[str, ...]
    target: str
    verb: str
    icon: str = "chevron-right"


@dataclass(frozen=True)
class Workflow:
    """States with their names, in the order in which people read them, and the steps between them.

    Raises TypeError for a step of a name that another has, and for one between states that there are not.
    """

    states: Mapping[str, Any]
    transitions: Sequence[Transition]

    def __post_init__(self) -> None:
        seen: set[str] = set()
        for one in self.transitions:
            if one.key in seen:
                raise TypeError(f"step {one.key!r} is there twice; give each a key of its own")
            seen.add(one.key)
            if wrong := [state for state in (*one.sources, one.target) if state and state not in self.states]:
                raise TypeError(f"step {one.key!r}: {wrong[0]!r} is no state; there is {', '.join(self.states)}")

    def transition(self, key: str) -> Transition:
        """The step of that name."""
        return next(one for one in self.transitions if one.key == key)

    def allowed(self, state: str) -> list[Transition]:
        """Steps that this state allows, whoever asks."""
        return [one for one in self.transitions if state in one.sources]

    def check(self, record: Any, key: str, field: str = "status") -> Transition:
        """The step, for rules to be asked before it is taken. Raises RuleError where the state does not allow it."""
        step, state = self.transition(key), getattr(record, field)
        if state not in step.sources:
            raise RuleError(
                _(
                    "“%(step)s” is not possible while it is “%(state)s”.",
                    step=str(step.title), state=str(self.states.get(state, state)),
                )
            )  # fmt: skip
        return step

    def apply(self, record: Any, key: str, field: str = "status") -> Transition:
        """Move the record by this step, after which its history calls the change (core/platform/timeline/recorder.py).
        Raises RuleError where its state does not allow it."""
        step = self.check(record, key, field)
        if step.target and step.target != getattr(record, field):
            setattr(record, field, step.target)
            record.step_taken = key
        return step

"""A kind of record that is approved by its district's chain: decided, sent on and told in one place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from flask import g
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import false, or_, select

from core.base.identity import Actor
from core.base.text.dates import shown_date, shown_moment
from core.base.text.thai import today
from core.base.workflow import Transition
from core.platform.users.models import Account
from core.records import lists
from core.records.approvals import services as approvals
from core.records.approvals.models import STATES, WAITING, Approval
from core.web.crud.workflow_view import WorkflowView
from core.web.forms import KhetForm, paragraph
from core.web.notify import notify_user
from core.web.page_parts import Related
from core.web.unit_of_work import db, khet

#: what is said of each end to who proposed it and who is responsible for it
ENDS = {
    "approve": _l("%(who)s has approved: %(record)s"), "back": _l("%(who)s sends back: %(record)s"),
    "reject": _l("%(who)s did not approve: %(record)s"),
}  # fmt: skip
MOST_NAMES = 5


class ApproveForm(KhetForm):
    """A word to a yes."""

    reason = paragraph(_l("Remark"), most=500)


class ReasonForm(KhetForm):
    """Why it is sent back or not approved."""

    reason = paragraph(_l("Reason"), most=500, need=True)


#: forms of the decisions, by the step's key
FORMS = {"approve": ApproveForm, "back": ReasonForm, "reject": ReasonForm}


class ApprovalView(WorkflowView):
    """A subclass says how its records are approved (`approving`), has `approvals.steps(…)` in its workflow with a step
    `propose` of its own, and notes an end in `ended`. The chain alone says whose the decisions are."""

    approving: ClassVar[approvals.Approving]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        keys = {one.key for one in cls.workflow.transitions}
        cls.transition_forms = {key: form for key, form in FORMS.items() if key in keys} | {**cls.transition_forms}
        cls.destructive = cls.destructive | (keys & {"back", "reject"})

    def ended(self, record: Any, key: str, remark: str, by: str) -> None:
        """Note on the record how the chain has ended: `approve`, `back` or `reject`, and by whom, in which capacity. It
        has moved already."""

    def changeable(self, record: Any) -> bool:
        """What is proposed or approved changes no more: the form is open to who may propose it, until then."""
        propose = self.workflow.transition("propose")
        return getattr(record, self.state_field) in propose.sources and self.fits(record, propose)

    # -- whose it is -------------------------------------------------------------------------------------------------

    def _capacity_of(self, record: Any, transition: Transition) -> Actor | None:
        if getattr(record, self.state_field) not in transition.sources:
            return None
        decides = transition.key in (*approvals.DECISIONS, approvals.WITHDRAW) and self._capacity(record) is not None
        if transition.key in approvals.DECISIONS:  # the chain says in which capacity
            return self.actor if decides else None
        if decides:
            return None  # who decides it sends it back
        return super()._capacity_of(record, transition)

    def _steps(self, record: Any) -> list[Approval]:
        """Asked once for all buttons and the panel of a page."""
        kept: dict[Any, Any] = g.setdefault("approval_steps", {})
        place = record.__tablename__, record.id, record.version
        if place not in kept:
            kept[place] = approvals.rounds(db, record)
        found: list[Approval] = kept[place]
        return found

    def _capacity(self, record: Any) -> approvals.Capacity | None:
        kept: dict[Any, Any] = g.setdefault("approval_capacities", {})
        place = self.actor.user_id, self.actor.stead, record.__tablename__, record.id, record.version
        if place not in kept:
            step = next((one for one in self._steps(record) if one.state == WAITING), None)
            kept[place] = approvals.open_to(db, self.approving, record, step, self.actor)
        found: approvals.Capacity | None = kept[place]
        return found

    def list_actions(self) -> list[lists.Action]:
        """A decision is offered to who holds the right to it, and to whose position takes or took a step: pressed once
        too often, it is refused in words."""
        named = self._named()
        return [one for one in self.actions() if self.may(one.verb) or (named and one.key in approvals.DECISIONS)]

    def _named(self) -> bool:
        posts = [
            (Approval.post_unit_id == one.unit_id) & (Approval.position == one.position) for one in self.actor.posts
        ]
        found = select(Approval.id).where(Approval.kind == self.approving.table, or_(false(), *posts)).limit(1)
        return bool(posts) and db.scalar(found) is not None

    def _at(self, action: lists.Action) -> Sequence[Any]:
        if action.key in approvals.DECISIONS:  # each record's chain says whose it is
            return [self.units("show").criterion(self.model.unit_id)]
        return super()._at(action)

    def _is_at(self, step: lists.Action | Transition, record: Any) -> bool:
        if step.key in approvals.DECISIONS:
            return self.may("show", record.unit_id)
        return super()._is_at(step, record)

    # -- what is done ------------------------------------------------------------------------------------------------

    def take(self, record: Any, transition: Transition, values: dict[str, Any]) -> None:
        key = transition.key
        if key == "propose":
            approvals.begin(db, self.approving, record, self._at_desk())
            super().take(record, transition, values)
            self._tell_next(record)
        elif key in approvals.DECISIONS:
            remark = values.get("reason") or ""
            goes_on = approvals.decide(db, self.approving, record, key, remark, self._at_desk()) is not None
            with db.no_autoflush:  # the step and what is said of it are one line of the history
                by = approvals.decided_by(db, record)
            if goes_on:
                self._tell_next(record, by)
                return
            self.workflow.apply(record, key, self.state_field)
            self.ended(record, key, remark, by)
            db.flush()
            for account in self._whose(record):
                why = "" if key == "approve" else remark
                notify_user(account, self.approving.topic, ENDS[key], record, self.approving.view, by=by, why=why)
        elif key == approvals.WITHDRAW:
            asked = [*self._next(record), *self._whose(record)]
            approvals.withdraw(db, record)
            self.workflow.apply(record, key, self.state_field)
            db.flush()
            self._tell(asked, _l("%(who)s takes back what was proposed: %(record)s"), record)
        else:
            super().take(record, transition, values)

    def _at_desk(self) -> approvals.Desk:
        return approvals.Desk(self.actor, khet().registry.roles(), today())

    def lies_with(self, record: Any) -> None:
        """Not asked: the panel of its approval says who takes which step."""

    def _next(self, record: Any) -> list[Account]:
        step = approvals.running(db, record)
        return self._takers(record, step) if step is not None else []

    def _takers(self, record: Any, step: Approval) -> list[Account]:
        return approvals.takers(db, self.approving, record, step, khet().registry.roles(), today())

    def _whose(self, record: Any) -> list[Account]:
        """Who proposed a record and who is responsible for it, where they may sign in."""
        ids = {one.proposed_by_id for one in approvals.rounds(db, record)} | {getattr(record, "owner_id", None)}
        return list(db.scalars(select(Account).where(Account.id.in_(ids - {None}), Account.active.is_(True))))

    def _tell_next(self, record: Any, by: str = "") -> None:
        if asked := self._next(record):
            self._tell(asked, _l("%(who)s puts up for approval: %(record)s"), record, by)
        else:  # whoever could take it has gone since it was proposed
            self._tell(self._whose(record), _l("Nobody can take its next step, take it back: %(record)s"), record)

    def _tell(self, accounts: Iterable[Account], said: Any, record: Any, by: str = "") -> None:
        for account in accounts:
            notify_user(account, approvals.TOPIC, said, record, self.approving.view, by=by)

    # -- what is shown -----------------------------------------------------------------------------------------------

    def panels(self, record: Any) -> Sequence[Related]:
        """The chain of the record: who, when, where it is and since when."""
        steps = self._steps(record)
        rows = [("", self._told(record, one)) for one in steps]
        heads = [_l("Step"), _l("State"), _l("By"), _l("When"), _l("Remark")]
        return [*super().panels(record), *([Related(_l("Approval"), heads, rows, "ui-checks")] if rows else [])]

    def _told(self, record: Any, step: Approval) -> list[Any]:
        name = f"{step.seq}. {approvals.who(step.position)}"
        return [name, STATES[step.state], self._by(record, step), _when(step), step.remark]

    def _by(self, record: Any, step: Approval) -> str:
        if step.state != WAITING:
            return " · ".join(filter(None, (step.by, step.acting_for)))
        names = [one.get_full_name() for one in self._takers(record, step)]
        if not names:
            return _("Nobody can take it now")
        return ", ".join(names[:MOST_NAMES]) + (" …" if len(names) > MOST_NAMES else "")


def _when(step: Approval) -> str:
    if step.state != WAITING:
        return shown_moment(step.decided_at) if step.decided_at else ""
    since = _("since %(moment)s", moment=shown_moment(step.since))
    return f"{since} · {_('due %(day)s', day=shown_date(step.due_on, 'short'))}" if step.due_on else since

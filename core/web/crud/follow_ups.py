"""What is given to one person to do by a day: its list, its page, its steps, and who hears of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from flask import request, url_for
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from sqlalchemy import case

from core.base.errors import NotFound
from core.base.text.dates import shown_moment
from core.base.text.thai import BANGKOK
from core.base.workflow import Transition
from core.platform.follow_ups import services as follow_ups
from core.platform.follow_ups.models import WITH_DOER
from core.platform.notices import services as notices
from core.plugins.manifest import ActionLink
from core.records import lists
from core.storage.fields import Values, label
from core.web.crud.workflow_view import WorkflowView
from core.web.forms import KhetForm, LookupField, paragraph
from core.web.notify import notify_user
from core.web.officers import Officers
from core.web.record_forms import RecordForm
from core.web.unit_of_work import asked_id, db, khet
from core.web.views import expose, lookup_answer, right

TOPIC = "core.follow_up"
GIVEN = _l("%(who)s gives you a task: %(record)s")
TAKEN = _l("A task is with you no longer: %(record)s")
REOPENED = _l("%(who)s opens again what was reported as done: %(record)s")
#: what is told of a step: to who gave it, or to who has it
TO_GIVER = {"report": _l("%(who)s has done what you gave: %(record)s"), "reopen": REOPENED}
TO_DOER = {
    "back": _l("%(who)s sends back what you have done: %(record)s"),
    "verify": _l("%(who)s has verified what you have done: %(record)s"),
    "withdraw": _l("%(who)s takes a task back: %(record)s"),
    "reopen": REOPENED,
}  # fmt: skip


class ReportForm(KhetForm):
    """What was done."""

    report = paragraph(_l("What was done"), most=1000)


class WhyForm(KhetForm):
    """Why it goes back, or is taken back."""

    reason = paragraph(_l("Reason"), most=300, need=True)


@dataclass(frozen=True)
class Source:
    """The record of which follow-ups are a part: `column` of theirs names it, its pages are those of `view`. Without
    `_id` that is also the name under which the address of an empty form names it."""

    model: Any
    column: str
    view: str
    title: Any
    icon: str

    def of(self, record: Any) -> Any:
        """The record that a follow-up is a part of. Its session holds it: every step of a page asks."""
        held: dict[tuple[Any, int], Any] = db.info.setdefault("sources", {})
        place = self.model, getattr(record, self.column)
        if place not in held:
            held[place] = db.get_one(*place)
        return held[place]

    def url(self, record_id: int) -> str:
        """Its page."""
        return url_for(f"{self.view}.show", record_id=record_id)


class FollowUpView(WorkflowView):
    """A subclass names the model and its source. It is given to who holds the model's right `GIVEN_TO`."""

    source: ClassVar[Source]
    officers: ClassVar[Officers]
    #: kinds of notice: it is given to somebody, and it is theirs no longer
    topics: ClassVar[tuple[str, str]] = (TOPIC, TOPIC)
    begun_elsewhere = True
    icon = "check2-square"
    in_palette = False
    holds_evidence = True
    state_field = "state"
    board = lists.Board("state")
    destructive = frozenset()

    def lies_with(self, record: Any) -> None:
        """Not asked: the facts name who does it."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        if "model" in vars(cls):
            cls.workflow = cls.model.WORKFLOW
        super().__init_subclass__(**kwargs)
        if "model" not in vars(cls):
            return
        model = cls.model
        cls.workflow, cls.officers = model.WORKFLOW, Officers(*model.GIVEN_TO)

        def doer(*, need: bool) -> LookupField:
            return LookupField(label(model.user_id), cls.officers, f"{cls.__name__}.people", need=need)

        if "edit" not in cls.without and "form_class" not in vars(cls):

            class FollowUpForm(RecordForm):
                """What, by whom, until when."""

                __module__ = cls.__module__  # the form is of the module whose view it is
                asks = (model.what, "user_id", getattr(model, model.DUE))
                user_id = doer(need=False)

            cls.form_class = FollowUpForm
        keys = {one.key for one in cls.workflow.transitions}
        if "hand_on" in keys:

            class HandOnForm(KhetForm):
                """To whom."""

                __module__ = cls.__module__
                user_id = doer(need=True)

            forms: dict[str, Any] = {"hand_on": HandOnForm}
        else:
            forms = {}
        forms |= {"report": ReportForm, "back": WhyForm, "withdraw": WhyForm, **cls.transition_forms}
        cls.transition_forms = {key: form for key, form in forms.items() if key in keys}
        cls.destructive = frozenset({"withdraw"} & keys)

    # -- what the kind says -------------------------------------------------------------------------------

    def gives(self, source: Any) -> bool:
        """Whether the actor gives out what is to be done of this record, and takes it back."""
        raise NotImplementedError

    def does(self, record: Any) -> bool:
        """Whether it is the actor's to do: given to them, to whose place they take, or to nobody by name."""
        return record.user_id is None or record.user_id in self.actor.names

    def is_over(self, source: Any, key: str) -> bool:
        """Whether the record of which it is a part leaves no room for this step any more; "edit" is its form."""
        return False

    def keep(self, source: Any, record: Any, values: Values) -> Any:
        """Write a new one (record None) or a changed one. A kind asks its rules first, which raise RuleError."""
        one = record or self.model(unit_id=source.unit_id, **{self.source.column: source.id})
        return follow_ups.save(db, one, values, self.actor.user_id, self.actor.name)

    # -- list ---------------------------------------------------------------------------------------------

    def columns(self) -> list[lists.Column]:
        model = self.model
        return [
            lists.column(model.what, link=True), lists.column(model.who), lists.column(model.given_by, wide=True),
            lists.column(model.due_on), self.state_column(),
        ]  # fmt: skip

    def filters(self) -> list[lists.Filter]:
        return [self.state_filter(), lists.overdue(self.model.is_late())]

    def dimensions(self) -> list[lists.Dimension]:
        times = {"late": _l("Overdue"), "": _l("Not overdue")}
        late = case((self.model.is_late(), "late"), else_="")
        return [
            self.state_dimension(), lists.dimension(self.model.who), lists.dimension(self.model.given_by),
            lists.Dimension("late", lazy_pgettext("due", "Time"), late, lambda v: times[v], order=tuple(times)),
        ]  # fmt: skip

    # -- one record ---------------------------------------------------------------------------------------

    def find(self, record_id: int, verb: str = "show") -> Any:
        record = super().find(record_id, verb)
        if verb == "edit":
            source = self.source.of(record)
            self.require_in_one(verb, lambda: self.may(verb, record.unit_id) and self.gives(source))
        return record

    def facts(self, record: Any) -> Sequence[tuple[Any, Any]]:
        given = f"{record.given_by} · {shown_moment(record.given_at)}" if record.given_by else ""
        return [
            *((title, value) for title, value in super().facts(record) if title != label(self.model.given_by)),
            (label(self.model.given_by), given), (label(self.model.report), record.report),
            (_l("Done on"), shown_moment(record.done_at)),
        ]  # fmt: skip

    def changeable(self, record: Any) -> bool:
        source = self.source.of(record)
        return record.state in WITH_DOER and not self.is_over(source, "edit") and self.gives(source)

    def check_state(self, record: Any, transition: Transition) -> None:
        follow_ups.check(record, transition.key)

    def fits(self, record: Any, transition: Transition) -> bool:
        source = self.source.of(record)
        if self.is_over(source, transition.key):
            return False
        match transition.key:
            case "acknowledge":
                return record.user_id in self.actor.names
            case "verify":
                return self._is_not_its_doer(record)
            case "back":
                return self._is_not_its_doer(record) and (transition.verb == "verify" or self.gives(source))
            case "hand_on" | "withdraw":
                return self.gives(source)
        return self.does(record)

    def due(self, record: Any, transition: Transition) -> date | None:
        last = getattr(record, self.model.DUE)
        if last is None or transition.key != "report":
            return None
        return last.astimezone(BANGKOK).date() if isinstance(last, datetime) else last

    def _is_not_its_doer(self, record: Any) -> bool:
        return not self.actor.was(record.user_id, record.done_by_id)

    def takes_evidence(self, record: Any) -> bool:
        return self.may("edit", record.unit_id) and not self.is_over(self.source.of(record), "evidence")

    def action_links(self, record: Any) -> Sequence[ActionLink]:
        found = list(super().action_links(record))
        source, source_id = self.source, getattr(record, self.source.column)
        if khet().views[source.view].opens(source_id):
            found.append(ActionLink(source.title, source.url(source_id), source.icon))
        return found

    # -- given, changed, taken --------------------------------------------------------------------------------

    def asked_source(self) -> Any:
        """The record that the address of an empty form names. Raises NotFound; 403 for who gives out nothing of it."""
        asked = asked_id(self.source.column.removesuffix("_id"))
        found = db.get(self.source.model, asked) if asked is not None else None
        if found is None:
            raise NotFound
        self.require_at("add", found.unit_id)
        self.require_in_one("add", lambda: self.may("add", found.unit_id) and self.gives(found))
        return found

    @expose("/new", methods=("GET", "POST"))
    @right("add")
    def add(self) -> Any:
        """A new one of the record that the address names."""
        self.asked_source()
        return super().add()

    def begun_at(self) -> str:
        return self.source.url(self.asked_source().id)

    def after_save(self, record: Any) -> str:
        return self.source.url(getattr(record, self.source.column))

    def save(self, record: Any, values: Values) -> Any:
        source = self.source.of(record) if record is not None else self.asked_source()
        before = record.user_id if record is not None else None
        one = self.keep(source, record, values)
        self.tell_hands(one, before)
        return one

    def apply(self, record: Any, transition: Transition, values: dict[str, Any]) -> None:
        before = record.user_id
        actor = self.actor
        follow_ups.take(db, record, transition.key, by_id=actor.user_id, by=actor.name, values=values)
        db.flush()
        self.tell_hands(record, before)
        self.tell_step(record, transition.key, values.get("reason") or "")

    def tell_hands(self, record: Any, before: int | None) -> None:
        """Whose it is now and whose it was hear of it, where these are two."""
        if record.user_id != before:
            given, taken = self.topics
            self._tell(record.user_id, given, GIVEN, record)
            self._tell(before, taken, TAKEN, record)

    def tell_step(self, record: Any, key: str, why: str = "") -> None:
        """Who gave it hears that it is done, or open again; who has it what became of it, and `why` it went
        back or was taken."""
        if key in TO_GIVER:
            self._tell(record.given_by_id, TOPIC, TO_GIVER[key], record)
        if key in TO_DOER:
            topic = self.topics[1] if key == "withdraw" else TOPIC
            self._tell(record.user_id, topic, TO_DOER[key], record, why)

    def _tell(self, user_id: int | None, topic: str, said: Any, record: Any, why: str = "") -> None:
        account = notices.account(db, user_id) if user_id is not None else None
        if account is not None:
            notify_user(account, topic, said, record, self.endpoint or "", why=why)

    @expose("/people")
    @right("edit")
    def people(self) -> Any:
        """Accounts to whom it can be given."""
        return lookup_answer(self.officers.named(request.args.get("q", "")))

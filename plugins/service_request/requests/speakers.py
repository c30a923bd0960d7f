"""Speakers who were asked: a list, and the calendar of supervisors."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, cast

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.base.text.dates import shown_moment
from core.base.workflow import Transition
from core.platform.masterdata.models import Person
from core.records import lists
from core.records.bookings import services as bookings
from core.web.crud import ActionLink, Related, Section
from core.web.crud.workflow_view import WorkflowView
from core.web.unit_of_work import db
from plugins.service_request import permissions
from plugins.service_request.models import APPROVED, Activity, Nominee
from plugins.service_request.requests import services, telling
from plugins.service_request.requests.desk import desk
from plugins.service_request.requests.forms import (
    AnswerForm,
)
from plugins.service_request.requests.life import (
    ANSWERS,
    NOMINEE_WORKFLOW,
    ROLES,
)


class NomineeView(WorkflowView):
    """Speakers who were asked: a list, and the calendar of supervisors."""

    route_base = "/services/speakers"
    resource = permissions.NOMINEE
    model = Nominee
    title = _l("Speakers and their calendar")
    icon = "calendar-week"
    order = ("starts_at", "id")
    descending = True
    without = frozenset({"add", "edit"})
    in_palette = False
    calendar = "day"
    workflow = NOMINEE_WORKFLOW
    state_field = "answer"
    transition_forms = {"answer": AnswerForm}
    empty_hint = _l("Nobody has been asked yet. A request that is proposed asks its speakers.")

    def columns(self) -> list[lists.Column]:
        return [
            lists.Column("name", _l("Name"), kind="name", link=True),
            lists.Column("topic", _l("Subject"), kind="subject"),
            lists.Column("starts_at", _l("Begins"), kind="moment"),
            lists.Column("ends_at", _l("Ends"), kind="moment", wide=True),
            lists.Column("role", _l("Role"), lambda row: ROLES[row.role], "label", wide=True),
            self.state_column(),
        ]

    def filters(self) -> list[lists.Filter]:
        return [
            self.state_filter(),
            lists.Filter(
                "mine", _l("Whose"), lambda s, _v: s.where(Nominee.user_id.in_(sorted(self.actor.names))),
                choices=[("1", _l("Mine"))],
            ),
        ]  # fmt: skip

    def dimensions(self) -> list[lists.Dimension]:
        return [
            lists.Dimension("name", _l("Name"), Nominee.name),
            self.state_dimension(),
        ]

    def fits(self, record: Any, transition: Transition) -> bool:
        asked = services.asked_of(db, record)
        if not services.waits_for_answers(asked):
            return False
        right = (permissions.REQUEST, "circulate") if record.request_id else (permissions.ACTIVITY, "add")
        mine = {record.user_id, services.responsible(db, asked)} & self.actor.names
        return bool(mine) or self.actor.may(*right, record.unit_id)

    def due(self, record: Any, transition: Transition) -> date:
        return cast(date, record.day)

    def begin_with(self, key: str, form: Any, record: Any) -> None:
        if record.answer == "accepted":  # what was said with it stays unless it is changed
            form.answer.data, form.reason.data = record.answer, record.reason

    def apply(self, record: Any, transition: Transition, values: dict[str, Any]) -> None:
        had_accepted = record.answer == "accepted"
        delegate = services.answer(
            db, record, desk(self), values["answer"], delegate_id=values["delegate_id"], reason=values["reason"] or ""
        )
        if delegate is not None:
            telling.speaker(delegate)
        elif record.answer == "refused":
            asked = services.asked_of(db, record)
            if isinstance(asked, Activity):
                telling.planned_speaker_lost(asked, record)
            # after the approval nobody looks at the answers by themselves: also a delegate's no is told
            elif had_accepted or asked.decision == APPROVED:
                telling.speaker_lost(asked, record)

    def action_links(self, record: Any) -> Sequence[ActionLink]:
        found = list(super().action_links(record))
        if record.request_id:
            address = url_for("RequestView.show", record_id=record.request_id)
            return [*found, ActionLink(_l("The request"), address, "hand-index")]
        address = url_for("ActivityView.show", record_id=record.activity_id)
        return [*found, ActionLink(_l("The activity"), address, "easel")]

    def sections(self, record: Any) -> Sequence[Section]:
        person = db.get(Person, record.delegate_id) if record.delegate_id else None
        facts = [
            (_l("Name"), record.name), (_l("Role"), ROLES[record.role]), (_l("Subject"), record.topic),
            (_l("Begins"), shown_moment(record.starts_at)), (_l("Ends"), shown_moment(record.ends_at)),
            (_l("Answer"), ANSWERS[record.answer]), (_l("Reason"), record.reason),
            (_l("Delegate"), person.full_name if person is not None else ""),
        ]  # fmt: skip
        return [Section(_l("Facts"), facts)]

    def related(self, record: Any) -> Sequence[Related]:
        asked = services.asked_of(db, record)
        taken = bookings.busy(db, self.actor, [record.person_id], record.starts_at, record.ends_at, but=asked)
        rows = [
            ("", [one.what or _("Something else"), shown_moment(one.starts_at), shown_moment(one.ends_at)])
            for one in taken
        ]
        return (
            [Related(_l("Taken at that time"), [_l("By"), _l("Begins"), _l("Ends")], rows, "calendar-x")]
            if rows
            else []
        )


VIEWS = [NomineeView]

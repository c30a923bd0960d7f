"""Pages of requests."""

from __future__ import annotations

import io
import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, cast

from flask import flash, g, request, send_file, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from sqlalchemy import func, select

from core.base.errors import RuleError
from core.base.identity import Actor
from core.base.text import figures
from core.base.text.dates import shown_date, shown_moment
from core.base.text.thai import BANGKOK, today
from core.base.workflow import Transition
from core.platform.masterdata.models import School, Unit
from core.records import lists
from core.records.integrations import LetterWanted
from core.records.letter_links import services as citing
from core.web import capacities, public_url
from core.web.crud import ActionLink, Related, Section
from core.web.crud.letters_view import LettersView
from core.web.crud.workflow_view import WorkflowView
from core.web.forms import KhetForm
from core.web.letter_links import asked_letter, replaced
from core.web.unit_of_work import db, integrations
from core.web.views import expose, right
from plugins.service_request import catalogue, permissions
from plugins.service_request.models import DECLINED, OPEN, Nominee, Request, Review
from plugins.service_request.requests import letters, services, telling
from plugins.service_request.requests.desk import desk, warn_of_taken
from plugins.service_request.requests.forms import (
    CirculateForm,
    ConsiderForm,
    DeclineForm,
    DenyForm,
    HurryForm,
    LetterForm,
    NotedWithdrawalForm,
    OfferForm,
    ReceiveForm,
    RefuseForm,
    RequestForm,
    ScreenForm,
    WithdrawForm,
    moment,
)
from plugins.service_request.requests.life import (
    ANSWERS,
    ASKERS,
    CHANNELS,
    DECISIONS,
    GIVEN_UP,
    REASONS,
    ROLES,
    SORTS,
    TYPES,
    WORKFLOW,
)
from plugins.service_request.requests.services import CALLED_OFF, INCOMING, INVITATION, OFFER, REPLY, TRAVEL

LETTERS = {
    INCOMING: _l("The request's letter"), REPLY: _l("The letter of answer"), TRAVEL: _l("The order to travel"),
    INVITATION: _l("The invitation to the meeting"), OFFER: _l("The letter that offers another time"),
    CALLED_OFF: _l("The letter that calls off"),
}  # fmt: skip
#: steps that are taken as of their letter's date
LETTER_OF = {"reply": REPLY, "prepare": TRAVEL}
#: steps whose form asks for a kind of reason (REASONS) beside its words
WITH_CODE = ("offer", "decline", "deny")
#: those that who asked wrote or was sent
OUTSIDE = (INCOMING, REPLY, OFFER, CALLED_OFF)


def _lead(row: Any) -> Any:
    return "" if row.lead_days is None else row.lead_days


def _withdrawal() -> KhetForm:
    """What a withdrawal asks: of the office, besides, at whose word it notes it."""
    return NotedWithdrawalForm() if g.actor.inside else WithdrawForm()


class RequestView(LettersView, WorkflowView):
    """คำขอรับบริการ: a school sees its own, the office all."""

    route_base = "/services/requests"
    resource = permissions.REQUEST
    model = Request
    title = _l("Requests for service")
    new_title = _l("New request")
    icon = "hand-index"
    descending = True
    searchable = "search_text"
    form_class = RequestForm
    holds_evidence = True
    form_files = True
    board = lists.Board("state")
    calendar = "day"
    workflow = WORKFLOW
    destructive = frozenset({"cancel", "call_off", "decline", "deny", "back"})
    transition_forms = {
        "receive": ReceiveForm, "screen": ScreenForm, "hurry": HurryForm, "circulate": CirculateForm,
        "ask": CirculateForm,
        "consider": ConsiderForm, "offer": OfferForm, "decline": DeclineForm, "refuse": RefuseForm, "reply": LetterForm,
        "prepare": LetterForm, "cancel": _withdrawal, "call_off": WithdrawForm, "back": WithdrawForm, "deny": DenyForm,
    }  # fmt: skip
    letters = LETTERS
    drafts = {
        INCOMING: _l("Draft the request's letter"),
        OFFER: _l("Draft the letter of another time"), CALLED_OFF: _l("Draft the letter that calls off"),
        REPLY: _l("Draft the answer"), TRAVEL: _l("Draft the order to travel"), INVITATION: _l("Draft the invitation"),
    }  # fmt: skip
    empty_hint = _l("No request yet.")
    first_hint = _l("The office answers here.")

    def columns(self) -> list[lists.Column]:
        return [
            lists.Column(
                "number",
                lazy_pgettext("record", "No."),
                lambda row: row.number_text or "–",
                link=True,
                sort=Request.number,
            ),
            lists.Column("topic", _l("Subject"), kind="subject"),
            lists.Column("requester", _l("Who asks"), kind="name"),
            lists.Column("area", _l("Area"), lambda row: catalogue.AREAS[row.area], "label", wide=True),
            lists.Column("sort", _l("Form"), lambda row: SORTS[row.sort], "label", wide=True),
            lists.Column("day", _l("Day held"), kind="date"),
            lists.Column("lead_days", _l("Days ahead"), _lead, "number", wide=True),
            self.state_column(),
            lists.Column("asked_on", _l("Asked on"), kind="date", wide=True, shown=False),
            lists.Column("decision", _l("Decision"), lambda row: DECISIONS.get(row.decision, ""), "label", shown=False),
        ]

    def filters(self) -> list[lists.Filter]:
        return [
            self.state_filter(),
            lists.Filter(
                "open", _l("Open"), lambda s, _v: s.where(Request.status.in_(OPEN)), choices=[("1", _l("Not closed"))]
            ),
            lists.Filter(
                "area", _l("Area"), lambda s, v: s.where(Request.area == int(v)),
                choices=[(str(key), title) for key, title in catalogue.AREAS.items()],
            ),
            lists.Filter(
                "form", _l("Form"), lambda s, v: s.where(Request.sort == v), choices=list(SORTS.items())
            ),
            lists.Filter(
                "urgent", _l("Haste"), lambda s, _v: s.where(Request.urgent.is_(True)), choices=[("1", _l("Urgent"))]
            ),
            lists.Filter(
                "late", lazy_pgettext("due", "Time"),
                lambda s, _v: s.where(Request.due_on < today(), Request.decision == "", Request.status.in_(OPEN)),
                choices=[("1", _l("Decision overdue"))],
            ),
            lists.period("asked", _l("Asked on"), Request.asked_on),
        ]  # fmt: skip

    def dimensions(self) -> list[lists.Dimension]:
        areas = catalogue.AREAS
        return [
            self.state_dimension(),
            lists.month_of("month", _l("Month"), Request.asked_on),
            lists.Dimension("area", _l("Area"), Request.area, lambda v: areas[v], order=tuple(areas)),
            lists.Dimension("network", _l("School group"), Request.network, lambda v: v or _("None")),
            lists.Dimension("sort", _l("Form"), Request.sort, lambda v: SORTS[v]),
            lists.Dimension(
                "reason", _l("Why declined or offered another time"), Request.reason, lambda v: REASONS.get(v, "–")
            ),
        ]

    def measures(self) -> list[lists.Measure]:
        return [lists.Measure("people", _l("People expected"), func.sum(Request.expected))]

    # -- writing ---------------------------------------------------------------------------------------------------

    def form(self, record: Any = None) -> Any:
        form: Any = RequestForm(obj=record) if record is not None else RequestForm(data=self._start())
        if not self.units("add").everywhere:
            del form.requester  # for its own school alone, whose name it is
            form.school_id.flags.required = True
        if record is not None and request.method == "GET":
            self.fill(form, record)
        return form

    def _start(self) -> dict[str, Any]:
        """What a new request begins with: one's own school, and a letter that it comes from."""
        start: dict[str, Any] = {"channel": "smart", "requester_type": "school", "sort": "speaker"}
        units = self.units("add")
        if not units.everywhere:
            school = db.scalars(select(School).where(units.criterion(School.unit_id)).limit(1)).first()
            if school is not None:
                start |= {"school_id": school.id, "contact": self.actor.name}
        letter = asked_letter()
        if letter is not None:
            school = db.scalars(select(School).where(School.name == letter.sender).limit(1)).first()
            start |= {"channel": "letter", "topic": letter.subject[:300], "contact": ""}
            start |= (
                {"school_id": school.id}
                if school is not None
                else {"requester_type": "agency", "requester": letter.sender}
            )
        return start

    def fill(self, form: Any, record: Any) -> None:
        first, last = record.starts_at.astimezone(BANGKOK), record.ends_at.astimezone(BANGKOK)
        for name, value in (
            ("start_on", first.date()), ("start_time", first.time()), ("end_on", last.date()),
            ("end_time", last.time()),
        ):  # fmt: skip
            form[name].process(None, value)

    def save(self, record: Any, values: dict[str, Any]) -> Any:
        values["starts_at"] = moment(values, "start_on", "start_time")
        values["ends_at"] = moment(values, "end_on", "end_time")
        school = db.get(School, values["school_id"]) if values["school_id"] else None
        if values["requester_type"] == "school" and school is None:
            raise RuleError(_("Choose one from the list."), field="school_id")
        if record is not None and (why := self.closed_because(record)):
            raise RuleError(why)
        one = self._asks_as(record, school)
        unit = self._place(record, school)
        capacities.told(one)
        letter = asked_letter() if record is None else None
        made = services.save(db, record, unit, values, today=today())
        if record is None:
            if letter is not None:
                citing.cite(db, made, INCOMING, letter, agreed=values["agreed"] or "")
            token = secrets.token_urlsafe(16)
            made.token = services.token_hash(token)
            address = public_url.base() + url_for("RequestStatusView.show", token=token)
            flash(_("Saved. The request can be followed without login at %(address)s", address=address), "info")
        return made

    def _asks_as(self, record: Any, school: Any) -> Actor:
        """In which capacity the actor asks, or changes what was asked, in the name of this school: who acts for one
        school asks in its name alone. Raises RuleError at the school where they do in none."""

        def holds() -> bool:
            units = self.units("add" if record is None else "edit")
            own = units.everywhere or (school is not None and school.unit_id in units)
            return own and (record is None or self.changes(record))

        if (one := capacities.first(holds)) is None:
            raise RuleError(_("You ask for your own school: choose it."), field="school_id")
        return one

    def _place(self, record: Any, school: Any) -> Unit:
        """Where a request comes from: its school, else the group that serves. Raises 404/403 where one may not."""
        if record is not None and record.school_id == (school.id if school is not None else None):
            return db.get_one(Unit, record.unit_id)
        unit = db.get_one(Unit, school.unit_id) if school is not None else catalogue.serving_unit(db)
        self.require_at("add" if record is None else "edit", unit.id)
        return unit

    def changeable(self, record: Any) -> bool:
        return record.status in ("draft", "asked", "waiting_letter") or (
            record.status == "received" and self.actor.inside
        )

    def closed_because(self, record: Any) -> str:
        if record.status == "received" and not self.in_one(lambda: self.changes(record)):
            return _(
                "The office works on it since it was received. Tell the office what is to be different: it changes "
                "that, or you withdraw the request and ask anew."
            )
        return super().closed_because(record)

    # -- steps -----------------------------------------------------------------------------------------------------

    def fits(self, record: Any, transition: Transition) -> bool:
        if transition.key in ("prepare", "end"):
            return bool((transition.key == "prepare") == (record.decision == "approved"))
        if transition.key in ("cancel", "call_off") and record.decision == DECLINED:
            return False
        # the office speaks for who asked only where that one cannot: it declines and calls off in its own name
        return transition.key not in ASKERS or not self.actor.inside or not telling.asker_acts(record)

    def not_yet(self, record: Any, transition: Transition) -> str:
        return services.stays_open(db, record, today()) if transition.key == "close" else ""

    def due(self, record: Any, transition: Transition) -> date | None:
        """It is decided by its day, and answered before it is held (R1, R3)."""
        if transition.key in ("approve", "decline", "deny"):
            return cast(date | None, record.due_on)
        return cast(date, record.day) if transition.key in LETTER_OF else None

    def done_on(self, record: Any, transition: Transition, values: dict[str, Any]) -> date:
        letter = citing.cited(db, record).get(LETTER_OF.get(transition.key, ""))
        return (letter.dated if letter is not None else None) or super().done_on(record, transition, values)

    def wants(self, key: str, record: Any) -> Collection[str]:
        if key == "decline":
            return ("told_on", "reason_text")
        if role := {"receive": INCOMING, **LETTER_OF}.get(key):
            return citing.to_type(db, record, role)
        if key == "hurry" and not record.urgent_reason:
            return ("reason_text",)
        if key != "screen" or record.received_on is None:
            return ()
        found = services.conditions(record, catalogue.setting(db))
        return [*(["urgent", "urgent_reason"] if found.late else []), *(["note"] if found.closes_budget else [])]

    def begin_with(self, key: str, form: Any, record: Any) -> None:
        if key == "screen":  # what the school has said of its haste
            form.urgent.data, form.urgent_reason.data = record.urgent, record.urgent_reason

    def apply(self, record: Any, transition: Transition, values: dict[str, Any]) -> None:
        here, before = desk(self), telling.answers(record)
        match transition.key:
            case "want_letter":
                services.want_letter(db, record)
            case "submit":
                services.submit(db, record)
            case "receive":
                services.receive(
                    db, record, here, letter_no=values["letter_no"] or "", letter_on=values["letter_on"],
                    received_on=values["received_on"], agreed=values["agreed"] or "",
                )  # fmt: skip
            case "screen":
                services.screen(
                    db,
                    record,
                    urgent=values["urgent"],
                    urgent_reason=values["urgent_reason"] or "",
                    note=values["note"] or "",
                )
            case "propose":
                services.propose(db, record, here)
            case "hurry":
                services.hurry(db, record, values["reason_text"] or "")
            case "circulate" | "ask":
                asked = [(one["person_id"], one["role"]) for one in values["people"]]
                made = services.nominate(db, record, here, asked)
                for one in made:
                    telling.speaker(one)
                warn_of_taken(self, record, made)
            case "consider":
                services.consider(db, record, here, values)
            case "approve":
                services.approve(db, record, here)
            case "offer":
                services.offer(
                    db, record, here, moment(values, "start_on", "start_time"), moment(values, "end_on", "end_time"),
                    values["reason"], values["reason_text"] or "",
                )  # fmt: skip
            case "accept":
                services.accept_offer(db, record, here)
            case "refuse":
                services.refuse_offer(db, record, here, values["reason_text"])
            case "decline":
                services.decline(
                    db, record, here, "decline", values["reason"], values["reason_text"] or "", values["told_on"]
                )
            case "reply" | "prepare":
                say = replaced(record, LETTER_OF[transition.key], values["letter_no"])
                act = services.reply if transition.key == "reply" else services.prepare
                act(db, record, here, letter_no=values["letter_no"] or "", letter_on=values["letter_on"])
                say()
            case "deny":
                services.decline(db, record, here, "deny", values["reason"], values["reason_text"] or "", None)
            case "back":
                services.send_back(db, record, here, values["reason"])
            case "end":
                services.end_declined(db, record)
            case "close":
                services.close(db, record, today())
            case "cancel" | "call_off":
                told_by = values.get("told_by") or ""
                services.give_up(db, record, transition.key, values["reason"], told_by=told_by)

        why = values.get("reason_text") or ("" if transition.key in WITH_CODE else values.get("reason")) or ""
        telling.turn(record, transition.key, before, services.taken_by(db, record, here, transition.key), why)

    def takes_evidence(self, record: Any) -> bool:
        may = self.may("receive", record.unit_id) or self.may("edit", record.unit_id)
        return may and record.status not in ("closed", *GIVEN_UP)

    def action_links(self, record: Any) -> Sequence[ActionLink]:
        found = list(super().action_links(record))
        if record.status in ("draft", "asked", "waiting_letter"):
            found.append(
                ActionLink(_l("Sample letter and conditions"), self.url("sample", record_id=record.id), "printer")
            )
        activity = services.activity_of(db, record)
        if activity is not None:
            found.append(ActionLink(_l("The activity"), url_for("ActivityView.show", record_id=activity.id), "easel"))
        return found

    def drafts_letters(self, record: Any, role: str) -> bool:
        if role == INCOMING:  # who asks writes it, where letters of theirs are written
            asks = self.may("edit", record.unit_id) and not self.actor.inside
            return asks and integrations().may_draft(self.actor, (record.unit_id,))
        return self.may("receive", record.unit_id) or self.may("circulate", record.unit_id)

    def to_draft(self, record: Any, role: str, *, lost: bool) -> bool:
        if state := {
            INCOMING: "waiting_letter",
            OFFER: "rescheduling",
            CALLED_OFF: CALLED_OFF,
            INVITATION: "circulated",
        }.get(role):
            return bool(record.status == state)
        # one that was cancelled afterwards is written anew, however far the request is
        again = lost and record.decision != "" and record.status != CALLED_OFF
        if role == REPLY:
            return again or record.status in ("approved", "declined")
        travels = again or record.status in ("approved", "replied")
        return travels and record.decision == "approved" and bool(services.accepted(db, record))

    def wanted(self, record: Any, role: str) -> LetterWanted:
        return letters.wanted(db, record, role)

    def readable_letters(self, record: Any) -> Mapping[str, Any]:
        return LETTERS if self.actor.inside else {role: LETTERS[role] for role in OUTSIDE}

    @expose("/<int:record_id>/sample")
    @right("show")
    def sample(self, record_id: int) -> Any:
        """หนังสือขอความอนุเคราะห์ตัวอย่าง and the conditions, as PDF (table 5.1 ข้อ 1.1)."""
        record = self.find(record_id)
        from plugins.service_request.requests import sheets  # the typesetter is loaded when first needed

        data = sheets.sample(record, catalogue.setting(db).lead_days)
        name = f"{_('Sample letter')}.pdf"
        return send_file(io.BytesIO(data), mimetype="application/pdf", as_attachment=True, download_name=name)

    # -- the page ----------------------------------------------------------------------------------------------------

    def sections(self, record: Any) -> Sequence[Section]:
        found = services.conditions(record, catalogue.setting(db)) if record.received_on else None
        warned = []
        if found is not None and found.late:
            warned.append(_("Fewer days ahead than asked for"))
        if found is not None and found.closes_budget:
            warned.append(_("Just before the budget year ends"))
        who = [
            (_l("Who asks"), f"{record.requester} ({TYPES[record.requester_type]})"),
            (_l("School group"), record.network),
            (_l("Contact person"), record.contact), (_l("Telephone"), record.phone),
            (_l("How it is asked"), CHANNELS[record.channel]), (_l("Asked on"), shown_date(record.asked_on, "letter")),
            (_l("Letter received on"), shown_date(record.received_on, "letter")),
        ]  # fmt: skip
        what = [
            (_l("Service"), record.service.label), (_l("Form"), SORTS[record.sort]), (_l("Subject"), record.topic),
            (_l("Objective"), record.objective), (_l("For whom"), record.audience),
            (_l("How many take part"), record.expected), (_l("Speakers wanted"), record.speakers_wanted),
            (_l("Budget of who asks (baht)"), figures.amount(record.budget)),
        ]  # fmt: skip
        when = [
            (_l("Begins"), shown_moment(record.starts_at)), (_l("Ends"), shown_moment(record.ends_at)),
            (_l("Place"), record.venue), (_l("Other days that fit"), record.alternatives),
            (_l("Days ahead"), record.lead_days), (_l("Mind"), ", ".join(warned)),
            (_l("Urgent"), record.urgent_reason if record.urgent else ""),
            (_l("The other time that is offered"), shown_moment(record.offered_start)),
            (_l("That time does not fit"), " · ".join(filter(None, (record.offer_answer, record.offer_answered_by)))),
        ]  # fmt: skip
        decided = [
            (_l("To be decided by"), shown_date(record.due_on, "letter") if not record.decision else ""),
            (_l("Decision"), DECISIONS.get(record.decision, "")),
            (_l("By"), f"{record.decided_by} · {shown_date(record.decided_on, 'short')}" if record.decision else ""),
            (_l("Reason"), " ".join(filter(None, (str(REASONS.get(record.reason, "")), record.reason_text)))),
            (_l("Told by word on"), shown_date(record.told_on, "short")),
            (_l("Withdrawn or called off because"), record.cancel_reason),
            (_l("What was explained to the requester"), record.note),
        ]  # fmt: skip
        return [
            Section(_l("Who asks"), who), Section(_l("What is wanted"), what), Section(_l("When and where"), when),
            Section(_l("Decision"), decided),
            *([Section(_l("Not yet"), waiting)] if (waiting := self.waiting_steps(record)) else []),
        ]  # fmt: skip

    def related(self, record: Any) -> Sequence[Related]:
        nominees = db.scalars(select(Nominee).filter_by(request_id=record.id).order_by(Nominee.id))
        inside = self.actor.inside  # why a speaker cannot, and what a meeting says of money, is the office's own
        people = [
            (
                url_for("NomineeView.show", record_id=one.id)
                if self.actor.may(permissions.NOMINEE, "show", one.unit_id)
                else "",
                [one.name, ROLES[one.role], ANSWERS[one.answer], one.reason if inside else ""],
            )
            for one in nominees
        ]
        reviews = [
            (
                "",
                [
                    shown_date(one.met_on, "short"),
                    one.activity_decision,
                    one.budget_decision,
                    one.attendees,
                    one.delegates,
                    shown_date(one.told_on, "short"),
                    one.by,
                ],
            )
            for one in db.scalars(select(Review).filter_by(request_id=record.id).order_by(Review.id.desc()))
        ]
        found: list[Related] = []
        if people:
            found.append(
                Related(_l("Speakers"), [_l("Name"), _l("Role"), _l("Answer"), _l("Reason")], people, "people")
            )
        if reviews and inside:
            heads = [
                _l("Met on"),
                _l("Decided on the activity"),
                _l("Decided on the budget"),
                _l("Who was there"),
                _l("Delegates"),
                _l("Told by word on"),
                _l("By"),
            ]
            found.append(Related(_l("Meetings"), heads, reviews, "chat-left-text"))
        return found


VIEWS = [RequestView]

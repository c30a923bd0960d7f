"""Pages of a letter's life: the steps on the register's pages, and each officer's own letters."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flask import abort, flash, g, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, select

from core.base.errors import NotFound, RuleError
from core.base.identity import Actor
from core.base.text.thai import format_date, format_moment, today
from core.platform.timeline import recorder
from core.records import lists
from core.records.files.models import Attachment
from core.storage.base import utc_now
from core.web.crud import ActionLink, CrudView, Related, Section
from core.web.notify import notify_user
from core.web.unit_of_work import db, khet, separately
from core.web.views import expose, right
from plugins.saraban import forms, people, permissions, reports, services
from plugins.saraban.exchange import back
from plugins.saraban.incoming import forms as life_forms
from plugins.saraban.incoming import life
from plugins.saraban.incoming.models import GIVEN, KNOWN, RELEASED, STATES, WITHDRAWN, Assignment
from plugins.saraban.incoming.words import step
from plugins.saraban.models import IncomingLetter
from plugins.saraban.queries import UnitName
from plugins.saraban.scans import services as taking
from plugins.saraban.scans import views as scans
from plugins.saraban.storage.views import store_action
from plugins.saraban.views.intake import LetterView
from plugins.saraban.views.register import short_number

MOST_URGENT = 3


class LifePages(LetterView):
    """The steps of an incoming letter, for one or for many."""

    states = life.WORKFLOW.states
    board = lists.Board("state", "assign")

    def actions(self) -> list[lists.Action]:
        return [
            lists.Action(
                "propose", _l("Propose"), "edit", self._propose, form=life_forms.ProposeForm, icon="send-check",
                offer=self._offer_directors, after=lambda letters, form: self._timed("in.hand", letters, form),
            ),
            lists.Action(
                "direct", _l("Direct"), "direct", self._direct, form=life_forms.DirectForm, icon="pen",
                offer=self._offer_officers,
            ),
            lists.Action(
                "assign", _l("Give to officers"), "edit", self._assign, form=life_forms.AssignForm, icon="person-check",
                offer=self._offer_officers,
            ),
            lists.Action(
                "return", _l("Send back"), "direct",
                lambda letter, values: life.send_back(
                    db, letter, by=self._signer(letter, "direct"), reason=values["text"]
                ),
                form=life_forms.ReturnForm, icon="arrow-return-left",
            ),
            lists.Action(
                "act", _l("Write the action taken"), "edit",
                lambda letter, values: life.act(db, letter, values["action"], by=self._signer(letter)),
                form=forms.ActForm, icon="pencil",
            ),
            store_action(self),
        ]  # fmt: skip

    def _offer_directors(self, form: Any, statement: Select[Any]) -> None:
        form.holder_id.choices = self._offered(people.directors, statement)

    def _offer_officers(self, form: Any, statement: Select[Any]) -> None:
        form.officers.choices = self._offered(people.officers, statement)
        form.lead_id.choices = [*form.lead_id.choices, *form.officers.choices]

    def _propose(self, letter: Any, values: dict[str, Any]) -> None:
        if values["holder_id"] not in self._candidates(people.directors, [letter.unit_id]):
            raise RuleError(
                _("Nobody of that name directs the letters of this unit; the administrator gives the role."),
                field="holder_id",
            )
        account = life.propose(
            db, letter, values["holder_id"], by=self._signer(letter), text=values["text"] or "",
            place_id=self._places(letter.unit_id).get(values["holder_id"]),
        )  # fmt: skip
        notify_user(
            account, "saraban.proposed", _l("%(who)s put a letter before you: %(record)s"), letter, "IncomingView"
        )

    def _direct(self, letter: Any, values: dict[str, Any]) -> None:
        order = " ".join(part for part in (values["phrase"], values["text"]) if part)
        by = self._signer(letter, "direct")
        life.direct(db, letter, by=by, text=order)
        if values["officers"] or values["lead_id"]:
            self._give(letter, {**values, "task": order}, by)

    def _assign(self, letter: Any, values: dict[str, Any]) -> None:
        self._give(letter, values, self._signer(letter))

    def _give(self, letter: Any, values: dict[str, Any], by: life.Signer) -> None:
        there = self._candidates(people.officers, [letter.unit_id])
        if any(user_id not in there for user_id in values["officers"] or ()):
            raise RuleError(
                _("This officer may not read %(letter)s; the administrator gives the role.", letter=letter.number_text),
                field="officers",
            )
        fresh = life.assign(
            db, letter, values["officers"] or [], lead_id=values["lead_id"] or None, by=by,
            task=values["task"] or "",
        )  # fmt: skip
        given = {one.user_id: one for one in life.assignments(db, letter)}
        for account in fresh:
            said = _l("%(who)s gave you a letter: %(record)s")
            notify_user(account, "saraban.assigned", said, given[account.id], "AssignmentView")

    def action_links(self, record: Any) -> Sequence[ActionLink]:
        mine = record.holder_id is None or record.holder_id in self.actor.names
        found: list[ActionLink] = []
        for move in life.WORKFLOW.allowed(record.status):
            if not self.may(move.verb, record.unit_id) or (move.key in ("direct", "return") and not mine):
                continue
            if move.key == "cancel":
                found += self._paper_links(record)
                found.append(ActionLink(move.title, self.url("cancel", record_id=record.id), move.icon, "danger"))
                continue
            look = "secondary" if any(one.look == "primary" for one in found) else "primary"
            if move.key == "propose" and record.status == "proposed" and mine:
                look = "secondary"  # the one before whom it lies directs first
            found.append(ActionLink(move.title, self.url("bulk", key=move.key, ids=record.id), move.icon, look))
        return found

    def related(self, record: Any) -> Sequence[Related]:
        written = [
            ("", [said(one), one.text, format_moment(one.at)]) for one in life.endorsements(db, record)
        ]  # fmt: skip
        given = [
            ("", [self._people().get(one.user_id, ""), _("leads") if one.lead else "", STATES[one.state], one.report])
            for one in life.assignments(db, record)
        ]  # fmt: skip
        found = [Related(_l("Written on the letter (เกษียนหนังสือ)"), [], written, "pen")] if written else []
        if given:
            found.append(
                Related(
                    _l("Officers"), [_l("Officer"), _l("Who leads"), _l("State"), _l("Action taken")], given, "people"
                )
            )
        return [*found, *super().related(record)]


class IncomingView(LifePages):
    """ทะเบียนหนังสือรับ."""

    route_base = "/saraban/incoming"
    resource = permissions.INCOMING
    model = IncomingLetter
    title = _l("Incoming letters")
    new_title = _l("Register an incoming letter")
    icon = "inbox"
    calendar = "received_on"
    empty_hint = _l("No letter yet. Press New to register the first.")
    form_class = forms.IncomingForm
    correction_form = forms.IncomingCorrectionForm
    books = reports.INCOMING_BOOKS
    form_template = "saraban/intake.html"

    def _day(self) -> Any:
        return IncomingLetter.received_on

    def columns(self) -> list[lists.Column]:
        return [
            lists.Column("number", _l("Receipt no."), short_number, link=True, sort=IncomingLetter.id),
            lists.Column("received_on", _l("Received"), kind="date", wide=True),
            lists.Column("doc_no", _l("Letter no."), wide=True),
            lists.Column("doc_date", _l("Dated"), kind="date", wide=True),
            lists.Column("sender", _l("From"), kind="name"),
            lists.Column("recipient", _l("To (addressee)"), kind="name", wide=True),
            lists.Column("subject", _l("Subject"), kind="subject"),
            *self._more_columns(),
        ]

    def facts(self, record: Any) -> list[tuple[Any, Any]]:
        clock = f" {record.received_time:%H.%M} น." if record.received_time else ""
        return [
            (_l("Received on"), format_date(record.received_on, "letter") + clock),
            (_l("Answer wanted by"), format_date(back.answer_by(db, record.id), "letter")),
            *super().facts(record),
        ]

    def form(self, record: Any = None) -> Any:
        form = super().form(record)
        if record is None and (found := self._piece(form)) is not None:
            form.scan.data = f"{found[0].id}-{found[1].place}"
            for name in ("secrecy", "readers"):  # a secret paper is registered by hand
                if name in form:
                    del form[name]
            scans.fill(form, *found)
        return form

    @expose("/new", methods=("GET", "POST"))
    @right("add")
    def add(self) -> Any:
        """The intake form; of a piece of a stack that is registered already its letter, and no empty form."""
        asked = request.args.get("scan", "") if request.method == "GET" else ""
        if asked and (letter_id := scans.became(asked, lambda unit_id: self.may("add", unit_id))):
            flash(taking.registered_already(db, letter_id), "info")
            return redirect(self.url("show", record_id=letter_id))
        return super().add()

    def _piece(self, form: Any) -> Any:
        """The stack and the letter of it that is being registered."""
        asked = request.form.get("scan", "") if request.method == "POST" else request.args.get("scan", "")
        return scans.asked(asked, lambda unit_id: self.may("add", unit_id)) if asked else None

    def look(self, form: Any) -> None:
        super().look(form)
        if (found := self._piece(form)) is not None:
            g.papers = taking.cut(db, [found[1]], khet().settings.files_dir)

    def files_shown(self, record: Any) -> list[Attachment]:
        return [] if _withheld(self.actor, record) else super().files_shown(record)

    def locate(self, record: Any, file_id: int) -> tuple[Attachment, Path]:
        if _withheld(self.actor, record):
            raise NotFound
        return super().locate(record, file_id)

    @expose("/<int:record_id>/stamped")
    @right("show")
    def stamped(self, record_id: int) -> Any:
        """The paper with its stamps, for who may open it."""
        if _withheld(self.actor, self.find(record_id)):
            raise NotFound
        return super().stamped(record_id)

    def _beside(self, form: Any) -> dict[str, Any]:
        found = self._piece(form)
        return {"papers": scans.pictures(*found)} if found is not None else {}

    def _prefill(self, form: Any, unit: UnitName) -> None:
        form.received_on.data = today()
        form.recipient.data = request.args.get("recipient", "")[:200] or _default_head(unit)
        if raw := request.args.get("received_on", ""):
            form.received_on.typed = raw[:20]

    def saved(self, record: Any, form: Any, *, new: bool) -> None:
        if not new:
            return
        self._timed("in.register", [record], form)
        if record.speed == MOST_URGENT and not record.secrecy:
            for account in self._candidates(people.directors, [record.unit_id]).values():
                notify_user(
                    account, "saraban.urgent", _l("A most urgent letter came in: %(record)s"), record, "IncomingView"
                )

    def _kept(self, record: Any) -> dict[str, Any]:
        kept = {"received_on": format_date(record.received_on, "typed")}
        stack = request.form.get("scan", "").partition("-")[0]
        if stack and (following := scans.next_piece(int(stack))):
            kept["scan"] = following
        return kept

    def _open_piece(self, asked: str) -> tuple[Any, Any]:
        """The stack and the piece that a form registers. Raises RuleError where it became a letter already."""
        found = scans.asked(asked, lambda unit: self.may("add", unit))
        if found is None:
            known = scans.became(asked, lambda unit: self.may("add", unit))
            raise RuleError(taking.registered_already(db, known))
        return found

    def _warn_of_double(self, form: Any) -> None:
        if form.scan.data:
            self._open_piece(form.scan.data)
        super()._warn_of_double(form)

    def _register(self, unit_id: int, values: dict[str, Any]) -> Any:
        asked = values.pop("scan", "")
        found = self._open_piece(asked) if asked else None
        letter = services.register_incoming(db, unit_id, values, clerk=self._clerk(), today=today())
        if found is not None:
            taking.bind(db, *found, letter, khet().settings.files_dir, g.papers)
        return letter


def _withheld(actor: Actor, letter: Any) -> bool:
    """Whether the paper is its sender's again: only who keeps the register still opens it, on every page."""
    return not actor.may(permissions.INCOMING, "edit", letter.unit_id) and back.taken_back(db, letter)


def _default_head(unit: UnitName) -> str:
    """To whom most letters of a unit are addressed: its head, by position."""
    return f"ผอ.{unit.name}"


def said(one: Any) -> str:
    """Which step it was, by whom, to whom."""
    return " ".join(part for part in (one.signed, "·", step(one.step), one.addressed) if part)


class AssignmentView(CrudView):
    """Letters given to me: acknowledge them, say what was done."""

    route_base = "/saraban/assignments"
    resource = permissions.ASSIGNMENT
    assignee_may_open = True
    model = Assignment
    title = _l("Letters given to me")
    icon = "person-check"
    descending = True
    without = frozenset({"add", "edit"})
    empty_hint = _l("No letter is given to you.")
    board = lists.Board("state")

    def statement(self) -> Select[Any]:
        return select(Assignment).where(Assignment.user_id.in_(self.actor.names))

    def require_at(self, verb: str, unit_id: int) -> None:
        """What is one's own is one's own, at whatever unit the letter lies."""
        if not self.may(verb):
            abort(403)

    def _at(self, action: lists.Action) -> Sequence[Any]:
        return []

    def _is_at(self, action: lists.Action, record: Any) -> bool:
        return self.may(action.verb)

    def find(self, record_id: int, verb: str = "show") -> Any:
        record = super().find(record_id, verb)
        if record.user_id not in self.actor.names:
            raise NotFound
        return record

    def files_of(self, record: Any) -> Any:
        """The letter's, as long as it is with this officer, or they have reported."""
        return record if record.state == WITHDRAWN else record.letter

    def files_shown(self, record: Any) -> list[Attachment]:
        return [] if _withheld(self.actor, record.letter) else super().files_shown(record)

    def locate(self, record: Any, file_id: int) -> tuple[Attachment, Path]:
        if _withheld(self.actor, record.letter):
            raise NotFound
        return super().locate(record, file_id)

    def columns(self) -> list[lists.Column]:
        return [
            lists.Column("title", _l("Letter"), link=True, kind="subject"),
            lists.Column("given_by", _l("Given by"), kind="name", wide=True),
            lists.Column("given_at", _l("Given"), lambda row: format_moment(row.given_at), wide=True),
            lists.Column("due_at", _l("Due"), lambda row: format_moment(row.due_at)),
            lists.Column("lead", _l("Leads"), lambda row: _("Yes") if row.lead else "", "label", wide=True),
            lists.Column("state", _l("State"), lambda row: STATES[row.state], "label"),
        ]

    def filters(self) -> list[lists.Filter]:
        return [
            lists.Filter(
                "state", _l("State"), lambda s, v: s.where(Assignment.state == v), choices=list(STATES.items())
            ),
            lists.Filter(
                "late", _l("Time"), lambda s, v: s.where(Assignment.due_at < utc_now(), Assignment.done_at.is_(None)),
                choices=[("1", _l("Overdue"))],
            ),
        ]  # fmt: skip

    def dimensions(self) -> list[lists.Dimension]:
        return [
            lists.Dimension("state", _l("State"), Assignment.state, lambda v: STATES[v], order=tuple(STATES)),
            lists.Dimension("given_by", _l("Given by"), Assignment.given_by),
        ]

    def actions(self) -> list[lists.Action]:
        return [
            lists.Action(
                "acknowledge", _l("Acknowledge"), "edit",
                lambda one, _v: life.acknowledge(db, one, by=life.signer(db, self.actor, today(), one.user_id)),
                icon="check2-circle",
            ),
            lists.Action(
                "report", _l("Say what was done"), "edit",
                lambda one, values: life.report(
                    db, one, values["report"], by=life.signer(db, self.actor, today(), one.user_id)
                ),
                form=life_forms.ReportForm, icon="pencil",
            ),
        ]  # fmt: skip

    def state_of(self, record: Any) -> Any:
        return STATES[record.state]

    def action_links(self, record: Any) -> Sequence[ActionLink]:
        keys = {GIVEN: ("acknowledge", "report"), KNOWN: ("report",), RELEASED: ("report",)}.get(record.state, ())
        if record.letter.status == "cancelled":
            keys = ()
        found = [
            ActionLink(
                one.title, self.url("bulk", key=one.key, ids=record.id), one.icon,
                "primary" if one.key == keys[0] else "secondary",
            )
            for one in self.list_actions()
            if one.key in keys
        ]  # fmt: skip
        if self.actor.may(permissions.INCOMING, "show", record.unit_id):
            address = url_for("IncomingView.show", record_id=record.letter_id)
            found.append(ActionLink(_l("Open in the register"), address, "inbox"))
        return found

    def sections(self, record: Any) -> Sequence[Section]:
        letter = record.letter
        speeds = dict(forms.SPEEDS)
        mine = [
            (_l("Given by"), f"{record.given_by} · {format_moment(record.given_at)}"),
            (_l("What is asked of me"), record.task),
            (_l("Due"), format_moment(record.due_at)),
            (_l("Leads"), _("Yes") if record.lead else ""),
            (_l("Action taken"), record.report),
        ]
        paper = [
            (_l("Letter no."), letter.doc_no),
            (_l("Dated"), format_date(letter.doc_date, "letter")),
            (_l("From"), letter.sender),
            (_l("To (addressee)"), letter.recipient),
            (_l("Subject"), letter.subject),
            (_l("Speed"), speeds[letter.speed]),
            (_l("Answer wanted by"), format_date(back.answer_by(db, letter.id), "letter")),
        ]
        return [Section(_l("What is asked"), mine), Section(_l("The letter"), paper)]

    def related(self, record: Any) -> Sequence[Related]:
        written = [("", [said(one), one.text, format_moment(one.at)]) for one in life.endorsements(db, record.letter)]
        return [Related(_l("Written on the letter (เกษียนหนังสือ)"), [], written, "pen")]

    def extra(self, record: Any) -> dict[str, Any]:
        if record.secrecy:
            with separately("secret paper") as own:
                recorder.note(own, own.get(IncomingLetter, record.letter_id), "saraban.secret.viewed")
        return {}

    def hand_out(self, record: Any, file: Any, path: Any) -> Any:
        """A secret paper's file is handed out by the register, marked."""
        if record.secrecy:
            raise NotFound
        return super().hand_out(record, file, path)

    def file_taken(self, record: Any, file: Any) -> None:
        if record.secrecy:
            with separately("secret paper") as own:
                letter = own.get(IncomingLetter, record.letter_id)
                recorder.note(own, letter, "saraban.secret.downloaded", file.name)


VIEWS = [IncomingView, AssignmentView]

"""Pages of a letter's life: the steps on the register's pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any

from flask import flash, g, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select

from core.base.errors import NotFound, RuleError
from core.base.identity import Actor
from core.base.text.dates import shown_clock, shown_date, shown_moment
from core.base.text.thai import format_date, today
from core.base.workflow import Transition
from core.platform.follow_ups.models import WITH_DOER
from core.platform.masterdata.services import UnitName
from core.platform.users.models import Account
from core.records import lists
from core.web.crud import ActionLink, Related, related
from core.web.notify import notify_user
from core.web.unit_of_work import db, khet
from core.web.views import expose, right
from plugins.saraban import permissions
from plugins.saraban.forms.incoming import AssignForm, DirectForm, PassForm, ProposeForm, ReturnForm
from plugins.saraban.forms.letters import ActForm, IncomingCorrectionForm, IncomingForm
from plugins.saraban.forms.people import offer
from plugins.saraban.models.endorsements import Assignment
from plugins.saraban.models.letters import IN_HAND, OPEN, IncomingLetter
from plugins.saraban.pages import scans
from plugins.saraban.pages.intake import LetterView
from plugins.saraban.pages.register import short_number
from plugins.saraban.pages.storage import store_action
from plugins.saraban.pages.withheld import WithheldFiles
from plugins.saraban.reports.letters import INCOMING_BOOKS
from plugins.saraban.steps import said
from plugins.saraban.work import back, life, people, registers
from plugins.saraban.work import scans as taking

MOST_URGENT = 3


class LifePages(LetterView):
    """The steps of an incoming letter, for one or for many."""

    states = life.WORKFLOW.states
    board = lists.Board("state", "assign")

    def actions(self) -> list[lists.Action]:
        return [
            lists.Action(
                "propose", _l("Propose"), "edit", self._propose, form=ProposeForm, icon="send-check",
                offer=self._offer_directors, after=lambda letters, form: self._timed("in.hand", letters, form),
                guard=partial(self._open, "propose"),
            ),
            lists.Action(
                "direct", _l("Direct"), "direct", self._direct, form=DirectForm, icon="pen",
                offer=self._offer_officers, guard=partial(self._open, "direct"),
            ),
            lists.Action(
                "pass", _l("Put before another"), "direct", self._pass, form=PassForm, icon="send-check",
                offer=self._offer_others, guard=partial(self._open, "pass"),
            ),
            lists.Action(
                "assign", _l("Give to officers"), "edit", self._assign, form=AssignForm, icon="person-check",
                offer=self._offer_officers, guard=partial(self._open, "assign"),
            ),
            lists.Action(
                "return", _l("Send back"), "direct", self._send_back, form=ReturnForm,
                icon="arrow-return-left", guard=partial(self._open, "return"),
            ),
            lists.Action(
                "act", _l("Write the action taken"), "edit",
                lambda letter, values: life.act(db, letter, values["action"], by=self._signer(letter)),
                form=ActForm, icon="pencil", guard=partial(self._open, "act"),
            ),
            store_action(self),
        ]  # fmt: skip

    def _open(self, key: str, letter: Any) -> None:
        """Raises RuleError where the letter's state does not allow a step, where it waits for somebody else, and where
        nobody else is there whom it could be put before."""
        move = life.WORKFLOW.check(letter, key)
        if not self.in_one(lambda: self._is_at(move, letter) and self.is_yours(move, letter)):
            holder = db.get(Account, letter.holder_id) if letter.holder_id else None
            if holder is not None:
                raise RuleError(_("This letter waits for %(who)s.", who=people.name(holder)))
            raise RuleError(_("This letter waits for somebody else."))
        if key == "pass" and not self._others(letter.unit_id):
            raise RuleError(_("Nobody else directs the letters of this unit."))

    def is_yours(self, step: lists.Action | Transition, record: Any) -> bool:
        """What lies before somebody is directed, sent back and given out by them, or in their place."""
        waits = step.key in ("direct", "return", "pass") or (step.key == "assign" and record.status == "proposed")
        return not waits or record.holder_id is None or record.holder_id in self.actor.names

    def _offer_directors(self, form: Any, statement: Select[Any]) -> None:
        """Where it could be several, one of them is chosen and none stands there before."""
        offered = self._offered(people.directors, statement)
        offer(form, offered)
        secret = statement.order_by(None).with_only_columns(self.model.id).where(self.model.secrecy > 0)
        if not offered and db.scalars(secret.limit(1)).first() is not None:
            form.empty = {
                "holder_id": _(
                    "No director is named for these secret letters. Name one on the letter's page under “Who may read "
                    "it” first; letters of several units are proposed unit by unit."
                )
            }

    def _offer_others(self, form: Any, statement: Select[Any]) -> None:
        """Whom else it can be put before."""
        others = [self._others(unit_id) for unit_id in self._units_of(statement)]
        offered = self._offered(people.directors, statement)
        offer(form, [pair for pair in offered if all(pair[0] in there for there in others)])

    def _others(self, unit_id: int) -> set[int]:
        """Who else directs letters of a unit: neither oneself, nor whose place one takes, nor who takes one's own."""
        found, mine = self._candidates(people.directors, [unit_id]).keys() - self.actor.names, self.actor.names
        return found - {one for one, place in self._places(unit_id).items() if place in mine} if found else set()

    def _offer_officers(self, form: Any, statement: Select[Any]) -> None:
        form.officers.choices = self._offered(people.officers, statement)
        form.lead_id.choices = [*form.lead_id.choices, *form.officers.choices]

    def begin_with(self, key: str, form: Any, record: Any) -> None:
        """Who is given a letter anew stands in the place of who has it: the form begins with them."""
        if key == "assign":
            having = [one for one in life.assignments(db, record) if one.state in WITH_DOER]
            form.officers.data = [one.user_id for one in having]
            form.lead_id.data = next((one.user_id for one in having if one.lead), 0)

    def _propose(self, letter: Any, values: dict[str, Any]) -> None:
        self._put_before(letter, values, self._signer(letter), "propose")

    def _pass(self, letter: Any, values: dict[str, Any]) -> None:
        self._put_before(letter, values, self._signer(letter, "direct"), "pass")

    def _put_before(self, letter: Any, values: dict[str, Any], by: life.Signer, step: str) -> None:
        if not values["holder_id"]:
            raise RuleError(_("Choose one from the list."), field="holder_id")
        if values["holder_id"] not in self._candidates(people.directors, [letter.unit_id]):
            raise RuleError(
                _("Nobody of that name directs the letters of this unit; the administrator gives the role."),
                field="holder_id",
            )
        account = life.propose(
            db, letter, values["holder_id"], by=by, text=values["text"] or "",
            place_id=self._places(letter.unit_id).get(values["holder_id"]), step=step,
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

    def _send_back(self, letter: Any, values: dict[str, Any]) -> None:
        """Who put it up learns that it is with the clerks again: nothing else would tell them."""
        said = _l("%(who)s sent a letter back: %(record)s")
        for account in life.send_back(db, letter, by=self._signer(letter, "direct"), reason=values["text"]):
            notify_user(account, "saraban.returned", said, letter, "IncomingView", why=values["text"])

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
            if not self.in_one(partial(self._moves, move, record)) or self.shut_step(move.key, record):
                continue
            if move.key == "cancel":
                found += self._paper_links(record)
                if registers.fixed_because(db, record):
                    continue
                found.append(ActionLink(move.title, self.url("cancel", record_id=record.id), move.icon, "danger"))
                continue
            look = "secondary" if any(one.look == "primary" for one in found) else "primary"
            if move.key == "propose" and record.status == "proposed" and mine:
                look = "secondary"  # the one before whom it lies directs first
            address = self.url("bulk", key=move.key, ids=record.id, back="record")
            found.append(ActionLink(move.title, address, move.icon, look))
        return [*found, *answer_links(self.actor, record)]

    def _moves(self, move: Transition, record: Any) -> bool:
        if not self.may(move.verb, record.unit_id) or not self.is_yours(move, record):
            return False
        return move.key != "store" or self.stores(record)

    def related(self, record: Any) -> Sequence[Related]:
        written = [
            ("", [said(one), one.text, shown_moment(one.at)]) for one in life.endorsements(db, record)
        ]  # fmt: skip
        found = [Related(_l("Written on the letter (เกษียนหนังสือ)"), [], written, "pen")] if written else []
        leads = (_l("Who leads"), lambda one: _("leads") if one.lead else "")
        columns = (Assignment.who, leads, Assignment.state, Assignment.report)
        found += related(_l("Officers"), life.assignments(db, record), *columns, icon="people")
        return [*found, *super().related(record)]


class IncomingView(WithheldFiles, LifePages):
    """ทะเบียนหนังสือรับ."""

    route_base = "/saraban/incoming"
    resource = permissions.INCOMING
    model = IncomingLetter
    title = _l("Incoming letters")
    new_title = _l("Register an incoming letter")
    icon = "inbox"
    calendar = "received_on"
    empty_hint = _l("No letter yet.")
    form_class = IncomingForm
    correction_form = IncomingCorrectionForm
    books = INCOMING_BOOKS
    form_template = "saraban/intake.html"

    def _day(self) -> Any:
        return IncomingLetter.received_on

    def filters(self) -> list[lists.Filter]:
        in_hand = IncomingLetter.status.in_(IN_HAND)
        nobodys = lists.Filter(
            "with", _l("With whom"), lambda s, _v: s.where(in_hand), choices=[("nobody", _l("Proposed to nobody"))]
        )
        return [*super().filters(), nobodys]

    def columns(self) -> list[lists.Column]:
        return [
            lists.Column("number", _l("Receipt no."), short_number, link=True, sort=IncomingLetter.id),
            lists.Column("received_on", _l("Received"), kind="date"),
            lists.Column("doc_no", _l("Letter no."), wide=True),
            lists.Column("doc_date", _l("Dated"), kind="date", wide=True, shown=False),
            lists.Column("sender", _l("From"), kind="name"),
            lists.Column("recipient", _l("To (addressee)"), kind="name", wide=True, shown=False),
            self._subject(),
            *self._more_columns(),
            lists.Column("holder", _l("Lies with"), self._lies_with(), kind="name", sort=False),
        ]

    def _lies_with(self) -> Callable[[IncomingLetter], str]:
        """Says who has a letter now: before whom it lies, else whose it is to do; empty where nobody has it."""
        people = cache(self._people)  # asked once, and not where the column is not shown
        return lambda letter: people().get(letter.holder_id or letter.assignee_id, "")

    def facts(self, record: Any) -> list[tuple[Any, Any]]:
        clock = f" {shown_clock(record.received_time)}" if record.received_time else ""
        return [
            (_l("Received on"), shown_date(record.received_on, "letter") + clock),
            (_l("Answer wanted by"), shown_date(back.answer_by(db, record.id), "letter")),
            *super().facts(record),
        ]

    def form(self, record: Any = None) -> Any:
        form = super().form(record)
        if record is None and (found := self._piece(form)) is not None:
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

    @expose("/<int:record_id>/stamped")
    @right("show")
    def stamped(self, record_id: int) -> Any:
        """The paper with its stamps, for who may open it."""
        if self.is_withheld(self.find(record_id)):
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
        """The stack and the piece that a form registers. Raises RuleError where it is not what the form showed."""
        return scans.as_shown(asked, lambda unit: self.may("add", unit))

    def _warn_of_double(self, form: Any) -> None:
        if form.scan.data:
            self._open_piece(form.scan.data)
        super()._warn_of_double(form)

    def _register(self, unit_id: int, values: dict[str, Any]) -> Any:
        asked = values.pop("scan", "")
        found = self._open_piece(asked) if asked else None
        letter = registers.register_incoming(db, unit_id, values, clerk=self._clerk(), today=today())
        if found is not None:
            taking.bind(db, *found, letter, khet().settings.files_dir, g.papers)
        return letter


def answer_links(actor: Actor, letter: IncomingLetter) -> list[ActionLink]:
    """The way to a draft that answers a letter, for who may begin one and read the letter in its register."""
    may = actor.may(permissions.DRAFT, "add") and actor.may(permissions.INCOMING, "show", letter.unit_id)
    if not may or letter.secrecy or letter.status not in (*OPEN, "done"):
        return []
    address = url_for("DraftPaperView.add", kind="external", answers=letter.id)
    return [ActionLink(_l("Draft a letter in answer"), address, "reply")]


def _default_head(unit: UnitName) -> str:
    """To whom most letters of a unit are addressed: its head, by position."""
    return f"ผอ.{unit.name}"


VIEWS = [IncomingView]

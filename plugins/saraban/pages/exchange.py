"""The sender's board, the recipient's tray, and the page that a recipient outside opens."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask import flash, redirect, request, send_file, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from limits import parse
from sqlalchemy import select

from core.base.errors import NotFound
from core.base.text.dates import shown_date, shown_moment
from core.base.text.thai import today
from core.records import lists
from core.records.files import store
from core.storage.base import utc_now
from core.storage.scope import KhetSession
from core.web import public_url
from core.web.crud import ActionLink, CrudView, Related, Section
from core.web.security import throttle
from core.web.unit_of_work import db, khet, leave_behind
from core.web.views import KhetView, expose, lookup_answer, right
from plugins.saraban import permissions
from plugins.saraban.forms import directory
from plugins.saraban.forms.exchange import CHANNELS, HandedForm, ProofForm
from plugins.saraban.forms.incoming import ReturnForm
from plugins.saraban.forms.letters import SPEEDS, CancelForm
from plugins.saraban.models.dispatches import (
    ACKNOWLEDGED,
    KNOWN,
    KNOWN_STATE,
    OPENED,
    QUEUED,
    RETURNED,
    SENT,
    TRAY_STATES,
    Arrival,
    Dispatch,
    state_title,
)
from plugins.saraban.models.letters import IncomingLetter, Letter, OutgoingLetter
from plugins.saraban.pages.register import numbers_given
from plugins.saraban.pages.secret import SecretPapers
from plugins.saraban.work import arrivals, exchange, originals, registers

PER_ADDRESS = parse("600 per minute")


class DispatchView(SecretPapers):
    """Where every sent letter is, recipient by recipient."""

    route_base = "/saraban/dispatches"
    resource = permissions.OUTGOING
    model = Dispatch
    title = _l("Letters sent, by recipient")
    icon = "send-check"
    descending = True
    searchable = "search_text"
    in_palette = False  # the letters themselves are found there
    without = frozenset({"add", "edit"})
    board = lists.Board("state")
    empty_hint = _l("Nothing is sent yet. Open an outgoing letter and press Send.")

    def columns(self) -> list[lists.Column]:
        return [
            lists.Column("doc_no", _l("Letter no."), link=True),
            lists.Column("recipient", _l("Recipient"), lambda row: row.to_whom, "name", sort=Dispatch.recipient),
            lists.Column("channel", _l("How"), lambda row: CHANNELS[row.channel], "label", wide=True),
            lists.Column("state", _l("State"), lambda row: state_title(row.channel, row.state), "label"),
            lists.Column("sent_at", lazy_pgettext("when", "Sent"), kind="moment", wide=True),
            lists.Column("opened_at", _l("Opened or taken"), kind="moment", wide=True),
            lists.Column("registered_at", lazy_pgettext("when", "Registered there"), kind="moment", wide=True),
            lists.Column("their_number", _l("Number there"), wide=True),
            lists.Column("reply_by", _l("Answer wanted by"), kind="date", wide=True),
            lists.Column("proof", _l("Proof"), wide=True, shown=False),
            lists.Column("subject", _l("Subject"), kind="subject", wide=True, shown=False),
        ]

    def filters(self) -> list[lists.Filter]:
        return [
            lists.Filter(
                "state", _l("State"), lambda s, v: s.where(KNOWN_STATE.in_([v])), choices=list(KNOWN.items())
            ),
            lists.Filter(
                "channel", _l("How"), lambda s, v: s.where(Dispatch.channel == v), choices=list(CHANNELS.items())
            ),
            lists.overdue(Dispatch.reply_by < today(), Dispatch.state.in_([QUEUED, *exchange.UNANSWERED])),
            lists.Filter(
                "unread", _l("Not registered after"),
                lambda s, v: s.where(Dispatch.state.in_([SENT, OPENED]), Dispatch.sent_at < _days_ago(int(v))),
                choices=[("3", _l("3 days")), ("7", _l("7 days"))],
            ),
        ]  # fmt: skip

    def dimensions(self) -> list[lists.Dimension]:
        return [
            lists.Dimension("state", _l("State"), KNOWN_STATE, lambda v: KNOWN[v], order=tuple(KNOWN)),
            lists.Dimension("doc_no", _l("Letter no."), Dispatch.doc_no),
            lists.Dimension("channel", _l("How"), Dispatch.channel, lambda v: CHANNELS[v]),
        ]

    def actions(self) -> list[lists.Action]:
        return [
            lists.Action(
                "remind", _l("Remind"), "edit", lambda one, _v: exchange.remind(db, one), icon="bell",
                guard=exchange.check_remind,
            ),
            lists.Action(
                "handed", _l("Somebody took it"), "edit", self._handed, form=HandedForm, icon="patch-check",
                guard=exchange.check_handed,
            ),
            lists.Action(
                "correct", _l("Correct who took it"), "edit",
                lambda one, v: exchange.correct_proof(db, one, v["proof"]), form=ProofForm, icon="pencil",
                guard=exchange.check_correct,
            ),
            lists.Action(
                "answered", _l("Answered"), "edit", lambda one, _v: exchange.answered(db, one), icon="reply",
                guard=exchange.check_answered,
            ),
            lists.Action(
                "recall", _l("Take back"), "edit", lambda one, v: exchange.recall(db, one, v["reason"]),
                form=CancelForm, icon="arrow-return-left", guard=exchange.check_recall,
            ),
            lists.Action(
                "again", _l("Send again"), "edit",
                lambda one, _v: exchange.again(db, one, public_url.base(), today=today()), icon="arrow-clockwise",
                guard=lambda one: exchange.check_again(db, one),
            ),
        ]  # fmt: skip

    def _handed(self, one: Any, values: dict[str, Any]) -> None:
        """One signature may stand for several letters that somebody took at once."""
        signed = store.staged(db, values["files"] or [])
        given = values.setdefault("given", [])
        for file in given:
            store.bring(db, store.copy(khet().settings.files_dir, file, one.district_id), one)
        given += store.attach(db, one, [file.id for file in signed], pictures=True)
        exchange.handed(db, one, values["proof"], signed=bool(given))

    @expose("/<int:record_id>/receipt")
    @right("show")
    def receipt(self, record_id: int) -> Any:
        """ใบรับหนังสือ (แบบที่ 17), signed or to be signed."""
        one = self.find(record_id)
        letter = db.get(OutgoingLetter, one.letter_id)
        if one.secrecy or letter is None:
            raise NotFound
        from plugins.saraban.papers import slips  # the typesetter is loaded when first needed

        data = slips.receipt(db, khet().settings.files_dir, one, letter.sender)
        name = f"{one.doc_no.replace('/', '-')}.pdf"
        return send_file(io.BytesIO(data), mimetype="application/pdf", as_attachment=True, download_name=name)

    def whole_of(self, record: Any) -> tuple[type[Letter], int]:
        return OutgoingLetter, record.letter_id

    def heading(self, record: Any) -> str:
        return f"{record.doc_no} → {record.to_whom}"

    def state_of(self, record: Any) -> Any:
        return state_title(record.channel, record.state)

    def action_links(self, record: Any) -> Sequence[ActionLink]:
        if not self.may("edit", record.unit_id):
            return []
        found = [
            ActionLink(one.title, self.url("bulk", key=one.key, ids=record.id, back="record"), one.icon)
            for one in self.open_steps(record)
        ]
        if record.channel in ("post", "hand") and not record.secrecy:
            found.append(ActionLink(_l("Receipt (form 17)"), self.url("receipt", record_id=record.id), "printer"))
        return [*found, ActionLink(_l("The letter"), url_for("OutgoingView.show", record_id=record.letter_id), "send")]

    def sections(self, record: Any) -> Sequence[Section]:
        way = [
            (_l("Letter no."), record.doc_no),
            (_l("Subject"), record.subject),
            (_l("Recipient"), record.to_whom),
            (_l("How"), CHANNELS[record.channel]),
            (_l("E-mail"), record.address),
            (_l("Answer wanted by"), shown_date(record.reply_by, "letter")),
        ]
        fate = [
            *([(_why(record), record.problem)] if record.problem else []),
            (lazy_pgettext("when", "Sent"), shown_moment(record.sent_at)),
            (_l("Opened or taken"), shown_moment(record.opened_at)),
            (_l("Registered there"), _registered(record)),
            (lazy_pgettext("when", "Acknowledged"), shown_moment(record.acknowledged_at)),
            (lazy_pgettext("when", "Answered"), shown_moment(record.answered_at)),
            (_l("Proof"), record.proof),
            (_l("Reminded"), shown_moment(record.reminded_at)),
        ]
        return [Section(_l("The letter"), way), Section(_l("How far it is"), fate)]

    @expose("/offices")
    @right("add")
    def offices(self) -> Any:
        """Offices one may write to, by name."""
        return lookup_answer(directory.find(request.args.get("q", "").split()))


def _why(record: Any) -> Any:
    return _l("Why it was sent back") if record.state == RETURNED else _l("Why it was not delivered")


def _registered(row: Any) -> str:
    number = f" ({row.their_number})" if row.their_number else ""
    return f"{shown_moment(row.registered_at)}{number}"


def _days_ago(days: int) -> Any:
    return utc_now() - timedelta(days=days)


class ArrivalView(CrudView):
    """ถาดหนังสือเข้า: what came through Khet and is not registered yet."""

    route_base = "/saraban/arrivals"
    resource = permissions.INCOMING
    model = Arrival
    title = _l("Incoming tray")
    icon = "box-arrow-in-down"
    without = frozenset({"add", "edit"})
    empty_hint = _l("The tray is empty.")

    def columns(self) -> list[lists.Column]:
        speeds = dict(SPEEDS)
        return [
            lists.Column("doc_no", _l("Letter no."), link=True),
            lists.Column("sender", _l("From"), kind="name"),
            lists.Column("subject", _l("Subject"), kind="subject"),
            lists.Column("speed", _l("Speed"), lambda row: speeds[row.speed], "label", wide=True),
            lists.Column("arrived_at", lazy_pgettext("when", "Arrived"), kind="moment"),
            lists.Column("reply_by", _l("Answer wanted by"), kind="date"),
            lists.Column("state", _l("State"), lambda row: TRAY_STATES[row.state], "label"),
        ]

    def filters(self) -> list[lists.Filter]:
        return [
            lists.Filter(
                "state", _l("State"),
                lambda s, v: s.where(Arrival.state.in_([SENT, OPENED]) if v == "open" else Arrival.state == v),
                choices=[("open", _l("To be registered")), *TRAY_STATES.items()],
            )
        ]  # fmt: skip

    def _clerk(self) -> registers.Clerk:
        return registers.Clerk(self.actor.user_id, self.actor.name, self.actor.clearance)

    def actions(self) -> list[lists.Action]:
        return [
            lists.Action(
                "register", _l("Register"), "add",
                lambda one, _v: arrivals.register(db, one, clerk=self._clerk(), today=today()), icon="journal-check",
                after=self._say_numbers, guard=arrivals.check_register,
            ),
            lists.Action(
                "send_back", _l("Not ours: send back"), "add",
                lambda one, v: arrivals.send_back(db, khet().settings.files_dir, one, v["text"]), form=ReturnForm,
                icon="arrow-return-left", guard=arrivals.check_send_back,
            ),
        ]  # fmt: skip

    def _say_numbers(self, arrivals: Sequence[Any], _form: Any) -> None:
        found = select(IncomingLetter).where(IncomingLetter.id.in_([one.letter_id for one in arrivals]))
        said: Any = numbers_given(db.scalars(found.order_by(IncomingLetter.id)))
        flash(said, "number")

    def state_of(self, record: Any) -> Any:
        return TRAY_STATES[record.state]

    def action_links(self, record: Any) -> Sequence[ActionLink]:
        if record.letter_id:
            return [
                ActionLink(
                    _l("Open in the register"), url_for("IncomingView.show", record_id=record.letter_id), "inbox"
                )
            ]
        looks = {
            "register": ({}, "primary"),
            "send_back": ({"back": "record"}, "secondary"),
        }
        return [
            ActionLink(one.title, self.url("bulk", key=one.key, ids=record.id, **back), one.icon, look)
            for one in self.open_steps(record)
            for back, look in [looks[one.key]]
        ]

    def sections(self, record: Any) -> Sequence[Section]:
        speeds = dict(SPEEDS)
        return [
            Section(
                _l("The letter"),
                [
                    (_l("Letter no."), record.doc_no),
                    (_l("Dated"), shown_date(record.doc_date, "letter")),
                    (_l("From"), record.sender),
                    (_l("To (addressee)"), record.recipient),
                    (_l("Subject"), record.subject),
                    (_l("Speed"), speeds[record.speed]),
                    (lazy_pgettext("when", "Arrived"), shown_moment(record.arrived_at)),
                    (_l("Answer wanted by"), shown_date(record.reply_by, "letter")),
                ],
            )
        ]

    def extra(self, record: Any) -> dict[str, Any]:
        if record.state == SENT and self.may("add", record.unit_id):
            leave_behind("letter opened", lambda own: _opened(own, record.id))
        return {}


def _opened(session: KhetSession, arrival_id: int) -> None:
    one = session.get(Arrival, arrival_id)
    if one is not None:
        arrivals.open_arrival(session, one)


class PublicLetterView(KhetView):
    """What a recipient outside opens with the link in their mail."""

    route_base = "/letters"
    by_link = True
    default_view = "show"

    def _found(self, session: Any, token: str) -> tuple[Dispatch, OutgoingLetter]:
        one = exchange.by_token(session, token)
        letter = session.get(OutgoingLetter, one.letter_id) if one is not None else None
        if one is None or letter is None or letter.status == "cancelled":
            raise NotFound
        on = khet().switchboard.effective(session, one.district_id)
        if "saraban" not in on:
            raise NotFound
        return one, letter

    def _not_too_often(self) -> None:
        throttle.of_strangers(PER_ADDRESS, "letters")

    @expose("/<token>")
    def show(self, token: str) -> Any:
        """The letter's facts and files."""
        self._not_too_often()
        with khet().database.system("letter by link") as session:
            one, letter = self._found(session, token)
            files = originals.handed_out(session, letter)
            return self.render("saraban/public_letter.html", one=one, letter=letter, files=files, token=token)

    @expose("/<token>/files/<int:file_id>")
    def file(self, token: str, file_id: int) -> Any:
        """One of its files; taking it is what counts as opening."""
        self._not_too_often()
        with khet().database.system("letter by link") as session:
            one, letter = self._found(session, token)
            found = next((file for file in originals.handed_out(session, letter) if file.id == file_id), None)
            if found is None:
                raise NotFound
        path = store.whole(khet().settings.files_dir, found)
        if one.state in (QUEUED, SENT):
            leave_behind("letter by link", lambda own: self._opened(own, token), system=True)
        answer = send_file(path, mimetype=found.content_type, as_attachment=True, download_name=found.name)
        answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
        return answer

    def _opened(self, session: KhetSession, token: str) -> None:
        one, _letter = self._found(session, token)
        exchange.advance(session, one, OPENED, utc_now())

    @expose("/<token>/confirm", methods=("POST",))
    def confirm(self, token: str) -> Any:
        """The recipient says that they have it."""
        self._not_too_often()
        with khet().database.system("letter by link", write=True) as session:
            one, _letter = self._found(session, token)
            exchange.advance(session, one, ACKNOWLEDGED, utc_now())
        flash(_("Thank you. The sender sees that you have it."), "success")
        return redirect(self.url("show", token=token))


def sent_panel(letter: Any) -> list[Related]:
    """Where a letter's recipients are, for its own page."""
    sent = exchange.of_letter(db, letter)
    if not sent:
        return []
    rows = [
        (
            url_for("DispatchView.show", record_id=one.id),
            [
                one.to_whom,
                CHANNELS[one.channel],
                f"{state_title(one.channel, one.state)}: {one.problem}"
                if one.problem
                else state_title(one.channel, one.state),
                _registered(one).strip(),
            ],
        )
        for one in sent[:200]
    ]
    heads = [_l("Recipient"), _l("How"), _l("State"), _l("Registered there")]
    return [Related(_l("Sent to"), heads, rows, "send-check")]


VIEWS = [DispatchView, ArrivalView, PublicLetterView]

"""ทะเบียนหนังสือส่ง: its pages."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any, ClassVar

from flask import request, send_file
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, select

from core.base.errors import NotFound, RuleError
from core.base.text.thai import today
from core.platform.masterdata.models import SchoolGroup
from core.platform.masterdata.services import UnitName
from core.records import lists
from core.web import public_url
from core.web.crud import ActionLink, Related
from core.web.forms import KhetForm
from core.web.notify import notify_user
from core.web.unit_of_work import db, khet
from core.web.views import expose, right
from plugins.saraban import kinds, permissions
from plugins.saraban.forms import directory
from plugins.saraban.forms.exchange import CHANNELS, SealedForm, SendForm
from plugins.saraban.forms.letters import ActForm, AssignForm, IssuedForm, OutgoingCorrectionForm, OutgoingForm
from plugins.saraban.models.dispatches import QUEUED
from plugins.saraban.models.letters import OutgoingLetter
from plugins.saraban.pages.exchange import sent_panel
from plugins.saraban.pages.intake import LetterView
from plugins.saraban.pages.register import short_number
from plugins.saraban.pages.storage import store_action
from plugins.saraban.reports.letters import OUTGOING_BOOKS
from plugins.saraban.work import before, exchange, originals, outgoing, people, registers
from plugins.saraban.work.exchange import Recipient


class OutgoingView(LetterView):
    """ทะเบียนหนังสือส่ง."""

    route_base = "/saraban/outgoing"
    resource = permissions.OUTGOING
    model = OutgoingLetter
    title = _l("Outgoing letters")
    new_title = _l("Register an outgoing letter")
    icon = "send"
    calendar = "registered_on"
    empty_hint = _l("No letter yet.")
    form_class: ClassVar[type[KhetForm]] = OutgoingForm
    correction_form = OutgoingCorrectionForm
    books = OUTGOING_BOOKS

    states: ClassVar[Any] = outgoing.WORKFLOW.states

    def statement(self) -> Select[Any]:
        return super().statement().where(OutgoingLetter.book.in_(list(self.books)))

    def find(self, record_id: int, verb: str = "show") -> Any:
        record = super().find(record_id, verb)
        if record.book not in self.books:
            raise NotFound
        return record

    def columns(self) -> list[lists.Column]:
        return [
            lists.Column("number", _l("Dispatch no."), short_number, link=True, sort=OutgoingLetter.id),
            lists.Column("doc_no", _l("Letter no."), wide=True),
            lists.Column("doc_date", _l("Dated"), kind="date"),
            lists.Column("sender", _l("From"), kind="name", wide=True, shown=False),
            lists.Column("recipient", _l("To (addressee)"), kind="name"),
            self._subject(),
            *self._more_columns(),
        ]

    def _prefill(self, form: Any, unit: UnitName) -> None:
        form.doc_date.data = today()
        form.sender.data = unit.name

    def _register(self, unit_id: int, values: dict[str, Any]) -> Any:
        return registers.register_outgoing(db, unit_id, values, clerk=self._clerk(), today=today())

    def actions(self) -> list[lists.Action]:
        return [
            lists.Action(
                "assign", _l("Give to an officer"), "edit",
                lambda letter, values: self._assign(letter, values["assignee_id"] or None),
                form=AssignForm, offer=self._offer_owners, icon="person-check",
                guard=lambda letter: outgoing.WORKFLOW.check(letter, "assign"),
            ),
            lists.Action(
                "act", _l("Write the action taken"), "edit",
                lambda letter, values: registers.work_on(
                    db, letter, {"action": values["action"]}, by=self._signer(letter)
                ),
                form=ActForm, icon="pencil",
                after=lambda letters, form: self._timed("out.action", letters, form),
                guard=lambda letter: outgoing.WORKFLOW.check(letter, "act"),
            ),
            store_action(self),
        ]  # fmt: skip

    def _offer_owners(self, form: Any, statement: Select[Any]) -> None:
        form.assignee_id.choices = [(0, _("Nobody")), *self._offered(people.owners, statement)]

    def begin_with(self, key: str, form: Any, record: Any) -> None:
        """Whose matter a letter is already."""
        if key == "assign":
            form.assignee_id.data = record.assignee_id or 0

    def _assign(self, letter: Any, user_id: int | None) -> None:
        if user_id and user_id not in self._candidates(people.owners, [letter.unit_id]):
            raise RuleError(
                _("This officer may not read %(letter)s; the administrator gives the role.", letter=letter.number_text),
                field="assignee_id",
            )
        account = registers.assign(db, letter, user_id)
        if account is not None:
            notify_user(
                account, "saraban.assigned", _l("%(who)s gave you a letter: %(record)s"), letter, "OutgoingView"
            )

    def saved(self, record: Any, form: Any, *, new: bool) -> None:
        if new:
            self._timed("out.register", [record], form)

    def action_links(self, record: Any) -> Sequence[ActionLink]:
        if record.status in ("cancelled", "stored"):
            return self._print_links(record)
        steps = {one.key: one for one in self.open_steps(record)}
        stored = [
            ActionLink(one.title, self.url("bulk", key=key, ids=record.id, back="record"), one.icon)
            for key, one in steps.items()
            if key == "store" and self.stores(record)
        ]
        found = []
        if self.may("edit", record.unit_id):
            leaves = record.status in outgoing.UNSENT and record.kind in {kind.key for kind in kinds.LETTERS}
            look = ("secondary", "primary") if leaves else ("primary", "secondary")
            found = [
                ActionLink(
                    _l("Action taken, remark, urgency"), self.url("edit", record_id=record.id), "pencil", look[0]
                ),
            ]
            if "assign" in steps:
                give = self.url("bulk", key="assign", ids=record.id, back="record")
                found.append(ActionLink(_l("Give to an officer"), give, "person-check"))
            send = ActionLink(_l("Send"), self.url("send", record_id=record.id), "send", look[1])
            found.insert(0 if leaves else len(found), send)
            if exchange.unreached(db, record):
                again = self.url("resend", record_id=record.id)
                found.insert(0, ActionLink(_l("Send again"), again, "arrow-clockwise", "primary"))
        edit = self.url("edit", record_id=record.id)
        found += [*stored, *(step for step in self._paper_links(record) if step.url != edit)]
        if self.may("cancel", record.unit_id) and not registers.fixed_because(db, record):
            address = self.url("cancel", record_id=record.id)
            found.append(ActionLink(_l("Cancel the letter"), address, "slash-circle", "danger"))
        return found

    def _print_links(self, record: Any) -> Sequence[ActionLink]:
        if record.secrecy or record.kind not in {kind.key for kind in kinds.LETTERS}:
            return super()._print_links(record)
        return [
            *super()._print_links(record),
            ActionLink(_l("Envelopes"), self.url("envelopes", record_id=record.id), "envelope"),
        ]

    @expose("/<int:record_id>/envelopes")
    @right("show")
    def envelopes(self, record_id: int) -> Any:
        """ซอง (แบบที่ 15): one for each recipient on paper."""
        letter = self.find(record_id)
        if letter.secrecy:
            raise NotFound
        from plugins.saraban.papers import slips  # the typesetter is loaded when first needed

        name = f"{letter.doc_no.replace('/', '-')}.pdf"
        data = io.BytesIO(slips.envelopes(db, letter, exchange.on_paper(db, letter)))
        return send_file(data, mimetype="application/pdf", as_attachment=True, download_name=name)

    def related(self, record: Any) -> Sequence[Related]:
        return [*sent_panel(record), *super().related(record)]

    @expose("/<int:record_id>/send", methods=("GET", "POST"))
    @right("edit")
    def send(self, record_id: int) -> Any:
        """To many at once: schools, groups, other offices, recipients outside."""
        letter = self.find(record_id, "edit")
        if (shut := self.shut(letter)) is not None:
            return shut
        form: Any = SealedForm() if letter.secrecy else SendForm()
        if not letter.secrecy:
            groups = db.scalars(select(SchoolGroup).order_by(SchoolGroup.name).limit(60)).all()
            form.school_groups.choices = [(group.id, group.name) for group in groups]
        attached = [] if letter.secrecy else originals.attached(db, letter)
        if attached:
            form.enclosed.choices = [(file.id, file.name) for file in attached]
            if request.method == "GET":
                form.enclosed.data = [file.id for file in attached]
        elif not letter.secrecy:
            del form.enclosed

        asked: list[before.Before] = []

        def save() -> Any:
            registers.require_live(letter)
            values = form.values()
            recipients = self._on_paper(values) if letter.secrecy else self._recipients(values)
            back = [file for file in attached if file.id not in values["enclosed"]]
            seen = before.look(db, letter, recipients, mail=bool(khet().settings.smtp_url), without=back)
            if seen.asks and form.confirm.data != seen.mark:
                form.confirm.data, form.first = seen.mark, "before-sending"
                asked.append(seen)
                raise RuleError(_("Nothing is sent yet. Read what stands below, then press the button once more."))
            originals.keep_back(db, letter, back)
            return exchange.send(
                db, letter, recipients, reply_by=values["reply_by"], today=today(), public_url=public_url.base()
            )

        def page() -> str:
            title = _("Send to %(count)s recipients", count=asked[0].count) if asked else _("Send")
            return self.render(
                "saraban/send.html", form=form, record=letter, heading=f"{_('Send')} · {self.heading(letter)}"[:200],
                back=self.url("show", record_id=letter.id), save_title=title, letter=letter, channels=CHANNELS,
                files=[file for file in originals.handed_out(db, letter) if file not in attached],
                attached=attached, asked=asked[0] if asked else None,
            )  # fmt: skip

        return self.submit(
            form, save, lambda _sent: self.url("show", record_id=record_id), page, record=letter,
            done=_under_way,
        )  # fmt: skip

    @expose("/<int:record_id>/resend", methods=("GET", "POST"))
    @right("edit")
    def resend(self, record_id: int) -> Any:
        """Once more to everybody whom it did not reach."""
        letter = self.find(record_id, "edit")
        if (shut := self.shut(letter, self.closed_because(letter) or exchange.all_reached(db, letter))) is not None:
            return shut

        def save() -> Any:
            registers.require_live(letter)
            exchange.again_all(db, letter, public_url.base(), today=today())
            return letter

        lost = len(exchange.unreached(db, letter))
        hint = _("%(count)s recipients have not got this letter.", count=lost)
        return self.step_page(letter, KhetForm(), save, _("Send again"), save_title=_("Send again"), hint=hint)

    def _recipients(self, values: dict[str, Any]) -> list[Recipient]:
        found: list[Recipient] = []
        if values["schools"] or values["school_groups"]:
            found += exchange.schools_of(
                db, everywhere=values["schools"], group_ids=values["school_groups"] or (), on=today()
            )
        if values["office_groups"]:
            found += exchange.groups_of(db)
        for line in values["offices"]:
            one = directory.recipient(line["unit_id"])
            if one is not None:
                found.append(one)
        found += [Recipient(line["name"], line["channel"], address=line["address"] or "") for line in values["others"]]
        return found

    def _on_paper(self, values: dict[str, Any]) -> list[Recipient]:
        return [Recipient(line["name"], line["channel"]) for line in values["others"]]


def _under_way(sent: Sequence[Any]) -> str:
    """What is known right after the button: nothing has arrived yet."""
    if any(one.state == QUEUED for one in sent):
        return _("On its way to %(count)s recipients. How far it is with each stands on this page.", count=len(sent))
    return _("Noted as sent to %(count)s recipients.", count=len(sent))


class IssuedView(OutgoingView):
    """ทะเบียนคำสั่ง ประกาศ หนังสือรับรอง และเอกสารอื่น: papers with books of their own."""

    route_base = "/saraban/issued"
    title = _l("Orders, announcements and other papers")
    new_title = _l("Register an order or another paper")
    icon = "file-earmark-text"
    form_class = IssuedForm
    books = kinds.ISSUED_BOOKS

    def columns(self) -> list[lists.Column]:
        return [
            lists.Column("doc_no", _l("Number"), link=True, sort=OutgoingLetter.id),
            lists.Column("kind", _l("Kind"), lambda row: kinds.BY_KEY[row.kind].title, "label"),
            lists.Column("doc_date", _l("Dated"), kind="date"),
            self._subject(),
            *self._more_columns(),
        ]


VIEWS = [OutgoingView, IssuedView]

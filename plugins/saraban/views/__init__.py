"""Pages of the two registers. They find the clerk, call one service and choose the next page."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_babel import lazy_gettext as _l

from core import listing
from core.masterdata.models import Unit
from core.text.thai import format_date, today
from core.web.unit_of_work import db
from plugins.saraban import forms, permissions, reports, services
from plugins.saraban.models import IncomingLetter, OutgoingLetter
from plugins.saraban.views.intake import LetterView
from plugins.saraban.views.register import short_number


class IncomingView(LetterView):
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

    def _day(self) -> Any:
        return IncomingLetter.received_on

    def columns(self) -> list[listing.Column]:
        return [
            listing.Column("number", _l("Receipt no."), short_number, link=True, sort=IncomingLetter.id),
            listing.Column("received_on", _l("Received"), kind="date", wide=True),
            listing.Column("doc_no", _l("Letter no."), wide=True),
            listing.Column("doc_date", _l("Dated"), kind="date", wide=True),
            listing.Column("sender", _l("From"), kind="name"),
            listing.Column("recipient", _l("To (addressee)"), kind="name", wide=True),
            listing.Column("subject", _l("Subject"), kind="subject"),
            *self._more_columns(),
        ]

    def facts(self, record: Any) -> list[tuple[Any, Any]]:
        clock = f" {record.received_time:%H.%M} น." if record.received_time else ""
        return [
            (_l("Received on"), format_date(record.received_on, "letter") + clock),
            *super().facts(record),
        ]

    def _prefill(self, form: Any, unit: Unit) -> None:
        form.received_on.data = today()
        form.recipient.data = request.args.get("recipient", "")[:200] or _default_head(unit)
        if raw := request.args.get("received_on", ""):
            form.received_on.typed = raw[:20]

    def _kept(self, record: Any) -> dict[str, Any]:
        return {"received_on": format_date(record.received_on, "typed")}

    def _register(self, unit_id: int, values: dict[str, Any]) -> Any:
        return services.register_incoming(db, unit_id, values, clerk=self._clerk(), today=today())


class OutgoingView(LetterView):
    """ทะเบียนหนังสือส่ง."""

    route_base = "/saraban/outgoing"
    resource = permissions.OUTGOING
    model = OutgoingLetter
    title = _l("Outgoing letters")
    new_title = _l("Register an outgoing letter")
    icon = "send"
    calendar = "registered_on"
    empty_hint = _l("No letter yet. Press New to register the first.")
    form_class = forms.OutgoingForm
    correction_form = forms.OutgoingCorrectionForm
    books = reports.OUTGOING_BOOKS

    def columns(self) -> list[listing.Column]:
        return [
            listing.Column("number", _l("Dispatch no."), short_number, link=True, sort=OutgoingLetter.id),
            listing.Column("doc_no", _l("Letter no."), wide=True),
            listing.Column("doc_date", _l("Dated"), kind="date"),
            listing.Column("sender", _l("From"), kind="name", wide=True),
            listing.Column("recipient", _l("To (addressee)"), kind="name"),
            listing.Column("subject", _l("Subject"), kind="subject"),
            *self._more_columns(),
        ]

    def _prefill(self, form: Any, unit: Unit) -> None:
        form.doc_date.data = today()
        form.sender.data = unit.name

    def _register(self, unit_id: int, values: dict[str, Any]) -> Any:
        return services.register_outgoing(db, unit_id, values, clerk=self._clerk(), today=today())


def _default_head(unit: Unit) -> str:
    """To whom most letters of a unit are addressed: its head, by position."""
    return f"ผอ.{unit.name}"


VIEWS = [IncomingView, OutgoingView]

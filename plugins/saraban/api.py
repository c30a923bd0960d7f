"""Both registers for other systems: read, search, and register."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.base.errors import NotFound, RuleError
from core.base.text.thai import clean, today
from core.exchange.api.declare import ApiResource, ApiSchema, fields, text, validate
from core.web import public_url
from core.web.unit_of_work import db
from plugins.saraban.forms import directory
from plugins.saraban.models.dispatches import KHET
from plugins.saraban.models.letters import OutgoingLetter
from plugins.saraban.work import exchange


class LetterSchema(ApiSchema):
    """A line of a register. `number_text`/`year` is the register number; years are พ.ศ."""

    id = fields.Integer(dump_only=True)
    unit_id = fields.Integer(required=True, metadata={"description": "whose register", "example": 1})
    book = fields.String(dump_only=True)
    year = fields.Integer(dump_only=True)
    number_text = fields.String(dump_only=True)
    doc_no = text(80, metadata={"example": "ศธ 04001/123"})
    doc_date = fields.Date(allow_none=True)
    sender = text(200, required=True, metadata={"example": "สพฐ."})
    recipient = text(200, required=True, metadata={"example": "ผอ.เขต"})
    subject = text(1000, required=True, metadata={"example": "ขอเชิญประชุม"})
    action = text(1000)
    remark = text(500)
    speed = fields.Integer(validate=validate.OneOf([0, 1, 2, 3]), metadata={"description": "0 ปกติ … 3 ด่วนที่สุด"})
    due_at = fields.AwareDateTime(allow_none=True)
    status = fields.String(dump_only=True)
    registered_on = fields.Date(dump_only=True)
    registered_by = fields.String(dump_only=True)


class IncomingLetterSchema(LetterSchema):
    """A line of the register of incoming letters."""

    received_on = fields.Date(metadata={"description": "today where it is not said"})


class OutgoingLetterSchema(LetterSchema):
    """A line of the register of outgoing letters. An empty doc_no becomes the unit's prefix and the number."""

    circular = fields.Boolean()


class DispatchSchema(ApiSchema):
    """A letter on its way to one recipient. Sending is making one; `state` tells how far it is."""

    id = fields.Integer(dump_only=True)
    letter_id = fields.Integer(required=True, metadata={"description": "an outgoing letter", "example": 1})
    channel = fields.String(
        required=True, validate=validate.OneOf(["khet", "mail", "post", "hand"]), metadata={"example": "post"}
    )
    to_unit_id = fields.Integer(allow_none=True, metadata={"description": "for khet: the recipient's unit"})
    recipient = text(200, metadata={"description": "for the other channels: its name", "example": "สพฐ."})
    address = text(200, metadata={"description": "for mail: the e-mail address"})
    reply_by = fields.Date(allow_none=True)
    doc_no = fields.String(dump_only=True)
    state = fields.String(dump_only=True)
    sent_at = fields.AwareDateTime(dump_only=True)
    opened_at = fields.AwareDateTime(dump_only=True)
    registered_at = fields.AwareDateTime(dump_only=True)
    their_number = fields.String(dump_only=True)
    acknowledged_at = fields.AwareDateTime(dump_only=True)


def _send(view: Any, values: dict[str, Any]) -> Any:
    """Put a letter on its way to one recipient; the letter must be of a unit at which the token's user may add."""
    letter = db.get(OutgoingLetter, values["letter_id"])
    if letter is None or letter.secrecy:
        raise NotFound
    view.require_at("add", letter.unit_id)
    if values["channel"] == KHET:
        to = directory.recipient(values.get("to_unit_id") or 0)
        if to is None:
            raise RuleError(_("Choose one from the list."), field="to_unit_id")
    else:
        if not clean(values.get("recipient") or ""):
            raise RuleError(_("Fill this in."), field="recipient")
        to = exchange.Recipient(values["recipient"], values["channel"], address=values.get("address") or "")
    public = public_url.base()
    return exchange.send(db, letter, [to], reply_by=values.get("reply_by"), today=today(), public_url=public)[0]


def _register(view: Any, values: dict[str, Any]) -> Any:
    """Register by the service that the intake form uses; the unit must be one where the token's user may add."""
    unit_id = values.pop("unit_id")
    view.require_at("add", unit_id)
    return view._register(unit_id, values)


def _register_incoming(view: Any, values: dict[str, Any]) -> Any:
    values.setdefault("received_on", today())
    return _register(view, values)


RESOURCES = [
    ApiResource("incoming-letters", _l("Incoming letters"), "IncomingView", IncomingLetterSchema, _register_incoming),
    ApiResource("dispatches", _l("Letters sent, by recipient"), "DispatchView", DispatchSchema, _send),
    ApiResource("outgoing-letters", _l("Outgoing letters"), "OutgoingView", OutgoingLetterSchema, _register),
]

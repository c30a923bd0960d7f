"""Both registers for other systems: read, search, and register."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from core.api.declare import ApiResource, ApiSchema, fields, text, validate
from core.text.thai import today


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
    ApiResource("outgoing-letters", _l("Outgoing letters"), "OutgoingView", OutgoingLetterSchema, _register),
]

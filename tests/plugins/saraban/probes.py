"""How a test walks through the registers' POST doors."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from core.db.scope import KhetSession
from core.masterdata.models import Unit
from plugins.saraban.models import IncomingLetter, OutgoingLetter
from tests.core.probes import DAY, cell, pdf
from tests.support import HOME, World

GRANTS: dict[str, list[str]] = {}


def samples(session: KhetSession) -> dict[Any, Any]:
    """A letter of the office in each register."""
    office = select(Unit.id).where(Unit.kind == "office").scalar_subquery()
    found: dict[Any, Any] = {}
    for model in (IncomingLetter, OutgoingLetter):
        letter = session.scalars(
            select(model).where(model.unit_id == office, model.secrecy == 0).order_by(model.id)
        ).first()
        assert letter is not None
        found[model] = letter.id
    return found


def _staged(world: World) -> int:
    answer = world.browser(f"clerk.{HOME}").post("/uploads/", {"file": pdf()}, content_type="multipart/form-data")
    return answer.json["id"]


INLINE = {"IncomingView.cell": "action", "OutgoingView.cell": "remark"}
BULK = {"IncomingView.bulk": "assign", "OutgoingView.bulk": "act"}


PROBES: dict[str, Any] = {
    "IncomingLettersApi.add": ("clerk", lambda w, i: {"unit_id": i["unit_id"], "sender": "ก", "recipient": "ข", "subject": "ค"}),
    "OutgoingLettersApi.add": ("clerk", lambda w, i: {"unit_id": i["unit_id"], "sender": "ก", "recipient": "ข", "subject": "ค"}),
    "IncomingView.bulk": ("clerk", lambda w, i: {"assignee_id": w.account(f"director.{HOME}").id}),
    "IncomingView.cell": ("clerk", cell(IncomingLetter, "action", "ทราบ")),
    "OutgoingView.bulk": ("clerk", lambda w, i: {"action": "ส่งแล้ว"}),
    "OutgoingView.cell": ("clerk", cell(OutgoingLetter, "remark", "ไปรษณีย์")),
    "IncomingView.add": ("clerk", lambda w, i: {"unit_id": i["unit_id"], "received_on": DAY, "sender": "ก", "recipient": "ข", "subject": "ค", "speed": "0", "reserved": "0"}),
    "IncomingView.cancel": ("clerk", lambda w, i: {"reason": "ลงซ้ำ"}),
    "IncomingView.correct": ("clerk", lambda w, i: {"received_on": DAY, "sender": "ก", "recipient": "ข", "subject": "แก้", "reason": "พิมพ์ผิด"}),
    "IncomingView.edit": ("clerk", lambda w, i: {"action": "ทราบ", "speed": "0", "reserved": "0"}),
    "IncomingView.files": ("clerk", lambda w, i: {"files": _staged(w)}),
    "OutgoingView.add": ("clerk", lambda w, i: {"unit_id": i["unit_id"], "doc_date": DAY, "sender": "ก", "recipient": "ข", "subject": "ค", "speed": "0", "reserved": "0"}),
    "OutgoingView.cancel": ("clerk", lambda w, i: {"reason": "ลงซ้ำ"}),
    "OutgoingView.correct": ("clerk", lambda w, i: {"doc_no": "1", "doc_date": DAY, "sender": "ก", "recipient": "ข", "subject": "แก้", "reason": "พิมพ์ผิด"}),
    "OutgoingView.edit": ("clerk", lambda w, i: {"action": "ทราบ", "speed": "0", "reserved": "0"}),
    "OutgoingView.files": ("clerk", lambda w, i: {"files": _staged(w)}),
}  # fmt: skip

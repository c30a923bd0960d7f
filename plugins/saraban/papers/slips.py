"""What goes along with a letter on paper: envelopes (แบบที่ 15) and receipts (แบบที่ 17)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.base.text.thai import BANGKOK, format_date, thai_digits
from core.platform.documents import typeset
from core.platform.documents.lines import lines
from core.platform.masterdata.models import Unit
from core.records.files import store
from core.storage.scope import KhetSession
from plugins.saraban import settings
from plugins.saraban.models.dispatches import Dispatch
from plugins.saraban.models.letters import OutgoingLetter
from plugins.saraban.papers.paper import CM, SIZE, SPEEDS

TEMPLATES = Path(__file__).resolve().parent / "templates"


def _set(text: str, room: float) -> list[str]:
    return lines(thai_digits(text), room, SIZE) if text else []


def receipt(session: KhetSession, root: Path, one: Dispatch, sender: str) -> bytes:
    """ใบรับหนังสือ of one recipient, with who took it and the drawn signature, or room for the pen."""
    drawn = store.picture(session, Dispatch.__tablename__, one.id)
    picture = store.read(root, drawn) if drawn is not None else None
    at = one.opened_at.astimezone(BANGKOK) if one.opened_at is not None else None
    room = 12 * CM
    data: dict[str, Any] = {
        "title": one.label, "number": thai_digits(one.doc_no), "sender": _set(sender, room),
        "recipient": _set(one.recipient, room), "subject": _set(one.subject, room),
        "day": thai_digits(format_date(at.date(), "letter")) if at is not None else "." * 40,
        "time": thai_digits(f"{at:%H.%M} น.") if at is not None else "." * 20,
        "taken": _set(f"({one.proof})", 7.5 * CM) if one.proof else [],
        "signature": typeset.picture(picture),
    }  # fmt: skip
    return typeset.pdf("receipt.typ", data, templates=TEMPLATES)


def envelopes(session: KhetSession, letter: OutgoingLetter, names: Sequence[str]) -> bytes:
    """One page for each of `names`, its recipients on paper; for the letter's own recipient where there is none yet."""
    unit = session.get(Unit, letter.unit_id)
    name = unit.name if unit is not None else letter.sender
    place = settings.of_unit(session, letter.unit_id).address
    data = {
        "title": letter.doc_no, "number": thai_digits(letter.doc_no), "speed": SPEEDS[letter.speed],
        "sender": _set("\n".join(part for part in (name, place) if part), 9 * CM), "salutation": "เรียน",
        "envelopes": [_set(one, 9.5 * CM) for one in names or [letter.recipient]],
    }  # fmt: skip
    return typeset.pdf("envelopes.typ", data, templates=TEMPLATES)

"""The sample letter and the conditions as PDF."""

from __future__ import annotations

from pathlib import Path

from core.base.text.thai import thai_digits
from core.platform.documents import typeset
from core.platform.documents.lines import lines
from plugins.service_request.models import Request
from plugins.service_request.requests import letters

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"
#: points between the margins of A4, and the size of the type
ROOM, SIZE, INDENT = 453.0, 16.0, 70.0


def sample(request: Request, lead_days: int) -> bytes:
    """What the requester sends, word for word, and under what conditions."""
    wanted = letters.sample_letter(request)
    body = [lines(thai_digits(text), ROOM, SIZE, indent=INDENT) for text in wanted["body"].split("\n") if text]
    said = [
        lines(thai_digits(f"{number}. {text.format(days=lead_days)}"), ROOM, SIZE)
        for number, text in enumerate(letters.CONDITIONS, start=1)
    ]
    data = {
        "title": wanted["subject"],
        "subject": wanted["subject"],
        "indent": INDENT,
        "body": body,
        "conditions": said,
    }
    return typeset.pdf("sample.typ", data, templates=TEMPLATES)

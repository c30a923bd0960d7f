"""The letters that a record cites, on its page."""

from __future__ import annotations

from typing import Any

from flask import g, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.citing import services as citing
from core.crud import Related
from core.neighbours import LetterFacts
from core.text.thai import format_date
from core.web.unit_of_work import db, khet, neighbours


def cited_panel(record: Any, titles: dict[str, Any]) -> list[Related]:
    """The letters that a record cites; each opens where its module is on."""
    found = citing.cited(db, record)
    rows = []
    for role, title in titles.items():
        if role not in found:
            continue
        one = found[role]
        view = khet().views.get(one.view)
        there = view is not None and neighbours().has(view.plugin) and one.letter_id
        address = url_for(f"{one.view}.show", record_id=one.letter_id) if there else ""
        number = one.number or _("Draft, without a number")
        rows.append((address, [number, title, format_date(one.dated, "short"), one.subject]))
    heads = [_l("Letter no."), _l("What it is"), _l("Dated"), _l("Subject")]
    return [Related(_l("Cited letters"), heads, rows, "envelope-paper")] if rows else []


def asked_letter() -> LetterFacts | None:
    """The letter that a form's address names (`letter=table:id`), where its reader may see it."""
    kind, _colon, raw = request.args.get("letter", "").partition(":")
    if not raw.isdecimal() or len(raw) > 9:
        return None
    return neighbours().letter(db, g.actor, kind, int(raw))

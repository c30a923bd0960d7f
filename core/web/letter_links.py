"""The letters that a record cites, on its page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, g, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.base.text.dates import shown_date
from core.records.integrations import LetterFacts
from core.records.letter_links import services as citing
from core.records.letter_links.models import ArrivedLetter
from core.web.crud import Related
from core.web.unit_of_work import db, integrations


def cited_panel(record: Any, titles: dict[str, Any]) -> list[Related]:
    """The letters that a record cites; each opens for who may open it, and a draft is the office's own."""
    found = citing.every(db, record)
    rows = []
    for role, title in titles.items():
        one = found.get(role)
        if one is None or not (one.number or g.actor.inside):
            continue
        letter = integrations().letter(db, g.actor, one.letter_kind, one.letter_id) if one.letter_id else None
        address = url_for(f"{letter.view}.show", record_id=letter.record_id) if letter is not None else ""
        number = one.number or ("" if one.ended else _("Draft, without a number"))
        said = " · ".join(filter(None, (number, str(citing.ENDED.get(one.ended, "")))))
        rows.append((address, [said, title, shown_date(one.dated, "short"), one.subject]))
    heads = [_l("Letter no."), _l("What it is"), _l("Dated"), _l("Subject")]
    return [Related(_l("Cited letters"), heads, rows, "envelope-paper")] if rows else []


def replaced(record: Any, role: str, typed: str | None) -> Callable[[], None]:
    """To be asked before a number is taken, and called after it: says that the draft it replaced is still there."""
    one = citing.cited(db, record).get(role)
    subject = one.subject if typed and one is not None and not one.number else ""

    def say() -> None:
        if subject:
            flash(
                _("The typed number counts; the draft “%(subject)s” stays among the drafts.", subject=subject), "info"
            )

    return say


def begins_with(record: Any) -> str:
    """What an address says as `letter=` so that its form begins with this record (`asked_letter` reads it); empty where
    it is no letter that came in, or is secret."""
    came_in = isinstance(record, ArrivedLetter)
    letter: Any = record
    return f"{letter.__tablename__}:{letter.id}" if came_in and not getattr(letter, "secrecy", 0) else ""


def asked_letter() -> LetterFacts | None:
    """The letter that a form's address names (`letter=table:id`), where its reader may see it."""
    kind, _colon, raw = request.args.get("letter", "").partition(":")
    if not raw.isdecimal() or len(raw) > 9:
        return None
    return integrations().letter(db, g.actor, kind, int(raw))

"""The letters that a record cites, on its page, and the letter that a record begins with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import flash, g, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.base.errors import NotFound
from core.base.identity import Actor
from core.base.text.dates import shown_date
from core.plugins.hookspecs import hookimpl
from core.plugins.manifest import ActionLink
from core.records.integrations import LetterFacts
from core.records.letter_links import services as citing
from core.records.letter_links.models import ArrivedLetter
from core.storage.scope import KhetSession
from core.web.forms import KhetForm, ThaiDateField, text
from core.web.page_parts import Related
from core.web.unit_of_work import db, integrations


def letter_form(number: Any, dated: Any) -> type[KhetForm]:
    """The form of a step for which a letter needs its number (`citing.settle`); `number` and `dated` name its fields
    `letter_no` and `letter_on`."""

    class LetterForm(KhetForm):
        """A letter's number and date, where no draft of it lies here."""

        letter_no = text(
            number, most=100, need=False,
            help=_l("Empty where it was drafted and numbered here. A number typed here takes the place of a draft."),
        )  # fmt: skip
        letter_on = ThaiDateField(dated, need=False)

    return LetterForm


def cited_panel(record: Any, titles: Mapping[str, Any]) -> list[Related]:
    """The letters that a record cites; each opens for who may open it. Who does, or is of the office, sees a draft."""
    found = citing.every(db, record)
    rows = []
    for role, title in titles.items():
        one = found.get(role)
        if one is None:
            continue
        letter = integrations().letter(db, g.actor, one.letter_kind, one.letter_id) if one.letter_id else None
        if not (one.number or g.actor.inside or letter is not None):
            continue
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
    it is no letter that came in, is secret, or was cancelled."""
    if not isinstance(record, ArrivedLetter):
        return ""
    letter: Any = record
    known = integrations().letter(db, g.actor, letter.__tablename__, letter.id)
    return "" if known is None or known.ended else f"{known.kind}:{known.record_id}"


def begins_work(title: Any, endpoint: str, icon: str, verb: str, resource: str) -> Callable[..., list[ActionLink]]:
    """The hook `khet_action_links` of a module that begins work with a letter that came in.

    Who holds the right (verb, resource) finds the button on the letter's page; it opens the form at `endpoint`, which
    asks `asked_letter`.
    """

    @hookimpl
    def offered(session: KhetSession, actor: Actor, record: Any) -> list[ActionLink]:
        letter = begins_with(record)
        if not letter or not actor.may(resource, verb):
            return []
        return [ActionLink(title, url_for(endpoint, letter=letter), icon)]

    return offered


def asked_letter() -> LetterFacts | None:
    """The letter that a form's address names (`letter=table:id`), None where it names none. Raises NotFound for one
    that its reader may not see."""
    asked = request.args.get("letter", "")
    if not asked:
        return None
    kind, _colon, raw = asked.partition(":")
    found = integrations().letter(db, g.actor, kind, int(raw)) if raw.isdecimal() and len(raw) < 10 else None
    if found is None:
        raise NotFound
    return found

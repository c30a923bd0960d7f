"""Citing letters. Knows no Flask; sync.py follows what becomes of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from core.base.errors import Doubt, RuleError
from core.base.identity import Actor
from core.base.text.thai import clean
from core.records.integrations import Integrations, LetterFacts, LetterWanted
from core.records.letter_links.models import CitedLetter
from core.storage.scope import KhetSession

#: what became of a letter that counts for nothing any more
ENDED = {"dropped": _l("Draft dropped"), "cancelled": _l("Cancelled")}


def every(session: KhetSession, record: Any) -> dict[str, CitedLetter]:
    """The letters that a record cites, by role; also those that were dropped or cancelled since."""
    found = select(CitedLetter).where(CitedLetter.kind == record.__tablename__, CitedLetter.record_id == record.id)
    return {one.role: one for one in session.scalars(found)}


def cited(session: KhetSession, record: Any) -> dict[str, CitedLetter]:
    """The letters that a record cites and that are valid, by role."""
    return {role: one for role, one in every(session, record).items() if not one.ended}


def cite(
    session: KhetSession, record: Any, role: str, letter: LetterFacts, *, agreed: str | None = None
) -> CitedLetter:
    """Point at a letter; a new one takes the place of the former.

    `agreed`: where another record of this kind cites it in this role, that is asked once (Doubt); it holds what the
    form has said yes to. None asks nothing. Raises RuleError for a letter that counts for nothing any more.
    """
    if letter.ended:
        raise RuleError(_("This letter was cancelled: nothing begins with it any more."))
    if agreed is not None:
        same = CitedLetter.letter_kind == letter.kind, CitedLetter.letter_id == letter.record_id
        _ask_of_others(session, record, role, agreed, *same)
    one = _row(session, record, role)
    one.point_at(letter)
    session.flush()
    return one


def check_draft(session: KhetSession, record: Any, role: str) -> None:
    """Raises RuleError where the record cites a letter in this role."""
    if (known := cited(session, record).get(role)) is not None:
        raise RuleError(_("This letter is there already: %(letter)s.", letter=known.label))


def draft(
    session: KhetSession, record: Any, role: str, wanted: LetterWanted, actor: Actor, integrations: Integrations
) -> CitedLetter:  # fmt: skip
    """Have a letter drafted where letters are written, and cite it; its number is read when it has one.

    Raises RuleError where the record cites a letter in this role, where no module drafts letters, and for who may not.
    """
    check_draft(session, record, role)
    return cite(session, record, role, integrations.draft_letter(session, actor, wanted))


def numbers(session: KhetSession, model: Any, ids: Sequence[int]) -> dict[tuple[int, str], str]:
    """The numbers of the valid letters that records of one kind cite, by (the record's id, role)."""
    found = select(CitedLetter).where(
        CitedLetter.kind == model.__tablename__, CitedLetter.record_id.in_(ids), CitedLetter.ended == ""
    )
    return {(one.record_id, one.role): one.number for one in session.scalars(found)}


def uncite(session: KhetSession, record: Any, role: str) -> None:
    """Cite no letter in this role any more; the letter itself stays where it is kept."""
    one = every(session, record).get(role)
    if one is not None:
        session.delete(one)
        session.flush()


def type_in(
    session: KhetSession, record: Any, role: str, number: str, dated: date | None, subject: str = "", *,
    agreed: str | None = None, today: date,
) -> CitedLetter:  # fmt: skip
    """A letter that no module here keeps: its number and date as somebody typed them. `agreed`: as of `cite`."""
    number = clean(number)
    if not number:
        raise RuleError(_("Type the letter's number."), field="letter_no")
    if dated is None:
        raise RuleError(_("Type the letter's date."), field="letter_on")
    if dated > today:
        raise RuleError(_("The letter's date lies in the future."), field="letter_on")
    if agreed is not None:
        _ask_of_others(session, record, role, agreed, CitedLetter.number == number, CitedLetter.dated == dated)
    one = _row(session, record, role)
    one.letter_kind, one.letter_id, one.view, one.ended = "", None, "", ""
    one.number, one.dated, one.subject = number[:100], dated, clean(subject)[:300]
    session.flush()
    return one


def settle(
    session: KhetSession, record: Any, role: str, name: Any, number: str, dated: date | None, *,
    subject: str, today: date,
) -> CitedLetter:  # fmt: skip
    """The numbered letter of a record for a step that needs it: the one it cites, or as number and date are typed.

    What is typed takes the place of a draft, which stays where drafts are kept; of a letter that has its number it
    does not. Raises RuleError where neither gives a number.
    """
    one, typed = cited(session, record).get(role), clean(number)
    if one is not None and one.number:
        if typed and typed != one.number:
            raise RuleError(_("This letter is there already: %(letter)s.", letter=one.label), field="letter_no")
        return one
    if one is None or typed or dated is not None:
        return type_in(session, record, role, number, dated, subject, today=today)
    raise RuleError(
        _(
            "%(letter)s has no number yet: it is still a draft. Give it its number, or type number and date here.",
            letter=str(name),
        ),
        field="letter_no",
    )  # fmt: skip


def to_type(session: KhetSession, record: Any, role: str) -> tuple[str, ...]:
    """Fields that `settle` needs filled in, for no letter of the record has its number in this role."""
    one = cited(session, record).get(role)
    return () if one is not None and one.number else ("letter_no", "letter_on")


def _row(session: KhetSession, record: Any, role: str) -> CitedLetter:
    one = every(session, record).get(role)
    if one is None:
        one = CitedLetter(kind=record.__tablename__, record_id=record.id, role=role)
        session.add(one)
    return one


def _ask_of_others(session: KhetSession, record: Any, role: str, agreed: str, *same: Any) -> None:
    others = select(CitedLetter.record_id).where(
        CitedLetter.kind == record.__tablename__,
        CitedLetter.role == role,
        CitedLetter.record_id != record.id,
        CitedLetter.ended == "",
        *same,
    )
    known = [str(number) for number in session.scalars(others.order_by(CitedLetter.record_id.desc()).limit(20))]
    if set(known) - set(agreed.split()):
        other = session.get(type(record), int(known[0]))
        text = _(
            "This letter belongs to another record already: %(record)s. Save again if it is the same letter and "
            "another matter.",
            record=other.label[:100] if other is not None else known[0],
        )
        raise Doubt(text, field="letter_no", mark=" ".join(known))

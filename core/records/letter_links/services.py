"""Citing letters. Knows no Flask; sync.py follows what becomes of them."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from core.base.errors import RuleError
from core.base.text.thai import clean
from core.records.integrations import LetterFacts
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


def cite(session: KhetSession, record: Any, role: str, letter: LetterFacts, *, alone: bool = False) -> CitedLetter:
    """Point at a letter; a new one takes the place of the former.

    `alone`: no other record of this kind may cite it in this role (RuleError).
    """
    if alone:
        _refuse_taken(
            session, record, role, CitedLetter.letter_kind == letter.kind, CitedLetter.letter_id == letter.record_id
        )
    one = _row(session, record, role)
    one.point_at(letter)
    session.flush()
    return one


def uncite(session: KhetSession, record: Any, role: str) -> None:
    """Cite no letter in this role any more; the letter itself stays where it is kept."""
    one = every(session, record).get(role)
    if one is not None:
        session.delete(one)
        session.flush()


def type_in(
    session: KhetSession, record: Any, role: str, number: str, dated: date | None, subject: str = "", *,
    alone: bool = False, today: date,
) -> CitedLetter:  # fmt: skip
    """A letter that no module here keeps: its number and date as somebody typed them."""
    number = clean(number)
    if not number:
        raise RuleError(_("Type the letter's number."), field="letter_no")
    if dated is None:
        raise RuleError(_("Type the letter's date."), field="letter_on")
    if dated > today:
        raise RuleError(_("The letter's date lies in the future."), field="letter_on")
    if alone:
        _refuse_taken(session, record, role, CitedLetter.number == number, CitedLetter.dated == dated)
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


def _row(session: KhetSession, record: Any, role: str) -> CitedLetter:
    one = every(session, record).get(role)
    if one is None:
        one = CitedLetter(kind=record.__tablename__, record_id=record.id, role=role)
        session.add(one)
    return one


def _refuse_taken(session: KhetSession, record: Any, role: str, *same: Any) -> None:
    other = select(CitedLetter.id).where(
        CitedLetter.kind == record.__tablename__,
        CitedLetter.role == role,
        CitedLetter.record_id != record.id,
        CitedLetter.ended == "",
        *same,
    )
    if session.scalar(other.limit(1)) is not None:
        raise RuleError(_("This letter is used by another record already."), field="letter_no")

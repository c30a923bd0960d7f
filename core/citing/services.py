"""Citing letters. Knows no Flask; other modules are asked through `Neighbours`."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from core.citing.models import CitedLetter
from core.db.scope import KhetSession
from core.errors import RuleError
from core.identity import Actor
from core.neighbours import LetterFacts, Neighbours
from core.text.thai import clean


def cited(session: KhetSession, record: Any) -> dict[str, CitedLetter]:
    """The letters that a record cites, by role."""
    found = select(CitedLetter).where(CitedLetter.kind == record.__tablename__, CitedLetter.record_id == record.id)
    return {one.role: one for one in session.scalars(found)}


def cite(session: KhetSession, record: Any, role: str, letter: LetterFacts, *, alone: bool = False) -> CitedLetter:
    """Point at a letter; a new one takes the place of the former.

    `alone`: no other record of this kind may cite it in this role (RuleError).
    """
    if alone:
        _refuse_taken(
            session, record, role, CitedLetter.letter_kind == letter.kind, CitedLetter.letter_id == letter.record_id
        )
    one = _row(session, record, role)
    one.letter_kind, one.letter_id, one.view = letter.kind, letter.record_id, letter.view
    one.number, one.dated, one.subject = letter.number[:100], letter.dated, letter.subject[:300]
    session.flush()
    return one


def let_go(session: KhetSession, record: Any, role: str) -> None:
    """Cite no letter in this role any more; the letter itself stays where it is kept."""
    one = cited(session, record).get(role)
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
    one.letter_kind, one.letter_id, one.view = "", None, ""
    one.number, one.dated, one.subject = number[:100], dated, clean(subject)[:300]
    session.flush()
    return one


def follow(session: KhetSession, actor: Actor, neighbours: Neighbours, record: Any, role: str) -> CitedLetter | None:
    """The cited letter with the number that its draft may have got meanwhile; None where none is cited."""
    one = cited(session, record).get(role)
    if one is None or not one.letter_id or one.number:
        return one
    letter = neighbours.letter(session, actor, one.letter_kind, one.letter_id)
    if letter is not None and letter.number:
        return cite(session, record, role, letter)
    return one


def numbered(session: KhetSession, actor: Actor, neighbours: Neighbours, record: Any, role: str, name: Any) -> None:
    """Raises RuleError unless the record's letter in this role is there and has its number."""
    one = follow(session, actor, neighbours, record, role)
    if one is None:
        raise RuleError(_("First: %(letter)s.", letter=str(name)))
    if not one.number:
        raise RuleError(_("%(letter)s has no number yet: it is still a draft.", letter=str(name)))


def _row(session: KhetSession, record: Any, role: str) -> CitedLetter:
    one = cited(session, record).get(role)
    if one is None:
        one = CitedLetter(kind=record.__tablename__, record_id=record.id, role=role)
        session.add(one)
    return one


def _refuse_taken(session: KhetSession, record: Any, role: str, *same: Any) -> None:
    other = select(CitedLetter.id).where(
        CitedLetter.kind == record.__tablename__, CitedLetter.role == role, CitedLetter.record_id != record.id, *same
    )
    if session.scalar(other.limit(1)) is not None:
        raise RuleError(_("This letter is used by another record already."), field="letter_no")

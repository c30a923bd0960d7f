"""Forms 18 to 25 in the order of their columns (domain notes on saraban §2)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, select

from core.base.identity import Actor
from core.base.text.dates import shown_date
from core.base.text.thai import BUDDHIST_OFFSET
from core.exchange.reports.report import Column, Parameter, Report, size_of
from core.storage.scope import KhetSession
from plugins.saraban import permissions
from plugins.saraban.forms.storage import DECISIONS
from plugins.saraban.models.letters import IncomingLetter, OutgoingLetter
from plugins.saraban.models.storage import DEPOSITED, STORED, Destruction, DestructionLine, Folder, Loan, Stored
from plugins.saraban.reports import asking
from plugins.saraban.work.storage import TO_ARCHIVES

_UNIT = asking.units(permissions.STORAGE)


def _of_year(unit_id: int, year: int) -> Any:
    found = select(Stored, Folder.code).join(Folder, Folder.id == Stored.folder_id).where(Stored.unit_id == unit_id)
    if year:
        first, last = date(year - BUDDHIST_OFFSET, 1, 1), date(year - BUDDHIST_OFFSET, 12, 31)
        found = found.where(Stored.stored_on.between(first, last))
    return found.order_by(Stored.number)


def _kept(stored: Stored) -> str:
    return f"เก็บถึง พ.ศ. {stored.keep_until.year + BUDDHIST_OFFSET}" if stored.keep_until else "ห้ามทำลาย"


def _stored(session: KhetSession, unit_id: int, year: int) -> Iterable[tuple[Any, ...]]:
    for one, code in session.execute(_of_year(unit_id, year)):
        yield one.number, one.stored_on, one.register_no, one.doc_no, one.subject, code, _kept(one), one.remark


def _old(unit_id: int, year: int, *, own: bool) -> Any:
    """Letters that are 20 years old with the end of the year; `own`: those that the office keeps itself."""
    last = date((year or 9999) - BUDDHIST_OFFSET - TO_ARCHIVES, 12, 31)
    found = _of_year(unit_id, 0).where(Stored.state == STORED, Stored.doc_date <= last)
    return found.where(Stored.keep_until.is_(None) if own else Stored.keep_until.is_not(None))


def _to_archives(session: KhetSession, unit_id: int, year: int) -> Iterable[tuple[Any, ...]]:
    for place, (one, code) in enumerate(session.execute(_old(unit_id, year, own=False)), start=1):
        yield place, code, one.doc_no, one.doc_date, one.register_no, one.subject, one.remark


def _kept_own(session: KhetSession, unit_id: int, year: int) -> Iterable[tuple[Any, ...]]:
    for place, (one, code) in enumerate(session.execute(_old(unit_id, year, own=True)), start=1):
        yield place, code, one.doc_no, one.doc_date, one.subject, one.remark


def _deposits(unit_id: int, year: int) -> Any:
    return _of_year(unit_id, year).where(Stored.state == DEPOSITED)


def _deposited(session: KhetSession, unit_id: int, year: int) -> Iterable[tuple[Any, ...]]:
    for place, (one, code) in enumerate(session.execute(_deposits(unit_id, year)), start=1):
        yield place, code, one.doc_no, one.doc_date, one.register_no, one.subject, one.remark


def _handed_in(session: KhetSession, unit_id: int, year: int) -> Iterable[tuple[Any, ...]]:
    for place, (one, _code) in enumerate(session.execute(_of_year(unit_id, year)), start=1):
        yield place, one.doc_no, one.doc_date, one.subject, _kept(one), one.remark


def _folders(session: KhetSession, actor: Actor) -> list[tuple[int, str]]:
    """Folders of the units whose storage the actor may export."""
    held = actor.units(permissions.STORAGE, "export")
    found = session.scalars(select(Folder).where(held.criterion(Folder.unit_id)).order_by(Folder.code).limit(500))
    return [(one.id, one.label) for one in found]


def _in_folder(folder_id: int) -> Any:
    return select(Stored).where(Stored.folder_id == folder_id).order_by(Stored.number)


def _cards(session: KhetSession, folder_id: int) -> Iterable[tuple[Any, ...]]:
    """What is in a folder, with the action as its register has it."""
    for one in session.scalars(_in_folder(folder_id)):
        model = IncomingLetter if one.kind == IncomingLetter.__tablename__ else OutgoingLetter
        action = session.scalar(select(model.action).where(model.id == one.letter_id))
        yield one.register_no, one.doc_no, one.doc_date, one.subject, action or ""


def _loans(unit_id: int, year: int) -> Select[Any]:
    found = select(Loan).where(Loan.unit_id == unit_id)
    if year:
        first, last = date(year - BUDDHIST_OFFSET, 1, 1), date(year - BUDDHIST_OFFSET, 12, 31)
        found = found.where(Loan.lent_on.between(first, last))
    return found.order_by(Loan.id)


def _lent(session: KhetSession, unit_id: int, year: int) -> Iterable[tuple[Any, ...]]:
    for one in session.scalars(_loans(unit_id, year)):
        yield (
            one.title, one.borrower, one.lent_by, one.lent_on, one.due_on, one.returned_by, one.returned_on
        )  # fmt: skip


def _list(unit_id: int, year: int) -> Any:
    found = (
        select(DestructionLine, Stored, Folder.code)
        .join(Destruction, Destruction.id == DestructionLine.destruction_id)
        .join(Stored, Stored.id == DestructionLine.stored_id)
        .join(Folder, Folder.id == Stored.folder_id)
        .where(Destruction.unit_id == unit_id)
    )
    if year:
        found = found.where(Destruction.year == year)
    return found.order_by(Destruction.year, Stored.number)


def _to_destroy(session: KhetSession, unit_id: int, year: int) -> Iterable[tuple[Any, ...]]:
    for place, (line, one, code) in enumerate(session.execute(_list(unit_id, year)), start=1):
        said = str(DECISIONS[line.decision])
        if line.decision == "extend":
            said = f"{said} {shown_date(line.extend_until, 'short')}"
        yield place, code, one.doc_no, one.doc_date, one.register_no, one.subject, said, line.dissent


_NUMBER = Column(_l("No."), "number", 8)
_FOLDER, _LETTER_NO = Column(_l("Folder"), width=12), Column(_l("Letter no."), width=18)
_DATED, _REGISTER = Column(_l("Dated"), "date", 13), Column(_l("Register number"), width=14)
_SUBJECT, _REMARK = Column(_l("Subject"), width=46), Column(_l("Remark"), width=20)


def _report(
    key: str, title: Any, columns: tuple[Column, ...], rows: Any, of: Any, signatures: tuple[Any, ...] = ()
) -> Report:
    return Report(
        key=key, title=title, resource=permissions.STORAGE, columns=columns, rows=rows,
        heading=lambda session, **asked: asking.heading(title, session, **asked),
        size=lambda session, **asked: size_of(session, of(**asked)),
        parameters=(_UNIT, asking.ANY_YEAR), signatures=signatures,
    )  # fmt: skip


def _card_heading(session: KhetSession, folder_id: int) -> list[str]:
    folder = session.get(Folder, folder_id)
    said = _("Subject: %(title)s  Code: %(code)s", title=folder.title, code=folder.code) if folder else ""
    return [str(FORM_18.title), said]


FORM_18: Report = Report(
    key="saraban.form18", title=_l("Search card of a folder (form 18)"), resource=permissions.STORAGE,
    columns=(
        _REGISTER, _LETTER_NO, _DATED, Column(_l("What it is about"), width=46), Column(_l("Action taken"), width=30),
    ),
    rows=_cards, heading=_card_heading, size=lambda session, folder_id: size_of(session, _in_folder(folder_id)),
    parameters=(Parameter("folder_id", _l("Folder"), _folders, int),),
)  # fmt: skip

REPORTS = [
    FORM_18,
    _report(
        "saraban.form19", _l("Letters handed to storage (form 19)"),
        (_NUMBER, _LETTER_NO, _DATED, _SUBJECT, Column(_l("Kept until"), width=18), _REMARK),
        _handed_in, _of_year, (_l("Handed over by"), _l("Keeper of the storage")),
    ),
    _report(
        "saraban.form23", _l("Letters deposited (form 23)"),
        (_NUMBER, _FOLDER, _LETTER_NO, _DATED, _REGISTER, _SUBJECT, _REMARK),
        _deposited, _deposits, (_l("Deposited by"), _l("Taken into deposit by")),
    ),
    _report(
        "saraban.form20", _l("Register of stored letters (form 20)"),
        (_NUMBER, Column(_l("Stored on"), "date", 13), _REGISTER, _LETTER_NO, _SUBJECT, _FOLDER,
         Column(_l("Kept until"), width=18), _REMARK),
        _stored, _of_year, (_l("Keeper of the storage"),),
    ),
    _report(
        "saraban.form21", _l("Letters of 20 years for the National Archives (form 21)"),
        (_NUMBER, _FOLDER, _LETTER_NO, _DATED, _REGISTER, _SUBJECT, _REMARK),
        _to_archives, lambda unit_id, year: _old(unit_id, year, own=False), (_l("Handed over by"), _l("Taken over by")),
    ),
    _report(
        "saraban.form22", _l("Letters of 20 years that the office keeps itself (form 22)"),
        (_NUMBER, _FOLDER, _LETTER_NO, _DATED, _SUBJECT, _REMARK),
        _kept_own, lambda unit_id, year: _old(unit_id, year, own=True), (_l("Keeper of the storage"),),
    ),
    _report(
        "saraban.form24", _l("Lent letters (form 24)"),
        (Column(_l("Letter"), width=46), Column(_l("Borrower"), width=22), Column(_l("Handed out by"), width=22),
         Column(_l("Lent on"), "date", 13), Column(_l("To be given back on"), "date", 13),
         Column(_l("Brought back by"), width=22), Column(_l("Given back on"), "date", 13)),
        _lent, _loans, (_l("Keeper of the storage"),),
    ),
    _report(
        "saraban.form25", _l("Letters to be destroyed (form 25)"),
        (_NUMBER, _FOLDER, _LETTER_NO, _DATED, _REGISTER, _SUBJECT, Column(_l("Decision"), width=20), _REMARK),
        _to_destroy, _list, (_l("Chair of the committee"), *[_l("Member of the committee")] * 2),
    ),
]  # fmt: skip

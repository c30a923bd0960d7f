"""Old registers of letters: numbers are kept, nothing waits for an action.

Rules: domain notes on saraban §5 and §9 (moving in from a paper register or an Excel file).
"""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.base.text.dates import shown_date
from core.base.text.thai import buddhist_year, heading_key, today
from core.exchange.imports.declare import WITHHELD, ImportColumn
from core.exchange.imports.registers import Register, first_day, register
from core.storage.scope import KhetSession
from core.web.register_options import register_options
from plugins.saraban import permissions
from plugins.saraban.models.letters import INCOMING, OUTGOING, IncomingLetter, OutgoingLetter
from plugins.saraban.work import registers

#: AMSS++ keeps both registers of an office in these tables (the columns' names stand among those of each column;
#: where an office's version has others, the page asks for them)
AMSS_TABLES = {IncomingLetter: ("bookregister_receive",), OutgoingLetter: ("bookregister_send",)}
#: what a register says of a letter that anybody of the unit may read
OPEN_LETTERS = frozenset({"", "0", "ปกติ", "ไม่ลับ", "no", "false"})


def _columns(incoming: bool) -> list[ImportColumn]:
    found = [
        ImportColumn("doc_no", _l("Letter no."), most=80, names=("ที่", "เลขที่หนังสือ", "ที่หนังสือ", "book_no")),
        ImportColumn("doc_date", _l("Dated"), "date", names=("ลงวันที่", "ลงวันที่ เดือน ปี", "signdate")),
        ImportColumn("sender", _l("From"), need=True, names=("จาก", "ผู้ส่ง", "หน่วยงานที่ส่ง", "book_from")),
        ImportColumn("recipient", _l("To (addressee)"), names=("ถึง", "เรียน", "ผู้รับ", "book_to")),
        ImportColumn("subject", _l("Subject"), most=1000, need=True, names=("เรื่อง", "subject")),
        ImportColumn("action", _l("Action taken"), most=1000, names=("การปฏิบัติ", "การดำเนินการ", "operation")),
        ImportColumn("remark", _l("Remark"), most=500, names=("หมายเหตุ", "comment")),
        ImportColumn("secrecy", _l("Secrecy"), names=("ชั้นความลับ", "ความลับ", "ลับ", "secret")),
    ]
    if incoming:
        found.insert(
            0,
            ImportColumn(
                "received_on",
                _l("Received on"),
                "date",
                names=("วันที่รับ", "รับวันที่", "วันรับ", "วันลงทะเบียน", "register_date"),
                otherwise=_l("the day of the letter, or 1 January of the book's year where it has none or is older"),
            ),
        )
    return found


def _check(values: dict[str, Any]) -> dict[str, Any]:
    if heading_key(values.pop("secrecy", "") or "") not in OPEN_LETTERS:
        return {WITHHELD: _("A secret letter is not taken in here. Its registrar enters it by hand.")}
    return _days(values)


def _days(values: dict[str, Any]) -> dict[str, Any]:
    """What the form would refuse or ask about: nobody looks at each of a thousand days."""
    wrong: dict[str, Any] = {}
    year, dated, received = values["year"], values.get("doc_date"), values.get("received_on")
    for name, day in (("doc_date", dated), ("received_on", received)):
        if day is not None and day > today():
            wrong[name] = _("The date lies in the future.")
    if dated is not None and received is not None and dated > received:
        wrong.setdefault("received_on", _("It came before the day on which it is dated."))
    if year is None:  # nobody can read it
        return wrong
    entered, name = (received, "received_on") if received is not None else (dated, "doc_date")
    if entered is not None and "received_on" in values and name == "doc_date":
        return wrong | _not_of(entered, year, name, earlier=1)
    if entered is not None:
        wrong |= _not_of(entered, year, name)
    if dated is not None and name == "received_on":
        wrong |= _not_of(dated, year, "doc_date", earlier=1)
    return wrong


def _not_of(day: date, year: int, name: str, earlier: int = 0) -> dict[str, Any]:
    """A day that cannot stand in the book of that year; `earlier`: so many years before it may be."""
    if year - earlier <= buddhist_year(day) <= year:
        return {}
    said = _("%(day)s does not belong into the book of %(year)s.", day=shown_date(day, "short"), year=year)
    return {name: said}


def _make(model: Any, session: KhetSession, known: Register, values: dict[str, Any]) -> Any:
    begins = first_day(values["year"])
    day = values.get("received_on") or max(values["doc_date"] or begins, begins)
    return registers.enter_old(session, model, known.number(session, values, day), values)


IMPORTERS = [
    register(
        "saraban.incoming", _l("Old register of incoming letters"), IncomingLetter, INCOMING,
        permissions.INCOMING, register_options(permissions.INCOMING), partial(_columns, True),
        partial(_make, IncomingLetter), check=_check, number=_l("Receipt no."),
        headings=("เลขทะเบียนรับ", "เลขรับ", "ทะเบียนรับ"), tables=AMSS_TABLES[IncomingLetter],
    ),
    register(
        "saraban.outgoing", _l("Old register of outgoing letters"), OutgoingLetter, OUTGOING,
        permissions.OUTGOING, register_options(permissions.OUTGOING), partial(_columns, False),
        partial(_make, OutgoingLetter), check=_check, number=_l("Dispatch no."),
        headings=("เลขทะเบียนส่ง", "เลขส่ง", "ทะเบียนส่ง"), tables=AMSS_TABLES[OutgoingLetter],
    ),
]  # fmt: skip

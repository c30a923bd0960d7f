"""สมุดส่งหนังสือ (แบบที่ 16) in the order of its columns (domain notes on saraban §2)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from core.base.text.thai import BANGKOK, BUDDHIST_OFFSET
from core.exchange.reports.report import Column, Report, size_of
from core.storage.scope import KhetSession
from plugins.saraban import permissions
from plugins.saraban.forms.exchange import CHANNELS
from plugins.saraban.models.dispatches import HAND, POST, Dispatch
from plugins.saraban.models.letters import OutgoingLetter
from plugins.saraban.reports import asking


def _of(unit_id: int, year: int) -> Any:
    found = (
        select(Dispatch, OutgoingLetter.number, OutgoingLetter.suffix, OutgoingLetter.sender, OutgoingLetter.recipient)
        .join(OutgoingLetter, OutgoingLetter.id == Dispatch.letter_id)
        .where(Dispatch.unit_id == unit_id, Dispatch.channel.in_([POST, HAND]), Dispatch.secrecy == 0)
    )
    if year:
        first = datetime(year - BUDDHIST_OFFSET, 1, 1, tzinfo=BANGKOK)
        found = found.where(Dispatch.queued_at >= first, Dispatch.queued_at < first.replace(year=first.year + 1))
    return found.order_by(Dispatch.id)


def _rows(session: KhetSession, unit_id: int, year: int) -> Iterable[tuple[Any, ...]]:
    for one, number, suffix, sender, to in session.execute(_of(unit_id, year)):
        text = f"{number}/{suffix}" if suffix else str(number)
        yield text, sender, to, one.recipient, one.proof, one.opened_at, str(CHANNELS[one.channel])


FORM_16: Report = Report(
    key="saraban.form16", title=_l("Book of letters sent on paper (form 16)"), resource=permissions.OUTGOING,
    columns=(
        Column(_l("Dispatch no."), width=13), Column(_l("From"), width=24), Column(_l("To (addressee)"), width=26),
        Column(_l("Received by (office)"), width=26), Column(_l("Who took it"), width=24),
        Column(_l("Day and time"), "moment", 21), Column(_l("Remark"), width=14),
    ),
    rows=_rows, heading=lambda session, **asked: asking.open_heading(FORM_16.title, session, **asked),
    size=lambda session, **asked: size_of(session, _of(**asked)),
    parameters=(asking.units(permissions.OUTGOING), asking.ANY_YEAR),
)  # fmt: skip
REPORTS = [FORM_16]

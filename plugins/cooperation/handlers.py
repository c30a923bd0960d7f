"""What cooperation does when something happens in core."""

from __future__ import annotations

from core.base.text.thai import today
from core.platform.accounts import services as accounts
from core.platform.events import LetterEnded
from core.platform.masterdata.models import Unit
from core.platform.notices import services as notices
from core.plugins.registry import Registry
from core.records.letter_links import ended
from core.storage.scope import KhetSession
from plugins.cooperation.models import OPEN, Case
from plugins.cooperation.permissions import CASE


def letter_ended(session: KhetSession, registry: Registry, event: LetterEnded) -> None:
    """A work that cites it says so; who coordinates it learns of it as long as it is not over, and where nobody does,
    who approves."""
    case = session.get(Case, event.record_id) if event.kind == Case.__tablename__ else None
    if case is None:
        return
    people = []
    if case.status in OPEN:
        owner = notices.account(session, case.owner_id) if case.owner_id else None
        unit = session.get_one(Unit, case.unit_id)
        people = [owner] if owner else accounts.who_may(session, registry.roles(), ("approve", CASE), unit, today())
    ended.tell(session, event, case, "CaseView", people)

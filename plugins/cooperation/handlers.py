"""What cooperation does when something happens in core."""

from __future__ import annotations

from core.base.text.thai import today
from core.platform.accounts import services as accounts
from core.platform.masterdata.models import Unit
from core.platform.notices import services as notices
from core.platform.users.models import Account
from core.plugins.registry import Registry
from core.records.letter_links import ended
from core.storage.scope import KhetSession
from plugins.cooperation.models import OPEN, Case
from plugins.cooperation.permissions import CASE


def _concerned(session: KhetSession, registry: Registry, case: Case) -> list[Account]:
    """Who coordinates a work that is not over, and where nobody does, who approves."""
    if case.status not in OPEN:
        return []
    owner = notices.account(session, case.owner_id) if case.owner_id else None
    unit = session.get_one(Unit, case.unit_id)
    return [owner] if owner else accounts.who_may(session, registry.roles(), ("approve", CASE), unit, today())


letter_ended = ended.follow(Case, "CaseView", _concerned)

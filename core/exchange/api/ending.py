"""Access for other systems ends with whatever ends the sessions of its account; the owner is told which ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import event, inspect, select
from sqlalchemy.orm import Session, UOWTransaction

from core.base.text.thai import today
from core.exchange.api import tokens
from core.exchange.api.models import ApiToken
from core.platform.accounts.notify import notify_owner
from core.platform.users.models import Account
from core.storage.scope import KhetSession

#: names of tokens that are told
MOST_NAMED = 5


def tell(session: Session, context: UOWTransaction, instances: Any) -> None:
    """Before the flush: whose epoch rises, and which tokens it opened until then."""
    if not isinstance(session, KhetSession):
        return
    for account in [one for one in session.dirty if isinstance(one, Account)]:
        before: Sequence[int] = inspect(account).attrs.epoch.history.deleted or ()
        if not before or before[0] == account.epoch:
            continue
        mine = select(ApiToken).where(ApiToken.user_id == account.id, ApiToken.epoch == before[0])
        ended = [one.name for one in session.scalars(mine) if tokens.opens(one, before[0], today())]
        if ended:
            more = " …" if len(ended) > MOST_NAMED else ""
            notify_owner(session, account, "tokens_ended", ", ".join(ended[:MOST_NAMED]) + more)


def start() -> None:
    """Attach the listener to the session class, once per process."""
    event.listen(KhetSession, "before_flush", tell)

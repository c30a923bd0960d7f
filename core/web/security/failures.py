"""Wrong tries at an account: noted, shown to its owner at the next sign-in, forgotten after a while."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta

from flask import request
from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select

from core.platform.users.models import Account, FailedLogin
from core.storage.base import utc_now
from core.storage.database import Database
from core.storage.scope import KhetSession
from core.web.unit_of_work import after_answer, khet

log = logging.getLogger(__name__)

PASSWORD, CODE, PASSKEY = "password", "code", "passkey"  # noqa: S105 – names of what was wrong
TITLES = {PASSWORD: _l("Password"), CODE: _l("Code of the second factor"), PASSKEY: _l("Passkey")}
KEPT_FAILURES = timedelta(days=90)
#: how many are shown
MOST = 20
#: one's own slip a moment before is no news
JUST_NOW = timedelta(minutes=10)


def note(username: str, what: str, at_account: Callable[[], None] | None = None) -> None:
    """Note a wrong try once the answer is on its way: it takes as long for a name that does not exist.

    `at_account` is called then where the name is an account's.

    A name that is no account's leaves a line in the log and no row; the name itself is not logged, since people type
    their password there. How many rows there can be is limited by core/web/security/throttle.py.
    """
    database, address, agent = khet().database, request.remote_addr or "", request.user_agent.string
    log.warning("login failed: wrong %s, from %s", what, address)

    def write() -> None:
        with database.system("login failed") as session:
            account = session.scalars(select(Account).where(Account.username == username)).first()
        if account is None:
            return
        if at_account is not None:
            at_account()
        facts = {"district_id": account.district_id, "user_id": account.id, "what": what}
        with database.system("login failed", write=True) as session:
            session.add(FailedLogin(**facts, address=address[:45], agent=agent[:300]))

    after_answer("login failed", write)


def since(database: Database, account: Account) -> list[FailedLogin]:
    """Wrong tries since the account's last login, newest first; this browser's of a moment ago left out."""
    last = account.last_login
    with database.system("login") as session:
        query = select(FailedLogin).where(FailedLogin.user_id == account.id).order_by(FailedLogin.id.desc())
        found = session.scalars(query.limit(200)).all()
    here, now = (request.remote_addr or "", request.user_agent.string[:300]), utc_now()
    return [
        one
        for one in found
        if (last is None or one.at.replace(tzinfo=None) > last)
        and not ((one.address, one.agent) == here and one.at > now - JUST_NOW)
    ]


def latest(session: KhetSession, user_id: int) -> list[FailedLogin]:
    """An account's latest wrong tries, newest first."""
    query = select(FailedLogin).where(FailedLogin.user_id == user_id)
    return list(session.scalars(query.order_by(FailedLogin.id.desc()).limit(MOST)))


def sweep(session: KhetSession) -> None:
    """Delete what is older than anybody asks for; run by housekeeping in every district."""
    session.execute(delete(FailedLogin).where(FailedLogin.at < utc_now() - KEPT_FAILURES))

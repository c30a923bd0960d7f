"""One-time codes by which an account's owner, and nobody else, sets its password. Only a code's hash is kept."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select

from core.base.errors import RuleError
from core.base.text.codes import in_fours
from core.platform.dual_control.models import OwnerCode
from core.platform.users.models import Account
from core.storage.base import utc_now
from core.storage.scope import KhetSession


def _hash(code: str) -> str:
    return hashlib.sha256(in_fours(code).encode()).hexdigest()


def _row(session: KhetSession, user_id: int) -> OwnerCode | None:
    return session.scalars(select(OwnerCode).where(OwnerCode.user_id == user_id)).first()


def is_proven(session: KhetSession, user_id: int) -> bool:
    """Whether the owner has set the password with a code, and no administrator has given another since."""
    row = _row(session, user_id)
    return row is not None and row.proven_at is not None


def put(session: KhetSession, account: Account, code: str, expires_at: datetime) -> None:
    """Let a new code open the account, in the place of any before."""
    row = _row(session, account.id)
    if row is None:
        row = OwnerCode(user_id=account.id)
        session.add(row)
    row.hash, row.expires_at = _hash(code), expires_at
    session.flush()


def use(session: KhetSession, user_id: int, code: str, now: datetime) -> None:
    """Take the code; it is worth nothing afterwards. Raises RuleError (field code) for a wrong, used or late one."""
    row = _row(session, user_id)
    right = row is not None and bool(row.hash) and hmac.compare_digest(row.hash, _hash(code))
    if row is None or not right or row.expires_at is None or row.expires_at <= now:
        raise RuleError(_("The user name or the code is not right, or the code's time is over."), field="code")
    row.hash, row.expires_at, row.proven_at = "", None, utc_now()
    session.flush()


def drop(session: KhetSession, user_id: int, *, proof: bool = False) -> None:
    """A code that is out is worth nothing any more; with `proof`, the present password is not the owner's alone."""
    row = _row(session, user_id)
    if row is not None:
        row.hash, row.expires_at = "", None
        if proof:
            row.proven_at = None

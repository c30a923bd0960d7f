"""Tokens with which other systems act for a user, and who a request's token stands for."""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from flask import Request
from flask_babel import gettext as _
from sqlalchemy import bindparam, select, true, update
from sqlalchemy.exc import InternalError, OperationalError

from core.base.errors import NotFound, RuleError
from core.base.identity import Actor
from core.base.text.thai import clean
from core.exchange.api.models import ApiToken
from core.platform.accounts.notify import notify_owner
from core.platform.timeline import recorder
from core.platform.users.models import Account
from core.storage.base import utc_now
from core.storage.cache import Stamp
from core.storage.database import Database
from core.storage.scope import KhetSession

#: a user as they stand at some stamps; None when gone or locked
Standing = Callable[[int, dict[str, int]], Actor | None]
log = logging.getLogger(__name__)

PREFIX = "khet_"
LONGEST = timedelta(days=366)
MOST = 20
#: how old `last_used_at` may grow before a request writes it again
TOUCH_AFTER = timedelta(hours=1)

_BY_HASH = (
    select(ApiToken, Stamp.name, Stamp.version)
    .outerjoin(Stamp, true())
    .where(ApiToken.hash == bindparam("hash"), ApiToken.revoked_at.is_(None))
)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def create(
    session: KhetSession, user_id: int, name: str, scopes: list[str], ends_on: date, *, today: date
) -> tuple[ApiToken, str]:
    """A new token of the user; returns its row and the token itself, which is nowhere kept.

    Raises RuleError (name, scopes, ends_on) for an empty name, no scope, or an end that lies in the past or more
    than a year away.
    """
    if not clean(name):
        raise RuleError(_("Fill this in."), field="name")
    if not scopes:
        raise RuleError(_("Choose what the other system may do."), field="scopes")
    if ends_on < today:
        raise RuleError(_("The date lies in the past."), field="ends_on")
    if ends_on > today + LONGEST:
        raise RuleError(_("A token lasts a year at most."), field="ends_on")
    account = session.get(Account, user_id)
    if account is None:
        raise NotFound
    if len([token for token in of_user(session, user_id) if opens(token, account.epoch, today)]) >= MOST:
        raise RuleError(_("You have %(most)s tokens. Revoke one first.", most=MOST), field="name")
    token = PREFIX + secrets.token_urlsafe(32)
    row = ApiToken(
        user_id=user_id, name=clean(name)[:80], hash=_hash(token), hint=token[-4:], scopes=sorted(set(scopes)),
        ends_on=ends_on, epoch=account.epoch,
    )  # fmt: skip
    session.add(row)
    session.flush()
    notify_owner(session, account, "token_made", row.name)
    return row, token


def opens(token: ApiToken, epoch: int, today: date) -> bool:
    """Whether a token still opens anything: neither revoked nor ended, nor older than its account's sessions may be.

    The account's epoch rises with a new password, a lock, an ended role or a changed clearance.
    """
    return token.revoked_at is None and token.ends_on >= today and token.epoch == epoch


def of_user(session: KhetSession, user_id: int) -> list[ApiToken]:
    """The user's tokens, newest first."""
    return list(session.scalars(select(ApiToken).where(ApiToken.user_id == user_id).order_by(ApiToken.id.desc())))


def _token(session: KhetSession, user_id: int, token_id: int) -> ApiToken:
    row = session.get(ApiToken, token_id)
    if row is None or row.user_id != user_id:
        raise NotFound
    return row


def revoking(session: KhetSession, user_id: int, token_id: int) -> str:
    """What `revoke` will do, in words. Raises NotFound."""
    name = _token(session, user_id, token_id).name
    return _("%(name)s does no more work under this name from now on. A revoked token never opens again.", name=name)


def revoke(session: KhetSession, user_id: int, token_id: int) -> ApiToken:
    """End one of that user's tokens, from the commit on. Raises NotFound."""
    row = _token(session, user_id, token_id)
    if row.revoked_at is None:
        row.revoked_at = utc_now()
        recorder.describe(session, row, "core.token.revoked")
        if (account := session.get(Account, user_id)) is not None:
            notify_owner(session, account, "token_revoked", row.name)
    session.flush()
    return row


def actor_of(
    database: Database, standing: Standing, request: Request, today: date
) -> tuple[Actor, ApiToken, dict[str, int]] | None:
    """Who a request's bearer token stands for, within the token's scopes; its row; the stamps of the moment.

    None for a missing, unknown or ended token (`opens`), and for a user who is locked or must change the password.
    """
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.startswith(PREFIX) or len(token) > 100:
        return None
    with database.system("token") as session:
        rows = session.execute(_BY_HASH, {"hash": _hash(token)}).all()
    if not rows:
        return None
    row: ApiToken = rows[0][0]
    stamps = {name: version for _row, name, version in rows if name}
    actor = standing(row.user_id, stamps)
    if actor is None or actor.must_change_password or not opens(row, actor.epoch, today):
        return None
    if row.last_used_at is None or row.last_used_at < utc_now() - TOUCH_AFTER:
        try:
            with database.district(row.district_id, "token used") as session:
                session.execute(update(ApiToken).where(ApiToken.id == row.id).values(last_used_at=utc_now()))
        except (OperationalError, InternalError) as error:  # a full disk: reading goes on
            log.warning("the use of a token could not be noted: %s", error.orig)
    return actor.narrowed(frozenset(_right(scope) for scope in row.scopes)), row, stamps


def _right(scope: str) -> tuple[str, str]:
    resource, _colon, verb = scope.rpartition(":")
    return verb, resource


def sign(*parts: Any) -> str:
    """A short fingerprint of what a request says."""
    return hashlib.sha256("\n".join(str(part) for part in parts).encode()).hexdigest()

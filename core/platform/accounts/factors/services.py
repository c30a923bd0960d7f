"""Factors of an account: added, used at the sign-in, taken away, reset by an administrator."""

from __future__ import annotations

import hashlib
import logging
import secrets
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import InternalError, OperationalError

from core.base.errors import NotFound, RuleError
from core.base.text import codes
from core.base.text.thai import clean, today
from core.platform.accounts import notify
from core.platform.accounts import services as accounts
from core.platform.accounts.factors import totp
from core.platform.dual_control import rules
from core.platform.timeline import recorder
from core.platform.users import sessions
from core.platform.users.factors import PASSKEY, TOTP, Factor, RecoveryCode
from core.platform.users.models import Account
from core.storage.base import utc_now
from core.storage.cache import PEOPLE, bump
from core.storage.database import Database
from core.storage.scope import KhetSession

log = logging.getLogger(__name__)

CODES = 10
MOST = 10
#: no letters that look alike
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def of_user(session: KhetSession, user_id: int) -> list[Factor]:
    """A user's apps and passkeys, oldest first."""
    return list(session.scalars(select(Factor).where(Factor.user_id == user_id).order_by(Factor.id)))


def codes_left(session: KhetSession, user_id: int) -> int:
    """Recovery codes that are not used."""
    mine = RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None)
    return session.scalar(select(func.count(RecoveryCode.id)).where(*mine)) or 0


def _add(session: KhetSession, account: Account, kind: str, name: str, here: str, **columns: Any) -> list[str]:
    """Returns recovery codes, to be shown once, where the account has none.

    The first factor ends every session but `here`: whoever came in by the password alone is out.
    """
    there = of_user(session, account.id)
    if account.demo:
        raise RuleError(_("The demo's accounts belong to everybody: they take no second factor."))
    if len(there) >= MOST:
        raise RuleError(_("You have %(most)s of them. Remove one first.", most=MOST), field="name")
    factor = Factor(user_id=account.id, kind=kind, name=clean(name)[:60] or kind, **columns)
    session.add(factor)
    recorder.describe(session, factor, "core.factor.added")
    session.flush()
    if not there:
        sessions.end(session, account.id, only=None, keep=here)
    bump(session, PEOPLE)
    notify.notify_owner(session, account, f"{'app' if kind == TOTP else 'passkey'}_added", factor.name)
    return [] if codes_left(session, account.id) else _make_codes(session, account)


def add_app(
    session: KhetSession, account: Account, name: str, secret: str, code: str, key: str, *, here: str = ""
) -> list[str]:  # fmt: skip
    """An authenticator app, once its first code is right; returns recovery codes as `_add`, `here` as there.

    The app's clock may be some minutes off: that is remembered. Raises RuleError (code). `key`: the installation's.
    """
    step = totp.step_of(secret, codes.plain(code), window=totp.MOST_SKEW)
    if step is None:
        raise RuleError(_("This is not the code. Look whether the phone sets its clock by itself."), field="code")
    facts = {"secret": totp.seal(secret, key), "last_step": step, "skew": step - totp.now()}
    return _add(session, account, TOTP, name, here, **facts)


def add_passkey(
    session: KhetSession, account: Account, name: str, columns: dict[str, Any], *, here: str = ""
) -> list[str]:  # fmt: skip
    """A passkey that the browser has made (passkeys.made); returns recovery codes as `_add`, `here` as there."""
    return _add(session, account, PASSKEY, name, here, **columns)


def new_codes(session: KhetSession, account: Account) -> list[str]:
    """Fresh recovery codes in place of all before; returned once."""
    made = _make_codes(session, account)
    notify.notify_owner(session, account, "codes_made")
    return made


def _make_codes(session: KhetSession, account: Account) -> list[str]:
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == account.id))
    made = ["-".join("".join(secrets.choice(_LETTERS) for _n in range(4)) for _part in range(4)) for _c in range(CODES)]
    session.add_all([RecoveryCode(user_id=account.id, hash=_hash(code)) for code in made])
    recorder.note(session, account, "core.user.recovery_codes")
    session.flush()
    return made


def remove(session: KhetSession, account: Account, factor_id: int, *, required: bool) -> None:
    """Take one's own factor away. Raises NotFound, and RuleError for the last one of who must have one."""
    there = of_user(session, account.id)
    factor = next((one for one in there if one.id == factor_id), None)
    if factor is None:
        raise NotFound
    if len(there) == 1:
        if required:
            raise RuleError(_("Your role asks for a second factor: add another one first."))
        session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == account.id))
    recorder.describe(session, factor, "core.factor.removed")
    session.delete(factor)
    session.flush()
    bump(session, PEOPLE)
    notify.notify_owner(session, account, "factor_removed", factor.name)


def reset(session: KhetSession, account: Account, *, consented: bool = False) -> None:
    """Take every factor and recovery code of an account away; its sessions and tokens end.

    The help for a lost phone, and the only such way. Raises RuleError for an account with grave rights unless a second
    person has `consented`.
    """
    accounts.hold(session, account)
    if not consented and rules.is_grave(session, account, today()):
        raise RuleError(_("This account holds grave rights: a second person's consent is asked for first."))
    _delete_all(session, account)
    accounts.end_sessions(account)
    recorder.describe(session, account, "core.user.factors_reset")
    session.flush()
    bump(session, PEOPLE)
    if not consented:
        accounts.tell(session, account, "factors_reset")


def throw_out(session: KhetSession, account: Account) -> None:
    """Take away whatever factor and recovery code an account has; the owner is told by what sets the new password."""
    if of_user(session, account.id) or codes_left(session, account.id):
        reset(session, account, consented=True)


def _delete_all(session: KhetSession, account: Account) -> None:
    for factor in of_user(session, account.id):
        session.delete(factor)
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == account.id))


# -- at the sign-in, outside any district -----------------------------------------------------------------------------


def known_of(database: Database, user_id: int) -> list[Factor]:
    """A user's factors, asked before anybody is signed in."""
    with database.system("second factor") as session:
        return of_user(session, user_id)


def take_code(database: Database, account: Account, typed: str, key: str, old: str = "") -> bool:
    """Whether this is a code of one of the account's apps, or a recovery code; each opens once.

    `key`: the installation's, with which an app's secret is sealed anew at each use; `old`: the one before it.
    """
    if is_app_code(typed):
        return _take_app_code(database, account, codes.plain(typed), key, old)
    wanted = codes.in_fours(typed)
    return len(wanted) == 19 and _take_recovery_code(database, account, wanted)


def is_app_code(typed: str) -> bool:
    """Whether what was typed has the shape of an app's code."""
    return len(code := codes.plain(typed)) == 6 and code.isdecimal()


def _take_app_code(database: Database, account: Account, code: str, key: str, old: str) -> bool:
    for factor in known_of(database, account.id):
        secret = totp.unseal(factor.secret, key, old) if factor.kind == TOTP else None
        step = totp.step_of(secret, code, skew=factor.skew) if secret else None
        if secret is None or step is None or step <= factor.last_step:
            continue
        facts = {
            "last_step": step, "skew": step - totp.now(), "last_used_at": utc_now(),
            "secret": totp.seal(secret, key),
        }  # fmt: skip
        return _used(database, factor, Factor.last_step < step, facts)
    return False


def _used(database: Database, factor: Factor, still: Any, facts: dict[str, Any]) -> bool:
    """Note the use; False where somebody else was faster with the same code. A full disk keeps nobody out."""
    try:
        with database.system("second factor", write=True) as session:
            done = session.execute(update(Factor).where(Factor.id == factor.id, still).values(**facts))
            return bool(done.rowcount)
    except (OperationalError, InternalError) as error:
        log.warning("the use of a second factor could not be noted: %s", error.orig)
        return True


def passkey_used(database: Database, factor: Factor, count: int) -> None:
    """Note the use of a passkey."""
    _used(database, factor, Factor.sign_count <= count, {"sign_count": count, "last_used_at": utc_now()})


def _take_recovery_code(database: Database, account: Account, code: str) -> bool:
    with database.system("second factor", write=True) as session:
        mine = RecoveryCode.user_id == account.id, RecoveryCode.hash == _hash(code), RecoveryCode.used_at.is_(None)
        done = session.execute(update(RecoveryCode).where(*mine).values(used_at=utc_now()))
        return bool(done.rowcount)


def passkey_called(database: Database, credential_hash: str) -> tuple[Factor, Account] | None:
    """The passkey of that name and its account, wherever it is."""
    with database.system("passkey") as session:
        query = select(Factor, Account).join(Account, Account.id == Factor.user_id)
        row = session.execute(query.where(Factor.credential_hash == credential_hash, Factor.kind == PASSKEY)).first()
        return (row[0], row[1]) if row is not None and credential_hash else None


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()

"""The owner takes the account over with the code: whatever somebody else may have put there before is worth nothing.

Who knew the password until then (an administrator who made the account, or gave a temporary one) could have added a
passkey, an app, recovery codes, access for another system, an address for e-mail, and have stayed signed in.
Source: NIST SP 800-63B, 4.2 (recovery binds anew) and 4.5; OWASP ASVS 5, 6.4.
"""

from __future__ import annotations

import contextlib
from datetime import date

from core.base.errors import RuleError
from core.platform.accounts import services as accounts
from core.platform.accounts.factors import services as factors
from core.platform.consents.services import carry_out, handed
from core.platform.dual_control import codes, log
from core.platform.timeline import recorder
from core.platform.users.models import Account
from core.storage.base import utc_now
from core.storage.scope import KhetSession


def use_code(session: KhetSession, account: Account, code: str, password: str, *, today: date) -> None:
    """The owner sets a password with the code; what was consented to for the account then holds.

    Every second factor, recovery code, session, token and e-mail address of before ends first. What became impossible
    meanwhile does not hold, and keeps nobody from the account. Raises RuleError for a wrong, used or late code (field
    code) and a weak password (field password).
    """
    now = utc_now()
    accounts.hold(session, account)
    codes.use(session, account.id, code, now)
    factors.throw_out(session, account)
    accounts.set_own_password(session, account, password)
    account.mail_address = ""  # the last word went there; the owner sets it anew
    for act in handed(session, account.id):
        with contextlib.suppress(RuleError), session.begin_nested():
            recorder.describe(session, act, "core.grave.owned")
            carry_out(session, act, account, today)
            log.write(
                session, "owned", account, act.facts, also=[act.asked_by_id], but=[act.facts.get("stands_in_for_id")]
            )

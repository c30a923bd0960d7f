"""An account's owner is told of whatever changes how it is signed in with, or what stands in its name.

Whoever signs in as somebody else, or changes an account behind its owner's back, begins with one of these acts. What
needs a second person is told by core/platform/dual_control/log.py in its own words, and not once more here.
Source: OWASP ASVS 5, 6.3.7; NIST SP 800-63B, 4.6.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.base.text.thai import today
from core.platform.dual_control import log
from core.platform.events import UnitClosed, UnitOpened
from core.platform.masterdata import services as masterdata
from core.platform.masterdata.models import Unit
from core.platform.notices import services as notices
from core.platform.users.models import Account
from core.platform.worklist import telling, unit_closing
from core.storage.scope import KhetSession

TOPIC = "core.account"

#: what somebody else does to an account; %(by)s is who, %(who)s another whom it concerns
BY_OTHERS: dict[str, Any] = {
    "password_reset": _l("%(by)s has given your account a temporary password"),
    "locked": _l("%(by)s has locked your account"),
    "unlocked": _l("%(by)s has unlocked your account"),
    "factors_reset": _l("%(by)s has taken the second factor of your account away"),
    "renamed": _l("%(by)s has changed the name or the person of your account: %(what)s"),
    "place_given": _l("%(by)s has let %(who)s take your place: %(what)s"),
    "place_ended": _l("%(by)s has ended that %(who)s takes your place: %(what)s"),
    "unit_closed": _l(
        "%(by)s has closed %(what)s: your roles there open nothing any more, and what waited for you there is finished "
        "by %(who)s. Ask your administrator for other roles"
    ),
    "unit_opened": _l("%(by)s has opened %(what)s again: your roles there are in force"),
    "token_revoked": _l("%(by)s has ended the access of another system to your account: %(what)s"),
}
#: what is told whoever did it: somebody may sit there in the owner's name
ALWAYS: dict[str, Any] = {
    "mail_address": _l("%(by)s has changed where your e-mail goes: %(what)s"),
    "password_changed": _l("The password of your account was changed"),
    "code_used": _l(
        "A password was set for your account with a code; what had opened it until then opens nothing any more: second "
        "factors, recovery codes, sessions, access for other systems, and the e-mail address"
    ),
    "app_added": _l("An authenticator app was added to your account: %(what)s"),
    "passkey_added": _l("A passkey was added to your account: %(what)s"),
    "factor_removed": _l("A second factor was removed from your account: %(what)s"),
    "codes_made": _l("New recovery codes were made for your account"),
    "token_made": _l("Access to your account was made for another system: %(what)s"),
}
#: what comes with an act that is told for itself, whoever did it
BESIDES: dict[str, Any] = {
    "tokens_ended": _l(
        "With what was changed at your account, the access of other systems to it has ended: %(what)s. Make it anew "
        "where it is still wanted"
    ),
}


def notify_owner(
    session: KhetSession, account: Account, act: str, what: str | Mapping[str, Any] = "", *, who: str = "", by: str = ""
) -> None:
    """A notice that no choice keeps away, and an e-mail at once where the account has an address.

    `act` is a key of BY_OTHERS, ALWAYS or BESIDES, `what` the name of the thing, or facts that the log of grave rights
    puts into words, `who` another whom it concerns. Who does it is `by`, else the session's user, or the operator. An
    act in BY_OTHERS of the session's user upon oneself is told to nobody.
    """
    scope = session.scope
    if act in BY_OTHERS and not by and scope.user_id == account.id:
        return
    with force_locale(account.locale):
        by = by or (scope.user_name if scope.user_id else _("The operator at the server"))
        thing = what if isinstance(what, str) else log.phrase(what)
        said = str({**BY_OTHERS, **ALWAYS, **BESIDES}[act]) % {"by": by, "who": who, "what": thing}
        hint = _("If that was not you, change your password and tell the administrator at once.")
    hint = hint if act in ALWAYS else ""
    notices.notify(session, account, TOPIC, said, account, "SecurityView", hint, must=True, mail=True)


def unit_closed(session: KhetSession, _registry: object, event: UnitClosed) -> None:
    """Who holds a role at a unit hears that it is closed, and with it what they may do there, and where what waited for
    them goes on: in one notice."""
    unit = session.get_one(Unit, event.unit_id)
    _tell_holders(session, event, "unit_closed", masterdata.goes_on_at(session, unit).name)


def unit_opened(session: KhetSession, _registry: object, event: UnitOpened) -> None:
    """Who holds a role at a unit hears that it is open again."""
    _tell_holders(session, event, "unit_opened")


def _tell_holders(session: KhetSession, event: UnitClosed | UnitOpened, act: str, who: str = "") -> None:
    unit = session.get_one(Unit, event.unit_id)
    for account in unit_closing.holders(session, unit, today()):
        telling.told(session, account.id)
        notify_owner(session, account, act, event.what, who=who)


def notify_address(session: KhetSession, account: Account) -> None:
    """An e-mail to an account's new address, whoever reads it there: no notice, which the owner has already."""
    if not notices.deliverable(account.mail_address):
        return
    with force_locale(account.locale):
        said = _("Notices of the account %(name)s in Khet come to this address from now on", name=account.username)
        hint = _("If you know nothing of this account, tell the office: somebody has written your address there.")
    notices.send_mail(session, TOPIC, account.mail_address, said, hint, record=account, district_id=account.district_id)

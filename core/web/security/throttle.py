"""How often a password may be guessed, without anybody being locked out by a stranger's guesses.

Only wrong tries count, so an office of eighty that signs in at half past eight behind one address hinders nobody.
Browsers in which an account has signed in before ("known", by a signed cookie) have a count of their own for it, which
no stranger can fill. All other browsers share a count for each name, whether an account has it or not: after a few
tries the wait grows from a minute to a day. A passkey is no guess and passes by all this
(core/platform/accounts/factors).

An address with many wrong tries of whatever names is crowded (ADDRESS), and closes nevertheless to nobody who works
there: every wrong try is answered alike from then on, looked at or not, and the right password of an account that has
signed in from there before (HOME) still opens. For accounts that never did, so many wrong passwords are looked at as
VISITORS says; names that no account has use up nothing of it. What can be guessed, therefore, past known browsers:

- at one account, from one address or from many: 5 passwords a minute, 20 an hour, 50 a day;
- from one address at many accounts: 60 in five minutes, 300 an hour, 1,000 a day, and when that is used up 60 an hour
  and 200 a day more; at each account that has signed in from there what may be guessed at one account.

The counts live in core/base/limiter.py: this process's memory, or Redis where several serve. Tries that run at the
same moment may all pass before the first of them is counted; that is as many as the server has threads.
Source: OWASP ASVS 5, 6.3.1; NIST SP 800-63B, 3.2.2.
"""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
import time
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, abort, g, request
from flask_babel import gettext as _
from itsdangerous import BadData, URLSafeSerializer
from limits import RateLimitItem, parse_many

from core.web.unit_of_work import khet

#: wrong passwords of one account from one known browser
KNOWN = parse_many("5 per minute; 10 per 10 minutes; 20 per hour; 100 per day")
#: wrong passwords of one account from all other browsers together
STRANGE = parse_many("5 per minute; 10 per 10 minutes; 20 per hour; 50 per day")
#: wrong passwords with whatever names from one address, known browsers left out; beyond it is crowded
ADDRESS = parse_many("60 per 5 minutes; 300 per hour; 1000 per day")
#: wrong passwords, from one crowded address, of accounts that are not at home there
VISITORS = parse_many("60 per hour; 200 per day")
#: for so long an account is at home where it has signed in
HOME = parse_many("1 per 30 days")
#: wrong codes of one account's second factor, asked for only after the right password
CODE = parse_many("5 per 5 minutes; 15 per hour; 40 per day")
#: wrong codes that a second person handed over, of one account; they are too long to be guessed at many accounts
OWNER_CODE = parse_many("8 per 5 minutes; 24 per hour; 60 per day")
#: wrong codes of the console's on the first-run page, from one address
FIRST_RUN = parse_many("10 per 5 minutes")
#: accounts that one browser is known for; a counter that many share forgets the oldest
MOST_ACCOUNTS = 12
YEAR = 365 * 24 * 3600


@dataclass(frozen=True)
class Count:
    """Limits that are counted together under one key."""

    limits: tuple[RateLimitItem, ...]
    key: tuple[str, ...]

    def wait(self) -> int:
        """Seconds until another try is allowed; 0 for now."""
        limiter, now = khet().limiter, time.time()
        full = [limiter.get_window_stats(limit, *self.key) for limit in self.limits]
        return max((int(found.reset_time - now) + 1 for found in full if found.remaining <= 0), default=0)

    def add(self) -> None:
        """Count one more."""
        for limit in self.limits:
            khet().limiter.hit(limit, *self.key)

    def clear(self) -> None:
        """Forget what was counted."""
        for limit in self.limits:
            khet().limiter.clear(limit, *self.key)


def _count(limits: list[RateLimitItem], *key: str) -> Count:
    return Count(tuple(limits), key)


@dataclass(frozen=True)
class Login:
    """A try to sign in with a name, from this browser."""

    account: Count
    #: those of the address; none of them counts in a known browser
    address: Count
    visitors: Count
    home: Count
    known: bool

    def crowded(self) -> int:
        """Seconds until this address is crowded no more; 0 where it is not, and in a known browser."""
        return 0 if self.known else self.address.wait()

    def opens(self) -> bool:
        """Whether the right password opens. A wrong one is answered as if it had not been looked at where not."""
        return not self.crowded() or bool(self.home.wait()) or not self.visitors.wait()

    def wrong(self) -> None:
        """Count a wrong try, before it is known to whom it was."""
        self.account.add()
        if not self.known:
            self.address.add()

    def missed(self) -> None:
        """Count that the wrong try was at an account; once the answer is out, since it takes time."""
        if self.crowded() and not self.home.wait():
            self.visitors.add()

    def right(self) -> None:
        """The account has signed in: here it is at home, and this browser's slips are forgotten."""
        if self.known:
            self.account.clear()
        self.home.add()


def of_login(username: str) -> Login:
    """What a try at this account from this browser is counted under."""
    name, here = _short(username), network(request.remote_addr or "")
    mark = _known().get(name)
    account = _count(KNOWN, "login", name, mark) if mark else _count(STRANGE, "login", name)
    address, visitors = _count(ADDRESS, "address", here), _count(VISITORS, "visitors", here)
    return Login(account, address, visitors, _count(HOME, "home", name, here), known=bool(mark))


def of_password(user_id: int) -> tuple[Count, ...]:
    """What a signed-in user's own wrong password is counted under (asked again, or to be changed)."""
    return (_count(KNOWN, "again", str(user_id)),)


def of_code(user_id: int) -> tuple[Count, ...]:
    """What a wrong code of the second factor is counted under."""
    return (_count(CODE, "code", str(user_id)),)


def of_owner_code(username: str) -> tuple[Count, ...]:
    """What a wrong code with which an owner sets a password is counted under."""
    return (_count(OWNER_CODE, "owner-code", _short(username)),)


def of_first_run() -> tuple[Count, ...]:
    """What a wrong code of the console's is counted under."""
    return (_count(FIRST_RUN, "first-run", network(request.remote_addr or "")),)


def wait(counts: tuple[Count, ...]) -> int:
    """Seconds until all of them allow another try; 0 for now."""
    return max(count.wait() for count in counts)


def wait_text(seconds: int) -> str:
    """What whoever guessed too often is told."""
    return _("Too many wrong tries. Try again in %(minutes)s min.", minutes=-(-seconds // 60))


def crowded_text(seconds: int) -> str:
    """What whoever is not let in at a crowded address is told, whether the password was looked at or not."""
    return _(
        "The user name or the password is not right. From this network came too many wrong tries: type both once more, "
        "use a browser in which you have signed in before, or try again in %(minutes)s min.",
        minutes=-(-seconds // 60),
    )


def network(address: str) -> str:
    """The address as it is counted: who has one of IPv6 has its whole /64."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((found, 64), strict=False)) if found.version == 6 else address


def of_strangers(limit: RateLimitItem, name: str) -> None:
    """Count a visit of this address to the pages `name`, open to who holds a link; 429 where it comes too often."""
    if not takes(limit, name):
        abort(429)


def takes(limit: RateLimitItem, *key: str) -> bool:
    """Count one more of this address; False where it has used up its share, which is less than there is for all."""
    return khet().limiter.hit(limit, *key, network(request.remote_addr or ""))


# -- browsers that an account has signed in with --------------------------------------------------------------------


def remember(username: str) -> None:
    """This browser is known for the account from now on; written with the answer."""
    known = _known()
    mark = known.pop(_short(username), None) or secrets.token_urlsafe(9)
    g.known_browser = {**dict(list(known.items())[-MOST_ACCOUNTS + 1 :]), _short(username): mark}


def _known() -> dict[str, str]:
    """{account: this browser's mark for it}, from its cookie."""
    try:
        found: Any = _signer().loads(request.cookies.get(_cookie(), ""))
    except BadData:
        return {}
    return dict(found) if isinstance(found, dict) else {}


def _short(username: str) -> str:
    return hashlib.sha256(username.encode()).hexdigest()[:16]


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(khet().settings.secret_key, salt="known-browser")


def _cookie() -> str:
    return "__Host-khet-known" if khet().settings.https else "khet-known"


def _hand_out(response: Response) -> Response:
    if (known := g.pop("known_browser", None)) is not None:
        value = str(_signer().dumps(known))
        secure = khet().settings.https
        response.set_cookie(_cookie(), value, max_age=YEAR, path="/", httponly=True, samesite="Lax", secure=secure)
    return response


def attach(app: Flask) -> None:
    """Give the browser its cookie after a login."""
    app.after_request(_hand_out)

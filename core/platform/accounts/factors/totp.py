"""Codes of an authenticator app (RFC 6238), by pyotp."""

from __future__ import annotations

import base64
import hashlib
import time
from io import BytesIO

import pyotp
import segno
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from markupsafe import Markup

STEP = 30
#: steps by which a code may differ from what is expected
WINDOW = 1
#: steps by which a phone's clock may differ from ours: it is learnt when the app is added and at each use (RFC 6238, 6)
MOST_SKEW = 10


def new_secret() -> str:
    """A shared secret of 160 bits."""
    return pyotp.random_base32()


def address(secret: str, username: str, place: str) -> str:
    """What the app reads from the QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=f"Khet {place}")


def picture(text: str) -> Markup:
    """The QR code as an image of the page."""
    out = BytesIO()
    segno.make(text, error="m").save(out, kind="svg", scale=5, border=3, light="#fff", xmldecl=False)
    data = base64.b64encode(out.getvalue()).decode()
    return Markup('<img src="data:image/svg+xml;base64,{}" alt="" width="220" height="220">').format(data)


def step_of(secret: str, code: str, *, skew: int = 0, window: int = WINDOW) -> int | None:
    """The step whose code this is, looked for around now and the app's known skew; None for a wrong code."""
    now = int(time.time()) // STEP + skew
    app = pyotp.TOTP(secret)
    for away in sorted(range(-window, window + 1), key=abs):
        if pyotp.utils.strings_equal(code, app.generate_otp(now + away)):
            return now + away
    return None


def now() -> int:
    """The present step by our own clock."""
    return int(time.time()) // STEP


def seal(secret: str, key: str) -> str:
    """The secret as the database keeps it: who steals the database alone makes no codes."""
    return _box(key).encrypt(secret.encode()).decode()


def unseal(sealed: str, key: str, old: str = "") -> str | None:
    """The secret; None where it was sealed with another key than this or the `old` one."""
    try:
        return MultiFernet([_box(one) for one in (key, old) if one]).decrypt(sealed.encode()).decode()
    except InvalidToken:
        return None


def _box(key: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"second factor\0" + key.encode()).digest()))

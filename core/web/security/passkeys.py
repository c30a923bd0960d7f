"""Passkeys (WebAuthn), by py_webauthn. The device asks for PIN, finger or face each time: it is both factors."""

from __future__ import annotations

import hashlib
import json
import secrets
from time import time
from typing import Any
from urllib.parse import urlsplit

from flask import session
from limits import RateLimitItemPerHour

from core.platform.users.factors import Factor
from core.platform.users.models import Account
from core.web import public_url
from core.web.unit_of_work import khet

#: seconds for which a challenge is good
GOOD_FOR = 300
_CHALLENGE = "challenge"


#: what reading an answer raises that is nonsense; lists in lists without end are no answer either
_NONSENSE = (ValueError, KeyError, TypeError, RecursionError)


class PasskeyRefused(Exception):
    """What the browser sent proves nothing."""


def _site() -> str:
    return urlsplit(public_url.base()).hostname or "localhost"


def _challenge() -> bytes:
    """A new challenge, kept in the session until it is answered."""
    made = secrets.token_urlsafe(32)
    session[_CHALLENGE] = [made, int(time())]
    return made.encode()


def _answered() -> bytes:
    """The challenge that is answered now; good once and not for long. Raises PasskeyRefused."""
    made, at = session.pop(_CHALLENGE, ("", 0))
    # a stranger's session is a cookie, which could be sent again: each challenge is taken once
    if not made or time() - at > GOOD_FOR or not khet().limiter.hit(RateLimitItemPerHour(1), _CHALLENGE, made):
        raise PasskeyRefused
    return str(made).encode()


def _described(found: list[Factor]) -> list[Any]:
    from webauthn import base64url_to_bytes
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(one.credential)) for one in found]


def options_to_make(account: Account, there: list[Factor]) -> dict[str, Any]:
    """What the browser is asked when a passkey is made; `there` are those that need not be made again."""
    import webauthn
    from webauthn.helpers import structs

    options = webauthn.generate_registration_options(
        rp_id=_site(), rp_name="Khet", user_name=account.username, challenge=_challenge(),
        user_id=hashlib.sha256(f"khet account {account.id}".encode()).digest(),
        user_display_name=f"{account.first_name} {account.last_name}", exclude_credentials=_described(there),
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
    )  # fmt: skip
    return dict(json.loads(webauthn.options_to_json(options)))


def options_to_ask(known: list[Factor]) -> dict[str, Any]:
    """What the browser is asked when one signs in; with no `known` it offers what it has."""
    import webauthn
    from webauthn.helpers import structs

    options = webauthn.generate_authentication_options(
        rp_id=_site(), challenge=_challenge(), allow_credentials=_described(known) or None,
        user_verification=structs.UserVerificationRequirement.REQUIRED,
    )  # fmt: skip
    return dict(json.loads(webauthn.options_to_json(options)))


def made(answer: str) -> dict[str, Any]:
    """Columns of the passkey that the browser has made. Raises PasskeyRefused."""
    import webauthn
    from webauthn.helpers.exceptions import WebAuthnException

    challenge = _answered()
    try:
        found = webauthn.verify_registration_response(
            credential=answer, expected_challenge=challenge, expected_rp_id=_site(), expected_origin=public_url.base(),
            require_user_verification=True,
        )  # fmt: skip
    except (WebAuthnException, *_NONSENSE) as error:
        raise PasskeyRefused from error
    credential = webauthn.helpers.bytes_to_base64url(found.credential_id)
    return {
        "credential": credential, "credential_hash": hash_of(credential), "sign_count": found.sign_count,
        "secret": webauthn.helpers.bytes_to_base64url(found.credential_public_key),
    }  # fmt: skip


def named(answer: str) -> str:
    """Hash of the id of the passkey that an answer speaks for; empty for nonsense."""
    try:
        return hash_of(str(json.loads(answer)["id"]))
    except _NONSENSE:
        return ""


def proved(answer: str, factor: Factor) -> int:
    """The passkey's new count of uses, where the answer is its. Raises PasskeyRefused."""
    import webauthn
    from webauthn.helpers.exceptions import WebAuthnException

    challenge = _answered()
    try:
        found = webauthn.verify_authentication_response(
            credential=answer, expected_challenge=challenge, expected_rp_id=_site(), expected_origin=public_url.base(),
            credential_public_key=webauthn.base64url_to_bytes(factor.secret),
            credential_current_sign_count=factor.sign_count, require_user_verification=True,
        )  # fmt: skip
    except (WebAuthnException, *_NONSENSE) as error:
        raise PasskeyRefused from error
    return int(found.new_sign_count)


def hash_of(credential: str) -> str:
    """By which a passkey is looked for."""
    return hashlib.sha256(credential.encode()).hexdigest()

"""Addresses of e-mail and of the web as they are kept."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, ValidatedEmail, validate_email


def mail_address(typed: str | None) -> str:
    """An e-mail address as it is kept. Raises ValueError for what is none.

    The domain is not looked up: a name server that is away must not refuse a right address.
    """
    return _checked(typed).normalized


def on_the_wire(address: str) -> str:
    """The address as mail servers write it, Thai domains in ASCII. Raises ValueError."""
    return str(_checked(address).ascii_email)


def web_address(typed: str) -> str:
    """An address of a page that a reader can open. Raises ValueError for what is none.

    http or https, a host's name with its domain or a number, and no password. Nothing is looked up: a page that is
    away must not refuse a right address.
    """
    if re.search(r"[\s\x00-\x1f<>\"\\\\]", typed):
        raise ValueError("blanks")
    parts = urlsplit(typed)
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme not in ("http", "https") or parts.username is not None or parts.port == 0:
        raise ValueError("no web address")
    if ":" not in host:  # else the number of IPv6, which urlsplit has read
        name = host.encode("idna").decode()
        if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+", name):
            raise ValueError("no host")
    return typed


def _checked(typed: str | None) -> ValidatedEmail:
    try:
        return validate_email((typed or "").strip(), check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as error:
        raise ValueError(str(error)) from error

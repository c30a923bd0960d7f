"""E-mail addresses as they are kept."""

from __future__ import annotations

from email_validator import EmailNotValidError, ValidatedEmail, validate_email


def mail_address(typed: str | None) -> str:
    """An e-mail address as it is kept. Raises ValueError for what is none.

    The domain is not looked up: a name server that is away must not refuse a right address.
    """
    return _checked(typed).normalized


def on_the_wire(address: str) -> str:
    """The address as mail servers write it, Thai domains in ASCII. Raises ValueError."""
    return str(_checked(address).ascii_email)


def _checked(typed: str | None) -> ValidatedEmail:
    try:
        return validate_email((typed or "").strip(), check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as error:
        raise ValueError(str(error)) from error

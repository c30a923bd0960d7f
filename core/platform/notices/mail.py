"""An e-mail: what stands in it, and handing it to the office's mail server."""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid, parseaddr
from typing import Any
from urllib.parse import unquote, urlsplit

from flask_babel import gettext as _

from core.base.config import Settings
from core.base.text.addresses import on_the_wire
from core.platform.notices.errors import Refused
from core.platform.notices.limits import CONNECT, SILENT, Deadline

#: an answer of the mail server that stays the same however often one asks
FOR_GOOD = 500


def message(settings: Settings, to: str, subject: str, text: str) -> EmailMessage:
    """A message with what mail servers ask for. Raises Refused for an address that is none."""
    try:
        wire = on_the_wire(to)
    except ValueError as error:
        raise Refused(_("This is no e-mail address: %(address)s", address=to[:100])) from error
    domain = urlsplit(settings.public_url).hostname or parseaddr(settings.mail_from)[1].rpartition("@")[2]
    found = EmailMessage()
    found["From"], found["To"] = settings.mail_from, wire
    found["Subject"] = " ".join(subject.split())[:200]
    found["Date"] = format_datetime(datetime.now(UTC))
    found["Message-ID"] = make_msgid(domain=domain.encode("idna").decode() or "khet.invalid")
    found["Auto-Submitted"] = "auto-generated"
    found.set_content(text, cte="base64")  # no server is asked whether it takes more than ASCII
    return found


def send(settings: Settings, made: EmailMessage) -> None:
    """Hand it to the mail server within the limits. Raises Refused where the server will never take it."""
    parts = urlsplit(settings.smtp_url)
    context = ssl.create_default_context()
    over_tls = parts.scheme == "smtps"
    with Deadline() as deadline:
        more = {"context": context} if over_tls else {}
        server = _watched(deadline, over_tls=over_tls)(
            parts.hostname or "", parts.port or (465 if over_tls else 587), timeout=CONNECT, **more
        )
        try:
            server.sock.settimeout(SILENT)
            server.ehlo_or_helo_if_needed()
            if not over_tls and parts.username:
                server.starttls(context=context)
            elif not over_tls and server.has_extn("starttls"):
                server.starttls(context=_unproven())
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            _hand_over(server, made)
        finally:
            with suppress(OSError, smtplib.SMTPException):  # what it says at the end undoes nothing
                server.quit()
            server.close()


def _unproven() -> ssl.SSLContext:
    """For a relay that wants no login: who listens reads nothing, whatever certificate it has. Who could put another
    in its place could as well take its offer of TLS away, so nothing would be won by refusing its certificate."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _hand_over(server: Any, made: EmailMessage) -> None:
    try:
        server.send_message(made)
    except smtplib.SMTPRecipientsRefused as error:
        if all(code >= FOR_GOOD for code, _text in error.recipients.values()):
            raise Refused(_("The mail server refuses this address.")) from error
        raise
    except smtplib.SMTPDataError as error:
        if error.smtp_code >= FOR_GOOD:
            raise Refused(_("The mail server refuses this message.")) from error
        raise


def _watched(deadline: Deadline, *, over_tls: bool) -> Any:
    """The client, whose connection ends with the deadline from its first byte on, TLS or not."""

    class Watched(smtplib.SMTP):
        def _get_socket(self, host: str, port: int, timeout: float) -> Any:
            return deadline.hold(super()._get_socket(host, port, timeout))  # type: ignore[misc]

    return type("WatchedTLS", (smtplib.SMTP_SSL, Watched), {}) if over_tls else Watched

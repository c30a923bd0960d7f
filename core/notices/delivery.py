"""Sends what waits in the outbox: e-mail by SMTP, webhooks by HTTPS. Runs beside the server, never in a request.

A row is leased before it is sent: a sender that dies leaves it to the next one. So a message can, rarely, go out
twice; it never gets lost. Each webhook carries the row's id, so that its receiver can tell.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import ipaddress
import logging
import smtplib
import socket
import ssl
from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from functools import partial
from typing import Any
from urllib.parse import unquote, urlsplit

from flask import Flask
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import or_, select, update

from core.accounts.models import Account
from core.config import Settings
from core.db.base import utc_now
from core.db.database import Database
from core.notices.models import Delivery, Webhook

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
MOST_ATTEMPTS = 8
TIMEOUT = 10
BATCH = 100


class NotSent(Exception):
    """The message did not go out; it is tried again later."""


def send_due(app: Flask) -> int:
    """Send what is due; returns how many rows were sent. Failures wait longer each time, then give up."""
    khet = app.extensions["khet"]
    database: Database = khet.database
    due = _claim(database, mail=bool(khet.settings.smtp_url))
    sent = 0
    digests: dict[int, list[Delivery]] = {}
    for row in due:
        if row.digest and row.user_id is not None:
            digests.setdefault(row.user_id, []).append(row)
        elif row.channel == "mail":
            sent += _try(database, [row], partial(_mail_one, app, khet.settings, row))
        else:
            sent += _try(database, [row], partial(_webhook, database, khet.settings, row))
    for rows in digests.values():
        sent += _try(database, rows, partial(_mail_digest, app, database, khet.settings, rows))
    return sent


def _claim(database: Database, *, mail: bool) -> list[Delivery]:
    """Lease what is due. Without an SMTP setting e-mail stays in the outbox."""
    now = utc_now()
    with database.system("outbox", write=True) as session:
        statement = select(Delivery).where(
            Delivery.not_before <= now,
            or_(Delivery.state == "waiting", (Delivery.state == "sending") & (Delivery.lease_until < now)),
        )
        if not mail:
            statement = statement.where(Delivery.channel != "mail")
        rows = list(session.scalars(statement.order_by(Delivery.id).limit(BATCH).with_for_update(skip_locked=True)))
        for row in rows:
            row.state, row.lease_until, row.attempts = "sending", now + LEASE, row.attempts + 1
        session.flush()
        for row in rows:
            session.expunge(row)
    return rows


def _try(database: Database, rows: list[Delivery], send: Callable[[], None]) -> int:
    try:
        send()
        values: dict[str, Any] = {"state": "sent", "sent_at": utc_now(), "error": "", "lease_until": None}
    except (NotSent, OSError, smtplib.SMTPException, http.client.HTTPException) as error:
        log.warning("outbox %s: %s", rows[0].id, type(error).__name__)
        attempts = rows[0].attempts
        values = {"error": f"{type(error).__name__}: {error}"[:300], "lease_until": None}
        if attempts >= MOST_ATTEMPTS:
            values["state"] = "failed"
        else:
            values |= {"state": "waiting", "not_before": utc_now() + timedelta(minutes=2**attempts)}
    with database.system("outbox", write=True) as session:
        session.execute(update(Delivery).where(Delivery.id.in_([row.id for row in rows])).values(**values))
    return len(rows) if values.get("state") == "sent" else 0


def _mail_one(app: Flask, settings: Settings, row: Delivery) -> None:
    with app.test_request_context():
        _mail(settings, row.address, row.subject, row.body.split("\n") if row.body else [row.subject])


def _mail_digest(app: Flask, database: Database, settings: Settings, rows: list[Delivery]) -> None:
    with database.system("outbox") as session:
        account = session.get(Account, rows[0].user_id)
    with app.test_request_context(), force_locale(account.locale if account else "th"):
        subject = _("%(count)s notices from Khet", count=len(rows))
        _mail(settings, rows[0].address, subject, [row.subject for row in rows])


def _mail(settings: Settings, to: str, subject: str, lines: list[str]) -> None:
    message = EmailMessage()
    message["From"], message["To"] = settings.mail_from, to
    message["Subject"] = " ".join(subject.split())[:200]
    link = settings.public_url
    message.set_content("\n".join([*(f"• {line}" for line in lines), "", *([link] if link else [])]))
    parts = urlsplit(settings.smtp_url)
    context = ssl.create_default_context()
    port = parts.port or (465 if parts.scheme == "smtps" else 587)
    made: Any
    if parts.scheme == "smtps":
        made = smtplib.SMTP_SSL(parts.hostname or "", port, timeout=TIMEOUT, context=context)
    else:
        made = smtplib.SMTP(parts.hostname or "", port, timeout=TIMEOUT)
    with made as server:
        if parts.scheme != "smtps" and (parts.username or server.has_extn("starttls")):
            server.starttls(context=context)
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        server.send_message(message)


def public_address(host: str, port: int) -> str:
    """An address of `host` that is on the public network. Raises NotSent: a webhook must not reach inside."""
    found = {info[4][0] for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    if not found or not all(ipaddress.ip_address(address).is_global for address in found):
        raise NotSent("not a public address")
    return str(sorted(found)[0])


class _Pinned(http.client.HTTPSConnection):
    """Connects to the address that was checked, so that a second look-up cannot lead elsewhere."""

    address = ""

    def connect(self) -> None:
        plain = socket.create_connection((self.address, self.port), self.timeout)
        self.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=self.host)


def _webhook(database: Database, settings: Settings, row: Delivery) -> None:
    with database.district(row.district_id, "webhook", write=False) as session:
        hook = session.get(Webhook, int(row.address))
    if hook is None or not hook.active:
        return  # deleted or switched off since: nothing is owed
    parts = urlsplit(hook.url)
    connection: http.client.HTTPConnection
    if settings.webhook_local and parts.scheme == "http":
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=TIMEOUT)
    else:
        pinned = _Pinned(parts.hostname or "", parts.port or 443, timeout=TIMEOUT)
        host = parts.hostname or ""
        pinned.address = host if settings.webhook_local else public_address(host, parts.port or 443)
        connection = pinned
    body = row.body.encode()
    signature = hmac.new(hook.signing_key.encode(), body, hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/json; charset=utf-8", "X-Khet-Delivery": str(row.id),
        "X-Khet-Signature": f"sha256={signature}",
    }  # fmt: skip
    target = parts.path or "/"
    if parts.query:
        target += f"?{parts.query}"
    try:
        connection.request("POST", target, body, headers)
        answer = connection.getresponse()
        answer.read(1024)
        if answer.status >= 300:  # a redirect is not followed: it could lead inside
            raise NotSent(f"status {answer.status}")
    finally:
        connection.close()

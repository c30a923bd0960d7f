"""Sends what waits in the outbox: e-mail by SMTP, webhooks by HTTPS. Runs beside the server, never in a request.

Several senders take one message each, lease it, send it and write its end: what goes wrong with one is its own end and
nobody else's. A sender that dies leaves its message to the next, so a message can, rarely, go out twice; it never gets
lost. Each webhook carries the row's id, so that its receiver can tell. E-mail and webhooks have senders of their own,
and a webhook has one at a time.
"""

from __future__ import annotations

import logging
import smtplib
import socket
import ssl
import threading
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import or_, select, update
from sqlalchemy.orm import aliased

from core.base.permissions import WEBHOOKS
from core.base.text.thai import today
from core.platform.accounts import services as accounts
from core.platform.masterdata.models import Unit
from core.platform.notices import mail, services, webhook
from core.platform.notices.encryption import unseal
from core.platform.notices.errors import Later, NotSent, Refused
from core.platform.notices.models import Delivery, Notice, Webhook
from core.platform.users.models import Account
from core.storage.base import utc_now
from core.storage.scope import KhetSession
from core.web.page_context import notice_url
from core.web.unit_of_work import as_another

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
#: with a longer pause each time, four hours and a quarter in all
MOST_ATTEMPTS = 8
MOST_IN_DIGEST = 100
#: senders of each channel
SENDERS = {"mail": 2, "webhook": 4}
UNDELIVERED = "core.undelivered"
#: messages on their way to one host at once, whoever keeps the webhooks: a slow one leaves senders for the others
MOST_A_HOST = 2
#: how long one waits whose host is busy
TURN = timedelta(seconds=15)
_claiming = threading.Lock()
_hosts: Counter[str] = Counter()


def send_due(app: Flask) -> int:
    """Send what is due, in this thread; returns how many rows were sent."""
    return sum(_drain(app, channel) for channel in SENDERS)


def _drain(app: Flask, channel: str) -> int:
    sent = 0
    while rows := _claim(app, channel):
        sent += _send(app, rows)
    return sent


class Senders:
    """Sends in threads of this process whatever is due when it is nudged."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self._busy = dict.fromkeys(SENDERS, 0)
        self._lock = threading.Lock()

    def nudge(self) -> None:
        """Look for what is due, and send it beside."""
        for channel, most in SENDERS.items():
            if not _due(self.app, channel):
                continue
            with self._lock:
                fresh, self._busy[channel] = most - self._busy[channel], most
            for _n in range(fresh):
                threading.Thread(target=self._run, args=(channel,), daemon=True, name=f"outbox {channel}").start()

    def _run(self, channel: str) -> None:
        try:
            _drain(self.app, channel)
        except Exception:
            log.exception("outbox: a sender of %s stopped; the next round goes on", channel)
        finally:
            with self._lock:
                self._busy[channel] -= 1


def _what_is_due(app: Flask, channel: str, now: datetime) -> Any:
    """Without an SMTP setting e-mail stays in the outbox, but for what somebody sent and must hear of."""
    khet = app.extensions["khet"]
    found = select(Delivery).where(
        Delivery.channel == channel, Delivery.not_before <= now,
        or_(Delivery.state == "waiting", (Delivery.state == "sending") & (Delivery.lease_until < now)),
    )  # fmt: skip
    if channel == "mail" and not khet.settings.smtp_url:
        return found.where(Delivery.topic.in_(list(_answering(app))))
    if channel == "webhook":
        at_it = aliased(Delivery)
        held = select(at_it.address).where(
            at_it.channel == channel, at_it.state == "sending", at_it.lease_until >= now, at_it.id != Delivery.id
        )
        return found.where(Delivery.address.not_in(held))
    return found


def _answering(app: Flask) -> dict[str, Any]:
    """What is called when an e-mail of a topic has ended, by topic."""
    return {topic.key: topic.mailed for _owner, topic in app.extensions["khet"].registry.topics if topic.mailed}


def _due(app: Flask, channel: str) -> bool:
    with app.extensions["khet"].database.system("outbox") as session:
        return session.scalar(_what_is_due(app, channel, utc_now()).with_only_columns(Delivery.id).limit(1)) is not None


def _claim(app: Flask, channel: str) -> list[Delivery]:
    """Lease the next message: one row, or all of a user's digest."""
    now = utc_now()
    # one claim at a time in this process: two at once would not see that they take messages of one webhook
    with _claiming, app.extensions["khet"].database.system("outbox", write=True) as session:
        due = _what_is_due(app, channel, now).order_by(Delivery.id)
        rows = list(session.scalars(due.limit(1).with_for_update(skip_locked=True, of=Delivery)))
        if rows and rows[0].digest and rows[0].user_id is not None:
            same = due.where(Delivery.digest.is_(True), Delivery.user_id == rows[0].user_id, Delivery.id > rows[0].id)
            same = same.limit(MOST_IN_DIGEST).with_for_update(skip_locked=True, of=Delivery)
            rows += session.scalars(same)
        for row in rows:
            row.state, row.lease_until, row.attempts = "sending", now + LEASE, row.attempts + 1
        session.flush()
        session.expunge_all()
    return rows


def _send(app: Flask, rows: list[Delivery]) -> int:
    """Send one message and write its end; returns how many rows of the outbox it was. Never raises."""
    first = rows[0]
    why: str | None = None
    final = False
    try:
        with app.test_request_context():
            (_mail if first.channel == "mail" else _webhook)(app, rows)
    except Later:
        _put_back(app, first)
        return 0
    except Refused as error:
        why, final = str(error), True
    except Exception as error:  # of whatever kind: it is this message's, and no other waits for it
        log.warning("outbox %s: %s", first.id, type(error).__name__)
        with app.test_request_context():
            why = str(error) if isinstance(error, NotSent) else _in_words(error)
        final = first.attempts >= MOST_ATTEMPTS  # a certificate, a key or a name server is mended while it waits
    try:
        _end(app, rows, why, final=final, tell=True)
    except Exception:
        log.exception("outbox %s: nobody could be told", first.id)
        _end(app, rows, why, final=final, tell=False)
    return len(rows) if why is None else 0


def _in_words(error: Exception) -> str:
    """Why a message did not go out, for whoever keeps the webhook or reads the notice."""
    if isinstance(error, TimeoutError):
        return _("No answer came in time.")
    if isinstance(error, ssl.SSLError):
        return _("Its certificate is not accepted.")
    if isinstance(error, socket.gaierror):
        return _("No server of that name is found.")
    if isinstance(error, OSError) and not isinstance(error, smtplib.SMTPException):
        return _("It cannot be reached.")
    return _("It was not taken.")  # the log says by what error


def _put_back(app: Flask, row: Delivery) -> None:
    """It was not tried: it waits its turn."""
    with app.extensions["khet"].database.district(row.district_id, "outbox") as session:
        mine = update(Delivery).where(Delivery.id == row.id, Delivery.attempts == row.attempts)
        session.execute(
            mine.values(state="waiting", lease_until=None, attempts=row.attempts - 1, not_before=utc_now() + TURN)
        )


def _end(app: Flask, rows: list[Delivery], why: str | None, *, final: bool, tell: bool) -> None:
    """Write how it ended, and tell who must know where it ended for good. What was said is not kept."""
    first = rows[0]
    later = utc_now() + timedelta(minutes=2**first.attempts)
    with app.test_request_context(), app.extensions["khet"].database.district(first.district_id, "outbox") as session:
        ids = [row.id for row in rows]
        mine = select(Delivery).where(Delivery.id.in_(ids), Delivery.state == "sending")
        found = [row for row in session.scalars(mine.with_for_update()) if row.attempts == first.attempts or row.digest]
        for row in found:
            row.lease_until, row.error = None, (why or "")[:300]
            if why is None:
                row.state, row.sent_at, row.body = "sent", utc_now(), ""
            elif final:
                row.state, row.body = "failed", ""
            else:
                row.state, row.not_before = "waiting", later
        if why is not None and not final and first.channel == "webhook":  # the others to it wait for it too
            others = update(Delivery).where(
                Delivery.channel == "webhook", Delivery.address == first.address, Delivery.state == "waiting",
                Delivery.not_before < later,
            )  # fmt: skip
            session.execute(others.values(not_before=later))
        if found and tell and (why is None or final):
            _tell(app, session, found[0], why)


def _tell(app: Flask, session: KhetSession, row: Delivery, why: str | None) -> None:
    registry = app.extensions["khet"].registry
    if row.channel == "mail" and (answer := _answering(app).get(row.topic)) is not None:
        answer(session, registry, row, why)
    elif why is not None and row.channel == "webhook":
        hook = session.get(Webhook, int(row.address))
        office = session.scalars(select(Unit).where(Unit.kind == "office").order_by(Unit.id)).first()
        if hook is None or office is None:
            return
        for account in accounts.who_may(session, registry.roles(), ("edit", WEBHOOKS), office, today()):
            with force_locale(account.locale):
                said = _("The webhook %(name)s does not take its messages: %(why)s", name=hook.name, why=why)
            _leave(session, account.id, Webhook.__tablename__, hook.id, "WebhookView", said)
    elif why is not None and row.user_id is not None and row.view:
        reader = services.account(session, row.user_id)
        if reader is not None:
            with force_locale(reader.locale):
                said = _("E-mail to %(address)s could not be sent: %(why)s", address=row.address, why=why)
            _leave(session, reader.id, row.kind, row.record_id or 0, row.view, said)


def _leave(session: KhetSession, user_id: int, kind: str, record_id: int, view: str, said: str) -> None:
    """A notice in the page, which no e-mail follows; once as long as it is not read."""
    unread = select(Notice.id).where(
        Notice.user_id == user_id, Notice.topic == UNDELIVERED, Notice.record_id == record_id, Notice.kind == kind,
        Notice.read_at.is_(None),
    )  # fmt: skip
    if session.scalar(unread.limit(1)) is None:
        session.add(
            Notice(user_id=user_id, topic=UNDELIVERED, kind=kind, record_id=record_id, view=view, label=said[:300])
        )


# -- what goes out -----------------------------------------------------------------------------------------------


def _mail(app: Flask, rows: list[Delivery]) -> None:
    settings, first = app.extensions["khet"].settings, rows[0]
    if not settings.smtp_url:
        raise Refused(_("E-mail is not set up in this installation."))
    with app.extensions["khet"].database.system("outbox") as session:
        reader = session.get(Account, first.user_id) if first.user_id is not None and first.view else None
    with force_locale(reader.locale if reader else "th"):
        if first.digest:
            subject = _("%(count)s notices from Khet", count=len(rows))
            text = "\n\n".join(_said(app, row, reader, "• ") for row in rows)
        else:
            subject = first.subject
            old = settings.secret_key_old
            text = _said(app, first, reader) if first.view else unseal(settings.secret_key, first.body, old)
        mail.send(settings, mail.message(settings, first.address, subject, text))


def _said(app: Flask, row: Delivery, reader: Account | None, mark: str = "") -> str:
    """A notice with the words it brings and, where its reader can open it, the address of what it is about."""
    settings = app.extensions["khet"].settings
    words = unseal(settings.secret_key, row.body, settings.secret_key_old)
    link = _address(app, row, reader) if settings.public_url else ""
    lines = [f"{mark}{row.subject}"]
    if words:
        lines += ["", *(f"> {line}" for line in words.splitlines())]
    if link:
        lines += ["", settings.public_url + link]
    return "\n".join(lines)


def _address(app: Flask, row: Delivery, reader: Account | None) -> str:
    """As on the reader's own page of notices (within a request of our own)."""
    khet = app.extensions["khet"]
    if reader is None or (actor := khet.actor(reader.id)) is None:
        return ""
    with as_another(actor, "outbox"):
        return notice_url(row)


def _webhook(app: Flask, rows: list[Delivery]) -> None:
    settings, row = app.extensions["khet"].settings, rows[0]
    with app.extensions["khet"].database.district(row.district_id, "webhook", write=False) as session:
        hook = session.get(Webhook, int(row.address))
    if hook is None or not hook.active:
        return  # deleted or switched off since: nothing is owed
    body = unseal(settings.secret_key, row.body, settings.secret_key_old).encode()
    try:
        host = webhook.host_of(hook.url)
    except ValueError as error:
        raise Refused(_("This is no address of a web server: %(url)s", url=hook.url[:80])) from error
    with _claiming:
        if _hosts[host] >= MOST_A_HOST:
            raise Later
        _hosts[host] += 1
    try:
        webhook.post(hook.url, hook.signing_key, row.id, body, local=settings.webhook_local)
    finally:
        with _claiming:
            _hosts[host] -= 1

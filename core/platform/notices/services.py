"""Telling somebody: the notice in the page, and what leaves through the outbox, in one transaction."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import func, select, update

from core.base.errors import RuleError
from core.base.text.addresses import mail_address
from core.base.text.thai import BANGKOK, clean
from core.platform.notices import webhook
from core.platform.notices.encryption import seal
from core.platform.notices.models import Delivery, Notice, Webhook
from core.platform.personal.models import Preference
from core.platform.users.models import Account
from core.storage.base import utc_now
from core.storage.scope import KhetSession

PAGE_ONLY, MAIL, DIGEST, OFF = "page", "mail", "digest", "off"
MODES = (PAGE_ONLY, MAIL, DIGEST, OFF)
DIGEST_AT = "08:00"
MOST_MENTIONS = 10
MOST_WEBHOOKS = 20
#: characters of a notice
LONGEST = 300
#: in a session's info: (user, kind of record, what was said) of every notice of this transaction, wanted or not
TOLD_NOW = "notices_told_now"
_MENTION = re.compile(r"@([a-z0-9_-]+\.[a-z0-9_-]+)")


def account(session: KhetSession, user_id: int) -> Account | None:
    """The account, if it is in use."""
    found = session.get(Account, user_id)
    return found if found is not None and found.active else None


def mentioned(session: KhetSession, text: str) -> list[Account]:
    """The district's accounts that a text names with @username; at most MOST_MENTIONS."""
    names = list(dict.fromkeys(_MENTION.findall(text.lower())))[:MOST_MENTIONS]
    if not names:
        return []
    return list(session.scalars(select(Account).where(Account.username.in_(names), Account.active.is_(True))))


def notify(
    session: KhetSession, account: Account, topic: str, said: str, record: Any, view: str, words: str = "", *,
    must: bool = False, mail: bool = False, webhooks: bool = True,
) -> None:  # fmt: skip
    """Leave a notice for a user, and what they chose besides: e-mail at once or in the next digest.

    `said` is in the user's language and names nothing that the record's label would not, but the reason of what was
    sent back, refused or taken away (`because`). `words` are what somebody
    wrote; they go along by e-mail, of a secret record never. `must`: in the page at least, whatever they chose. `mail`:
    by e-mail at once as well, in quiet hours too. `webhooks`: the district's are told too; False where the caller does.
    """
    session.info.setdefault(TOLD_NOW, set()).add((account.id, record.__tablename__, said))
    choices = session.scalar(
        select(Preference.data).where(
            Preference.user_id == account.id, Preference.district_id == account.district_id
        )
    ) or {}  # fmt: skip
    mode = choices.get("notices", {}).get(topic, PAGE_ONLY)
    mode = MAIL if mail else PAGE_ONLY if must and mode == OFF else mode
    district_id = account.district_id
    if mode != OFF:
        notice = Notice(district_id=district_id, user_id=account.id, topic=topic)
        notice.point_at(record, view)
        notice.label = said[:LONGEST]
        session.add(notice)
    if mode in (MAIL, DIGEST) and deliverable(account.mail_address):
        session.add(
            Delivery(
                district_id=district_id, user_id=account.id, channel="mail", address=account.mail_address, topic=topic,
                subject=said[:LONGEST], digest=mode == DIGEST,
                kind=record.__tablename__, record_id=record.id, view=view,
                body="" if getattr(record, "secrecy", 0) else seal(session.info["secret_key"], words),
                not_before=next_digest(utc_now(), choices.get("digest", DIGEST_AT)) if mode == DIGEST
                else after_quiet(utc_now(), None if mail else choices.get("quiet")),
            )
        )  # fmt: skip
    if webhooks:
        publish(session, district_id, topic, record)


def because(said: str, why: str, record: Any) -> str:
    """What is told of something that was sent back, refused or taken away, with the reason that somebody wrote; of a
    secret record no reason. In the language that is spoken now."""
    why = clean(why)
    if not why or getattr(record, "secrecy", False):
        return said
    text: str = _("%(said)s · reason: %(why)s", said=said, why=why)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def notify_each(
    session: KhetSession, people: Iterable[Account], topic: str, said: Any, record: Any, view: str, **facts: Any
) -> None:
    """One notice of the same to several, each in their own language; to who does it not.

    `said` is a lazy text that may name %(who)s, %(record)s and `facts`. The district's webhooks hear of it once.
    """
    others = [one for one in people if one.id != session.scope.user_id]
    for number, reader in enumerate(others):
        with force_locale(reader.locale):
            who = session.scope.user_name if session.scope.user_id else _("The system")
            text = str(said) % {"who": who, "record": str(record.label)[:200], **facts}
        notify(session, reader, topic, text, record, view, webhooks=number == 0)


def publish(session: KhetSession, district_id: int, topic: str, record: Any, **facts: Any) -> None:
    """Tell the district's webhooks that listen to this topic: of what record, and when. Of no secret record.

    Whoever keeps a webhook need not be able to open the record: what it is about is fetched through the API, by who may
    read it. `facts` stand beside: numbers, states and times, or what every keeper of webhooks may read.
    """
    if getattr(record, "secrecy", 0):
        return
    at = utc_now().isoformat(timespec="seconds")
    body = {"topic": topic, "record": [record.__tablename__, record.id], "at": at, **facts}
    for hook in _webhooks(session, district_id):
        if topic in hook.topics:
            session.add(
                Delivery(
                    district_id=district_id, user_id=None, channel="webhook", address=str(hook.id), topic=topic,
                    subject=hook.name, kind=record.__tablename__, record_id=record.id,
                    body=seal(session.info["secret_key"], json.dumps(body, ensure_ascii=False)),
                )
            )  # fmt: skip


def _webhooks(session: KhetSession, district_id: int) -> list[Webhook]:
    known: dict[int, list[Webhook]] = session.info.setdefault("webhooks", {})
    if district_id not in known:
        found = select(Webhook).where(Webhook.district_id == district_id, Webhook.active.is_(True))
        known[district_id] = list(session.scalars(found.limit(MOST_WEBHOOKS)))
    return known[district_id]


def still_unread(session: KhetSession, user_id: int, topic: str, record: Any) -> bool:
    """Whether the user has an unread notice of that topic about the record: the same is not said twice."""
    found = select(Notice.id).where(
        Notice.user_id == user_id, Notice.topic == topic, Notice.kind == record.__tablename__,
        Notice.record_id == record.id, Notice.read_at.is_(None),
    )  # fmt: skip
    return session.scalar(found.limit(1)) is not None


def send_mail(
    session: KhetSession, topic: str, to: str, subject: str, body: str, *, record: Any, district_id: int
) -> None:
    """An e-mail to somebody outside, about a record; the topic's `mailed` hears how it ends."""
    session.add(
        Delivery(
            district_id=district_id, user_id=session.scope.user_id, channel="mail", address=to, topic=topic,
            subject=subject[:300], body=seal(session.info["secret_key"], body), kind=record.__tablename__,
            record_id=record.id,
        )
    )  # fmt: skip


def withdraw(session: KhetSession, topic: str, record: Any) -> None:
    """Take back e-mail about a record that has not gone out yet."""
    waits = select(Delivery).where(
        Delivery.topic == topic, Delivery.kind == record.__tablename__, Delivery.record_id == record.id,
        Delivery.channel == "mail", Delivery.state == "waiting",
    )  # fmt: skip
    for row in session.scalars(waits):
        session.delete(row)


def deliverable(address: str | None) -> bool:
    """Whether an address can be written to."""
    try:
        mail_address(address)
    except ValueError:
        return False
    return True


def _clock(raw: str) -> time:
    hour, _colon, minute = raw.partition(":")
    return time(int(hour), int(minute))


def next_digest(now: datetime, at: str) -> datetime:
    """The next moment that is `at` (HH:MM) in Bangkok."""
    local = now.astimezone(BANGKOK)
    due = local.replace(hour=_clock(at).hour, minute=_clock(at).minute, second=0, microsecond=0)
    return due if due > local else due + timedelta(days=1)


def after_quiet(now: datetime, quiet: Any) -> datetime:
    """`now`, or the end of the quiet hours [from, to] (HH:MM, Bangkok; over midnight where from > to)."""
    if not quiet:
        return now
    start, end = _clock(quiet[0]), _clock(quiet[1])
    local = now.astimezone(BANGKOK)
    clock = local.time()
    inside = start <= clock < end if start <= end else clock >= start or clock < end
    if not inside:
        return now
    until = local.replace(hour=end.hour, minute=end.minute, second=0, microsecond=0)
    return until if until > local else until + timedelta(days=1)


def latest(session: KhetSession, user_id: int, limit: int = 50, *, topic: str = "") -> list[Notice]:
    """The user's notices, of one topic where it is named; newest first."""
    mine = select(Notice).where(Notice.user_id == user_id)
    mine = mine.where(Notice.topic == topic) if topic else mine
    return list(session.scalars(mine.order_by(Notice.id.desc()).limit(limit)))


def read(session: KhetSession, user_id: int, *, kind: str = "", record_id: int = 0) -> None:
    """Mark the user's notices as read: all, or those about one record."""
    statement = update(Notice).where(Notice.user_id == user_id, Notice.read_at.is_(None))
    if kind:
        statement = statement.where(Notice.kind == kind, Notice.record_id == record_id)
    session.execute(statement.values(read_at=utc_now()))


def save_webhook(session: KhetSession, hook: Webhook | None, values: dict[str, Any], *, local: bool) -> Webhook:
    """Add or change a webhook. Raises RuleError (field url) for anything but https with a public host.

    `local`: the operator allows plain http and addresses inside the network.
    """
    webhook.check_url(values["url"], local=local)
    if hook is None:
        if (session.scalar(select(func.count(Webhook.id))) or 0) >= MOST_WEBHOOKS:
            raise RuleError(_("There are too many webhooks."))
        hook = Webhook(signing_key=secrets.token_hex(32))
        session.add(hook)
    hook.name, hook.url = clean(values["name"]), values["url"]
    hook.topics, hook.active = sorted(values["topics"]), bool(values["active"])
    session.flush()
    return hook

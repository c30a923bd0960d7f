"""Telling people from within a page: a colleague, who stands in for them, and head office."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import g, request
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select

from core.base.text.thai import today
from core.platform.consents import head_office
from core.platform.notices import services as notices
from core.platform.timeline import recorder
from core.platform.users.models import Account, Grant
from core.platform.worklist import queries
from core.platform.worklist.models import WorklistRow
from core.platform.worklist.sync import InWorklist
from core.records.approvals import services as approvals
from core.web import page_context
from core.web.unit_of_work import READING, after_answer, db, khet


def notify_user(
    account: Account, topic: str, said: Any, record: Any, view: str, *, by: str = "", why: str = ""
) -> None:  # fmt: skip
    """A notice in the reader's own language; nobody is told what they did themselves.

    `said` is a lazy text that may name %(who)s (`by`, where it is another than who acts) and %(record)s; whoever acts
    in another's place is named so. `why`: the reason of what was sent back, refused or taken away. Where the record
    waits for them, who takes their place today is told, too: it is in that one's list as well.
    """
    who = by or approvals.in_capacity(g.actor.name, recorder.acts_for(db))
    if account.id == g.actor.user_id:
        return
    notices.notify(db, account, topic, _in_words(account, said, record, who, why), record, view, words=why)
    for other in _in_their_place(account, record):
        with force_locale(other.locale):
            place = f"{account.first_name} {account.last_name}".strip()
            text = _("In the place of %(name)s: %(said)s", name=place, said=_in_words(other, said, record, who, why))
        notices.notify(db, other, topic, text, record, view, webhooks=False)


def _in_words(reader: Account, said: Any, record: Any, who: str, why: str) -> str:
    with force_locale(reader.locale):
        label = str(record.label)[: 100 if why else 200]  # the reason is to stand there too
        return notices.because(str(said) % {"who": who, "record": label}, why, record)


def _in_their_place(account: Account, record: Any) -> Sequence[Account]:
    """Who finds in their own list that the record waits for this user. Of a secret one nobody but the user is told."""
    waits = isinstance(record, InWorklist) and not getattr(record, "secrecy", False)
    if not waits:
        return []
    db.flush()
    item = select(WorklistRow.id).where(
        WorklistRow.kind == record.__tablename__, WorklistRow.record_id == record.id,
        WorklistRow.user_id == account.id, WorklistRow.district_id == account.district_id,
    )  # fmt: skip
    instead = select(Grant.user_id).where(Grant.stands_in_for_id == account.id, Grant.running(today()))
    others = select(Account).where(
        Account.id.in_(instead), Account.active.is_(True), Account.id != g.actor.user_id, item.exists()
    )
    return [one for one in db.scalars(others.order_by(Account.id)) if _finds(one, item)]


def _finds(account: Account, item: Any) -> bool:
    actor = khet().actor(account.id)
    if actor is None:
        return False
    theirs = queries.open_to(actor, page_context.worklists(), page_context.open_views())
    return db.scalar(item.where(theirs)) is not None


def notify_head_office_soon() -> None:
    """Head office hears of grave requests as soon as this request's answer is out, if it may have changed any."""
    database = khet().database
    if request.method not in READING:
        after_answer("head office hears", lambda: head_office.notify_head_office(database))

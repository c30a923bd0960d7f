"""Telling people from within a page: a colleague, and head office."""

from __future__ import annotations

from typing import Any

from flask import g, request
from flask_babel import force_locale

from core.platform.consents import head_office
from core.platform.notices import services as notices
from core.platform.users.models import Account
from core.web.unit_of_work import READING, after_answer, db, khet


def notify_user(account: Account, topic: str, said: Any, record: Any, view: str) -> None:
    """A notice in the reader's own language; nobody is told what they did themselves.

    `said` is a lazy text that may name %(who)s and %(record)s.
    """
    if account.id != g.actor.user_id:
        with force_locale(account.locale):
            text = str(said) % {"who": g.actor.name, "record": str(record.label)[:200]}
        notices.notify(db, account, topic, text, record, view)


def notify_head_office_soon() -> None:
    """Head office hears of grave requests as soon as this request's answer is out, if it may have changed any."""
    database = khet().database
    if request.method not in READING:
        after_answer("head office hears", lambda: head_office.notify_head_office(database))

"""Telling a colleague from within a page."""

from __future__ import annotations

from typing import Any

from flask import g
from flask_babel import force_locale

from core.accounts.models import Account
from core.notices import services as notices
from core.web.unit_of_work import db


def tell(account: Account, topic: str, said: Any, record: Any, view: str) -> None:
    """A notice in the reader's own language; nobody is told what they did themselves.

    `said` is a lazy text that may name %(who)s and %(record)s.
    """
    if account.id != g.actor.user_id:
        with force_locale(account.locale):
            text = str(said) % {"who": g.actor.name, "record": str(record.label)[:200]}
        notices.notify(db, account, topic, text, record, view)

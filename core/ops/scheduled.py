"""Core's own work that comes again by itself in every district."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select

from core.base.permissions import ROLE_TITLES
from core.base.text.thai import BANGKOK, format_date
from core.exchange.api.models import IdempotencyKey
from core.exchange.imports import services as imports
from core.platform.accounts import notify
from core.platform.consents import services as consents
from core.platform.jobs import runner
from core.platform.notices import services as notices
from core.platform.notices.models import Delivery, Notice
from core.platform.personal.models import Draft
from core.platform.personal.services import KEPT_DRAFTS
from core.platform.schedule.periodic import MORNING, Periodic, Turn
from core.platform.users.models import Account, Grant
from core.platform.worklist import telling
from core.records.files import store
from core.records.files.models import Attachment
from core.web.models import FormKey
from core.web.security import failures

KEPT_NOTICES, KEPT_KEYS = timedelta(days=90), timedelta(days=7)
#: a file that no record has taken for so long belongs to a form that was given up
UNUSED = timedelta(days=1)
#: so many days before a role ends its holder hears of it
AHEAD = timedelta(days=3)
#: what is told whose place is taken, and with whom what waits for them lies alone again
PLACE_ENDED = _l("Since %(day)s is over, %(who)s takes your place no more: %(what)s")
PLACE_ENDS = _l("%(who)s takes your place until %(day)s: %(what)s")


def sweep(turn: Turn) -> None:
    """Delete what nobody needs any more."""
    session, now, root = turn.session, turn.now, turn.settings.files_dir
    session.execute(delete(FormKey).where(FormKey.used_at < now - KEPT_KEYS))
    session.execute(delete(IdempotencyKey).where(IdempotencyKey.at < now - KEPT_KEYS))
    session.execute(delete(Draft).where(Draft.saved_at < now - KEPT_DRAFTS))
    session.execute(delete(Notice).where(Notice.at < now - KEPT_NOTICES))
    failures.sweep(session)
    session.execute(delete(Delivery).where(Delivery.sent_at < now - KEPT_NOTICES))
    over = now - KEPT_NOTICES  # what failed, and what waited for a mail server that nobody set
    session.execute(delete(Delivery).where(Delivery.state != "sent", Delivery.not_before < over))
    unused = select(Attachment).where(Attachment.record_id.is_(None), Attachment.uploaded_at < now - UNUSED)
    for file in session.scalars(unused.limit(200)).all():
        store.discard(session, root, file)
    imports.sweep(session, root)
    runner.sweep_results(session, turn.settings)


def expire_consents(turn: Turn) -> None:
    """Close what was asked of a second person, who did not decide in time."""
    consents.expire(turn.session, turn.now)


def tell_roles_ending(turn: Turn) -> None:
    """Whose role ends in three days, or ended by itself, hears of it; so does whose place it takes, and who had given
    them work.

    What somebody ended by hand was told then.
    """
    session = turn.session
    first, last = (moment.astimezone(BANGKOK).date() for moment in (turn.since, turn.now))
    ended, ending = Grant.ends_on >= first, Grant.ends_on < last + AHEAD
    running = select(Grant).where(Grant.ended_at.is_(None), ended, ending).order_by(Grant.id)
    for grant in session.scalars(running).all():
        assert grant.ends_on is not None
        over, soon = grant.ends_on < last, grant.ends_on >= first + AHEAD
        account = notices.account(session, grant.user_id)
        if account is None or not (over or soon):
            continue
        ends = _l("Your role ended on %(day)s: %(what)s") if over else _l("Your role ends on %(day)s: %(what)s")
        _tell_end(turn, grant, account, ends)
        place = notices.account(session, grant.stands_in_for_id) if grant.stands_in_for_id else None
        if place is not None:
            _tell_end(turn, grant, place, PLACE_ENDED if over else PLACE_ENDS)
        if over:
            telling.tell_givers(session, account.id, account.district_id)


def _tell_end(turn: Turn, grant: Grant, account: Account, said: Any) -> None:
    """Tell an account of the last day of a grant, its own or one in its place."""
    assert grant.ends_on is not None
    with force_locale(account.locale):
        facts = {
            "day": format_date(grant.ends_on, "letter"), "what": _role(turn, grant),
            "who": grant.account.get_full_name(),
        }  # fmt: skip
        notices.notify(turn.session, account, notify.TOPIC, str(said) % facts, account, "SecurityView", must=True)


def _role(turn: Turn, grant: Grant) -> str:
    title = f"{ROLE_TITLES.get(grant.role.key, grant.role.key)} · {grant.unit.name}"
    of = turn.session.get(Account, grant.stands_in_for_id) if grant.stands_in_for_id else None
    return _("%(role)s, in place of %(who)s", role=title, who=of.get_full_name()) if of is not None else title


def tell_due(turn: Turn) -> None:
    """Every morning: what falls due until the end of tomorrow, each thing once."""
    telling.tell_due(turn.session, _tomorrow(turn.since), _tomorrow(turn.now))


def _tomorrow(moment: datetime) -> datetime:
    """The end of the day after a moment, in Bangkok."""
    return datetime.combine(moment.astimezone(BANGKOK).date() + timedelta(days=2), time(0), BANGKOK)


WORKS = [
    Periodic("core.sweep", _l("Delete drafts, notices and files that nobody needs any more"), sweep),
    Periodic("core.consents", _l("Close requests for grave rights whose time is over"), expire_consents),
    Periodic("core.roles", _l("Tell whose roles end"), tell_roles_ending, at=MORNING),
    Periodic("core.due", _l("Tell what falls due until the end of tomorrow"), tell_due, at=MORNING),
]

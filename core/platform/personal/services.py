"""Saved views, preferences, drafts and recent pages of the session's user."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from flask_babel import gettext as _
from sqlalchemy import delete, or_, select
from sqlalchemy.orm.attributes import flag_modified

from core.base.errors import NotFound, RuleError
from core.base.text.thai import clean
from core.platform.personal.models import Draft, Preference, RecentPage, SavedView
from core.storage import cache
from core.storage.base import utc_now
from core.storage.scope import KhetSession

#: the stamp behind which lists keep their views
VIEWS = "views"
cache.invalidates(VIEWS, SavedView)
#: the preference that names the lists which stand at the top of the navigation
PINNED = "pinned"
MOST_PINNED = 3
MOST_VIEWS = 50
MOST_RECENT = 12
LARGEST_DRAFT = 20_000
MOST_DRAFTS = 50
KEPT_DRAFTS = timedelta(days=30)
#: what a draft never holds, whatever the page sends
NOT_DRAFTED = frozenset({"csrf_token", "form_key", "version", "password", "old_password", "again"})


# -- preferences --------------------------------------------------------------------------------------------


def preferences(session: KhetSession, user_id: int) -> dict[str, Any]:
    """A user's choices; empty where none were made."""
    return session.scalar(select(Preference.data).where(Preference.user_id == user_id)) or {}


def prefer(session: KhetSession, user_id: int, **choices: Any) -> None:
    """Set some of a user's choices; None forgets one."""
    row = session.scalars(select(Preference).where(Preference.user_id == user_id)).first()
    if row is None:
        row = Preference(user_id=user_id, data={})
        session.add(row)
    for name, value in choices.items():
        if value is None:
            row.data.pop(name, None)
        else:
            row.data[name] = value
    flag_modified(row, "data")
    session.flush()


def pin(session: KhetSession, user_id: int, view: str) -> bool:
    """Put a list at the top of the user's navigation, or back where it came from: whether it stands there now.

    At most MOST_PINNED stand there; a further one takes the place of the oldest.
    """
    pinned = preferences(session, user_id).get(PINNED, [])
    kept = [one for one in pinned if one != view]
    if len(kept) == len(pinned):
        kept = [view, *kept][:MOST_PINNED]
    prefer(session, user_id, **{PINNED: kept or None})
    return view in kept


# -- saved views --------------------------------------------------------------------------------------------


class Offered(NamedTuple):
    """A saved view as the list that it belongs to offers it."""

    id: int
    title: str
    query: str
    shared: bool
    user_id: int


def saved_views(session: KhetSession, user_id: int, view: str) -> Sequence[Offered]:
    """The user's own views of a list, and behind them those shared with the district, by name; at most MOST_VIEWS.

    Nobody's own is crowded out by what others share.
    """

    def read() -> tuple[Offered, ...]:
        offered = (
            select(SavedView.id, SavedView.title, SavedView.query, SavedView.shared, SavedView.user_id)
            .where(SavedView.view == view, or_(SavedView.user_id == user_id, SavedView.shared.is_(True)))
            .order_by(SavedView.user_id != user_id, SavedView.title, SavedView.id)
            .limit(MOST_VIEWS)
        )
        return tuple(Offered(*row) for row in session.execute(offered))

    return cache.cached(session, VIEWS, (user_id, view), read)


def default_query(session: KhetSession, user_id: int, view: str, preferences: dict[str, Any]) -> str:
    """The query that a list opens with: the user's default view by their preferences, else empty."""
    chosen = preferences.get("default_views", {}).get(view)
    if chosen is None:
        return ""
    found = session.get(SavedView, chosen)
    return found.query if found is not None and (found.shared or found.user_id == user_id) else ""


def save_view(
    session: KhetSession, user_id: int, view: str, title: str, query: str, *, shared: bool, default: bool
) -> SavedView:
    """Keep a list's state under a name; the same name again replaces it. Raises RuleError (field title)."""
    title = clean(title)
    if not title or len(title) > 80:
        raise RuleError(_("Give the view a name of at most 80 characters."), field="title")
    mine = select(SavedView).where(SavedView.user_id == user_id, SavedView.view == view)
    found = session.scalars(mine.where(SavedView.title == title)).first()
    if found is None:
        if len(session.scalars(mine.limit(MOST_VIEWS)).all()) >= MOST_VIEWS:
            raise RuleError(_("You have too many views of this list; delete one first."), field="title")
        found = SavedView(user_id=user_id, view=view, title=title)
        session.add(found)
    found.query, found.shared = query[:2000], shared
    session.flush()
    if default:
        choose_default(session, user_id, found)
    return found


def choose_default(session: KhetSession, user_id: int, view: SavedView) -> None:
    """Open the list with this view from now on; chosen again, with none."""
    chosen = dict(preferences(session, user_id).get("default_views", {}))
    if chosen.get(view.view) == view.id:
        del chosen[view.view]
    else:
        chosen[view.view] = view.id
    prefer(session, user_id, default_views=chosen)


def own_view(session: KhetSession, user_id: int, view_id: int, *, own: bool) -> SavedView:
    """A view one may use, or (own) change. Raises NotFound."""
    found = session.get(SavedView, view_id)
    if found is None or (found.user_id != user_id and (own or not found.shared)):
        raise NotFound
    return found


# -- drafts -------------------------------------------------------------------------------------------------


def draft(session: KhetSession, user_id: int, page: str) -> Draft | None:
    """What the user typed into that page and did not save."""
    return session.scalars(select(Draft).where(Draft.user_id == user_id, Draft.page == page)).first()


def keep_draft(session: KhetSession, user_id: int, page: str, fields: dict[str, list[str]]) -> bool:
    """Keep what was typed; a form marked secret is forgotten instead. Returns whether it was kept.

    Raises RuleError for one that is too large or one too many.
    """
    drop_draft(session, user_id, page)
    if any(value not in ("", "0") for value in fields.get("secrecy", ())):
        return False
    data = {name: values for name, values in fields.items() if name not in NOT_DRAFTED}
    if sum(len(name) + sum(map(len, values)) for name, values in data.items()) > LARGEST_DRAFT:
        raise RuleError(_("This is too long to be kept as a draft."))
    others = session.scalars(select(Draft.id).where(Draft.user_id == user_id).order_by(Draft.saved_at)).all()
    if len(others) >= MOST_DRAFTS:
        session.execute(delete(Draft).where(Draft.id == others[0]))
    session.add(Draft(user_id=user_id, page=page, data=data, saved_at=utc_now()))
    session.flush()
    return True


def drop_draft(session: KhetSession, user_id: int, page: str) -> None:
    """Forget a draft: it was saved, or is not wanted."""
    session.execute(
        delete(Draft)
        .where(Draft.user_id == user_id, Draft.page == page[:200])
        .execution_options(
            synchronize_session=False  # no draft is loaded here, and looking for one costs more than the statement
        )
    )


# -- recent -------------------------------------------------------------------------------------------------


def remember(session: KhetSession, user_id: int, record: Any, view: str) -> None:
    """Put a record among those the user opened lately; a secret one leaves no trace here."""
    if getattr(record, "secrecy", 0):
        return
    kind = record.__tablename__
    mine = select(RecentPage).where(RecentPage.user_id == user_id)
    row = session.scalars(mine.where(RecentPage.kind == kind, RecentPage.record_id == record.id)).first()
    if row is None:
        row = RecentPage(user_id=user_id)
        session.add(row)
    row.point_at(record, view)
    row.at = utc_now()
    session.flush()
    for old in session.scalars(mine.order_by(RecentPage.at.desc(), RecentPage.id.desc()).offset(MOST_RECENT)).all():
        session.delete(old)


def recent(session: KhetSession, user_id: int) -> list[RecentPage]:
    """The records opened lately, newest first."""
    mine = select(RecentPage).where(RecentPage.user_id == user_id)
    return list(session.scalars(mine.order_by(RecentPage.at.desc(), RecentPage.id.desc()).limit(MOST_RECENT)))

"""Flask-AppBuilder's security manager behind our own: rights come from dated grants, not from user.roles."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask import g, has_request_context, session
from flask_appbuilder.security.sqla.manager import SecurityManager
from flask_login import LoginManager

from core.base.identity import Actor
from core.base.text.thai import today
from core.platform.accounts import services
from core.platform.users import roles, sessions
from core.platform.users.models import Account
from core.storage.cache import PEOPLE
from core.storage.database import Database

#: users that a process keeps in mind at most
MOST_CACHED = 2_000


@dataclass(frozen=True)
class CachedActors:
    """What was read after these stamps, on that day.

    Never changed into another moment's: a thread that read before a change would else leave there what it read.
    """

    at: tuple[int, int, date]
    rights: dict[int, frozenset[tuple[str, str]]]
    actors: dict[int, Actor] = field(default_factory=dict)


class KhetSecurityManager(SecurityManager):
    """Login and rights. Registers no Flask-AppBuilder page and writes nothing at start."""

    user_model = Account
    database: Database  # set by the application before this class is instantiated

    def __init__(self, appbuilder: Any) -> None:
        self.clear_cache()
        super().__init__(appbuilder)

    def create_db(self) -> None:
        """Migrations make the tables, sync-roles the roles."""

    def register_views(self) -> None:
        """Our own login and account pages are core's views."""

    def create_login_manager(self, app: Any) -> LoginManager:
        manager = super().create_login_manager(app)
        manager.login_view = None
        manager.session_protection = None  # the session store binds sessions; addresses change on phones
        return manager

    def create_jwt_manager(self, app: Any) -> None:
        """No tokens yet: nothing is reachable but by session."""

    def clear_cache(self) -> None:
        """Drop what this process keeps of rights and users."""
        self._cached = CachedActors((-1, -1, date.min), {})

    def load_user(self, pk: str) -> Actor | None:
        """The signed-in user of this request, None when the account or the session's epoch has ended.

        Kept in the process until the stamps, which came with the session, have moved on.
        """
        actor = self.cached_actor(int(pk), sessions.own().stamps)
        if actor is None or session.get("epoch") != actor.epoch:
            return None
        return actor

    def cached_actor(self, user_id: int, stamps: dict[str, int]) -> Actor | None:
        """A user as they stand at these stamps, which the caller has just read; None when gone or locked."""
        at = stamps.get(roles.STAMP, 0), stamps.get(PEOPLE, 0), today()
        cached = self._cached
        if cached.at != at or len(cached.actors) > MOST_CACHED:
            with self.database.system("rights") as db:
                self._cached = cached = CachedActors(at, roles.rights_by_role(db))
        actor = cached.actors.get(user_id)
        if actor is None:
            with self.database.system("sign-in") as db:
                actor = services.load_actor(db, user_id, cached.rights, today())
            if actor is not None:
                cached.actors[actor.user_id] = actor
        return actor

    def actor(self, user_id: int) -> Actor | None:
        """Another user as they stand today, for a job of theirs or to ask what they may read."""
        with self.database.system("who is it") as db:
            return services.load_actor(db, user_id, roles.rights_by_role(db), today())

    def before_request(self) -> None:
        """Flask-AppBuilder sets g.user here; core.web.unit_of_work does, with the scope."""

    def has_access(self, permission_name: str, view_name: str) -> bool:
        """Whether the current user holds the right somewhere; FAB's decorators ask this."""
        actor = getattr(g, "actor", None) if has_request_context() else None
        return bool(actor and actor.may(view_name, permission_name.removeprefix(roles.PREFIX)))

    def is_item_public(self, permission_name: str, view_name: str) -> bool:
        """Nothing is public by table; anonymous views say so in code."""
        return False

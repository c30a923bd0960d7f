"""Server-side sessions on a connection of their own.

Written here and not taken from Flask-Session: its SQLAlchemy store shares the application's session (a
flush followed by an error page would be committed with it) and creates its table at a worker's start.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from datetime import timedelta
from typing import Any

from flask import Flask, Request, Response
from flask.sessions import SessionInterface, SessionMixin
from sqlalchemy import bindparam, delete, insert, select, true, update
from sqlalchemy.orm import Session
from werkzeug.datastructures import CallbackDict

from core.accounts.models import LoginSession, Stamp
from core.db.base import utc_now
from core.db.database import WRITE, Database

#: how old `seen_at` may grow before a reading request writes it again
TOUCH_AFTER = timedelta(minutes=5)
#: messages for the next page, the newest
MOST_FLASHES = 5


_WITH_STAMPS = (
    select(LoginSession.data, LoginSession.seen_at, Stamp.name, Stamp.version)
    .outerjoin(Stamp, true())
    .where(LoginSession.id == bindparam("key"))
)


def _key(sid: str) -> str:
    return hashlib.sha256(sid.encode()).hexdigest()


class ServerSession(CallbackDict, SessionMixin):
    """A session's values; knows whether they must be written."""

    def __init__(self, initial: dict[str, Any] | None = None, sid: str | None = None, stale: bool = False):
        def on_update(session: ServerSession) -> None:
            session.modified = True

        super().__init__(initial, on_update)
        self.sid = sid
        self.stale = stale
        self.modified = False
        #: the stamps of the moment, read with the session (core/accounts/stamps.py)
        self.stamps: dict[str, int] = {}
        #: id that this session leaves behind when it gets a new one
        self.old_sid: str | None = None

    def renew(self) -> None:
        """Give the session a new id (at login, so that a planted cookie is worth nothing)."""
        self.old_sid, self.sid, self.modified = self.sid, None, True


class ServerSessions(SessionInterface):
    """Flask's session interface over core_session."""

    session_class = ServerSession

    def __init__(self, database: Database, hours: int) -> None:
        self.database = database
        self.lifetime = timedelta(hours=hours)

    def open_session(self, app: Flask, request: Request) -> ServerSession:
        sid = request.cookies.get(self.get_cookie_name(app))
        if not sid or len(sid) > 100:
            return ServerSession()
        with self.database.app_engine.connect() as connection:
            rows = connection.execute(_WITH_STAMPS, {"key": _key(sid)}).all()
        if not rows or rows[0].seen_at < utc_now() - self.lifetime:
            return ServerSession()
        row = rows[0]
        session = ServerSession(json.loads(row.data), sid, stale=row.seen_at < utc_now() - TOUCH_AFTER)
        session.stamps = {found.name: found.version for found in rows if found.name}
        return session

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        assert isinstance(session, ServerSession)
        name = self.get_cookie_name(app)
        if session.old_sid:
            self._write(delete(LoginSession).where(LoginSession.id == _key(session.old_sid)))
        if not session:
            if session.sid:
                self._write(delete(LoginSession).where(LoginSession.id == _key(session.sid)))
                response.delete_cookie(name, path="/", secure=self.get_cookie_secure(app), httponly=True)
            return
        response.vary.add("Cookie")
        self._forget_old_flashes(session)
        values = {"data": json.dumps(dict(session)), "seen_at": utc_now()}
        if session.sid is None:
            session.sid = secrets.token_urlsafe(32)
            self._write(insert(LoginSession).values(id=_key(session.sid), **values))
        elif session.modified or session.stale:
            self._write(update(LoginSession).where(LoginSession.id == _key(session.sid)).values(**values))
            return
        else:
            return
        response.set_cookie(
            name, session.sid, path="/", httponly=True, samesite="Lax", secure=self.get_cookie_secure(app)
        )

    def save_with(self, session: ServerSession, db: Session) -> None:
        """Write a session that has changed in the request's own transaction, which is about to be committed.

        One commit less; a session that is new, renewed or ended is written on its own connection, whatever becomes of
        the request.
        """
        if session and session.modified and session.sid and not session.old_sid:
            self._forget_old_flashes(session)
            changed = update(LoginSession).where(LoginSession.id == _key(session.sid))
            values = {"data": json.dumps(dict(session)), "seen_at": utc_now()}
            db.execute(changed.values(**values), execution_options={"synchronize_session": False})
            session.modified = session.stale = False

    def _forget_old_flashes(self, session: ServerSession) -> None:
        if len(flashes := session.get("_flashes", ())) > MOST_FLASHES:  # nobody looked: it is no place to pile them up
            session["_flashes"] = flashes[-MOST_FLASHES:]

    def _write(self, statement: Any) -> None:
        with self.database.app_engine.execution_options(**{WRITE: True}).begin() as connection:
            connection.execute(statement)

    def sweep(self) -> int:
        """Delete sessions that ended long ago; run by housekeeping."""
        with self.database.app_engine.execution_options(**{WRITE: True}).begin() as connection:
            limit = utc_now() - self.lifetime
            return connection.execute(delete(LoginSession).where(LoginSession.seen_at < limit)).rowcount

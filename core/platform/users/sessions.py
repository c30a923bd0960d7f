"""Sessions: a signed-in user's is a row, on a connection of its own; a stranger's is a signed cookie and no row.

Written here and not taken from Flask-Session: its SQLAlchemy store shares the application's session (a
flush followed by an error page would be committed with it) and creates its table at a worker's start.

Where nothing can be written (a full disk, a command that holds SQLite's writer for long), who signs in is carried by
the signed cookie for an hour and reads on; a change of a session that cannot be kept is left out, and logged.
"""

from __future__ import annotations

import hashlib
import json
import logging
import secrets
from datetime import timedelta
from typing import Any

from flask import Flask, Request, Response
from flask import request as current_request
from flask.globals import request_ctx
from flask.sessions import SessionInterface, SessionMixin
from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy import bindparam, delete, insert, or_, select, true, update
from sqlalchemy.exc import InternalError, OperationalError
from sqlalchemy.orm import Session
from werkzeug.datastructures import CallbackDict

from core.platform.users.models import LoginSession
from core.storage.base import utc_now
from core.storage.cache import Stamp
from core.storage.database import WRITE, Database
from core.storage.outage import QueueFull, kind_of
from core.storage.writer_queue import AT_ONCE, BRIEFLY, LONGEST, at_most

log = logging.getLogger(__name__)

#: how old `seen_at` may grow before a reading request writes it again
TOUCH_AFTER = timedelta(minutes=5)
#: how long a signed cookie carries a user for whom no row could be written
CARRIED = timedelta(hours=1)
#: messages for the next page, the newest
MOST_FLASHES = 5
#: a cookie's value may be no longer than this (browsers refuse 4,096 with name and attributes)
LONGEST_COOKIE = 3_800
#: key of the signed-in user's id in a session
USER = "_user_id"
#: since when a cookie carries a user, in seconds since 1970: handing it out anew does not lengthen its hour
SINCE = "carried_since"


_WITH_STAMPS = (
    select(LoginSession.data, LoginSession.began_at, LoginSession.seen_at, Stamp.name, Stamp.version)
    .outerjoin(Stamp, true())
    .where(LoginSession.id == bindparam("key"))
)
_STAMPS = select(Stamp.name, Stamp.version)


def _key(sid: str) -> str:
    return hashlib.sha256(sid.encode()).hexdigest()


class ServerSession(CallbackDict[str, Any], SessionMixin):
    """A session's values; knows whether they must be written."""

    def __init__(self, initial: dict[str, Any] | None = None, sid: str | None = None, stale: bool = False):
        def on_update(session: ServerSession) -> None:
            session.modified = True

        super().__init__(initial, on_update)
        self.sid = sid
        self.stale = stale
        self.modified = False
        #: came in a signed cookie
        self.carried = False
        #: the stamps of the moment, read with the session (core/storage/cache.py)
        self.stamps: dict[str, int] = {}
        #: id that this session leaves behind when it gets a new one
        self.old_sid: str | None = None
        #: why the session of this request could not be read: the database is out (core/storage/outage.py)
        self.failed: Exception | None = None

    @property
    def key(self) -> str:
        """Its id in the table; empty where it has no row."""
        return _key(self.sid) if self.sid else ""

    def renew(self) -> None:
        """Give the session a new id (at login, so that a planted cookie is worth nothing)."""
        self.old_sid, self.sid, self.carried, self.modified = self.sid, None, False, True


def own() -> ServerSession:
    """The session of the request that is being answered, as what it is and not as Flask's stand-in for it."""
    found = request_ctx.session
    assert isinstance(found, ServerSession)
    return found


class ServerSessions(SessionInterface):
    """Flask's session interface: one ends `hours` after its last request, at the latest `longest` after its begin."""

    session_class = ServerSession

    def __init__(self, database: Database, hours: int, longest: int) -> None:
        self.database = database
        self.lifetime, self.longest = timedelta(hours=hours), timedelta(hours=longest)

    def open_session(self, app: Flask, request: Request) -> ServerSession:
        value = request.cookies.get(self.get_cookie_name(app), "")
        if not value or self.asks_nobody(app, request.path):
            return ServerSession()
        try:
            return self._unsealed(app, value) if "." in value else self._read(value)
        except Exception as error:
            if kind_of(error) is None:
                raise
            unread = ServerSession()
            unread.failed = error
            return unread

    def _read(self, value: str) -> ServerSession:
        if len(value) > 100:
            return ServerSession()
        with self.database.app_engine.connect() as connection:
            rows = connection.execute(_WITH_STAMPS, {"key": _key(value)}).all()
        now = utc_now()
        if not rows or rows[0].seen_at < now - self.lifetime or rows[0].began_at < now - self.longest:
            return ServerSession()
        row = rows[0]
        session = ServerSession(json.loads(row.data), value, stale=row.seen_at < now - TOUCH_AFTER)
        session.stamps = {found.name: found.version for found in rows if found.name}
        return session

    def _unsealed(self, app: Flask, value: str) -> ServerSession:
        try:
            data, at = _sealer(app).loads(value, max_age=int(self.lifetime.total_seconds()), return_timestamp=True)
        except BadData:
            return ServerSession()
        if USER in data and utc_now().timestamp() - data.get(SINCE, at.timestamp()) > CARRIED.total_seconds():
            return ServerSession()
        session = ServerSession(data, stale=at < utc_now() - self.lifetime / 2)
        session.carried = True
        if USER in data:
            with self.database.app_engine.connect() as connection:
                session.stamps = {row.name: row.version for row in connection.execute(_STAMPS)}
        return session

    @staticmethod
    def asks_nobody(app: Flask, path: str) -> bool:
        """Static files and the health check are the same for everybody: they go out when the database does not."""
        return path == "/health" or path.startswith(f"{app.static_url_path}/")

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        assert isinstance(session, ServerSession)
        name = self.get_cookie_name(app)
        if session.old_sid:
            self._write(delete(LoginSession).where(LoginSession.id == _key(session.old_sid)))
        if session.sid and USER not in session:
            self._write(delete(LoginSession).where(LoginSession.id == session.key))
        if not session:
            if session.sid or session.carried:
                response.delete_cookie(name, path="/", secure=self.get_cookie_secure(app), httponly=True)
            return
        response.vary.add("Cookie")
        self._forget_old_flashes(session)
        if USER not in session:
            if session.modified or session.stale:
                self._hand_out(app, response, self._sealed(app, session))
        elif session.sid:
            if session.modified or session.stale:
                changed = update(LoginSession).where(LoginSession.id == session.key)
                self._write(changed.values(**_values(session)), BRIEFLY if session.modified else AT_ONCE)
        else:
            sid = secrets.token_urlsafe(32)
            fresh, since = session.modified or not session.carried, session.pop(SINCE, None)
            row = {"id": _key(sid), "user_id": int(session[USER]), "began_at": utc_now(), **_values(session)}
            row["agent"] = current_request.user_agent.string[:300]
            if self._write(insert(LoginSession).values(**row), AT_ONCE if session.carried else BRIEFLY):
                session.sid = sid
                self._hand_out(app, response, sid)
            elif fresh:  # at each change too: it holds the proof (CSRF) that the next form is sent with
                session[SINCE] = since or int(utc_now().timestamp())
                self._hand_out(app, response, self._sealed(app, session))

    def _sealed(self, app: Flask, session: ServerSession) -> str:
        value = str(_sealer(app).dumps(dict(session)))
        if len(value) > LONGEST_COOKIE:
            session.pop("_flashes", None)
            value = str(_sealer(app).dumps(dict(session)))
        return value

    def _hand_out(self, app: Flask, response: Response, value: str) -> None:
        secure = self.get_cookie_secure(app)
        response.set_cookie(self.get_cookie_name(app), value, path="/", httponly=True, samesite="Lax", secure=secure)

    def save_with(self, session: ServerSession, db: Session) -> None:
        """Write a session that has changed in the request's own transaction, which is about to be committed.

        One commit less; a session that is new, renewed or ended is written on its own connection, whatever becomes of
        the request.
        """
        if USER in session and session.modified and session.sid and not session.old_sid:
            self._forget_old_flashes(session)
            changed = update(LoginSession).where(LoginSession.id == session.key)
            db.execute(changed.values(**_values(session)), execution_options={"synchronize_session": False})
            session.modified = session.stale = False

    def _forget_old_flashes(self, session: ServerSession) -> None:
        if len(flashes := session.get("_flashes", ())) > MOST_FLASHES:  # nobody looked: it is no place to pile them up
            session["_flashes"] = flashes[-MOST_FLASHES:]

    def _write(self, statement: Any, most: float = LONGEST) -> bool:
        """Whether it was written, in so many seconds; what ends a session waits as long as anything."""
        engine = self.database.app_engine.execution_options(**{WRITE: True})
        try:
            with at_most(most), engine.begin() as connection:
                connection.execute(statement)
        except (OperationalError, InternalError, QueueFull) as error:  # full disk, a database that only reads, a writer
            log.warning("a session could not be written: %s", getattr(error, "orig", None) or "others write")
            return False
        return True

    def ended(self) -> Any:
        """SQL: the session has ended."""
        now = utc_now()
        return or_(LoginSession.seen_at < now - self.lifetime, LoginSession.began_at < now - self.longest)

    def sweep(self) -> int:
        """Delete sessions that have ended; run by housekeeping."""
        with self.database.app_engine.execution_options(**{WRITE: True}).begin() as connection:
            return connection.execute(delete(LoginSession).where(self.ended())).rowcount

    def of_user(self, db: Session, user_id: int, epoch: int) -> list[LoginSession]:
        """The user's sessions that still open something, the last seen first."""
        query = select(LoginSession).where(LoginSession.user_id == user_id, ~self.ended())
        found = db.scalars(query.order_by(LoginSession.seen_at.desc()).limit(200))
        return [one for one in found if json.loads(one.data).get("epoch") == epoch]


def end(db: Session, user_id: int, *, only: str | None, keep: str) -> int:
    """End sessions of the user: the one with the id `only`, or all but `keep`. Returns how many."""
    which = LoginSession.id == only if only is not None else LoginSession.id != keep
    done = db.execute(delete(LoginSession).where(LoginSession.user_id == user_id, which))
    return int(done.rowcount)  # type: ignore[attr-defined]


def _sealer(app: Flask) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(app.secret_key or "", salt="khet-session")


def _values(session: ServerSession) -> dict[str, Any]:
    """What is written at each change: the data, and when and from where it was last seen."""
    address = (current_request.remote_addr or "")[:45]
    return {"data": json.dumps(dict(session)), "seen_at": utc_now(), "address": address}

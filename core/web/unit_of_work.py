"""One request: who asks, which scope, which doors are open, and the one commit at its end."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from time import time
from typing import TYPE_CHECKING, Any, cast

from flask import Flask, Response, abort, after_this_request, current_app, g, redirect, request, session, url_for
from flask_login import current_user
from limits import RateLimitItemPerMinute
from werkzeug.local import LocalProxy

from core.base.errors import NotFound
from core.base.identity import Actor
from core.base.text.thai import today
from core.platform.jobs.services import TO_WAKE
from core.platform.sandbox.lanes import asker
from core.platform.users import sessions
from core.plugins.switches import STAMP as PLUGIN_STAMP
from core.records.integrations import Integrations
from core.storage.cache import STAMPS
from core.storage.outage import READABLE, kind_of
from core.storage.scope import KhetSession, Scope
from core.storage.writer_queue import BRIEFLY, at_most, hurried
from core.web.access_log import USER, told

if TYPE_CHECKING:
    from core.web.installation import Khet

log = logging.getLogger(__name__)
#: requests of one token
API_LIMIT = RateLimitItemPerMinute(300)
#: key under which a server hands out who takes what is done after an answer
AFTERWARDS = "khet.afterwards"
READING = frozenset({"GET", "HEAD", "OPTIONS"})
#: when the session's user last proved the password, in seconds since 1970 (core/web/security/reauthentication.py)
PROVED = "proved_at"


def khet() -> Khet:
    """The application's own parts: settings, database, registry, switchboard."""
    return cast("Khet", current_app.extensions["khet"])


def asked_id(name: str) -> int | None:
    """The record that the address names (`name=id`), for the caller to find with its checks; None where it names none.

    Raises NotFound for what is no id: whoever follows a link to what is not there gets no empty form instead.
    """
    raw = request.args.get(name, "")
    if raw and not (raw.isdecimal() and len(raw) < 10):
        raise NotFound
    return int(raw) if raw else None


def _current_db() -> KhetSession:
    if "db" not in g:
        actor: Actor | None = g.get("actor")
        if actor is None:
            abort(401)
        view = khet().view_of(request.endpoint)
        write = request.method not in READING
        name = getattr(view, "system_scope", None)
        district_id = None if name else actor.district_id
        g.db = khet().database.session(
            Scope(
                name=name or request.endpoint or "page",
                district_id=district_id,
                user_id=actor.user_id,
                user_name=actor.name,
                clearance=actor.clearance,
                write=write,
            )
        )
        g.db.info[STAMPS] = _stamps()
    return cast(KhetSession, g.db)


#: the request's session; opened at its first use, committed or rolled back at the request's end
db: KhetSession = LocalProxy(_current_db)  # type: ignore[assignment]


def _stamps() -> dict[str, int]:
    """The stamps that came with the request's session, or its token."""
    stamps: dict[str, int] = g.stamps if "stamps" in g else sessions.own().stamps
    return stamps


@contextmanager
def separately(reason: str) -> Iterator[KhetSession]:
    """A short writing transaction of its own, for what a reading page has to leave behind (who looked)."""
    actor: Actor = g.actor
    scope = Scope(reason, actor.district_id, actor.user_id, actor.name, actor.clearance, write=True)
    with khet().database.open(scope) as own:
        yield own


@contextmanager
def as_another(actor: Actor, reason: str) -> Iterator[None]:
    """Ask what another user would be answered: the actor and `db` are theirs within, and `db` only reads."""
    before = {name: g.pop(name) for name in ("actor", "db") if name in g}
    try:
        scope = Scope(reason, actor.district_id, actor.user_id, actor.name, actor.clearance)
        with khet().database.open(scope) as own:
            g.actor, g.db = actor, own
            yield
    finally:
        for name in ("actor", "db"):
            g.pop(name, None)
        for name, value in before.items():
            setattr(g, name, value)


def leave_behind(reason: str, work: Callable[[KhetSession], None], *, system: bool = False) -> None:
    """Let `work` write what a reading page leaves behind, where it can: on a full disk, in a database that can only be
    read, and while somebody else writes for long, the page is read without. `system`: in every district, for a stranger
    with a link."""
    try:
        with at_most(BRIEFLY), khet().database.system(reason, write=True) if system else separately(reason) as own:
            work(own)
    except Exception as error:
        if kind_of(error) not in {*READABLE, "busy"}:
            raise
        log.warning("%s: not written: %s", reason, getattr(error, "orig", None) or error)


def after_answer(reason: str, work: Callable[[], None]) -> None:
    """Do `work` once the answer is on its way: the time it takes tells nobody anything. Its failure is only logged.

    A server has a thread for it (AFTERWARDS): who asks again on the same line would wait for it, and could measure it.
    The request is over by then: `work` takes its facts along. It speaks every reader's language (`force_locale` does
    nothing without an application around it).
    """
    app = current_app._get_current_object()  # type: ignore[attr-defined]

    def write() -> None:
        try:
            with app.app_context():
                work()
        except Exception:
            log.exception("%s: not written", reason)

    afterwards: Callable[[Callable[[], None]], None] | None = request.environ.get(AFTERWARDS)

    @after_this_request
    def later(response: Response) -> Response:
        response.call_on_close(write if afterwards is None else partial(afterwards, write))
        return response


def integrations() -> Integrations:
    """What the modules that are on here can do for one another."""
    if "integrations" not in g:
        g.integrations = Integrations(khet().registry, effective_plugins())
    return cast(Integrations, g.integrations)


def effective_plugins() -> frozenset[str]:
    """Plugins that are on for whoever asks: the always-on ones before login."""
    actor: Actor | None = g.get("actor")
    if actor is None:
        return khet().registry.always_on
    if "plugins" not in g:
        version = _stamps().get(PLUGIN_STAMP, 0)
        board = khet().switchboard
        known = board.cached(actor.district_id, version)
        if known is None:
            with khet().database.district(actor.district_id, "switches", write=False) as own:
                known = board.effective(own, actor.district_id, version)
        g.plugins = known
    return cast("frozenset[str]", g.plugins)


def identify() -> Any:
    """Before the view: find the actor, and close the doors that are not open to anybody."""
    try:
        return _identify()
    finally:
        if g.get("actor"):
            request.environ[USER] = g.actor.user_id


def _identify() -> Any:
    g.actor = None
    asker.set(None)
    hurried.set(True)
    view = khet().view_of(request.endpoint)
    if request.endpoint in khet().open_endpoints:
        return None
    if view is not None and view.by_token:
        _identify_token()
    elif current_user.is_authenticated:
        g.actor = g.user = cast(Actor, current_user._get_current_object())
    asker.set(g.actor and g.actor.user_id)
    if request.endpoint is None:
        return None  # no such page: said in the user's own frame
    if view is None:
        abort(404)
    if g.actor is None and not view.anonymous:
        abort(401)  # whether the plugin is on is nobody's business before login
    if view.plugin not in effective_plugins() and not view.by_link:
        abort(404)
    if g.actor and g.actor.must_change_password and not getattr(view, "before_password_change", False):
        return redirect(url_for("PasswordView.change"))
    if g.actor and g.actor.needs_factor and not (view.by_token or view.before_factor or view.before_password_change):
        return redirect(url_for("FactorView.list"))
    return None


def _identify_token() -> None:
    """The actor of a request of another system; at most API_LIMIT a minute for one token."""
    from core.exchange.api import tokens

    found = tokens.actor_of(khet().database, khet().security.cached_actor, request, today())
    if found is None:
        abort(401)
    g.actor, token, g.stamps = found
    g.user, g.token_id = g.actor, token.id
    if not khet().limiter.hit(API_LIMIT, "api", str(token.id)):
        abort(429)


def finish(response: Response) -> Response:
    """After the view: the one commit, or nothing at all. 4xx and 5xx leave no row."""
    open_session: KhetSession | None = g.get("db")
    if open_session is not None:
        if response.status_code < 400:
            if open_session.scope.write:
                store = cast(sessions.ServerSessions, current_app.session_interface)
                store.save_with(sessions.own(), open_session)
            open_session.commit()
            g.saved = open_session.scope.write
            _after_commit(open_session)
        else:
            open_session.rollback()
    return response


def _after_commit(saved: KhetSession) -> None:
    """Errands that the transaction left. None of them may answer a saved form with an error: they are done again by
    housekeeping and by the queue's own look."""
    try:
        if jobs := saved.info.pop(TO_WAKE, None):
            khet().queue.wake(jobs)
    except Exception:
        log.exception("after the commit of %s %s", request.method, told())


def close(error: BaseException | None = None) -> None:
    """Give the connection back, whatever happened."""
    open_session: KhetSession | None = g.pop("db", None)
    if open_session is not None:
        open_session.close()


def sign_in(actor_id: int, epoch: int) -> None:
    """Bind the session to a user under a new session id."""
    locale = session.get("locale")
    session.clear()
    session["_user_id"], session["epoch"], session["_fresh"] = str(actor_id), epoch, True
    session[PROVED] = int(time())
    if locale:
        session["locale"] = locale
    sessions.own().renew()


def attach(app: Flask) -> None:
    """Hook the unit of work into the application."""
    app.before_request(identify)
    app.after_request(finish)
    app.teardown_request(close)

"""Error pages in Thai and English. Nobody sees SQL or a stack trace; the log keeps a number to find it by."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import Any

from flask import (
    Flask,
    current_app,
    flash,
    g,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError, SecurityError

from core.base import logs
from core.base.errors import FileGone, NotFound, ScopeError
from core.platform.documents.typeset import Unprintable
from core.platform.sandbox.refusals import BUSY, NO_SUCH_PAGE, Refused
from core.platform.users import sessions
from core.storage.outage import READABLE, DatabaseDown, Kind, kind_of
from core.web.access_log import told
from core.web.language import current_locale
from core.web.post_only import redirect_to_page
from core.web.unit_of_work import READING, khet

log = logging.getLogger(__name__)

MESSAGES = {
    400: (_l("The request could not be read"), _l("Go back, reload the page and try again.")),
    401: (_l("You are signed out"), _l("Nothing was saved. Go back to copy what you typed, then sign in again.")),
    403: (_l("You may not do this"), _l("Your role does not include this. Ask your administrator.")),
    404: (_l("Nothing here"), _l("The page or record does not exist, or it is not yours.")),
    405: (_l("That does not work here"), _l("Go back and use the buttons on the page.")),
    410: (
        _l("This file is damaged"),
        _l(
            "On the server it is missing or no longer what was saved, so it is not handed out. "
            "Tell your administrator: it can be fetched from a backup."
        ),
    ),
    413: (_l("The file is too large"), _l("Choose a smaller file. Nothing was saved.")),
    422: (_l("This file cannot be shown"), ""),
    429: (_l("Too many attempts"), _l("Wait a few minutes, then try again.")),
    503: (_l("Not just now"), _l("Try again in a minute.")),
    500: (_l("Something went wrong"), _l("Nothing was saved. If it happens again, tell the number below.")),
}
#: what a 500 means for whoever reads it depends on what had happened before: nobody is told that what was saved was not
BROKEN_PAGE = _l("This page cannot be shown now. What was saved before it stays saved. Tell the number below.")
BROKEN_WAIT = _l("This page cannot be shown now. What was saved before it stays saved. Wait a moment, then try again.")
BROKEN_AFTER_SAVING = _l(
    "What you sent is saved; do not send it again. Only the page after it failed: tell the number below."
)

#: by kind of outage (core/storage/outage.py)
OUTAGES: dict[Kind, tuple[Any, Any]] = {
    "down": (
        _l("The database does not answer"),
        _l("Nothing was saved. Wait a moment, then try again. If it lasts, tell whoever looks after the server."),
    ),
    "busy": (_l("Too much is being saved at this moment"), _l("Nothing was saved. Try again in a moment.")),
    "full": (
        _l("The server's disk is full"),
        _l("Nothing can be saved until there is room; what is there can be read. Tell whoever looks after the server."),
    ),
    "readonly": (
        _l("The database can only be read"),
        _l("Nothing can be saved just now; what is there can be read. Tell whoever looks after the server."),
    ),
}  # fmt: skip
#: seconds after which a caller may try again
TRY_AGAIN = 10
#: what is typed unseen is not sent back in a page, and what is too much neither
NOT_KEPT = ("password", "passphrase", "again")
MOST_CACHED = 500_000

#: codes of /api/v1 by status; they never change
CODES = {
    400: "bad_request", 401: "unauthorized", 403: "forbidden", 404: "not_found", 405: "method_not_allowed",
    409: "conflict", 410: "gone", 413: "too_large", 422: "invalid", 429: "too_many_requests", 500: "internal_error",
    503: "unavailable",
}  # fmt: skip


class ApiError(Exception):
    """An answer of /api/v1 that is no success: status, stable code, words for people, and by field."""

    def __init__(self, status: int, code: str, message: str, fields: dict[str, str] | None = None) -> None:
        super().__init__(code)
        self.status, self.code, self.message, self.fields = status, code, message, fields or {}


def api_answer(status: int, code: str, message: str, fields: dict[str, str] | None = None, reference: str = "") -> Any:
    """The one shape in which /api/v1 refuses."""
    body = {"error": {"code": code, "message": message, "fields": fields or {}, "reference": reference}}
    answer = jsonify(body)
    answer.status_code = status
    if status in (429, 503):
        answer.headers["Retry-After"] = "60" if status == 429 else str(TRY_AGAIN)
    if status == 401:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def wants_json() -> bool:
    """Whether the caller is a script: the API, or our own page's fetch."""
    return request.path.startswith("/api/v1/") or request.accept_mimetypes.best == "application/json"


def typed() -> list[tuple[str, str]]:
    """What the form that was not saved holds, so that it can be sent again as it is; empty where that must not be."""
    if (
        g.get("saved")
        or request.method != "POST"
        or request.content_length is None
        or request.content_length > MOST_CACHED
    ):
        return []
    if request.files or any(unseen in name for name in request.form for unseen in NOT_KEPT):
        return []
    return list(request.form.items(multi=True))


def answer(status: int, reference: str = "", said: tuple[Any, Any] | None = None, *, alone: bool = False) -> Any:
    """An error page, or its JSON twin. `alone`: without navigation and counts, which ask the database."""
    if (broken := g.get("db")) is not None:
        with suppress(Exception):
            broken.rollback()  # a statement that failed would take the page's own with it
    title, hint = said or MESSAGES.get(status, MESSAGES[500])
    if g.get("saved"):
        hint = BROKEN_AFTER_SAVING
    elif status >= 500 and request.method in READING and said not in [OUTAGES[kind] for kind in READABLE]:
        hint = BROKEN_WAIT if said else BROKEN_PAGE
    if request.path.startswith("/api/v1/"):
        return api_answer(status, CODES.get(status, "internal_error"), str(title), None, reference)
    if wants_json():
        return jsonify(error=str(title), hint=str(hint), reference=reference), status
    facts = {"status": status, "title": title, "hint": hint, "reference": reference}
    facts["typed"] = typed() if status >= 500 else []
    if not alone:
        try:
            return render_template("khet/error.html", **facts), status
        except Exception as error:
            if kind_of(error) is None:
                log.exception("the page of error %s %s", status, reference)
    locale = current_locale()
    g.actor = None
    with force_locale(locale):
        return render_template("khet/error.html", locale=locale, **facts), status


def unavailable(kind: Kind) -> Any:
    """503: the database does not answer, is overrun, or has no room."""
    response = current_app.make_response(answer(503, said=OUTAGES[kind], alone=kind == "down"))
    response.headers["Retry-After"] = str(TRY_AGAIN)
    return response


def ended(unauthorized: bool = False) -> Any:
    """Whoever sent this is signed out (401), or signed in anew since the page was drawn (400); `unauthorized`: the page
    itself has said 401.

    A page's own script (header X-Requested-With, or one that wants JSON) gets {error, hint, reason} with reason
    "signed_out" or "stale", and the header Khet-Session: ended, by which it knows that signing in on the spot helps.
    """
    view = khet().view_of(request.endpoint)
    out = unauthorized or (not current_user.is_authenticated and not (view is not None and view.anonymous))
    status, reason = (401, "signed_out") if out else (400, "stale")
    if request.path.startswith("/api/v1/"):
        return answer(status)
    if wants_json() or "X-Requested-With" in request.headers:
        title, hint = MESSAGES[status]
        made = jsonify(error=str(title), hint=str(hint), reason=reason)
        made.status_code = status
    else:
        made = make_response(answer(status))
    made.headers["Khet-Session"] = "ended"
    return made


def attach(app: Flask) -> None:
    """Register the handlers, and refuse at once where the session could not be read."""
    app.log_exception = lambda exc_info: None  # type: ignore[method-assign] # `crash` logs it, with its number

    @app.before_request
    def without_a_session() -> None:
        if (failed := sessions.own().failed) is not None:
            raise failed

    @app.errorhandler(SecurityError)
    def untrusted_host(error: SecurityError) -> Any:
        # Raised before routing: no page of ours can be drawn, and a stranger's host deserves none.
        return "Bad request", 400, {"Content-Type": "text/plain"}

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Any:
        if isinstance(error, InternalServerError) and error.original_exception is not None:
            return crash(error.original_exception)  # the one commit at the end of a request failed
        if error.code == 401 and request.method == "GET" and not wants_json():
            return redirect(url_for("LoginView.login", next=request.full_path.rstrip("?")))
        if error.code == 401:
            return ended(unauthorized=True)
        if error.code is not None and error.code < 400:
            return error
        if error.code == 405 and request.method in ("GET", "HEAD") and not wants_json():
            return redirect_to_page() or answer(404)
        return answer(error.code or 500)

    @app.errorhandler(ApiError)
    def api_error(error: ApiError) -> Any:
        if (broken := g.get("db")) is not None:
            broken.rollback()
        return api_answer(error.status, error.code, error.message, error.fields)

    @app.errorhandler(CSRFError)
    def csrf_error(error: CSRFError) -> Any:
        if request.endpoint == "LoginView.login":  # open since yesterday, or without its cookie
            flash(_("This page had been open for a long time. Please sign in now."), "warning")
            return redirect(url_for("LoginView.login", next=request.args.get("next")))
        # The proof is asked for before the user is: a session that ended fails here first.
        return ended()

    @app.errorhandler(NotFound)
    def not_found(error: NotFound) -> Any:
        return answer(404)

    @app.errorhandler(Refused)
    def file_refused(error: Refused) -> Any:
        """A page that needs a file which is not read; a form shows the same words at its field."""
        status = {BUSY: 503, NO_SUCH_PAGE: 404}.get(error.reason, 422)
        return answer(status, said=None if status == 404 else (MESSAGES[status][0], error.message))

    @app.errorhandler(Unprintable)
    def unprintable(error: Unprintable) -> Any:
        """A paper that a link asks for; a form shows the same words."""
        return answer(422, said=(_("This paper cannot be printed"), error.message))

    @app.errorhandler(FileGone)
    def file_gone(error: FileGone) -> Any:
        return answer(410)

    @app.errorhandler(ScopeError)
    def scope_error(error: ScopeError) -> Any:
        log.error("scope: %s on %s", error, told())
        return answer(404)

    @app.errorhandler(Exception)
    def crash(error: BaseException) -> Any:
        if (kind := kind_of(error)) is not None:
            if not isinstance(error, DatabaseDown):  # the heartbeat has said it once for all
                said = str(getattr(error, "orig", None) or error).partition("\n")[0] or type(error).__name__
                log.warning("%s: %s %s: %s", kind, request.method, told(), said)
            return unavailable(kind)
        reference = logs.request_number() or logs.new_request()
        log.error("error %s on %s %s", reference, request.method, told(), exc_info=error)
        return answer(500, reference)

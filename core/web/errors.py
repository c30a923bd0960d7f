"""Error pages in Thai and English. Nobody sees SQL or a stack trace; the log keeps a number to find it by."""

from __future__ import annotations

import logging
import secrets
from typing import Any

from flask import Flask, flash, g, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, SecurityError

from core.errors import NotFound, ScopeError

log = logging.getLogger(__name__)

MESSAGES = {
    400: (_l("The request could not be read"), _l("Go back, reload the page and try again.")),
    401: (_l("Please sign in"), _l("This page needs a signed-in user.")),
    403: (_l("You may not do this"), _l("Your role does not include this. Ask your administrator.")),
    404: (_l("Nothing here"), _l("The page or record does not exist, or it is not yours.")),
    405: (_l("That does not work here"), _l("Go back and use the buttons on the page.")),
    413: (_l("The file is too large"), _l("Choose a smaller file. Nothing was saved.")),
    429: (_l("Too many attempts"), _l("Wait a few minutes, then try again.")),
    500: (_l("Something went wrong"), _l("Nothing was saved. If it happens again, tell the number below.")),
}


#: codes of /api/v1 by status; they never change
CODES = {
    400: "bad_request", 401: "unauthorized", 403: "forbidden", 404: "not_found", 405: "method_not_allowed",
    409: "conflict", 413: "too_large", 422: "invalid", 429: "too_many_requests", 500: "internal_error",
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
    if status == 429:
        answer.headers["Retry-After"] = "60"
    if status == 401:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def wants_json() -> bool:
    """Whether the caller is a script: the API, or our own page's fetch."""
    return request.path.startswith("/api/v1/") or request.accept_mimetypes.best == "application/json"


def answer(status: int, reference: str = "") -> Any:
    """An error page, or its JSON twin."""
    if (broken := g.get("db")) is not None:
        broken.rollback()  # a statement that failed would take the page's own with it
    title, hint = MESSAGES.get(status, MESSAGES[500])
    if request.path.startswith("/api/v1/"):
        return api_answer(status, CODES.get(status, "internal_error"), str(title), None, reference)
    if wants_json():
        return jsonify(error=str(title), hint=str(hint), reference=reference), status
    return render_template("khet/error.html", status=status, title=title, hint=hint, reference=reference), status


def attach(app: Flask) -> None:
    """Register the handlers."""

    @app.errorhandler(SecurityError)
    def untrusted_host(error: SecurityError) -> Any:
        # Raised before routing: no page of ours can be drawn, and a stranger's host deserves none.
        return "Bad request", 400, {"Content-Type": "text/plain"}

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Any:
        if error.code == 401 and request.method == "GET" and not wants_json():
            return redirect(url_for("LoginView.login", next=request.full_path.rstrip("?")))
        if error.code is not None and error.code < 400:
            return error
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
        return answer(400)

    @app.errorhandler(NotFound)
    def not_found(error: NotFound) -> Any:
        return answer(404)

    @app.errorhandler(ScopeError)
    def scope_error(error: ScopeError) -> Any:
        log.error("scope: %s on %s", error, request.path)
        return answer(404)

    @app.errorhandler(Exception)
    def crash(error: Exception) -> Any:
        reference = secrets.token_hex(4)
        log.exception("error %s on %s %s", reference, request.method, request.path)
        return answer(500, reference)

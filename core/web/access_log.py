"""Who asked for what, when, and how long it took: one line a request, and a word in the log where it took long.

A line has time, the request's number (which error pages show too), user id, method, path, status and milliseconds. The
path is without its query, and without what stands in it by name: the secret of a stranger's link is nobody's to read.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote

from flask import Flask, request
from werkzeug.wsgi import ClosingIterator

from core.base import logs

log = logging.getLogger(__name__)

#: told of every request: its number, its status and its seconds
Answered = Callable[[str, str, float], None]
#: in the request's environment
USER, TOLD = "khet.user", "khet.told"
LONGEST = 200
_PART = re.compile(r"<(?:(\w+)(?:\([^)]*\))?:)?(\w+)>")


def told() -> str:
    """The present request's path as a log may have it."""
    if request.url_rule is None:
        return _plain(request.path)
    values = request.view_args or {}
    return _PART.sub(lambda m: str(values.get(m[2])) if m[1] == "int" else f"<{m[2]}>", request.url_rule.rule)


def _plain(path: str) -> str:
    return quote(path, safe="/-_.~:<>", errors="replace")[:LONGEST]


class _Watched:
    """The application, each request of it numbered, timed and noted."""

    def __init__(self, app: Flask, slow: float, answered: Answered) -> None:
        self.inner, self.slow, self.answered = app.wsgi_app, slow, answered
        self.static = f"{app.static_url_path}/"

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        began, status = time.monotonic(), "500"
        number = logs.new_request()

        def noted(line: str, *more: Any) -> Any:
            nonlocal status
            status = line[:3]
            return start_response(line, *more)

        def tell() -> None:
            if not environ.get("PATH_INFO", "").startswith(self.static):
                self._tell(environ, number, status, time.monotonic() - began)

        try:
            answer: Iterable[bytes] = self.inner(environ, noted)
        except BaseException:
            tell()
            raise
        sent_by_server = isinstance(answer, environ.get("wsgi.file_wrapper", ()))  # a file
        if sent_by_server:
            tell()
            return answer
        return ClosingIterator(answer, tell)

    def _tell(self, environ: dict[str, Any], number: str, status: str, seconds: float) -> None:
        path = environ.get(TOLD) or _plain(environ.get("PATH_INFO", ""))
        self.answered(number, status, seconds)
        user, method = environ.get(USER, "-"), _plain(environ.get("REQUEST_METHOD", ""))[:10]
        logs.access.info("%s %s %s %s %s %d ms", number, user, method, path, status, seconds * 1000)
        if self.slow and seconds >= self.slow:
            log.warning("slow request %s: %s %s took %.1f s (%s)", number, method, path, seconds, status)


def attach(app: Flask, slow: float, answered: Answered) -> None:
    """Watch every request; `slow`: seconds from which on one stands in the log too, 0 for never. `answered` hears of
    each: its number, its status, and after how many seconds."""
    app.wsgi_app = _Watched(app, slow, answered)  # type: ignore[method-assign]

    @app.before_request
    def note_path() -> None:
        request.environ[TOLD] = told()

"""Security headers: no inline script, no other host, no framing, no sniffing, nothing private kept."""

from __future__ import annotations

import re

from flask import Flask, Response, request

from core.base.text.thai import today
from core.web import static_files

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"
)

#: a file of ours, whose address changes with every version
BUNDLED = "public, max-age=31536000"
#: everything else: on a shared computer or a proxy it stays nowhere, and the next look is at the present state
PRIVATE = "no-store"

#: characters of direction in a file's name, as a header spells them; a name kept before they were taken out has them
_DIRECTION = re.compile("%E2%80%(?:8[EF]|A[A-E])|%E2%81%A[6-9]|%D8%9C", re.IGNORECASE)
#: a name beyond ASCII, of which the header has a second one for programs that read no other: what is left of a Thai
#: name without its Thai is no name. The header as a whole: a quoted name may hold what looks like more of it
_SPELLED = re.compile(r"\b(\w+); filename=(?:\"(?:[^\"\\]|\\.)*\"|[^\s\";]+); (filename\*=UTF-8''[^\s\";]+)")
_ENDING = re.compile(r"\.[A-Za-z0-9]{1,8}$")
#: the parts of an address that say no kind of thing
_DOORS = frozenset({"download", "file", "files"})


def _with_plain_name(disposition: str) -> str:
    """The header, where it spells a name beyond ASCII with a second one that every program reads."""
    if (spelled := _SPELLED.fullmatch(disposition)) is None:
        return disposition
    ending = _ENDING.search(spelled[2])
    return f"{spelled[1]}; filename={_plain_name()}{ending[0] if ending else ''}; {spelled[2]}"


def _plain_name() -> str:
    """A name in ASCII, of the page's kind and the record's number, else the day: khet-saraban-incoming-12."""
    said: list[str] = []
    numbered = False
    for part in (request.url_rule.rule if request.url_rule else "").split("/"):
        value = (request.view_args or {}).get(part.strip("<>").rpartition(":")[2]) if "<" in part else part
        if isinstance(value, int):  # any other value of an address may be the secret of a link
            said, numbered = [*said, str(value)], True
        elif value and value == part and value not in _DOORS:
            said.append(value)
    day = [] if numbered else [today().isoformat()]
    return "-".join(["khet", *said, *day])


def _bundled(response: Response) -> bool:
    return static_files.versioned() and response.status_code in (200, 206, 304)


def attach(app: Flask, *, https: bool) -> None:
    """Set the headers on every answer."""

    @app.after_request
    def set_headers(response: Response) -> Response:
        headers = response.headers
        headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("X-Frame-Options", "DENY")
        headers.setdefault("Referrer-Policy", "same-origin")
        headers.setdefault("Permissions-Policy", "camera=(self), geolocation=(), microphone=()")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        if https:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        if named := headers.get("Content-Disposition"):
            headers["Content-Disposition"] = _with_plain_name(_DIRECTION.sub("", named))
        headers["Cache-Control"] = BUNDLED if _bundled(response) else PRIVATE
        return response

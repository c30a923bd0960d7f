"""Thai first, English complete; each user's own choice."""

from __future__ import annotations

from typing import Any

from flask import Flask, g, has_request_context, request, session

DEFAULT = "th"


def current_locale() -> str:
    """The user's language; before login the session's, else Thai."""
    if not has_request_context():
        return DEFAULT
    if (chosen := session.get("locale")) in ("th", "en"):
        return str(chosen)
    actor = g.get("actor")
    return actor.locale if actor is not None else DEFAULT


def attach(app: Flask, appbuilder: Any) -> None:
    """Make our choice of language the one that Flask-AppBuilder's Babel uses."""
    app.extensions["babel"].locale_selector = current_locale
    appbuilder.bm.get_locale = current_locale

    @app.context_processor
    def language() -> dict[str, Any]:
        return {"locale": current_locale(), "path": request.full_path.rstrip("?")}

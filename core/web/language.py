"""Thai first, English complete; each user's own choice."""

from __future__ import annotations

from typing import Any

from flask import Flask, g, has_request_context, request, session
from flask_babel import get_translations

DEFAULT = "th"


def current_locale() -> str:
    """The user's language; before login the session's, else Thai."""
    if not has_request_context():
        return DEFAULT
    if (chosen := session.get("locale")) in ("th", "en"):
        return str(chosen)
    actor = g.get("actor")
    return actor.locale if actor is not None else DEFAULT


def say(text: str, **values: Any) -> str:
    """A template's `_`: Flask-Babel's gettext, which looks its catalogue up at each of a page's 400 texts, once."""
    catalogue = g.get("catalogue")
    if catalogue is None:
        catalogue = g.catalogue = get_translations()
    said = str(catalogue.ugettext(text))
    return said % values if values else said


def attach(app: Flask, appbuilder: Any) -> None:
    """Make our choice of language the one that Flask-AppBuilder's Babel uses."""
    app.extensions["babel"].locale_selector = current_locale
    appbuilder.bm.get_locale = current_locale
    app.jinja_env.globals["_"] = say

    @app.context_processor
    def language() -> dict[str, Any]:
        return {"locale": current_locale(), "path": request.full_path.rstrip("?")}

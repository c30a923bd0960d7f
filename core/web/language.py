"""Thai first, English complete; each user's own choice."""

from __future__ import annotations

from typing import Any

from flask import Flask, g, has_request_context, request, session
from flask_babel import Domain

DEFAULT = "th"


def current_locale() -> str:
    """The user's language; before login the session's, else Thai."""
    if not has_request_context():
        return DEFAULT
    if (chosen := session.get("locale")) in ("th", "en"):
        return str(chosen)
    actor = g.get("actor")
    return actor.locale if actor is not None else DEFAULT


class RequestDomain(Domain):
    """Flask-Babel's domain, looking its catalogue up once a request and not at each of a page's thousand texts.

    Kept where `force_locale` takes it away and puts it back.
    """

    def get_translations(self) -> Any:
        context = getattr(g, "_flask_babel", None) if g else None
        if context is None:
            return super().get_translations()
        if getattr(context, "babel_translations", None) is None:
            context.babel_translations = super().get_translations()
        return context.babel_translations


def attach(app: Flask, appbuilder: Any) -> None:
    """Make our choice of language the one that Flask-AppBuilder's Babel uses."""
    app.extensions["babel"].locale_selector = current_locale
    appbuilder.bm.get_locale = current_locale
    babel = app.extensions["babel"].instance
    babel.domain_instance = RequestDomain(domain=babel.domain)

    @app.context_processor
    def language() -> dict[str, Any]:
        return {"locale": current_locale(), "path": request.full_path.rstrip("?")}

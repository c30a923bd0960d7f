"""Thai first, English complete; each user's own choice."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from flask import Flask, g, has_request_context, request, session
from flask_babel import Domain
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

DEFAULT = "th"
OURS = ("th", "en")


def current_locale() -> str:
    """The user's language; before login the session's, else Thai. Another system may ask for one."""
    if not has_request_context():
        return DEFAULT
    if request.path.startswith("/api/v1/") and not request.cookies and (asked := _asked_for()):
        return asked
    if (chosen := session.get("locale")) in OURS:
        return str(chosen)
    actor = g.get("actor")
    return actor.locale if actor is not None else DEFAULT


def _asked_for() -> str:
    """The first of ours that Accept-Language names; a program that takes anything has asked for none."""
    return next((one for one in (said[:2].lower() for said in request.accept_languages.values()) if one in OURS), "")


class RequestDomain(Domain):
    """Flask-Babel's domain, looking its catalogue up once a request and not at each of a page's thousand texts.

    Kept where `force_locale` takes it away and puts it back.
    """

    def get_translations(self) -> Any:
        try:
            context = g.get("_flask_babel")
        except RuntimeError:  # outside the application, where a text is asked for all the same
            context = None
        if context is None:
            return super().get_translations()
        if getattr(context, "babel_translations", None) is None:
            context.babel_translations = super().get_translations()
        return context.babel_translations


def template_text(domain: Domain) -> Any:
    """The `_()` of templates, as Jinja's own but for texts without variables: those are made ready once a catalogue."""

    @pass_eval_context
    def text(context: EvalContext, message: str, **variables: Any) -> str:
        catalogue = domain.get_translations()
        if variables or not context.autoescape:
            plain = catalogue.ugettext(message)
            return (Markup(plain) if context.autoescape else plain) % variables  # noqa: S704 – catalogues are ours
        ready: dict[str, Markup] = catalogue.__dict__.setdefault("ready", {})
        found = ready.get(message)
        if found is None:
            found = ready[message] = Markup(catalogue.ugettext(message)) % {}  # noqa: S704 – catalogues are ours
        return found

    return text


def attach(app: Flask, appbuilder: Any, catalogues: Iterable[Path] = ()) -> None:
    """Make our choice of language the one that Flask-AppBuilder's Babel uses.

    `catalogues`: folders with translations that guests bring. Khet's own word for a text stands above theirs.
    """
    app.extensions["babel"].translation_directories[:0] = [str(folder) for folder in catalogues]
    app.extensions["babel"].locale_selector = current_locale
    appbuilder.bm.get_locale = current_locale
    babel = app.extensions["babel"].instance
    babel.domain_instance = RequestDomain(domain=babel.domain)
    text = template_text(babel.domain_instance)
    app.jinja_env.globals.update(_=text, gettext=text)

    @app.context_processor
    def language() -> dict[str, Any]:
        return {"locale": current_locale(), "path": request.full_path.rstrip("?")}

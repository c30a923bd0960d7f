"""What every page shares: navigation, template helpers, and the health check."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, g, jsonify, request, url_for
from flask_babel import gettext as _

from core import __version__
from core.db import migrate
from core.plugins.manifest import NavItem
from core.text import thai
from core.timeline import words
from core.web.unit_of_work import effective_plugins, khet

blueprint = Blueprint("pages", __name__)


@blueprint.get("/health")
def health() -> Any:
    """Whether this process can serve: version, database reachable, migrations current."""
    database = khet().database
    reachable = database.reachable()
    current = reachable and not migrate.pending(database.app_engine, khet().registry)
    status = 200 if reachable and current else 503
    return jsonify(version=__version__, database=reachable, migrations=current), status


def navigation() -> list[tuple[Any, str, list[tuple[NavItem, str, bool]]]]:
    """Sections of the side navigation: (title, icon, [(item, address, is current)]).

    Only what this district has on and this user may open.
    """
    if g.get("actor") is None:
        return []
    registry, on = khet().registry, effective_plugins()
    sections: dict[str, tuple[Any, str, list[tuple[NavItem, str, bool]]]] = {}
    here = (request.endpoint or "").partition(".")[0]
    for name, item in sorted(registry.navigation(), key=lambda pair: pair[1].order):
        if name not in on or (item.resource and not g.actor.may(item.resource, item.verb)):
            continue
        manifest = registry.manifests[name]
        title = item.section or manifest.title
        section = sections.setdefault(str(title), (title, manifest.icon, []))
        section[2].append((item, url_for(item.endpoint), item.endpoint.partition(".")[0] == here))
    return list(sections.values())


@lru_cache(maxsize=64)
def _fingerprint(path: str) -> str:
    file = Path(__file__).parent / "static" / path
    return hashlib.sha256(file.read_bytes()).hexdigest()[:10]


def asset(path: str) -> str:
    """Address of a bundled file; changes with its content, so browsers may keep it for ever."""
    return url_for("static", filename=path, v=_fingerprint(path))


def attach(app: Flask) -> None:
    """Register the health check and what templates use."""
    app.register_blueprint(blueprint)
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 31536000
    app.jinja_env.filters["thai_date"] = thai.format_date
    app.jinja_env.filters["thai_moment"] = thai.format_moment
    app.jinja_env.globals.update(
        asset=asset,
        navigation=navigation,
        words={"action": words.action_title, "field": words.field_title, "kind": words.kind_title},
    )
    app.jinja_env.add_extension("jinja2.ext.do")

    @app.context_processor
    def installation() -> dict[str, Any]:
        settings = khet().settings
        warning = ""
        if settings.insecure_http:
            warning = _("This server speaks plain HTTP: passwords can be read on the network.")
        return {"demo": settings.demo, "warning": warning, "actor": g.get("actor")}

"""Assembles the application. The only place that knows every part."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, cast

from flask import Flask
from flask_appbuilder import AppBuilder
from flask_wtf import CSRFProtect
from jinja2 import ChoiceLoader, FileSystemLoader
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter, Rule

import core.ops.models  # noqa: F401 – every table exists before mappers are configured
from core.base.config import Settings
from core.exchange.api import ending as api_ending
from core.ops import contract, health
from core.platform.jobs.queue import Queue
from core.platform.timeline import recorder
from core.platform.users.sessions import ServerSessions
from core.platform.worklist import sync as worklist
from core.plugins.registry import BUNDLED, PluginError, Registry
from core.records.letter_links import sync as letter_links
from core.storage import cache, scope, writer_queue
from core.storage.database import Database
from core.web import access_log, errors, headers, language, page_context, static_files, unit_of_work
from core.web.api.views import view_of
from core.web.installation import Khet
from core.web.security import reauthentication, throttle
from core.web.security.manager import KhetSecurityManager
from core.web.views import KhetView

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = {"th": {"flag": "th", "name": "ไทย"}, "en": {"flag": "gb", "name": "English"}}

_started = False


def _start_once() -> None:
    """Attach the listeners that belong to the session class; they live as long as the process."""
    global _started
    if not _started:
        scope.install_tenancy()
        writer_queue.start()
        cache.start()
        recorder.start()
        worklist.start()
        letter_links.start()
        api_ending.start()
        _started = True


class RecordIdConverter(IntegerConverter):
    """<int:…> in a route, up to what a column holds: a larger number is no record, not a database error."""

    def __init__(self, url_map: Any, **limits: Any) -> None:
        super().__init__(url_map, max=2**31 - 1, **limits)


class LateRule(Rule):
    """A route whose address builders are compiled when somebody first links to it.

    Werkzeug compiles two for each of five hundred routes, a tenth of a start's time; a process uses some dozens.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compile_now = super()._compile_builder
        made: list[Callable[..., tuple[str, str]]] = []

        def build(rule: Rule, **values: Any) -> tuple[str, str]:
            if not made:
                made.append(compile_now(append_unknown))
            return made[0](rule, **values)

        return build


class KhetAppBuilder(AppBuilder):
    """Flask-AppBuilder without its own pages: only ours are registered."""

    def _add_global_static(self) -> None:
        """FAB's Bootstrap 3 and jQuery are not served; our files are in core/web/static."""

    def _add_admin_views(self) -> None:
        """Index, locale, security, OpenAPI and menu pages of FAB stay out; core has its own."""

    def _add_menu_permissions(self, update_perms: bool = False) -> None:
        """Our navigation asks rights directly."""


class _BehindProxies:
    """Believe X-Forwarded-* only from the proxies named in KHET_TRUSTED_PROXIES."""

    def __init__(self, app: Any, trusted: Iterable[str]) -> None:
        self.plain, self.fixed, self.trusted = app, ProxyFix(app, x_for=1, x_proto=1, x_host=1), set(trusted)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        believed = environ.get("REMOTE_ADDR") in self.trusted
        return (self.fixed if believed else self.plain)(environ, start_response)


def create_app(settings: Settings | None = None, plugins: Iterable[Any] = BUNDLED, *, guests: bool = True) -> Flask:
    """The Flask application. Writes nothing to the database and needs no table to exist.

    `plugins` and `guests` choose what is loaded; tests load fewer or more.
    """
    _start_once()
    settings = settings or Settings.from_environment()
    for noisy in ("flask_appbuilder", "huey"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    app = Flask("khet", root_path=str(ROOT / "core" / "web"), static_folder="static", template_folder="templates")
    app.config.update(
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=settings.max_upload + 1024 * 1024,
        SESSION_COOKIE_NAME="__Host-khet" if settings.https else "khet",
        SESSION_COOKIE_SECURE=settings.https,
        WTF_CSRF_TIME_LIMIT=None,  # a form may stay open over lunch; the session ends it
        WTF_CSRF_SSL_STRICT=settings.https,
        APP_NAME="Khet",
        FAB_UPDATE_PERMS=False,
        FAB_CREATE_DB=False,
        FAB_ADD_SECURITY_VIEWS=False,
        RATELIMIT_ENABLED=False,
        LANGUAGES=LANGUAGES,
        BABEL_DEFAULT_LOCALE="th",
        BABEL_TRANSLATION_DIRECTORIES=str(ROOT / "translations"),
        SQLALCHEMY_TRACK_MODIFICATIONS=False,
    )
    if settings.public_url:
        host = settings.public_url.split("://", 1)[-1]
        app.config["TRUSTED_HOSTS"] = [host.partition(":")[0], "127.0.0.1", "localhost"]
    if settings.trusted_proxies:
        app.wsgi_app = _BehindProxies(app.wsgi_app, settings.trusted_proxies)  # type: ignore[method-assign]

    cast(Any, app.json).ensure_ascii = False  # Thai stays legible
    app.url_map.converters["int"] = RecordIdConverter
    app.url_rule_class = LateRule
    database = Database(settings)
    registry = Registry(plugins, guests=guests, trace=settings.trace_hooks)
    khet = Khet(settings, database, registry)
    app.extensions["khet"] = khet
    app.session_interface = ServerSessions(database, settings.session_hours, settings.session_longest_hours)
    access_log.attach(app, settings.slow_seconds, khet.metrics.answered)
    headers.attach(app, https=settings.https)
    homes = [Path(plugin.__file__).parent for plugin in registry.modules]
    own_files = {name: home / "static" for name, home in zip(registry.manifests, homes, strict=True)}
    static_files.attach(app, own_files)
    errors.attach(app)
    reauthentication.attach(app)
    throttle.attach(app)
    csrf = CSRFProtect(app)
    KhetSecurityManager.database = database
    with app.app_context():
        appbuilder = KhetAppBuilder(
            app, unit_of_work.db, security_manager_class=KhetSecurityManager, update_perms=False
        )
        khet.security, khet.queue = appbuilder.sm, Queue(app, settings)
        brought = [Path(plugin.__file__).parent / "translations" for plugin in registry.modules]
        language.attach(app, appbuilder, [folder for folder in brought if folder.is_dir()])
        unit_of_work.attach(app)
        for name, views in registry.each("khet_views"):
            for view_class in views:
                if view_class.__name__ in khet.views:
                    raise PluginError(f"two views are called {view_class.__name__}; call the one of {name!r} otherwise")
                view = cast(KhetView, appbuilder.add_view_no_menu(view_class))
                view.plugin = name
                khet.views[view.endpoint] = view
        for name, resource in registry.api:
            if resource.view not in khet.views:
                raise PluginError(
                    f"/api/v1/{resource.name}: {resource.view!r} is no view; write the name of its CrudView"
                )
            view = cast(KhetView, appbuilder.add_view_no_menu(view_of(resource, khet.views[resource.view])))
            view.plugin = name
            khet.views[view.endpoint] = view
            csrf.exempt(view.blueprint)  # a token is no cookie: no other site can send it
    folders = [Path(plugin.__file__).parent / "templates" for plugin in registry.modules]
    app.jinja_loader = ChoiceLoader(
        [
            FileSystemLoader(str(ROOT / "core" / "web" / "templates")),
            *(FileSystemLoader(str(f)) for f in folders),
        ]
    )
    page_context.attach(app)
    app.register_blueprint(health.blueprint)
    contract.check(app)
    return app

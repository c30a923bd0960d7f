"""What every page shares: navigation and template helpers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, cast

from flask import Blueprint, Flask, g, jsonify, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup
from sqlalchemy import literal, select, union_all

from core.base.identity import Actor
from core.base.text.dates import shown_date, shown_moment
from core.exchange.reports import svg
from core.platform.personal import services as personal
from core.platform.timeline import labels
from core.platform.worklist import queries
from core.plugins.manifest import NavItem
from core.plugins.registry import Registry
from core.storage.base import utc_now
from core.web import sidebar
from core.web.static_files import PLUGIN, bundle
from core.web.unit_of_work import READING, db, effective_plugins, khet

blueprint = Blueprint("pages", __name__)


@blueprint.get("/who")
def who() -> Any:
    """Whose session this browser has, and the proof (CSRF) that its pages must send now: {user, name, token}.

    A page that outlived its session asks here before it sends a form again: the form of one user is never sent as
    another's. `user` is empty where nobody is signed in. The answer is JSON and no other site can read it.
    """
    user = current_user._get_current_object()
    known = user if isinstance(user, Actor) else None
    return jsonify(user=known.username if known else "", name=known.name if known else "", token=generate_csrf())


def _items() -> list[tuple[str, NavItem]]:
    """Lines of the navigation that are on here and that this user may open, in order."""
    every = khet().registry.navigation()
    return [every[place] for place in _open_to_me()]


def _open_to_me() -> tuple[int, ...]:
    return _open(khet().registry, g.actor, effective_plugins()) if g.get("actor") is not None else ()


@lru_cache(maxsize=2_000)
def _open(registry: Registry, actor: Actor, on: frozenset[str]) -> tuple[int, ...]:
    """Places in the navigation; the same for a user on every page until their rights change."""
    return tuple(
        place
        for place, (name, item) in enumerate(registry.navigation())
        if name in on and item.shown(registry, actor, on)
    )


def side_navigation(locale: str) -> Markup:
    """The navigation beside every page, with what waits in each list."""
    registry, counts = khet().registry, page_counts()
    lines = sidebar.lines(registry, locale, request.script_root, icon)
    here = (request.endpoint or "").partition(".")[0]
    pinned = counts.preferences.get(personal.PINNED, ())
    return sidebar.drawn([lines[place] for place in _open_to_me()], here, counts.worklist, pinned, icon)


def waits_for_me() -> Markup:
    """How much waits for the actor in all lists together, beside what leads there."""
    found = page_counts().worklist.values()
    return sidebar.counted(sum(count for count, _late in found), sum(late for _count, late in found))


@lru_cache(maxsize=2_000)
def _begins(registry: Registry, actor: Actor, on: frozenset[str]) -> tuple[str, ...]:
    """Views of the unfolded lines whose records this actor can begin by right, once each."""
    every = registry.navigation()
    daily = (item for item in (every[place][1] for place in _open(registry, actor, on)) if not item.fold)
    names = dict.fromkeys(item.endpoint.partition(".")[0] for item in daily)
    views: Any = khet().views
    return tuple(name for name in names if getattr(views[name], "new_title", None) and views[name].may("add"))


def begins() -> list[tuple[Any, str, str]]:
    """What this person may make from any page: (words, icon, address)."""
    views: Any = khet().views
    found = [views[name] for name in _begins(khet().registry, g.actor, effective_plugins())]
    return [(view.new_title, view.icon, view.url("add")) for view in found if view.offers_new()]


def has_modules() -> bool:
    """Whether any line of the navigation opens to this user."""
    return bool(_open_to_me())


def worklists() -> tuple[queries.Worklist, ...]:
    """The lists in which something can wait."""
    return _worklists(khet().registry)


@lru_cache(maxsize=16)
def _worklists(registry: Registry) -> tuple[queries.Worklist, ...]:
    views = khet().views
    return tuple(
        ((view := item.endpoint.partition(".")[0]), item.resource, verb, views[view].assignee_may_open)
        for _name, item in registry.navigation()
        for verb in item.worklist_verbs
    )


def open_views() -> frozenset[str]:
    """View classes of the plugins that are on: what is off shows nothing of itself."""
    return _open_views(khet().registry, effective_plugins())


@lru_cache(maxsize=512)
def _open_views(registry: Registry, on: frozenset[str]) -> frozenset[str]:
    return frozenset(name for name, view in khet().views.items() if view.plugin in on)


def page_counts() -> queries.PageCounts:
    """Counts around the page, read once a request in one statement."""
    if "page_counts" not in g:
        actor = g.get("actor")
        g.page_counts = queries.PageCounts()
        if actor is not None:
            views = open_views()
            if request.method in READING and getattr(khet().view_of(request.endpoint), "system_scope", None) is None:
                g.page_counts = queries.page_counts(db, actor, worklists(), views, utc_now())
            else:  # a refused form has rolled its session back; head office's sees no waiting items
                with khet().database.district(actor.district_id, "shell", write=False, **_facts(actor)) as own:
                    g.page_counts = queries.page_counts(own, actor, worklists(), views, utc_now())
    return cast(queries.PageCounts, g.page_counts)


def _facts(actor: Any) -> dict[str, Any]:
    return {"user_id": actor.user_id, "user_name": actor.name, "clearance": actor.clearance}


def role_names() -> tuple[str, str]:
    """The roles in force of whoever is signed in, as people call them, the reader's role last; and the group or school
    at which the first of them is held."""
    titles = {role.key: role.title for role in khet().registry.roles()}
    places = {role.key: role.unit_name for role in reversed(g.actor.roles) if role.key in titles}
    held = dict.fromkeys(role.key for role in g.actor.roles if role.key in titles)
    keys = sorted(held, key=lambda key: key == "core.staff")
    if not keys:
        return "", ""
    more = f" +{len(keys) - 1}" if len(keys) > 1 else ""
    return f"{titles[keys[0]]}{more}", places[keys[0]]


def trail() -> list[tuple[Any, str]]:
    """The way here: home, the module, its list. The page adds its own name."""
    way: list[tuple[Any, str]] = [(_("Home"), url_for("HomeView.index"))]
    here, _dot, method = (request.endpoint or "").partition(".")
    for name, item in _items():
        if item.endpoint.partition(".")[0] == here:
            way.append((item.section or khet().registry.manifests[name].title, ""))
            way.append((item.title, "" if item.endpoint.endswith(f".{method}") else url_for(item.endpoint)))
            break
    return way


def keyboard() -> list[tuple[list[str], str]]:
    """Every key that Khet knows, for the page behind `?`."""
    return [
        (["Ctrl", "K"], _("search, or go to a page")),
        (["/"], _("search this list")),
        (["?"], _("this page")),
        (["g", "h"], _("home")),
        (["n"], _("new record")),
        (["j", "k"], _("next and previous row, or record")),
        (["x"], _("choose the row")),
        (["d"], _("go to what can be done with the chosen rows")),
        (["Enter"], _("open the row")),
        (["e"], _("change the record or the cell")),
        (["Ctrl", "S"], _("save and stay")),
        (["Ctrl", "Enter"], _("save and open the next")),
        (["Enter"], _("go to the next field; nothing is saved")),
        (["↓", "Enter"], _("choose from what is offered while typing")),
        (["→"], _("take the first of what is offered; with Ctrl its next word")),
        (["Alt", "↓"], _("choose a day from the calendar")),
        (["Esc"], _("close, leave")),
    ]


def record_url(link: Any) -> str:
    """Where a soft reference leads; empty where its module is off or gone."""
    view: Any = khet().views.get(link.view)
    if view is None or link.view not in open_views():
        return ""
    return str(view.url("show", record_id=link.record_id))


def opens(link: Any) -> bool:
    """Whether a soft reference leads to what the actor may open now; a page that asks only when it is opened, does."""
    view: Any = khet().views.get(link.view)
    if getattr(view, "leads", None) is None or view.system_scope is not None:
        return True
    return bool(link.record_id) and view.leads(link.record_id)


def still_open(links: Sequence[Any]) -> list[Any]:
    """Those soft references that lead the actor somewhere, for a list that outlives a role.

    At which unit a record lies is asked for all of them in one statement; where the right there does not tell it, the
    records are asked a kind at a time.
    """
    views: Any = khet().views
    links = [link for link in links if not _closed(views.get(link.view))]
    asked = [link for link in links if getattr(views.get(link.view), "leads", None) is not None]
    places, unsure = _units_of(asked), defaultdict[str, list[int]](list)
    for link in asked:
        place = (link.view, link.record_id)
        if place not in places or not views[link.view].may("show", places[place]):
            unsure[link.view].append(link.record_id)
    # the records are held until each was asked, for then nothing more is read of them
    held = [
        list(db.scalars(select(views[name].model).where(views[name].model.id.in_(ids)))) for name, ids in unsure.items()
    ]
    found = [link for link in links if link.record_id not in unsure.get(link.view, ()) or opens(link)]
    del held
    return found


def _closed(view: Any) -> bool:
    return getattr(view, "closed", None) is not None and view.system_scope is None and view.closed()


def _units_of(links: Sequence[Any]) -> dict[tuple[str, int], int | None]:
    """{(view, record): its unit} of what is there for the actor; of a worklist's rows it is known."""
    views: Any = khet().views
    known = {(link.view, link.record_id): link.unit_id for link in links if hasattr(link, "unit_id")}
    ids: dict[str, set[int]] = defaultdict(set)
    for link in links:
        if (link.view, link.record_id) not in known and hasattr(views[link.view].model, "unit_id"):
            ids[link.view].add(link.record_id)
    parts = [
        select(literal(name).label("view"), model.id.label("id"), model.unit_id.label("unit_id")).where(
            model.id.in_(wanted)
        )
        for name, wanted in ids.items()
        for model in (views[name].model,)
    ]
    if parts:
        there = union_all(*parts).subquery()
        known |= {(row.view, row.id): row.unit_id for row in db.execute(select(there))}
    return known


def notice_url(notice: Any) -> str:
    """Where a notice leads; empty too where its reader may not open that, or not any more: its words stand alone."""
    return record_url(notice) if opens(notice) else ""


def asset(path: str) -> str:
    """Address of a bundled file; changes with its version, so browsers may keep it for ever."""
    return bundle().address(path)


def module_scripts() -> list[str]:
    """Addresses of the scripts that the module of this page brings."""
    view = khet().view_of(request.endpoint)
    manifest = khet().registry.manifests.get(view.plugin) if view is not None else None
    return [asset(f"{PLUGIN}/{manifest.name}/{name}") for name in manifest.scripts] if manifest is not None else []


@lru_cache(maxsize=512)
def _icon(name: str, sheet: str) -> Markup:
    return Markup('<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>').format(sheet, name)


def icon(name: str) -> Markup:
    """One of Bootstrap's icons, for templates."""
    return _icon(name, asset("vendor/bootstrap-icons/icons.svg"))


@lru_cache(maxsize=16)
def drawn(template: str, locale: str, version: str) -> Markup:
    """What is the same on every page of a language."""
    return Markup(render_template(template))  # noqa: S704 – our own template, escaped by itself


def dialogs(locale: str) -> Markup:
    """The palette and the keys, drawn once by a process."""
    return drawn("khet/dialogs.html", locale, bundle().version)


def unsent(locale: str) -> Markup:
    """What a page says loudly when a form of its own was not sent."""
    return drawn("khet/unsent.html", locale, bundle().version)


def draft_of(record: Any) -> dict[str, str] | None:
    """The proof that this page's form may be drafted, and when a draft of it was kept; None for a secret's."""
    actor = g.get("actor")
    if actor is None or getattr(record, "secrecy", False):
        return None
    from core.web.personal import draft_token

    found = personal.draft(db, actor.user_id, request.path) if request.method == "GET" else None
    return {
        "token": draft_token(request.path, actor.user_id),
        "at": shown_moment(found.saved_at) if found is not None else "",
    }


def attach(app: Flask) -> None:
    """Register the health check and what templates use."""
    app.register_blueprint(blueprint)
    labels.find_with(lambda kind, record_id: db.get(kind, record_id))
    app.jinja_env.filters["thai_date"] = shown_date
    app.jinja_env.filters["thai_moment"] = shown_moment
    app.jinja_env.globals.update(
        asset=asset,
        begins=begins,
        dialogs=dialogs,
        draw=svg.draw,
        draft_of=draft_of,
        icon=icon,
        keyboard=keyboard,
        module_scripts=module_scripts,
        has_modules=has_modules,
        record_url=record_url,
        notice_url=notice_url,
        role_names=role_names,
        page_counts=page_counts,
        side=side_navigation,
        trail=trail,
        unsent=unsent,
        waits_for_me=waits_for_me,
        words={
            "action": labels.action_title,
            "who": labels.who,
            "field": labels.field_title,
            "tells": labels.tells,
            "kind": labels.kind_title,
            "label": labels.label_title,
            "note": labels.note_words,
            "value": labels.value_title,
        },
    )
    app.jinja_env.add_extension("jinja2.ext.do")

    @app.context_processor
    def installation() -> dict[str, Any]:
        settings = khet().settings
        warning = ""
        if settings.insecure_http:
            warning = _("This server speaks plain HTTP: passwords can be read on the network.")
        return {"demo": settings.demo, "warning": warning, "actor": g.get("actor")}

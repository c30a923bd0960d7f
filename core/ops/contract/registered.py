"""Rights and roles, and what modules register: hooks, keys, addresses, reports, imports, API, words of the history."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from core.base import permissions
from core.exchange.reports import figure
from core.ops.contract.house import (
    DatabaseAsked,
    House,
    Mistakes,
    declared,
    named,
    not_held,
    subclasses,
    twice,
    unknown,
)
from core.platform.events import EVENTS
from core.platform.timeline import labels
from core.records.integrations import PROTOCOLS
from core.storage.base import Importable, Model
from core.web.views import KhetView

REPORT_KINDS = ("text", "number", "date", "moment")
IMPORT_KINDS = ("text", "code", "number", "date", "choice")
REACHES = (permissions.UNIT, permissions.OFFICE_REACH, permissions.DISTRICT_REACH, permissions.NATION)
UNIT_KINDS = ("office", "group", "school")


def routes_ask_a_right(house: House) -> Mistakes:
    """A route that asks none would be open to every signed-in user."""
    for view, method, rule in house.routes:
        if not view.requires_right or method in view.open_routes:
            continue
        if (verb := getattr(getattr(view, method), "_permission_name", None)) is not None:
            yield from not_held(house, rule.endpoint, verb, view.resource)
        else:
            yield f"{rule.endpoint} asks no right: give it @right(verb), or name it in open_routes with its guard"


def open_routes_are_routes(house: House) -> Mistakes:
    """The name of a route that is gone would open another that comes to bear it."""
    for view in house.khet.views.values():
        known = [method for owner, method, _rule in house.routes if owner is view] if view.open_routes else ()
        yield from unknown(f"{named(view)}.open_routes", view.open_routes, known, "route of it")


def views_are_registered(house: House) -> Mistakes:
    """A view that is written and not answered has no door."""
    for view in subclasses(KhetView):
        written = house.owner(view) and "route_base" in vars(view) and not view.by_token  # those core makes
        if written and view.__name__ not in house.khet.views:
            yield f"{view.__name__} has no door; let khet_views return it"


def rights_are_held(house: House) -> Mistakes:
    """Reports, imports, lines and steps are there for somebody."""
    for report in house.answers("khet_reports"):
        yield from not_held(house, f"report {report.key!r}", "export", report.resource)
    for importer in house.answers("khet_importers"):
        yield from not_held(house, f"importer {importer.key!r}", "import", importer.resource)
    for item in house.answers("khet_navigation"):
        for verb in (*((item.verb,) if item.open_to is None else ()), *item.worklist_verbs) if item.resource else ():
            yield from not_held(house, f"line to {item.endpoint}", verb, item.resource)
    for view in house.lists:
        for action in declared(view, "actions"):
            yield from not_held(house, f"{named(view)}.actions: {action.key!r}", action.verb, view.resource)


def roles_are_of_this_world(house: House) -> Mistakes:
    """A role that names what is not there gives less than it says."""
    given = {resource for _verb, resource in house.held}
    for book in house.answers("khet_books"):
        yield from unknown(f"book {book.key!r}", [book.resource], given, "resource of any role")
    kept = house.answers("khet_books", "khet_reports", "khet_importers")
    resources = {one.resource for one in (*house.khet.views.values(), *kept)}
    for name, roles in house.each("khet_roles"):
        for role in roles:
            where = f"role {role.key!r}"
            yield from unknown(f"{where}, reach", [role.reach], REACHES, "reach of a role")
            yield from unknown(f"{where}, unit_kinds", role.unit_kinds, UNIT_KINDS, "kind of unit")
            yield from unknown(f"{where}, plugin", [role.plugin], [name], "name of its module")
            asked = sorted({resource for _verb, resource in role.rights})
            yield from unknown(f"{where}, rights", asked, resources, "resource of any page, book, report or import")


def books_go_on(house: House) -> Mistakes:
    """What stands in a book is unfinished where the unit that keeps it ends, wherever it lies itself."""
    for book in house.answers("khet_books"):
        if (column := book.unit_column) == "unit_id":
            continue
        model, where = book.model, f"book {book.key!r}"
        known = model.__table__.columns.keys()
        yield from unknown(f"{where}, unit_column", [column], known, f"field of {model.__name__}")
        if column in known and getattr(getattr(model, "GOES_ON", None), "book", "") != column:
            yield f"{where}: nobody goes on with it where its unit ends; write GOES_ON = moves(…, book={column!r})"


#: hooks that are asked at the start, and what names each of their answers
KEYS = {
    "khet_api": "name", "khet_books": "key", "khet_importers": "key", "khet_jobs": "key", "khet_kpis": "code",
    "khet_nation_reports": "key", "khet_navigation": "endpoint", "khet_reports": "key", "khet_roles": "key",
    "khet_schedule": "key", "khet_topics": "key", "khet_views": "__name__",
}  # fmt: skip
#: those, and what has no name
LISTS = (*KEYS, "khet_handlers", "khet_provides")


def hooks_are_marked(house: House) -> Mistakes:
    """A hook without its mark is never asked, and one that forgets to return answers nothing."""
    for name, plugin in house.plugins:
        for hook, function in vars(plugin).items():
            if not hook.startswith("khet_") or not callable(function):
                continue
            if not hasattr(function, "khet_impl"):
                yield f"{name}: {hook} is never asked; write @hookimpl above it"
            elif hook in LISTS and all(asked != name for asked, _answer in house.each(hook)):
                yield f"{name}: {hook} returns nothing; let it return a list"


def keys_are_unique(house: House) -> Mistakes:
    """Of two things of one name only the last would be found."""
    for hook, key in KEYS.items():
        yield from twice(f"{hook}, {key.strip('_')}", [getattr(one, key) for one in house.answers(hook)])


def addresses_are_unique(house: House) -> Mistakes:
    """Of two pages at one address only the first is ever reached."""
    seen: dict[tuple[str, str], str] = {}
    for rule in house.app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            if (first := seen.setdefault((rule.rule, method), rule.endpoint)) != rule.endpoint:
                yield f"{rule.endpoint}: {first} stands at {rule.rule} already; give one another address or route_base"


def lines_lead_somewhere(house: House) -> Mistakes:
    """A line of the navigation opens a page."""
    for item in house.answers("khet_navigation"):
        yield from unknown("khet_navigation", [item.endpoint], house.app.view_functions, "page")


def scripts_are_there(house: House) -> Mistakes:
    """A page would ask for a file that is nowhere."""
    for name, plugin in house.plugins:
        folder, asked = Path(plugin.__file__).parent / "static", house.registry.manifests[name].scripts
        there = [path.relative_to(folder).as_posix() for path in folder.rglob("*.js")]
        yield from unknown(f"{name}: Manifest.scripts", asked, there, f"file of {folder}")


def reports_are_sound(house: House) -> Mistakes:
    """Kinds that are drawn, and functions that take what the report asks."""
    for report in house.answers("khet_reports", "khet_nation_reports"):
        kinds = [one.kind for one in report.columns]
        yield from unknown(f"report {report.key!r}, columns", kinds, REPORT_KINDS, "kind of column")
    for report in house.answers("khet_reports"):
        where, asked = f"report {report.key!r}", [one.name for one in report.parameters]
        yield from unknown(f"{where}, charts", [one.kind for one in report.charts], figure.KINDS, "kind of chart")
        yield from twice(f"{where}, parameters", asked)
        functions = {"rows": report.rows, "heading": report.heading, "size": report.size}
        functions |= {f"chart “{one.title}”": one.points for one in report.charts}
        for part, function in functions.items():
            if function is not None:
                yield from _takes(f"{where}, {part}", function, asked)


def _takes(where: str, function: Callable[..., Any], asked: Collection[str]) -> Mistakes:
    """A line for a parameter that is asked and not taken, and for one that is taken and not asked."""
    taken = list(inspect.signature(function).parameters.values())[1:]
    if any(one.kind is one.VAR_KEYWORD for one in taken):
        return
    names = [one.name for one in taken]
    yield from unknown(where, [one for one in asked if one not in names], names, "argument of it")
    needed = [one.name for one in taken if one.default is one.empty and one.name not in asked]
    yield from unknown(where, needed, asked, "parameter of the report")


def imports_are_sound(house: House) -> Mistakes:
    """Kinds that are read, and records that nobody sees half taken in."""
    for importer in house.answers("khet_importers"):
        where = f"importer {importer.key!r}"
        for model in importer.models:
            if not issubclass(model, Importable):
                yield f"{where}: {model.__name__} would be seen half taken in; let it inherit Importable"
        try:
            columns = importer.columns()
        except DatabaseAsked:
            continue
        yield from twice(f"{where}, columns", [one.key for one in columns])
        yield from unknown(f"{where}, columns", [one.kind for one in columns], IMPORT_KINDS, "kind of column")
        for column in columns:
            if column.kind == "choice" and not column.choices:
                yield f"{where}, columns: {column.key!r} is a choice of nothing; give it choices=…"


def api_is_sound(house: House) -> Mistakes:
    """What other systems are answered is there."""
    for resource in house.answers("khet_api"):
        model, fields_ = house.khet.views[resource.view].model, resource.schema._declared_fields
        read = [one.attribute or name for name, one in fields_.items() if not one.load_only and not one.data_key]
        made = {name for name, one in fields_.items() if type(one).__name__ in ("Method", "Function")}
        names = [name.partition(".")[0] for name in read if name not in made]
        yield from unknown(f"/api/v1/{resource.name}", names, dir(model), f"field of {model.__name__}")


def providers_are_sound(house: House) -> Mistakes:
    """What no capability is would be asked by nobody, and what is asked otherwise fails in another module's step."""
    asked = {protocol: _methods(protocol) for protocol in PROTOCOLS}
    everything = {name for methods in asked.values() for name in methods}
    for module, one in house.registry.providers:
        where, has = f"{module}: khet_provides, {type(one).__name__}", _methods(type(one))
        if not has.keys() & everything:
            yield from unknown(where, has or ("nothing",), everything, "capability")
        for protocol, methods in asked.items():
            for name, arguments in methods.items() if has.keys() & methods.keys() else ():
                if has.get(name) != arguments:
                    yield f"{where}: {protocol.__name__} is asked otherwise; write def {name}({', '.join(arguments)})"


def handlers_are_sound(house: House) -> Mistakes:
    """An event that nobody publishes never comes, and a handler that takes something else fails in another's act."""
    for module, one in house.registry.handlers:
        name = getattr(one.do, "__name__", "handle")
        where = f"{module}: khet_handlers, {name}"
        yield from unknown(where, [one.event.__name__], [event.__name__ for event in EVENTS], "event")
        if (takes := list(inspect.signature(one.do).parameters))[2:] != ["event"]:
            yield f"{where} takes {', '.join(takes)}; write def {name}(session, registry, event)"


def _methods(cls: type[Any]) -> dict[str, list[str]]:
    """The methods of a class that anybody may ask, each with its arguments."""
    public = inspect.getmembers(cls, lambda one: inspect.isfunction(one) and not one.__name__.startswith("_"))
    return {name: list(inspect.signature(method).parameters) for name, method in public}


def history_words_have_an_owner(house: House) -> Mistakes:
    """A word for what is not there is read by nobody, and what it was meant for has none."""
    tables = {model.__tablename__: model for model in house.models}
    everywhere = Model.metadata.tables
    yield from unknown("labels.register(kinds=…)", labels.KINDS, everywhere, "table")
    for kind, words in labels.FIELDS.items():
        if kind in tables:
            where, what = f"labels.register(fields={{{kind!r}: …}})", f"field of {tables[kind].__name__}"
            yield from unknown(where, words, dir(tables[kind]), what)
        elif not any(f"{name}_".startswith(f"{kind}_") or not kind for name in everywhere):
            yield from unknown("labels.register(fields=…)", [kind], everywhere, "table or module")


CHECKS: tuple[Callable[[House], Mistakes], ...] = (
    routes_ask_a_right, open_routes_are_routes, views_are_registered, rights_are_held, roles_are_of_this_world,
    books_go_on,
    hooks_are_marked, keys_are_unique, addresses_are_unique, lines_lead_somewhere,
    scripts_are_there,
    reports_are_sound, imports_are_sound, api_is_sound, providers_are_sound, handlers_are_sound,
    history_words_have_an_owner,
)  # fmt: skip

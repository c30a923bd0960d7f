"""What modules declare, looked at once when the application starts.

A mistake that would show only to whoever meets it (a filter that never filters, a page that nobody may open, a change
that nobody is told) stops the start here, each for its own reason and with what to write instead. `CHECKS` is the whole
list; tests/core/test_contract.py plants every mistake. What a declaration asks the database cannot be known yet: the
checks that a module's tests inherit (tests/module_check.py) look at it.
"""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from difflib import get_close_matches
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from flask import Flask, current_app, g
from jinja2 import BaseLoader, TemplateNotFound
from sqlalchemy import UniqueConstraint
from werkzeug.routing import Rule
from wtforms import HiddenField
from wtforms.fields.core import UnboundField

from core.base import permissions
from core.base.identity import Actor, UnitSet
from core.exchange.reports import figure
from core.platform.timeline import labels
from core.plugins.registry import PluginError
from core.storage import fields
from core.storage.base import Importable, InDistrict, Model, Tracked, Versioned
from core.web.crud.declared import Declared
from core.web.crud.workflow_view import WorkflowView
from core.web.forms import FilesField, KhetForm, LookupField
from core.web.views import KhetView

if TYPE_CHECKING:
    from core.ops.application import Khet

Mistakes = Iterator[str]

#: what an address says of a list besides its filters
OF_THE_ADDRESS = frozenset({
    "after", "all", "as", "back", "cols", "column", "columns", "cursor", "density", "group", "ids", "limit", "measure",
    "month", "q", "rows", "sort", "view",
})  # fmt: skip
COLUMN_KINDS = ("text", "number", "date", "label", "name", "subject")
REPORT_KINDS = ("text", "number", "date")
IMPORT_KINDS = ("text", "code", "number", "date", "choice")
REACHES = (permissions.UNIT, permissions.OFFICE_REACH, permissions.DISTRICT_REACH, permissions.NATION)
UNIT_KINDS = ("office", "group", "school")
#: Flask-AppBuilder's own table: user names end with the district's code instead, and it knows no version
OF_FAB = "ab_user"
#: what every model and form has besides its fields: nobody means these
MACHINERY = frozenset({"constraints", "form_key", "metadata", "registry", "untracked", "version"})


class Everybody(Actor):
    """Somebody with every right, before whom a view declares all that it has."""

    def units(self, resource: str, verb: str) -> UnitSet:
        return UnitSet(True, frozenset())


class DatabaseAsked(Exception):
    """A declaration wants to know something of a district."""


class _NoDatabase:
    def __getattr__(self, name: str) -> Any:
        raise DatabaseAsked(name)

    def close(self) -> None:
        """Nothing was opened."""


class House:
    """Everything that was put together, as the checks look at it."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.khet: Khet = app.extensions["khet"]
        self.registry = self.khet.registry
        self.plugins: list[tuple[str, Any]] = list(zip(self.registry.manifests, self.registry.modules, strict=True))
        self._answers: dict[str, list[tuple[str, Any]]] = {}

    def each(self, hook: str) -> list[tuple[str, Any]]:
        """(module, its answer) of every module that answers a hook; asked once."""
        if hook not in self._answers:
            self._answers[hook] = self.registry.each(hook)
        return self._answers[hook]

    def answers(self, *hooks: str) -> list[Any]:
        """What all modules answer together."""
        return [one for hook in hooks for _name, found in self.each(hook) for one in found]

    @cached_property
    def routes(self) -> list[tuple[KhetView, str, Rule]]:
        """(view, name of its method, rule) of every page that belongs to a view."""
        owned = [(self.khet.view_of(rule.endpoint), rule) for rule in self.app.url_map.iter_rules()]
        return [(view, rule.endpoint.rpartition(".")[2], rule) for view, rule in owned if view is not None]

    @cached_property
    def lists(self) -> list[Declared]:
        """Views that declare a kind of record."""
        return [view for view in self.khet.views.values() if isinstance(view, Declared)]

    @cached_property
    def _packages(self) -> dict[str, str]:
        return {name: plugin.__name__.rpartition(".")[0] for name, plugin in self.plugins} | {"core": "core"}

    def owner(self, thing: type[Any]) -> str:
        """The module in whose package a class lies; empty for one that no installed module brings."""
        place = f"{thing.__module__}."
        return next((name for name, package in self._packages.items() if place.startswith(f"{package}.")), "")

    @cached_property
    def models(self) -> list[Any]:
        """Every mapped class of an installed module."""
        return [one.class_ for one in Model.registry.mappers if self.owner(one.class_)]

    @cached_property
    def held(self) -> frozenset[permissions.Right]:
        """Every right that some role gives, or that is declared for roles of other modules to give."""
        given = frozenset(right for role in self.registry.roles() for right in role.rights)
        return given | permissions.GRAVE | permissions.APPROVING


def check(app: Flask) -> None:
    """Raises PluginError with every mistake, each on a line of its own."""
    house = House(app)
    with app.test_request_context():
        g.actor, g.plugins = Everybody(0, "", "", 0, "", "", 0), frozenset(house.registry.manifests)
        g.db = _NoDatabase()
        found = [said for one in CHECKS for said in one(house)]
    if found:
        raise PluginError("\n".join(found))


# -- what the checks share -------------------------------------------------------------------------------------------


def _instead(name: str, known: Iterable[str]) -> str:
    """What is likely meant, or what there is."""
    names = sorted({one for one in known if not one.startswith("_")} - MACHINERY)
    close = get_close_matches(name, names, 1)
    return f"write {close[0]!r}" if close else f"there is {', '.join(names[:20]) or 'none'}"


def _unknown(where: str, names: Iterable[str], known: Collection[str], what: str) -> Mistakes:
    """A line for every name that is not known."""
    for name in names:
        if name not in known:
            yield f"{where}: {name!r} is no {what}; {_instead(name, known)}"


def _twice(where: str, keys: Iterable[str]) -> Mistakes:
    for key, number in Counter(keys).items():
        if number > 1:
            yield f"{where}: {key!r} is there twice, and only one would be found; give each a name of its own"


def _field_of(view: Declared) -> str:
    return f"field of {view.model.__name__}"


def _named(view: KhetView) -> str:
    return type(view).__name__


def subclasses(root: type[Any]) -> Iterator[type[Any]]:
    """Every class below one."""
    for cls in root.__subclasses__():
        yield cls
        yield from subclasses(cls)


def fields_of(form: type[Any]) -> dict[str, UnboundField[Any]]:
    """A form's fields by name, as they were declared."""
    found: dict[str, Any] = {}
    for cls in reversed(form.__mro__):
        found |= {name: one for name, one in vars(cls).items() if name in found or isinstance(one, UnboundField)}
    return {name: one for name, one in found.items() if isinstance(one, UnboundField)}


def _declared(view: Declared, part: str) -> list[Any]:
    """What a view declares as its `part` (columns, filters …); nothing where that has to ask the database."""
    try:
        return list(getattr(view, part)())
    except (DatabaseAsked, NotImplementedError):
        return []


# -- rights and roles ------------------------------------------------------------------------------------------------


def _not_held(house: House, where: str, verb: str, resource: str) -> Mistakes:
    """A line where no role gives a right: what asks it would be there for nobody."""
    if (verb, resource) not in house.held:
        verbs = [held for held, its in house.held if its == resource]
        near = _instead(verb, verbs) if verbs else _instead(resource, {its for _verb, its in house.held})
        yield f"{where} asks {verb!r} on {resource!r}, which no role gives; {near}, or grant it in permissions.py"


def routes_ask_a_right(house: House) -> Mistakes:
    """A route that asks none would be open to every signed-in user."""
    for view, method, rule in house.routes:
        if not view.requires_right or method in view.open_routes:
            continue
        if (verb := getattr(getattr(view, method), "_permission_name", None)) is not None:
            yield from _not_held(house, rule.endpoint, verb, view.resource)
        else:
            yield f"{rule.endpoint} asks no right: give it @right(verb), or name it in open_routes with its guard"


def open_routes_are_routes(house: House) -> Mistakes:
    """The name of a route that is gone would open another that comes to bear it."""
    for view in house.khet.views.values():
        known = [method for owner, method, _rule in house.routes if owner is view] if view.open_routes else ()
        yield from _unknown(f"{_named(view)}.open_routes", view.open_routes, known, "route of it")


def views_are_registered(house: House) -> Mistakes:
    """A view that is written and not answered has no door."""
    for view in subclasses(KhetView):
        written = house.owner(view) and "route_base" in vars(view) and not view.by_token  # those core makes
        if written and view.__name__ not in house.khet.views:
            yield f"{view.__name__} has no door; let khet_views return it"


def rights_are_held(house: House) -> Mistakes:
    """Reports, imports, lines and steps are there for somebody."""
    for report in house.answers("khet_reports"):
        yield from _not_held(house, f"report {report.key!r}", "export", report.resource)
    for importer in house.answers("khet_importers"):
        yield from _not_held(house, f"importer {importer.key!r}", "import", importer.resource)
    for item in house.answers("khet_navigation"):
        for verb in (*((item.verb,) if item.open_to is None else ()), *item.worklist_verbs) if item.resource else ():
            yield from _not_held(house, f"line to {item.endpoint}", verb, item.resource)
    for view in house.lists:
        for action in _declared(view, "actions"):
            yield from _not_held(house, f"{_named(view)}.actions: {action.key!r}", action.verb, view.resource)


def roles_are_of_this_world(house: House) -> Mistakes:
    """A role that names what is not there gives less than it says."""
    given = {resource for _verb, resource in house.held}
    for book in house.answers("khet_books"):
        yield from _unknown(f"book {book.key!r}", [book.resource], given, "resource of any role")
    kept = house.answers("khet_books", "khet_reports", "khet_importers")
    resources = {one.resource for one in (*house.khet.views.values(), *kept)}
    for name, roles in house.each("khet_roles"):
        for role in roles:
            where = f"role {role.key!r}"
            yield from _unknown(f"{where}, reach", [role.reach], REACHES, "reach of a role")
            yield from _unknown(f"{where}, unit_kinds", role.unit_kinds, UNIT_KINDS, "kind of unit")
            yield from _unknown(f"{where}, plugin", [role.plugin], [name], "name of its module")
            asked = sorted({resource for _verb, resource in role.rights})
            yield from _unknown(f"{where}, rights", asked, resources, "resource of any page, book, report or import")


# -- what is registered ----------------------------------------------------------------------------------------------

#: hooks that are asked at the start, and what names each of their answers
KEYS = {
    "khet_api": "name", "khet_books": "key", "khet_importers": "key", "khet_jobs": "key", "khet_kpis": "code",
    "khet_nation_reports": "key", "khet_navigation": "endpoint", "khet_reports": "key", "khet_roles": "key",
    "khet_topics": "key", "khet_views": "__name__",
}  # fmt: skip


def hooks_are_marked(house: House) -> Mistakes:
    """A hook without its mark is never asked, and one that forgets to return answers nothing."""
    for name, plugin in house.plugins:
        for hook, function in vars(plugin).items():
            if not hook.startswith("khet_") or not callable(function):
                continue
            if not hasattr(function, "khet_impl"):
                yield f"{name}: {hook} is never asked; write @hookimpl above it"
            elif hook in KEYS and all(asked != name for asked, _answer in house.each(hook)):
                yield f"{name}: {hook} returns nothing; let it return a list"


def keys_are_unique(house: House) -> Mistakes:
    """Of two things of one name only the last would be found."""
    for hook, key in KEYS.items():
        yield from _twice(f"{hook}, {key.strip('_')}", [getattr(one, key) for one in house.answers(hook)])


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
        yield from _unknown("khet_navigation", [item.endpoint], house.app.view_functions, "page")


def reports_are_sound(house: House) -> Mistakes:
    """Kinds that are drawn, and functions that take what the report asks."""
    for report in house.answers("khet_reports", "khet_nation_reports"):
        kinds = [one.kind for one in report.columns]
        yield from _unknown(f"report {report.key!r}, columns", kinds, REPORT_KINDS, "kind of column")
    for report in house.answers("khet_reports"):
        where, asked = f"report {report.key!r}", [one.name for one in report.parameters]
        yield from _unknown(f"{where}, charts", [one.kind for one in report.charts], figure.KINDS, "kind of chart")
        yield from _twice(f"{where}, parameters", asked)
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
    yield from _unknown(where, [one for one in asked if one not in names], names, "argument of it")
    needed = [one.name for one in taken if one.default is one.empty and one.name not in asked]
    yield from _unknown(where, needed, asked, "parameter of the report")


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
        yield from _twice(f"{where}, columns", [one.key for one in columns])
        yield from _unknown(f"{where}, columns", [one.kind for one in columns], IMPORT_KINDS, "kind of column")
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
        yield from _unknown(f"/api/v1/{resource.name}", names, dir(model), f"field of {model.__name__}")


def history_words_have_an_owner(house: House) -> Mistakes:
    """A word for what is not there is read by nobody, and what it was meant for has none."""
    tables = {model.__tablename__: model for model in house.models}
    everywhere = Model.metadata.tables
    yield from _unknown("labels.register(kinds=…)", labels.KINDS, everywhere, "table")
    for kind, words in labels.FIELDS.items():
        if kind in tables:
            where, what = f"labels.register(fields={{{kind!r}: …}})", f"field of {tables[kind].__name__}"
            yield from _unknown(where, words, dir(tables[kind]), what)
        elif not any(f"{name}_".startswith(f"{kind}_") or not kind for name in everywhere):
            yield from _unknown("labels.register(fields=…)", [kind], everywhere, "table or module")


# -- tables ----------------------------------------------------------------------------------------------------------


def tables_are_sound(house: House) -> Mistakes:
    """Districts are kept apart by every key, and every change is told in words."""
    for model in house.models:
        module = house.owner(model)
        yield from of_model(model, module)
        if not house.registry.manifests[module].migrations:
            yield f"{model.__name__}: nothing makes its table; name the package in the manifest: migrations=…"


def of_model(model: Any, module: str) -> Mistakes:
    """What is wrong with a mapped class of a module."""
    name, table = model.__name__, model.__table__
    if module != "core":
        if not table.name.startswith(f"{module}_"):
            yield f"{name}: a table begins with its module's name; write '{module}_{table.name}'"
        if not issubclass(model, InDistrict):
            yield f"{name}: its rows would lie in no district, for every district to read; let it inherit DistrictOwned"
    if issubclass(model, InDistrict) and table.name != OF_FAB:
        yield from _keys(name, table)
    if issubclass(model, Tracked):
        if inspect.getattr_static(model, "label") is inspect.getattr_static(Tracked, "label"):
            yield f"{name}: the history would call it by its id; give it a property `label` that people read"
        if table.name not in labels.KINDS:
            yield f'{name}: the history has no word for it; write labels.register(kinds={{"{table.name}": _l("…")}})'
        own = model.untracked - Tracked.untracked
        yield from _unknown(f"{name}.untracked", own, table.columns.keys(), "column of it")
    if any(one.search for one in fields.declared(model).values()) and "search_text" not in table.columns:
        yield f"{name}: a field is searched, and there is no place for its words; write search_text: Mapped[str]"


def _keys(name: str, table: Any) -> Mistakes:
    for key in table.foreign_key_constraints:
        columns = key.columns.keys()
        target = table.metadata.tables.get(key.elements[0].target_fullname.rpartition(".")[0])
        if target is not None and "district_id" in target.columns and "district_id" not in columns:
            yield f"{name}: a key could leave the district; write belongs_to({columns[0]!r}, {target.name!r})"
    unique = [one for one in table.constraints if isinstance(one, UniqueConstraint)]
    for one in (*unique, *(index for index in table.indexes if index.unique)):
        columns = one.columns.keys()
        if "district_id" not in columns:
            written = ", ".join(map(repr, ("district_id", *columns)))
            yield f"{name}: one district would take another's name or number; write UniqueConstraint({written})"


# -- forms -----------------------------------------------------------------------------------------------------------


def forms_are_sound(house: House) -> Mistakes:
    """What a form says of its fields, it says of fields that it has."""
    for form in subclasses(KhetForm):
        if not house.owner(form):
            continue
        asked, name = fields_of(form), form.__name__
        if "groups" in vars(form):
            drawn = [one for _title, names in form.groups for one in names]
            yield from _unknown(f"{name}.groups", drawn, asked, "field of it")
            own = {
                one for one in vars(form).keys() & asked.keys() if not issubclass(asked[one].field_class, HiddenField)
            }
            for one in sorted(own.difference(drawn)):
                yield f"{name}.groups: {one!r} stands in no group and would not be drawn; add it to one"
        for option, names in (("sizes", form.sizes), ("empty", form.empty), ("first", filter(None, [form.first]))):
            if option in vars(form):  # a form that others inherit speaks of their fields too
                heirs = set(asked).union(*map(fields_of, subclasses(form)))
                yield from _unknown(f"{name}.{option}", names, heirs, "field of it")
        for one, field in asked.items():
            if issubclass(field.field_class, LookupField):
                endpoint = field.kwargs.get("endpoint") or field.args[2]
                yield from _unknown(f"{name}.{one}", [endpoint], house.app.view_functions, "page that finds records")


# -- lists, boards, records ------------------------------------------------------------------------------------------


def views_are_sound(house: House) -> Mistakes:
    """What a view says of its list and its records is there."""
    for view in house.lists:
        yield from of_view(view)


def of_view(view: Declared) -> Mistakes:
    """What is wrong with a view; asked within a request that knows a district, also what its declarations ask there."""
    if getattr(view, "model", None) is None:
        yield f"{_named(view)}: whose pages are these? write model = …"
        return
    for one in OF_A_VIEW:
        yield from one(view)


def _model_is_fit(view: Declared) -> Mistakes:
    name, model, of = _named(view), view.model, view.model.__name__
    if "show" not in view.without and type(view).heading is Declared.heading and not hasattr(model, "label"):
        yield f"{name}: a record's page has no heading; give {of} a property `label`"
    if "edit" not in view.without and not issubclass(model, Versioned) and model.__tablename__ != OF_FAB:
        yield f"{name}: of two people who edit one, one would overwrite the other; let {of} inherit Versioned"
    if not {"add", "edit"} <= view.without and not issubclass(model, Tracked):
        yield f"{name}: who changed what would stand in no history; let {of} inherit Tracked"


def _names_are_the_model_s(view: Declared) -> Mistakes:
    known, name = dir(view.model), _named(view)
    for option in ("searchable", "known_by", "calendar", "state_field"):
        names = [one] if (one := getattr(view, option, "")) else []
        yield from _unknown(f"{name}.{option}", names, known, _field_of(view))
    yield from _unknown(f"{name}.order", view.order, known, _field_of(view))
    if view.order[-1:] != ("id",):
        yield f"{name}.order: a page would begin anywhere among rows of one value; let it end with 'id'"


def _pages_are_pages(view: Declared) -> Mistakes:
    if wrong := [name for name in view.without if not _is_page(view, name)]:
        pages = [name for name in dir(view) if _is_page(view, name)]
        yield from _unknown(f"{_named(view)}.without", wrong, pages, "page of it")


def _is_page(view: Declared, name: str) -> bool:
    return hasattr(getattr(type(view), name, None), "_urls")


def _columns_are_sound(view: Declared) -> Mistakes:
    name, columns = f"{_named(view)}.columns", _declared(view, "columns")
    yield from _twice(name, [one.key for one in columns])
    yield from _unknown(name, [one.key for one in columns if one.cell is None], dir(view.model), _field_of(view))
    yield from _unknown(f"{name}, kind", [one.kind for one in columns], COLUMN_KINDS, "kind of column")
    edited = [one.edit for one in columns if one.edit]
    yield from _unknown(f"{name}, edit", edited, fields_of(getattr(view, "form_class", object)), "field of its form")
    if edited and not view.inline_edit:
        yield f"{name}: {edited[0]!r} cannot be changed in the list; write inline_edit = True"
    if columns and view.inline_edit and not edited:
        yield f"{name}: nothing can be changed in the list; give a column edit=…, or leave inline_edit out"


def _filters_are_sound(view: Declared) -> Mistakes:
    name, found = f"{_named(view)}.filters", _declared(view, "filters")
    yield from _twice(name, [one.name for one in found])
    yield from _unknown(f"{name}, kind", [one.kind for one in found], ("choice", "date"), "kind of filter")
    for one in found:
        if one.name in OF_THE_ADDRESS:
            yield f"{name}: {one.name!r} means something else in the address of a list; give it another name"


def _shapes_are_sound(view: Declared) -> Mistakes:
    name, dimensions, actions = _named(view), _declared(view, "dimensions"), _declared(view, "actions")
    for part, found in (("dimensions", dimensions), ("actions", actions), ("measures", _declared(view, "measures"))):
        yield from _twice(f"{name}.{part}", [one.key for one in found])
    if view.board is None or not dimensions:
        return
    known = {one.key: one for one in dimensions}
    yield from _unknown(f"{name}.board", [view.board.dimension], known, "dimension of it")
    if view.board.dimension in known and not known[view.board.dimension].order:
        yield f"{name}.board: a board has a column for each value, in order; give the dimension order=…"
    action = [view.board.action] if view.board.action else []
    yield from _unknown(f"{name}.board", action, [one.key for one in actions], "action of it")


def _templates_are_there(view: Declared) -> Mistakes:
    for option in ("list_template", "show_template", "form_template"):
        name, loader = getattr(view, option), cast(BaseLoader, current_app.jinja_loader)
        try:
            if name != getattr(Declared, option):
                loader.get_source(current_app.jinja_env, name)
        except TemplateNotFound:
            yield from _unknown(f"{_named(view)}.{option}", [name], loader.list_templates(), "template")


def _workflow_is_sound(view: Declared) -> Mistakes:
    if isinstance(view, WorkflowView):
        keys = [one.key for one in view.workflow.transitions]
        yield from _unknown(f"{_named(view)}.transition_forms", view.transition_forms, keys, "step of its workflow")
        yield from _unknown(f"{_named(view)}.destructive", view.destructive, keys, "step of its workflow")


def _form_is_the_record_s(view: Declared) -> Mistakes:
    """A field that is no field of the record stands empty when the record is opened again; `…_ok` only asks once."""
    if (form := getattr(view, "form_class", None)) is None:
        return
    asked, name = fields_of(form), f"{_named(view)}.form_class"
    if view.form_files and not ("files" in asked and issubclass(asked["files"].field_class, FilesField)):
        yield f"{name}: form_files wants a field of {form.__name__}; write files = FilesField(…)"
    if "edit" not in view.without and type(view).fill is Declared.fill and type(view).form is Declared.form:
        machinery = ("form_key", "version", "files")
        own = [one for one in asked if one not in machinery and not one.endswith("_ok")]
        yield from _unknown(name, own, dir(view.model), f"{_field_of(view)}, and no `fill` puts it there")


OF_A_VIEW: tuple[Callable[[Declared], Mistakes], ...] = (
    _model_is_fit, _names_are_the_model_s, _pages_are_pages, _columns_are_sound, _filters_are_sound, _shapes_are_sound,
    _templates_are_there, _workflow_is_sound, _form_is_the_record_s,
)  # fmt: skip

CHECKS: tuple[Callable[[House], Mistakes], ...] = (
    routes_ask_a_right, open_routes_are_routes, views_are_registered, rights_are_held, roles_are_of_this_world,
    hooks_are_marked, keys_are_unique, addresses_are_unique, lines_lead_somewhere,
    reports_are_sound, imports_are_sound, api_is_sound, history_words_have_an_owner,
    tables_are_sound, forms_are_sound, views_are_sound,
)  # fmt: skip

"""Everything that was put together, as the checks look at it, and how they say what is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from difflib import get_close_matches
from functools import cached_property
from typing import TYPE_CHECKING, Any

from flask import Flask
from werkzeug.routing import Rule
from wtforms.fields.core import UnboundField

from core.base import permissions
from core.base.identity import Actor, UnitSet
from core.storage.base import Model
from core.web.crud.declared import Declared
from core.web.views import KhetView

if TYPE_CHECKING:
    from core.web.installation import Khet

Mistakes = Iterator[str]
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


class NoDatabase:
    """In the place of a district's session: says that a declaration asked it."""

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


def instead(name: str, known: Iterable[str]) -> str:
    """What is likely meant, or what there is."""
    names = sorted({one for one in known if not one.startswith("_")} - MACHINERY)
    close = get_close_matches(name, names, 1)
    return f"write {close[0]!r}" if close else f"there is {', '.join(names[:20]) or 'none'}"


def unknown(where: str, names: Iterable[str], known: Collection[str], what: str) -> Mistakes:
    """A line for every name that is not known."""
    for name in names:
        if name not in known:
            yield f"{where}: {name!r} is no {what}; {instead(name, known)}"


def twice(where: str, keys: Iterable[str]) -> Mistakes:
    """A line for every key that stands there more than once."""
    for key, number in Counter(keys).items():
        if number > 1:
            yield f"{where}: {key!r} is there twice, and only one would be found; give each a name of its own"


def field_of(view: Declared) -> str:
    """What a name should have been, in a message."""
    return f"field of {view.model.__name__}"


def named(view: KhetView) -> str:
    """The view's class, as whoever wrote it finds it."""
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


def declared(view: Declared, part: str) -> list[Any]:
    """What a view declares as its `part` (columns, filters …); nothing where that has to ask the database, or where a
    view without a list declares none of it (its columns are not implemented then)."""
    try:
        return list(getattr(view, part)())
    except (DatabaseAsked, NotImplementedError):
        return []


def not_held(house: House, where: str, verb: str, resource: str) -> Mistakes:
    """A line where no role gives a right: what asks it would be there for nobody."""
    if (verb, resource) not in house.held:
        verbs = [held for held, its in house.held if its == resource]
        near = instead(verb, verbs) if verbs else instead(resource, {its for _verb, its in house.held})
        yield f"{where} asks {verb!r} on {resource!r}, which no role gives; {near}, or grant it in permissions.py"

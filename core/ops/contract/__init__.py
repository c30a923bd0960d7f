"""What modules declare, looked at once when the application starts.

A mistake that would show only to whoever meets it (a filter that never filters, a page that nobody may open, a change
that nobody is told) stops the start here, each for its own reason and with what to write instead. `CHECKS` is the whole
list; tests/core/test_contract.py plants every mistake. What a declaration asks the database cannot be known yet: the
checks that a module's tests inherit (tests/module_check.py) look at it.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, g

from core.ops.contract import registered, tables, views
from core.ops.contract.house import Everybody, House, Mistakes, NoDatabase, fields_of, subclasses
from core.ops.contract.registered import KEYS
from core.ops.contract.tables import of_model
from core.ops.contract.views import of_view
from core.plugins.registry import PluginError


def check(app: Flask) -> None:
    """Raises PluginError with every mistake, each on a line of its own."""
    house = House(app)
    with app.test_request_context():
        g.actor, g.plugins = Everybody(0, "", "", 0, "", "", 0), frozenset(house.registry.manifests)
        g.db = NoDatabase()
        found = [said for one in CHECKS for said in one(house)]
    if found:
        raise PluginError("\n".join(found))


CHECKS: tuple[Callable[[House], Mistakes], ...] = (
    *registered.CHECKS, tables.tables_are_sound, views.forms_are_sound, views.views_are_sound,
)  # fmt: skip


__all__ = ["CHECKS", "KEYS", "Everybody", "House", "check", "fields_of", "of_model", "of_view", "subclasses"]

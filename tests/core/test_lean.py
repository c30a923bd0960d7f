"""A list page costs a bounded number of statements, whatever the number of plugins and rows."""

from __future__ import annotations

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from core.application import create_app
from core.permissions import RoleSpec, grants
from core.plugins.manifest import Card, NavItem
from core.plugins.registry import BUNDLED
from tests.core.test_plugins import plugin
from tests.support import HOME, World

MOST = 12


class Statements:
    """Counts what is sent to the database."""

    def __enter__(self) -> list[str]:
        self.seen: list[str] = []
        event.listen(Engine, "before_cursor_execute", self._note)
        return self.seen

    def _note(self, connection, cursor, statement, *_):
        if not statement.lstrip().upper().startswith(("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA")):
            self.seen.append(statement)

    def __exit__(self, *_):
        event.remove(Engine, "before_cursor_execute", self._note)


def ten_plugins():
    """Nine more plugins beside the registers, each with a line in the navigation and a role."""
    made = []
    for n in range(9):
        role = RoleSpec(f"p{n}.r", "R", grants(f"p{n}.x", "list"), plugin=f"p{n}")
        item = NavItem(f"P{n}", "HomeView.index", "", order=100 + n)
        made.append(
            plugin(
                f"p{n}", khet_roles=lambda role=role: [role], khet_navigation=lambda item=item: [item],
                khet_home=lambda session, actor, today: [Card("c", "1", "/")],
            )
        )  # fmt: skip
    return made


@pytest.mark.parametrize("path", ["/saraban/incoming/", "/saraban/outgoing/", "/schools/", "/persons/"])
def test_a_list_page_costs_at_most_twelve_statements_with_ten_plugins_on(world, path):
    app = create_app(world.khet.settings, [*BUNDLED, *ten_plugins()], guests=False)
    crowded = World(app, world.backend)
    assert len(app.extensions["khet"].registry.manifests) == 11
    browser = crowded.browser(f"clerk.{HOME}")
    browser.get(path)  # the first request of a worker reads roles and switches
    with Statements() as seen:
        assert browser.get(path).status_code == 200
    assert "P8" in browser.text
    assert len(seen) <= MOST, "\n".join(seen)
    crowded.database.dispose()


def test_the_number_of_statements_does_not_grow_with_the_rows(world):
    browser = world.browser(f"clerk.{HOME}")
    browser.get("/schools/")
    with Statements() as many:
        browser.get("/schools/?q=เรียน")
    with Statements() as few:
        browser.get("/schools/?q=นาแห้ว")
    assert len(many) == len(few)


def test_no_list_counts_or_loads_without_bound(world):
    browser = world.browser(f"clerk.{HOME}")
    browser.get("/saraban/incoming/")
    with Statements() as seen:
        browser.get("/saraban/incoming/")
    for statement in seen:
        if "saraban_incoming" in statement:
            assert "LIMIT" in statement.upper(), statement

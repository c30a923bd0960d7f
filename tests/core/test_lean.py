"""A list page costs a bounded number of statements, whatever the number of plugins and rows."""

from __future__ import annotations

import pytest
from sqlalchemy import event, select

from core.base.permissions import RoleSpec, grants
from core.base.text.thai import today
from core.domain.standards import services as work
from core.domain.standards.models import Standard
from core.ops.application import create_app
from core.platform.masterdata.models import Unit
from core.platform.numbering import engine
from core.platform.users.models import Account
from core.plugins.manifest import Card, NavItem
from core.plugins.registry import BUNDLED
from core.storage.database import make_engine
from plugins.saraban.reports.letters import BOOK_MODELS
from tests.browser.walk import addresses, shows
from tests.core.statements import MOST, Statements
from tests.core.test_plugins import plugin
from tests.support import HOME, World

#: pages that no line of the navigation leads to
UNLISTED = [
    "HomeView.index", "JobView.list", "NoticeView.list", "TokenView.list", "FactorView.list", "OwnRightsView.list", "HelpView.index",
]  # fmt: skip


def ten_plugins():
    """As many more plugins as make ten of them beside core, each with a line in the navigation and a role."""
    made = []
    for n in range(11 - len(BUNDLED)):
        role = RoleSpec(f"p{n}.r", "R", grants("core.school", "list"), plugin=f"p{n}")
        item = NavItem(f"P{n}", UNLISTED[n], "", order=100 + n)
        made.append(
            plugin(
                f"p{n}", khet_roles=lambda role=role: [role], khet_navigation=lambda item=item: [item],
                khet_home=lambda session, actor, today: [Card("c", "SchoolView")],
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
    assert f"P{10 - len(BUNDLED)}" in browser.text
    assert len(seen) <= MOST, "\n".join(seen)
    crowded.database.dispose()


def test_a_module_s_card_costs_the_home_page_no_statement(world):
    """What the cards of all modules count is one statement, whatever their number."""

    def asked(*modules) -> int:
        served = World(create_app(world.khet.settings, [*BUNDLED, *modules], guests=False), world.backend)
        browser = served.browser(f"clerk.{HOME}")
        browser.get("/")  # the first request of a worker reads roles and switches
        with Statements() as seen:
            assert browser.get("/").status_code == 200
        shown = browser.text.count("Schools of p")
        served.database.dispose()
        assert shown == len(modules)
        return len(seen)

    def cards(session, actor, today, *, name: str) -> list[Card]:
        return [Card(f"Schools of {name}", "SchoolView")]

    def made(name: str):
        return plugin(name, khet_home=lambda session, actor, today: cards(session, actor, today, name=name))

    assert asked() == asked(*(made(f"p{n}") for n in range(8)))


@pytest.mark.parametrize(
    ("user", "path"),
    [
        ("groupdirector", "/services/requests/"), ("groupdirector", "/services/surveys/"), ("groupdirector", "/steps/"),
        ("groupclerk", "/services/costs/"), ("supervisor", "/cooperation/cases/"), ("groupdirector", "/standards/"),
        ("groupdirector", "/indicators/"),
    ],
)  # fmt: skip
def test_the_lists_of_services_and_standards_cost_no_more(world, user, path):
    with world.session() as s:
        chief = world_account(s, f"supervisor.{HOME}")
        unit = s.scalars(select(Unit.id).where(Unit.kind == "office")).one()
        for standard in s.scalars(select(Standard).where(Standard.current.is_(True)).order_by(Standard.id).limit(3)):
            work.start_run(s, standard, unit, 2569, assignee=chief)
    browser = world.browser(f"{user}.{HOME}")
    browser.get(path)
    with Statements() as seen:
        assert browser.get(path).status_code == 200
    assert browser.tree.xpath("//tbody/tr"), "the probe needs rows"
    assert len(seen) <= MOST, "\n".join(seen)


def test_no_page_of_head_office_costs_more(world):
    """Those of the districts' people are counted where they are opened (tests/module_check.py)."""
    browser = world.browser("obec")
    dear = {}
    for _door, address in addresses(world):
        if not shows(browser, address):
            continue
        with Statements() as seen:
            browser.get(address)
        if len(seen) > MOST:
            dear[address] = len(seen)
    assert dear == {}, str(dear)


def test_the_books_of_a_year_cost_no_more_than_one_book(world):
    unit = world.unit()
    with world.session() as s:
        for book in BOOK_MODELS:
            engine.allocate(s, unit, book, today=today(), actor_name="งานสารบรรณ")
    browser = world.browser(f"clerk.{HOME}")
    browser.get("/reports/saraban.year")
    with Statements() as seen:
        browser.get("/reports/saraban.year")
    assert len(browser.tree.xpath("//tbody/tr")) == len(BOOK_MODELS), "the probe needs every book"
    assert len(seen) <= MOST, "\n".join(seen)


def world_account(session, username: str) -> Account:
    return session.scalars(select(Account).where(Account.username == username)).one()


def test_the_number_of_statements_does_not_grow_with_the_rows(world):
    browser = world.browser(f"clerk.{HOME}")
    browser.get("/schools/")
    with Statements() as many:
        browser.get("/schools/?q=เรียน")
    with Statements() as few:
        browser.get("/schools/?q=นาแห้ว")
    assert len(many) == len(few) + 1, "one more, which counts what does not fit the page"


def test_no_list_counts_or_loads_without_bound(world):
    browser = world.browser(f"clerk.{HOME}")
    browser.get("/saraban/incoming/")
    with Statements() as seen:
        browser.get("/saraban/incoming/")
    for statement in seen:
        if "saraban_incoming" in statement:
            assert "LIMIT" in statement.upper(), statement


def test_a_connection_to_sqlite_keeps_few_statements_prepared(tmp_path):
    """Each holds some 100 KB. Python's own 128 of them a connection let a server grow to twice its size in minutes."""
    asked = []
    engine = make_engine(f"sqlite:///{tmp_path / 'k.sqlite3'}")
    event.listen(engine, "do_connect", lambda _dialect, _record, _words, options: asked.append(options))
    with engine.connect() as connection:
        connection.exec_driver_sql("select 1")
    engine.dispose()
    assert 0 < asked[0]["cached_statements"] <= 32

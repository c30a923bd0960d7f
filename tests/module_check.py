"""What every module is held to, inherited by its own tests.

    class TestVisitorBook(ModuleCheck):
        module = "visitor_book"

walks every page, form, list and report of that module alone, whether it ships with Khet or is a guest (tests/guests.py):
rights, districts, units, the number of statements, words, tables. A page that is registered tomorrow is walked the same
day. What cannot hold is excused by name, with its reason, in the subclass.
"""

from __future__ import annotations

import ast
import itertools
import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import pytest
from flask import g, url_for
from python_calamine import CalamineWorkbook
from sqlalchemy import column, delete, func, inspect, select, table, text
from werkzeug.exceptions import HTTPException
from wtforms import Form

from core.base.errors import NotFound
from core.base.permissions import DISTRICT_REACH, UNIT
from core.base.text.thai import today
from core.exchange.reports import formats
from core.ops import contract
from core.ops.application import ROOT
from core.ops.scaffold import migration
from core.platform.dual_control import log
from core.platform.handover import Held
from core.platform.timeline import labels
from core.platform.timeline.models import TimelineEntry
from core.platform.users.models import Account
from core.platform.worklist.sync import InWorklist
from core.plugins import switches
from core.plugins.manifest import Card, Chart
from core.records.approvals.models import WAITING, Approval
from core.storage.base import Model, Tracked
from core.storage.scope import owned_classes
from core.web.crud import CrudView
from core.web.crud.approval_view import ApprovalView
from core.web.crud.follow_ups import FollowUpView
from core.web.crud.workflow_view import WorkflowView
from core.web.pages.reports import ReportQuery
from core.web.views import KhetView
from tests.core import filling, stand_ins
from tests.core.doors import (
    APP,
    KHET,
    PROBES,
    SIGNED_OUT,
    USERS,
    Door,
    at_home,
    doors,
    holders,
    holds,
    names_a_record,
    samples_of_both,
    url,
)
from tests.core.marks import mark_district
from tests.core.rows import COPIES, asked_again, many_rows
from tests.core.statements import MOST, Statements
from tests.core.units import look, unit_of_record, unit_people, variants
from tests.support import API, HOME, OTHER, World

LEAK = "รั่วไหลข้ามเขต"
#: doors that take what was uploaded before, or a file
BRINGS_ITS_UPLOAD = ("UploadView.upload", "ImportView.add")


#: set when the record is made, or a key of the machine: no reader misses them
SAYS_NOTHING = {
    "at", "book", "content_type", "counted", "created_by_fk", "created_on", "changed_by_fk", "demo", "drafted_by",
    "file_name", "given_at", "given_by", "hint", "id", "importer", "kind", "lent_by", "lent_on", "made_at", "made_by",
    "options", "plugin", "queued_at", "registered_by", "registered_on", "revoked_at", "role", "scopes", "secrecy",
    "sha256", "stored_as", "stored_on", "suffix", "surveyed_by", "taken_at", "taken_by", "taken_on", "uploaded_at",
    "asked_at", "asked_by", "inside", "urgency", "user_name", "verify", "view", "what", "arrived_at", "borrower", "purpose", "register_no", "direction",
    "signed_hash",
}  # fmt: skip


ICONS = ROOT / "core/web/static/vendor/bootstrap-icons/icons.svg"


def marked(world: World) -> tuple[Any, Any]:
    """A sample of every kind of record in both districts; the other one says the leak's word everywhere."""
    both = samples_of_both(world)
    mark_district(world, LEAK, world.district_id(OTHER))
    return both


def without(plugin: str) -> Callable[[World], tuple[Any, Any]]:
    """How to prepare a standing installation whose home district has that plugin switched off."""

    def switched_off(world: World) -> tuple[Any, Any]:
        both = samples_of_both(world)
        with world.session(HOME) as session:
            switches.switch(session, world.khet.switchboard, plugin, on=False)
        return both

    return switched_off


def sources(folder: Path) -> list[Path]:
    """A module's Python files, its migrations left out: they name what was there in their day."""
    return [path for path in sorted(folder.rglob("*.py")) if "migrations" not in path.parts]


def constants(folder: Path) -> Iterator[tuple[Path, Any]]:
    """Every text in a module's code."""
    for path in sources(folder):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield path, node


@cache
def names_that_are_known() -> frozenset[str]:
    """Every dotted key that a module registers: rights' resources, roles, reports, topics, actions …"""
    house = contract.House(APP)
    found = {getattr(one, key) for hook, key in contract.KEYS.items() for one in house.answers(hook)}
    found |= {resource for _verb, resource in house.held} | {view.resource for view in KHET.views.values()}
    return frozenset(found.union(labels.ACTIONS, labels.ERRANDS, log.SENTENCES, log.PHRASES))


@cache
def names_of_others(module: str) -> frozenset[str]:
    """Tables, pages, resources and keys of modules that are neither core nor this one."""
    house = contract.House(APP)
    tables = [one.__tablename__ for one in house.models if house.owner(one) not in ("core", module)]
    views = [name for name, view in KHET.views.items() if view.plugin not in ("core", module)]
    pages = [one for one in APP.view_functions if one.partition(".")[0] in views]
    others = set(house.registry.manifests) - {"core", module}
    keys = [one for one in names_that_are_known() if one.partition(".")[0] in others]
    return frozenset([*tables, *views, *pages, *keys])


@cache
def fields_that_are_known() -> frozenset[str]:
    """Names of all fields of forms and interfaces, and of all columns of tables and imports."""
    house = contract.House(APP)
    found = {name for form in contract.subclasses(Form) for name in contract.fields_of(form)}
    found = found.union(*(inspect(model).all_orm_descriptors.keys() for model in house.models))
    found |= {name for resource in house.answers("khet_api") for name in resource.schema._declared_fields}
    return frozenset(found.union(*map(columns_of, house.answers("khet_importers"))))


def columns_of(importer: Any) -> set[str]:
    """Keys of an import's columns; none where they depend on the district."""
    with APP.test_request_context():
        try:
            return {column.key for column in importer.columns()}
        except HTTPException:
            return set()


def fields_named_in(path: Path) -> Iterator[Any]:
    """Where a file names a field: as a key of `values`, and in a refusal."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        named: list[Any] = []
        if isinstance(node, ast.Subscript) and getattr(node.value, "id", "") == "values":
            named = [node.slice]
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "RuleError":
            named = [*node.args[1:2], *(one.value for one in node.keywords if one.arg == "field")]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("get", "pop"):
            named = node.args[:1] if getattr(node.func.value, "id", "") == "values" else []
        yield from (one for one in named if isinstance(one, ast.Constant) and isinstance(one.value, str) and one.value)


@cache
def classes() -> frozenset[str]:
    """Names of every view class and model."""
    return frozenset(one.__name__ for root in (KhetView, Model) for one in (root, *contract.subclasses(root)))


def is_module(dotted: str) -> bool:
    """Whether a dotted name is one of Python's."""
    place = ROOT / dotted.replace(".", "/")
    return place.is_dir() or place.with_suffix(".py").is_file()


#: where the icon stands among what is called without names
ICON_AT = {"ActionLink": 2, "Transition": 5, "Related": 3}


def icons_in(path: Path) -> set[str]:
    """Icons that a file names: behind `icon=`, or in their place among a call's arguments."""
    source = path.read_text(encoding="utf-8")
    found = set(re.findall(r'icon(?:: \w+(?:\[\w+\])?)? ?= ?"([\w-]+)"', source))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and (at := ICON_AT.get(getattr(node.func, "id", ""))) is not None:
            found |= {one.value for one in node.args[at : at + 1] if isinstance(one, ast.Constant) and one.value}
    return found


def most_said(world: World) -> int:
    """How many messages wait for the next page of whoever has most."""
    with world.database.system_engine.connect() as connection:
        kept = [json.loads(data) for data in connection.execute(text("select data from core_session")).scalars()]
    return max((len(one.get("_flashes", ())) for one in kept), default=0)


def unmarked_of(browser: Any, address: str, typed: Mapping[str, Any]) -> set[str]:
    """Fields of the form at `address` that are refused empty and carry no mark of being needed: first where nothing is
    typed, then where that which is marked is."""
    marked = {name: value for name, value in typed.items() if value not in (None, "")}
    return _unmarked_of(browser, address, {}) | (_unmarked_of(browser, address, marked) if marked else set())


def _unmarked_of(browser: Any, address: str, typed: Mapping[str, Any]) -> set[str]:
    if not browser.opens(address) or not browser.tree.xpath("//form[@data-main]"):
        return set()
    form = browser.tree.xpath("//form[@data-main]")[0]
    lines = ".//*[self::textarea or self::input[not(@type) or @type='text' or @type='email']]"
    names = {name.removesuffix("-text") for name in form.xpath(f"{lines}/@name")}
    needed = {name.removesuffix("-text") for name in form.xpath(f"{lines}[@required]/@name")}
    blank = {f"{name}{end}": "" for name in names for end in ("", "-text") if f"{name}{end}" in browser.fields()}
    browser.resubmit(address, **blank | {name: value for name, value in typed.items() if name in needed})
    if browser.page.status_code != 422:
        return set()
    refused = browser.tree.xpath("//*[@role='alert'][substring(@id, string-length(@id) - 5) = '-error']")
    return {
        re.sub(r"-\d+-", "-", one.get("id").removesuffix("-error"))
        for one in refused
        if not one.getparent().xpath(".//*[contains(concat(' ', @class, ' '), ' needed ')]")
    }


def take(browser: Any, address: str) -> bool:
    """Take a step with whatever its form may be given; whether it was taken."""
    if not browser.opens(address) or not browser.tree.xpath(filling.MAIN):
        return False
    kept = filling.now(browser)
    for wanted in ({}, filling.others(browser, 0), filling.others(browser, 1)):
        answer = filling.send(browser, address, {**kept, **wanted})
        if answer.status_code == 302:
            return True
        kept["form_key"] = filling.now(browser)["form_key"]
    return False


def _is_shut(door: Door, answer: Any) -> bool:
    """Whether the record's state lets nobody take this step now, and the answer leads to the record, which says why."""
    return bool(answer.status_code == 302 and answer.location.startswith(f"{door.view.route_base}/"))


def _send(world: World, door: Door, user: str, ids: Any, address: str) -> Any:
    browser = world.browser(f"{user}.{HOME}")
    if door.view.by_token:
        return browser.post(address, PROBES[door.endpoint][1](world, ids))
    data = {}
    if "GET" in {d.method for d in doors("GET") if d.endpoint == door.endpoint}:
        browser.get(address)
        version = browser.tree.xpath("//input[@name='version']/@value") if browser.page.status_code == 200 else []
        data = {"version": version[0] if version else ""}
    data.update(PROBES[door.endpoint][1](world, ids))
    return browser.post(address, data, content_type="multipart/form-data")


def _sent(answer: Any) -> bool:
    """Whether what was sent was done: neither refused, nor led away from a form that is shut."""
    return bool(answer.status_code == 201 or (answer.status_code == 302 and "/login" not in (answer.location or "")))


class ModuleCheck:
    """The inherited checks. Each parametrized argument below is a door, list or report of the module."""

    module: ClassVar[str] = ""
    #: dotted keys in its code that nobody registers
    names_of_its_own: ClassVar[frozenset[str]] = frozenset()
    #: files that name what is another module's, which only what puts modules together may
    names_others: ClassVar[frozenset[str]] = frozenset()
    #: fields that are refused empty for what is chosen beside them in the same form, and why they carry no mark
    needed_by_choice: ClassVar[Mapping[str, str]] = {}
    #: statements that pass the tenant filters: how many in a file, and why it may be
    past_the_tenant_filters: ClassVar[Mapping[str, tuple[int, str]]] = {}
    #: of a list of follow-ups: who gives its sample on, and to whom (accounts of the demo)
    hands_on: ClassVar[Mapping[str, tuple[str, str]]] = {}

    def folder(self) -> Path:
        """Where the module lies."""
        return (
            ROOT / "core"
            if self.module == "core"
            else Path(dict(contract.House(APP).plugins)[self.module].__file__).parent
        )

    def tables(self) -> list[str]:
        """Addresses of its lists and reports."""
        lists = [door for door in at_home(self.own("GET")) if door.endpoint.endswith(".list") and not door.arguments]
        with APP.test_request_context():
            found = [url_for(door.endpoint) for door in lists if isinstance(door.view, CrudView)]
        return found + [f"/reports/{key}" for key, owner in KHET.registry.report_owner.items() if owner == self.module]

    # -- what is walked ----------------------------------------------------------------------------------------------

    def own(self, method: str) -> list[Door]:
        """The module's doors of a method."""
        return [door for door in doors(method) if door.view.plugin == self.module]

    def switchable(self) -> list[Door]:
        """Doors that close when the module is switched off."""
        if self.module in KHET.registry.always_on:
            return []
        return [door for method in ("GET", "POST") for door in self.own(method) if door.view.requires_right]

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """One test a door."""
        found: Mapping[str, Callable[[], list[Any]]] = {
            "page": lambda: at_home(self.own("GET")),
            "entrance": lambda: [door for door in self.own("GET") if door.endpoint not in SIGNED_OUT],
            "page_of_people": lambda: [door for door in at_home(self.own("GET")) if not door.view.by_link],
            "write": lambda: [door for door in at_home(self.own("POST")) if PROBES.get(door.endpoint)],
            "closed": self.switchable,
            "table_page": self.tables,
            "report": lambda: [key for key, owner in KHET.registry.report_owner.items() if owner == self.module],
        }
        for name, cases in found.items():
            if name in metafunc.fixturenames:
                metafunc.parametrize(name, cases(), ids=str)

    # -- what its files say ------------------------------------------------------------------------------------------

    def test_every_key_and_page_that_its_code_names_is_there(self):
        """A misspelt topic, action, kind of job, right or page is found by whoever meets it, if at all."""
        known, pages = names_that_are_known() | self.names_of_its_own, {*APP.view_functions, *KHET.views, *classes()}
        drawn = APP.jinja_loader.list_templates()
        wrong = []
        for path, node in constants(self.folder()):
            said = node.value
            if re.fullmatch(rf"{self.module}(\.[a-z_]+)+", said) and not is_module(said):
                wrong += [f"{path}:{node.lineno} {said}"] if said not in known else []
            elif (
                re.fullmatch(r"[A-Z]\w+View(\.\w+)?", said)
                and said not in pages
                or re.fullmatch(r"[\w/]+\.html", said)
                and said not in drawn
            ):
                wrong.append(f"{path}:{node.lineno} {said}")
        assert not wrong, f"name what is registered, or list it in names_of_its_own: {wrong}"

    def test_its_code_names_nothing_of_another_module(self):
        """Behaviour that another's table, page or right sets off breaks unseen when that module changes: what a record
        is (a letter that came in) is asked of core, which says it of every module's."""
        wrong = [
            f"{path}:{node.lineno} {node.value}"
            for path, node in constants(self.folder())
            if node.value in names_of_others(self.module) and path.name not in self.names_others
        ]
        for path in sorted(self.folder().rglob("*.html")):
            named = set(re.findall(r"""["']([\w.]+)["']""", path.read_text(encoding="utf-8")))
            wrong += [f"{path}: {one}" for one in named & names_of_others(self.module)]
        assert not wrong, f"ask core what the record is, or let core know it: {wrong}"

    def test_every_field_that_its_code_names_is_there(self):
        """A misspelt key of what was typed is silently nothing, and a refusal at a misspelt field stands at none."""
        known = fields_that_are_known() | self.names_of_its_own
        wrong = [
            f"{path}:{node.lineno} {node.value}"
            for path in sources(self.folder())
            for node in fields_named_in(path)
            if node.value not in known
        ]
        assert not wrong, f"write the name of a field of a form, of a column or of the interface: {wrong}"

    def test_no_statement_passes_the_tenant_filters_unlisted(self):
        """A raw statement names its district and its secrecy by itself; the matrices cannot know what it forgot."""
        found = {}
        for path in sources(self.folder()) if self.module != "core" else ():
            if passes := len(re.findall(r"execution_options=RAW|khet_raw|\*\*RAW", path.read_text(encoding="utf-8"))):
                found[path.relative_to(self.folder()).as_posix()] = passes
        listed = {name: number for name, (number, _why) in self.past_the_tenant_filters.items()}
        assert found == listed, f"ask without RAW, or say in past_the_tenant_filters why not: {found}"

    def test_every_icon_is_bundled(self):
        """An icon that is not among the symbols would be an empty square."""
        symbols = set(re.findall(r'<symbol id="([\w-]+)"', ICONS.read_text(encoding="utf-8"))) | {"dot", "box"}
        for path in sources(self.folder()):
            wrong = icons_in(path) - symbols
            assert not wrong, f"{path}: choose icons of bootstrap-icons/icons.svg, or add these to it: {wrong}"

    def test_every_change_is_told_in_words(self):
        """No reader of the history meets the name of a column."""
        bare = [
            f"{kind.__tablename__}.{column.key}"
            for kind in contract.House(APP).models
            if issubclass(kind, Tracked) and contract.House(APP).owner(kind) == self.module
            for column in inspect(kind).column_attrs
            if column.key not in kind.untracked | SAYS_NOTHING and not column.key.endswith("_id")
            if not labels.tells(kind.__tablename__, column.key)
        ]
        assert bare == [], (
            "declare these with core.storage.fields, name them with labels.register, or list in `untracked`"
        )

    def test_what_can_be_unfinished_at_a_unit_says_what_becomes_of_it_where_the_unit_ends(self):
        """A school is merged, a group closed: nobody's letter, request or task is left with people who are gone."""
        own = [one for one in owned_classes() if contract.House(APP).owner(one) == self.module]
        wrong = []
        for model in [one for one in own if "unit_id" in inspect(one).columns]:
            columns, how = inspect(model).columns, getattr(model, "GOES_ON", None)
            unfinished = issubclass(model, InWorklist | Held) or bool({"status", "state"} & set(columns.keys()))
            if how is None:
                wrong += [f"{model.__name__} says nothing"] if unfinished else []
                continue
            if how.book and how.book not in columns:
                wrong.append(f"{model.__name__} has no {how.book!r}")
            if how.in_work and how.state not in columns:
                wrong.append(f"{model.__name__} has no {how.state!r}")
            if how.view and (how.view not in KHET.views or how.right[1] != KHET.views[how.view].resource):
                wrong.append(f"{model.__name__}: {how.view} and {how.right} do not belong together")
            if flow := getattr(KHET.views.get(how.view), "workflow", None):
                wrong += [f"{model.__name__} is never {one!r}" for one in set(how.in_work) - set(flow.states)]
            keys = {one for key in inspect(model).local_table.foreign_key_constraints for one in key.column_keys}
            wrong += [f"{model.__name__}.{one} names no record" for one in how.whole if one not in keys]
        assert not wrong, f"write its GOES_ON (core/storage/succession.py: moves, stays or follows): {wrong}"

    # -- what its views declare --------------------------------------------------------------------------------------

    def test_what_its_views_declare_is_there_in_a_district_too(self, standing):
        """The start looks at what can be known without a database; here one is."""
        world, _ids = standing("marked", marked)
        wrong = []
        for view in [one for one in KHET.views.values() if isinstance(one, CrudView) and one.plugin == self.module]:
            with world.app.test_request_context():
                g.actor = contract.Everybody(**vars(world.khet.actor(world.account(f"admin.{HOME}").id)))
                g.stamps = {}
                wrong += contract.of_view(view)
        assert not wrong, "\n".join(wrong)

    def test_its_tables_are_what_its_models_say_and_kept_apart_by_district(self, standing):
        """A migration that was forgotten, or that forgot row-level security."""
        world, _ids = standing("marked", marked)
        engine = world.database.owner_engine()
        with engine.connect() as connection:
            assert migration.differences(connection, world.khet.registry, self.module) == [], (
                "run app.py make-migration"
            )
            if world.backend == "postgresql":
                unwalled = select(column("relname")).select_from(table("pg_class")).where(~column("relrowsecurity"))
                own = {
                    model.__tablename__ for model in owned_classes() if contract.House(APP).owner(model) == self.module
                }
                assert own.isdisjoint(connection.scalars(unwalled)), (
                    "write rls.enable_rls in the migration, or tables.owned"
                )
        engine.dispose()

    @pytest.mark.parametrize("backend", ["sqlite"])
    def test_no_page_asks_once_a_row(self, standing, table_page):
        """Twelve more of everything, and the page sends no statement for each of them."""
        world, _ids = standing("many rows", many_rows)
        for user in USERS:
            browser = world.browser(user)
            with Statements() as seen:
                answer = browser.get(table_page)
            if answer.status_code == 200:
                assert not asked_again(seen), f"{user} at {table_page}: {asked_again(seen)}"
                if len(browser.tree.xpath("//main//tbody/tr")) > COPIES:
                    return  # whoever else opens it sees no more

    # -- rights and districts ----------------------------------------------------------------------------------------

    def test_a_page_opens_to_whom_it_should_and_shows_nothing_of_another_district(self, standing, page):
        """Right, tenancy and cost in one visit: each of the demo's accounts opens the page in its own district and next
        door."""
        world, (here, there) = standing("marked", marked)
        own, foreign = url(world, page, here), url(world, page, there) if names_a_record(page) else ""
        opened = 0
        asked_without = False
        for user in USERS:
            browser = world.reader(user)
            without = bool(page.verb) and not holds(user, page.view.resource, page.verb)
            with Statements() as asked:
                browser.opens(own) if asked_without and without else browser.get(own)  # refused to all in one page
            mine = browser.page
            if len(asked) > MOST and mine.status_code == 200:  # who comes for the first time is asked for as well
                with Statements() as asked:
                    browser.get(own)
                assert len(asked) <= MOST, f"{user} waits for {len(asked)} statements:\n" + "\n".join(asked)
            assert mine.status_code in (200, 302, 403, 404), f"{user}: {mine.status_code}"
            if without:
                assert mine.status_code == 403, f"{user} opened {page} without the right"
            opened += mine.status_code in (200, 302)
            assert LEAK.encode() not in mine.get_data(), f"{user} reads another district's words at {own}"
            if foreign and not (without and asked_without):  # the right is asked before the record
                theirs = browser.get(foreign)
                assert theirs.status_code in (403, 404), f"{user} got {theirs.status_code} for a foreign record"
                assert LEAK.encode() not in theirs.get_data()
                if mine.status_code == 200:
                    assert theirs.status_code == 404, "a 403 would tell that the record exists"
            asked_without = asked_without or without
        assert opened, "no role of the demo can open this door, so the probe proves nothing"

    def test_a_stranger_is_sent_to_the_login_page(self, standing, entrance):
        world, (here, _there) = standing("marked", marked)
        address = url(world, entrance, here)
        answer = world.browser().get(address)
        if address.startswith(API):
            assert answer.status_code == 401
            assert answer.get_json()["error"]["code"] == "unauthorized"
            return
        if entrance.view.by_link:
            assert answer.status_code == 200, "who holds the link may read"
            return
        assert answer.status_code in (302, 404)
        if answer.status_code == 302:
            assert "/login/" in answer.location

    def test_no_report_shows_anything_of_another_district(self, standing, report):
        """Every district-wide report, as everybody who may take it, over whatever it lets one ask."""
        world, _ids = standing("marked", marked)
        for user in USERS:
            browser = world.reader(user)
            for address in report_pages(browser, report):
                assert LEAK.encode() not in browser.get(address).get_data(), f"{user} reads another district's words"

    def test_every_column_of_a_report_s_workbook_says_what_it_holds(self, standing, report):
        """The table and each chart's sheet, with what was asked for above, and no two sheets of one name."""
        world, _ids = standing("marked", marked)
        declared, made = world.khet.registry.reports[report], 0
        for user in USERS:
            actor = world.khet.actor(world.account(user).id)
            if not actor.may(declared.resource, "export"):
                continue
            with world.session(user=user) as session:
                try:
                    asked = ReportQuery(declared, session, actor, {}).values
                except NotFound:
                    continue  # about units or records of which this one has none
                above = declared.heading(session, **asked)
                with formats.of_report("xlsx", declared, session, asked) as file:
                    book = CalamineWorkbook.from_filelike(file)
                    sheets = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
            assert len(sheets) == 1 + len(declared.charts)
            for name, rows in sheets.items():
                assert [row[0] for row in rows[1 : len(above)]] == above[1:], f"{name}: what was asked for"
                headings = rows[len(above)]
                assert len(headings) > 1, name
                assert all(re.search(r"[^\W\d_]", str(one)) for one in headings), f"{name}: {headings}"
            made += 1
        assert made, "nobody of the demo takes it"

    def test_a_card_counts_what_its_list_shows(self, standing):
        """Whoever reads a number at home finds exactly so many where it leads: of every card, for everybody."""
        world, _ids = standing("marked", marked)
        addresses, walked = APP.url_map.bind("khet.test"), 0
        for user in (*USERS, "obec"):
            browser = world.reader(user)
            browser.get("/")
            cards = browser.tree.xpath("//a[@class='card-link'][div[@class='value']]")
            said = [(one.get("href"), one.xpath("string(div[@class='value'])")) for one in cards]
            for address, number in said:
                name = addresses.match(address.partition("?")[0])[0].partition(".")[0]
                if KHET.views[name].plugin == self.module:
                    assert browser.opens(address), f"{user}: {address}"
                    there = browser.tree.xpath("string(//div[@class='page-head']/span/span)")
                    assert number == there, f"{user}: the card says {number}, its list {there}: {address}"
                    walked += 1
        assert walked or not any(isinstance(one, Card) for user in USERS for one in self._at_home(world, user))

    def _at_home(self, world: World, user: str) -> list[Any]:
        """What the module says on a user's home page."""
        facts = {"actor": world.khet.actor(world.account(user).id), "today": today()}
        with world.session(user=user) as session:
            said = world.khet.registry.each("khet_home", only={self.module}, session=session, **facts)
        return [one for _name, many in said for one in many]

    def test_core_counts_what_its_cards_say(self, standing):
        """A card names its list, so that those of all modules are counted in one statement; a chart asks for itself."""
        world, _ids = standing("marked", marked)
        for user in USERS:
            account = world.account(user)
            facts = {"actor": world.khet.actor(account.id), "today": today()}
            with world.session(user=user) as session:
                session.get_one(Account, account.id)  # the transaction has begun
                with Statements() as asked:
                    said = world.khet.registry.each("khet_home", only={self.module}, session=session, **facts)
            charts = [one for _name, many in said for one in many if isinstance(one, Chart)]
            assert len(asked) <= len(charts), "\n".join(asked)

    def test_every_post_has_a_probe(self):
        missing = {door.endpoint for door in at_home(self.own("POST"))} - PROBES.keys()
        assert not missing, f"say in the probes.py of {self.module}'s tests how these are walked: {sorted(missing)}"

    def test_a_write_reaches_its_own_district_and_never_another(self, filled, write):
        world, here, there = filled
        user = PROBES[write.endpoint][0]
        other = world.district_id(OTHER)

        def traces() -> int:
            return world.count("core_timeline", f"district_id = {other}")

        before = traces()
        if names_a_record(write):
            foreign = _send(world, write, user, here, url(world, write, there))
            assert foreign.status_code == 404
        uses_ids = PROBES[write.endpoint][1](world, here) != PROBES[write.endpoint][1](world, there)
        if uses_ids and write.endpoint not in BRINGS_ITS_UPLOAD and ".files" not in write.endpoint:
            smuggled = _send(world, write, user, there, url(world, write, here))
            assert smuggled.status_code in (404, 422), "another district's id in the form was accepted"
        assert traces() == before
        mine = _send(world, write, user, here, url(world, write, here))
        sent = mine.status_code in (201, 302) or "attachment" in mine.headers.get("Content-Disposition", "")
        assert sent, mine.get_data(as_text=True)[-3000:]
        assert "/login/" not in (mine.location or "") or write.endpoint == "LoginView.logout"
        assert traces() == before
        assert most_said(world) <= 1, "an act says in one message what is true"

    # -- in which capacity ------------------------------------------------------------------------------------------

    @pytest.mark.parametrize("backend", ["sqlite"])
    def test_rights_of_the_own_account_and_of_a_place_do_not_add_up(self, filled):
        """Who may do it by kind but by no name, and takes the place of one who may do all but that, may not; nor who may
        do everything at another unit and only reads here in that place."""
        world, here, _there = filled
        stand_ins.everybody(world)
        for door, user, right in self.written(world, here):
            address, everything = url(world, door, here), stand_ins.rights_of(user)
            for own, place, reach in (
                (stand_ins.READING | {right}, everything - {right}, DISTRICT_REACH),
                (everything | {right}, stand_ins.READING, UNIT),
            ):
                stand_ins.hold(world, user, own, place, reach)
                if not _sent(_send(world, door, stand_ins.ALONE, here, address)):
                    added = _send(world, door, stand_ins.BOTH, here, address)
                    assert not _sent(added), f"{door}: neither capacity may alone, both together may"

    @pytest.mark.parametrize("backend", ["sqlite"])
    def test_what_is_done_in_another_s_place_says_so_in_the_history(self, filled):
        world, here, _there = filled
        stand_ins.everybody(world)
        author = world.account(f"{stand_ins.ACTING}.{HOME}")
        mine, done = f"actor_id = {author.id}", 0
        for door, user, right in self.written(world, here):
            stand_ins.hold(world, user, stand_ins.READING, stand_ins.rights_of(user) | stand_ins.READING | {right})
            before = world.count("core_timeline", mine)
            if _sent(_send(world, door, stand_ins.ACTING, here, url(world, door, here))):
                done += world.count("core_timeline", mine) - before
                bare = world.count("core_timeline", f"{mine} and actor_name = '{author.get_full_name()}'")
                assert not bare, f"{door}: the history does not say in whose place"
        assert done or not any(self.written(world, here)), "nothing was done in a place: the probe proves nothing"

    def written(self, world: World, here: Any) -> Iterator[tuple[Door, str, tuple[str, str]]]:
        """(door, who walks it, its right): where something is written by a right."""
        for door in at_home(self.own("POST")):
            if door.view.by_token or not PROBES.get(door.endpoint):
                continue
            if (right := stand_ins.right_of(door)) is not None:
                yield door, PROBES[door.endpoint][0], right

    # -- what is given to people -------------------------------------------------------------------------------------

    def test_whoever_is_given_something_to_do_finds_it_and_hears_of_it(self, filled):
        """A follow-up waits for who has it, is found when it is late, and nobody learns of it by chance."""
        world, here, _there = filled
        lines = {one.endpoint: one for one in contract.House(APP).answers("khet_navigation")}
        views = [one for one in KHET.views.values() if isinstance(one, FollowUpView) and one.plugin == self.module]
        for view in views:
            table, number, due = view.model.__tablename__, here[view.model], view.model.DUE
            line = lines.get(f"{view.endpoint}.list")
            assert "edit" in getattr(line, "worklist_verbs", ()), f"{table}: write its NavItem(worklist_verbs=…)"
            with world.session(HOME) as session:
                doer = session.get_one(Account, session.get_one(view.model, number).user_id).username
            mine = f"kind = '{table}' and record_id = {number} and user_id = {world.account(doer).id}"
            assert world.count("core_waiting", mine) == 1, f"{table} waits for nobody"
            world.owner(f"update {table} set {due} = '2020-01-01' where id = {number}")
            browser = world.browser(doer)
            with world.app.test_request_context():
                address = url_for(f"{view.endpoint}.list")
            browser.get(f"{address}?late=1")
            assert browser.tree.xpath(f"//main//a[contains(@href, '{address}{number}')]"), f"{table}: late, not found"
            if "hand_on" in {one.key for one in view.workflow.transitions}:
                giver, heir = (f"{name}.{HOME}" for name in self.hands_on[view.endpoint])
                step = world.browser(giver)
                typed = {"user_id": str(world.account(heir).id)}
                assert step.submit(f"{address}bulk/hand_on?ids={number}", **typed).status_code == 302, step.errors()
                for user in {doer, heir}:
                    heard = f"kind = '{table}' and record_id = {number} and user_id = {world.account(user).id}"
                    assert world.count("core_notice", heard) == 1, f"{user} is not told, or twice"

    def test_nobody_approves_their_own(self, filled):
        """Whoever may approve such records decides none that they proposed, on no page and by no address."""
        world, here, _there = filled
        for view in KHET.views.values():
            if isinstance(view, ApprovalView) and view.plugin == self.module:
                self.own_is_not_approved(world, here, view)

    def own_is_not_approved(self, world: World, here: Any, view: Any) -> None:
        """The same of one kind of record."""
        kind, flow, number = view.approving, view.workflow, here.get(view.endpoint, here.get(view.model))
        state, own = (
            flow.transition("approve").sources[0],
            "owner_id = null, " if hasattr(view.model, "owner_id") else "",
        )
        world.owner(f"update {kind.table} set {own}{view.state_field} = '{state}' where id = {number}")
        accounts = {user: world.account(user).id for user in USERS}
        actors = {user: world.khet.actor(account) for user, account in accounts.items()}
        approvers = [user for user, actor in actors.items() if actor and actor.may(kind.resource, kind.verb)]
        assert approvers, "nobody in the demo approves these"
        for user in approvers:
            with world.session() as session:
                session.execute(delete(Approval).where(Approval.kind == kind.table, Approval.record_id == number))
                step = Approval(round=1, seq=1, state=WAITING, proposed_by_id=accounts[user])
                step.point_at(session.get_one(view.model, number), kind.view)
                session.add(step)
            browser = world.browser(user)
            page = f"{view.route_base}/{number}"
            assert browser.opens(page)
            assert not browser.tree.xpath("//main//a[contains(@href, '/bulk/approve')]")
            for key in ("approve", "back"):
                address = f"{view.route_base}/bulk/{key}?ids={number}"
                assert browser.post(address, {"reason": "x"}).status_code in (404, 422)
        assert world.count("core_approval", f"kind = '{kind.table}' and by_id is not null") == 0

    def test_what_is_refused_empty_is_marked_as_needed(self, filled):
        """Every form as its page offers it, with nothing typed: what is refused for that carries the mark."""
        world, here, _there = filled
        unmarked = {
            f"{name}: {field}"
            for name, user, address, typed in self.forms(world, here)
            for field in unmarked_of(world.browser(user), address, typed)
        }
        left = sorted(unmarked - set(self.needed_by_choice))
        assert not left, f"these are refused empty, and carry no mark that they are needed: {left}"

    def forms(self, world: World, ids: Any) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
        """(name, user, address, what may be typed) of every form that its pages offer: of its records' steps, and of
        its doors."""
        for view in {door.view for door in self.own("GET") if isinstance(door.view, WorkflowView)}:
            for key, (user, address) in self.steps(world, view).items():
                yield f"{type(view).__name__}.{key}", user, address, {}
        seen = {door.endpoint for door in self.own("GET")}
        for door in at_home(self.own("POST")):
            if door.endpoint in seen and PROBES.get(door.endpoint):
                user, typed = PROBES[door.endpoint]
                yield door.endpoint, f"{user}.{HOME}", url(world, door, ids), typed(world, ids)

    def steps(self, world: World, view: WorkflowView) -> dict[str, tuple[str, str]]:
        """Who is offered each step of a kind of record, and where: one record in each state is looked at."""
        model: Any = view.model
        state = getattr(model, view.state_field)
        with world.session() as session:
            numbers = list(session.scalars(select(func.min(model.id)).group_by(state)))
            with world.app.test_request_context():
                pages = [url_for(f"{type(view).__name__}.show", record_id=number) for number in numbers]
        found: dict[str, tuple[str, str]] = {}
        for user in USERS:
            browser = world.browser(user)
            for page in pages:
                if not browser.opens(page):
                    continue
                for address in browser.tree.xpath("//a[contains(@href, '/bulk/')]/@href"):
                    found.setdefault(address.partition("/bulk/")[2].partition("?")[0], (user, address))
        return found

    @pytest.mark.parametrize("backend", ["sqlite"])
    def test_a_step_opens_where_its_state_allows_it_and_is_called_by_name(self, filled):
        """By its link alone nobody gets the form of a step that would be refused: they are led to the record, and read
        why. What a step has changed stands in the history as that step, and not as a plain change."""
        world, here, _there = filled
        shut = taken = 0
        views = [one for one in KHET.views.values() if isinstance(one, WorkflowView) and one.plugin == self.module]
        for view in views:
            table = vars(view.model)["__tablename__"]
            before = world.count("core_timeline", f"kind = '{table}' and action = 'changed'")
            for user, address in self.steps(world, view).values():
                taken += take(world.browser(user), address)
            for user, number, key in self.shut_steps(world, view):
                browser = world.reader(user)
                answer = browser.get(f"{view.route_base}/bulk/{key}?ids={number}&back=record")
                assert answer.status_code == 302, f"{view.endpoint} {number}: the form of {key} opens for {user}"
                browser.get(answer.location)
                assert browser.tree.xpath("//main/*[contains(@class, 'alert-warning')]"), (
                    f"{view.endpoint} {number}: {key}, nobody says why"
                )
                shut += 1
            with world.session() as session:
                told = select(TimelineEntry).where(TimelineEntry.kind == table, TimelineEntry.action == "changed")
                fresh = list(session.scalars(told.order_by(TimelineEntry.id)))[before:]
                plain = [one.changes for one in fresh if view.state_field in one.changes]
            assert not plain, f"{table}: name the step in the history (Workflow.apply does): {plain}"
        assert not views or (shut and taken), (
            "no step was met that is shut, or none was taken: the probe proves nothing"
        )

    @pytest.mark.parametrize("backend", ["sqlite"])
    def test_a_step_of_a_list_opens_only_where_its_record_does_not_refuse_it(self, filled):
        """One record of each state: what is refused of a filled form was typed, and is named at its field. What the
        record as it is forbids its step says before (`guard`)."""
        world, _here, _there = filled
        wrong: list[str] = []
        for view in KHET.views.values():
            if view.plugin != self.module or not isinstance(view, CrudView) or isinstance(view, WorkflowView):
                continue
            with world.app.test_request_context():
                steps = view.actions()
            for number, step in itertools.product(filling.one_of_each_state(world, view) if steps else (), steps):
                address = f"{view.route_base}/bulk/{step.key}?ids={number}"
                able = (world.reader(user) for user in USERS if holds(user, view.resource, step.verb))
                browser = next((one for one in able if one.opens(address)), None)
                wrong += filling.refused_as_a_whole(browser, address) if browser is not None else []
        assert not wrong, "\n".join(wrong)

    def shut_steps(self, world: World, view: WorkflowView) -> Iterator[tuple[str, int, str]]:
        """(user, record, step): for each step a record whose state forbids it, and who has the right to it."""
        model: Any = view.model
        state = getattr(model, view.state_field)
        with world.session() as session:
            found = session.execute(select(state, func.min(model.id)).group_by(state)).all()
        for turn, step in enumerate(view.workflow.transitions):
            others = [number for now, number in found if now not in step.sources]
            for user in USERS if others else ():
                number = others[turn % len(others)]
                page = f"{view.route_base}/{number}"
                if holds(user, view.resource, step.verb) and world.reader(user).opens(page):
                    yield user, number, step.key
                    break

    # -- switched off ------------------------------------------------------------------------------------------------

    def test_a_plugin_that_is_off_has_no_door(self, standing, closed):
        """Closed even to who holds the right; the neighbour keeps it."""
        world, (here, neighbour) = standing(f"without {self.module}", without(self.module))
        address = url(world, closed, here)
        browser = world.reader(holders(closed)[0])
        answer = browser.get(address) if closed.method == "GET" else browser.post(address)
        assert answer.status_code == 404
        if closed.method == "GET":
            there = url(world, closed, neighbour)
            answers = (world.reader(user).get(there) for user in holders(closed, OTHER))  # until one opens it
            assert any(one.status_code == 200 or _is_shut(closed, one) for one in answers), (
                "the other district keeps it"
            )

    def test_a_plugin_that_is_off_is_off_for_every_role(self, standing):
        """The answer is given before any view is asked (unit_of_work.identify): one door of each view for every account."""
        if not (found := self.switchable()):
            return
        world, (here, _neighbour) = standing(f"without {self.module}", without(self.module))
        for door in {door.view.endpoint: door for door in reversed(found)}.values():
            address = url(world, door, here)
            for user in USERS:
                browser = world.reader(user)
                answer = browser.get(address) if door.method == "GET" else browser.post(address)
                assert answer.status_code == 404, f"{user}: {door}"

    # -- units -------------------------------------------------------------------------------------------------------

    def test_a_page_shows_nothing_of_another_unit(self, standing, page_of_people):
        world, (ids, knows) = standing("units", unit_people)
        address, owner = url(world, page_of_people, ids), unit_of_record(world, page_of_people, ids)
        for place, allowed in knows.items():
            for asked in variants(page_of_people, address):
                answer = look(world, place, asked, allowed)
                if owner is not None and owner not in allowed:
                    assert answer.status_code in (403, 404), f"{place} opened a record of unit {owner}"

    def test_no_report_shows_anything_of_another_unit(self, standing, report):
        world, (_ids, knows) = standing("units", unit_people)
        of_a_unit = any(one.name == "unit_id" for one in world.khet.registry.reports[report].parameters)
        for place, allowed in knows.items():
            look(world, place, f"/reports/{report}", allowed)
            for unit in frozenset().union(*knows.values()) - allowed if of_a_unit else ():
                answer = look(world, place, f"/reports/{report}?unit_id={unit}", allowed)
                assert answer.status_code in (403, 404)


def report_pages(browser: Any, key: str) -> list[str]:
    """Addresses of a report with each answer that its page offers, one after another; none where one may not take it."""
    address = f"/reports/{key}"
    if not browser.opens(address):
        return []
    asked = {
        select.get("name"): [option.get("value") for option in select.xpath(".//option")]
        for select in browser.tree.xpath("//main//form[@method='get' or not(@method)]//select[@name]")
    }
    return [address, *(f"{address}?{name}={value}" for name, values in asked.items() for value in values[:12])]


__all__ = ["ModuleCheck", "report_pages"]

"""Every mistake of a module that can be known when Khet starts is refused then, for its own reason."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Protocol

import pytest
from flask import Flask
from sqlalchemy import func, select

from core.base.workflow import Transition, Workflow
from core.ops import contract
from core.ops.application import create_app
from core.ops.contract import registered
from core.platform.timeline.labels import KINDS
from core.plugins.registry import CORE, PluginError
from core.records.integrations import PROTOCOLS
from core.records.lists import Column
from core.web.crud import CrudView
from core.web.unit_of_work import db
from plugins.cooperation.models import Case
from plugins.cooperation.views.tasks import TaskView
from plugins.saraban.models.letters import IncomingLetter
from plugins.saraban.pages.incoming import IncomingView
from tests.core import planted
from tests.core.doors import doors
from tests.installations import settings_for
from tests.module_check import ModuleCheck

#: what is said of tests/core/planted.py: each line once, and no other
MISTAKES = """
VisitView.all asks no right: give it @right(verb), or name it in open_routes
VisitView.some asks 'shwo' on 'planted.visit', which no role gives; write 'show'
SecondView.open_routes: 'alll' is no route of it; write 'all'
report 'planted.visits' asks 'export' on 'planted.vist', which no role gives; write 'planted.visit'
importer 'planted.visits' asks 'import' on 'planted.visit', which no role gives; write 'export'
line to VisitView.list asks 'lits' on 'planted.visit', which no role gives; write 'list'
line to VisitView.list asks 'edti' on 'planted.visit', which no role gives; write 'edit'
VisitView.actions: 'leave' asks 'edti' on 'planted.visit', which no role gives; write 'edit'
book 'planted.book': 'planted.visti' is no resource of any role; write 'planted.visit'
book 'planted.kept': nobody goes on with it where its unit ends; write GOES_ON = moves(…, book='name')
book 'planted.named', unit_column: 'nmae' is no field of Visit; write 'name'
role 'planted.keeper', reach: 'distirct' is no reach of a role; write 'district'
role 'planted.keeper', unit_kinds: 'offcie' is no kind of unit; write 'office'
role 'planted.keeper', plugin: 'plantd' is no name of its module; write 'planted'
role 'planted.keeper', rights: 'planted.vsiit' is no resource of any page, book, report or import; write 'planted.visit'
planted: khet_jobs returns nothing; let it return a list
planted: khet_help is never asked; write @hookimpl above it
planted: Manifest.scripts: 'visit.js' is no file of
khet_topics, key: 'planted.came' is there twice
SecondView.all: VisitView.all stands at /planted/all already
khet_navigation: 'VisitView.lst' is no page; write 'VisitView.list'
report 'planted.visits', columns: 'txt' is no kind of column; write 'text'
report 'planted.visits', charts: 'pie' is no kind of chart; there is bar, bullet
report 'planted.visits', rows: 'year' is no argument of it; write 'yaer'
report 'planted.visits', rows: 'yaer' is no parameter of the report; write 'year'
importer 'planted.visits': Visit would be seen half taken in; let it inherit Importable
importer 'planted.visits', columns: 'name' is there twice
importer 'planted.visits', columns: 'txt' is no kind of column; write 'text'
importer 'planted.visits', columns: 'kind' is a choice of nothing; give it choices=
/api/v1/planted-visits: 'nmae' is no field of Visit; write 'name'
planted: khet_provides, Shelf: 'leter' is no capability; write 'letter'
planted: khet_provides, Drawer: LetterArchive is asked otherwise; write def letter(self, session, actor, kind, record_id)
planted: khet_handlers, never: 'SchoolMoved' is no event; write 'SchoolMerged'
planted: khet_handlers, otherwise takes session, event; write def otherwise(session, registry, event)
labels.register(kinds=…): 'planted_vsit' is no table
labels.register(fields=…): 'plantde' is no table or module
VisitForm.groups: 'hots' is no field of it; write 'host'
VisitForm.groups: 'host' stands in no group and would not be drawn; add it to one
VisitForm.groups: 'purpose' stands in no group and would not be drawn; add it to one
VisitForm.sizes: 'nmae' is no field of it; write 'name'
VisitForm.empty: 'hosst' is no field of it; write 'host'
VisitForm.first: 'naem' is no field of it; write 'name'
VisitForm.host: 'VisitView.pepole' is no page that finds records
VisitView.searchable: 'serach_text' is no field of Visit
VisitView.known_by: 'nubmer' is no field of Visit
VisitView.calendar: 'arived_on' is no field of Visit
VisitView.order: 'nmae' is no field of Visit; write 'name'
VisitView.order: a page would begin anywhere among rows of one value; let it end with 'id'
ForgottenView has no door; let khet_views return it
VisitView.list_template: 'khet/lsit.html' is no template; write 'khet/list.html'
VisitView.without: 'downlaod' is no page of it; write 'download'
VisitView.columns: 'name' is there twice
VisitView.columns: 'nmae' is no field of Visit; write 'name'
VisitView.columns, kind: 'subjct' is no kind of column; write 'subject'
VisitView.columns: 'came_on' would be text in Excel; write kind='date'
VisitView.columns, edit: 'nam' is no field of its form; write 'name'
VisitView.columns: 'nam' cannot be changed in the list; write inline_edit = True
VisitView.filters, kind: 'dat' is no kind of filter; write 'date'
VisitView.filters: 'sort' means something else in the address of a list
VisitView.board: 'stauts' is no dimension of it; write 'status'
VisitView.board: 'leav' is no action of it; write 'leave'
VisitView.form_class: form_files wants a field of NameForm; write files = FilesField
VisitView.once: 'nmea' is no field of its form; write 'name'
BoardView.columns: nothing can be changed in the list; give a column edit=
BoardView.board: a board has a column for each value, in order; give the dimension order=
BoardView.form_class: 'nmae' is no field of Visit, and no `fill` puts it there; write 'name'
StepView.state_field: 'state' is no field of Visit; write 'status'
StepView.transition_forms: 'leav' is no step of its workflow; write 'leave'
StepView.destructive: 'laeve' is no step of its workflow; write 'leave'
StepView.drafts: 'oredr' is no letter of it; write 'order'
PlainView: a record's page has no heading; give Elsewhere a property `label`
PlainView: of two people who edit one, one would overwrite the other; let Elsewhere inherit Versioned
PlainView: who changed what would stand in no history; let Elsewhere inherit Tracked
NoModelView: whose pages are these? write model =
""".strip().splitlines()

OF_TABLES = """
Guest: a key could leave the district; write belongs_to('visit_id', 'planted_visit')
Guest: one district would take another's name or number; write UniqueConstraint('district_id', 'number')
Guest: one district would take another's name or number; write UniqueConstraint('district_id', 'code')
Guest: the history would call it by its id; give it a property `label` that people read
Guest: the history has no word for it; write labels.register(kinds={"planted_guest": _l("…")})
Guest.untracked: 'nubmer' is no column of it; write 'number'
Guest: a field is searched, and there is no place for its words; write search_text: Mapped[str]
Guest: two at once would both be the first; write UniqueConstraint('district_id', 'name')
Elsewhere: a table begins with its module's name; write 'planted_saraban_guest'
Elsewhere: its rows would lie in no district, for every district to read; let it inherit DistrictOwned
""".strip().splitlines()


def start(*plugins) -> Flask:
    return create_app(settings_for(Path(), "sqlite://"), [CORE, *plugins], guests=False)


@pytest.fixture(scope="module")
def house() -> Flask:
    """A Khet with the planted guest that was let start."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(contract, "check", lambda app: None)
        return start(planted.PLUGIN)


@pytest.fixture(scope="module")
def said(house) -> list[str]:
    """What would have stopped its start, line by line."""
    return refusals(house)


def refusals(app: Flask) -> list[str]:
    with planted.misspelt_words(), pytest.raises(PluginError) as refused:
        contract.check(app)
    return str(refused.value).splitlines()


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_stops_the_start_for_its_own_reason_and_says_what_to_write(said, mistake):
    assert [line.startswith(mistake) for line in said].count(True) == 1, "\n".join(said)


def test_nothing_else_is_wrong_with_the_planted_guest(said):
    assert [line for line in said if not line.startswith(tuple(MISTAKES))] == []


@pytest.mark.parametrize("check", [one for one in contract.CHECKS if one is not contract.tables.tables_are_sound])
def test_something_is_planted_for_every_check(house, monkeypatch, check):
    """One for which nothing is planted could be taken out unseen."""
    monkeypatch.setattr(contract, "CHECKS", (check,))
    assert refusals(house)


@pytest.mark.parametrize("check", contract.views.OF_A_VIEW)
def test_something_is_planted_for_every_check_of_a_view(house, monkeypatch, check):
    monkeypatch.setattr(contract, "CHECKS", (contract.views.views_are_sound,))
    monkeypatch.setattr(contract.views, "OF_A_VIEW", (check,))
    assert len(refusals(house)) > 1, "more than the view without a model"


def test_a_mistake_stops_the_start():
    with pytest.raises(PluginError, match="LostView: whose pages are these"):
        start(planted.made("lost", khet_views=lambda: [planted.LostView]))


def test_a_capability_of_two_methods_is_not_provided_by_one(monkeypatch):
    class Loans(Protocol):
        def lend(self, thing: str) -> None: ...

        def take_back(self, thing: str) -> None: ...

    class Cabinet:
        def lend(self, thing: str) -> None:
            """Never comes back."""

    monkeypatch.setattr(registered, "PROTOCOLS", (*PROTOCOLS, Loans))
    with pytest.raises(PluginError, match=r"Cabinet: Loans is asked otherwise; write def take_back\(self, thing\)"):
        start(planted.made("cabinet", khet_provides=lambda: [Cabinet()]))


def test_a_table_keeps_districts_apart_and_has_its_words_in_the_history():
    found = [line for model in (planted.Guest, planted.Elsewhere) for line in contract.of_model(model, "planted")]
    assert found == OF_TABLES


@pytest.mark.parametrize(("check", "line"), [(check, line) for check, lines in planted.CODE.items() for line in lines])
def test_a_mistake_in_the_code_is_seen_by_the_check_that_a_module_inherits(tmp_path, check, line):
    class Planted(ModuleCheck):
        module = "planted"

        def folder(self):
            return tmp_path

    (tmp_path / "views.py").write_text("", encoding="utf-8")
    getattr(Planted(), check)()
    (tmp_path / "views.py").write_text(f"{line}\n", encoding="utf-8")
    with pytest.raises(AssertionError, match=r"views\.py"):
        getattr(Planted(), check)()


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("leak", ["district", "unit", "rows"])
def test_a_leak_and_a_question_a_row_are_seen_by_the_checks_that_a_module_inherits(standing, monkeypatch, leak):
    page = next(door for door in doors("GET") if door.endpoint == "IncomingView.list")
    everything, checks = select(IncomingLetter), ModuleCheck()
    if leak == "rows":
        asks = select(func.count()).select_from(Case)
        column = Column("asked", "Asked", lambda row: db.scalar(asks.where(Case.id > row.id)))
        monkeypatch.setattr(TaskView, "columns", lambda self: [column])
        with pytest.raises(AssertionError, match="/cooperation/tasks/"):
            checks.test_no_page_asks_once_a_row(standing, "/cooperation/tasks/")
    elif leak == "unit":
        monkeypatch.setattr(IncomingView, "statement", lambda self: everything)
        with pytest.raises(AssertionError, match="who works at the"):
            checks.test_a_page_shows_nothing_of_another_unit(standing, page)
    else:
        monkeypatch.setattr(IncomingView, "statement", lambda self: everything.execution_options(khet_raw=True))
        with pytest.raises(AssertionError, match="another district's words"):
            checks.test_a_page_opens_to_whom_it_should_and_shows_nothing_of_another_district(standing, page)


@pytest.mark.parametrize(
    ("transitions", "why"),
    [
        ((("leave", ("in",)), ("leave", ("in",))), "step 'leave' is there twice"),
        ((("leave", ("out",)),), "step 'leave': 'out' is no state; there is in"),
    ],
)
def test_a_workflow_that_contradicts_itself_is_refused_when_its_module_is_read(transitions, why):
    with pytest.raises(TypeError, match=re.escape(why)):
        Workflow({"in": "In"}, [Transition(key, key, sources, "", "edit") for key, sources in transitions])


def test_two_views_of_one_name_and_an_interface_without_a_view_stop_the_start():
    with pytest.raises(PluginError, match="two views are called SchoolView; call the one of 'twice' otherwise"):
        start(planted.made("twice", khet_views=lambda: [planted.SchoolView]))
    with pytest.raises(PluginError, match="/api/v1/lost: 'LsotView' is no view"):
        start(planted.made("lost", khet_api=lambda: [planted.LOST]))


def test_what_ships_is_sound_and_a_start_is_hardly_longer_for_it():
    """Of some looks the quickest counts, beside the start itself: the machine may be busy."""
    spent = []
    begun = time.process_time()
    app = create_app(settings_for(Path(), "sqlite://"), guests=False)  # sound, or it would not start
    start_took = time.process_time() - begun
    kinds = {one.model.__tablename__ for one in app.extensions["khet"].views.values() if isinstance(one, CrudView)}
    assert kinds <= KINDS.keys(), "a page opened lately is named on the first page by its kind"
    for _look in range(5):
        begun = time.process_time()
        contract.check(app)
        spent.append(time.process_time() - begun)
    assert min(spent) < start_took / 3, spent

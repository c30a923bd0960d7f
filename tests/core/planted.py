"""A guest with every mistake that stops a start: test_contract.py says how each is named.

Its tables belong to a registry of their own, since what is mapped stays among the tables of the process.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from types import ModuleType
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from core.base.permissions import ALL_CRUD, RoleSpec, grants
from core.base.workflow import Transition, Workflow
from core.exchange.api.declare import ApiResource, ApiSchema
from core.exchange.api.declare import fields as api_fields
from core.exchange.imports.declare import ImportColumn, Importer
from core.exchange.reports.report import Column, Parameter, Report, ReportChart
from core.platform.events import UnitClosed
from core.platform.timeline import labels
from core.plugins.events import Handler
from core.plugins.hookspecs import hookimpl
from core.plugins.manifest import Book, Manifest, NavItem, Topic
from core.records import lists
from core.records.integrations import LetterWanted
from core.storage import fields
from core.storage.base import DistrictOwned, Tracked, Versioned
from core.web.crud import CrudView
from core.web.crud.letters_view import LettersView
from core.web.crud.workflow_view import WorkflowView
from core.web.forms import KhetForm, LookupField, text
from core.web.views import KhetView, expose, right

VISIT = "planted.visit"


class Base(DeclarativeBase):
    """A registry of its own."""


class District(Base):
    """What every row lies in."""

    __tablename__ = "core_district"
    id: Mapped[int] = mapped_column(primary_key=True)


class Visit(DistrictOwned, Tracked, Versioned, Base):
    """Nothing is wrong with this one."""

    __tablename__ = "planted_visit"
    name: Mapped[str] = mapped_column(String(200))
    status: Mapped[str] = mapped_column(String(10))
    came_on: Mapped[date]

    @property
    def label(self) -> str:
        return self.name


# -- tables --


class Guest(Tracked, DistrictOwned, Base):
    """Keys that leave the district, no word and no label, a search without a place, an untracked column misspelt."""

    __tablename__ = "planted_guest"
    constraints: ClassVar = (
        ForeignKeyConstraint(["visit_id"], ["planted_visit.id"]),
        UniqueConstraint("number"),
        Index("ix_planted_guest_code", "code", unique=True),
    )
    untracked: ClassVar = frozenset({"version", "nubmer"})

    visit_id: Mapped[int]
    number: Mapped[int]
    code: Mapped[str] = mapped_column(String(20))
    name = fields.text(_l("Name"), most=200, search=True, unique=_l("There is one of this name already."))


class Elsewhere(Base):
    """A table of another module's name, in no district."""

    __tablename__ = "saraban_guest"
    id: Mapped[int] = mapped_column(primary_key=True)


# -- forms --


class VisitForm(KhetForm):
    """Every name misspelt; one field in no group; a search at no page."""

    name = text(_l("Name"))
    purpose = text(_l("Topic"))
    host = LookupField(_l("Person"), lambda _id: None, "VisitView.pepole")

    groups = (("", ("name", "hots")),)
    sizes: ClassVar = {"nmae": "half"}
    first = "naem"
    empty: ClassVar = {"hosst": "Nobody is there."}


class NameForm(KhetForm):
    """Nothing is wrong with this one."""

    name = text(_l("Name"))


class LostForm(KhetForm):
    """A field that no record has."""

    nmae = text(_l("Name"))


# -- views --


class VisitView(CrudView):
    """Nothing is wrong with this one but its column, filter, dimension and step names."""

    route_base = "/planted"
    resource = VISIT
    model = Visit
    title = new_title = _l("Name")
    form_class = NameForm
    order = ("nmae",)
    searchable = "serach_text"
    known_by = "nubmer"
    calendar = "arived_on"
    without = frozenset({"downlaod"})
    list_template = "khet/lsit.html"
    board = lists.Board("stauts", "leav")
    form_files = True
    once = frozenset({"nmea"})

    def columns(self) -> list[lists.Column]:
        return [
            lists.Column("nmae", _l("Name")),
            lists.Column("name", _l("Name"), kind="subjct", edit="nam"),
            lists.Column("name", _l("Name")),
            lists.Column("came_on", _l("Name")),
        ]

    def filters(self) -> list[lists.Filter]:
        return [
            lists.Filter("sort", _l("Kind"), lambda s, _v: s),
            lists.Filter("day", _l("Kind"), lambda s, _v: s, kind="dat"),
        ]

    def dimensions(self) -> list[lists.Dimension]:
        return [lists.Dimension("status", _l("State"), Visit.status)]

    def actions(self) -> list[lists.Action]:
        return [lists.Action("leave", _l("Name"), "edti", lambda record, values: None)]

    @expose("/all")
    def all(self) -> str:
        return "everybody"

    @expose("/some")
    @right("shwo")
    def some(self) -> str:
        return "nobody"


class BoardView(CrudView):
    """A board over a dimension without order; a form of other fields; a list in which nothing changes."""

    route_base = "/planted-board"
    resource = VISIT
    model = Visit
    form_class = LostForm
    board = lists.Board("status")
    inline_edit = True

    def columns(self) -> list[lists.Column]:
        return [lists.Column("name", _l("Name"))]

    def dimensions(self) -> list[lists.Dimension]:
        return [lists.Dimension("status", _l("State"), Visit.status)]


class StepView(LettersView, WorkflowView):
    """Steps and a state that its workflow has not; a letter that is drafted and has no name."""

    route_base = "/planted-steps"
    resource = VISIT
    model = Visit
    form_class = NameForm
    state_field = "state"
    workflow = Workflow({"in": _l("State")}, (Transition("leave", _l("Name"), ("in",), "in", "edit"),))
    transition_forms: ClassVar = {"leav": NameForm}
    destructive = frozenset({"laeve"})
    letters: ClassVar = {"order": _l("Name")}
    drafts: ClassVar = {"oredr": _l("Name")}

    def columns(self) -> list[lists.Column]:
        return []

    def drafts_letters(self, record: Visit, role: str) -> bool:
        return False

    def to_draft(self, record: Visit, role: str, *, lost: bool) -> bool:
        return False

    def wanted(self, record: Visit, role: str) -> LetterWanted:
        return LetterWanted("memo", (), "", record.name, "")


class PlainView(CrudView):
    """Records that two people overwrite and nobody is told of, without a heading."""

    route_base = "/planted-plain"
    resource = VISIT
    model = Elsewhere
    form_class = KhetForm

    def columns(self) -> list[lists.Column]:
        return []


class NoModelView(CrudView):
    """Pages of nothing."""

    route_base = "/planted-nothing"
    resource = VISIT


class ForgottenView(KhetView):
    """Written, and answered by no hook."""

    route_base = "/planted-forgotten"
    resource = VISIT


class SecondView(KhetView):
    """At the address of another; a guard for what is no route."""

    route_base = "/planted"
    resource = VISIT
    open_routes: ClassVar = {"alll": "for everybody", "all": "for everybody"}

    @expose("/all")
    def all(self) -> str:
        return "unreached"


# -- the plugin --


class VisitSchema(ApiSchema):
    """A field that no visit has."""

    nmae = api_fields.String()


def _rows(session: Any, yaer: int) -> list[tuple[Any, ...]]:
    return []


class Shelf:
    """A capability misspelt."""

    def leter(self) -> None:
        return None


class Drawer:
    """A capability that takes other arguments."""

    def letter(self, session: Any, kind: Any, record_id: Any) -> None:
        return None


class SchoolMoved:
    """An event that nobody publishes."""


def never(session: Any, registry: Any, event: Any) -> None:
    """Of an event that never comes."""


def otherwise(session: Any, event: Any) -> None:
    """Takes no registry."""


REPORT = Report(
    "planted.visits", _l("Name"), "planted.vist", (Column(_l("Name"), "txt"),), _rows, lambda session, **asked: [], None,
    parameters=(Parameter("year", _l("Name"), lambda session, actor: []),),
    charts=(ReportChart(_l("Name"), lambda session, **asked: [], "pie"),),
)  # fmt: skip
IMPORTER = Importer(
    "planted.visits", _l("Name"), VISIT, models=(Visit,), make=lambda *given: None,
    columns=lambda: [
        ImportColumn("name", _l("Name"), "txt"), ImportColumn("name", _l("Name")), ImportColumn("kind", _l("Kind"), "choice")
    ],
)  # fmt: skip
ROLE = RoleSpec(
    "planted.keeper", _l("Name"), grants(VISIT, *ALL_CRUD, "export") | grants("planted.vsiit", "list"), "distirct",
    ("offcie",), "plantd",
)  # fmt: skip


class SchoolView(KhetView):
    """Of a name that core's has."""


class LostView(CrudView):
    """Alone with one mistake."""

    resource = "core.school"


LOST = ApiResource("lost", _l("Name"), "LsotView", ApiSchema)


def made(name: str, **hooks: Any) -> ModuleType:
    """A plugin made on the spot, whose package is this file."""
    plugin = ModuleType(f"{__name__}.{name}")
    plugin.__file__ = __file__
    for hook, answer in {"khet_manifest": lambda: Manifest(name, _l("Name")), **hooks}.items():
        setattr(plugin, hook, hookimpl(answer))
    return plugin


@contextmanager
def misspelt_words() -> Iterator[None]:
    """Words of the history for a table and a module that are not there."""
    labels.register(kinds={"planted_vsit": _l("Name")}, fields={"plantde": {"name": _l("Name")}})
    yield
    del labels.KINDS["planted_vsit"], labels.FIELDS["plantde"]


PLUGIN = made(
    "planted",
    khet_manifest=lambda: Manifest("planted", _l("Name"), scripts=("visit.js",)),
    khet_views=lambda: [VisitView, BoardView, StepView, PlainView, NoModelView, SecondView],
    khet_roles=lambda: [ROLE],
    khet_navigation=lambda: [
        NavItem(_l("Name"), "VisitView.lst", VISIT),
        NavItem(_l("Name"), "VisitView.list", VISIT, "lits", worklist_verbs=("edti",)),
    ],
    khet_books=lambda: [
        Book("planted.book", _l("Name"), "planted.visti", Visit),
        Book("planted.kept", _l("Name"), VISIT, Visit, unit_column="name"),
        Book("planted.named", _l("Name"), VISIT, Visit, unit_column="nmae"),
    ],
    khet_reports=lambda: [REPORT],
    khet_importers=lambda: [IMPORTER],
    khet_api=lambda: [ApiResource("planted-visits", _l("Name"), "VisitView", VisitSchema)],
    khet_topics=lambda: [Topic("planted.came", _l("Name")), Topic("planted.came", _l("Name"))],
    khet_jobs=lambda: None,
    khet_provides=lambda: [Shelf(), Drawer()],
    khet_handlers=lambda: [Handler(SchoolMoved, never), Handler(UnitClosed, otherwise)],
)
PLUGIN.khet_help = lambda: None  # type: ignore[attr-defined]

#: code in which only its reader can see the mistake, by the inherited check that does
CODE = {
    "test_every_key_and_page_that_its_code_names_is_there": (
        'TOPIC = "planted.cmae"', 'ADDRESS = url_for("SchoolView.lst")', 'VIEW = WorkItem(view="SchoolVeiwView")',
        'PAGE = render("khet/lsit.html")',
    ),
    "test_its_code_names_nothing_of_another_module": (
        'CAME_IN = record.__tablename__ == "saraban_incoming"', 'MAY = actor.may("saraban.incoming", "show")',
        'ADDRESS = url_for("IncomingView.show", record_id=1)',
    ),
    "test_every_field_that_its_code_names_is_there": (
        'ERROR = RuleError("Nobody came.", field="hsot")', 'NAME = values.get("hsot")', 'NAME = values["hsot"]',
    ),
    "test_no_statement_passes_the_tenant_filters_unlisted": ("FOUND = session.scalars(select(Visit), execution_options=RAW)",),
    "test_every_icon_is_bundled": ('LINK = ActionLink(_l("Name"), "/", "no-such-icon")', 'ITEM = NavItem(icon="no-such-icon")'),
}  # fmt: skip

"""What a plugin states about one kind of record. No page is drawn here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from flask import request, url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, select
from werkzeug.exceptions import HTTPException

from core.base.errors import NotFound
from core.plugins.manifest import ActionLink
from core.records import lists
from core.records.lists import ListState
from core.storage import fields
from core.storage.fields import Values
from core.web.forms import KhetForm
from core.web.page_parts import Related, Section
from core.web.unit_field import UnitField
from core.web.unit_of_work import db
from core.web.views import KhetView

#: in an address: the record was opened from the list of what waits, and after its step the next one follows
QUEUE = "queue"


def queued() -> dict[str, str]:
    """What an address must carry on, while one works through the list of what waits."""
    return {QUEUE: "1"} if request.args.get(QUEUE) else {}


class Declared(KhetView):
    """A subclass states the model, columns, filters, dimensions, actions and form."""

    title: ClassVar[Any] = ""
    new_title: ClassVar[Any] = ""
    icon: ClassVar[str] = "dot"
    empty_hint: ClassVar[Any] = _l("Nothing here yet.")
    #: how the first one is made, said beside it to who may make one
    first_hint: ClassVar[Any] = ""
    form_class: ClassVar[type[KhetForm]]
    order: ClassVar[tuple[str, ...]] = ("id",)
    descending: ClassVar[bool] = False
    searchable: ClassVar[str | None] = None
    #: name of an indexed column by which people know a record exactly, e.g. its letter's number
    known_by: ClassVar[str] = ""
    #: the palette finds its records too
    in_palette: ClassVar[bool] = True
    #: pages that this kind of record has not (names of methods)
    without: ClassVar[frozenset[str]] = frozenset()
    #: a new one is begun on the page of the record that it belongs to, so neither list nor palette offers it
    begun_elsewhere: ClassVar[bool] = False
    #: why the list shows rows of every unit though each belongs to one; empty: those of the actor's units alone
    every_unit: ClassVar[str] = ""
    #: traces of the work (หลักฐาน/ร่องรอย) can be laid to such records
    holds_evidence: ClassVar[bool] = False
    #: the form has a field `files`: what is uploaded there becomes the record's
    form_files: ClassVar[bool] = False
    #: fields that only a new record asks, for they stay as they were then; so does the unit of a UnitField
    once: ClassVar[frozenset[str]] = frozenset()
    #: columns with `edit` can be changed in the list
    inline_edit: ClassVar[bool] = False
    #: kanban, and the name of the date column of the calendar
    board: ClassVar[lists.Board | None] = None
    calendar: ClassVar[str] = ""
    list_template = "khet/list.html"
    show_template = "khet/show.html"
    form_template = "khet/form.html"

    def offers_new(self) -> bool:
        """Whether a button on the list, in the palette and the key N lead to an empty form that this actor may fill."""
        return "add" not in self.without and not self.begun_elsewhere and self.may("add")

    def begun_at(self) -> str:
        """The page that an empty form was opened from and that Cancel leads back to; "" for the list."""
        return ""

    def takes_evidence(self, record: Any) -> bool:
        """Whether the actor, who may open the record, may lay evidence to it now; its page offers that by the same."""
        return True

    def columns(self) -> list[lists.Column]:
        """Columns of the list."""
        raise NotImplementedError

    def filters(self) -> list[lists.Filter]:
        """Filters of the list."""
        return []

    def dimensions(self) -> list[lists.Dimension]:
        """What the list can be grouped by; pivot and chart come with the first."""
        return []

    def measures(self) -> list[lists.Measure]:
        """What a pivot can add up, besides how many there are."""
        return []

    def actions(self) -> list[lists.Action]:
        """Steps that can be taken with many records at once."""
        return []

    def statement(self) -> Select[Any]:
        """What the actor may list, before filters: of rows that belong to a unit, those of the actor's units."""
        if self.every_unit or not hasattr(self.model, "unit_id"):
            return select(self.model)
        return select(self.model).where(self.units("list").criterion(self.model.unit_id))

    def row_class(self, row: Any) -> str:
        """A CSS class of ours for a row: cancelled, or nothing."""
        return ""

    def heading(self, record: Any) -> str:
        """The title of a record's page."""
        return str(record.label)

    def subject(self, record: Any) -> str:
        """What a record is about: the large line of its page, its title small above; empty where the title says it."""
        return ""

    def told_apart(self, record: Any) -> str:
        """What a record is called among those of a step for many; more than its label where several have the same."""
        return str(record.label)

    def state_of(self, record: Any) -> Any:
        """The record's state, said beside its heading; empty where it has none."""
        return ""

    def facts(self, record: Any) -> Sequence[tuple[Any, Any]]:
        """(label, value) pairs of a record's page."""
        return [(column.title, column.show(record)) for column in self.columns()]

    def sections(self, record: Any) -> Sequence[Section]:
        """The facts under headings."""
        return [Section(_l("Facts"), self.facts(record))]

    def action_links(self, record: Any) -> Sequence[ActionLink]:
        """The buttons of a record's page: the steps that are allowed now, and ways to what belongs to it."""
        unit_id = getattr(record, "unit_id", None)
        if not self.may("edit", unit_id) or self.closed_because(record):
            return []
        return [ActionLink(_l("Change"), self.url("edit", record_id=record.id), "pencil", "primary")]

    def related(self, record: Any) -> Sequence[Related]:
        """Records of other kinds that belong to this one."""
        return []

    def panels(self, record: Any) -> Sequence[Related]:
        """What core itself shows before these."""
        return []

    def closed_because(self, record: Any) -> str:
        """Why the record's own form is not open now, so that nobody types what is refused; empty where it is."""
        return ""

    def form(self, record: Any = None) -> KhetForm:
        """The form, filled from the record when it is opened; an empty one begins with what `start` says."""
        if record is None:
            return self.form_class(data=self.start())
        form = self.form_class(obj=record)
        for name, field in list(form._fields.items()):
            if name in self.once or (name == "unit_id" and isinstance(field, UnitField)):
                del form[name]
        if request.method == "GET":
            self.fill(form, record)
        return form

    def start(self) -> Mapping[str, Any]:
        """With what an empty form begins, by field; with nothing by default."""
        return {}

    def fill(self, form: Any, record: Any) -> None:
        """Put into the form what is not simply an attribute of the record."""

    def save(self, record: Any, values: Values) -> Any:
        """Add (record None) or change; returns the record. A `unit_id` from a UnitField is one of the offered.

        By itself it writes the fields that the form asks; a kind that has rules of its own calls its service.
        """
        return fields.save(db, self.model, record, values)

    def extra(self, record: Any) -> dict[str, Any]:
        """More for the record page's template."""
        return {}

    # -- what every page asks ------------------------------------------------------------------------------

    def find(self, record_id: int, verb: str = "show") -> Any:
        """The record, if the actor may do `verb` with it; 404 otherwise."""
        record = db.get(self.model, record_id)
        if record is None:
            raise NotFound
        if (unit_id := getattr(record, "unit_id", None)) is not None:
            self.require_at(verb, unit_id)
        return record

    def opens(self, record_id: int) -> bool:
        """Whether the actor may open the record's page now, for who draws a link to it: nobody has asked for it yet."""
        verb = getattr(getattr(self, "show", None), "_permission_name", "")
        try:
            return (not verb or self.may(verb)) and self.find(record_id) is not None
        except (NotFound, HTTPException):
            return False

    def leads(self, record_id: int) -> bool:
        """Whether a link to the record's page leads the actor anywhere: to the page, or to where that sends them on."""
        return self.opens(record_id)

    def closed(self) -> bool:
        """Whether no link to such a record leads the actor anywhere, known by the right alone: nothing is read."""
        verb = getattr(getattr(self, "show", None), "_permission_name", "")
        return type(self).leads is Declared.leads and bool(verb) and not self.may(verb)

    def next_url(self, record: Any) -> str:
        """Where one goes from a record after a step: to its page; to the list, or home, when the step has taken away
        the right to see it."""
        if self.opens(record.id):
            return self.url("show", record_id=record.id)
        return self.url("list") if "list" not in self.without and self.may("list") else url_for("HomeView.index")

    def after_step(self, record: Any) -> str:
        """Where a step that was taken leads: `next_url`, or to what waits next where one works through the list."""
        if request.args.get(QUEUE):
            return url_for("WaitingView.follow", view=self.endpoint, record=record.id)
        return self.next_url(record)

    def list_spec(self, state: ListState) -> dict[str, Any]:
        """Everything `listing.make` and `listing.page.every_row` need to know of this list."""
        return {
            "model": self.model, "columns": self.columns(), "state": state,
            "order": tuple(getattr(self.model, name) for name in self.order), "descending": self.descending,
            "filters": self.filters(), "dimensions": self.dimensions(),
            "search": getattr(self.model, self.searchable) if self.searchable else None,
        }  # fmt: skip

    @classmethod
    def keeps_files(cls) -> bool:
        """Whether such records hold files: what one may comment on, within a district."""
        return "comment" not in cls.without and cls.system_scope is None

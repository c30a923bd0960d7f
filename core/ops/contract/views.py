"""Forms, and what a view of a kind of record declares: columns, filters, shapes, pages, templates, steps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import cast

from flask import current_app
from jinja2 import BaseLoader, TemplateNotFound
from wtforms import HiddenField

from core.ops.contract.house import (
    OF_FAB,
    House,
    Mistakes,
    declared,
    field_of,
    fields_of,
    named,
    subclasses,
    twice,
    unknown,
)
from core.storage.base import Tracked, Versioned
from core.web.crud.declared import Declared
from core.web.crud.letters_view import LettersView
from core.web.crud.workflow_view import WorkflowView
from core.web.forms import FilesField, KhetForm, LookupField

#: what an address says of a list besides its filters
OF_THE_ADDRESS = frozenset({
    "after", "all", "as", "back", "cols", "column", "columns", "cursor", "density", "group", "ids", "limit", "measure",
    "month", "q", "rows", "sort", "view",
})  # fmt: skip
COLUMN_KINDS = ("text", "number", "date", "moment", "label", "name", "subject")
#: what a column of the table is in a list, so that a sheet has it as such
KIND_OF = {datetime: "moment", date: "date", Decimal: "number", float: "number"}


def forms_are_sound(house: House) -> Mistakes:
    """What a form says of its fields, it says of fields that it has."""
    for form in subclasses(KhetForm):
        if not house.owner(form):
            continue
        asked, name = fields_of(form), form.__name__
        if "groups" in vars(form):
            drawn = [one for _title, names in form.groups for one in names]
            yield from unknown(f"{name}.groups", drawn, asked, "field of it")
            own = {
                one for one in vars(form).keys() & asked.keys() if not issubclass(asked[one].field_class, HiddenField)
            }
            for one in sorted(own.difference(drawn)):
                yield f"{name}.groups: {one!r} stands in no group and would not be drawn; add it to one"
        for option, names in (("sizes", form.sizes), ("empty", form.empty), ("first", filter(None, [form.first]))):
            if option in vars(form):  # a form that others inherit speaks of their fields too
                heirs = set(asked).union(*map(fields_of, subclasses(form)))
                yield from unknown(f"{name}.{option}", names, heirs, "field of it")
        for one, field in asked.items():
            if issubclass(field.field_class, LookupField):
                endpoint = field.kwargs.get("endpoint") or field.args[2]
                yield from unknown(f"{name}.{one}", [endpoint], house.app.view_functions, "page that finds records")


def views_are_sound(house: House) -> Mistakes:
    """What a view says of its list and its records is there."""
    for view in house.lists:
        yield from of_view(view)


def of_view(view: Declared) -> Mistakes:
    """What is wrong with a view; asked within a request that knows a district, also what its declarations ask there."""
    if getattr(view, "model", None) is None:
        yield f"{named(view)}: whose pages are these? write model = …"
        return
    for one in OF_A_VIEW:
        yield from one(view)


def _model_is_fit(view: Declared) -> Mistakes:
    name, model, of = named(view), view.model, view.model.__name__
    if "show" not in view.without and type(view).heading is Declared.heading and not hasattr(model, "label"):
        yield f"{name}: a record's page has no heading; give {of} a property `label`"
    if "edit" not in view.without and not issubclass(model, Versioned) and model.__tablename__ != OF_FAB:
        yield f"{name}: of two people who edit one, one would overwrite the other; let {of} inherit Versioned"
    if not {"add", "edit"} <= view.without and not issubclass(model, Tracked):
        yield f"{name}: who changed what would stand in no history; let {of} inherit Tracked"


def _names_are_the_model_s(view: Declared) -> Mistakes:
    known, name = dir(view.model), named(view)
    for option in ("searchable", "known_by", "calendar", "state_field"):
        names = [one] if (one := getattr(view, option, "")) else []
        yield from unknown(f"{name}.{option}", names, known, field_of(view))
    yield from unknown(f"{name}.order", view.order, known, field_of(view))
    if view.order[-1:] != ("id",):
        yield f"{name}.order: a page would begin anywhere among rows of one value; let it end with 'id'"


def _pages_are_pages(view: Declared) -> Mistakes:
    if wrong := [name for name in view.without if not _is_page(view, name)]:
        pages = [name for name in dir(view) if _is_page(view, name)]
        yield from unknown(f"{named(view)}.without", wrong, pages, "page of it")


def _is_page(view: Declared, name: str) -> bool:
    return hasattr(getattr(type(view), name, None), "_urls")


def _columns_are_sound(view: Declared) -> Mistakes:
    name, columns = f"{named(view)}.columns", declared(view, "columns")
    yield from twice(name, [one.key for one in columns])
    yield from unknown(name, [one.key for one in columns if one.cell is None], dir(view.model), field_of(view))
    yield from unknown(f"{name}, kind", [one.kind for one in columns], COLUMN_KINDS, "kind of column")
    for one in columns:
        kept = view.model.__table__.columns.get(one.key)
        wanted = one.kind if kept is None else KIND_OF.get(kept.type.python_type, one.kind)
        if one.value is None and one.kind not in (wanted, "label"):  # a word of ours is no value
            yield f"{name}: {one.key!r} would be text in Excel; write kind={wanted!r}"
    edited = [one.edit for one in columns if one.edit]
    yield from unknown(f"{name}, edit", edited, fields_of(getattr(view, "form_class", object)), "field of its form")
    if edited and not view.inline_edit:
        yield f"{name}: {edited[0]!r} cannot be changed in the list; write inline_edit = True"
    if columns and view.inline_edit and not edited:
        yield f"{name}: nothing can be changed in the list; give a column edit=…, or leave inline_edit out"


def _filters_are_sound(view: Declared) -> Mistakes:
    name, found = f"{named(view)}.filters", declared(view, "filters")
    yield from twice(name, [one.name for one in found])
    yield from unknown(f"{name}, kind", [one.kind for one in found], ("choice", "date"), "kind of filter")
    for one in found:
        if one.name in OF_THE_ADDRESS:
            yield f"{name}: {one.name!r} means something else in the address of a list; give it another name"


def _shapes_are_sound(view: Declared) -> Mistakes:
    name, dimensions, actions = named(view), declared(view, "dimensions"), declared(view, "actions")
    for part, found in (("dimensions", dimensions), ("actions", actions), ("measures", declared(view, "measures"))):
        yield from twice(f"{name}.{part}", [one.key for one in found])
    if view.board is None or not dimensions:
        return
    known = {one.key: one for one in dimensions}
    yield from unknown(f"{name}.board", [view.board.dimension], known, "dimension of it")
    if view.board.dimension in known and not known[view.board.dimension].order:
        yield f"{name}.board: a board has a column for each value, in order; give the dimension order=…"
    action = [view.board.action] if view.board.action else []
    yield from unknown(f"{name}.board", action, [one.key for one in actions], "action of it")


def _templates_are_there(view: Declared) -> Mistakes:
    for option in ("list_template", "show_template", "form_template"):
        name, loader = getattr(view, option), cast(BaseLoader, current_app.jinja_loader)
        try:
            if name != getattr(Declared, option):
                loader.get_source(current_app.jinja_env, name)
        except TemplateNotFound:
            yield from unknown(f"{named(view)}.{option}", [name], loader.list_templates(), "template")


def _workflow_is_sound(view: Declared) -> Mistakes:
    if isinstance(view, WorkflowView):
        keys = [one.key for one in view.workflow.transitions]
        yield from unknown(f"{named(view)}.transition_forms", view.transition_forms, keys, "step of its workflow")
        yield from unknown(f"{named(view)}.destructive", view.destructive, keys, "step of its workflow")


def _letters_are_named(view: Declared) -> Mistakes:
    if isinstance(view, LettersView):
        yield from unknown(f"{named(view)}.drafts", view.drafts, view.letters, "letter of it")


def _form_is_the_record_s(view: Declared) -> Mistakes:
    """A field that is no field of the record stands empty when the record is opened again; `…_ok` only asks once."""
    if (form := getattr(view, "form_class", None)) is None:
        return
    asked, name = fields_of(form), f"{named(view)}.form_class"
    yield from unknown(f"{named(view)}.once", view.once, asked, "field of its form")
    if view.form_files and not ("files" in asked and issubclass(asked["files"].field_class, FilesField)):
        yield f"{name}: form_files wants a field of {form.__name__}; write files = FilesField(…)"
    if "edit" not in view.without and type(view).fill is Declared.fill and type(view).form is Declared.form:
        machinery = ("form_key", "version", "files")
        own = [one for one in asked if one not in machinery and one not in view.once and not one.endswith("_ok")]
        yield from unknown(name, own, dir(view.model), f"{field_of(view)}, and no `fill` puts it there")


OF_A_VIEW: tuple[Callable[[Declared], Mistakes], ...] = (
    _model_is_fit, _names_are_the_model_s, _pages_are_pages, _columns_are_sound, _filters_are_sound, _shapes_are_sound,
    _templates_are_there, _workflow_is_sound, _letters_are_named, _form_is_the_record_s,
)  # fmt: skip

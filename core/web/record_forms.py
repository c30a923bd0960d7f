"""Forms whose fields are columns of a record, as the model declares them (core/storage/fields.py)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, validators
from wtforms.fields.core import UnboundField

from core.storage import fields
from core.web.forms import (
    AmountField,
    Finder,
    KhetForm,
    LookupField,
    ThaiDateField,
    WholeField,
    choice,
    paragraph,
    text,
)
from core.web.unit_of_work import db

#: a column, or the name of a field that the form has besides
Asked = fields.Attribute | str


class RecordForm(KhetForm):
    """`asks` names the columns that the form asks, under headings or without: each becomes a field.

    A field of the form's own stands among them under its name, and one of a column's name takes that column's place.
    Raises TypeError, when the module is read, for a name that is no field, for a field that is not asked, and for a
    column that is not declared.
    """

    asks: ClassVar[tuple[Asked, ...] | tuple[tuple[Any, tuple[Asked, ...]], ...]] = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        groups = [one if isinstance(one, tuple) else ("", (one,)) for one in cls.asks]
        names = [name for _title, asked in groups for name in map(cls._field, asked)]
        for name in names:  # fields stand in the order in which they are asked, wherever they were written
            if name in vars(cls):
                UnboundField.creation_counter += 1
                getattr(cls, name).creation_counter = UnboundField.creation_counter
        for name, own in vars(cls).items():
            if isinstance(own, UnboundField) and name not in names and not issubclass(own.field_class, HiddenField):
                raise TypeError(f"{cls.__name__}.asks leaves out the field {name}")
        if any(title for title, _asked in groups):
            cls.groups = tuple((title, tuple(map(_name, asked))) for title, asked in groups)
        super().__init_subclass__(**kwargs)

    @classmethod
    def _field(cls, asked: Asked) -> str:
        name = _name(asked)
        if not isinstance(asked, str) and not hasattr(cls, name):
            setattr(cls, name, field(asked))
        if not isinstance(getattr(cls, name, None), UnboundField):
            raise TypeError(f"{cls.__name__}.asks: {name} is no field of this form")
        return name


def _name(asked: Asked) -> str:
    return asked if isinstance(asked, str) else asked.key


def field(attribute: fields.Attribute, **changes: Any) -> Any:
    """The form's field of a declared column; `changes` say what is different here, e.g. `required=True`.

    Raises TypeError for a kind of column that a form cannot ask without being told more: use `lookup` or LinesField.
    """
    spec = replace(fields.spec_of(attribute), **changes)
    match spec.kind:
        case "text":
            return text(spec.label, most=spec.length, need=spec.required, help=spec.help)
        case "paragraph":
            return paragraph(spec.label, most=spec.length, need=spec.required, help=spec.help)
        case "choice":
            return choice(spec.label, list(spec.choices.items()), description=spec.help)
        case "date":
            return ThaiDateField(spec.label, need=spec.required, help=spec.help)
        case "amount":
            return AmountField(spec.label, [validators.Optional()], places=2, description=spec.help)
        case "whole":
            (least, most), needed = spec.bounds, validators.InputRequired(_l("Fill this in."))
            written = {"least": f"{least:,}", "most": f"{most:,}"}
            between = _l("Between %(least)s and %(most)s.", **written)
            checks = [needed, validators.NumberRange(least, most, between)]
            return WholeField(spec.label, checks, description=spec.help)
        case "tick":
            return BooleanField(spec.label, description=spec.help, default=_default(attribute))
    raise TypeError(f"{attribute}: a form asks this with a field of its own")


def _default(attribute: fields.Attribute) -> Any:
    """What the column holds where nobody says otherwise."""
    default = attribute.property.columns[0].default
    return default.arg if default is not None else None


def lookup(
    attribute: fields.Attribute, model: Any, endpoint: str, label: Callable[[Any], str] = lambda record: record.label
) -> LookupField:
    """The field of a reference: a record of `model`, found by typing at `endpoint`."""
    spec = fields.spec_of(attribute)
    return LookupField(spec.label, Finder(db, model, label), endpoint, need=spec.required, help=spec.help)

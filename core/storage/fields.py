"""A field declared once, on the model's column: how it is called, asked, shown, searched, told and given out.

`name = fields.text(_l("Name"), most=200, required=True, search=True)` is the column. Form, list, facts, history, API,
import and report derive from it, each in the layer where it lives:

    form      core/web/record_forms.py       facts     core/web/page_parts.py
    list      core/records/lists/columns.py  history   core/platform/timeline/labels.py
    report    core/exchange/reports/report.py
    import    core/exchange/imports/declare.py   API   core/exchange/api/declare.py

What derives names the column as `Model.field`: a misspelt one is an error in mypy and at the import of the module.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any, Literal, TypedDict, TypeVar, Unpack, overload

from flask_babel import gettext as _
from sqlalchemy import JSON, Boolean, Column, Date, Integer, Numeric, SmallInteger, String, event, select
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, mapped_column

from core.base.errors import RuleError
from core.base.text import figures, thai
from core.base.text.dates import shown_date
from core.storage.base import Model

T = TypeVar("T")
Kind = Literal["text", "paragraph", "choice", "date", "amount", "whole", "tick", "reference", "lines"]
Attribute = InstrumentedAttribute[Any]

_KEY = "field"


class Common(TypedDict, total=False):
    """What every kind of field may say besides its label; each is explained in `FieldSpec`."""

    help: Any
    search: bool
    tracked: bool
    headings: tuple[str, ...]
    example: str
    api: Literal["", "read", "write"]
    look: Literal["", "name", "subject"]
    width: float
    unique: Any
    private: bool


@dataclass(frozen=True, kw_only=True)
class FieldSpec:
    """What a column says about itself. Raises TypeError for what contradicts itself."""

    label: Any
    kind: Kind
    help: Any = ""
    required: bool = False
    #: characters that the column holds; 0 where it holds none
    length: int = 0
    #: stored value → what it is called, in the order in which people read them
    choices: Mapping[str, Any] = field(default_factory=dict)
    #: the least and the most that a whole number may be
    bounds: tuple[int, int] = (0, 0)
    #: its words are found by the search of the list: `search_text` follows by itself
    search: bool = False
    #: its changes stand in the history
    tracked: bool = True
    #: headings under which offices keep it in their own tables, besides its label
    headings: tuple[str, ...] = ()
    #: what the interface's documentation and the import's template show
    example: str = ""
    #: other systems may read it, or write it too
    api: Literal["", "read", "write"] = ""
    #: how a list draws a text: as a name or as a subject
    look: Literal["", "name", "subject"] = ""
    #: of its column on a sheet, in characters; by its kind where it is 0
    width: float = 0
    #: what is said where another record of the district says the same; empty where many may. A key in the model's
    #: `constraints` holds it
    unique: Any = ""
    #: about a person: in no interface and in no table that leaves the district
    private: bool = False

    def __post_init__(self) -> None:
        if self.private and self.api:
            raise TypeError(f"{self.label}: what is private is given to no other system")
        if self.search and self.kind not in ("text", "paragraph"):
            raise TypeError(f"{self.label}: only words are searched")

    def words(self, value: Any, day: str = "short") -> Any:
        """A value as people read it; "" where there is none. `day` is the style of a date."""
        if value is None or value == "":
            return self.choices.get("", "")
        if self.kind == "choice":
            return self.choices.get(value, value)
        if self.kind == "date":
            return shown_date(value, day)
        if self.kind == "tick":
            return _("Yes") if value else _("No")
        return figures.amount(value) if self.kind == "amount" else value

    def plain(self, value: Any) -> Any:
        """A value as a sheet holds it: dates and numbers as such, everything else as text."""
        return value if self.kind in ("date", "amount", "whole") else str(self.words(value))


# -- kinds of field: each is the mapped column ------------------------------------------------------------------


def text(label: Any, *, most: int, required: bool = False, **more: Unpack[Common]) -> Mapped[str]:
    """A line of text."""
    return _words(FieldSpec(label=label, kind="text", length=most, required=required, **more))


def paragraph(label: Any, *, most: int, required: bool = False, **more: Unpack[Common]) -> Mapped[str]:
    """Several lines of text."""
    return _words(FieldSpec(label=label, kind="paragraph", length=most, required=required, **more))


def choice(
    label: Any, choices: Mapping[str, Any], *, most: int = 12, default: str | None = None, **more: Unpack[Common]
) -> Mapped[str]:  # fmt: skip
    """One of a few values. Required where there is no `default`. Raises TypeError for a value that is too long."""
    if too_long := [value for value in (*choices, default or "") if len(value) > most]:
        raise TypeError(f"{label}: {too_long[0]} has more than {most} characters")
    spec = FieldSpec(label=label, kind="choice", length=most, choices=choices, required=default is None, **more)
    return mapped_column(String(most), nullable=False, default=default, info={_KEY: spec})


@overload
def date(label: Any, *, required: Literal[True], **more: Unpack[Common]) -> Mapped[dt.date]:
    """A day that must be there."""


@overload
def date(label: Any, *, required: Literal[False] = False, **more: Unpack[Common]) -> Mapped[dt.date | None]:
    """A day that may be empty."""


def date(label: Any, *, required: bool = False, **more: Unpack[Common]) -> Mapped[Any]:
    """A day."""
    return _value(Date(), FieldSpec(label=label, kind="date", required=required, **more))


def amount(label: Any, **more: Unpack[Common]) -> Mapped[Decimal | None]:
    """An amount of money in baht."""
    return _value(Numeric(12, 2), FieldSpec(label=label, kind="amount", **more))


def whole(label: Any, *, bounds: tuple[int, int], default: int | None = None, **more: Unpack[Common]) -> Mapped[int]:
    """A whole number between two others, which are allowed too."""
    spec = FieldSpec(label=label, kind="whole", bounds=bounds, required=True, **more)
    small = bounds[0] >= -(2**15) and bounds[1] < 2**15
    return mapped_column(SmallInteger() if small else Integer(), nullable=False, default=default, info={_KEY: spec})


def tick(label: Any, *, default: bool = False, **more: Unpack[Common]) -> Mapped[bool]:
    """Yes or no."""
    spec = FieldSpec(label=label, kind="tick", **more)
    return mapped_column(Boolean(), nullable=False, default=default, info={_KEY: spec})


@overload
def reference(label: Any, *, required: Literal[True], **more: Unpack[Common]) -> Mapped[int]:
    """Another record that must be there."""


@overload
def reference(label: Any, *, required: Literal[False] = False, **more: Unpack[Common]) -> Mapped[int | None]:
    """Another record, or none."""


def reference(label: Any, *, required: bool = False, **more: Unpack[Common]) -> Mapped[Any]:
    """Another record of the district; the model names its table with `belongs_to`."""
    return _value(Integer(), FieldSpec(label=label, kind="reference", required=required, **more))


def lines(label: Any, **more: Unpack[Common]) -> Mapped[list[dict[str, Any]]]:
    """Lines of a small form, kept with the record."""
    spec = FieldSpec(label=label, kind="lines", **more)
    return mapped_column(JSON, nullable=False, default=list, info={_KEY: spec})


def _words(spec: FieldSpec) -> Mapped[str]:
    default = None if spec.required else ""
    return mapped_column(String(spec.length), nullable=False, default=default, info={_KEY: spec})


def _value(type_: Any, spec: FieldSpec) -> Mapped[Any]:
    return mapped_column(type_, nullable=not spec.required, info={_KEY: spec})


# -- what a column says ----------------------------------------------------------------------------------------


def said_by(column: Column[Any]) -> FieldSpec | None:
    """What a table's column says about itself; None where it is no declared field."""
    return column.info.get(_KEY)


def spec_of(attribute: Attribute) -> FieldSpec:
    """What `Model.field` says about itself. Raises TypeError where it is no declared field."""
    found = said_by(attribute.property.columns[0])
    if found is None:
        raise TypeError(f"{attribute} is not declared as one of core.storage.fields")
    return found


def shown(attribute: Attribute) -> FieldSpec:
    """What a field says whose value people can read. Raises TypeError for an id and for lines: whoever shows them
    says how."""
    spec = spec_of(attribute)
    if spec.kind in ("reference", "lines"):
        raise TypeError(f"{attribute} holds no word: show it with a cell of its own")
    return spec


def label(attribute: Attribute) -> Any:
    """What a field is called."""
    return spec_of(attribute).label


@cache
def declared(model: Any) -> Mapping[str, FieldSpec]:
    """The declared fields of a model by name, in the order of its columns."""
    return {column.key: spec for column in model.__table__.columns if (spec := said_by(column)) is not None}


def words(record: Any, attribute: Attribute, day: str = "short") -> Any:
    """The field of a record as people read it."""
    return shown(attribute).words(getattr(record, attribute.key), day)


# -- from what was typed to the column --------------------------------------------------------------------------


class Values(dict[str, Any]):
    """What a form, a line of a file or another system says, by the field's name.

    `values[Case.ends_on]` has the column's type, and a name that the model lacks is an error in mypy. What is no
    column (lines of other records, files) stands under its name.
    """

    @overload
    def __getitem__(self, key: InstrumentedAttribute[T], /) -> T: ...
    @overload
    def __getitem__(self, key: str, /) -> Any: ...
    def __getitem__(self, key: Any, /) -> Any:
        return super().__getitem__(key if isinstance(key, str) else key.key)


def assign(record: Any, values: Mapping[str, Any]) -> None:
    """Write into a record what the values say of its declared fields, text cleaned; other names are left alone."""
    model: Any = type(record)
    for name, spec in declared(model).items():
        if name in values:
            value = values[name]
            setattr(record, name, thai.clean(value or "") if spec.length else value)


def check_unique(session: Session, model: Any, record: Any, values: Mapping[str, Any]) -> None:
    """Raises RuleError, at its field, for what is `unique` and said by another record than this (None: a new one)."""
    for name, spec in declared(model).items():
        if spec.unique and name in values:
            same = select(model.id).where(getattr(model, name) == thai.clean(values[name] or ""))
            if session.scalar(same if record is None else same.where(model.id != record.id)) is not None:
                raise RuleError(spec.unique, field=name)


def save(session: Session, model: Any, record: Any, values: Mapping[str, Any]) -> Any:
    """Add (record None) or change a record as the values say; returns it. Raises RuleError as `check_unique`."""
    check_unique(session, model, record, values)
    if record is None:
        session.add(record := model())
    assign(record, values)
    session.flush()
    return record


@cache
def _searched(model: Any) -> tuple[str, ...]:
    return tuple(name for name, spec in declared(model).items() if spec.search)


@event.listens_for(Model, "before_insert", propagate=True)
@event.listens_for(Model, "before_update", propagate=True)
def _keep_search_text(mapper: Any, connection: Any, record: Any) -> None:
    """`search_text` holds the words of the fields that are searched, whoever changed them."""
    model: Any = type(record)
    if names := _searched(model):
        found = thai.search_text(*(getattr(record, name) or "" for name in names))
        record.search_text = found[: model.__table__.c.search_text.type.length]

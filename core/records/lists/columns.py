"""What a list has of a field that the model declares (core/storage/fields.py)."""

from __future__ import annotations

from typing import Any

from core.records.lists.declare import Column, Dimension, Filter, month_of, period
from core.storage import fields

_KINDS = {"choice": "label", "tick": "label", "date": "date", "amount": "number", "whole": "number"}


def column(
    attribute: fields.Attribute, *, title: Any = None, link: bool = False, wide: bool = False, shown: bool = True,
    edit: bool = False, sort: Any = None,
) -> Column:  # fmt: skip
    """The column of a declared field; `edit`: its cells are changed in place. The rest is as in `Column`."""
    spec, key = fields.shown(attribute), attribute.key
    cell = None if spec.kind in ("text", "paragraph", "date", "whole") else lambda row: spec.words(getattr(row, key))
    return Column(
        key, title or spec.label, cell, spec.look or _KINDS.get(spec.kind, "text"), link, wide, shown, sort,
        key if edit else "", width=spec.width,
    )  # fmt: skip


def choice(attribute: fields.Attribute) -> Filter:
    """A filter over the values of a choice."""
    spec = fields.spec_of(attribute)
    return Filter(
        attribute.key, spec.label, lambda statement, value: statement.where(attribute == value),
        choices=[(value, title) for value, title in spec.choices.items() if value],
    )  # fmt: skip


def day(attribute: fields.Attribute) -> Filter:
    """A filter over the spans of a day."""
    return period(attribute.key, fields.spec_of(attribute).label, attribute)


def month(attribute: fields.Attribute) -> Dimension:
    """Groups by the month of a day."""
    return month_of(attribute.key, fields.spec_of(attribute).label, attribute)


def dimension(attribute: fields.Attribute) -> Dimension:
    """Groups by the values of a choice, in their order, or by what stands in any other field."""
    spec = fields.spec_of(attribute)
    if spec.kind != "choice":
        return Dimension(attribute.key, spec.label, attribute)
    order = sorted(spec.choices, key=lambda value: value == "")  # what is not known stands last
    return Dimension(attribute.key, spec.label, attribute, lambda value: spec.choices[value], tuple(order))

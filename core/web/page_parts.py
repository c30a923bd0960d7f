"""What a record's page is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for

from core.plugins.manifest import ActionLink
from core.storage import fields

#: buttons of a record that stand open
MOST_SEEN = 4


@dataclass(frozen=True)
class Section:
    """Facts of a record under a heading: (label, value) pairs; empty values are left out."""

    title: Any
    facts: Sequence[tuple[Any, Any]]


@dataclass(frozen=True)
class Steps:
    """The buttons of a record's page: those that stand open, those behind the menu, and what ends something, last."""

    seen: Sequence[ActionLink]
    more: Sequence[ActionLink]
    ending: Sequence[ActionLink]


def steps(links: Sequence[ActionLink]) -> Steps:
    """What the person most likely does next stands first and open; what ends something never stands beside it."""
    ordered = [one for one in links if one.look == "primary"] + [one for one in links if one.look == "secondary"]
    return Steps(ordered[:MOST_SEEN], ordered[MOST_SEEN:], [one for one in links if one.look == "danger"])


def facts(record: Any, *columns: fields.Attribute) -> list[tuple[Any, Any]]:
    """What declared fields say of a record, days written out."""
    return [(fields.label(column), fields.words(record, column, "letter")) for column in columns]


@dataclass(frozen=True)
class Related:
    """Rows of another kind that belong to a record: each a tuple of cells with an address or ''."""

    title: Any
    headings: Sequence[Any]
    rows: Sequence[tuple[str, Sequence[Any]]]
    icon: str = "link-45deg"


def related(
    title: Any, records: Iterable[Any], *columns: fields.Attribute | tuple[Any, Callable[[Any], Any]], view: str = "",
    icon: str = "link-45deg",
) -> list[Related]:  # fmt: skip
    """Records under the names of their fields, each opened by `view`; nothing where there are none.

    A pair (heading, cell of a record) stands for what is no field.
    """
    made = [(one[0], one[1]) if isinstance(one, tuple) else (fields.label(one), _cell(one)) for one in columns]
    rows = [
        (url_for(f"{view}.show", record_id=record.id) if view else "", [cell(record) for _title, cell in made])
        for record in records
    ]
    return [Related(title, [heading for heading, _cell in made], rows, icon)] if rows else []


def _cell(attribute: fields.Attribute) -> Callable[[Any], Any]:
    return lambda record: fields.words(record, attribute)

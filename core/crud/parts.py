"""What a record's page is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Step:
    """A next step on a record's page: a button that leads to `url`."""

    title: Any
    url: str
    icon: str = "chevron-right"
    #: primary, secondary or danger
    look: str = "secondary"


@dataclass(frozen=True)
class Section:
    """Facts of a record under a heading: (label, value) pairs; empty values are left out."""

    title: Any
    facts: Sequence[tuple[Any, Any]]


@dataclass(frozen=True)
class Related:
    """Rows of another kind that belong to a record: each a tuple of cells with an address or ''."""

    title: Any
    headings: Sequence[Any]
    rows: Sequence[tuple[str, Sequence[Any]]]
    icon: str = "link-45deg"

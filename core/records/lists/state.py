"""A list's state as its address holds it: search, filters, sort, columns, density, group, shape, place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

#: how a list can be drawn
SHAPES = ("list", "kanban", "calendar", "pivot", "chart")
#: arguments that say where one is, and not what one looks at
PLACE = ("after", "view")


@dataclass(frozen=True)
class ListState:
    """Every argument of a list's address, cut to sane lengths; the rest of the address is ignored."""

    values: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, args: Any) -> ListState:
        """From a request's arguments (a MultiDict; columns may come one by one)."""
        values = {name: value[:400] for name, value in args.items() if value and len(name) <= 60}
        if hasattr(args, "getlist") and len(chosen := args.getlist("cols")) > 1:
            values["cols"] = ",".join(chosen)[:400]
        return cls(values)

    def get(self, name: str, most: int = 200) -> str:
        """One argument, trimmed; empty where it is not there."""
        return self.values.get(name, "").strip()[:most]

    @property
    def shape(self) -> str:
        """list, kanban, calendar, pivot or chart."""
        return self.get("as") if self.get("as") in SHAPES else "list"

    @property
    def compact(self) -> bool:
        """More rows on a screen."""
        return self.get("density") == "compact"

    def with_(self, **changes: Any) -> ListState:
        """The same state with some arguments set, or left out (None); from the first page on."""
        values = {name: value for name, value in self.values.items() if name not in PLACE}
        values.update({name: str(value) for name, value in changes.items() if value is not None})
        for name, value in changes.items():
            if value is None:
                values.pop(name, None)
        return replace(self, values=values)

    @property
    def query(self) -> str:
        """The state as the query of an address, its place left out."""
        return urlencode({name: value for name, value in self.values.items() if name not in PLACE})

    def link(self, **changes: Any) -> str:
        """`?…` for the same list with changes."""
        changed = self.with_(**changes)
        return f"?{urlencode(dict(changed.values))}" if changed.values else "?view=0"

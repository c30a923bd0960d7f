"""List, record page and form for one kind of record, from what its subclass declares."""

from __future__ import annotations

from typing import Any

from core.plugins.manifest import ActionLink
from core.web.crud.forms import FormPages
from core.web.crud.sheets import jobs_url
from core.web.page_parts import Related, Section, facts, related


class CrudView(FormPages):
    """A subclass states the model, columns, filters, dimensions, actions and form; core draws the pages."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        # a door exists where something stands behind it
        unused = set() if cls.actions is not CrudView.actions else {"bulk"}
        unused |= set() if cls.inline_edit else {"cell"}
        unused |= set() if cls.keeps_files() else {"file"}
        unused |= {"mentions"} if "comment" in cls.without else set()
        cls.exclude_route_methods = {*unused, *cls.without}


__all__ = ["CrudView", "Related", "Section", "ActionLink", "facts", "jobs_url", "related"]

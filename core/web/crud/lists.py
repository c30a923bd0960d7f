"""The list in its shapes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import redirect, request
from flask_babel import gettext as _
from markupsafe import Markup

from core.base.text.thai import today
from core.platform.personal import services as personal
from core.records import lists
from core.records.lists import ListState, shapes
from core.records.lists.rows import drawn
from core.web import in_place, page_context
from core.web.crud.declared import Declared
from core.web.unit_of_work import db
from core.web.views import expose, right


class ListPages(Declared):
    """The list's page."""

    def page_of_rows(self, state: ListState) -> lists.Listing:
        """The list's page for this state."""
        return lists.make(db, self.statement(), **self.list_spec(state))

    def drawn_rows(self, page: lists.Listing, actions: Sequence[lists.Action]) -> Markup:
        """The page's rows as HTML."""
        return drawn(
            page.rows, page.columns, address=self.url("list"), leads="show" not in self.without,
            choosable=bool(actions), editable=self.inline_edit and self.may("edit"), look=self.row_class,
            marks=in_place.of_records(page.rows),
        )  # fmt: skip

    def list_actions(self) -> list[lists.Action]:
        """The bulk steps that the actor may take somewhere."""
        return [action for action in self.actions() if self.may(action.verb)]

    @expose("/")
    @right("list")
    def list(self) -> Any:
        """The list, in the shape its address asks for."""
        state = ListState.read(request.args)
        if not request.args:
            choices = page_context.page_counts().preferences
            if query := personal.default_query(db, self.actor.user_id, self.endpoint or "", choices):
                return redirect(f"{request.path}?{query}")
        return self.render(self.list_template, **self.list_context(state))

    def list_context(self, state: ListState) -> dict[str, Any]:
        """What the list's template draws."""
        page = self.page_of_rows(state)
        context: dict[str, Any] = {
            "page": page, "state": state, "dimensions": page.dimensions, "actions": self.list_actions(),
            "saved": personal.saved_views(db, self.actor.user_id, self.endpoint or ""), "shape": state.shape,
            "shapes": self._shapes(page.dimensions),
        }  # fmt: skip
        shape = state.shape if state.shape in context["shapes"] else "list"
        context["shape"] = shape
        if shape == "pivot":
            context["pivot"] = self._pivot(page, state)
        elif shape == "chart" or (shape == "list" and state.get("group")):
            dimension = self._dimension(state.get("group"))
            if dimension is not None:
                found = shapes.groups(db, page.statement, dimension)
                context["grouped"] = (dimension, found)
        elif shape == "kanban" and self.board is not None:
            dimension = self._dimension(self.board.dimension)
            assert dimension is not None
            order = tuple(getattr(self.model, name) for name in self.order)
            context["lanes"] = shapes.lanes(db, page.statement, dimension, order, self.descending)
            context["lane_dimension"] = dimension
            context["places"] = in_place.of_records([row for lane in context["lanes"] for row in lane.cards])
        elif shape == "calendar":
            column = getattr(self.model, self.calendar)
            context["month"] = shapes.calendar(db, page.statement, column, state.get("month"), today())
        return context

    def _shapes(self, dimensions: Sequence[lists.Dimension]) -> Sequence[str]:
        have = ["list"]
        if self.board is not None:
            have.append("kanban")
        if self.calendar:
            have.append("calendar")
        if dimensions:
            have += ["pivot", "chart"]
        return have

    def _dimension(self, key: str) -> lists.Dimension | None:
        dimensions = self.dimensions()
        return next((d for d in dimensions if d.key == key), dimensions[0] if dimensions else None)

    def _pivot(self, page: lists.Listing, state: ListState) -> tuple[Any, ...]:
        dimensions = self.dimensions()
        rows = self._dimension(state.get("rows"))
        columns = next((d for d in dimensions if d.key == state.get("columns")), dimensions[:2][-1])
        measures = [shapes.counts("count", _("How many")), *self.measures()]
        measure = next((m for m in measures if m.key == state.get("measure")), measures[0])
        assert rows is not None
        return shapes.pivot(db, page.statement, rows, columns, measure), rows, columns, measure, measures

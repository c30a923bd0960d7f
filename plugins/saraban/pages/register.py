"""The registers as lists: what they show, filter, group and hand out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from flask import g
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from markupsafe import Markup

from core.platform.masterdata import services as masterdata
from core.records import lists
from core.storage.base import utc_now
from core.web.unit_of_work import db
from plugins.saraban.forms.letters import SPEEDS
from plugins.saraban.pages.secret import SecretPages
from plugins.saraban.work import queries, registers


class RegisterPages(SecretPages):
    """The list of a register."""

    descending = True
    order = ("id",)
    searchable = "search_text"
    inline_edit = True
    board = lists.Board("state", "assign")
    #: names of the states, in the order in which people read them
    states: ClassVar[Any]
    correction_form: ClassVar[Any]
    books: ClassVar[dict[str, Any]]

    def filters(self) -> list[lists.Filter]:
        model = self.model
        units = self._units("list")
        found = [
            lists.Filter(
                "book", _l("Book"), lambda s, v: s.where(model.book == v), choices=list(self.books.items())
            ),
            lists.period("when", _l("When"), self._day()),
            lists.Filter("from", _l("From date"), lambda s, v: s.where(self._day() >= v), kind="date"),
            lists.Filter("to", _l("To date"), lambda s, v: s.where(self._day() <= v), kind="date"),
            lists.Filter(
                "speed", _l("Speed"), lambda s, v: s.where(model.speed == int(v)),
                choices=[(str(value), title) for value, title in SPEEDS],
            ),
            lists.Filter(
                "status", _l("State"), lambda s, v: s.where(model.status == v), choices=list(self.states.items())
            ),
            lists.overdue(queries.overdue(model, utc_now())),
            lists.Filter(
                "mine", _l("Officer"),
                lambda s, v: s.where(model.assignee_id.in_(self.actor.names), model.status != "cancelled"),
                choices=[("1", _l("Mine"))],
            ),
        ]  # fmt: skip
        if len(units) > 1:
            choices = [(str(unit.id), unit.name) for unit in units]
            found.insert(
                0,
                lists.Filter("unit", _l("Register of"), lambda s, v: s.where(model.unit_id == int(v)), choices=choices),
            )
        return found

    def _subject(self) -> lists.Column:
        """What a letter is about, its urgency before it in red as the regulation's stamps are."""
        speeds = dict(SPEEDS)

        def cell(row: Any) -> Any:
            if not row.speed:
                return row.subject
            return Markup('<strong class="urgent-{}">{}</strong> {}').format(row.speed, speeds[row.speed], row.subject)

        return lists.Column("subject", _l("Subject"), cell, kind="subject", value=lambda row: row.subject)

    def _more_columns(self) -> list[lists.Column]:
        """Columns of both registers that a reader may choose."""
        speeds, states = dict(SPEEDS), self.states
        return [
            lists.Column("speed", _l("Speed"), lambda row: speeds[row.speed], "label", wide=True, shown=False),
            lists.Column("state", _l("State"), lambda row: states[row.status], "label"),
            lists.Column(
                "assignee", _l("Officer"), lambda row: self._people().get(row.assignee_id, ""), wide=True, shown=False,
                sort=False,
            ),
            lists.Column("action", _l("Action taken"), wide=True, shown=False, edit="action"),
            lists.Column("remark", _l("Remark"), wide=True, shown=False, edit="remark"),
            lists.Column("registered_on", lazy_pgettext("when", "Registered"), kind="date", wide=True, shown=False),
        ]  # fmt: skip

    def page_of_rows(self, state: lists.ListState) -> lists.Listing:
        page = super().page_of_rows(state)
        ids = (getattr(row, name, None) for row in page.rows for name in ("holder_id", "assignee_id"))
        g.saraban_people = registers.names(db, {one for one in ids if one})  # nobody else is named on it
        return page

    def _people(self) -> dict[int | None, str]:
        """Names of the accounts that letters can be given to; looked up once a request."""
        if "saraban_people" not in g:
            g.saraban_officers = registers.officers(db)  # kept for the history, which calls them by name too
            g.saraban_people = {account.id: account_name(account) for account in g.saraban_officers}
        people: dict[int | None, str] = g.saraban_people
        return people

    def dimensions(self) -> list[lists.Dimension]:
        model = self.model
        speeds, states = dict(SPEEDS), self.states
        units = {unit.id: unit.name for unit in self._units("list")}
        found = [
            lists.Dimension(
                "state", _l("State"), model.status, lambda v: states[v], order=tuple(states)
            ),
            lists.month_of("month", _l("Month"), self._day()),
            lists.Dimension(
                "speed", _l("Speed"), model.speed, lambda v: speeds[v], order=tuple(sorted(speeds, reverse=True))
            ),
            lists.Dimension("sender", _l("From"), model.sender),
            lists.Dimension("recipient", _l("To (addressee)"), model.recipient),
            lists.Dimension("book", _l("Book"), model.book, lambda v: self.books.get(v, v)),
        ]  # fmt: skip
        if len(units) > 1:
            found.append(lists.Dimension("unit", _l("Register of"), model.unit_id, lambda v: units.get(v, v)))
        return found

    def row_class(self, row: Any) -> str:
        return "cancelled" if row.status == "cancelled" else ""

    def _day(self) -> Any:
        """The date that the date filters look at."""
        return self.model.registered_on

    def _units(self, verb: str) -> Sequence[masterdata.UnitName]:
        """Units of the registers one may `verb`, at most 60, the office first."""
        return masterdata.units_of(db, self.units(verb), ended=verb == "list")


def short_number(row: Any) -> str:
    """A register number as lists show it: 123/69."""
    return f"{row.number_text}/{row.year % 100:02d}"


def numbers_given(letters: Iterable[Any]) -> dict[str, Any]:
    """What is said after several letters were registered in one step: their numbers, to be written on the papers."""
    return {"text": _("Registered as number"), "number": ", ".join(map(short_number, letters)), "links": []}


def account_name(account: Any) -> str:
    """A user's name as colleagues know it."""
    return f"{account.first_name} {account.last_name}".strip()

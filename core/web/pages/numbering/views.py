"""The registrar's pages: every book of the units one may register for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, ClassVar

from flask import abort, request
from flask_babel import gettext as _
from sqlalchemy import or_, select

from core.base import permissions
from core.base.errors import NotFound
from core.base.identity import UnitSet
from core.base.text.thai import buddhist_year, today
from core.exchange.imports import book_repair
from core.platform.masterdata.models import Unit
from core.platform.numbering import engine
from core.platform.numbering.models import Counter, LedgerNumber
from core.plugins.manifest import Book
from core.web.pages.numbering.forms import MOST_TYPED, AccountForm, InsertForm, ReasonForm, ReserveForm, StartForm
from core.web.unit_of_work import db, effective_plugins, khet
from core.web.views import KhetView, expose

VERB = "number"


class BookView(KhetView):
    """Books and their numbers. The right is `number` on the book's own resource, at the book's unit."""

    route_base = "/books"
    resource = permissions.BOOKS
    model = Unit
    open_routes: ClassVar = dict.fromkeys(
        ("list", "book", "account", "settle", "reserve", "insert", "cancel", "reopen", "start"),
        "a book is its register's: each asks the right `number` there, at the unit",
    )

    def _books(self) -> list[Book]:
        return khet().registry.books_of(self.actor, effective_plugins())

    def _open(self, unit_id: int, book_key: str) -> tuple[Unit, Book]:
        """The unit and book, or 404: a book one may not register in does not exist."""
        book = next((book for book in self._books() if book.key == book_key), None)
        unit = db.get(Unit, unit_id)
        if book is None or unit is None or not self.actor.may(book.resource, VERB, unit_id):
            raise NotFound
        self.require_in_one(VERB, lambda: self.actor.may(book.resource, VERB, unit_id))
        return unit, book

    def _open_reserving(self, unit_id: int, book_key: str) -> None:
        """404 as well where no form takes a number that was reserved: it would stand in the book for nothing."""
        _unit, book = self._open(unit_id, book_key)
        if not book.reserved:
            raise NotFound

    @staticmethod
    def _year() -> int:
        raw = request.args.get("year", "")
        return int(raw) if raw.isdecimal() and len(raw) == 4 else buddhist_year(today())

    @expose("/")
    def list(self) -> Any:
        """Books of my units, this year's numbers beside them."""
        books = self._books()
        if not books:
            abort(403)
        year = self._year()
        rows = []
        units: dict[int, Unit] = {}
        begun = select(Counter.unit_id)  # the books of a unit that has ended are read where its matters go on
        of: dict[UnitSet, Sequence[Unit]] = {}  # most books are kept at the same units
        for book in books:
            held = self.actor.units(book.resource, VERB)
            if held not in of:
                kept = select(Unit).where(held.criterion(Unit.id), or_(Unit.active.is_(True), Unit.id.in_(begun)))
                of[held] = db.scalars(kept.order_by(Unit.kind == "school", Unit.name).limit(100)).all()
            units |= {unit.id: unit for unit in of[held]}
            rows += [(unit, book) for unit in of[held]]
        counters = {
            (row.unit_id, row.book): row
            for row in db.scalars(select(Counter).where(Counter.year == year, Counter.unit_id.in_(units or [0])))
        }
        return self.render("khet/books.html", rows=rows, counters=counters, year=year)

    @expose("/<int:unit_id>/<book_key>/")
    def book(self, unit_id: int, book_key: str) -> Any:
        """One book: its check and its latest numbers."""
        unit, book = self._open(unit_id, book_key)
        key = engine.BookKey(unit.id, book.key, self._year())
        found = engine.check(db, key, book.model, today(), book.unit_column)
        latest = db.scalars(
            select(LedgerNumber)
            .where(LedgerNumber.unit_id == unit.id, LedgerNumber.book == book.key, LedgerNumber.year == key.year)
            .order_by(LedgerNumber.id.desc())
            .limit(50)
        ).all()
        years = db.scalars(
            select(Counter.year).where(Counter.unit_id == unit.id, Counter.book == book.key).order_by(Counter.year)
        ).all()
        return self.render(
            "khet/book.html", unit=unit, book=book, key=key, found=found, latest=latest,
            counter=engine.counter(db, key), years=years, this_year=buddhist_year(today()), runs=book_repair.runs,
            cancelled=book_repair.by_reason(found.cancelled),
        )  # fmt: skip

    def _change(
        self, unit_id: int, book_key: str, form: Any, heading: str, change: Callable[[engine.BookKey], Any],
        hint: str = "",
    ) -> Any:  # fmt: skip
        unit, book = self._open(unit_id, book_key)
        form.drafts = not book.secret
        key = engine.BookKey(unit.id, book.key, self._year())
        back = self.url("book", unit_id=unit.id, book_key=book.key, year=key.year)
        return self.submit(
            form,
            lambda: change(key),
            lambda _result: back,
            lambda: self.render(
                "khet/form.html",
                form=form,
                record=None,
                heading=f"{heading} · {book.title}",
                detail=unit.name,
                back=back,
                hint=hint,
            ),
        )

    @expose("/<int:unit_id>/<book_key>/reserve", methods=("GET", "POST"))
    def reserve(self, unit_id: int, book_key: str) -> Any:
        """Reserve numbers, or issue a stack."""
        self._open_reserving(unit_id, book_key)
        form = ReserveForm()
        if request.method == "GET":
            form.expires_on.data = today() + timedelta(days=7)
        return self._change(
            unit_id, book_key, form, _("Reserve numbers"),
            lambda key: engine.reserve(
                db, key.unit_id, key.book, today=today(), actor_name=self.actor.name,
                reason=form.reason.data or "", expires_on=form.expires_on.data or today(), count=form.count.data or 0,
            ),
        )  # fmt: skip

    @expose("/<int:unit_id>/<book_key>/insert", methods=("GET", "POST"))
    def insert(self, unit_id: int, book_key: str) -> Any:
        """Insert a number after another."""
        self._open_reserving(unit_id, book_key)
        form = InsertForm()
        return self._change(
            unit_id, book_key, form, _("Insert a number"),
            lambda key: engine.insert_after(
                db, key.unit_id, key.book, year=key.year, base=form.base.data or 0, today=today(),
                actor_name=self.actor.name, reason=form.reason.data or "",
            ),
        )  # fmt: skip

    @expose("/<int:unit_id>/<book_key>/start", methods=("GET", "POST"))
    def start(self, unit_id: int, book_key: str) -> Any:
        """Set the first number of a book kept on paper before."""
        self._open(unit_id, book_key)
        form = StartForm()
        return self._change(
            unit_id, book_key, form, _("Start number"),
            lambda key: engine.set_start(db, key, form.number.data or 0, today()),
        )  # fmt: skip

    @expose("/<int:unit_id>/<book_key>/reopen", methods=("GET", "POST"))
    def reopen(self, unit_id: int, book_key: str) -> Any:
        """Reopen a past year's book, or close it again."""
        self._open(unit_id, book_key)
        form = ReasonForm()

        def toggle(key: engine.BookKey) -> Any:
            row = engine.counter(db, key)
            if row is None:
                raise NotFound
            return engine.reopen(db, key, reason=form.reason.data or "", today=today(), open_=not row.reopened)

        return self._change(unit_id, book_key, form, _("Reopen or close a past year"), toggle)

    @expose("/<int:unit_id>/<book_key>/account", methods=("GET", "POST"))
    def account(self, unit_id: int, book_key: str) -> Any:
        """Say why numbers of the book have no letter."""
        unit, book = self._open(unit_id, book_key)
        form: Any = AccountForm()
        found = engine.check(db, engine.BookKey(unit.id, book.key, self._year()), book.model, today(), book.unit_column)
        unproven = sorted({*found.missing, *(row.number for row in found.orphaned)})
        if request.method == "GET":
            wanted = request.args.get("numbers", "")[:MOST_TYPED]
            form.numbers.data = wanted or book_repair.as_typed(unproven, MOST_TYPED)
        return self._change(
            unit_id, book_key, form, _("Numbers without a letter"),
            lambda key: book_repair.account_for(
                db, key, book.model, book_repair.read_runs(form.numbers.data or ""), reason=form.reason.data or "",
                today=today(), actor_name=self.actor.name, unit_column=book.unit_column,
            ),
            _("Not accounted for: %(runs)s", runs=book_repair.runs(unproven)) if unproven else "",
        )  # fmt: skip

    @expose("/<int:unit_id>/<book_key>/settle", methods=("GET", "POST"))
    def settle(self, unit_id: int, book_key: str) -> Any:
        """Put the counter behind the last number that the book holds."""
        self._open(unit_id, book_key)
        form = ReasonForm()
        return self._change(
            unit_id, book_key, form, _("Next number"),
            lambda key: book_repair.give_back(db, key, reason=form.reason.data or ""),
            _("The next number becomes the one behind the last that stands in the book. Do this only where no paper "
              "bears a higher one."),
        )  # fmt: skip

    @expose("/<int:unit_id>/<book_key>/<int:number_id>/cancel", methods=("GET", "POST"))
    def cancel(self, unit_id: int, book_key: str, number_id: int) -> Any:
        """Cancel a reserved number. A used one is cancelled with its letter."""
        self._open(unit_id, book_key)
        row = db.get(LedgerNumber, number_id)
        if row is None or row.unit_id != unit_id or row.book != book_key or row.state != "reserved":
            raise NotFound
        form = ReasonForm()
        return self._change(
            unit_id, book_key, form, _("Cancel number %(number)s", number=row.text),
            lambda key: engine.cancel(db, number_id, form.reason.data or ""),
        )  # fmt: skip


VIEWS = [BookView]

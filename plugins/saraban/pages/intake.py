"""Registering a letter, and working on it afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from flask import abort, g, jsonify, request
from flask_babel import gettext as _
from sqlalchemy import Select

from core.base.errors import NotFound, RuleError
from core.base.text.thai import BANGKOK, today
from core.platform.masterdata import services as masterdata
from core.platform.masterdata.models import Unit
from core.platform.numbering import engine
from core.platform.users.models import Account
from core.records.files import store
from core.web.forms import SECRECY_LEVELS
from core.web.unit_of_work import asked_id, db, khet
from core.web.views import expose, right
from plugins.saraban import permissions
from plugins.saraban.forms.letters import WorkForm
from plugins.saraban.pages.letter import LetterPages
from plugins.saraban.work import life, people, queries, registers, standard


class LetterView(LetterPages):
    """What both registers share."""

    known_by = "doc_no"

    def form(self, record: Any = None) -> Any:
        if record is not None:
            form: Any = WorkForm(obj=record)
            if request.method == "GET":
                self.fill(form, record)
            return form
        form = self.form_class()
        units = self._units("add")
        if not units:
            abort(403)
        form.unit_id.choices = [(unit.id, unit.name) for unit in units]
        chosen = self._chosen_unit(form, units)
        secret = self.actor.may(permissions.SECRET, "add", chosen.id) and self.actor.clearance > 0
        if secret:
            form.secrecy.choices = [c for c in SECRECY_LEVELS if c[0] <= self.actor.clearance]
            form.readers.choices = self._readers_of(chosen.id)
        else:
            del form.secrecy
            del form.readers
        if request.method == "GET" or request.form.get("reserved", "0") != "0":
            self._offer_reserved(form, chosen)
        else:  # the next number it is: what else there would be is looked up if the form comes back
            form.reserved.choices = [(0, _("Next number"))]
        if request.method == "GET":
            self._prefill(form, chosen)
        return form

    def fill(self, form: Any, record: Any) -> None:
        if record.due_at:
            local = record.due_at.astimezone(BANGKOK)
            form.due_on.data, form.due_time.data = local.date(), local.time()

    def _chosen_unit(self, form: Any, units: Sequence[masterdata.UnitName]) -> masterdata.UnitName:
        raw = request.form.get("unit_id", "")
        asked = asked_id("unit_id") if request.method == "GET" else None
        if asked is not None and all(unit.id != asked for unit in units):
            raise NotFound
        chosen = next((unit for unit in units if str(unit.id) == raw or unit.id == asked), units[0])
        if request.method == "GET":
            form.unit_id.data = chosen.id
        return chosen

    def _offer_reserved(self, form: Any, unit: masterdata.UnitName) -> None:
        books = [book for book in self.books if "secrecy" in form or not khet().registry.books[book].secret]
        waiting = engine.reserved(db, unit.id, books, today())
        if waiting:
            form.reserved.choices = [
                (0, _("Next number")),
                *((n.id, f"{n.text} · {n.reason}") for n in waiting),
            ]
        else:
            del form.reserved

    def _prefill(self, form: Any, unit: masterdata.UnitName) -> None:
        """What stays the same from one letter of the pile to the next, and what can be guessed."""
        raise NotImplementedError

    def _candidates(self, kind: Any, unit_ids: Iterable[int], secret: Sequence[int] = ()) -> dict[int, Account]:
        """Who can be asked about letters of every one of these units, by id: what a form offers and its step accepts.

        `kind` is a function of `people`; `secret` names those of the letters that only named readers may know.
        """
        known: dict[Any, dict[int, Account]] = g.setdefault("saraban_candidates", {})
        found: dict[int, Account] | None = None
        for unit_id in unit_ids:
            key = (kind.__name__, unit_id)
            if key not in known:
                unit = db.get(Unit, unit_id)
                asked = kind(db, khet().registry.roles(), unit, today()) if unit is not None else []
                known[key] = {account.id: account for account in asked}
            here = known[key]
            found = dict(here) if found is None else {one: found[one] for one in found if one in here}
        found = found or {}
        if secret:
            named = people.named(db, self.model, secret, today())
            found = {one: account for one, account in found.items() if one in named}
        return found

    def _units_of(self, statement: Select[Any]) -> list[int]:
        """Units of the chosen letters."""
        chosen = statement.order_by(None).with_only_columns(self.model.unit_id).distinct()
        return sorted(db.scalars(chosen))

    def stores(self, record: Any) -> bool:
        """Whether this actor can put a letter into a folder of its unit."""
        return self.actor.may(permissions.STORAGE, "add", record.unit_id)

    def _offered(self, kind: Any, statement: Select[Any]) -> list[tuple[int, str]]:
        """Who can be asked about every one of the chosen letters, as a form's choices."""
        units = self._units_of(statement)
        secret = statement.order_by(None).with_only_columns(self.model.id).where(self.model.secrecy > 0)
        found = self._candidates(kind, units, db.scalars(secret).all()).values()
        if kind is not people.directors or not units:
            return people.choices(db, found, today())
        own = people.own_unit_s(db, khet().registry.roles(), people.DIRECT, db.get_one(Unit, units[0]), today())
        return people.choices(db, found, today(), self._places(units[0]), own)

    def _places(self, unit_id: int) -> dict[int, int]:
        """Who directs letters of a unit only in another's place: id → whose."""
        unit = db.get(Unit, unit_id)
        return people.places(db, khet().registry.roles(), people.DIRECT, unit, today()) if unit is not None else {}

    def _clerk(self) -> registers.Clerk:
        return registers.Clerk(self.actor.user_id, self.actor.name, self.actor.clearance)

    def _signer(self, letter: Any = None, verb: str = "edit") -> life.Signer:
        """Who does it, by their right `verb` at the letter's unit."""
        right = (verb, self.resource) if letter is not None else None
        return life.signer(
            db, self.actor, today(), getattr(letter, "holder_id", None), right=right,
            unit_id=getattr(letter, "unit_id", 0),
        )  # fmt: skip

    def _timed(self, step: str, letters: Sequence[Any], form: Any) -> None:
        """Keep how long the step took for these letters; not for secret ones, which a report of minutes would count."""
        letters = [letter for letter in letters if not letter.secrecy]
        for unit_id in {letter.unit_id for letter in letters}:
            served = sum(letter.unit_id == unit_id for letter in letters)
            seconds = form.open_for * served // len(letters) if form.open_for is not None else None
            standard.timed(
                db, step, unit_id, seconds, user_id=self.actor.user_id, who=self.actor.name, on=today(), letters=served
            )

    def save(self, record: Any, values: dict[str, Any]) -> Any:
        values["due_at"] = registers.due_moment(values.pop("due_on"), values.pop("due_time"), BANGKOK)
        if record is not None:
            return registers.work_on(db, record, values, by=self._signer(record))
        values.pop("duplicate_ok")
        unit_id = values.pop("unit_id")
        self.require_at("add", unit_id)
        return self._register(unit_id, values)

    def _register(self, unit_id: int, values: dict[str, Any]) -> Any:
        raise NotImplementedError

    def _warn_of_double(self, form: Any) -> None:
        """Ask once whether the same paper is meant to be registered again; saving again confirms."""
        if "doc_no" not in form:
            return
        known = registers.same_paper(
            db, self.model, form.unit_id.data, form.doc_no.data, form.sender.data, form.doc_date.data
        )
        if known is None or form.duplicate_ok.data == str(known.id):
            return
        form.duplicate_ok.data = str(known.id)
        raise RuleError(registers.registered_already(known), field="doc_no")

    @expose("/new", methods=("GET", "POST"))
    @right("add")
    def add(self) -> Any:
        """The intake form."""
        form = self.form()

        def save() -> Any:
            self._warn_of_double(form)
            return self._keep(None, form)

        def page() -> str:
            waiting = store.staged(db, form.files.data or [])
            if request.method == "POST" and "reserved" in form:
                self._offer_reserved(form, self._chosen_unit(form, self._units("add")))
            return self.render(
                self.form_template, form=form, record=None, heading=self.new_title, waiting=waiting,
                save_title=_("Register"), next_title=_("Register and next"), **self._beside(form),
            )  # fmt: skip

        return self.submit(form, save, self.after_save, page, done=self._told, look=lambda: self.look(form))

    def look(self, form: Any) -> None:
        """What is read of the files before the letter takes its number."""
        self._look(form.secrecy.data if "secrecy" in form else 0, form)

    def after_save(self, record: Any) -> str:
        then, new = request.form.get("_then"), (request.endpoint or "").endswith(".add")
        if new and then == "new":
            kept = {"unit_id": record.unit_id, "recipient": record.recipient if not record.secrecy else None}
            return self.url("add", **kept, **self._kept(record))
        if new and then == "stay":
            return self.url("show", record_id=record.id)  # the form that stays would be another one
        return super().after_save(record)

    def _told(self, record: Any) -> dict[str, Any]:
        """The number, and from the next empty form the way back: the letter, its next step, its stamps."""
        links: list[tuple[str, str]] = []
        if request.form.get("_then") == "new":
            forward = [step for step in self.action_links(record) if step.look == "primary"][:1]
            links.append((_("Open it"), self.url("show", record_id=record.id)))
            links += [(str(step.title), step.url) for step in (*forward, *self._print_links(record)[:1])]
        return {"text": _("Registered as number"), "number": record.number_text, "links": links}

    def _beside(self, form: Any) -> dict[str, Any]:
        """What the intake form shows besides itself."""
        return {}

    def _kept(self, record: Any) -> dict[str, Any]:
        return {}

    @expose("/known")
    @right("add")
    def known(self) -> Any:
        """Words for completion: {field: [texts]} of the latest letters of `unit_id`."""
        raw = request.args.get("unit_id", "")
        if not raw.isdecimal() or len(raw) > 9:
            raise NotFound
        self.require_at("add", int(raw))
        return jsonify(queries.known(db, self.model, int(raw)))

"""The adapter between Flask-AppBuilder's views and ours. Plugins subclass KhetView, or CrudView in core/crud."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, TypeVar, cast

from flask import Response, abort, flash, g, jsonify, redirect, render_template, request, session, url_for
from flask_appbuilder.baseviews import BaseView, expose
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from wtforms import HiddenField, SelectField

from core.base.errors import ConflictError, RuleError
from core.base.identity import Actor, UnitSet
from core.base.text.dates import shown_date
from core.platform.personal.services import drop_draft
from core.platform.timeline import labels
from core.platform.timeline.models import TimelineEntry
from core.storage.base import Versioned
from core.web import capacities, meanwhile
from core.web.forms import KhetForm, LookupField, ThaiDateField
from core.web.models import FormKey
from core.web.unit_of_work import db

__all__ = ["KhetView", "expose", "history_of", "lookup_answer", "right", "waiting_messages"]


#: verbs that leave everything as it is: one reads by all one's rights
LOOKING = frozenset({"list", "show", "export", "lookup"})

Page = TypeVar("Page", bound=Callable[..., Any])


def right(verb: str) -> Callable[[Page], Page]:
    """Let only those in who hold `verb` on the view's resource; FAB collects it as the permission's name.

    What is written is done in the first capacity that holds it, unless the page then asks for more of one.
    """

    def wrap(method: Page) -> Page:
        @functools.wraps(method)
        def checked(self: KhetView, *args: Any, **kwargs: Any) -> Any:
            self.require(verb)
            if verb not in LOOKING and not g.get("capacity_told"):  # the page of which this is a part has said it
                capacities.told(capacities.first(lambda: self.may(verb)))
            return method(self, *args, **kwargs)

        checked._permission_name = verb  # type: ignore[attr-defined]
        return cast(Page, checked)

    return wrap


class KhetView(BaseView):
    """A group of pages of one plugin behind one resource.

    Every route needs a `right` unless the class says `requires_right = False` or names it in `open_routes`; a start is
    refused otherwise. `system_scope` names the reason for which the class opens every district (head office only).
    """

    resource: ClassVar[str] = ""
    #: False: each part of its pages asks for itself; nobody but who is signed in gets there
    requires_right: ClassVar[bool] = True
    #: for strangers too: signing in, and what a link proves
    anonymous: ClassVar[bool] = False
    #: routes without a `right` of their own, and how each is guarded instead
    open_routes: ClassVar[Mapping[str, str]] = {}
    #: for other systems: a bearer token says who asks, never a cookie
    by_token: ClassVar[bool] = False
    #: for strangers who hold a link; the view asks by itself whether its plugin is on where the link leads
    by_link: ClassVar[bool] = False
    system_scope: ClassVar[str | None] = None
    before_password_change: ClassVar[bool] = False
    #: open to who must set up a second factor first
    before_factor: ClassVar[bool] = False
    #: class of the record that <int:record_id> in a route names, for the leak matrix
    model: ClassVar[Any] = None
    #: whom a record waits for by name may open it wherever it lies; else only where they hold `show`
    assignee_may_open: ClassVar[bool] = False
    plugin: str = ""  #: set when the plugin is registered

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.by_link:
            cls.anonymous = True
        if cls.anonymous:
            cls.requires_right = False
        if cls.resource:
            cls.class_permission_name = cls.resource

    # -- who asks -----------------------------------------------------------------------------------------

    @property
    def actor(self) -> Actor:
        """The signed-in user (None only in anonymous views)."""
        return cast(Actor, g.get("actor"))

    def require(self, verb: str) -> None:
        """401 for a stranger, 403 for a user without the right."""
        if g.actor is None:
            abort(401)
        if not self.appbuilder.sm.has_access(f"can_{verb}", self.resource):
            abort(403)

    def may(self, verb: str, unit_id: int | None = None) -> bool:
        """Whether the actor holds `verb` here (at that unit)."""
        return self.actor.may(self.resource, verb, unit_id)

    def units(self, verb: str) -> UnitSet:
        """Units at which the actor holds `verb` here."""
        return self.actor.units(self.resource, verb)

    def require_at(self, verb: str, unit_id: int) -> None:
        """404 when the record's unit cannot be seen at all, 403 when it can but this right is missing."""
        if not self.may(verb, unit_id):
            abort(403 if self.may("show", unit_id) else 404)
        self.require_in_one(verb, lambda: self.may(verb, unit_id))

    def in_one(self, holds: Callable[[], bool]) -> bool:
        """Whether something holds for the actor in one of their capacities: rights of several do not add up."""
        return capacities.first(holds) is not None

    def require_in_one(self, verb: str, holds: Callable[[], bool]) -> None:
        """403 where it holds in none; else what is written from now on is done in the first in which it does."""
        one = capacities.first(holds)
        if one is None:
            abort(403)
        if verb not in LOOKING:
            capacities.told(one)

    # -- answering ----------------------------------------------------------------------------------------

    def render(self, template: str, **context: Any) -> str:
        """A page."""
        return render_template(template, view=self, actor=g.actor, **context)

    def sure(self, label: Any, name: str, said: str, back: str) -> str:
        """The page before a step at whose press something ends that nobody brings back: `said` is what will happen.

        Its button sends a POST to the same address. `label` is the step, `name` whose or what; `back` leads away.
        """
        return self.render("khet/sure.html", label=label, name=name, said=said, back=back)

    def url(self, method: str, **values: Any) -> str:
        """The address of one of this view's own pages."""
        return url_for(f"{self.endpoint}.{method}", **values)

    def submit(
        self,
        form: KhetForm,
        save: Callable[[], Any],
        then: Callable[[Any], str],
        page: Callable[[], str],
        *,
        record: Any = None,
        done: Any = None,
        look: Callable[[], None] | None = None,
        read_at: str = "",
    ) -> Any:
        """Draw a form, or save it once.

        `save()` makes the change and returns a record; `then(record)` says where to go. A broken rule, a
        conflict or a doubled row is shown in the form with everything typed still there, and nothing is
        written. The same form sent twice leads to the record of the first time.

        `done` is what is said afterwards, or gives it for what `save()` returned: a text, or {text, number, links} of
        something that took a number. Where `save()` has said something itself (flash), that alone is said; what it said
        before it was refused is not said.

        `look()` comes before anything else of a save: it reads foreign files that came with the form, after
        `writer_queue.end_reading`, since nobody waits for the writer while that lasts.

        `read_at`: the page where the record is read. A form without fields leads there when somebody saved the record
        meanwhile: nothing was typed that could be kept, and pressing again would do it to words that nobody has read.
        """
        if request.method != "POST":
            if record is not None and isinstance(record, Versioned):
                form.version.data = str(record.version)
            return page()
        key = form.form_key.data or ""
        if before := _saved_before(key):
            drop_draft(db, self.actor.user_id, request.path)  # kept again by a page that got no answer
            return _again(before)
        if form.validate():
            unread = waiting_messages()
            try:
                form.read_files()
                if look is not None:
                    look()
                _check_version(form, record)
                saved = save()
                target = then(saved)
                db.add(
                    FormKey(district_id=self.actor.district_id, user_id=self.actor.user_id, key=key, url=target[:300])
                )
                drop_draft(db, self.actor.user_id, request.path)
                db.flush()
                if waiting_messages() == unread:
                    said = done(saved) if callable(done) else done or _("Saved.")
                    flash(cast(Any, said), "number") if isinstance(said, dict) else flash(str(said), "success")
                return redirect(target)
            except RuleError as error:
                _take_back(unread)
                form.refuse(error)
            except (ConflictError, StaleDataError):
                _take_back(unread)
                changed = self._changed_meanwhile(form, record)
                if read_at and not form.layout():
                    flash(f"{changed} " + _("Nothing was done. Read it as it stands now."), "warning")
                    return redirect(read_at)
                refused = _refused_as_it_stands(save) if record is not None else None
                _take_back(unread)
                _show_conflict(form, record, changed, refused)
            except IntegrityError as error:
                _take_back(unread)
                if before := _saved_before(key):
                    return _again(before)
                self._integrity(form, error)
        return page(), 422

    def _changed_meanwhile(self, form: KhetForm, record: Any) -> str:
        """Who saved the record meanwhile and when, in words; empty for a step for many, which has no one record."""
        if record is None:
            return ""
        db.refresh(record)
        entries = meanwhile.missed(self.timeline(record), record, str(form.version.data or ""), form.open_for)
        return meanwhile.said(entries, self.actor.user_id)

    def _integrity(self, form: KhetForm, error: IntegrityError) -> None:
        form.refusals.append(_("Another record has the same number or name. Nothing was saved."))

    def histories(self, record: Any) -> list[ColumnElement[bool]]:
        """Whose entries a record's history tells: its own; and of parts that have no page, with `history_of`."""
        return [history_of(type(record), record.id)]

    def timeline(self, record: Any, limit: int = 50) -> list[TimelineEntry]:
        """The history of a record and of what is told with it, newest first; without what is the office's own for who
        works outside it."""
        everything = self.actor.inside or self.system_scope
        hidden = (TimelineEntry.inside.is_(False), TimelineEntry.action.not_in(sorted(labels.INSIDE)))
        return list(
            db.scalars(
                select(TimelineEntry)
                .where(or_(*self.histories(record)))
                .where(*(() if everything else hidden))
                .order_by(TimelineEntry.id.desc())
                .limit(limit)
            )
        )


def history_of(model: Any, ids: Any) -> ColumnElement[bool]:
    """SQL: the entries about records of `model`; `ids` is one id or a statement that finds them."""
    kind: str = model.__tablename__
    own = TimelineEntry.record_id == ids if isinstance(ids, int) else TimelineEntry.record_id.in_(ids)
    return (TimelineEntry.kind == kind) & own


def waiting_messages() -> int:
    """How many messages wait to be read on the next page: an act that has said what it did says nothing besides."""
    return len(session.get("_flashes", ()))


def _take_back(before: int) -> None:
    """Nothing of the save holds, nor what it has said beyond the first `before` messages."""
    db.rollback()
    if waiting_messages() > before:
        session["_flashes"] = session["_flashes"][:before]


def _again(before: str) -> Response:
    """The answer to a form that was saved at its first press: that record. What was typed since then is not in it."""
    flash(
        _("This was saved already when it was first sent. If you changed something since then, change it here."), "info"
    )
    return cast(Response, redirect(before))


def _saved_before(key: str) -> str | None:
    actor: Actor | None = g.actor
    if actor is None:
        return None
    mine = (FormKey.district_id == actor.district_id, FormKey.user_id == actor.user_id)
    return db.scalar(select(FormKey.url).where(*mine, FormKey.key == key))


def _check_version(form: KhetForm, record: Any) -> None:
    if record is None or not isinstance(record, Versioned):
        return
    if str(record.version) != (form.version.data or ""):
        raise ConflictError


def _refused_as_it_stands(save: Callable[[], Any]) -> RuleError | None:
    """Why a second save would be refused too: tried with the record as it is now. The caller rolls it back."""
    try:
        save()
        db.flush()
    except RuleError as error:
        return error
    except (ConflictError, StaleDataError, IntegrityError):
        pass
    return None


def _show_conflict(form: KhetForm, record: Any, changed: str, refused: RuleError | None = None) -> None:
    """Say who changed the record (`changed`), put what was saved beside what was typed, and let a second save decide;
    where what became of the record lets nothing of it be saved any more, say that alone.

    A step for many has no one record whose values could stand there: its next press says what was changed.
    """
    if record is None:
        form.refusals.append(_("Something of this was saved at the same moment; nothing was done. Press once more."))
        return
    db.refresh(record)
    if refused is not None:
        form.refuse(refused)
        if refused.field is None:
            form.refusals.insert(0, f"{changed} " + _("What you typed here was not saved."))
            return
    for name, field in form._fields.items():
        if isinstance(field, HiddenField) or not hasattr(record, name):
            continue
        current = getattr(record, name)
        if (field.data or None) == (current or None):
            continue
        if isinstance(field, ThaiDateField):
            form.conflicts[name] = shown_date(current, "short")
        elif isinstance(field, LookupField):
            found = field.find(current) if current else None
            form.conflicts[name] = found[1] if found else ""
        elif isinstance(field, SelectField) and field.choices:
            titles = {str(value): str(title) for value, title in field.choices}
            form.conflicts[name] = titles.get(str(current), str(current))
        else:
            form.conflicts[name] = str(current)
    form.version.data = str(record.version)
    form.refusals.append(f"{changed} " + _("What was saved stands below what you typed; save again to keep yours."))


def lookup_answer(rows: Iterable[Any]) -> Response:
    """JSON for a related-field search, at most 20 of {id, text, note}: the rows are (id, text) or (id, text, note).

    The note tells two of one name apart; it is no part of what is chosen.
    """
    return jsonify([{"id": row[0], "text": row[1], "note": row[2] if len(row) > 2 else ""} for row in rows])

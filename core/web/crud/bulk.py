"""One step for many records."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import flash, redirect, request
from flask_babel import gettext as _
from sqlalchemy import Select

from core.base.errors import Doubt, NotFound, RuleError, refusal
from core.base.identity import Actor
from core.base.workflow import Transition
from core.platform.timeline import labels
from core.platform.timeline.models import TimelineEntry
from core.records import lists
from core.records.lists import ListState
from core.storage.base import Versioned, utc_now
from core.web import capacities, meanwhile
from core.web.crud import sheets
from core.web.crud.declared import queued
from core.web.crud.sheets import SheetPages, jobs_url
from core.web.forms import KhetForm
from core.web.unit_of_work import db
from core.web.views import expose, right

MOST_PICKED = 500
#: of those that are refused
MOST_NAMED = 10
#: characters of a value that has changed
MOST_SHOWN = 100


def version_of(record: Any) -> str:
    """The version that a page of the record carries; empty where such records have none."""
    return str(record.version) if isinstance(record, Versioned) else ""


def versions_of(records: Iterable[Any]) -> str:
    """The records that a page shows, each with its version: 12.3,15.1"""
    return ",".join(f"{record.id}.{version_of(record)}" for record in records)


def read_versions(text: str) -> dict[int, str]:
    """What `versions_of` wrote: {id: version}; empty for what no page has written."""
    pairs = [one.partition(".") for one in text.split(",")[:MOST_PICKED]]
    return {int(number): version for number, _dot, version in pairs if number.isdecimal() and len(number) < 10}


def opened_at(text: str | None) -> str:
    """When the page of a step for very many was opened, as it carries it; now where it does not say."""
    now = utc_now()
    try:
        said = datetime.fromisoformat(text or "")
    except ValueError:
        return now.isoformat()
    return (said if said.tzinfo is not None and said < now else now).isoformat()


class BulkPages(SheetPages):
    """The page before a bulk step, and the step."""

    def _picked(self, action: lists.Action) -> tuple[Select[Any], ListState, str]:
        """The chosen records as a statement, or 404; the state, and the ids as they were sent."""
        state = ListState.read(request.args)
        ids = request.args.get("ids", "")
        what = self.list_spec(state)
        if request.args.get("all") == "1":
            statement, *_rest = lists.page.narrow(
                db, self.statement(), state, what["filters"], what["search"], what["dimensions"]
            )
            return statement.where(*self._at(action)), state, ""
        numbers = [int(raw) for raw in ids.split(",") if raw.isdecimal() and len(raw) < 10][:MOST_PICKED]
        if not numbers:
            raise NotFound
        return self.statement().where(self.model.id.in_(numbers)), state, ids

    def _at(self, action: lists.Action) -> Sequence[Any]:
        """SQL: only records at whose unit the actor holds the action's right."""
        return [self.units(action.verb).criterion(self.model.unit_id)] if hasattr(self.model, "unit_id") else []

    def begin_with(self, key: str, form: Any, record: Any) -> None:
        """Fill the form of a step for one record with what is known of it already."""

    def wants(self, key: str, record: Any) -> Collection[str]:
        """Fields that the form of a step marks as needed because of this record, besides those it always wants."""
        return ()

    def before_step(self, key: str, record: Any) -> str:
        """What the page of a step says about a record before it is taken; nothing where nothing is to be minded."""
        return ""

    def shut_step(self, key: str, record: Any) -> str:
        """Why a step cannot be taken with a record as it is, so that its form does not open; empty where it can."""
        step = next((one for one in self.actions() if one.key == key), None)
        guard = step.guard if step is not None else None
        return refusal(lambda: guard(record)) if guard is not None else ""

    def open_steps(self, record: Any) -> list[lists.Action]:
        """The steps for many that the actor can take with this record as it is: what its page offers of them."""

        def is_open(step: lists.Action) -> bool:
            theirs = self.in_one(lambda: self._is_at(step, record) and self.is_yours(step, record))
            return theirs and not self.shut_step(step.key, record)

        return [one for one in self.list_actions() if is_open(one)]

    def _is_at(self, step: lists.Action | Transition, record: Any) -> bool:
        return self.may(step.verb, getattr(record, "unit_id", None))

    def is_yours(self, step: lists.Action | Transition, record: Any) -> bool:
        """Whether a step's record is the actor's to work on, besides right and unit; all three hold in one of their
        capacities."""
        return True

    def _capacity_for(self, step: lists.Action, record: Any) -> Actor | None:
        """In which capacity the actor takes a step with a record; None where a step says that by itself."""
        at = capacities.first(lambda: self._is_at(step, record) and self.is_yours(step, record))
        return at or capacities.first(lambda: self._is_at(step, record))

    def take_step(self, step: lists.Action, record: Any, values: dict[str, Any]) -> None:
        """The step with one record, in one capacity. Raises RuleError where it is refused."""
        with capacities.acting(self._capacity_for(step, record)):
            if step.guard is not None:
                step.guard(record)
            step.apply(record, values)

    def _changed_since(self, form: KhetForm, records: Sequence[Any]) -> str:
        """What was made of the records since the step was opened, and by whom, in words; empty where nothing changed.

        The form's version is what the page carried. A request that carries nothing comes from no page that showed the
        records. Of all rows of a filter some may have come or gone meanwhile: these are named, too.
        """
        seen = read_versions(form.version.data or "")
        if not seen:
            return ""
        gone = seen.keys() - {record.id for record in records}
        left = db.scalars(self.statement().where(self.model.id.in_(gone))).unique() if gone else ()
        changed = [record for record in records if seen.get(record.id) != version_of(record)]
        if len(records) == 1 and changed and not gone:
            entries = self._missed(records[0], seen, form)
            rows = self._says_now(entries)
            now = [_("It says now: %(rows)s.", rows=rows)] if rows else []
            return " ".join(
                [meanwhile.said(entries, self.actor.user_id), *now, _("Save again if what you chose still holds.")]
            )
        named = []
        for record in (others := [*changed, *left])[:MOST_NAMED]:
            entries, label = self._missed(record, seen, form), self.told_apart(record)
            rows = self._says_now(entries)
            named.append(f"{label} – {meanwhile.by_whom(entries, self.actor.user_id)}: {rows}" if rows else label)
        if len(others) > MOST_NAMED:
            named.append(_("and %(number)s more", number=len(others) - MOST_NAMED))
        if not named:
            return ""
        return _(
            "Nothing was done yet: these were changed while you had them open: %(rows)s. Save again if what you chose "
            "still holds.",
            rows="; ".join(named),
        )  # fmt: skip

    def _missed(self, record: Any, seen: Mapping[int, str], form: KhetForm) -> list[TimelineEntry]:
        """What was saved of a record since it was seen, newest first."""
        version = seen.get(record.id, "")
        if not version or version == version_of(record):
            return []
        return meanwhile.missed(self.timeline(record), record, version, form.open_for)

    def _says_now(self, entries: Sequence[TimelineEntry]) -> str:
        """What the fields of a record are now that these entries changed."""
        latest = {(one.kind, name): pair[1] for one in reversed(entries) for name, pair in one.changes.items()}
        return "; ".join(
            f"{labels.field_title(kind, name)}: {str(labels.value_title(kind, name, value))[:MOST_SHOWN] or '–'}"
            for (kind, name), value in latest.items()
            if labels.tells(kind, name)
        )

    def _apply(self, action: lists.Action, records: Sequence[Any], values: dict[str, Any]) -> None:
        """The step for each; where some are refused, a RuleError names them, and the caller undoes what was done."""
        refused: list[tuple[str, RuleError]] = []
        for record in records:
            label = self.told_apart(record)
            if not self._is_at(action, record):
                refused.append((label, RuleError(_("This step is not yours to take there."))))
                continue
            try:
                self.take_step(action, record, values)
            except RuleError as error:
                refused.append((label, error))
        if refused:
            raise self._refused(refused, len(records))

    def _refused(self, refused: Sequence[tuple[str, RuleError]], count: int) -> RuleError:
        """What is said of a step that these (what each is called, why) of so many records refuse."""
        first, said = refused[0][1], {str(error.message) for _label, error in refused}
        if count == 1 or (len(refused) == count and len(said) == 1):
            return first  # what was typed is wrong for every one of them
        rows = [
            str(error.message) if label in str(error.message) else f"{label} – {error.message}"
            for label, error in refused[:MOST_NAMED]
        ]
        if len(refused) > MOST_NAMED:
            rows.append(_("and %(number)s more", number=len(refused) - MOST_NAMED))
        text = _("Nothing was done, because of these: %(rows)s", rows="; ".join(rows))
        if asked := [error.mark for _label, error in refused if isinstance(error, Doubt)]:
            return Doubt(text, mark=" ".join(asked))
        return RuleError(text)

    @expose("/bulk/<key>", methods=("GET", "POST"))
    @right("list")
    def bulk(self, key: str) -> Any:
        """One step for many records: what it will do, then do it. All or nothing; many become a job."""
        action = next((a for a in self.list_actions() if a.key == key), None)
        if action is None:
            raise NotFound
        if request.method == "GET" and not (request.args.get("ids") or request.args.get("all")):
            flash(_("Choose rows of the list first: “%(step)s” is done with those.", step=str(action.title)), "info")
            return redirect(self.url("list"))
        statement, state, ids = self._picked(action)
        count = lists.page.count_of(db, statement)
        wanted = len(set(ids.split(","))) if ids else count
        if count == 0 or count < wanted:
            raise NotFound  # one of the chosen is not there for this actor: nothing is done
        form = action.form() if action.form else KhetForm()
        form.drafts = False  # the records may be secret
        if action.offer is not None:
            action.offer(form, statement)
        sample = list(db.scalars(statement.order_by(None).order_by(self.model.id).limit(10)).unique())
        if not any(self._is_at(action, record) for record in sample):
            self.require_at(action.verb, sample[0].unit_id)
        on_page = request.args.get("back") == "record" and len(sample) == 1
        back = f"{self.url('list')}?{state.with_(ids=None, all=None, back=None).query}".removesuffix("?")
        if on_page:
            back = self.url("show", record_id=sample[0].id, **queued())  # the step began on its page
        many = count > sheets.AT_ONCE
        if request.method == "GET" and not many:  # of more the job tells, record by record
            opened = sample if count <= len(sample) else list(db.scalars(statement).unique())
            whys = [(self.told_apart(record), self.shut_step(key, record)) for record in opened]
            if shut := [(label, RuleError(why)) for label, why in whys if why]:
                flash(str(self._refused(shut, count).message), "warning")
                return redirect(self.next_url(sample[0]) if count == 1 else back)
        for name in {name for record in sample for name in self.wants(key, record)}:
            form[name].flags.required = True
        if request.method == "GET" and count == 1:
            self.begin_with(key, form, sample[0])
        if request.method == "GET" and many:
            form.version.data = utc_now().isoformat()
        elif request.method == "GET":
            form.version.data = versions_of(opened)

        def save() -> Any:
            values = form.values()
            if many:
                sent = {name: request.form.getlist(name) for name in request.form if name != "csrf_token"}
                query = state.with_(all=None, ids=None).query
                seen = {"opened": opened_at(form.version.data), "pressed": utc_now().isoformat()}
                params = {"view": self.endpoint, "action": key, "query": query, "form": sent, **seen}
                return self._begin("core.bulk", str(action.title), params, count)
            records = list(db.scalars(statement).unique())
            now, changed = versions_of(records), self._changed_since(form, records)
            self._apply(action, records, values)
            if changed:  # what is not possible any more has said so instead
                form.version.data = now
                raise RuleError(changed)
            if action.after is not None:
                action.after(records, form)
            return None

        return self.submit(
            form,
            save,
            lambda made: jobs_url(made) if made is not None else self.after_step(sample[0]) if on_page else back,
            lambda: self.render(
                "khet/bulk.html", form=form, record=None, back=back, save_title=action.title,
                heading=action.title if count == 1 else f"{action.title} · {self.title}",
                detail=self.told_apart(sample[0]) if count == 1 else "",
                count=count, sample=sample, many=many, minded=[(one, self.before_step(key, one)) for one in sample],
            ),
            done=_("Done for %(count)s records.", count=count) if not many else _("The work has begun."),
        )  # fmt: skip

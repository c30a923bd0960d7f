"""หลักฐาน/ร่องรอย. Who may open the record may open what lies with it, and nobody else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import abort, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, and_, false, select, true
from wtforms import SelectField

from core.base import permissions
from core.base.errors import NotFound, RuleError
from core.base.text.dates import shown_date
from core.base.text.thai import today
from core.domain.standards import services
from core.domain.standards.models import Evidence
from core.records import lists
from core.records.files import store
from core.web import evidence_panel
from core.web.crud import ActionLink, CrudView
from core.web.forms import KhetForm
from core.web.pages.standards.forms import EvidenceForm, TakeBackForm
from core.web.pages.standards.people import who
from core.web.unit_of_work import db, effective_plugins, khet
from core.web.views import expose, right


class EvidenceView(CrudView):
    """หลักฐาน/ร่องรอย. Who may open the record may open what lies with it, and nobody else."""

    route_base = "/evidence"
    resource = permissions.EVIDENCE
    model = Evidence
    title = _l("Evidence")
    new_title = _l("Lay evidence")
    begun_elsewhere = True
    icon = "patch-check"
    descending = True
    form_class = EvidenceForm
    without = frozenset({"edit"})
    in_palette = False
    empty_hint = _l("No evidence yet. Open a step and lay evidence to it.")

    def statement(self) -> Select[Any]:
        """Evidence of kinds of record that the actor may open everywhere in the district."""
        on = effective_plugins()
        names = [
            name
            for name, view in khet().views.items()
            if view.plugin in on and self.actor.units(view.resource, "show").everywhere
        ]
        owned: Any = Evidence.view.in_(names) if names else false()
        if not self.actor.units(permissions.WORK, "verify").everywhere:
            owned = and_(owned, Evidence.view != "ProgressView")  # other people's steps
        seen = true() if self.actor.inside else Evidence.visibility != services.INSIDE
        return select(Evidence).where(owned, seen)

    def find(self, record_id: int, verb: str = "show") -> Any:
        one = super().find(record_id, verb)
        self._owner(one.view, one.record_id)
        if not services.visible(one, self.actor):
            raise NotFound
        return one

    def _owner(self, view_name: str, record_id: int) -> Any:
        """The record that evidence lies with, through its own page's checks."""
        view = khet().views.get(view_name)
        if not isinstance(view, CrudView) or not view.holds_evidence or view.plugin not in effective_plugins():
            raise NotFound
        if not self.actor.may(view.resource, "show"):
            abort(404)
        return view.find(record_id)

    def columns(self) -> list[lists.Column]:
        return [
            lists.Column("title", _l("Heading"), link=True, kind="subject"),
            lists.Column("sort", _l("Kind"), lambda row: services.SORTS[row.sort], "label"),
            lists.Column("label", _l("Of which record"), kind="subject", wide=True),
            lists.Column("dated", _l("Dated"), kind="date", wide=True),
            lists.Column("by", _l("By"), kind="name", wide=True),
        ]

    def _asked(self) -> tuple[str, int]:
        name, _colon, raw = request.args.get("of", "").partition(":")
        if not raw.isdecimal() or len(raw) > 9:
            raise NotFound
        return name, int(raw)

    @expose("/new", methods=("GET", "POST"))
    @right("add")
    def add(self) -> Any:
        """Lay evidence to the record that `of` names (view:id)."""
        name, number = self._asked()
        owner = self._owner(name, number)
        view: Any = khet().views[name]
        view.require_in_one("add", lambda: evidence_panel.lays(view, owner))
        return super().add()

    def begun_at(self) -> str:
        view, number = self._asked()
        return url_for(f"{view}.show", record_id=number)

    def form(self, record: Any = None) -> KhetForm:
        form = super().form(record)
        form.drafts = False
        if not self.actor.inside:  # what they laid inside the office they could not see themselves
            visibility = form["visibility"]
            assert isinstance(visibility, SelectField)
            visibility.choices = [one for one in visibility.choices or () if one[0] != services.INSIDE]
        return form

    def save(self, record: Any, values: dict[str, Any]) -> Any:
        view, number = self._asked()
        owner = self._owner(view, number)
        files = [file.id for file in store.staged(db, values.get("files") or [])]
        made = services.save_evidence(
            db, owner, view, values, who=who(self), today=today(), has_file=bool(files)
        )  # fmt: skip
        store.attach(db, made, files)
        return made

    @expose("/<int:record_id>/take-back", methods=("GET", "POST"))
    @right("add")
    def take_back(self, record_id: int) -> Any:
        """What was laid by mistake goes, while its record takes evidence: who may lay some there may take it back."""
        record = self.find(record_id)
        view, owner = khet().views[record.view], self._owner(record.view, record.record_id)
        stays = ""
        if view.takes_evidence(owner):
            view.require_in_one("add", lambda: evidence_panel.lays(view, owner))
        else:
            stays = _("What it proves is settled, so this evidence stays: %(record)s", record=record.label)
        if (shut := self.shut(record, stays)) is not None:
            return shut
        form = TakeBackForm()

        def save() -> Any:
            if stays:
                raise RuleError(stays)
            root = khet().settings.files_dir
            services.take_evidence_back(db, record, owner, root, form.values()["reason"])
            return owner

        home = url_for(f"{record.view}.show", record_id=record.record_id)
        heading = f"{_('Take the evidence back')} · {record.title}"[:200]
        return self.submit(
            form, save, lambda _owner: home,
            lambda: self.render(
                "khet/form.html", form=form, record=record, heading=heading,
                save_title=_("Take the evidence back"), back=self.url("show", record_id=record.id),
            ),
            record=record,
        )  # fmt: skip

    def after_save(self, record: Any) -> str:
        return url_for(f"{record.view}.show", record_id=record.record_id)

    def heading(self, record: Any) -> str:
        return str(record.title)

    def facts(self, record: Any) -> Sequence[tuple[Any, Any]]:
        return [
            (_l("Heading"), record.title), (_l("Kind"), services.SORTS[record.sort]),
            (_l("Of which record"), record.label),
            (_l("Link"), record.url), (_l("Dated"), shown_date(record.dated, "letter")), (_l("By"), record.by),
            (_l("Who may see it"), services.VISIBILITIES[record.visibility]),
        ]  # fmt: skip

    def action_links(self, record: Any) -> Sequence[ActionLink]:
        found = [ActionLink(_l("The record"), url_for(f"{record.view}.show", record_id=record.record_id), "link-45deg")]
        view, owner = khet().views[record.view], self._owner(record.view, record.record_id)
        if view.in_one(lambda: evidence_panel.lays(view, owner)):
            address = self.url("take_back", record_id=record.id)
            found.append(ActionLink(_l("Take the evidence back"), address, "trash", "danger"))
        return found

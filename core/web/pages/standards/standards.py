"""มาตรฐานงาน: what the manuals say, and what the district has made of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, select

from core.base import permissions
from core.base.errors import NotFound
from core.domain.standards import services
from core.domain.standards.models import Run, Standard
from core.records import lists
from core.web.crud import ActionLink, CrudView, Related, Section
from core.web.pages.standards.forms import StandardForm
from core.web.unit_of_work import db, effective_plugins
from core.web.views import expose, lookup_answer, right


class StandardView(CrudView):
    """มาตรฐานงาน: what the manuals say, and what the district has made of it."""

    route_base = "/standards"
    resource = permissions.STANDARD
    model = Standard
    title = _l("Work standards")
    new_title = _l("New work standard")
    icon = "journal-check"
    order = ("code", "id")
    form_class = StandardForm
    once = frozenset({"code"})
    empty_hint = _l("No work standard yet. The operator's command sync-data brings those of the manuals.")

    def statement(self) -> Select[Any]:
        return select(Standard).where(Standard.current.is_(True), Standard.module.in_(sorted(effective_plugins())))

    def find(self, record_id: int, verb: str = "show") -> Any:
        """A standard of a module that is on."""
        standard = super().find(record_id, verb)
        if standard.module not in effective_plugins():
            raise NotFound
        return standard

    def columns(self) -> list[lists.Column]:
        return [
            lists.Column("code", _l("Code"), link=True),
            lists.Column("title", _l("Name of the work"), kind="subject"),
            lists.Column("edition", _l("Edition"), kind="number", wide=True),
            lists.Column("source", _l("Source"), wide=True, kind="subject"),
            lists.Column("edited", _l("Changed here"), lambda row: _("Yes") if row.edited else "", "label", wide=True),
        ]

    def filters(self) -> list[lists.Filter]:
        return [
            lists.Filter(
                "edited",
                _l("Changed here"),
                lambda s, _v: s.where(Standard.edited.is_(True)),
                choices=[("1", _l("Yes"))],
            )
        ]

    def fill(self, form: Any, record: Any) -> None:
        kept = [vars(services.as_spec(step)) for step in services.steps(db, record)]
        form.lines.process(None, kept)

    def save(self, record: Any, values: dict[str, Any]) -> Any:
        return services.save_standard(db, record, values, values.pop("lines"))

    def sections(self, record: Any) -> Sequence[Section]:
        facts = [
            (_l("Code"), record.code), (_l("Edition"), record.edition), (_l("Document code"), record.doc_code),
            (_l("Unit in charge"), record.unit_title), (_l("Objectives"), record.objectives),
            (_l("Scope of the work"), record.scope), (_l("Definitions"), record.definitions),
            (_l("References"), record.refs), (_l("Source"), record.source),
            (_l("State"), "" if record.current else _("An earlier edition")),
        ]  # fmt: skip
        return [Section(_l("The work"), facts)]

    def related(self, record: Any) -> Sequence[Related]:
        rows = [
            ("", [step.seq, step.activity, step.timing, step.quality, step.responsible, "✓" if step.evidence else ""])
            for step in services.steps(db, record)
        ]
        heads = [_l("Step"), _l("What is done"), _l("Time"), _l("Quality standard"), _l("Responsible"), _l("Evidence")]
        runs = db.scalars(select(Run).filter_by(code=record.code).order_by(Run.year.desc(), Run.id).limit(20))
        begun = [(url_for("RunView.show", record_id=run.id), [run.label]) for run in runs] if self._runs() else []
        return [
            Related(_l("Steps in order"), heads, rows, "list-ol"),
            *([Related(_l("Rounds"), [], begun)] if begun else []),
        ]

    def _runs(self) -> bool:
        return self.actor.may(permissions.RUN, "show")

    def action_links(self, record: Any) -> Sequence[ActionLink]:
        found = [one for one in super().action_links(record) if record.current]
        if record.current and self.actor.may(permissions.RUN, "add"):
            found.append(ActionLink(_l("Begin a round"), url_for("RunView.add", standard=record.id), "play", "primary"))
        if self.may("export"):
            address = url_for("ReportView.show", report_key="core.standard_form", standard_id=record.id)
            found.append(ActionLink(_l("Summary form of the standard"), address, "printer"))
        return found

    @expose("/lookup")
    @right("list")
    def lookup(self) -> Any:
        """Standards whose code or name holds what was typed."""
        found = self.statement().where(*lists.holds(request.args.get("q", ""), Standard.title, Standard.code))
        return lookup_answer((one.id, one.label) for one in db.scalars(found.order_by(Standard.code).limit(20)))

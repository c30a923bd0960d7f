"""รอบดำเนินงาน, with how far each is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from flask import request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from core.base import permissions
from core.base.errors import RuleError
from core.base.text.dates import shown_date
from core.domain.standards import services
from core.domain.standards.models import Run
from core.platform.masterdata.models import School, SchoolGroup, Unit
from core.platform.users.models import Account
from core.records import lists
from core.web.crud import ActionLink, CrudView, Related, Section
from core.web.notify import notify_user
from core.web.pages.standards.forms import RunForm
from core.web.pages.standards.standards import StandardView
from core.web.unit_of_work import asked_id, db, khet


class RunView(CrudView):
    """รอบดำเนินงาน, with how far each is."""

    route_base = "/rounds"
    resource = permissions.RUN
    model = Run
    title = _l("Rounds of work")
    new_title = _l("New round")
    icon = "arrow-repeat"
    descending = True
    form_class = RunForm
    without = frozenset({"edit"})
    empty_hint = _l("No round yet. Open a work standard and begin one.")

    def columns(self) -> list[lists.Column]:
        return [
            lists.Column("title", _l("Work"), link=True, kind="subject"),
            lists.Column("scope_label", _l("For"), wide=True, kind="name"),
            lists.Column("year", _l("School year"), kind="number"),
            lists.Column("term", _l("Term"), lambda row: row.term or "", wide=True),
            lists.Column("archived", _l("Archived"), lambda row: _("Yes") if row.archived else "", "label", wide=True),
        ]

    def filters(self) -> list[lists.Filter]:
        found = db.scalars(select(Run.year).distinct().order_by(Run.year.desc()).limit(20))
        return [
            lists.Filter(
                "year", _l("School year"), lambda s, v: s.where(Run.year == int(v)),
                choices=[(str(y), str(y)) for y in found]
            ),
            lists.Filter(
                "archived", _l("Archived"), lambda s, v: s.where(Run.archived.is_(v == "1")),
                choices=[("0", _l("No")), ("1", _l("Yes"))],
            ),
        ]  # fmt: skip

    def dimensions(self) -> list[lists.Dimension]:
        return [
            lists.Dimension("year", _l("School year"), Run.year),
            lists.Dimension("code", _l("Work standard"), Run.code),
        ]

    def form(self, record: Any = None) -> Any:
        form: Any = super().form(record)
        if request.method == "GET" and (asked := asked_id("standard")) is not None:
            form.standard_id.data = khet().views["StandardView"].find(asked).id
        return form

    def save(self, record: Any, values: dict[str, Any]) -> Any:
        standard = cast(StandardView, khet().views["StandardView"]).find(values["standard_id"])
        if not standard.current:
            raise RuleError(_("Choose one from the list."), field="standard_id")
        self.require_at("add", values["unit_id"])
        kind, scope_id, label = _scope(values["scope_kind"], values["scope_name"])
        assignee = db.get(Account, values["assignee_id"]) if values["assignee_id"] else None
        run = services.start_run(
            db, standard, values["unit_id"], values["year"], term=values["term"], scope_kind=kind, scope_id=scope_id,
            scope_label=label, assignee=assignee,
        )  # fmt: skip
        if assignee is not None and (first := next(iter(services.of_run(db, run)), None)) is not None:
            said = _l("%(who)s gives you every step of a round, the first: %(record)s")
            notify_user(assignee, services.TOLD, said, first, "ProgressView")
        return run

    def sections(self, record: Any) -> Sequence[Section]:
        found = services.tally(services.of_run(db, record))
        percent = _("No data") if found.percent is None else f"{found.percent} %"
        unit = db.get(Unit, record.unit_id)
        return [
            Section(
                _l("The round"),
                [
                    (_l("Work"), record.title), (_l("School year"), record.year), (_l("Term"), record.term or ""),
                    (_l("For"), record.scope_label), (_l("Unit that answers for it"), unit.name if unit else ""),
                    (_l("Done"), f"{found.done} / {found.wanted} · {percent}"),
                ],
            )
        ]  # fmt: skip

    def related(self, record: Any) -> Sequence[Related]:
        def place(one: Any) -> str:
            term = f" ({_('Term')} {one.term})" if one.term else ""
            return f"{one.seq}{term} {one.title}"

        steps = services.of_run(db, record)
        away = services.put_away(db, record, steps)
        rows = [
            (
                url_for("ProgressView.show", record_id=one.id),
                [
                    place(one), one.assignee, shown_date(one.due_on, "short"),
                    _("Archived") if one.id in away else services.WORKFLOW.states[one.status],
                ],
            )
            for one in steps
        ]  # fmt: skip
        heads = [_l("Step"), _l("Officer"), _l("Due on"), _l("State")]
        return [Related(_l("Steps in order"), heads, rows, "list-check")]

    def actions(self) -> list[lists.Action]:
        return [
            lists.Action(
                "archive", _l("Archive"), "edit", self._archive, icon="archive",
                guard=lambda run: services.check_archive(db, run),
            ),
            lists.Action(
                "delete", _l("Delete"), "edit", lambda run, _v: services.delete_run(db, run), icon="trash",
                guard=lambda run: services.check_delete(db, run),
            ),
        ]  # fmt: skip

    def _archive(self, run: Any, values: dict[str, Any]) -> None:
        said = _l("%(who)s archived a round, your steps of it are not to be done any more, this one first: %(record)s")
        firsts = {one.assignee_id: one for one in reversed(services.archive(db, run))}
        for user_id, first in firsts.items():
            account = db.get(Account, user_id) if user_id else None
            if account is not None and account.active:
                notify_user(account, services.TOLD, said, first, "ProgressView")

    def action_links(self, record: Any) -> Sequence[ActionLink]:
        return [
            ActionLink(
                one.title, self.url("bulk", key=one.key, ids=record.id, back="record"), one.icon,
                "danger" if one.key == "delete" else "secondary",
            )
            for one in self.open_steps(record)
        ]  # fmt: skip


def _scope(kind: str, name: str) -> tuple[str, int, str]:
    """(kind, id, name) of what a round is for. Raises RuleError for a name that is in no list."""
    if kind == "district":
        return kind, 0, ""
    model: Any = School if kind == "school" else SchoolGroup
    found = db.scalars(select(model).where(model.name == (name or "").strip()).limit(2)).all()
    if len(found) != 1:
        raise RuleError(_("Type the whole name as it stands in the list."), field="scope_name")
    return kind, found[0].id, found[0].name

"""Agencies and the agreements with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from core.base.text.thai import today
from core.records import lists
from core.records.files import store
from core.storage.fields import label
from core.web.crud import ActionLink, CrudView, Related, facts, related
from core.web.forms import FilesField, LineForm, LinesField, mail_address, text
from core.web.record_forms import RecordForm
from core.web.unit_of_work import db
from core.web.views import expose, lookup_answer, right
from plugins.cooperation import permissions, services
from plugins.cooperation.models import Agency, Agreement, Case, CaseAgency


class ContactLine(LineForm):
    """Somebody at an agency."""

    name = text(_l("Name"), most=150)
    phone = text(_l("Telephone"), most=40, need=False)
    mail = mail_address(_l("E-mail"), most=150)


class AgencyForm(RecordForm):
    """หน่วยงาน."""

    asks = (Agency.name, Agency.kind, Agency.scope, Agency.mission, Agency.authority, "contacts")
    contacts = LinesField(label(Agency.contacts), ContactLine, need=False)


class AgreementForm(RecordForm):
    """บันทึกข้อตกลง."""

    asks = (Agreement.title, Agreement.starts_on, Agreement.ends_on, "files")
    files = FilesField(_l("Files"))


class AgencyView(CrudView):
    """Agencies that one works with."""

    route_base = "/cooperation/agencies"
    resource = permissions.AGENCY
    model = Agency
    title = _l("Agencies")
    new_title = _l("New agency")
    icon = "building"
    order = ("name", "id")
    searchable = "search_text"
    form_class = AgencyForm
    empty_hint = _l("No agency yet.")

    def columns(self) -> list[lists.Column]:
        return [
            lists.column(Agency.name, link=True),
            lists.column(Agency.kind),
            lists.column(Agency.scope, wide=True),
        ]

    def filters(self) -> list[lists.Filter]:
        return [lists.choice(Agency.scope)]

    def fill(self, form: Any, record: Any) -> None:
        form.contacts.process(None, record.contacts)

    def action_links(self, record: Any) -> Sequence[ActionLink]:
        found = list(super().action_links(record))
        if self.may("edit"):
            found.append(
                ActionLink(_l("Add an agreement"), self.url("agreement", record_id=record.id), "file-earmark-text")
            )
        return found

    @expose("/<int:record_id>/agreement", methods=("GET", "POST"))
    @right("edit")
    def agreement(self, record_id: int) -> Any:
        """บันทึกข้อตกลง with this agency."""
        agency = self.find(record_id, "edit")
        form: Any = AgreementForm()
        form.files.data = form.files.data or []

        def save() -> Any:
            made = services.add_agreement(db, agency, form.values())
            store.attach(db, agency, form.files.data)
            return made

        waiting = store.staged(db, form.files.data)
        return self.step_page(agency, form, save, _("Add an agreement"), waiting=waiting)

    def facts(self, record: Any) -> Sequence[tuple[Any, Any]]:
        return [*super().facts(record), *facts(record, Agency.mission, Agency.authority)]

    def related(self, record: Any) -> Sequence[Related]:
        agreements = db.scalars(select(Agreement).filter_by(agency_id=record.id).order_by(Agreement.ends_on.desc()))
        over = (_l("State"), lambda one: _("Over") if one.ends_on < today() else "")
        contacts = [("", [one["name"], one["phone"], one["mail"]]) for one in record.contacts]
        heads = [_l("Name"), _l("Telephone"), _l("E-mail")]
        of = select(Case).join(CaseAgency, CaseAgency.case_id == Case.id).where(CaseAgency.agency_id == record.id)
        cases = db.scalars(of.order_by(Case.id.desc()).limit(20))
        work = (label(Case.title), lambda one: one.label)
        return [
            *([Related(label(Agency.contacts), heads, contacts)] if contacts else []),
            *related(_l("Agreements"), agreements, Agreement.title, Agreement.starts_on, Agreement.ends_on, over),
            *related(_l("Work"), cases, work, Case.status, view="CaseView"),
        ]

    @expose("/lookup")
    @right("list")
    def lookup(self) -> Any:
        """Agencies whose name holds what was typed."""
        found = select(Agency.id, Agency.name).where(*lists.contains(Agency.search_text, request.args.get("q", "")))
        return lookup_answer(db.execute(found.order_by(Agency.name).limit(20)))

    @expose("/agreements")
    @right("list")
    def agreements(self) -> Any:
        """Agreements whose title holds what was typed."""
        found = select(Agreement.id, Agreement.title).where(*lists.holds(request.args.get("q", ""), Agreement.title))
        return lookup_answer(db.execute(found.order_by(Agreement.id.desc()).limit(20)))

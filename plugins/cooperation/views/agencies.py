"""Agencies and the agreements with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from core import listing
from core.crud import CrudView, Related, Step
from core.files import store
from core.forms import (
    FilesField,
    KhetForm,
    LineForm,
    LinesField,
    ThaiDateField,
    choice,
    mail_address,
    paragraph,
    text,
)
from core.text.thai import format_date, today
from core.views import expose, lookup_answer, right
from core.web.unit_of_work import db
from plugins.cooperation import permissions, services
from plugins.cooperation.models import Agency, Agreement, Case, CaseAgency


class ContactLine(LineForm):
    """Somebody at an agency."""

    name = text(_l("Name"), most=150)
    phone = text(_l("Telephone"), most=40, need=False)
    mail = mail_address(_l("E-mail"), most=150)


class AgencyForm(KhetForm):
    """หน่วยงาน."""

    name = text(_l("Name"), most=200)
    kind = choice(_l("Kind"), list(services.KINDS.items()))
    scope = choice(_l("Where"), list(services.SCOPES.items()))
    mission = paragraph(_l("Mission"), most=2000)
    authority = paragraph(_l("Authority"), most=2000)
    contacts = LinesField(_l("Contacts"), ContactLine, need=False)


class AgreementForm(KhetForm):
    """บันทึกข้อตกลง."""

    title = text(_l("Heading"), most=300)
    starts_on = ThaiDateField(_l("From (day)"))
    ends_on = ThaiDateField(_l("Until"))
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

    def columns(self) -> list[listing.Column]:
        return [
            listing.Column("name", _l("Name"), kind="name", link=True),
            listing.Column("kind", _l("Kind"), lambda row: services.KINDS[row.kind], "label"),
            listing.Column("scope", _l("Where"), lambda row: services.SCOPES[row.scope], "label", wide=True),
        ]

    def filters(self) -> list[listing.Filter]:
        scopes = list(services.SCOPES.items())
        return [listing.Filter("scope", _l("Where"), lambda s, v: s.where(Agency.scope == v), choices=scopes)]

    def fill(self, form: Any, record: Any) -> None:
        form.contacts.process(None, record.contacts)

    def save(self, record: Any, values: dict[str, Any]) -> Any:
        return services.save_agency(db, record, values)

    def steps(self, record: Any) -> Sequence[Step]:
        found = list(super().steps(record))
        if self.may("edit"):
            found.append(Step(_l("Add an agreement"), self.url("agreement", record_id=record.id), "file-earmark-text"))
        return found

    @expose("/<int:record_id>/agreement", methods=("GET", "POST"))
    @right("edit")
    def agreement(self, record_id: int) -> Any:
        """บันทึกข้อตกลง with this agency."""
        agency = self.find(record_id, "edit")
        form: Any = AgreementForm()
        form.files.data = form.files.data or []

        def save() -> Any:
            made = services.add_agreement(db, agency, form.title.data, form.starts_on.data, form.ends_on.data)
            store.attach(db, agency, form.files.data)
            return made

        waiting = store.staged(db, form.files.data)
        return self.step_page(agency, form, save, _("Add an agreement"), waiting=waiting)

    def facts(self, record: Any) -> Sequence[tuple[Any, Any]]:
        return [*super().facts(record), (_l("Mission"), record.mission), (_l("Authority"), record.authority)]

    def related(self, record: Any) -> Sequence[Related]:
        agreements = db.scalars(select(Agreement).filter_by(agency_id=record.id).order_by(Agreement.ends_on.desc()))
        rows = [
            (
                "",
                [
                    one.title, format_date(one.starts_on, "short"), format_date(one.ends_on, "short"),
                    _("Over") if one.ends_on < today() else "",
                ],
            )
            for one in agreements
        ]  # fmt: skip
        contacts = [("", [one["name"], one["phone"], one["mail"]]) for one in record.contacts]
        of = select(Case).join(CaseAgency, CaseAgency.case_id == Case.id).where(CaseAgency.agency_id == record.id)
        cases = [
            (url_for("CaseView.show", record_id=one.id), [one.label, services.LIFE.states[one.status]])
            for one in db.scalars(of.order_by(Case.id.desc()).limit(20))
        ]
        found = [
            (_l("Contacts"), [_l("Name"), _l("Telephone"), _l("E-mail")], contacts),
            (_l("Agreements"), [_l("Heading"), _l("From (day)"), _l("Until"), _l("State")], rows),
            (_l("Work"), [_l("Work"), _l("State")], cases),
        ]
        return [Related(title, heads, lines) for title, heads, lines in found if lines]

    @expose("/lookup")
    @right("list")
    def lookup(self) -> Any:
        """Agencies whose name holds what was typed."""
        found = select(Agency.id, Agency.name).where(*listing.contains(Agency.search_text, request.args.get("q", "")))
        return lookup_answer(db.execute(found.order_by(Agency.name).limit(20)))

    @expose("/agreements")
    @right("list")
    def agreements(self) -> Any:
        """Agreements whose title holds what was typed."""
        found = select(Agreement.id, Agreement.title)
        for word in request.args.get("q", "").split()[:5]:
            found = found.where(Agreement.title.contains(word, autoescape=True))
        return lookup_answer(db.execute(found.order_by(Agreement.id.desc()).limit(20)))

"""Districts and roles, as head office sees them: through a named scope over every district."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, select

from core.base import permissions
from core.base.errors import NotFound
from core.base.text.thai import buddhist_year, today
from core.platform.jobs import services as jobs
from core.platform.masterdata.models import District
from core.platform.users import head_office
from core.platform.users.models import RoleProfile
from core.records import lists
from core.web.crud import CrudView, jobs_url
from core.web.forms import KhetForm, choice, text
from core.web.language import current_locale
from core.web.security.reauthentication import asks_password
from core.web.unit_of_work import db, khet
from core.web.views import KhetView, expose, right

LEVELS = [
    ("primary", _l("Primary education area (สพป.)")),
    ("secondary", _l("Secondary education area (สพม.)")),
]


class DistrictForm(KhetForm):
    """An education service area."""

    code = text(_l("Code"), most=20, help=_l("Short, a–z and 0–9; it ends every user name of the district."))
    short_name = text(_l("Short name"), most=100)
    name = text(_l("Full name"))
    level = choice(_l("Kind"), LEVELS)


class DistrictEditForm(KhetForm):
    """A district's names; its code stays."""

    short_name = DistrictForm.short_name
    name = DistrictForm.name
    level = DistrictForm.level


class DistrictView(CrudView):
    """Every district."""

    route_base = "/head-office/districts"
    resource = permissions.DISTRICTS
    system_scope = "head office: districts"
    model = District
    title = _l("Districts")
    new_title = _l("New district")
    icon = "map"
    order = ("code", "id")
    form_class = DistrictForm

    def columns(self) -> list[lists.Column]:
        counts = head_office.overview(db)
        kinds = dict(LEVELS)
        return [
            lists.Column("code", _l("Code")),
            lists.Column("short_name", _l("Short name"), link=True),
            lists.Column("level", _l("Kind"), lambda row: kinds.get(row.level, row.level), "label", wide=True),
            lists.Column("schools", _l("Schools"), lambda row: counts.get(row.id, (0, 0))[0], "number"),
            lists.Column("users", _l("Users"), lambda row: counts.get(row.id, (0, 0))[1], "number"),
        ]

    def statement(self) -> Select[Any]:
        return select(District).where(District.level != "head_office")

    def facts(self, record: Any) -> Sequence[tuple[Any, Any]]:
        """As the list says it; a district that nobody can sign in to says who changes that."""
        found = list(super().facts(record))
        if found[-1][1] == 0:
            none = _("There is none yet. Whoever runs the server makes that account.")
            found.append((_l("First administrator"), none))
        return found

    def find(self, record_id: int, verb: str = "show") -> Any:
        record = db.get(District, record_id)
        if record is None or record.level == "head_office":
            raise NotFound
        return record

    def form(self, record: Any = None) -> Any:
        return DistrictForm() if record is None else DistrictEditForm(obj=record)

    def save(self, record: Any, values: dict[str, Any]) -> Any:
        return head_office.save_district(db, record, values)


class RoleRuleView(KhetView):
    """Which roles a district administrator may give."""

    route_base = "/head-office/roles"
    resource = permissions.ROLE_RULES
    system_scope = "head office: roles"

    @expose("/")
    @right("list")
    def list(self) -> Any:
        """Every role with its switch."""
        roles = db.scalars(select(RoleProfile).order_by(RoleProfile.id)).all()
        titles = {role.key: role.title for role in khet().registry.roles()}
        return self.render("khet/role_rules.html", roles=roles, titles=titles)

    @expose("/<int:role_id>", methods=("POST",))
    @right("edit")
    @asks_password
    def change(self, role_id: int) -> Any:
        """Allow or forbid giving a role."""
        head_office.set_grantable(db, role_id, request.form.get("on") == "1")
        flash(_("Saved."), "success")
        return redirect(self.url("list"))

    @expose("/<int:role_id>/factor", methods=("POST",))
    @right("edit")
    @asks_password
    def factor(self, role_id: int) -> Any:
        """Ask for a second factor from who holds the role, or no longer."""
        head_office.set_second_factor(db, role_id, request.form.get("on") == "1")
        flash(_("Saved."), "success")
        return redirect(self.url("list"))


class NationForm(KhetForm):
    """Which year."""

    drafts = False
    report = choice(_l("Report"), [])
    year = choice(_l("Year"), [], coerce=int)


class NationReportView(KhetView):
    """One table over every district, as a workbook."""

    route_base = "/head-office/reports"
    resource = permissions.DISTRICTS

    @expose("/", methods=("GET", "POST"))
    @right("export")
    def list(self) -> Any:
        """Choose a report and a year; a job writes it."""
        form: Any = NationForm()
        form.report.choices = [
            (one.key, f"{one.title} · {one.counted_by}") for one in khet().registry.nation_reports.values()
        ]
        now = buddhist_year(today())
        form.year.choices = [(year, str(year)) for year in range(now, now - 10, -1)]

        def save() -> Any:
            report = khet().registry.nation_reports[form.report.data]
            params = {"report": report.key, "year": form.year.data}
            title = f"{report.title} · {report.year_of(form.year.data)}"
            return jobs.enqueue(db, "core.nation_report", title, params, locale=current_locale())

        return self.submit(
            form, save, jobs_url,
            lambda: self.render(
                "khet/form.html", form=form, record=None, heading=_("Reports over all districts"), plain=True,
                save_title=_("Write the workbook"),
            ),
            done=_("The work has begun."),
        )  # fmt: skip


VIEWS = [DistrictView, RoleRuleView, NationReportView]

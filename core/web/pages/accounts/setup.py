"""The first-run page of an empty installation, opened with the one-time code that the console printed."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from wtforms import PasswordField

from core.base.errors import RuleError
from core.base.text.thai import today
from core.platform.accounts import services
from core.platform.dual_control import log
from core.platform.masterdata.models import District, Unit
from core.platform.users import passwords
from core.platform.users.head_office import save_district
from core.platform.users.models import Account, Grant, InstallationSetting, RoleProfile
from core.storage.database import Database
from core.storage.scope import KhetSession
from core.web.forms import KhetForm, at_most, choice, required, text
from core.web.pages.head_office import LEVELS
from core.web.security import throttle
from core.web.unit_of_work import khet
from core.web.views import KhetView, expose

CODE = "first_run_code"


def is_empty(session: KhetSession) -> bool:
    """Whether nobody can sign in yet."""
    return session.scalar(select(Account.id).limit(1)) is None


def new_code(database: Database) -> str | None:
    """A fresh one-time code for an empty installation, None where there are users already."""
    with database.system("first run", write=True) as session:
        if not is_empty(session):
            return None
        code = "-".join(secrets.token_hex(2) for _part in range(4))
        row = session.get(InstallationSetting, CODE) or InstallationSetting(name=CODE)
        row.value = hashlib.sha256(code.encode()).hexdigest()
        session.add(row)
    return code


def ensure_head_office(session: KhetSession) -> District:
    """Head office's own row and unit, made once."""
    office = session.scalar(select(District).where(District.level == "head_office"))
    if office is None:
        office = District(code="obec", level="head_office", short_name="สพฐ.", name="สำนักงานคณะกรรมการการศึกษาขั้นพื้นฐาน")
        session.add(office)
        session.flush()
        session.add(Unit(district_id=office.id, kind="office", code="office", name=office.short_name))
        session.flush()
    return office


def create_administrator(session: KhetSession, district: District, values: dict[str, Any], role_key: str) -> Account:
    """The first administrator of a district (or of head office), or its director, with their grant: made at the server.

    Raises RuleError for a role that is not there, or that the office does not hold.
    """
    account = services.create_account(session, district, {**values, "must_change_password": False}, values["password"])
    unit_id = session.scalars(select(Unit.id).where(Unit.district_id == district.id, Unit.kind == "office")).one()
    role = session.scalar(select(RoleProfile).where(RoleProfile.key == role_key))
    if role is None:
        known = list(session.scalars(select(RoleProfile.key).order_by(RoleProfile.key)))
        if known:
            raise RuleError(
                _("There is no role %(role)s. There are: %(known)s.", role=role_key, known=", ".join(known))
            )
        raise RuleError(_("Roles are missing: run sync-roles first."))
    if "office" not in role.unit_kinds.split(",") or (role.reach == "nation") != (district.level == "head_office"):
        raise RuleError(_("This role cannot be held at that unit."))
    session.add(Grant(district_id=district.id, user_id=account.id, role_id=role.id, unit_id=unit_id, starts_on=today()))
    session.flush()
    facts = {"what": "grant", "role": role.key, "unit": district.short_name}
    log.line(session, "made", account, facts)
    return account


class SetupForm(KhetForm):
    """The office and its first administrator."""

    code = text(_l("Code from the console"), most=40)
    district_code = text(
        _l("Code of the office"),
        most=20,
        help=_l("Short, a–z and 0–9; it ends every user name of the district."),
    )
    short_name = text(_l("Short name"), most=100)
    full_name = text(_l("Full name"))
    level = choice(_l("Kind"), LEVELS)
    name = text(_l("User name"), most=40, help=_l("a–z, 0–9, - and _; the district's code is added after a dot."))
    first_name = text(_l("First name"), most=64)
    last_name = text(_l("Last name"), most=64)
    password = PasswordField(_l("Password"), [required(), at_most(128)], render_kw={"autocomplete": "new-password"})


class SetupView(KhetView):
    """Makes the first district and its administrator, once."""

    route_base = "/first-run"
    anonymous = True
    default_view = "start"

    @expose("/", methods=("GET", "POST"))
    def start(self) -> Any:
        """The form; gone (404) as soon as a user exists."""
        database = khet().database
        with database.system("first run") as session:
            if not is_empty(session):
                abort(404)
        form = SetupForm()
        if request.method == "POST":
            counts = throttle.of_first_run()
            if seconds := throttle.wait(counts):
                form.refusals.append(throttle.wait_text(seconds))
                return self._page(form), 429
            if form.validate():
                try:
                    name = self._make(database, form)
                    flash(_("Khet is set up. Sign in as %(name)s.", name=name), "success")
                    return redirect(url_for("LoginView.login"))
                except RuleError as error:
                    if error.field == "code":
                        for count in counts:
                            count.add()
                    form.refuse(error)
        return self._page(form), 422 if request.method == "POST" else 200

    def _page(self, form: SetupForm) -> str:
        return self.render("khet/form.html", form=form, record=None, heading=_("Set up Khet"), plain=True)

    @staticmethod
    def _make(database: Database, form: SetupForm) -> str:
        values = form.values()
        with database.system("first run", write=True) as session:
            row = session.get(InstallationSetting, CODE)
            given = hashlib.sha256((values["code"] or "").encode()).hexdigest()
            if not is_empty(session) or row is None or not hmac.compare_digest(row.value, given):
                raise RuleError(_("This is not the code that the console printed."), field="code")
            name = f"{values['name']}.{values['district_code']}"
            passwords.check(values["password"], [name, values["first_name"], values["last_name"], values["short_name"]])
            ensure_head_office(session)
            try:
                district = save_district(
                    session, None,
                    {"code": values["district_code"], "short_name": values["short_name"],
                     "name": values["full_name"], "level": values["level"]},
                )  # fmt: skip
            except RuleError as error:
                raise RuleError(error.message, "district_code") from error
            create_administrator(session, district, values, "core.district_admin")
            session.delete(row)
        return name


VIEWS = [SetupView]

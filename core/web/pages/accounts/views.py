"""The administrator's pages for accounts and grants."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from core.base import permissions
from core.base.errors import NotFound, RuleError
from core.base.text.thai import today
from core.exchange.api import tokens
from core.platform.accounts import services
from core.platform.accounts.factors import services as factors
from core.platform.consents import services as grave
from core.platform.dual_control import log, rules
from core.platform.dual_control.models import GraveAct
from core.platform.masterdata import services as masterdata
from core.platform.masterdata.models import District
from core.platform.users.models import Account, Grant
from core.records import lists
from core.records.approvals import services as approvals
from core.storage.base import utc_now
from core.web import notify
from core.web.crud import CrudView
from core.web.officers import called
from core.web.pages.accounts import leaving
from core.web.pages.accounts.forms import CLEARANCES, AccountEditForm, AccountForm, GrantForm
from core.web.security.reauthentication import asks_password
from core.web.unit_of_work import db, khet
from core.web.views import expose, history_of, lookup_answer, right, waiting_messages


class UserView(CrudView):
    """The logins of the own district."""

    route_base = "/users"
    resource = permissions.USERS
    model = Account
    title = _l("Users")
    new_title = _l("New user")
    icon = "people"
    order = ("username", "id")
    show_template = "khet/user.html"
    form_class = AccountForm
    add = asks_password(CrudView.add)
    edit = asks_password(CrudView.edit)

    def columns(self) -> list[lists.Column]:
        clearances = dict(CLEARANCES)
        return [
            lists.Column("username", _l("User name"), link=True),
            lists.Column("name", _l("Name"), lambda row: f"{row.first_name} {row.last_name}"),
            lists.Column("mail_address", _l("E-mail"), wide=True, sort=False),
            lists.Column("clearance", _l("Cleared for"), lambda row: clearances[row.clearance], "label", wide=True),
            lists.Column("active", _l("State"), lambda row: _("Active") if row.active else _("Locked"), "label"),
        ]

    def filters(self) -> list[lists.Filter]:
        fresh = Account.active.is_(True), Account.must_change_password.is_(True)
        choices = [("fresh", _l("Yet to be chosen"))]
        return [lists.Filter("password", _l("Password"), lambda s, _v: s.where(*fresh), choices=choices)]

    def form(self, record: Any = None) -> Any:
        return AccountForm() if record is None else AccountEditForm(obj=record)

    def save(self, record: Any, values: dict[str, Any]) -> Any:
        if record is not None:
            person_id = values.get("person_id")
            if record.id == self.actor.user_id and person_id != record.person_id:
                approvals.check_own(db, masterdata.positions_of(db, person_id, today()), field="person_id")
            services.update_account(db, record, values)
            return record
        district = db.get(District, self.actor.district_id)
        assert district is not None
        password = services.temporary_password()
        account = services.create_account(db, district, values, password)
        self._tell(account, password)
        return account

    def _tell(self, account: Account, password: str) -> None:
        flash(
            _(
                "Temporary password of %(name)s: %(password)s — it is shown once.",
                name=account.username,
                password=password,
            ),
            "secret",
        )

    def histories(self, record: Any) -> list[Any]:
        grants = select(Grant.id).where(Grant.user_id == record.id)
        return [*super().histories(record), history_of(Grant, grants)]

    def extra(self, record: Any) -> dict[str, Any]:
        grants = self._grants(record)
        titles = {role.key: role.title for role in khet().registry.roles()}
        places = {grant.stands_in_for_id for grant in grants} - {None}
        names = {
            account.id: f"{account.first_name} {account.last_name}"
            for account in (db.scalars(select(Account).where(Account.id.in_(places))) if places else ())
        }
        # who took no place was given what they hold themselves
        grave_right = rules.is_grave if places else rules.is_grave_itself
        held = [token for token in tokens.of_user(db, record.id) if tokens.opens(token, record.epoch, today())]
        return {
            "grants": grants, "role_titles": titles, "today": today(), "names": names, "tokens": held,
            "work": leaving.counted(record, agreed=False), "acts": self._acts(record, grants),
            "grave": grave_right(db, record, today()), "phrase": log.phrase,
            "open_acts": grave.open_acts(db, record.id, utc_now()), "factors": factors.of_user(db, record.id),
        }  # fmt: skip

    @expose("/lookup")
    @right("list")
    def lookup(self) -> Any:
        """Users by name, user name, position or unit."""
        name = Account.first_name + " " + Account.last_name
        statement = select(Account.id, name, Account.username)
        statement = statement.where(Account.active.is_(True)).order_by(name, Account.id).limit(20)
        for word in request.args.get("q", "").split()[:5]:
            statement = statement.where(called(word))
        return lookup_answer(db.execute(statement))

    @expose("/<int:record_id>/reset", methods=("GET", "POST"))
    @right("edit")
    @asks_password
    def reset(self, record_id: int) -> Any:
        """Give a temporary password; not to who holds grave rights."""
        if request.method == "GET":
            said = _("A temporary password is made. The present one opens nothing any more; the user is signed out.")
            return self._sure(record_id, _("Reset password"), said)
        return self._or_flash(record_id, lambda account: self._tell(account, services.reset_password(db, account)))

    @expose("/<int:record_id>/leave", methods=("GET", "POST"))
    @right("edit")
    @asks_password
    def leave(self, record_id: int) -> Any:
        """Somebody moves or retires: every role ends, and the clearance."""
        if request.method == "GET":
            said = _("Every role of this user ends at once, and the clearance. Whoever comes back is given each anew.")
            if work := leaving.work_of(self.find(record_id, "edit")):
                first = _("Let them finish it, or give it to somebody else first.")
                said = f"{said} {_('Still in their hands: %(work)s.', work=work)} {first}"
            return self._sure(record_id, _("Moves away: end every role"), said)
        return self._or_flash(record_id, lambda account: grave.leave(db, account, today=today(), actor=self.actor))

    @expose("/<int:record_id>/hand-over", methods=("GET", "POST"))
    @right("edit")
    @asks_password
    def hand_over(self, record_id: int) -> Any:
        """Give all that the user has in hand to somebody else: what there is of each kind, and then the act."""
        account, form = self.find(record_id, "edit"), leaving.LeavingForm()
        me = db.get_one(Account, self.actor.user_id)
        form.heir_id.place = {"record_id": record_id}
        if not leaving.engaged(account):
            del form.engaged

        def save() -> Any:
            becomes = form.engaged.data if "engaged" in form else leaving.STAYS
            leaving.hand_over(account, db.get_one(Account, form.heir_id.data), me, form.agreed.data or "", becomes)
            return account

        def page() -> str:
            heading = _("Give the work of %(name)s to somebody else", name=account.get_full_name())
            heir = db.get(Account, form.heir_id.data) if form.heir_id.data else None
            becomes = form.engaged.data if heir is not None and "engaged" in form else ""
            lots = leaving.listed([*leaving.in_hand(account, heir), *leaving.promised_by(account, becomes)])
            return self.render("khet/hand_over.html", form=form, record=account, heading=heading, lots=lots)

        return self.submit(form, save, lambda _made: self.url("show", record_id=account.id), page)

    @expose("/<int:record_id>/heirs")
    @right("edit")
    def heirs(self, record_id: int) -> Any:
        """Accounts that can take over something of what the user has in hand."""
        account = self.find(record_id, "edit")
        return lookup_answer(leaving.heirs(account, self.actor.user_id, request.args.get("q", "")))

    @expose("/<int:record_id>/lock", methods=("POST",))
    @right("edit")
    @asks_password
    def lock(self, record_id: int) -> Any:
        """Lock or unlock."""
        return self._or_flash(
            record_id,
            lambda account: services.set_locked(db, account, bool(account.active), self.actor),
        )

    @expose("/<int:record_id>/grants/new", methods=("GET", "POST"))
    @right("edit")
    @asks_password
    def grant(self, record_id: int) -> Any:
        """Give a role."""
        account = self.find(record_id, "edit")
        form = GrantForm()
        titles = {role.key: role.title for role in khet().registry.roles()}
        form.role_id.choices = [(role.id, titles.get(role.key, role.key)) for role in services.grantable_roles(db)]
        if request.method == "GET":
            form.starts_on.data = today()

        def save() -> Any:
            values: dict[str, Any] = form.values()
            place = values["stands_in_for_id"]
            if not rules.grant_is_grave(db, account.id, values["role_id"], place, today()):
                return services.add_grant(db, account, **values)
            act = grave.ask_grant(db, account, values, today=today())
            notify.notify_head_office_soon()
            flash(_("It is asked for, and waits for a second person's consent."), "warning")
            return act

        def then(made: Any) -> str:
            if isinstance(made, GraveAct):
                return url_for("GraveActView.show", record_id=made.id)
            return self.url("show", record_id=account.id)

        return self.submit(
            form,
            save,
            then,
            lambda: self.render(
                self.form_template,
                form=form,
                record=account,
                heading=_("Give a role to %(name)s", name=account.username),
            ),
        )

    @expose("/<int:record_id>/grants/<int:grant_id>/end", methods=("GET", "POST"))
    @right("edit")
    @asks_password
    def end_grant(self, record_id: int, grant_id: int) -> Any:
        """End a grant."""
        grant = db.get(Grant, grant_id)
        if grant is None or grant.user_id != record_id:
            raise NotFound
        if request.method == "GET":
            titles = {role.key: str(role.title) for role in khet().registry.roles()}
            said = _(
                "The role %(role)s at %(unit)s ends at once. It is not taken up again: it can only be given anew.",
                role=titles.get(grant.role.key, grant.role.key), unit=grant.unit.name,
            )  # fmt: skip
            return self._sure(record_id, _("End now"), said)
        return self._or_flash(record_id, lambda _account: services.end_grant(db, grant, today(), self.actor))

    @expose("/<int:record_id>/tokens/<int:token_id>/revoke", methods=("GET", "POST"))
    @right("edit")
    def revoke_token(self, record_id: int, token_id: int) -> Any:
        """End a token of the user: another system does not work in their name any more."""
        if request.method == "GET":
            return self._sure(record_id, _("Revoke"), tokens.revoking(db, record_id, token_id))
        return self._or_flash(record_id, lambda account: tokens.revoke(db, account.id, token_id))

    @expose("/<int:record_id>/factors/reset", methods=("GET", "POST"))
    @right("edit")
    @asks_password
    def reset_factors(self, record_id: int) -> Any:
        """Take the second factor away: the phone is lost, and no recovery code is left."""
        if request.method == "GET":
            said = _("Every app, passkey and recovery code of this user opens nothing any more; a new one is set up.")
            return self._sure(record_id, _("Phone lost: take the second factor away"), said)
        return self._or_flash(record_id, lambda account: factors.reset(db, account))

    def _sure(self, record_id: int, label: str, said: str) -> str:
        """What happens to this account at the next press."""
        account = self.find(record_id, "edit")
        return self.sure(label, account.get_full_name(), said, self.url("show", record_id=record_id))

    def _or_flash(self, record_id: int, change: Any) -> Any:
        notify.notify_head_office_soon()  # with a lock or an ended role the last who may consent may be gone
        account, before = self.find(record_id, "edit"), waiting_messages()
        alone = services.held_alone(db, account, today())
        try:
            change(account)
            db.flush()
            kept = services.held_alone(db, account, today())
            empty = [one for key, one in alone.items() if key not in kept]
            said = [self._unheld(empty)] if empty else []
            if (left := leaving.work_of(account)) and not self._acts(account, self._grants(account)):
                said.append(self._left(account, left))
            if said:
                flash(" ".join(said), "warning")
            elif waiting_messages() == before:
                flash(_("Saved."), "success")
        except RuleError as error:
            db.rollback()
            flash(str(error.message), "danger")
        return redirect(self.url("show", record_id=record_id))

    @staticmethod
    def _grants(account: Account) -> Sequence[Grant]:
        """Every role that the user had, the last first."""
        had = select(Grant).options(joinedload(Grant.unit), joinedload(Grant.role)).where(Grant.user_id == account.id)
        return db.scalars(had.order_by(Grant.starts_on.desc(), Grant.id.desc())).all()

    @staticmethod
    def _acts(account: Account, grants: Sequence[Grant]) -> bool:
        """Whether the user can take any of it: the account is open, and a role is in force at a unit in use."""
        return bool(account.active) and any(one.in_force(today()) and one.unit.active for one in grants)

    @staticmethod
    def _left(account: Account, work: str) -> str:
        """What is said where somebody can take none of what is in their hands."""
        return _(
            "%(name)s can take none of what still waits for them. Have it given to somebody else: %(work)s",
            name=account.get_full_name(), work=work,
        )  # fmt: skip

    @staticmethod
    def _unheld(found: Iterable[tuple[str, str]]) -> str:
        """What is said where a role is left without anybody: work waits there until it is given to somebody."""
        titles = {role.key: str(role.title) for role in khet().registry.roles()}
        named = "; ".join(f"{titles.get(key, key)} ({unit})" for key, unit in found)
        return _("Saved. Nobody holds these roles any more, give them to somebody: %(roles)s", roles=named)


VIEWS = [UserView]

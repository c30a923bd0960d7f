"""Requests for grave rights and the log of them in a district; the owner's own pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import flash, g, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import aliased

from core.base import permissions
from core.base.errors import NotFound, RuleError, refusal
from core.base.text.dates import shown_date, shown_moment
from core.base.text.thai import clean, today
from core.platform.consents import owners, services
from core.platform.dual_control import log
from core.platform.dual_control.models import (
    ASKED,
    CLEARANCE,
    DONE,
    FACTORS,
    HANDED,
    RESET,
    UNLOCK,
    GraveAct,
    GraveEntry,
)
from core.platform.timeline.labels import VALUES
from core.platform.users.models import Account
from core.records import lists
from core.storage.base import utc_now
from core.web import notify
from core.web.crud import ActionLink, CrudView, Section
from core.web.pages.dual_control.forms import AskForm, ClearanceForm, CodeForm, ConsentForm, RefuseForm
from core.web.personal import OwnView
from core.web.security import throttle
from core.web.security.reauthentication import asks_password
from core.web.unit_of_work import db, khet
from core.web.views import KhetView, expose, right

STATES = VALUES["core_grave_act", "state"]
HEADINGS = {
    CLEARANCE: _l("Ask for a clearance"),
    RESET: _l("Ask for a new password"),
    UNLOCK: _l("Ask to unlock the account"),
    FACTORS: _l("Ask to take the second factor away"),
}
#: lines of one's own log on a page
PAGE = 50


def hand_over(act: GraveAct, code: str) -> None:
    """Say the code once, to the one who consents, and what to do with it."""
    flash(
        _(
            "Code for %(name)s: %(code)s — it is shown once. Hand it to the owner yourself: with it they set their own "
            "password on the page “%(page)s”, which the sign-in page leads to. Nobody else may see it. A code that "
            "this account was given before is worth nothing from now on.",
            name=act.user_name, code=code, page=_("Set a password with a code"),
        ),
        "secret",
    )  # fmt: skip


class ActPages(CrudView):
    """What the pages of requests share, in a district and over all of them."""

    model = GraveAct
    title = _l("Requests for grave rights")
    icon = "shield-lock"
    order = ("id",)
    descending = True
    without = frozenset({"add", "edit", "comment"})
    in_palette = False
    empty_hint = _l("Nobody has asked for a grave right.")

    def lies_with(self, record: Any) -> None:
        """Not asked: the page says who decides on it, whom the district may not have."""

    def columns(self) -> list[lists.Column]:
        return [
            lists.Column("asked_at", _l("Asked"), kind="moment", sort=False),
            lists.Column("user_name", _l("Whose account"), link=True, sort=False),
            lists.Column("facts", _l("Right asked for"), lambda row: log.phrase(row.facts), sort=False),
            lists.Column("asked_by", _l("Asked by"), sort=False),
            lists.Column("state", _l("State"), self.state_of, "label", sort=False),
        ]

    def filters(self) -> list[lists.Filter]:
        return [
            lists.Filter("state", _l("State"), lambda s, v: s.where(GraveAct.state == v), choices=list(STATES.items()))
        ]

    def heading(self, record: Any) -> str:
        return f"{record.user_name} · {log.phrase(record.facts)}"

    def state_of(self, record: Any) -> Any:
        if record.state in (ASKED, HANDED) and not record.open_at(utc_now()):
            return STATES["expired"]  # housekeeping has not come by yet
        if record.state != DONE:
            return STATES[record.state]
        begins = services.begins_later(record, today())
        return _("Holds from %(day)s on", day=shown_date(begins, "short")) if begins is not None else _("Holds")

    def sections(self, record: Any) -> Sequence[Section]:
        waits = record.state in (ASKED, HANDED)
        asked = [
            (_l("Whose account"), record.user_name), (_l("Right asked for"), log.phrase(record.facts)),
            (_l("Reason"), record.reason), (_l("Asked by"), record.asked_by),
            (_l("Asked"), shown_moment(record.asked_at)),
            (_l("The request can be answered until"), shown_moment(record.expires_at) if waits else ""),
        ]  # fmt: skip
        begins = services.begins_later(record, today())
        holds = (_l("Holds since"), shown_moment(record.done_at))
        if begins is not None and record.done_at:
            holds = (_l("Holds from"), shown_date(begins, "letter"))
        decided = [
            (_l("Decided by"), record.decided_by), (_l("When"), shown_moment(record.decided_at)),
            (_l("Why it was refused"), record.answer), holds,
        ]  # fmt: skip
        return [Section(_l("Request"), asked), *([Section(_l("Decision"), decided)] if record.decided_at else [])]

    def _decider(self) -> services.Decider:
        account = db.get(Account, self.actor.user_id)
        return services.Decider(self.actor.user_id, self.actor.name, account.person_id if account else None)

    def action_links(self, record: Any) -> Sequence[ActionLink]:
        if not self.may("consent", record.unit_id) or self._shut(record):
            return []
        if record.state == HANDED:
            return [ActionLink(_l("New code"), self.url("consent", record_id=record.id), "key")]
        return [
            ActionLink(_l("Consent"), self.url("consent", record_id=record.id), "check-circle", "primary"),
            ActionLink(_l("Refuse"), self.url("refuse", record_id=record.id), "x-lg", "danger"),
        ]

    def _shut(self, record: GraveAct) -> str:
        """Why the actor does not decide on a request; empty where they do."""
        decider = self._decider()
        return refusal(
            lambda: services.check_open(record), lambda: services.check_decider(db, record, decider)
        )  # fmt: skip

    def decide(self, record: GraveAct, change: Any) -> Any:
        """Do `change(session, act, decider)` in a session of the act's own district."""
        notify.notify_head_office_soon()
        return change(db, record, self._decider())

    @expose("/<int:record_id>/consent", methods=("GET", "POST"))
    @right("consent")
    @asks_password
    def consent(self, record_id: int) -> Any:
        """Consent, or make a new code where the one that was handed over is lost."""
        act = self.find(record_id, "consent")
        again = act.state == HANDED

        def save() -> None:
            def change(session: Any, own: GraveAct, by: services.Decider) -> str:
                if again:
                    return services.new_code(session, own, by)
                return services.consent(session, own, by, today=today())

            if code := self.decide(act, change):
                hand_over(act, code)

        hint = _(
            "%(by)s asks: “%(reason)s” Speak with the owner before you consent: whoever has this right can read what "
            "others must not, or give rights.",
            by=act.asked_by, reason=act.reason,
        )  # fmt: skip
        before = _("The code that was handed over before is worth nothing any more.")
        if again:
            hint = before
        elif services.wants_code(db, act):
            hint += " " + _(
                "It holds once the owner has set a password with a code that you hand over; whatever second factor, "
                "recovery code, session, access for other systems and e-mail address the account has had until then is "
                "thrown out."
            )
            if services.handed(db, act.user_id):
                hint += " " + before
        return self.step_page(
            act, ConsentForm(), save, _("New code") if again else _("Consent"), hint=hint, shut=self._shut(act),
            save_title=_("New code") if again else _("Consent"),
        )  # fmt: skip

    @expose("/<int:record_id>/refuse", methods=("GET", "POST"))
    @right("consent")
    def refuse(self, record_id: int) -> Any:
        """Refuse with a reason."""
        act = self.find(record_id, "consent")
        form: Any = RefuseForm()

        def save() -> None:
            self.decide(act, lambda session, own, by: services.refuse(session, own, by, form.answer.data or ""))

        shut = self._shut(act) or refusal(lambda: services.check_asked(act))
        return self.step_page(act, form, save, _("Refuse"), shut=shut, save_title=_("Refuse"))


class GraveActView(ActPages):
    """Requests of the own district: an administrator asks, the director decides."""

    route_base = "/grave-acts"
    resource = permissions.GRAVE_ACTS

    def action_links(self, record: Any) -> Sequence[ActionLink]:
        found = list(super().action_links(record))
        if record.open_at(utc_now()) and self.may("add"):
            found.append(
                ActionLink(_l("Take the request back"), self.url("withdraw", record_id=record.id), "arrow-clockwise")
            )
        return found

    def extra(self, record: Any) -> dict[str, Any]:
        return {"alone": record.state == ASKED and not services.deciders(db, record, today())}

    show_template = "khet/grave_act.html"

    @expose("/<int:record_id>/withdraw", methods=("GET", "POST"))
    @right("add")
    def withdraw(self, record_id: int) -> Any:
        """Take a request back."""
        act = self.find(record_id, "show")
        self.require_in_one("add", lambda: self.may("add", act.unit_id) and self.may("show", act.unit_id))
        notify.notify_head_office_soon()
        return self.step_page(
            act,
            ConsentForm(),
            lambda: services.withdraw(db, act),
            _("Take the request back"),
            shut=refusal(lambda: services.check_open(act)),
            save_title=_("Take the request back"),
        )

    @expose("/ask/<what>/<int:account_id>", methods=("GET", "POST"))
    @right("add")
    @asks_password
    def ask(self, what: str, account_id: int) -> Any:
        """Ask for a clearance, a new password, an unlocking, or help with a lost phone."""
        account = db.get(Account, account_id)
        if account is None or what not in HEADINGS:
            raise NotFound
        form: Any = ClearanceForm() if what == CLEARANCE else AskForm()
        if what == CLEARANCE:
            form.level.choices = [(level, title) for level, title in form.level.choices if level > account.clearance]

        def save() -> GraveAct:
            reason = form.reason.data or ""
            notify.notify_head_office_soon()
            if what == CLEARANCE:
                return services.ask_clearance(db, account, form.level.data, reason)
            if what == RESET:
                return services.ask_reset(db, account, reason, today=today())
            if what == FACTORS:
                return services.ask_factors(db, account, reason)
            return services.ask_unlock(db, account, reason)

        return self.submit(
            form, save, lambda act: self.url("show", record_id=act.id),
            lambda: self.render(
                "khet/form.html", form=form, record=account, heading=f"{HEADINGS[what]} · {log.name_of(account)}",
                back=url_for("UserView.show", record_id=account.id), save_title=_("Send the request"),
                hint=_("Nothing changes before a second person consents: the director, or head office."),
            ),
            done=_("It is asked for, and waits for a second person's consent."),
        )  # fmt: skip


class LogPages(CrudView):
    """What the pages of the log share."""

    model = GraveEntry
    title = _l("Log of grave rights")
    icon = "lock"
    order = ("at", "id")
    descending = True
    without = frozenset({"add", "edit", "comment"})
    in_palette = False

    def whole(self) -> bool:
        """Whether the actor reads which secret paper a line is about, and why."""
        return self.actor.may(permissions.GRAVE_ACTS, "consent")

    def statement(self) -> Select[Any]:
        every = super().statement()
        return every if self.whole() else every.where(GraveEntry.action.not_in(sorted(log.UNSAID)))

    def find(self, record_id: int, verb: str = "show") -> Any:
        record = db.scalars(self.statement().where(GraveEntry.id == record_id)).first()
        if record is None:
            raise NotFound
        return record

    def columns(self) -> list[lists.Column]:
        whole = self.whole()
        return [
            lists.Column("at", _l("When"), kind="moment", sort=False, link=True),
            lists.Column(
                "action", _l("What happened"), lambda row: log.sentence(row, whole=whole), "subject", sort=False
            ),
            lists.Column(
                "note", _l("Reason"), lambda row: row.note if whole or row.action not in log.BRIEF else "", sort=False
            ),
        ]

    def heading(self, record: Any) -> str:
        return shown_moment(record.at)

    def action_links(self, record: Any) -> Sequence[ActionLink]:
        return []


class GraveLogView(LogPages):
    """The log of the own district: read by director and administrator, changed by nobody."""

    route_base = "/grave-log"
    resource = permissions.GRAVE_LOG


def _own_sentence(entry: GraveEntry) -> str:
    return log.sentence(entry, whole=True)


class OwnRightsView(OwnView):
    """What the log says of one's own account."""

    route_base = "/my-rights"
    model = GraveEntry

    def _mine(self) -> Select[Any]:
        return (
            select(GraveEntry)
            .where(GraveEntry.user_id == self.own())
            .order_by(GraveEntry.at.desc(), GraveEntry.id.desc())
        )

    @expose("/")
    def list(self) -> Any:
        """Newest first, by pages."""
        before = request.args.get("before", "")
        mine = self._mine()
        if before.isdecimal() and len(before) < 10:
            last = aliased(GraveEntry)
            found_at = select(last.at).where(last.id == int(before), last.user_id == self.own()).scalar_subquery()
            mine = mine.where(
                or_(GraveEntry.at < found_at, and_(GraveEntry.at == found_at, GraveEntry.id < int(before)))
            )
        found = list(db.scalars(mine.limit(PAGE + 1)))
        return self.render(
            "khet/own_rights.html", entries=found[:PAGE], older=found[PAGE - 1].id if len(found) > PAGE else None,
            sentence=_own_sentence,
        )  # fmt: skip

    @expose("/<int:record_id>")
    def show(self, record_id: int) -> Any:
        """One line of it: where a notice leads."""
        entry = db.scalars(self._mine().where(GraveEntry.id == record_id)).first()
        if entry is None:
            raise NotFound
        return self.render("khet/own_rights.html", entries=[entry], older=None, sentence=_own_sentence)


class OwnerCodeView(KhetView):
    """A password set with the code that the second person handed over. Open to who cannot sign in."""

    route_base = "/password/code"
    anonymous = True
    before_password_change = True
    default_view = "use"

    @expose("/", methods=("GET", "POST"))
    def use(self) -> Any:
        """The form; afterwards the owner signs in with the new password."""
        form: Any = CodeForm()
        if request.method == "POST" and form.validate():
            username = clean(form.username.data or "").lower()[:128]
            counts = throttle.of_owner_code(username)
            if seconds := throttle.wait(counts):
                form.refusals.append(throttle.wait_text(seconds))
                return self._page(form), 429
            try:
                self._use(username, form.code.data or "", form.password.data or "")
            except RuleError as error:
                if error.field == "code":
                    for count in counts:
                        count.add()
                form.refuse(error)
            else:
                flash(_("The password is set. Sign in with it."), "success")
                flash(
                    _(
                        "Second factors, recovery codes, access for other systems and the e-mail address that the "
                        "account had are taken away: add your own at “%(page)s”.",
                        page=_("Security of my account"),
                    ),
                    "info",
                )  # fmt: skip
                return redirect(url_for("LoginView.login") if g.actor is None else url_for("HomeView.index"))
        return self._page(form), 422 if request.method == "POST" else 200

    def _page(self, form: Any) -> str:
        return self.render(
            "khet/form.html", form=form, record=None, heading=_("Set a password with a code"), plain=True
        )

    @staticmethod
    def _use(username: str, code: str, password: str) -> None:
        database = khet().database
        with database.system("password by code") as session:
            account = session.scalars(select(Account).where(Account.username == username)).first()
        if account is None or not account.active:
            raise RuleError(_("The user name or the code is not right, or the code's time is over."), field="code")
        with database.district(
            account.district_id, "password by code", user_id=account.id,
            user_name=f"{account.first_name} {account.last_name}".strip(),
        ) as own:  # fmt: skip
            owners.use_code(own, own.get_one(Account, account.id), code, password, today=today())


VIEWS = [GraveActView, GraveLogView, OwnRightsView, OwnerCodeView]
